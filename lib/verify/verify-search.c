/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for a path: depth first from the leaf over every possible
 * issuer. Each path that ends at an anchor is judged by verify-attempt.c. If
 * none holds, issuers are tried as well that have the name, but not the
 * identifiers that authorityKeyIdentifier asks for.
 */
#include "lib/verify/verify-parts.h"

/* This path reaches no anchor, so it is never judged; but an issuer in it may
 * be distrusted, which has to be reported. */
static void search_fail_distrusted(struct context *ctx)
{
	for (size_t i = 1; i < ctx->path_count && !ctx->exhausted; i++) {
		if (!ctx->levels[i].distrusted)
			continue;
		/* Up to there: a name alone does not make an issuer. */
		for (size_t j = 1; j <= i; j++)
			if (!signatures_check(
				    ctx, ctx->path[j - 1], ctx->path[j]))
				return;
		context_fail(ctx, VERDICT_DISTRUSTED, ctx->path[i], NULL);
		return;
	}
}

static bool search_path_is_signed(struct context *ctx)
{
	for (size_t i = 1; i < ctx->path_count; i++)
		if (!signatures_check(ctx, ctx->path[i - 1], ctx->path[i]))
			return false;
	return true;
}

/* What has the name of the issuer, has signed it, and may not. */
static void search_fail_barred(struct context *ctx, const struct level *level)
{
	const struct certificate *last = ctx->path[ctx->path_count - 1];

	for (size_t i = 0; i < level->barred_count; i++) {
		const struct barred *b = &level->barred[i];

		if (signatures_may_check(ctx, last, b->certificate) &&
			signatures_check(ctx, last, b->certificate))
			context_fail(ctx, b->why, b->certificate, NULL);
	}
}

/*
 * The issuer that is missing is that of the last certificate whose signature
 * leads here: what was sent may have no more than the name of an issuer.
 */
static void search_fail_missing(struct context *ctx, const struct level *level)
{
	struct failure failure = {
		.verdict = VERDICT_ISSUER_NOT_TRUSTED,
		.about = ctx->path[ctx->path_count - 1],
		.other = level->other_key,
	};

	for (size_t i = 1; i < ctx->path_count; i++) {
		if (!signatures_may_check(ctx, ctx->path[i - 1], ctx->path[i]))
			break;
		if (signatures_check(ctx, ctx->path[i - 1], ctx->path[i]))
			continue;
		failure.about = ctx->path[i - 1];
		failure.other = ctx->path[i];
		failure.depth = i;
		break;
	}
	context_fail_with(ctx, &failure);
}

/* No issuer of the last certificate is left: say what it lacks. */
static void search_fail_dead_end(struct context *ctx, const struct level *level)
{
	const struct certificate *last = ctx->path[ctx->path_count - 1];
	const struct certificate *issuer = NULL;

	if (!level->led_on) {
		search_fail_distrusted(ctx);
		if (verify_distrust_of_issuer(ctx, last, &issuer) &&
			search_path_is_signed(ctx))
			context_fail(ctx, VERDICT_DISTRUSTED, issuer, NULL);
	}
	search_fail_barred(ctx, level);
	if (level->led_on || ctx->exhausted)
		return;
	if (level->fitting == 0 || signatures_by_itself(ctx, last))
		search_fail_missing(ctx, level);
	else if (!ctx->skipped)
		context_fail_with(ctx,
			&(struct failure){
				.verdict = VERDICT_BAD_SIGNATURE,
				.about = last,
				.other = level->other_key,
			});
}

/* Add the next issuer to the path; false when this level has no more. */
static bool search_descend(struct context *ctx, bool *ret_complete)
{
	struct level *level = &ctx->levels[ctx->path_count - 1];
	const struct certificate *last = ctx->path[ctx->path_count - 1];

	while (level->next < level->count && !ctx->exhausted) {
		const struct issuer *i = &level->issuers[level->next++];

		if (i->other_id &&
			!signatures_may_check(ctx, last, i->certificate))
			continue;
		if (!level->one_only &&
			!signatures_check(ctx, last, i->certificate)) {
			if (!level->other_key)
				level->other_key = i->certificate;
			continue;
		}
		level->led_on = true;
		if (ctx->path_count >= VERIFY_MAX_PATH) {
			/* Our limit, not one of an issuer. */
			context_fail(ctx, VERDICT_BUDGET, last,
				"more than " VERIFY_MAX_PATH_TEXT
				" certificates in a path");
			continue;
		}
		ctx->path[ctx->path_count++] = i->certificate;
		*ret_complete = i->anchor;
		return true;
	}
	search_fail_dead_end(ctx, level);
	return false;
}

/* Has it an issuer that only the second search takes? */
static bool search_path_has_other_id(const struct context *ctx)
{
	for (size_t i = 0; i + 1 < ctx->path_count; i++) {
		const struct level *level = &ctx->levels[i];

		if (level->issuers[level->next - 1].other_id)
			return true;
	}
	return false;
}

static int search_try_path(struct context *ctx, bool *ret)
{
	if (ctx->any_id && !search_path_has_other_id(ctx))
		return 0;
	if (ctx->work.attempts >= VERIFY_MAX_ATTEMPTS) {
		context_exhaust(ctx, "too many paths");
		return 0;
	}
	return attempt_path(ctx, ret);
}

/* Extend the path by an issuer, or drop its last certificate when there is
 * none. A complete path is tried; if it fails, it is shortened again. */
static int search_step(struct context *ctx, bool *ret)
{
	bool complete = false;
	int r = 0;

	if (!search_descend(ctx, &complete)) {
		ctx->path_count--;
		return 0;
	}
	if (!complete)
		return issuers_find(ctx, &ctx->levels[ctx->path_count - 1]);
	r = search_try_path(ctx, ret);
	if (r == 0 && !*ret)
		ctx->path_count--;
	return r;
}

/* It was sent, and may be kept. Its signature was checked in the path. */
static void search_remember_issuer(
	struct context *ctx, struct certificate *c, size_t at)
{
	const struct certificate *issuer =
		at + 1 < ctx->path_count ? ctx->path[at + 1] : NULL;
	bool good = issuer && signatures_check(ctx, c, issuer);

	intermediate_cache_add(ctx->trust->intermediates, c,
		good ? issuer->spki_sha256 : NULL);
}

/* Intermediates of a good path are likely to be sent again. */
static void search_remember_issuers(struct context *ctx)
{
	for (size_t i = 0; i < ctx->sent_count; i++)
		for (size_t j = 1; j < ctx->path_count; j++)
			if (ctx->sent[i].certificate == ctx->path[j])
				search_remember_issuer(
					ctx, ctx->sent[i].certificate, j);
}

/* A leaf that is an anchor needs no issuer, except when the question is
 * whether something else issued it. */
static bool search_ends_with_itself(const struct context *ctx)
{
	const struct anchor *a =
		anchors_find_certificate(ctx->trust->anchors, ctx->leaf);

	return !ctx->issued && a && anchor_begins_trust(a);
}

/* The leaf was decoded before the search; it is paid for here. */
static bool search_pay_for_leaf(struct context *ctx)
{
	const struct certificate *leaf = ctx->leaf;
	size_t bytes = leaf->der.len + ctx->sent_bytes;

	ctx->work.decoded++;
	return context_spend(ctx,
		COST_CERTIFICATE + key_decode_cost(&leaf->key) + leaf->parts +
			bytes / BYTES_A_UNIT);
}

/* Is the leaf worth a search? Reasons that no exception overrides come first.
 */
static bool search_takes_leaf(struct context *ctx)
{
	if (ctx->exhausted || !search_pay_for_leaf(ctx))
		return false;
	if (ctx->leaf->invalid_extension) {
		context_fail(ctx, VERDICT_INVALID_EXTENSION, ctx->leaf, NULL);
		return false;
	}
	return ctx->issued || attempt_takes_key(ctx, ctx->leaf);
}

static int search_all(struct context *ctx, bool *ret_found)
{
	int r = 0;

	ctx->path[0] = ctx->leaf;
	ctx->path_count = 1;
	r = issuers_find(ctx, &ctx->levels[0]);
	while (r == 0 && !*ret_found && ctx->path_count > 0 && !ctx->exhausted)
		r = search_step(ctx, ret_found);
	return r;
}

/*
 * Once more with issuers that have other identifiers than asked for. It can
 * only find a path or a better reason: what it could not afford is forgotten.
 */
static int search_all_again(struct context *ctx, bool *ret_found)
{
	const struct failure best = ctx->best;
	bool skipped = ctx->skipped;
	int r = 0;

	ctx->any_id = true;
	if (best.verdict == VERDICT_ISSUER_NOT_TRUSTED)
		ctx->best = (struct failure){.verdict = VERDICT_TRUSTED};
	r = search_all(ctx, ret_found);
	if (*ret_found)
		return r;
	ctx->exhausted = false;
	ctx->skipped = skipped;
	if (ctx->best.verdict == VERDICT_TRUSTED ||
		ctx->best.verdict == VERDICT_BUDGET)
		ctx->best = best;
	return r;
}

int search_run(struct context *ctx, bool *ret)
{
	bool found = false;
	int r = 0;

	ctx->path[0] = ctx->leaf;
	ctx->path_count = 1;
	*ret = false;
	if (!search_takes_leaf(ctx))
		return 0;
	if (search_ends_with_itself(ctx))
		r = search_try_path(ctx, &found);
	if (r == 0 && !found)
		r = search_all(ctx, &found);
	if (r == 0 && !found && ctx->other_id && !ctx->exhausted)
		r = search_all_again(ctx, &found);
	if (r == 0)
		r = ctx->error;
	if (r < 0)
		return r;
	if (found)
		search_remember_issuers(ctx);
	*ret = found;
	return 0;
}
