/* SPDX-License-Identifier: Apache-2.0 */
/* Signing (provider-signature(7ssl)): hashes here, and has the digest signed by
 * the daemon. Verifying is for OpenSSL's own provider. */
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/provider/provider.h"

#define HASH_NAME_SIZE 32

/* One operation. */
struct provider_signing {
	const struct provider *provider;
	struct provider_key *key;
	EVP_MD *hash;
	EVP_MD_CTX *digest; /* of the message so far */
	int padding;        /* of RSA */
};

static void *signature_new(void *provider, const char *properties)
{
	struct provider_signing *s = calloc(1, sizeof(*s));

	(void)properties;
	if (!s)
		return NULL;
	s->provider = provider;
	s->padding = RSA_PKCS1_PADDING;
	return s;
}

static void signature_free(void *context)
{
	struct provider_signing *s = context;

	if (!s)
		return;
	provider_key_free(s->key);
	EVP_MD_free(s->hash);
	EVP_MD_CTX_free(s->digest);
	free(s);
}

static void *signature_dup(void *context)
{
	const struct provider_signing *s = context;
	struct provider_signing *copy = calloc(1, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->provider = s->provider;
	copy->padding = s->padding;
	if (s->key)
		copy->key = provider_key_ref(s->key);
	if (s->hash && EVP_MD_up_ref(s->hash) == 1)
		copy->hash = s->hash;
	if (s->digest) {
		copy->digest = EVP_MD_CTX_new();
		if (!copy->digest ||
			EVP_MD_CTX_copy_ex(copy->digest, s->digest) != 1) {
			signature_free(copy);
			return NULL;
		}
	}
	return copy;
}

/* --- parameters --- */

static int signature_refuse(const struct provider_signing *s, const char *what)
{
	provider_raise(s->provider, -EPROTONOSUPPORT, what);
	return 0;
}

static int signature_set_hash(struct provider_signing *s, const char *name)
{
	EVP_MD *hash = EVP_MD_fetch(s->provider->libctx, name, NULL);

	if (!hash)
		return 0;
	EVP_MD_free(s->hash);
	s->hash = hash;
	return 1;
}

static int signature_set_padding(
	struct provider_signing *s, const OSSL_PARAM *p)
{
	if (p->data_type == OSSL_PARAM_UTF8_STRING) {
		if (strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0)
			s->padding = RSA_PKCS1_PSS_PADDING;
		else if (strcmp(p->data, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0)
			s->padding = RSA_PKCS1_PADDING;
		else
			return 0;
		return 1;
	}
	return OSSL_PARAM_get_int(p, &s->padding) == 1 &&
		(s->padding == RSA_PKCS1_PSS_PADDING ||
			s->padding == RSA_PKCS1_PADDING);
}

/* The daemon salts as TLS wants it: as long as the digest. */
static int signature_check_salt(
	const struct provider_signing *s, const OSSL_PARAM *p)
{
	int length = 0;

	if (p->data_type == OSSL_PARAM_UTF8_STRING)
		return strcmp(p->data, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
	return OSSL_PARAM_get_int(p, &length) == 1 &&
		(length == RSA_PSS_SALTLEN_DIGEST ||
			(s->hash && length == EVP_MD_get_size(s->hash)));
}

static int signature_set_params(void *context, const OSSL_PARAM params[])
{
	struct provider_signing *s = context;
	const OSSL_PARAM *p = NULL;

	if (!params)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p &&
		(p->data_type != OSSL_PARAM_UTF8_STRING ||
			!signature_set_hash(s, p->data)))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p && !signature_set_padding(s, p))
		return signature_refuse(s, "RSA padding");
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return !p || signature_check_salt(s, p) ||
		signature_refuse(s, "length of the salt");
}

static const OSSL_PARAM *signature_settable(void *context, void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
		OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
		OSSL_PARAM_utf8_string(
			OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
		OSSL_PARAM_END,
	};

	(void)context;
	(void)provider;
	return list;
}

/* --- signing --- */

/* By the name of RFC 8446; of ECDSA only the hash counts in it. */
static bool signature_find_scheme(
	const struct provider_signing *s, char ret[PROVIDER_SCHEME_SIZE])
{
	static const struct {
		const char *hash;
		const char *ecdsa;
		const char *pkcs1;
		const char *pss;
	} rows[] = {
		{"SHA256", "ecdsa_secp256r1_sha256", "rsa_pkcs1_sha256",
			"rsa_pss_rsae_sha256"},
		{"SHA384", "ecdsa_secp384r1_sha384", "rsa_pkcs1_sha384",
			"rsa_pss_rsae_sha384"},
		{"SHA512", "ecdsa_secp521r1_sha512", "rsa_pkcs1_sha512",
			"rsa_pss_rsae_sha512"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *name = rows[i].ecdsa;

		if (!EVP_MD_is_a(s->hash, rows[i].hash))
			continue;
		if (strcmp(provider_key_type(s->key), "RSA") == 0)
			name = s->padding == RSA_PKCS1_PSS_PADDING
				? rows[i].pss
				: rows[i].pkcs1;
		(void)snprintf(ret, PROVIDER_SCHEME_SIZE, "%s", name);
		return true;
	}
	return false;
}

static int signature_init(void *context, void *key, const OSSL_PARAM params[])
{
	struct provider_signing *s = context;

	if (key) {
		provider_key_free(s->key);
		s->key = provider_key_ref(key);
	}
	return s->key && signature_set_params(s, params);
}

static bool signature_prepare_check(
	const struct provider_signing *s, EVP_PKEY_CTX *ctx)
{
	if (EVP_PKEY_verify_init(ctx) != 1 ||
		EVP_PKEY_CTX_set_signature_md(ctx, s->hash) != 1)
		return false;
	if (strcmp(provider_key_type(s->key), "RSA") != 0)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, s->padding) == 1 &&
		(s->padding != RSA_PKCS1_PSS_PADDING ||
			EVP_PKEY_CTX_set_rsa_pss_saltlen(
				ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* By the public key of the certificate that this key was read with: it is not
 * when the phone has another one since then. */
static bool signature_is_good(const struct provider_signing *s,
	const struct provider_digest *d, const unsigned char *signature,
	size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(
		s->provider->libctx, provider_key_public(s->key), NULL);
	bool good = false;

	ERR_set_mark();
	good = ctx && signature_prepare_check(s, ctx) &&
		EVP_PKEY_verify(ctx, signature, len, d->digest, d->len) == 1;
	ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	if (!good)
		provider_raise(s->provider, -ESTALE, d->scheme);
	return good;
}

static int signature_sign(void *context, unsigned char *signature, size_t *len,
	size_t room, const unsigned char *digest, size_t digest_len)
{
	const struct provider_signing *s = context;
	char scheme[PROVIDER_SCHEME_SIZE];
	const struct provider_digest d = {scheme, digest, digest_len};

	if (!s->key || !s->hash)
		return 0;
	if (!signature_find_scheme(s, scheme) ||
		digest_len != (size_t)EVP_MD_get_size(s->hash))
		return signature_refuse(s, EVP_MD_get0_name(s->hash));
	*len = (size_t)EVP_PKEY_get_size(provider_key_public(s->key));
	if (!signature)
		return 1;
	*len = room < *len ? room : *len;
	return provider_key_sign(s->key, &d, signature, len) &&
		signature_is_good(s, &d, signature, *len);
}

static int signature_digest_init(
	void *context, const char *hash, void *key, const OSSL_PARAM params[])
{
	struct provider_signing *s = context;

	if (!signature_set_hash(s, hash && *hash ? hash : "SHA256") ||
		!signature_init(s, key, params))
		return 0;
	EVP_MD_CTX_free(s->digest);
	s->digest = EVP_MD_CTX_new();
	return s->digest && EVP_DigestInit_ex2(s->digest, s->hash, params) == 1;
}

static int signature_digest_update(
	void *context, const unsigned char *data, size_t len)
{
	struct provider_signing *s = context;

	return s->digest && EVP_DigestUpdate(s->digest, data, len) == 1;
}

/* Without room it only says how long the signature may be. */
static int signature_digest_final(
	void *context, unsigned char *signature, size_t *len, size_t room)
{
	struct provider_signing *s = context;
	unsigned char digest[PROVIDER_DIGEST_SIZE];
	unsigned digest_len = 0;

	if (!s->digest || EVP_MD_get_size(s->hash) > PROVIDER_DIGEST_SIZE)
		return 0;
	if (!signature) {
		*len = (size_t)EVP_PKEY_get_size(provider_key_public(s->key));
		return 1;
	}
	return EVP_DigestFinal_ex(s->digest, digest, &digest_len) == 1 &&
		signature_sign(s, signature, len, room, digest, digest_len);
}

#define ENTRY(id, function)                                                    \
	{                                                                      \
		OSSL_FUNC_SIGNATURE_##id, (void (*)(void))(function)           \
	}
static const OSSL_DISPATCH functions[] = {
	ENTRY(NEWCTX, signature_new),
	ENTRY(FREECTX, signature_free),
	ENTRY(DUPCTX, signature_dup),
	ENTRY(SIGN_INIT, signature_init),
	ENTRY(SIGN, signature_sign),
	ENTRY(DIGEST_SIGN_INIT, signature_digest_init),
	ENTRY(DIGEST_SIGN_UPDATE, signature_digest_update),
	ENTRY(DIGEST_SIGN_FINAL, signature_digest_final),
	ENTRY(SET_CTX_PARAMS, signature_set_params),
	ENTRY(SETTABLE_CTX_PARAMS, signature_settable),
	{0, NULL},
};

const OSSL_ALGORITHM provider_signatures[] = {
	{"RSA:rsaEncryption:1.2.840.113549.1.1.1", PROVIDER_PROPERTIES,
		functions, "signing by the daemon"},
	{"ECDSA", PROVIDER_PROPERTIES, functions, "signing by the daemon"},
	{0},
};
