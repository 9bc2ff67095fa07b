/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offers of one run. Each is judged as it comes: a good one is trusted
 * within the run at once, and one that only lacks its issuer waits for it.
 * Pure: it writes nothing, and returns what was decided.
 */
#ifndef CERTPROV_CANDIDATES_H
#define CERTPROV_CANDIDATES_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/decision.h"
#include "lib/provisioning/judge.h"

/* How many candidates may wait for an issuer; one more is refused with
 * issuer-not-trusted at once. */
#define CANDIDATES_MAX_PENDING 256
/* How many candidates may be judged again without effect in one run: each time
 * costs signatures, and any number of issuers with one name could be offered.
 */
#define CANDIDATES_MAX_VAIN_WAKES 1024

/* What a judgement says, as an outcome without a place. 0 or -ENOMEM. */
int candidates_outcome(const struct judgement *judgement, struct outcome *ret);

struct candidates;

/*
 * The candidates add to a copy of the context's trust. bootstrap stays the
 * caller's and must live as long.
 */
int candidates_new(
	const struct judge_context *context, struct candidates **ret);
/* Take over what was distrusted meanwhile: it counts from the next judgement
 * on. The caller takes back what was accepted before. 1 when something was
 * added, 0 when not, -ENOSPC, -ENOMEM. */
int candidates_follow_distrust(struct candidates *c, const struct trust *from);
struct candidates *candidates_free(struct candidates *c); /* NULL is fine */
DEFINE_CLEANUP(struct candidates, candidates_free);

/* What the fetcher is answered. Zeroed is empty. */
struct offer_answer {
	bool good;                      /* usable in this run at once */
	enum verdict verdict;           /* PENDING while it waits */
	unsigned lists;                 /* what an accepted one becomes */
	char (*woken)[SHA256_HEX_SIZE]; /* pending ones that are good now */
	size_t woken_count;
};
void candidates_answer_done(struct offer_answer *a);
DEFINE_CLEANUP_EMBEDDED(struct offer_answer, candidates_answer_done);

/*
 * Judge one offer, then those that its acceptance wakes. What is decided is
 * appended to decisions, once per offer: first this one, then those it woke, in
 * the order of their offers. An accepted one is trusted within the run from now
 * on. After an error only candidates_abandon() and
 * candidates_free() may follow.
 */
int candidates_offer(struct candidates *c, const struct candidate *offer,
	struct offer_answer *ret, struct decisions *decisions);
/* No more offers: what still waits is refused, in the order of the offers. May
 * be called again. */
int candidates_finish(struct candidates *c, struct decisions *decisions);
/* The same when the run was cut short: what still waits might have been
 * accepted, so it gets this verdict. The detail may be NULL. */
int candidates_abandon(struct candidates *c, enum verdict verdict,
	const char *detail, struct decisions *decisions);

/*
 * How much work was done, for tests and figures: judgements, and those of them
 * that were made again and changed nothing.
 */
struct candidates_work {
	size_t judged;
	size_t vain_wakes;
};
struct candidates_work candidates_work(const struct candidates *c);

/* The trust of the run, borrowed: the daemon's and what was accepted. */
const struct trust *candidates_trust(const struct candidates *c);
size_t candidates_pending(const struct candidates *c);

#endif
