/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group commit: what a run has decided and not yet made durable. A batch
 * becomes durable as a whole, with one flush, and only then is any of it
 * reported as accepted. One without a change is flushed with what follows.
 * Judges nothing.
 */
#ifndef CERTPROVD_COMMIT_BATCH_H
#define CERTPROVD_COMMIT_BATCH_H

#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/base/macros.h"
#include "lib/provisioning/decision.h"

/* A batch is committed when it has this many decisions, at the end of a
 * document, and COMMIT_BATCH_MAX_MS after its first decision. After many
 * commits a run waits longer for the next: a slow server would otherwise keep
 * the flash busy. */
#define COMMIT_BATCH_MAX_DECISIONS 256
#define COMMIT_BATCH_MAX_MS 200
#define COMMIT_BATCH_QUICK_COMMITS 64
#define COMMIT_BATCH_SLOW_MS 5000
unsigned commit_batch_delay_ms(unsigned commits);

struct commit_batch_target {
	struct store *store; /* NULL: a dry run, nothing is written */
	struct trust_state *state;
	struct rejections *rejections; /* what is accepted leaves them */
	int64_t run;
	const char *asker; /* who asked for it, or NULL; outlives the batch */
	const uint8_t *source;       /* digest of its URL, or NULL */
	const char *state_directory; /* for the keys of certificates */
};

/* Who the history says made a change: the run, and who asked for it. */
int commit_batch_who(int64_t run, const char *asker, char **ret);

struct commit_batch;
int commit_batch_new(
	const struct commit_batch_target *target, struct commit_batch **ret);
struct commit_batch *commit_batch_free(
	struct commit_batch *g); /* NULL is fine */
DEFINE_CLEANUP(struct commit_batch, commit_batch_free);

/* Takes the decision, which is left empty; 0 or -ENOMEM. */
int commit_batch_add(struct commit_batch *g, struct decision *decision);
size_t commit_batch_count(const struct commit_batch *g);

/*
 * Make it durable. Returns 0, or a negative errno: either nothing of the batch
 * is durable and what was accepted in it is store-failed, or it is durable and
 * the state could not follow (-ENOMEM). In each case the outcomes say what
 * became of them: tell them, then commit_batch_clear().
 */
int commit_batch_commit(struct commit_batch *g, int64_t now);
/* The run cannot be trusted any more: as if a commit had failed with this
 * error. */
void commit_batch_fail(struct commit_batch *g, int error);
/* In the order of adding; borrowed. */
const struct outcome *commit_batch_outcome(
	const struct commit_batch *g, size_t i);
void commit_batch_clear(struct commit_batch *g);

#endif
