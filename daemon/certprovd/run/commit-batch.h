/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group commit: what a run has judged and not yet made durable. Whatever
 * lies in a group becomes durable together, with one flush, and only then is
 * any of it said to be accepted. Judges nothing.
 */
#ifndef CERTPROVD_COMMIT_BATCH_H
#define CERTPROVD_COMMIT_BATCH_H

#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/base/macros.h"
#include "lib/phone/settings.h"
#include "lib/provisioning/candidates.h"
#include "lib/provisioning/outcome.h"
#include "lib/x509/certificate.h"

/* So many judged offers make a commit, as does the end of a document and
 * GROUP_MAX_MS after the first. A run that has had many commits waits longer
 * for the next: a server that drips would have the flash written all along. */
#define GROUP_MAX_OFFERS 256
#define GROUP_MAX_MS 200
#define GROUP_QUICK_COMMITS 64
#define GROUP_SLOW_MS 5000
unsigned commit_batch_delay_ms(unsigned commits);

struct commit_batch_target {
	struct store *store; /* NULL: a dry run, nothing is written */
	struct trust_state *state;
	struct rejections *rejections; /* what is accepted leaves them */
	int64_t run;
};

struct commit_batch;
int commit_batch_new(
	const struct commit_batch_target *target, struct commit_batch **ret);
struct commit_batch *commit_batch_free(
	struct commit_batch *g); /* NULL is fine */
DEFINE_CLEANUP(struct commit_batch, commit_batch_free);

/* Each copies what it needs; 0 or -ENOMEM. */
int commit_batch_add_certificate(struct commit_batch *g,
	const struct certificate *c, unsigned lists, const struct offer *offer);
/* authenticated is kept for setting_server alone: who named it may be
 * believed. */
int commit_batch_add_setting(struct commit_batch *g, enum setting_id id,
	const struct setting_value *value, bool authenticated);
int commit_batch_add_validator(struct commit_batch *g, const char *url_sha256,
	const char *validator, const char *sha256);
int commit_batch_add_outcome(
	struct commit_batch *g, const struct outcome *outcome);

size_t commit_batch_outcomes(const struct commit_batch *g);
bool commit_batch_is_empty(const struct commit_batch *g);

/* Who hears of each outcome once it is durable, in the order of adding. */
typedef void group_teller(void *userdata, const struct outcome *outcome);

/*
 * Make it durable, tell it, and start over with an empty group. Returns 0,
 * *ret_changed set when trust or settings changed; or a negative errno: either
 * nothing of the group is there and what was accepted in it was told as
 * store-failed, or it is there and the state could not follow (-ENOMEM).
 */
int commit_batch_commit(struct commit_batch *g, int64_t now, group_teller *tell,
	void *userdata, bool *ret_changed);

/* The run cannot be believed any more: as if a commit had failed with this
 * error. */
void commit_batch_fail(
	struct commit_batch *g, int error, group_teller *tell, void *userdata);

#endif
