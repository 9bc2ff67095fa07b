/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signatures of one verification. Each is checked once, because a
 * certificate may be part of several paths.
 */
#include "lib/verify/verify-parts.h"

#include <string.h>

/* By the key of the issuer, which several certificates may have. */
static const struct signature *signatures_find(const struct context *ctx,
	const struct certificate *issued, const struct certificate *issuer)
{
	for (size_t i = 0; i < ctx->signature_count; i++) {
		const struct signature *before = &ctx->signatures[i];

		if (before->issued == issued &&
			memcmp(before->issuer->spki_sha256, issuer->spki_sha256,
				SHA256_BYTES) == 0)
			return before;
	}
	return NULL;
}

static unsigned signatures_cost(
	const struct certificate *issued, const struct certificate *issuer)
{
	return key_cost(&issuer->key) +
		(unsigned)(issued->der.len / BYTES_A_UNIT);
}

bool signatures_may_check(struct context *ctx, const struct certificate *issued,
	const struct certificate *issuer)
{
	if (signatures_find(ctx, issued, issuer))
		return true;
	return !ctx->exhausted &&
		ctx->signature_count < VERIFY_MAX_SIGNATURES / 2 &&
		ctx->work.cost + signatures_cost(issued, issuer) <=
		VERIFY_MAX_COST - COST_OF_TRYING;
}

/* With what is kept of earlier verifications. It costs the same then, so that
 * no verdict depends on what was asked before. */
static bool signatures_are_good(struct context *ctx,
	const struct certificate *issued, const struct certificate *issuer)
{
	return intermediate_cache_is_signed(ctx->trust->intermediates, issued,
		       issuer->spki_sha256) ||
		certificate_is_signed_by(issued, issuer);
}

bool signatures_check(struct context *ctx, const struct certificate *issued,
	const struct certificate *issuer)
{
	const struct signature *before = signatures_find(ctx, issued, issuer);
	bool good = false;

	if (before)
		return before->good;
	if (ctx->signature_count >= VERIFY_MAX_SIGNATURES) {
		context_exhaust(ctx, "too many signatures");
		return false;
	}
	if (!context_spend(ctx, signatures_cost(issued, issuer)))
		return false;
	ctx->work.signatures++;
	good = signatures_are_good(ctx, issued, issuer);
	ctx->signatures[ctx->signature_count++] = (struct signature){
		.issued = issued,
		.issuer = issuer,
		.good = good,
	};
	return good;
}

bool signatures_by_itself(struct context *ctx, const struct certificate *c)
{
	return c->self_issued &&
		key_is_supported(&c->key, ctx->trust->policy.rsa_max_bits) &&
		signatures_may_check(ctx, c, c) && signatures_check(ctx, c, c);
}
