/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify-context.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a phone demands. */
static const struct verify_demands none = {.use = USE_TLS_SERVER};

void context_clear_level(struct level *level)
{
	memset(level, 0, offsetof(struct level, issuers));
}

int context_new(const struct trust *trust, struct certificate *leaf,
	int64_t now, struct context **ret)
{
	struct context *ctx = malloc(sizeof(*ctx));

	if (!ctx)
		return -ENOMEM;
	memset(ctx, 0, offsetof(struct context, levels));
	ctx->trust = trust;
	ctx->leaf = certificate_ref(leaf);
	ctx->clock_trusted = now >= trust->clock_floor;
	ctx->now = ctx->clock_trusted ? now : trust->clock_floor;
	ctx->demands = &none;
	ctx->use = none.use;
	ctx->best.verdict = VERDICT_TRUSTED;
	ctx->next_change = INT64_MAX;
	*ret = ctx;
	return 0;
}

struct context *context_free(struct context *ctx)
{
	if (!ctx)
		return NULL;
	for (size_t i = 0; i < ctx->sent_count; i++) {
		(void)certificate_free(ctx->sent[i].kept);
		(void)certificate_free(ctx->sent[i].certificate);
	}
	free(ctx->sent);
	(void)certificate_free(ctx->leaf);
	free(ctx);
	return NULL;
}

/*
 * How useful a verdict is as the reason: the higher, the further a path came
 * that failed with it. A wrong name is reported only of a path that is good
 * otherwise; an expired certificate must not hide a distrusted one.
 */
static const unsigned usefulness[VERDICT__END] = {
	[VERDICT_ISSUER_NOT_TRUSTED] = 1,
	[VERDICT_BUDGET] = 2,
	[VERDICT_BAD_SIGNATURE] = 3,
	[VERDICT_NOT_A_CA] = 4,
	[VERDICT_PATH_TOO_LONG] = 5,
	[VERDICT_MALFORMED] = 6,
	[VERDICT_INVALID_EXTENSION] = 7,
	[VERDICT_UNHANDLED_CRITICAL] = 8,
	[VERDICT_POLICY_MISSING] = 9,
	[VERDICT_NAME_CONSTRAINTS] = 10,
	[VERDICT_WEAK_SIGNATURE] = 11,
	[VERDICT_KEY_UNSUPPORTED] = 12,
	[VERDICT_KEY_TOO_WEAK] = 13,
	[VERDICT_PROFILE] = 14,
	[VERDICT_EXPIRED] = 15,
	[VERDICT_NOT_YET_VALID] = 16,
	[VERDICT_DISTRUSTED] = 17,
	[VERDICT_NOT_FOR_SERVERS] = 18,
	[VERDICT_HOST_INVALID] = 19,
	[VERDICT_NAME_MISMATCH] = 20,
};

void context_fail_with(struct context *ctx, const struct failure *failure)
{
	struct failure *best = &ctx->best;
	unsigned now = usefulness[failure->verdict];
	unsigned before = usefulness[best->verdict];
	size_t depth = failure->depth > 0 ? failure->depth : ctx->path_count;

	/* Of missing issuers, the one nearest to a root. */
	if (now < before || (now == before && depth <= best->depth))
		return;
	*best = *failure;
	best->depth = depth;
	best->path_count = ctx->path_count;
	for (size_t i = 0; i < ctx->path_count; i++)
		best->path[i] = ctx->path[i];
}

void context_fail_by(struct context *ctx, enum verdict verdict,
	const struct certificate *about, const char *detail, const char *clause)
{
	struct failure failure = {
		.verdict = verdict, .about = about, .clause = clause};

	if (detail)
		(void)snprintf(failure.detail, DETAIL_SIZE, "%s", detail);
	context_fail_with(ctx, &failure);
}

void context_fail(struct context *ctx, enum verdict verdict,
	const struct certificate *about, const char *detail)
{
	context_fail_by(ctx, verdict, about, detail, NULL);
}

unsigned context_fault_of(enum verdict verdict)
{
	static const unsigned bits[VERDICT__END] = {
		[VERDICT_EXPIRED] = WARNING_BIT(WARNING_EXPIRED),
		[VERDICT_NOT_YET_VALID] = WARNING_BIT(WARNING_NOT_YET_VALID),
		[VERDICT_NAME_MISMATCH] = WARNING_BIT(WARNING_NAME_MISMATCH),
		[VERDICT_HOST_INVALID] = WARNING_BIT(WARNING_NAME_MISMATCH),
		[VERDICT_ISSUER_NOT_TRUSTED] =
			WARNING_BIT(WARNING_ISSUER_NOT_TRUSTED),
		[VERDICT_NOT_FOR_SERVERS] =
			WARNING_BIT(WARNING_NOT_FOR_SERVERS),
	};

	return bits[verdict] ? bits[verdict]
			     : WARNING_BIT(WARNING_PATH_REFUSED);
}

void context_exhaust(struct context *ctx, const char *what)
{
	ctx->exhausted = true;
	context_fail(ctx, VERDICT_BUDGET, ctx->leaf, what);
}

bool context_spend(struct context *ctx, uint64_t cost)
{
	if (cost > VERIFY_MAX_COST - ctx->work.cost) {
		context_exhaust(ctx, NULL);
		return false;
	}
	ctx->work.cost += (unsigned)cost;
	return true;
}

void context_skip(struct context *ctx, const char *what)
{
	ctx->skipped = true;
	context_fail(ctx, VERDICT_BUDGET, ctx->leaf, what);
}

bool context_spend_on_issuers(struct context *ctx, unsigned cost)
{
	if (ctx->work.cost + cost > VERIFY_MAX_COST - COST_OF_TRYING) {
		context_skip(ctx, NULL);
		return false;
	}
	return context_spend(ctx, cost);
}

bool context_spend_on_words(struct context *ctx, uint64_t cost, uint64_t names)
{
	if (cost > VERIFY_MAX_COST - ctx->work.cost ||
		names > VERIFY_MAX_NAMES - ctx->work.names)
		return false;
	ctx->work.cost += (unsigned)cost;
	ctx->work.names += (unsigned)names;
	return true;
}
