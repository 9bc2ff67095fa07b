/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What servers answered in an earlier job on this connection, for the next job
 * with the same documents: `certprovctl check` judges them by the rules of
 * several firmware versions, and servers are to see each request once. Of a
 * peer its chain is kept, and no verdict: each job verifies it anew. In memory
 * only, and never more than fits.
 */
#ifndef CERTPROV_FETCH_REPLAY_H
#define CERTPROV_FETCH_REPLAY_H

#include "daemon/certprov-fetch/download-request.h"
#include "lib/base/bytes.h"
#include "lib/base/macros.h"

/* All bodies together, and how many exchanges. What does not fit is not kept,
 * and asked for again. */
#define REPLAY_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define REPLAY_MAX_EXCHANGES 32768

/* One request and its answer; owns all of it. */
struct replay_exchange {
	char *url;          /* of this hop, canonical, with userinfo */
	uint64_t max_bytes; /* that it was asked for with */
	/* The server's chain, as it was sent; none for http. */
	struct bytes *chain;
	size_t chain_count;
	/* False: its chain was refused and nothing asked. */
	bool answered;
	char *location; /* of a redirect; otherwise the result counts */
	/* Without what it borrows, and without what the job decides. */
	struct download_result result;
	char *validator;
	struct bytes body;
	bool stopped; /* whoever read the body had enough of it */
};
void replay_exchange_done(struct replay_exchange *e);
DEFINE_CLEANUP_EMBEDDED(struct replay_exchange, replay_exchange_done);

struct replay;
int replay_new(struct replay **ret);          /* 0 or -ENOMEM */
struct replay *replay_free(struct replay *r); /* NULL is fine */
DEFINE_CLEANUP(struct replay, replay_free);

/* Borrowed, until the next replay_keep(); NULL: it has to be asked. */
const struct replay_exchange *replay_find(
	const struct replay *r, const char *url, uint64_t max_bytes);
/* Takes it, in the place of an earlier one with that url; drops it when there
 * is no room. 0 or -ENOMEM. */
int replay_keep(struct replay *r, struct replay_exchange *e);
/* How long a body may be to be kept. */
size_t replay_room(const struct replay *r);

#endif
