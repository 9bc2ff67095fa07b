/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate policies, RFC 5280 6.1. They can only refuse a path in which an
 * explicit policy is required, so that is found out first. Only if it is, and
 * every certificate has policies, OpenSSL builds the tree: OpenSSL 3.0 leaks
 * memory for policy constraints in a certificate without policies.
 */
#include "lib/verify/verify-parts.h"

#include <errno.h>

#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

#define ANY_POLICY "2.5.29.32.0" /* RFC 5280 4.2.1.4 */
#define NO_POLICY "0.0"

DEFINE_CLEANUP(ASN1_OBJECT, ASN1_OBJECT_free);
DEFINE_CLEANUP(CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free);
DEFINE_CLEANUP(POLICY_CONSTRAINTS, POLICY_CONSTRAINTS_free);

/* Lower the number of certificates that may do without a policy. */
static bool verify_policy_lower(const ASN1_INTEGER *to, uint64_t *left)
{
	int64_t skip = 0;

	if (!to)
		return true;
	if (ASN1_STRING_type(to) == V_ASN1_NEG_INTEGER)
		return false;
	/* A number that does not fit is longer than any path. */
	if (ASN1_INTEGER_get_int64(&skip, to) == 1 && (uint64_t)skip < *left)
		*left = (uint64_t)skip;
	return true;
}

/* What one certificate requires of those below it; false: malformed. */
static bool verify_policy_demand_of(const struct certificate *c, uint64_t *left)
{
	int found = 0;
	CLEANUP(POLICY_CONSTRAINTS_free)
	POLICY_CONSTRAINTS *constraints =
		X509_get_ext_d2i(c->x509, NID_policy_constraints, &found, NULL);

	openssl_clear_errors();
	if (!constraints)
		return found == -1;
	return verify_policy_lower(constraints->requireExplicitPolicy, left);
}

static bool verify_policy_has_policies(const struct certificate *c)
{
	return X509_get_ext_by_NID(c->x509, NID_certificate_policies, -1) >= 0;
}

/* The explicit_policy of 6.1.2 (d) at the end of the path; 0 means that a
 * policy is required. The anchor requires nothing. */
static bool verify_policy_count_explicit(struct context *ctx, uint64_t *ret)
{
	uint64_t left = ctx->demands->explicit_policy ? 0 : ctx->path_count + 1;

	for (size_t i = ctx->path_count - 1; i-- > 0;) {
		const struct certificate *c = ctx->path[i];

		if (left > 0 && (i == 0 || !c->self_issued))
			left--;
		if (verify_policy_demand_of(c, &left))
			continue;
		context_fail(ctx, VERDICT_INVALID_EXTENSION, c,
			"its policy constraints");
		return false;
	}
	*ret = left;
	return true;
}

static bool verify_policy_is_known_qualifier(const POLICYQUALINFO *q)
{
	int nid = OBJ_obj2nid(q->pqualid);

	return nid == NID_id_qt_cps || nid == NID_id_qt_unotice;
}

static bool verify_policy_qualifiers_are_known(const POLICYINFO *policy)
{
	for (int i = 0; i < sk_POLICYQUALINFO_num(policy->qualifiers); i++)
		if (!verify_policy_is_known_qualifier(
			    sk_POLICYQUALINFO_value(policy->qualifiers, i)))
			return false;
	return true;
}

/* RFC 5280 4.2.1.4: a critical extension is refused unless its qualifiers are
 * understood. */
static enum verdict verify_policy_judge_policies(const struct certificate *c)
{
	int critical = 0;
	CLEANUP(CERTIFICATEPOLICIES_free)
	CERTIFICATEPOLICIES *policies = X509_get_ext_d2i(
		c->x509, NID_certificate_policies, &critical, NULL);

	openssl_clear_errors();
	if (critical != 1)
		return VERDICT_TRUSTED;
	if (!policies)
		return VERDICT_INVALID_EXTENSION;
	for (int i = 0; i < sk_POLICYINFO_num(policies); i++)
		if (!verify_policy_qualifiers_are_known(
			    sk_POLICYINFO_value(policies, i)))
			return VERDICT_UNHANDLED_CRITICAL;
	return VERDICT_TRUSTED;
}

/* Those of the anchor do not count: its owner is trusted. */
static bool verify_policy_is_understood(struct context *ctx)
{
	for (size_t i = 0; i + 1 < ctx->path_count; i++) {
		enum verdict verdict =
			verify_policy_judge_policies(ctx->path[i]);

		if (verdict == VERDICT_TRUSTED)
			continue;
		context_fail_by(ctx, verdict, ctx->path[i],
			verdict == VERDICT_INVALID_EXTENSION
				? "its certificate policies"
				: "a qualifier in its critical certificate "
				  "policies",
			"RFC 5280 4.2.1.4");
		return false;
	}
	return true;
}

bool verify_policy_is_there(struct context *ctx)
{
	uint64_t left = 0;

	ctx->policies_decide = false;
	if (!verify_policy_is_understood(ctx) ||
		!verify_policy_count_explicit(ctx, &left))
		return false;
	if (left > 0)
		return true;
	for (size_t i = 0; i + 1 < ctx->path_count; i++) {
		if (verify_policy_has_policies(ctx->path[i]))
			continue;
		context_fail(ctx, VERDICT_POLICY_MISSING, ctx->path[i],
			"it has no policies");
		return false;
	}
	ctx->policies_decide = true;
	return true;
}

/* Text that is not an object identifier is a policy that no certificate has. */
static int verify_policy_add_policy(X509_VERIFY_PARAM *param, const char *text)
{
	CLEANUP(ASN1_OBJECT_free) ASN1_OBJECT *policy = OBJ_txt2obj(text, 1);

	if (!policy)
		policy = OBJ_txt2obj(NO_POLICY, 1);
	if (!policy || !X509_VERIFY_PARAM_add0_policy(param, policy))
		return -ENOMEM;
	(void)TAKE_PTR(policy);
	return 0;
}

int verify_policy_ask(const struct context *ctx, X509_VERIFY_PARAM *param)
{
	const struct verify_demands *d = ctx->demands;
	unsigned long flags = X509_V_FLAG_POLICY_CHECK |
		(d->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0UL) |
		(d->inhibit_policy_mapping ? X509_V_FLAG_INHIBIT_MAP : 0UL) |
		(d->inhibit_any_policy ? X509_V_FLAG_INHIBIT_ANY : 0UL);
	/* OpenSSL has to be told that any policy will do. */
	int r = d->policy_count > 0
		? 0
		: verify_policy_add_policy(param, ANY_POLICY);

	(void)X509_VERIFY_PARAM_set_flags(param, flags);
	for (size_t i = 0; i < d->policy_count && r == 0; i++)
		r = verify_policy_add_policy(param, d->policies[i]);
	return r;
}
