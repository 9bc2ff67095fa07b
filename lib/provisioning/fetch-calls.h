/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All a fetcher may ask: one table of calls, with the phases in which each is
 * allowed, and how often. The daemon and `certprovctl check` serve
 * io.certprov.fetch with it. A fetcher can do nothing that has no row. What it
 * sends is redacted here before it goes on.
 *
 * A call that is not allowed is reported to the listener, and every later call
 * is refused. The call itself has no effect.
 */
#ifndef CERTPROV_FETCH_CALLS_H
#define CERTPROV_FETCH_CALLS_H

#include "lib/base/macros.h"
#include "lib/provisioning/candidates.h"
#include "lib/provisioning/fetch-config.h"

struct fetch_session;
int fetch_session_new(
	const struct fetch_session_config *config, struct fetch_session **ret);
struct fetch_session *fetch_session_free(struct fetch_session *s); /* NULL */
DEFINE_CLEANUP(struct fetch_session, fetch_session_free);

/*
 * One call: method without its interface, parameters as they came (NULL for
 * none). Returns 0 and a reply, which may be an error; a negative errno when
 * the listener or memory failed: *ret is untouched and the run is over. Every
 * later call fails in the same way, as the fetcher may have sent it before it
 * was told.
 */
int fetch_session_call(struct fetch_session *s, const char *method,
	const cJSON *parameters, struct fetch_reply *ret);

/*
 * The connection ended, or the run is cancelled: what still waits gets this
 * verdict. After Finish there is nothing left and this does nothing.
 */
int fetch_session_end(
	struct fetch_session *s, enum verdict verdict, const char *detail);

enum fetch_phase fetch_session_phase(const struct fetch_session *s);
bool fetch_session_violated(const struct fetch_session *s);
/* What is distrusted during the run counts from the next call on, and the reply
 * of the next Progress says it. The fetcher may have read documents from a
 * server that is distrusted now, so nothing counts as authenticated for the
 * rest of the run. 0, -ENOSPC, -ENOMEM. */
int fetch_session_follow_distrust(
	struct fetch_session *s, const struct trust *from);
/* The candidates of the run, borrowed: their trust, how many wait. */
const struct candidates *fetch_session_candidates(
	const struct fetch_session *s);

/* The servers that the first documents came from, borrowed. */
const struct guard *fetch_session_servers(const struct fetch_session *s);

/* The table, row by row, for tests and documents; false past the end. */
struct fetch_call_row {
	const char *name;
	unsigned allowed; /* bits of enum fetch_phase */
	unsigned maximum; /* in one run */
};
bool fetch_session_row(
	const struct fetch_session *s, size_t i, struct fetch_call_row *ret);

#endif
