/* SPDX-License-Identifier: Apache-2.0 */
/* Key objects (provider-keymgmt(7ssl)): everything about them is answered by
 * OpenSSL's own provider from the public key. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

#include "lib/provider/provider.h"

/* A reference of ours becomes a key object; it is taken. */
static void *keymgmt_load(const void *reference, size_t size)
{
	struct provider_key **at = NULL;
	struct provider_key *k = NULL;

	if (size != sizeof(struct provider_key *))
		return NULL;
	memcpy(&at, &reference, sizeof(at));
	k = *at;
	*at = NULL;
	return k;
}

static void keymgmt_free(void *key)
{
	provider_key_free(key);
}

static void *keymgmt_dup(const void *key, int selection)
{
	struct provider_key *k = NULL;

	(void)selection;
	memcpy(&k, &key, sizeof(struct provider_key *));
	return provider_key_ref(k);
}

/* The private part is there, in the daemon. */
static int keymgmt_has(const void *key, int selection)
{
	(void)selection;
	return key != NULL;
}

static int keymgmt_match(const void *left, const void *right, int selection)
{
	(void)selection;
	return EVP_PKEY_eq(provider_key_public(left),
		       provider_key_public(right)) == 1;
}

static int keymgmt_get_params(void *key, OSSL_PARAM params[])
{
	return EVP_PKEY_get_params(provider_key_public(key), params);
}

/* For another provider: only what is public, and nothing when more is wanted,
 * or that provider would take the key for one it can sign with. */
static int keymgmt_export(
	void *key, int selection, OSSL_CALLBACK *callback, void *userdata)
{
	OSSL_PARAM *params = NULL;
	int r = 0;

	if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
		return 0;
	if (EVP_PKEY_todata(provider_key_public(key), EVP_PKEY_PUBLIC_KEY,
		    &params) != 1)
		return 0;
	r = callback(params, userdata);
	OSSL_PARAM_free(params);
	return r;
}

static const OSSL_PARAM *keymgmt_gettable_params(void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_octet_string(
			OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)provider;
	return list;
}

static const OSSL_PARAM *keymgmt_rsa_export_types(int selection)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
		OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
		OSSL_PARAM_END,
	};

	return selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY ? list : NULL;
}

static const OSSL_PARAM *keymgmt_ec_export_types(int selection)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
		OSSL_PARAM_END,
	};

	return selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY ? list : NULL;
}

static const char *keymgmt_rsa_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *keymgmt_ec_operation(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

/* OpenSSL wants a way to make an empty one; there is none here. */
static void *keymgmt_new(void *provider)
{
	(void)provider;
	return NULL;
}

#define ENTRY(id, function)                                                    \
	{                                                                      \
		OSSL_FUNC_KEYMGMT_##id, (void (*)(void))(function)             \
	}
#define COMMON                                                                 \
	ENTRY(NEW, keymgmt_new), ENTRY(LOAD, keymgmt_load),                    \
		ENTRY(FREE, keymgmt_free), ENTRY(DUP, keymgmt_dup),            \
		ENTRY(HAS, keymgmt_has), ENTRY(MATCH, keymgmt_match),          \
		ENTRY(EXPORT, keymgmt_export),                                 \
		ENTRY(GET_PARAMS, keymgmt_get_params),                         \
		ENTRY(GETTABLE_PARAMS, keymgmt_gettable_params)

static const OSSL_DISPATCH rsa_functions[] = {
	COMMON,
	ENTRY(EXPORT_TYPES, keymgmt_rsa_export_types),
	ENTRY(QUERY_OPERATION_NAME, keymgmt_rsa_operation),
	{0, NULL},
};

static const OSSL_DISPATCH ec_functions[] = {
	COMMON,
	ENTRY(EXPORT_TYPES, keymgmt_ec_export_types),
	ENTRY(QUERY_OPERATION_NAME, keymgmt_ec_operation),
	{0, NULL},
};

const OSSL_ALGORITHM provider_keymgmts[] = {
	{"RSA:rsaEncryption:1.2.840.113549.1.1.1", PROVIDER_PROPERTIES,
		rsa_functions, "RSA keys of the phone"},
	{"EC:id-ecPublicKey:1.2.840.10045.2.1", PROVIDER_PROPERTIES,
		ec_functions, "EC keys of the phone"},
	{0},
};
