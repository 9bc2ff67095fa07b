/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decoder-context.h"

#include <openssl/core_dispatch.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/macros.h"

#define DECODER_CONTEXT_NAME "certprov-decoder"
#define MAX_ALGORITHMS 64

/* Its implementations are the default provider's, in a context of its own. */
static OSSL_PROVIDER *base;
static OSSL_LIB_CTX *context;
static const char *why_not = "lack of memory";
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

/* What key.c uses, by the first of OpenSSL's names. */
static const char *const kinds[] = {"RSA", "RSA-PSS", "EC", "ED25519", "ED448"};

static OSSL_ALGORITHM decoders[MAX_ALGORITHMS + 1];
static OSSL_ALGORITHM keymgmts[MAX_ALGORITHMS + 1];

static bool decoder_context_has_kind(const OSSL_ALGORITHM *a)
{
	size_t len = strcspn(a->algorithm_names, ":");

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strlen(kinds[i]) == len &&
			strncmp(a->algorithm_names, kinds[i], len) == 0)
			return true;
	return false;
}

/* Of public keys in certificates only. */
static bool decoder_context_is_spki(const OSSL_ALGORITHM *a)
{
	return strstr(a->property_definition, "input=der") &&
		strstr(a->property_definition,
			"structure=SubjectPublicKeyInfo");
}

static void decoder_context_choose(
	int operation, OSSL_ALGORITHM chosen[MAX_ALGORITHMS + 1])
{
	int no_cache = 0;
	const OSSL_ALGORITHM *all =
		OSSL_PROVIDER_query_operation(base, operation, &no_cache);
	size_t n = 0;

	for (; all && all->algorithm_names && n < MAX_ALGORITHMS; all++)
		if (decoder_context_has_kind(all) &&
			(operation != OSSL_OP_DECODER ||
				decoder_context_is_spki(all)))
			chosen[n++] = *all;
}

static const OSSL_ALGORITHM *decoder_context_query(
	void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_DECODER:
		return decoders;
	case OSSL_OP_KEYMGMT:
		return keymgmts;
	default:
		return OSSL_PROVIDER_query_operation(base, operation, no_cache);
	}
}

static int decoder_context_init(const OSSL_CORE_HANDLE *handle,
	const OSSL_DISPATCH *in, const OSSL_DISPATCH **ret, void **ret_provider)
{
	static const OSSL_DISPATCH functions[] = {
		{OSSL_FUNC_PROVIDER_QUERY_OPERATION,
			(void (*)(void))decoder_context_query},
		{0, NULL},
	};

	(void)handle;
	(void)in;
	*ret = functions;
	*ret_provider = OSSL_PROVIDER_get0_provider_ctx(base);
	return 1;
}

/* Of what OpenSSL's own context is set up for, by openssl.cnf or by the
 * program; NULL: nothing that this one would not do. */
static const char *decoder_context_conflict(void)
{
	if (EVP_default_properties_is_fips_enabled(NULL) ||
		OSSL_PROVIDER_available(NULL, "fips"))
		return "OpenSSL is configured for FIPS";
	if (!OSSL_PROVIDER_available(NULL, "default"))
		return "OpenSSL is configured without its default provider";
	return NULL;
}

static bool decoder_context_fill(OSSL_LIB_CTX *made, OSSL_LIB_CTX *below)
{
	base = OSSL_PROVIDER_load(below, "default");
	if (!base)
		return false;
	decoder_context_choose(OSSL_OP_DECODER, decoders);
	decoder_context_choose(OSSL_OP_KEYMGMT, keymgmts);
	if (decoders[0].algorithm_names && keymgmts[0].algorithm_names &&
		OSSL_PROVIDER_add_builtin(made, DECODER_CONTEXT_NAME,
			decoder_context_init) == 1 &&
		OSSL_PROVIDER_load(made, DECODER_CONTEXT_NAME))
		return true;
	(void)OSSL_PROVIDER_unload(base);
	base = NULL;
	return false;
}

static void decoder_context_make(void)
{
	OSSL_LIB_CTX *below = NULL;
	OSSL_LIB_CTX *made = NULL;

	why_not = decoder_context_conflict();
	if (!why_not) {
		below = OSSL_LIB_CTX_new();
		made = OSSL_LIB_CTX_new();
		if (below && made && decoder_context_fill(made, below)) {
			context = made;
			return;
		}
		why_not = "OpenSSL did not make a context for it";
	}
	OSSL_LIB_CTX_free(made);
	OSSL_LIB_CTX_free(below);
	ERR_clear_error();
}

OSSL_LIB_CTX *decoder_context(void)
{
	return CRYPTO_THREAD_run_once(&once, decoder_context_make) == 1
		? context
		: NULL;
}

const char *decoder_context_why_not(void)
{
	return decoder_context() ? NULL : why_not;
}
