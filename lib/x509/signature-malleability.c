/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/signature-malleability.h"

#include <errno.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/objects.h>

#include "lib/base/der.h"
#include "lib/base/digest.h"
#include "lib/x509/openssl-errors.h"
#include "lib/x509/openssl-free.h"

/* Only one in 2^32 signatures has r and s so much shorter than the order. */
#define SHORTER_BITS 32
/* Of two integers of 521 bits, with heads of three bytes at most. */
#define SIGNATURE_MAX_BYTES (3 * 3 + 2 * 66)
/* Groups whose orders are near one number: three have 256 bits. */
#define MAX_GROUPS 3

const struct malleability_group malleability_groups[MALLEABILITY_MAX] = {
	{NID_secp224r1,
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD2945"
		"5C5C2A3D"},
	{NID_X9_62_prime256v1,
		"FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84"
		"F3B9CAC2FC632551"},
	{NID_secp256k1,
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03B"
		"BFD25E8CD0364141"},
	{NID_brainpoolP256r1,
		"A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7"
		"901E0E82974856A7"},
	{NID_secp384r1,
		"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
		"C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973"},
	{NID_brainpoolP384r1,
		"8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B3"
		"1F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565"},
	{NID_brainpoolP512r1,
		"AADD9DB8DBE9C48B3FD4E6AE33C9FC07CB308DB3B3C9D20E"
		"D6639CCA70330870553E5C414CA92619418661197FAC1047"
		"1DB1D381085DDADDB58796829CA90069"},
	{NID_secp521r1,
		"01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
		"FFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709"
		"A5D03BB5C9B8899C47AEBB6FB71E91386409"},
};

DEFINE_CLEANUP(ECDSA_SIG, ECDSA_SIG_free);
DEFINE_CLEANUP(BIGNUM, BN_free);

/* A certificate as it is written: what comes before the signature, and the
 * content of that. False when the bytes are anything else. */
static bool malleability_split(
	const struct bytes *der, struct span *ret_before, struct span *ret)
{
	struct span in = {.data = der->data, .len = der->len};
	struct der_item outer = {0};
	struct der_item tbs = {0};
	struct der_item algorithm = {0};
	struct der_item bits = {0};

	if (!der_take_tag(&in, DER_SEQUENCE, &outer))
		return false;
	in = outer.content;
	if (!der_take(&in, &tbs) || !der_take(&in, &algorithm) ||
		!der_take_tag(&in, DER_BIT_STRING, &bits) ||
		bits.content.len < 2)
		return false;
	ret_before->data = outer.content.data;
	ret_before->len = (size_t)(bits.whole.data - outer.content.data);
	/* Behind the number of unused bits. */
	ret->data = bits.content.data + 1;
	ret->len = bits.content.len - 1;
	return true;
}

/* The fingerprint of the certificate with this signature instead. */
static int malleability_digest_with(
	struct span before, struct span signature, uint8_t ret[SHA256_BYTES])
{
	CLEANUP(bytes_done) struct bytes der = {0};
	int r = der_make_with_bits(before, signature, &der);

	return r < 0 ? r : digest_sha256(der.data, der.len, ret);
}

/* May this be a signature by a key of that order? */
static bool malleability_fits(
	const BIGNUM *r, const BIGNUM *s, const BIGNUM *order)
{
	int bits = BN_num_bits(r) > BN_num_bits(s) ? BN_num_bits(r)
						   : BN_num_bits(s);

	return BN_cmp(r, order) < 0 && BN_cmp(s, order) < 0 &&
		bits + SHORTER_BITS > BN_num_bits(order);
}

/* (r, n - s) in DER. 1; 0 when it cannot be of this group; -ENOMEM. */
static int malleability_turn(const ECDSA_SIG *signature,
	const struct malleability_group *group, unsigned char **ret,
	size_t *ret_len)
{
	CLEANUP(ECDSA_SIG_free) ECDSA_SIG *turned = ECDSA_SIG_new();
	CLEANUP(BN_free) BIGNUM *order = NULL;
	CLEANUP(BN_free) BIGNUM *s = BN_new();
	CLEANUP(BN_free) BIGNUM *r = BN_dup(ECDSA_SIG_get0_r(signature));
	int len = 0;

	if (!BN_hex2bn(&order, group->order) || !turned || !s || !r)
		return -ENOMEM;
	if (!malleability_fits(r, ECDSA_SIG_get0_s(signature), order))
		return 0;
	if (!BN_sub(s, order, ECDSA_SIG_get0_s(signature)))
		return -ENOMEM;
	(void)ECDSA_SIG_set0(turned, TAKE_PTR(r), TAKE_PTR(s));
	len = i2d_ECDSA_SIG(turned, ret);
	if (len <= 0)
		return -ENOMEM;
	*ret_len = (size_t)len;
	return 1;
}

size_t malleability_bytes(const struct bytes *der)
{
	struct span before;
	struct span signature;

	if (!malleability_split(der, &before, &signature) ||
		signature.len > SIGNATURE_MAX_BYTES ||
		signature.data[0] != DER_SEQUENCE)
		return 0;
	return MAX_GROUPS * der->len;
}

int malleability_fingerprints(
	const struct bytes *der, uint8_t ret[MALLEABILITY_MAX][SHA256_BYTES])
{
	CLEANUP(ECDSA_SIG_free) ECDSA_SIG *signature = NULL;
	struct span before;
	struct span text;
	const unsigned char *p = NULL;
	int count = 0;

	if (!malleability_split(der, &before, &text))
		return 0;
	p = text.data;
	signature = d2i_ECDSA_SIG(NULL, &p, (long)text.len);
	openssl_clear_errors();
	for (size_t i = 0; signature && i < MALLEABILITY_MAX; i++) {
		CLEANUP(openssl_free) unsigned char *turned = NULL;
		size_t len = 0;
		int r = malleability_turn(
			signature, &malleability_groups[i], &turned, &len);

		if (r > 0)
			r = malleability_digest_with(before,
				(struct span){turned, len}, ret[count++]);
		if (r < 0)
			return r;
	}
	return count;
}
