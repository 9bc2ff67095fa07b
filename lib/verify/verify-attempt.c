/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify-search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define EXPIRES_SOON_SECONDS (30LL * 24 * 60 * 60)
/* Of OpenSSL's security levels 1 and 2. */
#define COMPATIBLE_SECURITY_BITS 80
#define STRICT_SECURITY_BITS 112

/* --- distrusted --- */

static bool verify_attempt_path_is_not_distrusted(struct search *s)
{
	for (size_t i = 0; i < s->path_count; i++) {
		const struct certificate *c = s->path[i];

		if (!search_distrusts(s, c))
			continue;
		if (!s->exhausted)
			search_fail(s, VERDICT_DISTRUSTED, c, NULL);
		return false;
	}
	return true;
}

/* --- dates --- */

static bool verify_attempt_has_begun(
	struct search *s, const struct certificate *c)
{
	if (c->not_before <= s->now)
		return true;
	if (c->not_before - 1 < s->next_change)
		s->next_change = c->not_before - 1;
	if (!s->clock_trusted) {
		s->warnings |= WARNING_BIT(WARNING_NOT_YET_VALID);
		return true;
	}
	search_fail(s, VERDICT_NOT_YET_VALID, c, NULL);
	return false;
}

static bool verify_attempt_path_is_in_time(struct search *s)
{
	for (size_t i = 0; i < s->path_count; i++) {
		const struct certificate *c = s->path[i];

		if (c->not_after < s->now) {
			search_fail(s, VERDICT_EXPIRED, c, NULL);
			return false;
		}
		if (!verify_attempt_has_begun(s, c))
			return false;
		if (c->not_after < s->valid_until)
			s->valid_until = c->not_after;
	}
	if (s->path[0]->not_after - EXPIRES_SOON_SECONDS < s->now)
		s->warnings |= WARNING_BIT(WARNING_EXPIRES_SOON);
	return true;
}

/* --- keys --- */

bool search_takes_key(struct search *s, const struct certificate *c)
{
	unsigned max = s->trust->policy.rsa_max_bits;
	enum verdict verdict = certificate_judge_key(c, max);
	CLEANUP(free) char *text = NULL;

	if (verdict != VERDICT_ACCEPTED) {
		/* Without memory for it the sentence says less. */
		(void)certificate_key_text(c, &text);
		search_fail(s, verdict, c, text);
		return false;
	}
	if (key_is_short(&c->key))
		s->warnings |= WARNING_BIT(WARNING_KEY_SHORT);
	return true;
}

static bool verify_attempt_path_keys_are_good(struct search *s)
{
	for (size_t i = 0; i < s->path_count; i++)
		if (!search_takes_key(s, s->path[i]))
			return false;
	return true;
}

/* --- use --- */

DEFINE_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);
DEFINE_CLEANUP(ASN1_OBJECT, ASN1_OBJECT_free);

/* RFC 5924: the use that SIP domain certificates are issued for. */
static bool verify_attempt_is_for_sip_domains(const X509 *x)
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

static bool verify_attempt_key_may_do_tls(const X509 *x)
{
	return X509_get_key_usage((X509 *)x) &
		(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT);
}

/*
 * OpenSSL's purpose, and what it leaves out: anyExtendedKeyUsage, and for
 * SIP id-kp-sipDomain. The same for issuers, whose extended key usage limits
 * what they issue.
 */
static bool verify_attempt_is_for_use(
	const struct search *s, const struct certificate *c, bool issuer)
{
	int purpose = s->use == USE_TLS_CLIENT ? X509_PURPOSE_SSL_CLIENT
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
	if (!any && !(s->sip && verify_attempt_is_for_sip_domains(c->x509)))
		return false;
	return issuer || verify_attempt_key_may_do_tls(c->x509);
}

bool leaf_is_for_use(const struct search *s)
{
	bool good = s->use == USE_ANY ||
		verify_attempt_is_for_use(s, s->leaf, false);

	ERR_clear_error();
	return good;
}

static bool verify_attempt_path_is_for_use(struct search *s)
{
	if (s->use == USE_ANY)
		return true;
	for (size_t i = 0; i < s->path_count; i++) {
		bool issuer = i > 0;

		if (verify_attempt_is_for_use(s, s->path[i], issuer))
			continue;
		search_fail(s, VERDICT_NOT_FOR_SERVERS, s->path[i], NULL);
		return false;
	}
	return true;
}

/* --- what an issuer promises --- */

/* Is the signature on it good for more than the security level asks? */
static bool verify_attempt_is_signed_well(
	const struct search *s, const struct certificate *c)
{
	int least = s->trust->policy.profile == PROFILE_STRICT
		? STRICT_SECURITY_BITS
		: COMPATIBLE_SECURITY_BITS;
	int bits = 0;

	return X509_get_signature_info(c->x509, NULL, NULL, &bits, NULL) == 1 &&
		bits >= least;
}

bool issuer_is_promising(
	struct search *s, const struct certificate *c, bool anchor)
{
	enum verdict key =
		certificate_judge_key(c, s->trust->policy.rsa_max_bits);
	/* First, so that whatever is tried was paid for. */
	bool promising = !search_distrusts(s, c) && key == VERDICT_ACCEPTED &&
		!c->invalid_extension &&
		(anchor || verify_attempt_is_signed_well(s, c)) &&
		(s->use == USE_ANY || verify_attempt_is_for_use(s, c, true)) &&
		issuer_permits_host(s, c);

	ERR_clear_error();
	return promising;
}

/* --- length --- */

/* RFC 5280 4.2.1.9 counts no self-issued ones. */
static bool verify_attempt_path_is_short_enough(struct search *s)
{
	uint64_t intermediates = 0;

	if (!s->demands || !s->demands->depth_given)
		return true;
	for (size_t i = 1; i + 1 < s->path_count; i++)
		intermediates += s->path[i]->self_issued ? 0 : 1;
	if (intermediates <= s->demands->max_intermediates)
		return true;
	search_fail(s, VERDICT_PATH_TOO_LONG, s->path[s->path_count - 1],
		"more intermediates than asked for");
	return false;
}

/* --- all of it --- */

static bool verify_attempt_extensions_are_valid(struct search *s)
{
	for (size_t i = 0; i < s->path_count; i++) {
		if (!s->path[i]->invalid_extension)
			continue;
		search_fail(s, VERDICT_INVALID_EXTENSION, s->path[i], NULL);
		return false;
	}
	return true;
}

static bool verify_attempt_path_fits_profile(struct search *s)
{
	return s->trust->policy.profile != PROFILE_STRICT ||
		path_satisfies_strict(s);
}

/* The verdict speaks of a date and of nothing that would come after it; but
 * an exception lets pass that as well. Of several paths what all lack. */
static void verify_attempt_look_behind_dates(struct search *s)
{
	static bool (*const checks[])(struct search * s) = {
		verify_attempt_path_keys_are_good,
		verify_attempt_path_fits_profile,
		verify_attempt_path_is_for_use};
	const struct failure best = s->best;
	unsigned warnings = s->warnings;
	unsigned faults = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		s->best = (struct failure){.verdict = VERDICT_TRUSTED};
		if (!checks[i](s))
			faults |= search_fault_of(s->best.verdict);
	}
	s->best = best;
	s->warnings = warnings;
	s->behind = s->dated ? s->behind & faults : faults;
	s->dated = true;
}

static int verify_attempt_judge_path(struct search *s, bool *ret)
{
	bool good = false;
	int r = 0;

	if (!verify_attempt_path_is_not_distrusted(s) ||
		!verify_attempt_extensions_are_valid(s) ||
		!verify_attempt_path_is_short_enough(s))
		return 0;
	r = path_within_budget_of_names(s, &good);
	if (r < 0 || !good)
		return r;
	r = openssl_verify_path(s, &good);
	if (r < 0 || !good)
		return r;
	if (!verify_attempt_path_is_in_time(s)) {
		verify_attempt_look_behind_dates(s);
		return 0;
	}
	if (!verify_attempt_path_keys_are_good(s) ||
		!verify_attempt_path_fits_profile(s) ||
		!verify_attempt_path_is_for_use(s))
		return 0;
	return path_names_are_good(s, ret);
}

int attempt_path(struct search *s, bool *ret)
{
	s->warnings = 0;
	s->valid_until = INT64_MAX;
	return verify_attempt_judge_path(s, ret);
}
