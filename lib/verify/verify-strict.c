/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the strict profile requires beyond OpenSSL's own strict checks: RFC
 * 5280 to the letter. Each rule says what is wrong with one certificate in
 * its place, or NULL. Some deviations are harmless and in use (policy
 * constraints that are not critical, a name constraint with a leading dot):
 * the compatible profile accepts and enforces them, the strict one refuses
 * them, as the suite of tests/corpora/limbo.sh expects.
 */
#include "lib/verify/verify-parts.h"

#include <stdio.h>

#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

#define SERIAL_MAX_BYTES 20

struct place {
	const struct certificate *certificate;
	const struct certificate *issuer; /* the next of the path, or NULL */
	bool leaf;
	bool anchor;
	bool peer; /* the leaf is a peer, not a candidate */
};

DEFINE_CLEANUP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free);

/* Positive, at most 20 octets. The anchor is not checked:
 * its owner chose it, and six of Mozilla's have serial number 0. */
static const char *strict_check_serial(const struct place *p)
{
	const ASN1_INTEGER *serial =
		X509_get0_serialNumber(p->certificate->x509);
	const uint8_t *data = ASN1_STRING_get0_data(serial);
	int len = ASN1_STRING_length(serial);

	if (p->anchor && !p->leaf)
		return NULL;
	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		return "its serial number is negative";
	if (len == 0 || (len == 1 && data[0] == 0))
		return "its serial number is zero";
	/* A leading one bit takes another octet in DER. */
	if (len > SERIAL_MAX_BYTES ||
		(len == SERIAL_MAX_BYTES && data[0] & 0x80))
		return "its serial number is too long";
	return NULL;
}

static const char *strict_check_subject(const struct place *p)
{
	const X509_NAME *name = X509_get_subject_name(p->certificate->x509);

	if (p->certificate->ca && X509_NAME_entry_count(name) == 0)
		return "a CA without a subject";
	return NULL;
}

/* A server may use a CA certificate only if it is an anchor itself. */
static const char *strict_check_leaf(const struct place *p)
{
	if (!p->leaf || p->anchor || !p->peer)
		return NULL;
	if (p->certificate->ca)
		return "a CA certificate used by a server";
	if (p->certificate->version_1)
		return "a version 1 certificate";
	return NULL;
}

/* It is a hint, but a CA has to give the right one. */
static const char *strict_check_identifiers(const struct place *p)
{
	if (!p->issuer || !identifiers_differ(p->certificate, p->issuer))
		return NULL;
	return "its authorityKeyIdentifier is not that of its issuer";
}

static bool strict_has_extension(const struct place *p, int nid)
{
	return X509_get_ext_by_NID(p->certificate->x509, nid, -1) >= 0;
}

/* A DNS name does not begin with a dot. */
static bool strict_begins_with_dot(const GENERAL_SUBTREE *subtree)
{
	const ASN1_STRING *dns = subtree->base->d.dNSName;

	return subtree->base->type == GEN_DNS && ASN1_STRING_length(dns) > 0 &&
		ASN1_STRING_get0_data(dns)[0] == '.';
}

static bool strict_any_begins_with_dot(
	const STACK_OF(GENERAL_SUBTREE) * subtrees)
{
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(subtrees); i++)
		if (strict_begins_with_dot(
			    sk_GENERAL_SUBTREE_value(subtrees, i)))
			return true;
	return false;
}

static const char *strict_check_constraints(const struct place *p)
{
	CLEANUP(NAME_CONSTRAINTS_free) NAME_CONSTRAINTS *c = NULL;

	if (!strict_has_extension(p, NID_name_constraints))
		return NULL;
	if (!p->certificate->ca)
		return "name constraints in a certificate that is not a CA";
	c = X509_get_ext_d2i(
		p->certificate->x509, NID_name_constraints, NULL, NULL);
	if (!c)
		return "name constraints that cannot be decoded";
	if (sk_GENERAL_SUBTREE_num(c->permittedSubtrees) <= 0 &&
		sk_GENERAL_SUBTREE_num(c->excludedSubtrees) <= 0)
		return "name constraints that are empty";
	if (strict_any_begins_with_dot(c->permittedSubtrees) ||
		strict_any_begins_with_dot(c->excludedSubtrees))
		return "a name constraint that begins with a dot";
	return NULL;
}

static const char *strict_check_policy_constraints(const struct place *p)
{
	const X509 *x = p->certificate->x509;
	int at = X509_get_ext_by_NID(x, NID_policy_constraints, -1);

	if (at >= 0 && !X509_EXTENSION_get_critical(X509_get_ext(x, at)))
		return "policy constraints that are not critical";
	return NULL;
}

static bool strict_is_decodable(X509_EXTENSION *extension)
{
	const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
	void *value = NULL;

	if (!method)
		return true;
	value = X509V3_EXT_d2i(extension);
	if (!value)
		return false;
	if (method->it)
		ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	else
		method->ext_free(value);
	return true;
}

/* Every extension that OpenSSL supports must be decodable. */
static const char *strict_check_extensions(const struct place *p)
{
	const X509 *x = p->certificate->x509;

	for (int i = 0; i < X509_get_ext_count(x); i++)
		if (!strict_is_decodable(X509_get_ext(x, i)))
			return "an extension that cannot be decoded";
	return NULL;
}

/* The clause is that of the verdict where there is none here. */
static const struct strict_rule {
	const char *(*check)(const struct place *p); /* NULL: it passes */
	const char *clause;
	bool of_issuer; /* it is about the issuer as well */
} rules[] = {
	{strict_check_serial, "RFC 5280 4.1.2.2", false},
	{strict_check_subject, "RFC 5280 4.1.2.6", false},
	{strict_check_leaf, NULL, false},
	{strict_check_identifiers, "RFC 5280 4.2.1.1", true},
	{strict_check_constraints, "RFC 5280 4.2.1.10", false},
	{strict_check_policy_constraints, "RFC 5280 4.2.1.11", false},
	{strict_check_extensions, NULL, false},
};

static const struct strict_rule *strict_find_broken(
	const struct place *p, const char **ret_complaint)
{
	const struct strict_rule *broken = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(rules) && !broken; i++) {
		*ret_complaint = rules[i].check(p);
		broken = *ret_complaint ? &rules[i] : NULL;
	}
	openssl_clear_errors();
	return broken;
}

bool strict_accepts_path(struct context *ctx)
{
	for (size_t i = 0; i < ctx->path_count; i++) {
		const struct place p = {
			.certificate = ctx->path[i],
			.issuer = i + 1 < ctx->path_count ? ctx->path[i + 1]
							  : NULL,
			.leaf = i == 0,
			.anchor = i + 1 == ctx->path_count,
			.peer = ctx->use != USE_ANY,
		};
		struct failure failure = {
			.verdict = VERDICT_PROFILE, .about = ctx->path[i]};
		const char *complaint = NULL;
		const struct strict_rule *broken =
			strict_find_broken(&p, &complaint);

		if (!broken)
			continue;
		failure.clause = broken->clause;
		failure.other = broken->of_issuer ? p.issuer : NULL;
		(void)snprintf(failure.detail, DETAIL_SIZE, "%s", complaint);
		context_fail_with(ctx, &failure);
		return false;
	}
	return true;
}
