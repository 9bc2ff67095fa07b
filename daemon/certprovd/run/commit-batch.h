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
unsigned group_delay_ms(unsigned commits);

struct group_target {
	struct store *store; /* NULL: a dry run, nothing is written */
	struct state *state;
	struct rejections *rejections; /* what is accepted leaves them */
	int64_t run;
};

struct group;
int group_new(const struct group_target *target, struct group **ret);
struct group *group_free(struct group *g); /* NULL is fine */
DEFINE_CLEANUP(struct group, group_free);

/* Each copies what it needs; 0 or -ENOMEM. */
int group_add_certificate(struct group *g, const struct certificate *c,
	unsigned lists, const struct offer *offer);
/* authenticated is kept for setting_server alone: who named it may be
 * believed. */
int group_add_setting(struct group *g, enum setting_id id,
	const struct setting_value *value, bool authenticated);
int group_add_validator(struct group *g, const char *url_sha256,
	const char *validator, const char *sha256);
int group_add_outcome(struct group *g, const struct outcome *outcome);

size_t group_outcomes(const struct group *g);
bool group_is_empty(const struct group *g);

/* Who hears of each outcome once it is durable, in the order of adding. */
typedef void group_teller(void *userdata, const struct outcome *outcome);

/*
 * Make it durable, tell it, and start over with an empty group. Returns 0,
 * *ret_changed set when trust or settings changed; or a negative errno: either
 * nothing of the group is there and what was accepted in it was told as
 * store-failed, or it is there and the state could not follow (-ENOMEM).
 */
int group_commit(struct group *g, int64_t now, group_teller *tell,
	void *userdata, bool *ret_changed);

/* The run cannot be believed any more: as if a commit had failed with this
 * error. */
void group_fail(struct group *g, int error, group_teller *tell, void *userdata);

#endif
