/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verdicts that local mode has made, so that a server that is met again costs
 * a comparison. They belong to one snapshot and die with it. Only good ones are
 * kept: what a rejected server sent takes no room, and each rejection is
 * worded anew.
 */
#ifndef CERTPROV_LOCAL_ANSWERS_H
#define CERTPROV_LOCAL_ANSWERS_H

#include <stdbool.h>

#include "lib/base/macros.h"
#include "lib/client/certprov.h"
#include "lib/trust/trust.h"

/* The one added first is dropped first. */
#define LOCAL_ANSWERS_MAX 32
/* Chain and host; longer questions are not kept. */
#define LOCAL_ANSWERS_MAX_BYTES ((size_t)8192)
#define LOCAL_ANSWERS_MAX_AGE_SECONDS 3600

struct local_question {
	const struct certprov_der *chain; /* at most CHAIN_MAX_CERTIFICATES */
	size_t count;
	const char *host; /* or NULL */
	enum certprov_purpose purpose;
};

struct local_answer;

/* Zeroed is empty. Whoever uses it holds a lock. */
struct local_answers {
	struct local_answer *kept[LOCAL_ANSWERS_MAX];
	size_t next;
};
void local_answers_done(struct local_answers *a);

/*
 * The verdict that answers this question at this time of the wall clock, by
 * all its bytes: a new reference, or NULL. The floor of the trust is applied as
 * lib/verify does.
 */
struct certprov_verdict *local_answers_find(const struct local_answers *a,
	const struct trust *trust, const struct local_question *q,
	int64_t wall);

/* Keep a reference to the verdict that was made at this time and may not
 * outlive valid_until. Best effort: for a later question it is made again. */
void local_answers_add(struct local_answers *a, const struct trust *trust,
	const struct local_question *q, int64_t wall, int64_t valid_until,
	struct certprov_verdict *verdict);

#endif
