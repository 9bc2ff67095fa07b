/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last good provisioning servers: kept in the store, and asked before a
 * change of trust is made durable. What is right to keep is decided by the run.
 */
#ifndef CERTPROVD_LAST_SERVER_H
#define CERTPROVD_LAST_SERVER_H

#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/trust/anchors-used.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/provisioning/guard.h"

/* In a transaction: keep these. When they are the same as before, nothing is
 * written, and g takes over when those were good. 0 or negative errno. */
int last_server_write(
	struct store *store, const struct trust_state *state, struct guard *g);

/* In a transaction, after a change: would it end trust in one of them? 0, or
 * negative errno, which must not be taken for a no. */
int last_server_check(
	struct trust_state *state, int64_t now, struct guard_answer *ret);

/* Is one of them no longer trusted as things are? For instance since the
 * firmware changed, or the authorities did, which nobody asked the daemon. */
int last_server_judge(
	const struct trust_state *state, struct guard_answer *ret);

/* What they are trusted by is in use: now, or if by nothing now, then. */
void last_server_note_used(const struct trust_state *state, int64_t now,
	struct anchors_used *used);

#endif
