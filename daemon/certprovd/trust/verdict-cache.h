/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts on peers as the sockets give them: lib/verify with the trust of
 * the moment, and the answers given before, each for as long as it holds. An
 * answer is kept by chain, host, purpose and generation; it ends with the
 * earliest notAfter of its path, an exception, a change of trust or settings,
 * or a step of the clock. Records nothing and changes no trust.
 */
#ifndef CERTPROVD_VERDICT_CACHE_H
#define CERTPROVD_VERDICT_CACHE_H

#include "lib/varlink/json-fields.h"

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/verify/verify.h"
#include "lib/x509/chain-limits.h"

/* Answers kept; the least recently used of VERDICT_CACHE_WAYS goes first. */
#define VERDICT_CACHE_WAYS 8
#define VERDICT_CACHE_SETS 32
#define VERDICT_CACHE_MAX_ANSWERS                                              \
	((size_t)VERDICT_CACHE_WAYS * VERDICT_CACHE_SETS)
/* What decoding a certificate costs (turns.h). */
#define VERDICT_CACHE_DECODE_WORK 350
/* Warnings such as "expires soon" come with time: no answer gets older. */
#define VERDICT_CACHE_MAX_AGE_SECONDS 3600

struct verdict_cache_question {
	const struct bytes *chain; /* leaf first; borrowed */
	size_t chain_count;
	const char *host; /* or NULL */
	enum purpose purpose;
	int64_t wall; /* the clock; the trust's floor is applied here */
};

/* Borrowed from the cache until the next call. */
struct verdict_cache_answer {
	bool trusted;
	const char *result; /* its identifier */
	const char *reason;
	uint8_t leaf[SHA256_BYTES]; /* of the first certificate's DER */
	const uint8_t *anchor; /* fingerprint where the path ends; or NULL */
	const char *verdict;   /* the type Verdict of io.certprov.trust, JSON;
				  NULL where the whole reply is known */
	unsigned work; /* what judging cost (turns.h); 0 for one recalled */
	bool kept;     /* and this is its key */
	uint8_t key[SHA256_BYTES];
};

struct verdict_cache;

int verdict_cache_new(struct verdict_cache **ret);
struct verdict_cache *verdict_cache_free(
	struct verdict_cache *p); /* NULL is fine */
DEFINE_CLEANUP(struct verdict_cache, verdict_cache_free);

/* Judge, or answer what was judged before. 0; -ENOMEM, -EIO. */
int verdict_cache_ask(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_question *question,
	struct verdict_cache_answer *ret);
/*
 * The same by the digest of the DER encodings one after the other, of which
 * only the answer need be known: the question's chain is not looked at.
 * -ENOENT when it is not.
 */
int verdict_cache_recall(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_question *question,
	const uint8_t digest[SHA256_BYTES], struct verdict_cache_answer *ret);

/*
 * The reply to this very message, when that was remembered with an answer that
 * still holds. 1, the answer in ret and the reply in ret_reply (borrowed as the
 * answer is); or 0: it is to be parsed.
 */
int verdict_cache_repeat(struct verdict_cache *p, const struct trust *trust,
	const struct bytes *message, int64_t wall,
	struct verdict_cache_answer *ret, const struct bytes **ret_reply);
/* This message gets this reply for as long as its answer, which is kept, holds.
 * 0 or -ENOMEM. */
int verdict_cache_remember(struct verdict_cache *p, const struct trust *trust,
	const struct verdict_cache_answer *answer, const struct bytes *message,
	const struct bytes *reply);

/* Add a warning to a type Verdict. 0 or -ENOMEM. */
int verdict_cache_add_warning(cJSON *verdict, enum warning w);

/* Trust or settings changed, or the clock was set: forget all answers. */
void verdict_cache_forget(struct verdict_cache *p);

/* For tests and figures. */
struct verdict_cache_counts {
	uint64_t judged;
	uint64_t recalled;
	uint64_t repeated; /* of these, by their message */
	size_t kept;
};
struct verdict_cache_counts verdict_cache_counts(const struct verdict_cache *p);

#endif
