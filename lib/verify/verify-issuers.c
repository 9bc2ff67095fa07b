/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificates could have issued the last one of the path, and in
 * which order to try them.
 */
#include "lib/verify/verify-parts.h"

#include <assert.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

static bool issuers_same_subject_and_key(
	const struct certificate *a, const struct certificate *b)
{
	return memcmp(a->key_sha256, b->key_sha256, SHA256_BYTES) == 0 &&
		memcmp(a->subject_sha256, b->subject_sha256, SHA256_BYTES) == 0;
}

/* The same subject and key in another certificate would make a circle. */
static bool issuers_is_in_path(
	const struct context *ctx, const struct certificate *c)
{
	for (size_t i = 0; i < ctx->path_count; i++)
		if (issuers_same_subject_and_key(ctx->path[i], c))
			return true;
	return false;
}

static bool issuers_is_listed(
	const struct level *level, const struct certificate *c)
{
	for (size_t i = 0; i < level->count; i++)
		if (memcmp(level->issuers[i].certificate->sha256, c->sha256,
			    SHA256_BYTES) == 0)
			return true;
	return false;
}

/*
 * Where an issuer comes from, in the order of trying. Anybody can add
 * unauthenticated certificates, with any name and key identifier, so they
 * come after what the peer sent: junk cannot get in the way.
 */
enum source {
	SOURCE_AUTHORITY,
	SOURCE_AUTHENTICATED,
	SOURCE_BETWEEN, /* an intermediate of the store, or sent */
	SOURCE_UNAUTHENTICATED,
	SOURCE__END,
};

static enum source issuers_source_of(const struct anchor *a)
{
	if (!anchor_begins_trust(a))
		return SOURCE_BETWEEN;
	if (a->lists & ANCHOR_AUTHORITY)
		return SOURCE_AUTHORITY;
	return a->lists & ANCHOR_AUTHENTICATED ? SOURCE_AUTHENTICATED
					       : SOURCE_UNAUTHENTICATED;
}

/* A certificate that was sent may be an anchor as well. */
static enum source issuers_source_of_sent(
	const struct context *ctx, const struct certificate *c)
{
	const struct anchor *a =
		anchors_find_certificate(ctx->trust->anchors, c);

	return a ? issuers_source_of(a) : SOURCE_BETWEEN;
}

/* Those that do not match have an order of their own. */
static bool issuers_has_key_identifier(
	const struct certificate *child, const struct certificate *issuer)
{
	return X509_get0_authority_key_id(child->x509) &&
		X509_get0_subject_key_id(issuer->x509);
}

/*
 * Few attempts have to be enough. Issuers with the identifiers asked for come
 * first, then those that are valid now, then those that look good by
 * themselves, then by source and by whether there are key identifiers; of
 * equals, the one added first.
 */
static unsigned issuers_order_of(struct context *ctx,
	const struct certificate *c, enum source source, bool other_id)
{
	const struct certificate *child = ctx->path[ctx->path_count - 1];
	bool anchor = source != SOURCE_BETWEEN;
	bool in_time = ctx->now >= c->not_before && ctx->now <= c->not_after;
	bool good = attempt_issuer_is_promising(ctx, c, anchor);
	bool named = issuers_has_key_identifier(child, c);

	return (other_id ? 64U : 0U) + (in_time ? 0U : 32U) +
		(good ? 0U : 16U) +
		(source == SOURCE_UNAUTHENTICATED ? 8U : 0U) +
		(named ? 0U : 4U) + (unsigned)source;
}

static void issuers_insert(struct level *level, struct issuer issuer)
{
	size_t at = level->count++;

	level->fitting += issuer.other_id ? 0 : 1;
	while (at > 0 && level->issuers[at - 1].order > issuer.order) {
		level->issuers[at] = level->issuers[at - 1];
		at--;
	}
	level->issuers[at] = issuer;
}

/* A certificate of the right name that may not issue, and why. */
static enum verdict issuers_why_not(int fit, const struct certificate *issuer)
{
	if (issuer->invalid_extension)
		return VERDICT_INVALID_EXTENSION;
	if (fit == X509_V_ERR_NO_ISSUER_PUBLIC_KEY ||
		fit == X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM)
		return VERDICT_KEY_UNSUPPORTED;
	/* RFC 5280 6.1 requires basicConstraints; version 1 has none. */
	if (fit == X509_V_ERR_KEYUSAGE_NO_CERTSIGN || !issuer->ca)
		return VERDICT_NOT_A_CA;
	return VERDICT_ISSUER_NOT_TRUSTED;
}

/* Unsupported keys are not tried: some cost more than everything else. */
static bool issuers_key_is_used(
	struct context *ctx, const struct certificate *issuer)
{
	if (key_is_supported(&issuer->key, ctx->trust->policy.rsa_max_bits))
		return true;
	(void)attempt_takes_key(ctx, issuer);
	return false;
}

/* Whether it is the issuer at all, its signature tells, if that matters. */
static void issuers_bar(
	struct level *level, const struct certificate *c, enum verdict why)
{
	if (level->barred_count < ARRAY_SIZE(level->barred))
		level->barred[level->barred_count++] =
			(struct barred){.certificate = c, .why = why};
}

/* OpenSSL stops at the identifiers: whether the key may sign is left. */
static int issuers_check_issued(const struct certificate *issuer,
	const struct certificate *child, bool *ret_other_id)
{
	int fit = X509_check_issued(issuer->x509, child->x509);

	openssl_clear_errors();
	*ret_other_id = fit == X509_V_ERR_AKID_SKID_MISMATCH ||
		fit == X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH;
	if (!*ret_other_id)
		return fit;
	return X509_get_key_usage(issuer->x509) & KU_KEY_CERT_SIGN
		? X509_V_OK
		: X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

/* Only when no path has all the identifiers asked for. */
static bool issuers_takes_other_id(
	struct context *ctx, const struct level *level)
{
	ctx->other_id = true;
	return ctx->any_id &&
		level->count - level->fitting < CONTEXT_MAX_OTHER_ID;
}

/* The names fit, and it may issue. */
static bool issuers_could_issue(struct context *ctx, struct level *level,
	const struct certificate *issuer, bool *ret_other_id)
{
	const struct certificate *child = ctx->path[ctx->path_count - 1];
	int fit = X509_V_OK;
	enum verdict why = VERDICT_ISSUER_NOT_TRUSTED;

	/* First, because OpenSSL would try to decode such a key. */
	if (!issuers_key_is_used(ctx, issuer))
		return false;
	fit = issuers_check_issued(issuer, child, ret_other_id);
	if (fit == X509_V_ERR_SUBJECT_ISSUER_MISMATCH)
		return false;
	if (*ret_other_id && !issuers_takes_other_id(ctx, level))
		return false;
	if (fit == X509_V_OK && issuer->ca)
		return true;
	why = issuers_why_not(fit, issuer);
	if (why == VERDICT_KEY_UNSUPPORTED)
		context_fail(ctx, why, issuer, NULL);
	else if (why != VERDICT_ISSUER_NOT_TRUSTED)
		issuers_bar(level, issuer, why);
	return false;
}

static void issuers_consider(struct context *ctx, struct level *level,
	const struct certificate *c, enum source source)
{
	bool other_id = false;

	if (!context_spend_on_issuers(ctx, COST_LOOK) ||
		issuers_is_listed(level, c) || issuers_is_in_path(ctx, c) ||
		!issuers_could_issue(ctx, level, c, &other_id) ||
		!context_spend_on_issuers(ctx, COST_ISSUER + c->parts / 4) ||
		!verify_distrust_may_ask(ctx, c))
		return;
	assert(level->count < ARRAY_SIZE(level->issuers));
	issuers_insert(level,
		(struct issuer){
			.certificate = c,
			.anchor = source != SOURCE_BETWEEN,
			.other_id = other_id,
			.order = issuers_order_of(ctx, c, source, other_id),
		});
}

/* When not, the issuers listed so far are still tried. */
static bool issuers_may_look(struct context *ctx, struct level *level)
{
	if (level->looked >= VERIFY_MAX_ISSUERS_OF_NAME ||
		ctx->work.issuers >= VERIFY_MAX_ISSUERS) {
		context_skip(ctx, "too many certificates of one name");
		return false;
	}
	level->looked++;
	ctx->work.issuers++;
	return true;
}

static int issuers_consider_anchors(struct context *ctx, struct level *level,
	const uint8_t *name, enum source source)
{
	const struct anchor *a = NULL;
	size_t cursor = 0;

	while ((a = anchors_next_of_subject(
			ctx->trust->anchors, name, &cursor))) {
		const struct certificate *c = NULL;
		int r = 0;

		if (issuers_source_of(a) != source)
			continue;
		if (!issuers_may_look(ctx, level))
			return 0;
		r = anchor_decode(a, &c);
		if (r < 0)
			return r;
		/* It was found by a part of its name's digest. */
		if (c && memcmp(c->subject_sha256, name, SHA256_BYTES) == 0)
			issuers_consider(ctx, level, c, source);
	}
	return 0;
}

static int issuers_consider_sent(
	struct context *ctx, struct level *level, const uint8_t *name)
{
	for (size_t i = 0; i < ctx->sent_count; i++) {
		struct sent *sent = &ctx->sent[i];
		int r = 0;

		if (!sent->usable ||
			memcmp(sent->subject, name, SHA256_BYTES) != 0)
			continue;
		if (!issuers_may_look(ctx, level))
			return 0;
		r = sent_get(ctx, sent);
		if (r < 0)
			return r;
		if (sent->certificate)
			issuers_consider(ctx, level, sent->certificate,
				issuers_source_of_sent(ctx, sent->certificate));
	}
	return 0;
}

/* In the order of trying, so that a limit cuts off the last ones. */
static int issuers_consider_all(
	struct context *ctx, struct level *level, const uint8_t *name)
{
	int r = 0;

	for (int i = 0; r == 0 && i < SOURCE__END; i++) {
		r = issuers_consider_anchors(ctx, level, name, (enum source)i);
		if (r == 0 && i == SOURCE_BETWEEN)
			r = issuers_consider_sent(ctx, level, name);
	}
	return r;
}

int issuers_find(struct context *ctx, struct level *level)
{
	const struct certificate *child = ctx->path[ctx->path_count - 1];
	int r = 0;

	context_clear_level(level);
	/* Once, because many paths may end here. */
	level->distrusted =
		ctx->path_count > 1 && verify_distrust_applies(ctx, child);
	r = issuers_consider_all(ctx, level, child->issuer_sha256);
	level->one_only = level->count == 1 && level->fitting == 1;
	return r;
}
