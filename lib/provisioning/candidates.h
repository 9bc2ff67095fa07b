/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The offers of one run: each is judged as it comes, what is good is trusted
 * within the run at once, what only lacks its issuer waits for it. Pure: it
 * writes nothing; what must become durable and what goes into the report is
 * handed to the owner.
 */
#ifndef CERTPROV_CANDIDATES_H
#define CERTPROV_CANDIDATES_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/provisioning/judge.h"
#include "lib/provisioning/outcome.h"

/* How many candidates may wait for an issuer; one more is refused with
 * issuer-not-trusted at once. */
#define CANDIDATES_MAX_PENDING 256
/* How many candidates may be woken in vain in one run: each costs
 * signatures, and issuers of one name could be offered without end. */
#define CANDIDATES_MAX_VAIN_WAKES 1024

/* A certificate the fetcher found. Not parsed, not judged: just bytes.
 * All borrowed. */
struct offer {
	const uint8_t *der;
	size_t len;
	enum candidate_variant variant;
	const char *document; /* redacted URL of the document */
	int64_t line;
	const char *url;    /* redacted URL of the download, or NULL */
	const char *sha256; /* sha256= of the element, or NULL */
	/* Of a download, for the owner's conditional requests, or NULL: the
	 * digest of its whole URL, and ETag or Last-Modified. */
	const char *url_sha256;
	const char *validator;
	bool authenticated;
};

/* What a judgement says, as an outcome without a place. 0 or -ENOMEM. */
int judgement_outcome(const struct judgement *judgement, struct outcome *ret);

struct candidates;

struct candidates_owner {
	/*
	 * Accepted and new, or more than it was: to be made durable as
	 * lists (lib/judge) says. The outcome comes apart.
	 * A negative errno ends the offer with it.
	 */
	int (*accepted)(void *userdata, const struct certificate *c,
		unsigned lists, const struct offer *offer);
	/*
	 * A final outcome; once per offer, in the order of their decision:
	 * what an offer decides comes first, then whom it woke, in the order
	 * of their offers; what still waits at the end, in that order too.
	 */
	int (*decided)(void *userdata, const struct offer *offer,
		const struct outcome *outcome);
};

/*
 * The context is the daemon's trust; the candidates keep a copy of it and
 * add to the copy. bootstrap stays the caller's and must live as long.
 */
int candidates_new(const struct judge_context *context,
	const struct candidates_owner *owner, void *userdata,
	struct candidates **ret);
/* What is distrusted meanwhile counts from the next judgement on; what was
 * accepted before is the owner's to take back. 1 when there is more of it now,
 * 0, -ENOSPC, -ENOMEM. */
int candidates_follow_distrust(struct candidates *c, const struct trust *from);
struct candidates *candidates_free(struct candidates *c); /* NULL is fine */
DEFINE_CLEANUP(struct candidates, candidates_free);

/* What the fetcher is answered. Zeroed is empty. */
struct offer_answer {
	bool good;                      /* usable in this run at once */
	enum verdict verdict;           /* PENDING while it waits */
	unsigned lists;                 /* what an accepted one becomes */
	char sha256[SHA256_HEX_SIZE];   /* empty when it is none */
	char (*woken)[SHA256_HEX_SIZE]; /* pending ones that are good now */
	size_t woken_count;
};
void offer_answer_done(struct offer_answer *a);
DEFINE_CLEANUP_EMBEDDED(struct offer_answer, offer_answer_done);

/* Judge one offer, then whom its acceptance wakes. */
int candidates_offer(struct candidates *c, const struct offer *offer,
	struct offer_answer *ret);
/* No more offers: what still waits is refused. May be called again. */
int candidates_finish(struct candidates *c);
/* The same when the run did not come to its end: what still waits might have
 * been accepted, so it gets this verdict. The detail may be NULL. */
int candidates_abandon(
	struct candidates *c, enum verdict verdict, const char *detail);

/*
 * The rest of the work as counted, for tests and figures: judgements made,
 * and wakes that changed nothing.
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
