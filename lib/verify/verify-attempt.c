/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges one complete path: distrust, extensions, OpenSSL, dates, keys,
 * profile, use and names, in this order.
 */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

/* Of OpenSSL's security levels 1 and 2. */
#define COMPATIBLE_SECURITY_BITS 80
#define STRICT_SECURITY_BITS 112

/* --- distrusted --- */

static bool attempt_path_is_not_distrusted(struct context *ctx)
{
	for (size_t i = 0; i < ctx->path_count; i++) {
		const struct certificate *c = ctx->path[i];

		if (!verify_distrust_applies(ctx, c))
			continue;
		if (!ctx->exhausted)
			context_fail(ctx, VERDICT_DISTRUSTED, c, NULL);
		return false;
	}
	return true;
}

/* --- dates --- */

static bool attempt_has_begun(struct context *ctx, const struct certificate *c)
{
	if (c->not_before <= ctx->now)
		return true;
	if (c->not_before - 1 < ctx->next_change)
		ctx->next_change = c->not_before - 1;
	if (!ctx->clock_trusted) {
		ctx->warnings |= WARNING_BIT(WARNING_NOT_YET_VALID);
		return true;
	}
	context_fail(ctx, VERDICT_NOT_YET_VALID, c, NULL);
	return false;
}

static bool attempt_path_is_in_time(struct context *ctx)
{
	for (size_t i = 0; i < ctx->path_count; i++) {
		const struct certificate *c = ctx->path[i];

		if (c->not_after < ctx->now) {
			context_fail(ctx, VERDICT_EXPIRED, c, NULL);
			return false;
		}
		if (!attempt_has_begun(ctx, c))
			return false;
		if (c->not_after < ctx->valid_until)
			ctx->valid_until = c->not_after;
	}
	if (ctx->path[0]->not_after - DATE_SOON_SECONDS < ctx->now)
		ctx->warnings |= WARNING_BIT(WARNING_EXPIRES_SOON);
	return true;
}

/* --- keys --- */

bool attempt_takes_key(struct context *ctx, const struct certificate *c)
{
	unsigned max = ctx->trust->policy.rsa_max_bits;
	enum verdict verdict = certificate_judge_key(c, max);
	CLEANUP(free) char *text = NULL;

	if (verdict != VERDICT_ACCEPTED) {
		/* Without memory the sentence only says less. */
		(void)certificate_key_text(c, &text);
		context_fail(ctx, verdict, c, text);
		return false;
	}
	if (key_is_short(&c->key))
		ctx->warnings |= WARNING_BIT(WARNING_KEY_SHORT);
	return true;
}

static bool attempt_path_keys_are_good(struct context *ctx)
{
	for (size_t i = 0; i < ctx->path_count; i++)
		if (!attempt_takes_key(ctx, ctx->path[i]))
			return false;
	return true;
}

/* --- use --- */

DEFINE_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);
DEFINE_CLEANUP(ASN1_OBJECT, ASN1_OBJECT_free);

/* RFC 5924: the use that SIP domain certificates are issued for. */
static bool attempt_is_for_sip_domains(const X509 *x)
{
	CLEANUP(EXTENDED_KEY_USAGE_free)
	EXTENDED_KEY_USAGE *uses =
		X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	CLEANUP(ASN1_OBJECT_free)
	ASN1_OBJECT *sip = OBJ_txt2obj("1.3.6.1.5.5.7.3.20", 1);

	for (int i = 0; sip && i < sk_ASN1_OBJECT_num(uses); i++)
		if (OBJ_cmp(sk_ASN1_OBJECT_value(uses, i), sip) == 0)
			return true;
	return false;
}

static bool attempt_key_may_do_tls(const X509 *x)
{
	return X509_get_key_usage((X509 *)x) &
		(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT);
}

/*
 * OpenSSL's check of the purpose, and what it does not accept:
 * anyExtendedKeyUsage, and for SIP id-kp-sipDomain. The same for issuers,
 * whose extended key usage limits what they issue.
 */
static bool attempt_is_for_use(
	const struct context *ctx, const struct certificate *c, bool issuer)
{
	int purpose = ctx->use == USE_TLS_CLIENT ? X509_PURPOSE_SSL_CLIENT
						 : X509_PURPOSE_SSL_SERVER;
	uint32_t extended = X509_get_extended_key_usage(c->x509);
	bool listed = extended != UINT32_MAX;
	bool any = listed && extended & XKU_ANYEKU;
	/* OpenSSL takes the "server gated crypto" of Netscape and Microsoft
	 * for serverAuth; RFC 5280 4.2.1.12 does not. */
	bool gated = listed && purpose == X509_PURPOSE_SSL_SERVER &&
		!(extended & XKU_SSL_SERVER);

	if (!gated && X509_check_purpose(c->x509, purpose, issuer) > 0)
		return true;
	if (!any && !(ctx->sip && attempt_is_for_sip_domains(c->x509)))
		return false;
	return issuer || attempt_key_may_do_tls(c->x509);
}

bool attempt_leaf_is_for_use(const struct context *ctx)
{
	bool good = ctx->use == USE_ANY ||
		attempt_is_for_use(ctx, ctx->leaf, false);

	openssl_clear_errors();
	return good;
}

static bool attempt_path_is_for_use(struct context *ctx)
{
	if (ctx->use == USE_ANY)
		return true;
	for (size_t i = 0; i < ctx->path_count; i++) {
		bool issuer = i > 0;

		if (attempt_is_for_use(ctx, ctx->path[i], issuer))
			continue;
		context_fail(ctx, VERDICT_NOT_FOR_SERVERS, ctx->path[i], NULL);
		return false;
	}
	return true;
}

/* --- issuers by themselves --- */

/* Is the digest of its signature strong enough for the profile? */
static bool attempt_is_signed_well(
	const struct context *ctx, const struct certificate *c)
{
	int min_bits = ctx->trust->policy.profile == PROFILE_STRICT
		? STRICT_SECURITY_BITS
		: COMPATIBLE_SECURITY_BITS;
	int bits = 0;

	return X509_get_signature_info(c->x509, NULL, NULL, &bits, NULL) == 1 &&
		bits >= min_bits;
}

bool attempt_issuer_is_promising(
	struct context *ctx, const struct certificate *c, bool anchor)
{
	enum verdict key =
		certificate_judge_key(c, ctx->trust->policy.rsa_max_bits);
	/* First, because it is paid for. */
	bool promising = !verify_distrust_applies(ctx, c) &&
		key == VERDICT_ACCEPTED && !c->invalid_extension &&
		(anchor || attempt_is_signed_well(ctx, c)) &&
		(ctx->use == USE_ANY || attempt_is_for_use(ctx, c, true)) &&
		verify_names_permit_host(ctx, c);

	openssl_clear_errors();
	return promising;
}

/* --- length --- */

/* RFC 5280 4.2.1.9: self-issued ones do not count. */
static bool attempt_path_is_short_enough(struct context *ctx)
{
	uint64_t intermediates = 0;

	if (!ctx->demands->depth_given)
		return true;
	for (size_t i = 1; i + 1 < ctx->path_count; i++)
		intermediates += ctx->path[i]->self_issued ? 0 : 1;
	if (intermediates <= ctx->demands->max_intermediates)
		return true;
	context_fail(ctx, VERDICT_PATH_TOO_LONG, ctx->path[ctx->path_count - 1],
		"more intermediates than allowed");
	return false;
}

/* --- all of it --- */

static bool attempt_extensions_are_valid(struct context *ctx)
{
	for (size_t i = 0; i < ctx->path_count; i++) {
		if (!ctx->path[i]->invalid_extension)
			continue;
		context_fail(
			ctx, VERDICT_INVALID_EXTENSION, ctx->path[i], NULL);
		return false;
	}
	return true;
}

static bool attempt_path_fits_profile(struct context *ctx)
{
	return ctx->trust->policy.profile != PROFILE_STRICT ||
		strict_accepts_path(ctx);
}

/* The verdict is about a date, and the checks after it were not made; but an
 * exception overrides those as well. Keeps the faults all such paths have. */
static void attempt_look_behind_dates(struct context *ctx)
{
	static bool (*const checks[])(struct context * ctx) = {
		attempt_path_keys_are_good, attempt_path_fits_profile,
		attempt_path_is_for_use};
	const struct failure best = ctx->best;
	unsigned warnings = ctx->warnings;
	unsigned faults = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		ctx->best = (struct failure){.verdict = VERDICT_TRUSTED};
		if (!checks[i](ctx))
			faults |= context_fault_of(ctx->best.verdict);
	}
	ctx->best = best;
	ctx->warnings = warnings;
	ctx->behind = ctx->dated ? ctx->behind & faults : faults;
	ctx->dated = true;
}

static int attempt_judge_path(struct context *ctx, bool *ret)
{
	bool good = false;
	int r = 0;

	if (!attempt_path_is_not_distrusted(ctx) ||
		!attempt_extensions_are_valid(ctx) ||
		!attempt_path_is_short_enough(ctx))
		return 0;
	r = verify_names_within_budget(ctx, &good);
	if (r < 0 || !good)
		return r;
	r = openssl_verify_path(ctx, &good);
	if (r < 0 || !good)
		return r;
	if (!attempt_path_is_in_time(ctx)) {
		attempt_look_behind_dates(ctx);
		return 0;
	}
	if (!attempt_path_keys_are_good(ctx) ||
		!attempt_path_fits_profile(ctx) ||
		!attempt_path_is_for_use(ctx))
		return 0;
	return verify_names_are_good(ctx, ret);
}

int attempt_path(struct context *ctx, bool *ret)
{
	ctx->warnings = 0;
	ctx->valid_until = INT64_MAX;
	return attempt_judge_path(ctx, ret);
}
