/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands one path to OpenSSL, so that it can use nothing but this path, and
 * turns its errors into verdicts.
 */
#include "lib/verify/verify-parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "lib/x509/openssl-errors.h"

/* OpenSSL's functions return nothing, which DEFINE_CLEANUP does not take. */
static void openssl_store_free_at_end(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void openssl_context_free_at_end(X509_STORE_CTX **context)
{
	X509_STORE_CTX_free(*context);
}

/* Borrows its certificates. */
static void openssl_stack_free_at_end(STACK_OF(X509) * *stack)
{
	sk_X509_free(*stack);
}

/*
 * Does issuer come after x in the path? OpenSSL asks this before it takes an
 * issuer, so it cannot leave the path, for instance by another anchor of the
 * same name. Compares addresses, because it has only the objects given to it.
 */
static int openssl_follows_path(X509_STORE_CTX *context, X509 *x, X509 *issuer)
{
	const struct context *ctx = X509_STORE_CTX_get_app_data(context);

	for (size_t i = 0; i < ctx->path_count; i++) {
		const struct certificate *c = ctx->path[i];

		if (c->x509 != x)
			continue;
		if (i + 1 < ctx->path_count)
			return ctx->path[i + 1]->x509 == issuer;
		return x == issuer && c->self_signed;
	}
	return 0;
}

/*
 * Check the signatures of the path, from the anchor down, but not the
 * anchor's own. OpenSSL would check all of them in every attempt; most were
 * checked during the search, as was the right of an issuer to sign. Dates are
 * checked by verify-attempt.c.
 */
static int openssl_check_signatures(X509_STORE_CTX *context)
{
	struct context *ctx = X509_STORE_CTX_get_app_data(context);
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
	size_t i = ctx->path_count - 1;

	if (sk_X509_num(chain) != (int)ctx->path_count) {
		X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
		return 0;
	}
	for (; i > 0; i--) {
		const struct certificate *c = ctx->path[i - 1];

		if (sk_X509_value(chain, (int)i) == ctx->path[i]->x509 &&
			sk_X509_value(chain, (int)i - 1) == c->x509 &&
			signatures_check(ctx, c, ctx->path[i]))
			continue;
		X509_STORE_CTX_set_error(
			context, X509_V_ERR_CERT_SIGNATURE_FAILURE);
		X509_STORE_CTX_set_error_depth(context, (int)i - 1);
		return 0;
	}
	return 1;
}

static X509_STORE *openssl_store_of_anchor(const struct context *ctx)
{
	CLEANUP(openssl_store_free) X509_STORE *store = X509_STORE_new();

	if (!store ||
		!X509_STORE_add_cert(
			store, ctx->path[ctx->path_count - 1]->x509))
		return NULL;
	X509_STORE_set_check_issued(store, openssl_follows_path);
	X509_STORE_set_verify(store, openssl_check_signatures);
	return TAKE_PTR(store);
}

static STACK_OF(X509) * openssl_issuers_between(const struct context *ctx)
{
	CLEANUP(openssl_stack_free) STACK_OF(X509) *stack = sk_X509_new_null();

	if (!stack)
		return NULL;
	for (size_t i = 1; i + 1 < ctx->path_count; i++)
		if (!sk_X509_push(stack, ctx->path[i]->x509))
			return NULL;
	return TAKE_PTR(stack);
}

/* Dates, use and names are checked by verify-attempt.c. */
static int openssl_set_parameters(
	const struct context *ctx, X509_STORE_CTX *context)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
	bool strict = ctx->trust->policy.profile == PROFILE_STRICT;
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN |
		X509_V_FLAG_NO_CHECK_TIME |
		(strict ? X509_V_FLAG_X509_STRICT : 0UL);

	(void)X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_auth_level(param, strict ? 2 : 1);
	X509_VERIFY_PARAM_set_depth(param, VERIFY_MAX_PATH);
	/* Under constraints the common name is never matched with the host
	 * (verify-names.c), so it is not compared with them either. */
	X509_VERIFY_PARAM_set_hostflags(
		param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return ctx->policies_decide ? verify_policy_ask(ctx, param) : 0;
}

static const struct {
	int error;
	enum verdict verdict;
} verdicts[] = {
	{X509_V_ERR_CERT_SIGNATURE_FAILURE, VERDICT_BAD_SIGNATURE},
	{X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, VERDICT_BAD_SIGNATURE},
	{X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, VERDICT_BAD_SIGNATURE},
	{X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, VERDICT_BAD_SIGNATURE},
	{X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY,
		VERDICT_KEY_UNSUPPORTED},
	{X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, VERDICT_KEY_UNSUPPORTED},
	{X509_V_ERR_EE_KEY_TOO_SMALL, VERDICT_KEY_TOO_WEAK},
	{X509_V_ERR_CA_KEY_TOO_SMALL, VERDICT_KEY_TOO_WEAK},
	{X509_V_ERR_CA_MD_TOO_WEAK, VERDICT_WEAK_SIGNATURE},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
		VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_CERT_UNTRUSTED, VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_CERT_REJECTED, VERDICT_ISSUER_NOT_TRUSTED},
	{X509_V_ERR_INVALID_CA, VERDICT_NOT_A_CA},
	{X509_V_ERR_INVALID_NON_CA, VERDICT_NOT_A_CA},
	{X509_V_ERR_KEYUSAGE_NO_CERTSIGN, VERDICT_NOT_A_CA},
	{X509_V_ERR_PATH_LENGTH_EXCEEDED, VERDICT_PATH_TOO_LONG},
	{X509_V_ERR_CERT_CHAIN_TOO_LONG, VERDICT_BUDGET},
	{X509_V_ERR_PERMITTED_VIOLATION, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_EXCLUDED_VIOLATION, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_SUBTREE_MINMAX, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, VERDICT_NAME_CONSTRAINTS},
	{X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, VERDICT_UNHANDLED_CRITICAL},
	{X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, VERDICT_UNHANDLED_CRITICAL},
	{X509_V_ERR_INVALID_EXTENSION, VERDICT_INVALID_EXTENSION},
	{X509_V_ERR_INVALID_POLICY_EXTENSION, VERDICT_INVALID_EXTENSION},
	{X509_V_ERR_NO_EXPLICIT_POLICY, VERDICT_POLICY_MISSING},
	{X509_V_ERR_OUT_OF_MEM, VERDICT_BUDGET},
};

/* Errors that are not in the table come from X509_V_FLAG_X509_STRICT. */
static enum verdict openssl_verdict_of(const struct context *ctx, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (verdicts[i].error == error)
			return verdicts[i].verdict;
	return ctx->trust->policy.profile == PROFILE_STRICT ? VERDICT_PROFILE
							    : VERDICT_MALFORMED;
}

/* The first critical extension that OpenSSL does not know. */
static void openssl_name_critical(const X509 *x, char detail[DETAIL_SIZE])
{
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);

		if (!X509_EXTENSION_get_critical(e) ||
			X509_supported_extension(e))
			continue;
		(void)snprintf(detail, DETAIL_SIZE, "critical extension ");
		(void)OBJ_obj2txt(detail + strlen(detail),
			DETAIL_SIZE - (int)strlen(detail),
			X509_EXTENSION_get_object(e), 0);
		return;
	}
}

/* Details for the sentence; OpenSSL's words where we have none. */
static void openssl_put_detail(int error, enum verdict verdict,
	const struct certificate *about, char detail[DETAIL_SIZE])
{
	(void)snprintf(detail, DETAIL_SIZE, "%s",
		X509_verify_cert_error_string(error));
	/* Looked up after the search (verify-reasons.c). */
	if (verdict == VERDICT_NAME_CONSTRAINTS ||
		verdict == VERDICT_NOT_A_CA || verdict == VERDICT_PATH_TOO_LONG)
		detail[0] = 0;
	if (verdict == VERDICT_WEAK_SIGNATURE)
		(void)snprintf(detail, DETAIL_SIZE, "%s",
			OBJ_nid2ln(X509_get_signature_nid(about->x509)));
	if (verdict == VERDICT_KEY_TOO_WEAK)
		(void)snprintf(detail, DETAIL_SIZE, "%s, %u bits",
			key_type_name(about->key.type), about->key.bits);
	if (error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION)
		openssl_name_critical(about->x509, detail);
}

static bool openssl_means_self_signed(int error)
{
	return error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
		error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/*
 * OpenSSL takes each certificate for self-signed that has the name of its
 * issuer and no authorityKeyIdentifier, and looks for no issuer. What it is,
 * its signature tells.
 */
static void openssl_fail_self_issued(struct context *ctx)
{
	for (size_t i = 0; i + 1 < ctx->path_count; i++) {
		struct failure failure = {
			.verdict = VERDICT_ISSUER_NOT_TRUSTED,
			.about = ctx->path[i],
			.other = ctx->path[i + 1],
			.depth = i + 1,
		};

		if (signatures_check(ctx, ctx->path[i], ctx->path[i + 1])) {
			failure.same_name = ctx->path[i]->self_signed;
			if (!failure.same_name)
				continue;
		} else if (!signatures_by_itself(ctx, ctx->path[i])) {
			failure.verdict = VERDICT_BAD_SIGNATURE;
		}
		context_fail_with(ctx, &failure);
		return;
	}
}

/* OpenSSL reports lack of memory when the tree of policies grows too large;
 * then no deeper function has reported it. */
static bool openssl_policies_are_too_many(const struct context *ctx)
{
	return ctx->policies_decide &&
		ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509;
}

static int openssl_fail(struct context *ctx, X509_STORE_CTX *context)
{
	int error = X509_STORE_CTX_get_error(context);
	int depth = X509_STORE_CTX_get_error_depth(context);
	enum verdict verdict = openssl_verdict_of(ctx, error);
	char detail[DETAIL_SIZE];
	size_t at = depth >= 0 && (size_t)depth < ctx->path_count
		? (size_t)depth
		: 0;

	if (ctx->exhausted)
		return 0;
	if (error == X509_V_ERR_OUT_OF_MEM &&
		!openssl_policies_are_too_many(ctx))
		return -ENOMEM;
	if (error == X509_V_ERR_STORE_LOOKUP || error == X509_V_OK)
		return -EIO;
	if (openssl_means_self_signed(error)) {
		openssl_fail_self_issued(ctx);
		return 0;
	}
	openssl_put_detail(error, verdict, ctx->path[at], detail);
	context_fail(ctx, verdict, ctx->path[at], detail);
	return 0;
}

/* OpenSSL reads names, constraints and policies again. */
static bool openssl_may_attempt(struct context *ctx)
{
	uint64_t parts = ctx->leaf->parts;

	for (size_t i = 0; i < ctx->path_count; i++)
		parts += ctx->path[i]->parts / 4;
	if (!context_spend(ctx, COST_ATTEMPT + parts))
		return false;
	ctx->work.attempts++;
	return true;
}

int openssl_verify_path(struct context *ctx, bool *ret)
{
	CLEANUP(openssl_context_free) X509_STORE_CTX *context = NULL;
	CLEANUP(openssl_store_free) X509_STORE *store = NULL;
	CLEANUP(openssl_stack_free) STACK_OF(X509) *between = NULL;
	int answer = 0;
	int r = 0;

	*ret = false;
	if (!verify_policy_is_there(ctx) || !openssl_may_attempt(ctx))
		return 0;
	store = openssl_store_of_anchor(ctx);
	between = openssl_issuers_between(ctx);
	context = X509_STORE_CTX_new();
	if (!store || !between || !context ||
		!X509_STORE_CTX_init(
			context, store, ctx->path[0]->x509, between))
		return -ENOMEM;
	(void)X509_STORE_CTX_set_app_data(context, ctx);
	r = openssl_set_parameters(ctx, context);
	if (r < 0)
		return r;
	openssl_clear_errors();
	answer = X509_verify_cert(context);
	*ret = answer == 1 && X509_STORE_CTX_get_error(context) == X509_V_OK;
	r = *ret ? 0 : openssl_fail(ctx, context);
	openssl_clear_errors();
	return r;
}
