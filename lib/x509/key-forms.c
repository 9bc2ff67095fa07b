/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/key-forms.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/digest.h"
#include "lib/base/macros.h"

/* The first byte of a point, SEC 1 2.3.3; the last bit of the first and third
 * is that of y. */
enum point {
	POINT_COMPRESSED = 2,
	POINT_UNCOMPRESSED = 4,
	POINT_HYBRID = 6,
};

DEFINE_CLEANUP(BIGNUM, BN_free);

static const uint8_t ec_oid[] = {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01};
#define RSA_OID_UPTO_LAST 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1
static const uint8_t rsa_usual[] = {0x30, 0x0d, RSA_OID_UPTO_LAST, 1, 5, 0};
static const uint8_t rsa_without_null[] = {0x30, 0x0b, RSA_OID_UPTO_LAST, 1};
static const uint8_t rsa_pss[] = {0x30, 0x0b, RSA_OID_UPTO_LAST, 10};

/* A SubjectPublicKeyInfo taken apart. */
struct key_form {
	struct span algorithm; /* whole */
	struct span oid;
	struct span bits; /* without the count of unused ones */
};

static bool key_take_apart(struct span spki, struct key_form *ret)
{
	struct der_item item;
	struct der_item algorithm;
	struct der_item bits;

	if (!der_take_tag(&spki, DER_SEQUENCE, &item))
		return false;
	spki = item.content;
	if (!der_take_tag(&spki, DER_SEQUENCE, &algorithm) ||
		!der_take_tag(&spki, DER_BIT_STRING, &bits) ||
		bits.content.len < 2)
		return false;
	ret->algorithm = algorithm.whole;
	if (!der_take_tag(&algorithm.content, DER_OID, &item))
		return false;
	ret->oid = item.content;
	ret->bits = (struct span){bits.content.data + 1, bits.content.len - 1};
	return true;
}

static bool key_is_bytes(struct span s, const void *bytes, size_t len)
{
	return s.len == len && memcmp(s.data, bytes, len) == 0;
}

static int key_digest_of(
	struct span algorithm, struct span bits, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(bytes_done) struct bytes spki = {0};
	int r = der_make_with_bits(algorithm, bits, &spki);

	return r < 0 ? r : digest_sha256(spki.data, spki.len, ret);
}

static int key_get_number(const EVP_PKEY *key, const char *name, BIGNUM **ret)
{
	return EVP_PKEY_get_bn_param(key, name, ret) == 1 ? 0 : -EIO;
}

/* --- elliptic curves --- */

static bool key_has_both(const struct key_form *p)
{
	return p->bits.data[0] >= POINT_UNCOMPRESSED;
}

/* The coordinates; the caller sets the first byte. */
static int key_make_point(
	const struct key_form *p, const EVP_PKEY *key, size_t len, uint8_t *ret)
{
	CLEANUP(BN_free) BIGNUM *x = NULL;
	CLEANUP(BN_free) BIGNUM *y = NULL;
	int r = 0;

	if (key_has_both(p)) {
		memcpy(ret + 1, p->bits.data + 1, 2 * len);
		return 0;
	}
	r = key_get_number(key, OSSL_PKEY_PARAM_EC_PUB_X, &x);
	if (r == 0)
		r = key_get_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y);
	if (r < 0)
		return r;
	return BN_bn2binpad(x, ret + 1, (int)len) < 0 ||
			BN_bn2binpad(y, ret + 1 + len, (int)len) < 0
		? -EIO
		: 0;
}

static int key_ec_fingerprints(const struct key_form *p, const EVP_PKEY *key,
	uint8_t (*ret)[SHA256_BYTES], int max)
{
	static const enum point forms[KEY_FORMS_MAX] = {
		POINT_UNCOMPRESSED, POINT_COMPRESSED, POINT_HYBRID};
	size_t len = (p->bits.len - 1) / (key_has_both(p) ? 2 : 1);
	CLEANUP(free) uint8_t *point = malloc(1 + 2 * len);
	int r = point ? key_make_point(p, key, len, point) : -ENOMEM;

	for (int i = 0; r == 0 && i < max; i++) {
		bool half = forms[i] == POINT_COMPRESSED;
		bool has_sign = forms[i] != POINT_UNCOMPRESSED;

		point[0] = (uint8_t)(forms[i] +
			(has_sign ? point[2 * len] & 1 : 0));
		r = key_digest_of(p->algorithm,
			(struct span){point, 1 + len * (half ? 1 : 2)}, ret[i]);
	}
	return r < 0 ? r : max;
}

/* --- RSA --- */

/* Positive, so a zero byte before a first bit that is set. */
static size_t key_put_integer(const BIGNUM *n, uint8_t *to)
{
	size_t len = (size_t)BN_num_bits(n) / 8 + 1;
	size_t at = der_put_head(DER_INTEGER, len, to);

	(void)BN_bn2binpad(n, to + at, (int)len);
	return at + len;
}

/* RSAPublicKey of RFC 8017 A.1.1. */
static int key_make_rsa(const EVP_PKEY *key, struct bytes *ret)
{
	CLEANUP(BN_free) BIGNUM *n = NULL;
	CLEANUP(BN_free) BIGNUM *e = NULL;
	CLEANUP(free) uint8_t *numbers = NULL;
	size_t len = 0;
	int r = key_get_number(key, OSSL_PKEY_PARAM_RSA_N, &n);

	if (r == 0)
		r = key_get_number(key, OSSL_PKEY_PARAM_RSA_E, &e);
	if (r < 0)
		return r;
	len = (size_t)(BN_num_bytes(n) + BN_num_bytes(e)) + 2 +
		2 * DER_HEAD_MAX_BYTES;
	numbers = malloc(len);
	ret->data = malloc(len + DER_HEAD_MAX_BYTES);
	if (!numbers || !ret->data)
		return -ENOMEM;
	len = key_put_integer(n, numbers);
	len += key_put_integer(e, numbers + len);
	ret->len = der_put_head(DER_SEQUENCE, len, ret->data);
	memcpy(ret->data + ret->len, numbers, len);
	ret->len += len;
	return 0;
}

static int key_rsa_fingerprints(
	const EVP_PKEY *key, uint8_t (*ret)[SHA256_BYTES], int max)
{
	static const struct span forms[KEY_FORMS_MAX] = {
		{rsa_usual, sizeof(rsa_usual)},
		{rsa_without_null, sizeof(rsa_without_null)},
		{rsa_pss, sizeof(rsa_pss)},
	};
	CLEANUP(bytes_done) struct bytes numbers = {0};
	int r = key_make_rsa(key, &numbers);

	for (int i = 0; r == 0 && i < max; i++)
		r = key_digest_of(forms[i],
			(struct span){numbers.data, numbers.len}, ret[i]);
	return r < 0 ? r : max;
}

/* --- any --- */

/* The point at infinity has no coordinates. Of a compressed point the decoded
 * key gives the other coordinate. */
static bool key_has_coordinates(const struct key_form *p, const EVP_PKEY *key)
{
	if (!key_is_bytes(p->oid, ec_oid, sizeof(ec_oid)) || p->bits.len < 3 ||
		p->bits.data[0] < POINT_COMPRESSED ||
		p->bits.data[0] > POINT_HYBRID + 1)
		return false;
	return key_has_both(p)
		? p->bits.len % 2 == 1
		: key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
}

/* Up to max of them. */
static int key_forms_fingerprints(struct span spki, const EVP_PKEY *key,
	uint8_t (*ret)[SHA256_BYTES], int max)
{
	struct key_form p = {0};
	int id = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	int r = 0;

	if (key_take_apart(spki, &p) && key_has_coordinates(&p, key))
		return key_ec_fingerprints(&p, key, ret, max);
	if (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS)
		return key_rsa_fingerprints(key, ret, max);
	r = digest_sha256(spki.data, spki.len, ret[0]);
	return r < 0 ? r : 1;
}

bool key_is_usual(struct span spki)
{
	struct key_form p = {0};

	if (!key_take_apart(spki, &p) || !der_is_canonical(spki.data, spki.len))
		return false;
	if (key_is_bytes(p.oid, ec_oid, sizeof(ec_oid)))
		return p.bits.data[0] == POINT_UNCOMPRESSED;
	return key_is_bytes(p.algorithm, rsa_usual, sizeof(rsa_usual)) &&
		der_is_canonical(p.bits.data, p.bits.len);
}

int key_fingerprint(struct span spki, const uint8_t digest[SHA256_BYTES],
	const EVP_PKEY *key, uint8_t ret[SHA256_BYTES])
{
	uint8_t one[1][SHA256_BYTES];
	int r = 0;

	if (key_is_usual(spki)) {
		memcpy(ret, digest, SHA256_BYTES);
		return 0;
	}
	r = key_forms_fingerprints(spki, key, one, 1);
	if (r < 0)
		return r;
	memcpy(ret, one[0], SHA256_BYTES);
	return 0;
}

int key_fingerprints(struct span spki, const EVP_PKEY *key,
	uint8_t ret[KEY_FORMS_MAX][SHA256_BYTES])
{
	return key_forms_fingerprints(spki, key, ret, KEY_FORMS_MAX);
}
