/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fetcher says to the daemon: io.certprov.fetch, one function for each
 * call, which waits for the answer, and one that does not. It is a table of
 * functions, so that a test can be the daemon. Decides nothing.
 */
#ifndef CERTPROV_FETCH_DAEMON_CLIENT_H
#define CERTPROV_FETCH_DAEMON_CLIENT_H

#include "lib/base/macros.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/provisioning/fetch-messages.h"
#include "lib/trust/trust.h"

/* How long an answer may take; the daemon answers in its event loop. */
#define DAEMON_TIMEOUT_MS 60000
/* Offers that may be without an answer. */
#define DAEMON_MAX_UNANSWERED 16

/*
 * All return 0 or a negative errno, after which the run is over: -ECONNRESET
 * and the like when the daemon has gone, -EPERM when it refused the call.
 */
struct daemon_client_calls {
	int (*report_document)(void *daemon, const struct fetch_document *d);
	int (*report_element)(void *daemon, const struct fetch_element *e);
	int (*report_peer)(void *daemon, const struct fetch_peer *p);
	int (*report_server)(void *daemon, const struct fetch_guarded *g);
	/* Does not wait: so many may be unanswered, and all have to be
	 * answered, in order, before anything else is said. The candidate is
	 * not needed any more. */
	int (*offer_certificate)(void *daemon, const struct candidate *c);
	int (*await_offer)(void *daemon, struct offer_answer *ret);
	/* The scope is what the run may fetch from now on; good: the setting
	 * has the value now. */
	int (*offer_setting)(void *daemon, const struct fetch_setting *s,
		enum fetch_scope *ret_scope, bool *ret_good);
	/* The list is the caller's. */
	int (*progress)(void *daemon, const struct fetch_progress *p,
		struct fetch_distrusted *ret);
	/* -ENODATA: the key is gone, and the run goes on. */
	int (*sign)(void *daemon, const struct fetch_signing *what,
		struct bytes *ret);
	/* Of the run, with what was accepted; the caller's. */
	int (*get_trust)(void *daemon, struct trust **ret);
	int (*finish)(void *daemon, const struct fetch_finish *f);
};

struct daemon_client;

/* The daemon at the other end of a connected socket; takes fd, also on
 * failure. 0 or -ENOMEM. */
int daemon_client_new(int fd, struct daemon_client **ret);
struct daemon_client *daemon_client_free(
	struct daemon_client *d); /* NULL is fine */
DEFINE_CLEANUP(struct daemon_client, daemon_client_free);
int daemon_client_fd(const struct daemon_client *d); /* borrowed */

/* The first call; the descriptors become the caller's, -1 for none. */
int daemon_client_get_job(struct daemon_client *d, struct fetch_job *ret_job,
	int *ret_snapshot_fd, int *ret_document_fd);

/* For a struct daemon_client. */
extern const struct daemon_client_calls daemon_calls;

#endif
