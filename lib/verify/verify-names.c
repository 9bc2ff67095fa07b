/* SPDX-License-Identifier: Apache-2.0 */
/* The host against the names of the leaf and the name constraints of the path.
 */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

DEFINE_CLEANUP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free);
DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);

/* NULL when there are none; if they cannot be decoded, the certificate was
 * refused before. */
static NAME_CONSTRAINTS *verify_names_constraints_of(
	const struct certificate *c)
{
	return X509_get_ext_d2i(c->x509, NID_name_constraints, NULL, NULL);
}

static bool verify_names_has_constraints(const struct certificate *c)
{
	return X509_get_ext_by_NID(c->x509, NID_name_constraints, -1) >= 0;
}

static bool verify_names_are_constrained(const struct context *ctx)
{
	for (size_t i = 1; i < ctx->path_count; i++)
		if (verify_names_has_constraints(ctx->path[i]))
			return true;
	return false;
}

/* --- work --- */

static bool verify_names_may_compare(struct context *ctx, uint64_t names)
{
	if (names > VERIFY_MAX_NAMES - ctx->work.names) {
		ctx->exhausted = true;
		context_fail(ctx, VERDICT_BUDGET, ctx->leaf, "too many names");
		return false;
	}
	ctx->work.names += (unsigned)names;
	return context_spend(ctx, names / NAMES_A_UNIT);
}

/* The names below an issuer, and the size of the certificates they are in. */
struct names_below {
	uint64_t names;
	uint64_t bytes;
};

/* Each name is read once for each subtree, some up to their last @. */
static bool verify_names_may_constrain(struct context *ctx,
	const struct names_below *below, const struct certificate *issuer,
	unsigned subtrees)
{
	uint64_t bytes = below->bytes * subtrees +
		below->names * (subtrees > 0 ? issuer->der.len : 0);

	return verify_names_may_compare(ctx, below->names * subtrees) &&
		context_spend(ctx, bytes / NAME_BYTES_A_UNIT);
}

/* The parts of the subject count as well, as OpenSSL compares them. */
static uint64_t verify_names_count(const struct certificate *c)
{
	int parts = X509_NAME_entry_count(X509_get_subject_name(c->x509));

	return (uint64_t)c->alternative_names + 1U +
		(parts > 0 ? (unsigned)parts : 0);
}

/* OpenSSL compares every name of every certificate with every subtree of
 * every issuer above it. */
int verify_names_within_budget(struct context *ctx, bool *ret)
{
	struct names_below below = {0};

	*ret = false;
	if (!verify_names_may_compare(ctx, ctx->path[0]->alternative_names))
		return 0;
	for (size_t i = 0;
		i < ctx->path_count && verify_names_are_constrained(ctx); i++) {
		CLEANUP(NAME_CONSTRAINTS_free)
		NAME_CONSTRAINTS *c = verify_names_constraints_of(ctx->path[i]);

		openssl_clear_errors();
		if (i > 0 && c &&
			!verify_names_may_constrain(ctx, &below, ctx->path[i],
				constraints_count(c)))
			return 0;
		below.names += verify_names_count(ctx->path[i]);
		below.bytes += ctx->path[i]->der.len;
	}
	*ret = true;
	return 0;
}

/* --- constraints --- */

/* A name that cannot be compared with a constraint must not pass it. */
static bool verify_names_dns_names_are_valid(const struct certificate *c)
{
	CLEANUP(GENERAL_NAMES_free)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *dns = name->d.dNSName;

		if (name->type == GEN_DNS &&
			!dns_pattern_is_valid(
				(const char *)ASN1_STRING_get0_data(dns),
				(size_t)ASN1_STRING_length(dns)))
			return false;
	}
	return true;
}

static bool verify_names_host_is_permitted(struct context *ctx)
{
	for (size_t i = 1; i < ctx->path_count; i++) {
		CLEANUP(NAME_CONSTRAINTS_free)
		NAME_CONSTRAINTS *c = verify_names_constraints_of(ctx->path[i]);

		if (!c || constraints_permit_host(c, &ctx->host))
			continue;
		context_fail(ctx, VERDICT_NAME_CONSTRAINTS, ctx->path[0], NULL);
		return false;
	}
	return true;
}

bool verify_names_permit_host(
	struct context *ctx, const struct certificate *issuer)
{
	CLEANUP(NAME_CONSTRAINTS_free) NAME_CONSTRAINTS *c = NULL;
	unsigned count = 0;

	if (!ctx->host_given || !ctx->host_valid ||
		!verify_names_has_constraints(issuer))
		return true;
	c = verify_names_constraints_of(issuer);
	openssl_clear_errors();
	count = c ? constraints_count(c) : 0;
	if (!c || count > VERIFY_MAX_NAMES - ctx->work.names)
		return true;
	ctx->work.names += count;
	return constraints_permit_host(c, &ctx->host);
}

static bool verify_names_can_be_compared(struct context *ctx)
{
	for (size_t i = 0; i + 1 < ctx->path_count; i++) {
		if (verify_names_dns_names_are_valid(ctx->path[i]))
			continue;
		context_fail(ctx, VERDICT_NAME_CONSTRAINTS, ctx->path[i], NULL);
		return false;
	}
	return true;
}

/* --- the host --- */

struct name_rules verify_names_rules(
	const struct context *ctx, bool constrained)
{
	const struct policy *policy = &ctx->trust->policy;
	bool strict = policy->profile == PROFILE_STRICT;

	return (struct name_rules){
		.flags = policy->name_flags,
		.common_name = !strict && !constrained,
		.no_partial = strict,
		.sip = ctx->sip,
		/* The configuration's, on every firmware. */
		.sip_strict = ctx->for_sip && policy->sip_strict,
	};
}

static int verify_names_find_host(
	const struct context *ctx, bool constrained, enum name_match *ret)
{
	const struct name_rules rules = verify_names_rules(ctx, constrained);

	return names_match(ctx->leaf->x509, &ctx->host, &rules, ret);
}

int verify_names_has_host(struct context *ctx, bool *ret)
{
	enum name_match match = NAME_NOT_FOUND;
	int r = 0;

	/* Not again when there are too many names. */
	if (ctx->host_valid &&
		ctx->leaf->alternative_names <=
			VERIFY_MAX_NAMES - ctx->work.names)
		r = verify_names_find_host(ctx, false, &match);
	*ret = match != NAME_NOT_FOUND;
	return r;
}

/* Below constraints the CN does not count; but a host that is nowhere else
 * and not permitted either is told to be that. */
static int verify_names_has_host_in_cn(struct context *ctx, bool *ret)
{
	enum name_match match = NAME_NOT_FOUND;
	int r = 0;

	*ret = false;
	if (verify_names_may_compare(ctx, ctx->leaf->alternative_names))
		r = verify_names_find_host(ctx, false, &match);
	if (r == 0)
		*ret = match == NAME_IN_COMMON_NAME;
	return r;
}

static int verify_names_match_host(
	struct context *ctx, bool constrained, bool *ret)
{
	bool in_cn = false;
	enum name_match match = NAME_NOT_FOUND;
	int r = 0;

	if (!ctx->host_valid) {
		context_fail(ctx, VERDICT_HOST_INVALID, ctx->leaf, NULL);
		return 0;
	}
	r = verify_names_find_host(ctx, constrained, &match);
	if (r < 0)
		return r;
	if (match == NAME_NOT_FOUND && constrained)
		r = verify_names_has_host_in_cn(ctx, &in_cn);
	if (r < 0 || ctx->exhausted)
		return r;
	if (constrained && (match != NAME_NOT_FOUND || in_cn) &&
		!verify_names_host_is_permitted(ctx))
		return 0;
	if (match == NAME_IN_COMMON_NAME)
		ctx->warnings |= WARNING_BIT(WARNING_CN_USED);
	*ret = match != NAME_NOT_FOUND;
	if (!*ret)
		context_fail(ctx, VERDICT_NAME_MISMATCH, ctx->leaf, NULL);
	return 0;
}

int verify_names_are_good(struct context *ctx, bool *ret)
{
	bool constrained = verify_names_are_constrained(ctx);

	if (constrained && !verify_names_can_be_compared(ctx))
		return 0;
	if (ctx->host_given)
		return verify_names_match_host(ctx, constrained, ret);
	*ret = true;
	return 0;
}
