/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the trust knows of the names in a failure, to explain it. It is looked
 * for after the search, at few certificates of each name, and with what is
 * left of the budget; without it the sentence only says less.
 */
#include "lib/verify/verify-parts.h"

#include <string.h>
#include <strings.h>

/* Comparing two names, or a host with that of an exception. */
#define COMPARED_A_UNIT 32

static bool related_may_spend(struct context *ctx, size_t cost)
{
	return !ctx->exhausted && cost <= VERIFY_MAX_COST - ctx->work.cost &&
		context_spend(ctx, cost);
}

/* The next of a subject, decoded; NULL in *ret at the end. */
static int related_next(struct context *ctx, const uint8_t *subject,
	size_t *cursor, size_t *looked, const struct anchor **ret,
	const struct certificate **ret_certificate)
{
	const struct anchor *a = NULL;
	int r = 0;

	*ret = NULL;
	while (*looked < VERIFY_MAX_RELATED &&
		(a = anchors_next_of_subject(
			 ctx->trust->anchors, subject, cursor))) {
		(*looked)++;
		if (!related_may_spend(ctx,
			    anchor_is_decoded(a) ? COST_LOOK
						 : COST_CERTIFICATE))
			return 0;
		r = anchor_decode(a, ret_certificate);
		if (r < 0)
			return r;
		if (!*ret_certificate)
			continue;
		*ret = a;
		return 0;
	}
	return 0;
}

static bool related_is_in_time(
	const struct context *ctx, const struct certificate *c)
{
	return c->not_before <= ctx->now && c->not_after >= ctx->now;
}

/* A CA of the name of the expired one, with another key. */
static int related_find_newer(struct context *ctx, struct related *to)
{
	const struct certificate *expired = ctx->best.about;
	const struct certificate *c = NULL;
	const struct anchor *a = NULL;
	size_t cursor = 0;
	size_t looked = 0;
	int r = 0;

	do {
		r = related_next(
			ctx, expired->subject_sha256, &cursor, &looked, &a, &c);
		if (r == 0 && a && anchor_begins_trust(a) && c->ca &&
			related_is_in_time(ctx, c) &&
			memcmp(c->key_sha256, expired->key_sha256,
				SHA256_BYTES) != 0)
			to->newer = a;
	} while (r == 0 && a && !to->newer);
	return r;
}

static bool related_shares_name(
	struct context *ctx, const struct certificate *c)
{
	const struct certificate *leaf = ctx->leaf;

	if (!related_may_spend(
		    ctx, c->name_count * leaf->name_count / COMPARED_A_UNIT))
		return false;
	for (size_t i = 0; i < c->name_count; i++)
		for (size_t j = 0; j < leaf->name_count; j++)
			if (strcmp(c->names[i], leaf->names[j]) == 0)
				return true;
	return false;
}

/* Was this one there for the same server? A CA may have its name. */
static bool related_is_earlier(struct context *ctx, const struct anchor *a,
	const struct certificate *c)
{
	if (!(a->lists & ANCHOR_SERVERS) ||
		memcmp(c->sha256, ctx->leaf->sha256, SHA256_BYTES) == 0)
		return false;
	if (!c->ca && *certificate_subject(c))
		return true;
	return related_shares_name(ctx, c);
}

static int related_find_earlier(struct context *ctx, struct related *to)
{
	const struct certificate *c = NULL;
	const struct anchor *a = NULL;
	int64_t latest = INT64_MIN;
	size_t cursor = 0;
	size_t looked = 0;
	int r = 0;

	do {
		r = related_next(ctx, ctx->leaf->subject_sha256, &cursor,
			&looked, &a, &c);
		if (r < 0 || !a || !related_is_earlier(ctx, a, c) ||
			c->not_after <= latest)
			continue;
		latest = c->not_after;
		to->earlier = a;
	} while (r == 0 && a);
	return r;
}

/* For the host that was asked for; the last one made. */
static void related_find_exception(struct context *ctx, struct related *to)
{
	const struct trust *t = ctx->trust;
	char host[HOST_NAME_SIZE];

	if (!ctx->host_valid ||
		!related_may_spend(ctx, t->exception_count / COMPARED_A_UNIT))
		return;
	host_format(&ctx->host, host);
	for (size_t i = 0; i < t->exception_count; i++) {
		const struct exception *e = &t->exceptions[i];

		if (e->host && strcasecmp(e->host, host) == 0 &&
			memcmp(e->sha256, ctx->leaf->sha256, SHA256_BYTES) != 0)
			to->excepted = e;
	}
}

static bool related_is_unsent(const struct context *ctx)
{
	const uint8_t *name = ctx->best.about->issuer_sha256;

	for (size_t i = 0; i < ctx->sent_count; i++)
		if (ctx->sent[i].usable &&
			memcmp(ctx->sent[i].subject, name, SHA256_BYTES) == 0)
			return false;
	return true;
}

static int related_find_of_missing(struct context *ctx, struct related *to)
{
	to->self_signed = signatures_by_itself(ctx, ctx->best.about);
	to->unsent = !ctx->issued && !to->self_signed && related_is_unsent(ctx);
	if (ctx->issued)
		return 0;
	related_find_exception(ctx, to);
	return related_find_earlier(ctx, to);
}

int related_find(struct context *ctx, struct related *ret)
{
	const struct failure *best = &ctx->best;

	*ret = (struct related){.self_signed = false};
	if (!best->about)
		return 0;
	ret->stored =
		anchors_find_certificate(ctx->trust->anchors, best->about);
	if (best->verdict == VERDICT_ISSUER_NOT_TRUSTED)
		return related_find_of_missing(ctx, ret);
	if (best->verdict == VERDICT_EXPIRED && best->about != ctx->leaf)
		return related_find_newer(ctx, ret);
	return 0;
}
