/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2d_X509() returns the bytes that were read, unless it is told to encode
 * again, which marks the object for good: so this decodes on its own. An X509
 * would decode the key as well, which costs more than all the rest, and encode
 * it from the bytes that were read; as it does with names. What has only values
 * that der_is_canonical() looks into is not taken apart here.
 */
#include "lib/x509/reencode.h"

#include <errno.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/x509/openssl-free.h"

struct reencode_key {
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *bits;
};

struct reencode_signed {
	ASN1_INTEGER *version;
	ASN1_INTEGER *serial;
	X509_ALGOR *algorithm;
	ASN1_TYPE *issuer;
	ASN1_TYPE *validity;
	ASN1_TYPE *subject;
	struct reencode_key *key;
	ASN1_BIT_STRING *issuer_id;
	ASN1_BIT_STRING *subject_id;
	ASN1_TYPE *extensions;
};

struct reencode {
	struct reencode_signed *body;
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
};

/* With a semicolon behind it, as linters expect. */
#define REENCODE_END(name)                                                     \
	static_ASN1_SEQUENCE_END_name(struct name, name) _Static_assert(       \
		true, "a declaration to end")

/* clang-format off */
ASN1_SEQUENCE(reencode_key) = {
	ASN1_SIMPLE(struct reencode_key, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct reencode_key, bits, ASN1_BIT_STRING),
} REENCODE_END(reencode_key);

ASN1_SEQUENCE(reencode_signed) = {
	ASN1_EXP_OPT(struct reencode_signed, version, ASN1_INTEGER, 0),
	ASN1_SIMPLE(struct reencode_signed, serial, ASN1_INTEGER),
	ASN1_SIMPLE(struct reencode_signed, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct reencode_signed, issuer, ASN1_ANY),
	ASN1_SIMPLE(struct reencode_signed, validity, ASN1_ANY),
	ASN1_SIMPLE(struct reencode_signed, subject, ASN1_ANY),
	ASN1_SIMPLE(struct reencode_signed, key, reencode_key),
	ASN1_IMP_OPT(struct reencode_signed, issuer_id, ASN1_BIT_STRING, 1),
	ASN1_IMP_OPT(struct reencode_signed, subject_id, ASN1_BIT_STRING, 2),
	ASN1_EXP_OPT(struct reencode_signed, extensions, ASN1_ANY, 3),
} REENCODE_END(reencode_signed);

ASN1_SEQUENCE(reencode) = {
	ASN1_SIMPLE(struct reencode, body, reencode_signed),
	ASN1_SIMPLE(struct reencode, algorithm, X509_ALGOR),
	ASN1_SIMPLE(struct reencode, signature, ASN1_BIT_STRING),
} REENCODE_END(reencode);
/* clang-format on */

int reencode_is_same(const struct bytes *der, bool *ret)
{
	const ASN1_ITEM *item = ASN1_ITEM_rptr(reencode);
	CLEANUP(openssl_free) unsigned char *again = NULL;
	const uint8_t *p = der->data;
	ASN1_VALUE *v = ASN1_item_d2i(NULL, &p, (long)der->len, item);
	int n = v ? ASN1_item_i2d(v, &again, item) : -1;

	ASN1_item_free(v, item);
	if (n <= 0)
		return -ENOMEM;
	*ret = (size_t)n == der->len && memcmp(again, der->data, der->len) == 0;
	return 0;
}
