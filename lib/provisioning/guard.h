/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock-out guard: the servers that a phone is provisioned from, as they
 * showed themselves when that went well, and whether a change would end trust
 * in one of them. Compares verdicts; changes nothing and stores nothing.
 *
 * Dates are judged as of the time when the servers were good: the passing of
 * time is no change, so it neither makes a lock-out nor hides one.
 */
#ifndef CERTPROV_GUARD_H
#define CERTPROV_GUARD_H

#include "lib/base/bytes.h"
#include "lib/base/macros.h"
#include "lib/trust/trust.h"
#include "lib/verdict/verdict.h"
#include "lib/verify/verify-limits.h"
#include "lib/x509/chain-limits.h"

/* The first documents may come from several, behind redirects. Others are not
 * guarded. */
#define GUARD_MAX_SERVERS 4
/* All chains together. */
#define GUARD_MAX_BYTES CHAIN_MAX_BYTES

struct guard_server {
	char *host;
	struct bytes *chain; /* DER, leaf first */
	size_t chain_count;
};

/* Zeroed is empty: nothing is guarded, as with a server of plain HTTP. */
struct guard {
	struct guard_server servers[GUARD_MAX_SERVERS];
	size_t count;
	char *url;      /* what was provisioned from, without user, or NULL */
	char *firmware; /* of the phone at that time, or NULL */
	int64_t when;
};
void guard_done(struct guard *g);
DEFINE_CLEANUP_EMBEDDED(struct guard, guard_done);

/* A server with its chain, in place of one of the same host. One past a maximum
 * is left out. 0 or -ENOMEM. */
int guard_add(struct guard *g, const char *host, const struct bytes *chain,
	size_t chain_count);
bool guard_has_host(const struct guard *g, const char *host);
/* A copy, but without the servers whose hosts the other one has (NULL: with
 * all); *ret is empty before. 0 or -ENOMEM. */
int guard_copy_but(
	const struct guard *g, const struct guard *other, struct guard *ret);
int guard_set_url(struct guard *g, const char *url);
int guard_set_firmware(struct guard *g, const char *firmware);

/* As one line of text, and back: 0, -ENOMEM; -EINVAL when it is none. NULL is
 * the empty one. */
int guard_format(const struct guard *g, char **ret);
int guard_parse(const char *text, struct guard *ret);

/* What a guarded server is to a state of trust. Zeroed is empty. */
struct guard_answer {
	bool locked_out; /* the rest is there only then */
	enum verdict verdict;
	char *url; /* or NULL */
	char *host;
	char *reason;
	char *remedy; /* or NULL */
};
void guard_answer_done(struct guard_answer *a);
DEFINE_CLEANUP_EMBEDDED(struct guard_answer, guard_answer_done);

/* Is a server of the guard trusted (or not verified) before and no longer
 * after? The answer names the first. 0, -ENOMEM or -EIO. */
int guard_compare(const struct guard *g, const struct trust *before,
	const struct trust *after, struct guard_answer *ret);
/* Is one of them not trusted? */
int guard_judge(const struct guard *g, const struct trust *trust,
	struct guard_answer *ret);

/* Certificates that make the first trusted path to each of these servers; what
 * there is no room for is not told. */
#define GUARD_MAX_PATH (GUARD_MAX_SERVERS * VERIFY_MAX_PATH)
struct guard_path {
	uint8_t sha256[GUARD_MAX_PATH][SHA256_BYTES];
	size_t count;
};
int guard_find_path(const struct guard *g, const struct trust *trust,
	struct guard_path *ret);

/* Of a complete run: only servers that are verified, or not verified where who
 * named the URL may be believed, are worth guarding. Others are taken out. 0,
 * -ENOMEM or -EIO. */
int guard_keep_good(
	struct guard *g, const struct trust *trust, bool configured);

#endif
