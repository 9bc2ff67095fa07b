/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which name breaks which name constraint of which issuer. OpenSSL has
 * decided that one does, and does not say which: so it is asked again about
 * one name and one issuer at a time, until it says so.
 */
#include "lib/verify/verify-parts.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/x509/general-name.h"
#include "lib/x509/openssl-errors.h"

#define SUBTREES_SHOWN 4
#define COST_OF_ASKING 25 /* to make a certificate of one name */
#define SUBJECT_CHARS 120
#define NAME_CHARS 100

DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);
DEFINE_CLEANUP(NAME_CONSTRAINTS, NAME_CONSTRAINTS_free);
DEFINE_CLEANUP(X509, X509_free);

/* These borrow what is in them. */
static void violation_names_free_at_end(GENERAL_NAMES **names)
{
	sk_GENERAL_NAME_free(*names);
}

static void violation_trees_free_at_end(STACK_OF(GENERAL_SUBTREE) * *trees)
{
	sk_GENERAL_SUBTREE_free(*trees);
}

struct violation {
	struct context *ctx;
	const struct certificate *issuer;
	const NAME_CONSTRAINTS *constraints; /* its */
	const GENERAL_NAME *name;
	const char *kind; /* of the name, in words */
	int error;        /* OpenSSL's, or X509_V_OK */
	struct reasons *out;
};

/* --- asking --- */

static X509 *violation_certificate_of(const GENERAL_NAME *name)
{
	CLEANUP(violation_names_free)
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	CLEANUP(X509_free) X509 *x = X509_new();

	if (!names || !x || !sk_GENERAL_NAME_push(names, (GENERAL_NAME *)name))
		return NULL;
	if (X509_add1_ext_i2d(
		    x, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) != 1)
		return NULL;
	(void)X509_get_extension_flags(x); /* so that OpenSSL reads them */
	return TAKE_PTR(x);
}

/* What OpenSSL says of this name alone; X509_V_OK also when it cannot be
 * asked: then the sentence only says less. */
static int violation_ask(
	const struct violation *v, const NAME_CONSTRAINTS *constraints)
{
	CLEANUP(X509_free) X509 *x = NULL;
	int error = X509_V_OK;
	unsigned subtrees = constraints_count(constraints);
	uint64_t bytes = (uint64_t)v->issuer->der.len + subtrees * UINT64_C(64);

	if (!context_spend_on_words(v->ctx,
		    COST_OF_ASKING + subtrees / NAMES_A_UNIT +
			    bytes / NAME_BYTES_A_UNIT,
		    subtrees))
		return X509_V_OK;
	x = violation_certificate_of(v->name);
	if (x)
		error = NAME_CONSTRAINTS_check(
			x, (NAME_CONSTRAINTS *)constraints);
	openssl_clear_errors();
	return error;
}

/* Does this subtree alone do it? */
static bool violation_is_by(const struct violation *v, GENERAL_SUBTREE *tree)
{
	CLEANUP(violation_trees_free)
	STACK_OF(GENERAL_SUBTREE) *trees = sk_GENERAL_SUBTREE_new_null();
	NAME_CONSTRAINTS one = {.excludedSubtrees = trees};

	return trees && sk_GENERAL_SUBTREE_push(trees, tree) &&
		violation_ask(v, &one) == v->error;
}

/* --- telling --- */

/* "example.net, .example.org and 3 more": those of the kind of the name. */
static void violation_list(const STACK_OF(GENERAL_SUBTREE) * trees, int type,
	char ret[DETAIL_SIZE])
{
	size_t used = 0;
	unsigned count = 0;

	ret[0] = 0;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		const GENERAL_SUBTREE *t = sk_GENERAL_SUBTREE_value(trees, i);
		char text[GENERAL_NAME_TEXT_SIZE];

		if (t->base->type != type || count++ >= SUBTREES_SHOWN)
			continue;
		general_name_subtree_text(t->base, text);
		(void)snprintf(ret + used, DETAIL_SIZE - used, "%s%.*s",
			used > 0 ? ", " : "", NAME_CHARS / 2, text);
		used = strlen(ret);
	}
	if (count > SUBTREES_SHOWN)
		(void)snprintf(ret + used, DETAIL_SIZE - used, " and %u more",
			count - SUBTREES_SHOWN);
}

/* The subtree that alone has this effect. */
static void violation_subtree(const struct violation *v,
	const STACK_OF(GENERAL_SUBTREE) * trees,
	char ret[GENERAL_NAME_TEXT_SIZE])
{
	ret[0] = 0;
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(trees); i++) {
		GENERAL_SUBTREE *t = sk_GENERAL_SUBTREE_value(trees, i);

		if (t->base->type != v->name->type || !violation_is_by(v, t))
			continue;
		general_name_subtree_text(t->base, ret);
		return;
	}
}

static void violation_say(const struct violation *v, const char *name,
	const char *before, const char *after, const char *what)
{
	(void)snprintf(v->out->detail, DETAIL_SIZE,
		"its %s%s%.*s %s %.*s%s%s%.*s", v->kind, name[0] ? " " : "",
		NAME_CHARS, name, before, SUBJECT_CHARS,
		certificate_subject(v->issuer), after, what[0] ? ": " : "",
		2 * NAME_CHARS, what);
}

/* What was asked for is still wanted; any other name can be left out. */
static void violation_put_unwanted(const struct violation *v, const char *name)
{
	struct host host;

	if (v->name->type == GEN_DIRNAME ||
		(v->ctx->host_valid && host_parse(name, &host) == 0 &&
			host_equal(&host, &v->ctx->host)))
		return;
	(void)snprintf(v->out->unwanted, sizeof(v->out->unwanted), "%s%s%.*s",
		v->kind, name[0] ? " " : "", NAME_CHARS, name);
}

static void violation_tell(const struct violation *v)
{
	const NAME_CONSTRAINTS *c = v->constraints;
	char name[GENERAL_NAME_TEXT_SIZE];
	char one[GENERAL_NAME_TEXT_SIZE];
	char all[DETAIL_SIZE];

	general_name_text(v->name, name);
	if (v->error == X509_V_ERR_PERMITTED_VIOLATION) {
		violation_list(c->permittedSubtrees, v->name->type, all);
		violation_say(v, name, "is outside of what", " permits", all);
	} else if (v->error == X509_V_ERR_EXCLUDED_VIOLATION) {
		violation_subtree(v, c->excludedSubtrees, one);
		violation_say(v, name, "is within what", " excludes", one);
	} else if (v->error == X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE) {
		violation_say(v, name, "cannot be compared with what",
			" permits or excludes, because names of this kind are "
			"not supported in constraints",
			"");
	} else if (v->error == X509_V_ERR_SUBTREE_MINMAX) {
		violation_say(v, name, "cannot be compared with what",
			" permits or excludes, because its constraint has a "
			"minimum or maximum",
			"");
	} else if (v->error == X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX) {
		violation_list(c->permittedSubtrees, v->name->type, all);
		if (!all[0])
			violation_list(c->excludedSubtrees, v->name->type, all);
		violation_say(v, name, "cannot be compared with what",
			" permits or excludes, because its constraint is "
			"malformed",
			all);
	} else {
		violation_say(v, name, "is malformed, and",
			" has name constraints that it cannot be compared with",
			"");
	}
	violation_put_unwanted(v, name);
}

/* --- the names of one certificate --- */

/* verify-names.c refuses it, OpenSSL would not. */
static bool violation_is_malformed(const GENERAL_NAME *name)
{
	return name->type == GEN_DNS &&
		!dns_pattern_is_valid(
			(const char *)ASN1_STRING_get0_data(name->d.dNSName),
			(size_t)ASN1_STRING_length(name->d.dNSName));
}

static bool violation_try(
	struct violation *v, const GENERAL_NAME *name, const char *kind)
{
	v->name = name;
	v->kind = kind;
	v->error = violation_is_malformed(name)
		? X509_V_ERR_UNSUPPORTED_NAME_SYNTAX
		: violation_ask(v, v->constraints);
	if (v->error == X509_V_OK) {
		v->name = NULL;
		return false;
	}
	violation_tell(v);
	v->name = NULL; /* lives no longer than its caller */
	return true;
}

/* The subject is a directory name, and an e-mail address in it is one. */
static bool violation_in_subject(
	struct violation *v, const struct certificate *c)
{
	X509_NAME *subject = X509_get_subject_name(c->x509);
	GENERAL_NAME name = {.type = GEN_DIRNAME};
	int at = -1;

	if (X509_NAME_entry_count(subject) == 0)
		return false;
	name.d.directoryName = subject;
	if (violation_try(v, &name, "subject"))
		return true;
	name.type = GEN_EMAIL;
	while ((at = X509_NAME_get_index_by_NID(
			subject, NID_pkcs9_emailAddress, at)) >= 0) {
		name.d.rfc822Name = X509_NAME_ENTRY_get_data(
			X509_NAME_get_entry(subject, at));
		if (violation_try(v, &name, "e-mail address in the subject"))
			return true;
	}
	return false;
}

static bool violation_in_names(struct violation *v, const struct certificate *c)
{
	CLEANUP(GENERAL_NAMES_free)
	GENERAL_NAMES *names =
		X509_get_ext_d2i(c->x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (violation_try(v, name, general_name_kind(name->type)))
			return true;
	}
	return violation_in_subject(v, c);
}

/* --- the host --- */

/* By which of its names the leaf is for the host: "DNS name *.example.net
 * stands for pbx.example.net, which". */
static void violation_host_name(const struct context *ctx,
	const struct certificate *c, char ret[GENERAL_NAME_TEXT_SIZE])
{
	(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE, "host %.*s", NAME_CHARS,
		ctx->host_text);
	for (size_t i = 0; i < c->name_count; i++) {
		const char *name = c->names[i];

		if (strncmp(name, "CN:", 3) == 0 && !strchr(name, '*'))
			(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE, "CN %.*s",
				NAME_CHARS, name + 3);
		else if (strncmp(name, "CN:", 3) == 0)
			(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE,
				"CN %.*s stands for %.*s, which", NAME_CHARS,
				name + 3, NAME_CHARS, ctx->host_text);
		else if (strncmp(name, "DNS:*", 5) == 0)
			(void)snprintf(ret, GENERAL_NAME_TEXT_SIZE,
				"DNS name %.*s stands for %.*s, which",
				NAME_CHARS, name + 4, NAME_CHARS,
				ctx->host_text);
		else
			continue;
		return;
	}
}

/* The host itself is not permitted, although no name is forbidden: the leaf
 * has it by a wildcard or by its CN, which OpenSSL does not compare. */
static bool violation_by_host(struct violation *v, const struct certificate *c)
{
	const struct host *host = &v->ctx->host;
	const NAME_CONSTRAINTS excluded = {
		.excludedSubtrees = v->constraints->excludedSubtrees};
	int type = host->kind == HOST_DNS ? GEN_DNS : GEN_IPADD;
	bool out = false;
	char by[GENERAL_NAME_TEXT_SIZE];
	char list[DETAIL_SIZE];

	if (!v->ctx->host_given || !v->ctx->host_valid ||
		constraints_permit_host(v->constraints, host))
		return false;
	out = constraints_permit_host(&excluded, host);
	violation_host_name(v->ctx, c, by);
	violation_list(out ? v->constraints->permittedSubtrees
			   : v->constraints->excludedSubtrees,
		type, list);
	(void)snprintf(v->out->detail, DETAIL_SIZE,
		"its %s is %s what %.*s %s: %.*s", by,
		out ? "outside of" : "within", SUBJECT_CHARS,
		certificate_subject(v->issuer), out ? "permits" : "excludes",
		2 * NAME_CHARS, list);
	return true;
}

void violation_find(
	struct context *ctx, const struct failure *why, struct reasons *ret)
{
	size_t at = 0;

	while (at < why->path_count && why->path[at] != why->about)
		at++;
	for (size_t i = why->path_count; i-- > at + 1;) {
		CLEANUP(NAME_CONSTRAINTS_free)
		NAME_CONSTRAINTS *c = X509_get_ext_d2i(
			why->path[i]->x509, NID_name_constraints, NULL, NULL);
		struct violation v = {.ctx = ctx,
			.issuer = why->path[i],
			.constraints = c,
			.out = ret};

		if (c &&
			(violation_in_names(&v, why->about) ||
				violation_by_host(&v, why->about)))
			break;
	}
	openssl_clear_errors();
}
