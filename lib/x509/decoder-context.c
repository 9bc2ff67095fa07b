/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decoder-context.h"

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/provider.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/x509/openssl-errors.h"

#define DECODER_CONTEXT_NAME "certprov-decoder"
#define MAX_ALGORITHMS 12

/* What one context has, by the first of OpenSSL's names, and where the default
 * provider has it. */
struct decoder_group {
	const char *const *kinds; /* of keys */
	const char *const *digests;
	const char *const *signatures;
	OSSL_ALGORITHM decoders[MAX_ALGORITHMS + 1];
	OSSL_ALGORITHM keymgmts[MAX_ALGORITHMS + 1];
	OSSL_ALGORITHM digest_list[MAX_ALGORITHMS + 1];
	OSSL_ALGORITHM signature_list[MAX_ALGORITHMS + 1];
	CRYPTO_ONCE once;
	OSSL_LIB_CTX *context;
};

/* The implementations are the default provider's, in a context of its own. */
static OSSL_LIB_CTX *whole;
static OSSL_PROVIDER *base;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static const char *why_not = "lack of memory";

enum group {
	GROUP_RSA,
	GROUP_EC,
	GROUP_RARE,
	GROUP_NONE,
	GROUP__END,
};

/* OpenSSL's own fingerprint of a certificate. */
static const char *const fingerprint[] = {"SHA1", NULL};
/* What RSA signs with in nearly every certificate (decoder_context_is_usual).
 */
static const char *const rsa_digests[] = {
	"SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512", NULL};
/* All that ECDSA is defined with. */
static const char *const ecdsa_digests[] = {"SHA1", "SHA2-224", "SHA2-256",
	"SHA2-384", "SHA2-512", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512",
	NULL};

/* Keys are dear to hand on to the whole context, and what checks signatures is
 * dear to have there: so the two that are common check theirs, too. */
static struct decoder_group groups[GROUP__END] = {
	[GROUP_RSA] =
		{
			.kinds = (const char *const[]){"RSA", NULL},
			.digests = rsa_digests,
			.signatures = (const char *const[]){"RSA", NULL},
			.once = CRYPTO_ONCE_STATIC_INIT,
		},
	[GROUP_EC] =
		{
			.kinds = (const char *const[]){"EC", NULL},
			.digests = ecdsa_digests,
			.signatures = (const char *const[]){"ECDSA", NULL},
			.once = CRYPTO_ONCE_STATIC_INIT,
		},
	[GROUP_RARE] =
		{
			.kinds = (const char *const[]){"RSA-PSS", "ED25519",
				"ED448", NULL},
			.digests = fingerprint,
			.signatures = (const char *const[]){NULL},
			.once = CRYPTO_ONCE_STATIC_INIT,
		},
	[GROUP_NONE] =
		{
			.kinds = (const char *const[]){NULL},
			.digests = fingerprint,
			.signatures = (const char *const[]){NULL},
			.once = CRYPTO_ONCE_STATIC_INIT,
		},
};

static enum group decoder_context_group(enum key_type type)
{
	if (type == KEY_RSA)
		return GROUP_RSA;
	return type == KEY_EC ? GROUP_EC : GROUP_RARE;
}

/* By the first of its names. */
static bool decoder_context_is_among(
	const char *const *names, const OSSL_ALGORITHM *a)
{
	size_t len = strcspn(a->algorithm_names, ":");

	for (; *names; names++)
		if (strlen(*names) == len &&
			strncmp(a->algorithm_names, *names, len) == 0)
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

static void decoder_context_choose(const char *const *names, int operation,
	OSSL_ALGORITHM chosen[MAX_ALGORITHMS + 1])
{
	int no_cache = 0;
	const OSSL_ALGORITHM *all =
		OSSL_PROVIDER_query_operation(base, operation, &no_cache);
	size_t n = 0;

	for (; all && all->algorithm_names && n < MAX_ALGORITHMS; all++)
		if (decoder_context_is_among(names, all) &&
			(operation != OSSL_OP_DECODER ||
				decoder_context_is_spki(all)))
			chosen[n++] = *all;
}

/* --- the provider of a group --- */

static const OSSL_ALGORITHM *decoder_context_query(
	const struct decoder_group *g, int operation, int *no_cache)
{
	*no_cache = 0;
	switch (operation) {
	case OSSL_OP_DECODER:
		return g->decoders;
	case OSSL_OP_KEYMGMT:
		return g->keymgmts;
	case OSSL_OP_DIGEST:
		return g->digest_list;
	case OSSL_OP_SIGNATURE:
		return g->signature_list;
	default:
		return NULL;
	}
}

static bool decoder_context_is_complete(
	const char *const *names, const OSSL_ALGORITHM *chosen)
{
	while (*names && chosen->algorithm_names) {
		names++;
		chosen++;
	}
	return !*names;
}

/* What another version of OpenSSL calls otherwise is not found. */
static bool decoder_context_has_all(const struct decoder_group *g)
{
	return decoder_context_is_complete(g->kinds, g->decoders) &&
		decoder_context_is_complete(g->kinds, g->keymgmts) &&
		decoder_context_is_complete(g->digests, g->digest_list) &&
		decoder_context_is_complete(g->signatures, g->signature_list);
}

/* Its context stays NULL when it cannot be made. */
static void decoder_context_make_group(
	enum group which, OSSL_provider_init_fn *init)
{
	struct decoder_group *g = &groups[which];
	OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

	decoder_context_choose(g->kinds, OSSL_OP_DECODER, g->decoders);
	decoder_context_choose(g->kinds, OSSL_OP_KEYMGMT, g->keymgmts);
	decoder_context_choose(g->digests, OSSL_OP_DIGEST, g->digest_list);
	decoder_context_choose(
		g->signatures, OSSL_OP_SIGNATURE, g->signature_list);
	if (made && decoder_context_has_all(g) &&
		OSSL_PROVIDER_add_builtin(made, DECODER_CONTEXT_NAME, init) ==
			1 &&
		OSSL_PROVIDER_load(made, DECODER_CONTEXT_NAME)) {
		g->context = made;
		return;
	}
	OSSL_LIB_CTX_free(made);
	openssl_clear_errors();
}

/* One each, because all of them have the same provider context: the
 * implementations need that of the default provider. */
#define DECODER_GROUP(name, which)                                             \
	static const OSSL_ALGORITHM *decoder_context_query_##name(             \
		void *provider, int operation, int *no_cache)                  \
	{                                                                      \
		(void)provider;                                                \
		return decoder_context_query(                                  \
			&groups[which], operation, no_cache);                  \
	}                                                                      \
	static int decoder_context_init_##name(const OSSL_CORE_HANDLE *handle, \
		const OSSL_DISPATCH *in, const OSSL_DISPATCH **ret,            \
		void **ret_provider)                                           \
	{                                                                      \
		static const OSSL_DISPATCH functions[] = {                     \
			{OSSL_FUNC_PROVIDER_QUERY_OPERATION,                   \
				(void (*)(void))decoder_context_query_##name}, \
			{0, NULL},                                             \
		};                                                             \
                                                                               \
		(void)handle;                                                  \
		(void)in;                                                      \
		*ret = functions;                                              \
		*ret_provider = OSSL_PROVIDER_get0_provider_ctx(base);         \
		return 1;                                                      \
	}                                                                      \
	static void decoder_context_make_##name(void)                          \
	{                                                                      \
		decoder_context_make_group(                                    \
			which, decoder_context_init_##name);                   \
	}
DECODER_GROUP(rsa, GROUP_RSA)
DECODER_GROUP(ec, GROUP_EC)
DECODER_GROUP(rare, GROUP_RARE)
DECODER_GROUP(none, GROUP_NONE)

static void (*const makers[GROUP__END])(void) = {
	[GROUP_RSA] = decoder_context_make_rsa,
	[GROUP_EC] = decoder_context_make_ec,
	[GROUP_RARE] = decoder_context_make_rare,
	[GROUP_NONE] = decoder_context_make_none,
};

/* --- making them --- */

/* Of what OpenSSL's own context is set up for, by openssl.cnf or by the
 * program; NULL: nothing that these would not do. */
static const char *decoder_context_conflict(void)
{
	if (EVP_default_properties_is_fips_enabled(NULL) ||
		OSSL_PROVIDER_available(NULL, "fips"))
		return "OpenSSL is configured for FIPS";
	if (!OSSL_PROVIDER_available(NULL, "default"))
		return "OpenSSL is configured without its default provider";
	return NULL;
}

static OSSL_LIB_CTX *decoder_context_of(enum group which)
{
	struct decoder_group *g = &groups[which];

	return CRYPTO_THREAD_run_once(&g->once, makers[which]) == 1 ? g->context
								    : NULL;
}

static void decoder_context_make(void)
{
	OSSL_LIB_CTX *made = NULL;

	why_not = decoder_context_conflict();
	if (!why_not) {
		made = OSSL_LIB_CTX_new();
		base = made ? OSSL_PROVIDER_load(made, "default") : NULL;
		/* The one that every certificate needs. */
		if (base && decoder_context_of(GROUP_NONE)) {
			whole = made;
			return;
		}
		why_not = "OpenSSL did not make a context for it";
	}
	if (base)
		(void)OSSL_PROVIDER_unload(base);
	base = NULL;
	OSSL_LIB_CTX_free(made);
	openssl_clear_errors();
}

static bool decoder_context_is_made(void)
{
	return CRYPTO_THREAD_run_once(&once, decoder_context_make) == 1 &&
		whole;
}

OSSL_LIB_CTX *decoder_context(enum key_type type)
{
	return decoder_context_is_made()
		? decoder_context_of(decoder_context_group(type))
		: NULL;
}

static bool decoder_context_is_usual(int digest)
{
	switch (digest) {
	case NID_sha1:
	case NID_sha224:
	case NID_sha256:
	case NID_sha384:
	case NID_sha512:
		return true;
	default:
		return false;
	}
}

OSSL_LIB_CTX *decoder_context_of_signatures(enum key_type issuer, int digest)
{
	OSSL_LIB_CTX *small = NULL;

	if (!decoder_context_is_made())
		return NULL;
	if (issuer == KEY_EC)
		small = decoder_context_of(GROUP_EC);
	if (issuer == KEY_RSA && decoder_context_is_usual(digest))
		small = decoder_context_of(GROUP_RSA);
	return small ? small : whole;
}

OSSL_LIB_CTX *decoder_context_of_all(void)
{
	return decoder_context_is_made() ? whole : NULL;
}

OSSL_LIB_CTX *decoder_context_without_keys(void)
{
	return decoder_context_is_made() ? decoder_context_of(GROUP_NONE)
					 : NULL;
}

const char *decoder_context_why_not(void)
{
	return decoder_context_is_made() ? NULL : why_not;
}
