/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify-search.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

DEFINE_CLEANUP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free);
DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);

/* NULL when there are none; those that do not decode made the extension
 * invalid, which was refused before. */
static NAME_CONSTRAINTS *verify_names_constraints_of(
	const struct certificate *c)
{
	return X509_get_ext_d2i(c->x509, NID_name_constraints, NULL, NULL);
}

static bool verify_names_has_constraints(const struct certificate *c)
{
	return X509_get_ext_by_NID(c->x509, NID_name_constraints, -1) >= 0;
}

static bool path_is_constrained(const struct search *s)
{
	for (size_t i = 1; i < s->path_count; i++)
		if (verify_names_has_constraints(s->path[i]))
			return true;
	return false;
}

/* --- work --- */

static bool verify_names_may_compare(struct search *s, uint64_t names)
{
	if (names > VERIFY_MAX_NAMES - s->work.names) {
		s->exhausted = true;
		search_fail(s, VERDICT_BUDGET, s->leaf, "too many names");
		return false;
	}
	s->work.names += (unsigned)names;
	return search_spend(s, names / NAMES_A_UNIT);
}

/* What is below an issuer: so many names, in certificates of so many bytes. */
struct verify_names_held {
	uint64_t names;
	uint64_t bytes;
};

/* Every name is gone through for every subtree, some for its last @. */
static bool verify_names_may_constrain(struct search *s,
	const struct verify_names_held *below, const struct certificate *issuer,
	unsigned subtrees)
{
	uint64_t bytes = below->bytes * subtrees +
		below->names * (subtrees > 0 ? issuer->der.len : 0);

	return verify_names_may_compare(s, below->names * subtrees) &&
		search_spend(s, bytes / NAME_BYTES_A_UNIT);
}

/* The subject counts with its parts, as OpenSSL holds them. */
static uint64_t names_held(const X509 *x)
{
	int parts = X509_NAME_entry_count(X509_get_subject_name(x));

	return (uint64_t)names_count(x) + 1U +
		(parts > 0 ? (unsigned)parts : 0);
}

/* OpenSSL holds every name of every certificate against every subtree of
 * every issuer above it. */
int path_within_budget_of_names(struct search *s, bool *ret)
{
	struct verify_names_held below = {0};

	*ret = false;
	if (!verify_names_may_compare(s, names_count(s->path[0]->x509)))
		return 0;
	for (size_t i = 0; i < s->path_count && path_is_constrained(s); i++) {
		CLEANUP(NAME_CONSTRAINTS_free)
		NAME_CONSTRAINTS *c = verify_names_constraints_of(s->path[i]);

		ERR_clear_error();
		if (i > 0 && c &&
			!verify_names_may_constrain(
				s, &below, s->path[i], constraints_count(c)))
			return 0;
		below.names += names_held(s->path[i]->x509);
		below.bytes += s->path[i]->der.len;
	}
	*ret = true;
	return 0;
}

/* --- constraints --- */

/* A name that cannot be held against a constraint must not pass it. */
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

static bool verify_names_host_is_permitted(struct search *s)
{
	char detail[DETAIL_SIZE];

	for (size_t i = 1; i < s->path_count; i++) {
		CLEANUP(NAME_CONSTRAINTS_free)
		NAME_CONSTRAINTS *c = verify_names_constraints_of(s->path[i]);

		if (!c || constraints_permit_host(c, &s->host))
			continue;
		(void)snprintf(detail, sizeof(detail), "not for %s, says %s",
			s->host_text, s->path[i]->subject);
		search_fail(s, VERDICT_NAME_CONSTRAINTS, s->path[0], detail);
		return false;
	}
	return true;
}

bool issuer_permits_host(struct search *s, const struct certificate *issuer)
{
	CLEANUP(NAME_CONSTRAINTS_free) NAME_CONSTRAINTS *c = NULL;
	unsigned count = 0;

	if (!s->host_given || !s->host_valid ||
		!verify_names_has_constraints(issuer))
		return true;
	c = verify_names_constraints_of(issuer);
	ERR_clear_error();
	count = c ? constraints_count(c) : 0;
	if (!c || count > VERIFY_MAX_NAMES - s->work.names)
		return true;
	s->work.names += count;
	return constraints_permit_host(c, &s->host);
}

static bool verify_names_satisfies_constraints(struct search *s)
{
	for (size_t i = 0; i + 1 < s->path_count; i++) {
		if (verify_names_dns_names_are_valid(s->path[i]))
			continue;
		search_fail(s, VERDICT_NAME_CONSTRAINTS, s->path[i],
			"one of its DNS names is malformed");
		return false;
	}
	return !s->host_given || !s->host_valid ||
		verify_names_host_is_permitted(s);
}

/* --- the host --- */

static const char *verify_names_why_not_named(const struct search *s)
{
	if (s->sip && s->host.kind == HOST_DNS &&
		names_have_sip_identity(s->leaf->x509))
		return "beside a sip: URI only such URIs count for SIP";
	return NULL;
}

static int verify_names_find_host(
	const struct search *s, bool constrained, enum name_match *ret)
{
	const struct policy *policy = &s->trust->policy;
	bool strict = policy->profile == PROFILE_STRICT;
	const struct name_rules rules = {
		.flags = policy->name_flags,
		.common_name = !strict && !constrained,
		.no_partial = strict,
		.sip = s->sip,
		.sip_strict = policy->sip_strict,
	};

	return names_match(s->leaf->x509, &s->host, &rules, ret);
}

int leaf_is_named(struct search *s, bool *ret)
{
	enum name_match match = NAME_NOT_FOUND;
	int r = 0;

	/* A certificate of so many names is not gone through again. */
	if (s->host_valid &&
		names_count(s->leaf->x509) <= VERIFY_MAX_NAMES - s->work.names)
		r = verify_names_find_host(s, false, &match);
	*ret = match != NAME_NOT_FOUND;
	return r;
}

static int verify_names_match_host(
	struct search *s, bool constrained, bool *ret)
{
	enum name_match match = NAME_NOT_FOUND;
	int r = 0;

	if (!s->host_valid) {
		search_fail(s, VERDICT_HOST_INVALID, s->leaf, NULL);
		return 0;
	}
	r = verify_names_find_host(s, constrained, &match);
	if (r < 0)
		return r;
	if (match == NAME_IN_COMMON_NAME)
		s->warnings |= WARNING_BIT(WARNING_CN_USED);
	*ret = match != NAME_NOT_FOUND;
	if (!*ret)
		search_fail(s, VERDICT_NAME_MISMATCH, s->leaf,
			verify_names_why_not_named(s));
	return 0;
}

int path_names_are_good(struct search *s, bool *ret)
{
	bool constrained = path_is_constrained(s);

	if (constrained && !verify_names_satisfies_constraints(s))
		return 0;
	if (s->host_given)
		return verify_names_match_host(s, constrained, ret);
	*ret = true;
	return 0;
}
