/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What OpenSSL 3.0 calls legacy keys are the only ones that it puts into a
 * certificate without encoding and decoding them again, and the functions that
 * make them for a curve are deprecated in it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "lib/x509/placed-key.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/x509/decoder-context.h"
#include "lib/x509/key-forms.h"
#include "lib/x509/openssl-errors.h"
#include "lib/x509/openssl-free.h"

/* The only version whose X509_set_pubkey() is known to leave the encoding of
 * what is signed alone. */
#define MAJOR 3
#define MINOR 0

/* OpenSSL's return nothing, which DEFINE_CLEANUP does not take. */
static void placed_point_free_at_end(EC_KEY **key)
{
	EC_KEY_free(*key);
}

static void placed_key_free_at_end(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void placed_context_free_at_end(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

/* --- what is made once --- */

/* Of each curve of key.h, without points: to copy. */
static struct placed_curve {
	unsigned bits;
	int nid;
	const char *name;
	EC_GROUP *group;
	EVP_PKEY *ready; /* in the context of signatures */
} curves[] = {
	{256, NID_X9_62_prime256v1, SN_X9_62_prime256v1, NULL, NULL},
	{384, NID_secp384r1, SN_secp384r1, NULL, NULL},
	{521, NID_secp521r1, SN_secp521r1, NULL, NULL},
};
/* No key at all, for the moment when OpenSSL encodes what it is given: that of
 * a point would take longer than everything else. */
static RSA *nothing;
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static bool made;

static EVP_PKEY *placed_make_ready(OSSL_LIB_CTX *where, const char *name)
{
	CLEANUP(placed_context_free)
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(where, "EC", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_utf8_string(
			OSSL_PKEY_PARAM_GROUP_NAME, (char *)name, 0),
		OSSL_PARAM_END,
	};

	if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
		EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEY_PARAMETERS,
			parameters) != 1)
		return NULL;
	return key;
}

static RSA *placed_make_nothing(void)
{
	RSA *key = RSA_new();
	BIGNUM *n = BN_new();
	BIGNUM *e = BN_new();

	if (key && n && e && BN_one(n) && BN_one(e) &&
		RSA_set0_key(key, n, e, NULL) == 1)
		return key;
	RSA_free(key);
	BN_free(n);
	BN_free(e);
	return NULL;
}

static bool placed_suits(void)
{
	return OPENSSL_version_major() == MAJOR &&
		OPENSSL_version_minor() == MINOR &&
		decoder_context_without_keys();
}

/* For curves: keys of RSA need nothing of it. */
static void placed_make(void)
{
	OSSL_LIB_CTX *where = placed_suits() ? decoder_context(KEY_EC) : NULL;
	bool good = true;

	if (!where)
		return;
	nothing = placed_make_nothing();
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		curves[i].group = EC_GROUP_new_by_curve_name_ex(
			where, NULL, curves[i].nid);
		curves[i].ready = placed_make_ready(where, curves[i].name);
		good = good && curves[i].group && curves[i].ready;
	}
	made = good && nothing;
	openssl_clear_errors();
}

static bool placed_curves_are_made(void)
{
	return CRYPTO_THREAD_run_once(&once, placed_make) == 1 && made;
}

static const struct placed_curve *placed_curve(unsigned bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (curves[i].bits == bits)
			return &curves[i];
	return NULL;
}

/* --- putting one in --- */

bool placed_key_is_for_here(struct span spki, const struct public_key *key)
{
	if (!key->used || !key_is_usual(spki))
		return false;
	return key->type == KEY_EC ? placed_curves_are_made()
				   : key->type == KEY_RSA && placed_suits();
}

/* What is in the bit string of the key; empty where it is not this one. */
static struct span placed_bits(const X509 *x, struct span spki)
{
	const unsigned char *bits = NULL;
	int len = 0;

	if (X509_PUBKEY_get0_param(
		    NULL, &bits, &len, NULL, X509_get_X509_PUBKEY(x)) != 1 ||
		len <= 0 || (size_t)len > spki.len ||
		memcmp(bits, spki.data + spki.len - len, (size_t)len) != 0)
		return (struct span){0};
	return (struct span){bits, (size_t)len};
}

/* Why OpenSSL made no key of them. */
static int placed_refused(void)
{
	bool no_memory =
		ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ||
		ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;

	return no_memory ? -ENOMEM : 0;
}

/* OpenSSL encodes it again, as it was. */
static int placed_put_rsa(X509 *x, struct span bits)
{
	CLEANUP(placed_key_free) EVP_PKEY *key = NULL;
	const unsigned char *p = bits.data;

	key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)bits.len);
	if (!key)
		return placed_refused();
	return X509_set_pubkey(x, key) == 1 ? 0 : -ENOMEM;
}

/* An empty key of the certificate's own becomes this one. */
static int placed_put_point(X509 *x, const struct placed_curve *curve,
	struct span bits, EC_KEY **point)
{
	CLEANUP(placed_key_free) EVP_PKEY *key = EVP_PKEY_new();
	CLEANUP(openssl_free)
	unsigned char *copy = OPENSSL_memdup(bits.data, bits.len);

	if (!key || !copy || EVP_PKEY_set1_RSA(key, nothing) != 1 ||
		X509_set_pubkey(x, key) != 1 ||
		EVP_PKEY_assign_EC_KEY(key, *point) != 1)
		return -ENOMEM;
	*point = NULL;
	if (X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x),
		    OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
		    OBJ_nid2obj(curve->nid), copy, (int)bits.len) != 1)
		return -ENOMEM;
	copy = NULL;
	return 0;
}

static int placed_put_ec(
	X509 *x, const struct placed_curve *curve, struct span bits)
{
	CLEANUP(placed_point_free)
	EC_KEY *point = EC_KEY_new_ex(decoder_context(KEY_EC), NULL);

	if (!point || EC_KEY_set_group(point, curve->group) != 1)
		return -ENOMEM;
	if (EC_KEY_oct2key(point, bits.data, bits.len, NULL) != 1)
		return placed_refused();
	return placed_put_point(x, curve, bits, &point);
}

int placed_key_put(X509 *x, struct span spki, const struct public_key *key)
{
	const struct placed_curve *curve = placed_curve(key->bits);
	struct span bits = placed_bits(x, spki);
	size_t len = bits.len;
	int r = 0;

	if (len == 0 || (key->type == KEY_EC && !curve))
		return 0;
	r = key->type == KEY_EC ? placed_put_ec(x, curve, bits)
				: placed_put_rsa(x, bits);
	if (r < 0)
		return r;
	/* What is not as it was is no key of this certificate. */
	return placed_bits(x, spki).len == len ? 0 : -ENOMEM;
}

/* --- checking signatures --- */

EVP_PKEY *placed_key_for_signatures(const X509 *x)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	const struct placed_curve *curve =
		key ? placed_curve((unsigned)EVP_PKEY_get_bits(key)) : NULL;
	CLEANUP(placed_key_free) EVP_PKEY *made_of_it = NULL;
	const unsigned char *bits = NULL;
	EVP_PKEY *taken = NULL;
	int len = 0;

	if (!curve || !placed_curves_are_made() ||
		EVP_PKEY_get0_provider(key) ==
			EVP_PKEY_get0_provider(curve->ready) ||
		X509_PUBKEY_get0_param(
			NULL, &bits, &len, NULL, X509_get_X509_PUBKEY(x)) != 1)
		return NULL;
	made_of_it = EVP_PKEY_dup(curve->ready);
	if (!made_of_it ||
		EVP_PKEY_set1_encoded_public_key(
			made_of_it, bits, (size_t)len) != 1)
		return NULL;
	taken = made_of_it;
	made_of_it = NULL;
	return taken;
}
