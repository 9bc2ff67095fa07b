/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a certificate is distrusted, asked during a search. lib/trust
 * answers; the answer is remembered and paid for here, because the same
 * certificate may be considered in several places, and each answer digests it
 * in several forms.
 */
#include "lib/verify/verify-parts.h"

unsigned verify_distrust_cost(
	const struct trust *t, const struct certificate *c)
{
	if (t->distrusted_count == 0)
		return 0;
	return COST_DISTRUST +
		(unsigned)(trust_distrust_bytes(t, c) / DIGESTED_A_UNIT);
}

static const struct looked_up *verify_distrust_find(
	const struct context *ctx, const struct certificate *c)
{
	for (size_t i = 0; i < ctx->looked_up_count; i++)
		if (ctx->looked_up[i].certificate == c)
			return &ctx->looked_up[i];
	return NULL;
}

static unsigned verify_distrust_cost_left(
	const struct context *ctx, const struct certificate *c)
{
	return verify_distrust_find(ctx, c)
		? 0
		: verify_distrust_cost(ctx->trust, c);
}

static void verify_distrust_remember(
	struct context *ctx, const struct certificate *c, bool distrusted)
{
	if (ctx->looked_up_count < ARRAY_SIZE(ctx->looked_up))
		ctx->looked_up[ctx->looked_up_count++] = (struct looked_up){
			.certificate = c,
			.distrusted = distrusted,
		};
}

bool verify_distrust_applies(struct context *ctx, const struct certificate *c)
{
	const struct looked_up *before = NULL;
	bool distrusted = false;
	int r = 0;

	if (ctx->trust->distrusted_count == 0)
		return false;
	before = verify_distrust_find(ctx, c);
	if (before)
		return before->distrusted;
	if (!context_spend(ctx, verify_distrust_cost(ctx->trust, c)))
		return true;
	r = trust_distrusts(ctx->trust, &c->der, c, &distrusted);
	if (r < 0) {
		ctx->error = r;
		return true;
	}
	verify_distrust_remember(ctx, c, distrusted);
	return distrusted;
}

bool verify_distrust_may_ask(struct context *ctx, const struct certificate *c)
{
	unsigned cost = verify_distrust_cost_left(ctx, c);

	if (cost == 0 ||
		ctx->work.cost + cost <= VERIFY_MAX_COST - COST_OF_TRYING)
		return true;
	context_skip(ctx, NULL);
	return false;
}

/* Only name and signature count here: otherwise a distrusted issuer could
 * hide, for instance by another key identifier. */
bool verify_distrust_of_issuer(struct context *ctx, const struct certificate *c,
	const struct certificate **ret)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t looked = 0;

	while (ctx->trust->distrusted_count > 0 &&
		(a = anchors_next_of_subject(
			 ctx->trust->anchors, c->issuer_sha256, &cursor))) {
		const struct certificate *issuer = NULL;
		int r = 0;

		/* The next might be distrusted, so no exception passes. */
		if (looked++ >= VERIFY_MAX_ISSUERS_OF_NAME) {
			ctx->skipped = true;
			return false;
		}
		r = anchor_decode(a, &issuer);
		if (r < 0) {
			ctx->error = r;
			return false;
		}
		if (issuer && !verify_distrust_may_ask(ctx, issuer))
			return false;
		if (!issuer || !verify_distrust_applies(ctx, issuer) ||
			!signatures_check(ctx, c, issuer))
			continue;
		*ret = issuer;
		return true;
	}
	return false;
}

/* No certificate of that name in the store is distrusted, and none is an
 * intermediate that leads on to others. */
static bool verify_distrust_is_absent_in_store(
	struct context *ctx, const uint8_t *name)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next_of_subject(
			ctx->trust->anchors, name, &cursor))) {
		const struct certificate *c = NULL;
		int r = anchor_decode(a, &c);

		if (r < 0)
			ctx->error = r;
		if (r < 0 || !anchor_begins_trust(a))
			return false;
		if (c &&
			(ctx->work.cost + verify_distrust_cost_left(ctx, c) >
					VERIFY_MAX_COST - COST_OF_TRYING ||
				verify_distrust_applies(ctx, c)))
			return false;
	}
	return true;
}

int verify_distrust_is_absent(struct context *ctx, bool *ret)
{
	bool clear = !verify_distrust_applies(ctx, ctx->leaf) &&
		verify_distrust_is_absent_in_store(
			ctx, ctx->leaf->issuer_sha256);

	for (size_t i = 0; clear && i < ctx->sent_count; i++) {
		struct sent *sent = &ctx->sent[i];
		const struct certificate *c = NULL;
		int r = sent->usable ? sent_get(ctx, sent) : 0;

		if (r < 0)
			return r;
		if (!sent->usable)
			continue;
		c = sent->certificate;
		clear = c && !verify_distrust_applies(ctx, c) &&
			verify_distrust_is_absent_in_store(
				ctx, c->issuer_sha256);
	}
	*ret = clear;
	return ctx->error;
}
