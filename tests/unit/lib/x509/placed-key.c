/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/placed-key.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>

#include "lib/x509/certificate-parse.h"
#include "lib/x509/certificate.h"
#include "lib/x509/decoder-context.h"
#include "lib/x509/openssl-free.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

test_case_maker placed_key_tests;

/* OpenSSL's returns nothing, which DEFINE_CLEANUP does not take. */
static void x509_free_at_end(X509 **x)
{
	X509_free(*x);
}

/* --- certificates with any bytes as their key --- */

static void put_plain(struct bytes *to, struct span s)
{
	uint8_t *grown = realloc(to->data, to->len + s.len);

	if (!grown)
		abort();
	memcpy(grown + to->len, s.data, s.len);
	to->data = grown;
	to->len += s.len;
}

static void put(struct bytes *to, uint8_t tag, struct span content)
{
	uint8_t head[DER_HEAD_MAX_BYTES];
	size_t n = der_put_head(tag, content.len, head);

	put_plain(to, (struct span){head, n});
	put_plain(to, content);
}

static struct span span_of(const struct bytes *b)
{
	return (struct span){b->data, b->len};
}

static struct span spki_of(const struct bytes *der)
{
	struct skeleton o;

	ck_assert_int_eq(skeleton_read(der->data, der->len, &o), 0);
	return o.spki;
}

/* The same certificate with these bytes as its key. */
static struct bytes with_key(const struct bytes *like, struct span spki)
{
	CLEANUP(bytes_done) struct bytes tbs = {0};
	CLEANUP(bytes_done) struct bytes both = {0};
	struct bytes made = {0};
	struct span in = span_of(like);
	struct span old = spki_of(like);
	const uint8_t *behind = old.data + old.len;
	struct der_item outer;
	struct der_item body;

	ck_assert(der_take_tag(&in, DER_SEQUENCE, &outer));
	ck_assert(der_take_tag(&outer.content, DER_SEQUENCE, &body));
	put_plain(&tbs,
		(struct span){body.content.data,
			(size_t)(old.data - body.content.data)});
	put_plain(&tbs, spki);
	put_plain(&tbs,
		(struct span){behind,
			(size_t)(body.content.data + body.content.len -
				behind)});
	put(&both, DER_SEQUENCE, span_of(&tbs));
	put_plain(&both, outer.content);
	put(&made, DER_SEQUENCE, span_of(&both));
	return made;
}

/* --- both ways --- */

static void same_encoding(X509 *a, X509 *b)
{
	CLEANUP(openssl_free) unsigned char *one = NULL;
	CLEANUP(openssl_free) unsigned char *other = NULL;
	CLEANUP(openssl_free) unsigned char *key = NULL;
	CLEANUP(openssl_free) unsigned char *other_key = NULL;
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(a);
	const ASN1_BIT_STRING *other_bits = X509_get0_pubkey_bitstr(b);
	int n = i2d_X509(a, &one);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(i2d_X509(b, &other), n);
	ck_assert_mem_eq(one, other, (size_t)n);
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(a), &key);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(
		i2d_X509_PUBKEY(X509_get_X509_PUBKEY(b), &other_key), n);
	ck_assert_mem_eq(key, other_key, (size_t)n);
	ck_assert_int_eq(bits->length, other_bits->length);
	ck_assert_int_eq(bits->flags, other_bits->flags);
	ck_assert_mem_eq(bits->data, other_bits->data, (size_t)bits->length);
}

static void same_key(const X509 *a, const X509 *b)
{
	const EVP_PKEY *one = X509_get0_pubkey(a);
	const EVP_PKEY *other = X509_get0_pubkey(b);

	ck_assert_int_eq(one != NULL, other != NULL);
	if (!one)
		return;
	ck_assert_int_eq(EVP_PKEY_eq(one, other), 1);
	ck_assert_int_eq(EVP_PKEY_get_bits(one), EVP_PKEY_get_bits(other));
	ck_assert_int_eq(EVP_PKEY_get_id(one), EVP_PKEY_get_id(other));
	ck_assert_int_eq(EVP_PKEY_get_size(one), EVP_PKEY_get_size(other));
	ck_assert_int_eq(EVP_PKEY_get_security_bits(one),
		EVP_PKEY_get_security_bits(other));
}

/* What certificate_decode() says of it agrees with OpenSSL's decoders. */
static void same_verdict(
	const struct bytes *der, X509 *stock, const struct public_key *read)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_ACCEPTED;
	bool has = stock && X509_get0_pubkey(stock);

	ck_assert_int_eq(certificate_decode(der->data, der->len, &c, &why), 0);
	ck_assert_int_eq(c != NULL, stock != NULL);
	if (!c) {
		ck_assert_int_eq(why, VERDICT_MALFORMED);
		return;
	}
	ck_assert_int_eq(c->key.used, read->used && has);
	ck_assert_int_eq(certificate_judge_key(c, 0) == VERDICT_ACCEPTED,
		has && key_is_supported(read, 0) && !key_is_weak(read));
	if (c->key.used)
		same_encoding(c->x509, stock);
}

/* Was it put in? */
static bool decodes_alike(const struct bytes *der)
{
	CLEANUP(x509_free) X509 *stock = NULL;
	CLEANUP(x509_free) X509 *ours = NULL;
	const uint8_t *p = der->data;
	const uint8_t *end = NULL;
	struct skeleton o;
	struct public_key key;

	if (skeleton_read(der->data, der->len, &o) < 0)
		return false;
	key_read(o.spki, &key);
	if (!key.used)
		return false; /* neither way decodes it */
	stock = X509_new_ex(decoder_context(key.type), NULL);
	ck_assert_ptr_nonnull(stock);
	(void)d2i_X509(&stock, &p, (long)der->len);
	ERR_clear_error();
	ck_assert_int_eq(
		certificate_parse_x509(span_of(der), &o, &key, &ours, &end), 0);
	ERR_clear_error();
	ck_assert_int_eq(ours != NULL, stock != NULL);
	same_verdict(der, stock, &key);
	if (!ours)
		return false;
	ck_assert_ptr_eq(end, p);
	same_key(ours, stock);
	same_encoding(ours, stock);
	ERR_clear_error();
	return placed_key_is_for_here(o.spki, &key);
}

static const struct {
	enum pki_key key;
	enum pki_form form;
	bool placed;
} kinds[] = {
	{PKI_RSA_512, PKI_FORM_USUAL, true},
	{PKI_RSA_1024, PKI_FORM_USUAL, true},
	{PKI_RSA_2048, PKI_FORM_USUAL, true},
	{PKI_RSA_LONG_EXPONENT, PKI_FORM_USUAL, false},
	{PKI_RSA_16384, PKI_FORM_USUAL, true},
	{PKI_RSA_2048, PKI_FORM_WITHOUT_NULL, false},
	{PKI_RSA_2048, PKI_FORM_PSS, false},
	{PKI_P256, PKI_FORM_USUAL, true},
	{PKI_P384, PKI_FORM_USUAL, true},
	{PKI_P521, PKI_FORM_USUAL, true},
	{PKI_P256, PKI_FORM_COMPRESSED, false},
	{PKI_P521, PKI_FORM_COMPRESSED, false},
	{PKI_P256, PKI_FORM_HYBRID, false},
	{PKI_P256_SPELT_OUT, PKI_FORM_USUAL, false},
	{PKI_P192, PKI_FORM_USUAL, false},
	{PKI_BRAINPOOL, PKI_FORM_USUAL, false},
	{PKI_SECT571, PKI_FORM_USUAL, false},
	{PKI_DSA, PKI_FORM_USUAL, false},
	{PKI_ED25519, PKI_FORM_USUAL, false},
	{PKI_ED448, PKI_FORM_USUAL, false},
	{PKI_X25519, PKI_FORM_USUAL, false},
};

static const struct pki_cert *cert_of(int kind)
{
	return pki_make(&(struct pki_spec){.cn = "pbx",
				.key = kinds[kind].key,
				.form = kinds[kind].form},
		pki_root("Root"));
}

START_TEST(every_kind_decodes_as_with_the_decoders)
{
	bool placed = decodes_alike(&cert_of(_i)->der);

	ck_assert_int_eq(placed,
		kinds[_i].placed && OPENSSL_version_major() == 3 &&
			OPENSSL_version_minor() == 0);
}
END_TEST

/* Every byte of the key, each in several ways: points off their curve, numbers
 * that are negative, lengths in BER, other algorithms and parameters. */
START_TEST(every_damaged_key_decodes_as_with_the_decoders)
{
	static const uint8_t flips[] = {0x01, 0x80, 0xff};
	const struct pki_cert *cert = cert_of(_i);
	CLEANUP(bytes_done) struct bytes der = {0};
	struct span spki = spki_of(&cert->der);
	size_t at = (size_t)(spki.data - cert->der.data);
	size_t step = spki.len > 160 ? spki.len / 160 : 1;

	ck_assert_int_eq(bytes_copy(cert->der.data, cert->der.len, &der), 0);
	for (size_t i = 0; i < spki.len; i += i < 40 ? 1 : step)
		for (size_t f = 0; f < sizeof(flips); f++) {
			der.data[at + i] ^= flips[f];
			(void)decodes_alike(&der);
			der.data[at + i] ^= flips[f];
		}
}
END_TEST

#define RSA_WITH_NULL                                                          \
	"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"
#define OF_P256                                                                \
	"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce" \
	"\x3d\x03\x01\x07"
#define ROW(algorithm, bits)                                                   \
	{                                                                      \
		{(const uint8_t *)(algorithm), sizeof(algorithm) - 1},         \
		{                                                              \
			(const uint8_t *)(bits), sizeof(bits) - 1              \
		}                                                              \
	}
#define ZEROES_32                                                              \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ONES_16                                                                \
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

/* The bit string with its count of unused bits. */
static const struct {
	struct span algorithm;
	struct span bits;
} odd[] = {
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\x00\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\xff\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\x03\x02\x01\x80"),
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\x04\x02\x01\x02"),
	ROW(RSA_WITH_NULL, "\0\x30\x07\x02\x02\x00\x03\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x81\x06\x02\x01\x03\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x80\x02\x01\x03\x02\x01\x03\0\0"),
	ROW(RSA_WITH_NULL, "\0\x30\x09\x02\x01\x03\x02\x01\x03\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0\x30\x06\x02\x01\x03\x02\x01\x03\0"),
	ROW(RSA_WITH_NULL, "\1\x30\x06\x02\x01\x03\x02\x01\x02"),
	ROW(RSA_WITH_NULL, "\0\x30\x03\x02\x01\x03"),
	ROW(RSA_WITH_NULL, "\0"),
	ROW(RSA_WITH_NULL, ""),
	ROW("\x30\x0e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x81\x00",
		"\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x05"
	    "\x00",
		"\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW("\x30\x0e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x02\x01\x01",
		"\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00",
		"\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00",
		"\0\x30\x06\x02\x01\x03\x02\x01\x03"),
	ROW(OF_P256, "\0\0"),
	ROW(OF_P256, "\0\4" ZEROES_32 ZEROES_32),
	ROW(OF_P256, "\0\4" ONES_16 ONES_16 ONES_16 ONES_16),
	ROW(OF_P256, "\0\2" ZEROES_32),
	ROW(OF_P256, "\0\3" ONES_16 ONES_16),
	ROW(OF_P256, "\0\4" ZEROES_32 ZEROES_32 "\0"),
	ROW(OF_P256, "\0\4" ZEROES_32),
	ROW("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
		"\0\4" ZEROES_32 ZEROES_32),
	ROW("\x30\x0b\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x05\x00",
		"\0\4" ZEROES_32 ZEROES_32),
};

START_TEST(odd_keys_decode_as_with_the_decoders)
{
	CLEANUP(bytes_done) struct bytes content = {0};
	CLEANUP(bytes_done) struct bytes spki = {0};
	CLEANUP(bytes_done) struct bytes der = {0};

	put_plain(&content, odd[_i].algorithm);
	put(&content, DER_BIT_STRING, odd[_i].bits);
	put(&spki, DER_SEQUENCE, span_of(&content));
	der = with_key(&pki_root("Root")->der, span_of(&spki));
	(void)decodes_alike(&der);
}
END_TEST

/* The rest of what is signed stays as it was read, even in BER. */
START_TEST(what_is_signed_keeps_its_bytes)
{
	CLEANUP(bytes_done) struct bytes tbs = {0};
	CLEANUP(bytes_done) struct bytes both = {0};
	CLEANUP(bytes_done) struct bytes der = {0};
	static const uint8_t version[] = {0xa0, 3, 2, 1, 2};
	static const uint8_t longer[] = {0xa0, 0x81, 3, 2, 1, 2};
	struct span in = span_of(&cert_of(_i)->der);
	struct der_item outer;
	struct der_item body;

	ck_assert(der_take_tag(&in, DER_SEQUENCE, &outer));
	ck_assert(der_take_tag(&outer.content, DER_SEQUENCE, &body));
	ck_assert_mem_eq(body.content.data, version, sizeof(version));
	put_plain(&tbs, (struct span){longer, sizeof(longer)});
	put_plain(&tbs,
		(struct span){body.content.data + sizeof(version),
			body.content.len - sizeof(version)});
	put(&both, DER_SEQUENCE, span_of(&tbs));
	put_plain(&both, outer.content);
	put(&der, DER_SEQUENCE, span_of(&both));
	ck_assert_int_eq(decodes_alike(&der),
		kinds[_i].placed && OPENSSL_version_minor() == 0);
}
END_TEST

/* --- signatures --- */

START_TEST(key_for_signatures_is_made_once)
{
	const struct pki_cert *ca = pki_make(&(struct pki_spec){.cn = "Root",
						     .ca = true,
						     .key = kinds[_i].key,
						     .form = kinds[_i].form},
		NULL);
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_ACCEPTED;
	const EVP_PKEY *key = NULL;

	ck_assert_int_eq(
		certificate_decode(ca->der.data, ca->der.len, &c, &why), 0);
	ck_assert_ptr_null(c->verifying);
	ck_assert(certificate_is_signed_by(c, c));
	key = c->verifying;
	ck_assert(certificate_is_signed_by(c, c));
	ck_assert_ptr_eq(c->verifying, key);
	/* RSA is handed on for nothing, and the decoders' keys are there. */
	ck_assert_int_eq(key != NULL,
		kinds[_i].placed && c->key.type == KEY_EC &&
			OPENSSL_version_minor() == 0);
	if (!key)
		return;
	ck_assert_int_eq(EVP_PKEY_eq(key, ca->key), 1);
	ck_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)),
		"certprov-decoder");
}
END_TEST

TCase *placed_key_tests(void)
{
	TCase *tc = tcase_create("placed-key");
	const int all = ARRAY_SIZE(kinds);

	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(
		tc, every_kind_decodes_as_with_the_decoders, 0, all);
	tcase_add_loop_test(
		tc, every_damaged_key_decodes_as_with_the_decoders, 0, all);
	tcase_add_loop_test(
		tc, odd_keys_decode_as_with_the_decoders, 0, ARRAY_SIZE(odd));
	tcase_add_loop_test(tc, what_is_signed_keeps_its_bytes, 1, 3);
	tcase_add_loop_test(tc, what_is_signed_keeps_its_bytes, 7, 10);
	tcase_add_loop_test(tc, key_for_signatures_is_made_once, 1, 3);
	tcase_add_loop_test(tc, key_for_signatures_is_made_once, 7, 12);
	tcase_set_timeout(tc, 120);
	return tc;
}
