/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is wrong with a peer that has no good path. The search
 * stops at the first fault, but an exception overrides all of them.
 */
#include "lib/verify/verify-parts.h"

/* Of the best path. */
static unsigned faults_of_path(const struct context *ctx)
{
	enum verdict v = ctx->best.verdict;
	bool dated = v == VERDICT_EXPIRED || v == VERDICT_NOT_YET_VALID;

	return context_fault_of(v) | (dated ? ctx->behind : 0);
}

/* What can be seen in the certificate itself. */
static unsigned faults_of_leaf(struct context *ctx)
{
	const struct certificate *c = ctx->leaf;
	unsigned faults = 0;

	if (c->not_after < ctx->now)
		faults |= WARNING_BIT(WARNING_EXPIRED);
	if (c->not_before > ctx->now)
		faults |= WARNING_BIT(WARNING_NOT_YET_VALID);
	if (!attempt_leaf_is_for_use(ctx))
		faults |= WARNING_BIT(WARNING_NOT_FOR_SERVERS);
	return faults;
}

int faults_find(struct context *ctx, unsigned *ret)
{
	unsigned faults = faults_of_path(ctx) | faults_of_leaf(ctx);
	bool named = true;
	int r = ctx->host_given ? verify_names_has_host(ctx, &named) : 0;

	if (r < 0)
		return r;
	if (!named)
		faults |= WARNING_BIT(WARNING_NAME_MISMATCH);
	*ret = faults;
	return 0;
}
