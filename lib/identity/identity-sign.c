/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-sign.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

struct signature_scheme {
	const char *name;
	int key; /* EVP_PKEY_RSA, EVP_PKEY_EC */
	int padding;
	const EVP_MD *(*hash)(void);
};

static const struct signature_scheme schemes[] = {
	{"ecdsa_secp256r1_sha256", EVP_PKEY_EC, 0, EVP_sha256},
	{"ecdsa_secp384r1_sha384", EVP_PKEY_EC, 0, EVP_sha384},
	{"ecdsa_secp521r1_sha512", EVP_PKEY_EC, 0, EVP_sha512},
	{"rsa_pss_rsae_sha256", EVP_PKEY_RSA, RSA_PKCS1_PSS_PADDING,
		EVP_sha256},
	{"rsa_pss_rsae_sha384", EVP_PKEY_RSA, RSA_PKCS1_PSS_PADDING,
		EVP_sha384},
	{"rsa_pss_rsae_sha512", EVP_PKEY_RSA, RSA_PKCS1_PSS_PADDING,
		EVP_sha512},
	{"rsa_pkcs1_sha256", EVP_PKEY_RSA, RSA_PKCS1_PADDING, EVP_sha256},
	{"rsa_pkcs1_sha384", EVP_PKEY_RSA, RSA_PKCS1_PADDING, EVP_sha384},
	{"rsa_pkcs1_sha512", EVP_PKEY_RSA, RSA_PKCS1_PADDING, EVP_sha512},
};

static void sign_context_free_at_end(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static const struct signature_scheme *sign_find(
	const struct identity *i, const char *name)
{
	for (size_t n = 0; n < ARRAY_SIZE(schemes); n++)
		if (strcmp(schemes[n].name, name) == 0)
			return EVP_PKEY_is_a(i->key,
				       schemes[n].key == EVP_PKEY_RSA ? "RSA"
								      : "EC")
				? &schemes[n]
				: NULL;
	return NULL;
}

/* A salt as long as the digest (RFC 8446 4.2.3). */
static bool sign_prepare(EVP_PKEY_CTX *ctx, const struct signature_scheme *s)
{
	if (EVP_PKEY_sign_init(ctx) <= 0 ||
		EVP_PKEY_CTX_set_signature_md(ctx, s->hash()) <= 0)
		return false;
	if (s->key != EVP_PKEY_RSA)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, s->padding) > 0 &&
		(s->padding != RSA_PKCS1_PSS_PADDING ||
			EVP_PKEY_CTX_set_rsa_pss_saltlen(
				ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

static int sign_digest(
	EVP_PKEY_CTX *ctx, const void *digest, size_t len, struct bytes *ret)
{
	CLEANUP(bytes_done) struct bytes out = {0};
	size_t size = 0;

	if (EVP_PKEY_sign(ctx, NULL, &size, digest, len) <= 0)
		return -EIO;
	out.data = malloc(size);
	if (!out.data)
		return -ENOMEM;
	if (EVP_PKEY_sign(ctx, out.data, &size, digest, len) <= 0)
		return -EIO;
	out.len = size;
	*ret = TAKE_OBJECT(out);
	return 0;
}

int identity_sign(const struct identity *i, const char *scheme,
	const void *digest, size_t len, struct bytes *ret)
{
	__attribute__((cleanup(sign_context_free_at_end))) EVP_PKEY_CTX *ctx =
		NULL;
	const struct signature_scheme *s = sign_find(i, scheme);
	int r = 0;

	if (!s)
		return -EOPNOTSUPP;
	if (len != (size_t)EVP_MD_get_size(s->hash()))
		return -EINVAL;
	ctx = EVP_PKEY_CTX_new(i->key, NULL);
	if (!ctx)
		return -ENOMEM;
	r = sign_prepare(ctx, s) ? sign_digest(ctx, digest, len, ret) : -EIO;
	ERR_clear_error();
	return r;
}
