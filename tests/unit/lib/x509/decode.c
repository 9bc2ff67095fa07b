/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/decode.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/x509/decode-hint.h"
#include "tests/unit/lib/x509/made.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define SERVER                                                                 \
	(&(struct made){.common_name = "pbx.example.com",                      \
		.extensions = {{"basicConstraints", "critical,CA:FALSE"}}})

static void assert_refused(const void *data, size_t len, enum verdict verdict,
	const char *what, const char *convert)
{
	struct certificate *c = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	ck_assert_int_eq(decode_der(data, len, &c, &refusal), 0);
	ck_assert_ptr_null(c);
	ck_assert_str_eq(verdict_name(refusal.verdict), verdict_name(verdict));
	if (what)
		ck_assert_msg(refusal.what && strstr(refusal.what, what),
			"%s instead of %s", refusal.what, what);
	if (convert)
		ck_assert_msg(
			refusal.convert && strstr(refusal.convert, convert),
			"%s instead of %s", refusal.convert, convert);
	else if (verdict == VERDICT_NOT_DER)
		ck_assert_ptr_null(refusal.convert);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}

START_TEST(exactly_one_der_certificate_is_let_in)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(certificate_free) struct certificate *c = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	unsigned char *again = NULL;

	make_der(SERVER, &der);
	ck_assert_int_eq(decode_der(der.data, der.len, &c, &refusal), 0);
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(certificate_subject(c), "CN=pbx.example.com");
	ck_assert_mem_eq(c->der.data, der.data, der.len);
	/* Looking at it strictly must not have changed what is kept. */
	ck_assert_int_eq(i2d_X509(c->x509, &again), (int)der.len);
	ck_assert_mem_eq(again, der.data, der.len);
	OPENSSL_free(again);
	ck_assert(certificate_is_signed_by(c, c));
}
END_TEST

struct joined {
	uint8_t data[4096];
	size_t len;
};

static void append(struct joined *j, const void *data, size_t len)
{
	ck_assert_uint_le(len, sizeof(j->data) - j->len);
	memcpy(j->data + j->len, data, len);
	j->len += len;
}

START_TEST(anything_behind_the_certificate_is_refused)
{
	CLEANUP(bytes_done) struct bytes one = {0};
	struct joined der = {.len = 0};

	make_der(SERVER, &one);
	append(&der, one.data, one.len);
	append(&der, "\n", 1);
	assert_refused(der.data, der.len, VERDICT_TRAILING_DATA,
		"more bytes follow its end", "openssl x509 -inform DER");
	der.len--;
	append(&der, one.data, one.len);
	assert_refused(der.data, der.len, VERDICT_TRAILING_DATA,
		"another certificate", "openssl x509 -inform DER");
}
END_TEST

START_TEST(trust_settings_of_openssl_are_named)
{
	X509 *x509 = make_x509(SERVER, NULL);
	unsigned char *der = NULL;
	int n = 0;

	ck_assert_int_eq(
		X509_add1_trust_object(x509, OBJ_nid2obj(NID_server_auth)), 1);
	n = i2d_X509_AUX(x509, &der);
	X509_free(x509);
	ck_assert_int_gt(n, 0);
	assert_refused(der, (size_t)n, VERDICT_TRAILING_DATA,
		"TRUSTED CERTIFICATE", "openssl x509 -inform DER");
	OPENSSL_free(der);
}
END_TEST

START_TEST(certificate_cut_short_is_malformed)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	make_der(SERVER, &der);
	assert_refused(
		der.data, der.len - 1, VERDICT_MALFORMED, "cut short", NULL);
	assert_refused(der.data, 2, VERDICT_MALFORMED, "cut short", NULL);
	assert_refused("\x30\x03\x02\x01\x05", 5, VERDICT_MALFORMED,
		"does not have the parts of a certificate", NULL);
}
END_TEST

START_TEST(ber_is_not_der_although_openssl_takes_it)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	struct joined ber = {.len = 0};
	const uint8_t *p = NULL;
	X509 *x509 = NULL;

	make_der(SERVER, &der);
	ck_assert_uint_eq(der.data[1], 0x82);
	append(&ber, "\x30\x80", 2);
	append(&ber, der.data + 4, der.len - 4);
	append(&ber, "\0\0", 2);
	p = ber.data;
	x509 = d2i_X509(NULL, &p, (long)ber.len);
	ck_assert_ptr_nonnull(x509);
	X509_free(x509);
	assert_refused(ber.data, ber.len, VERDICT_NOT_CANONICAL, NULL, NULL);
}
END_TEST

/* Change bytes of a fresh certificate; both are as long as each other. */
static void assert_changed_is(const char *from, const char *to, size_t len,
	enum verdict verdict, const char *what)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	uint8_t *p = NULL;

	make_der(SERVER, &der);
	p = memmem(der.data, der.len, from, len);
	ck_assert_ptr_nonnull(p);
	memcpy(p, to, len);
	assert_refused(der.data, der.len, verdict, what, NULL);
}

START_TEST(one_wrong_byte_within_is_found)
{
	/* critical TRUE as 01 */
	assert_changed_is("\x01\x01\xff\x04\x02\x30\x00",
		"\x01\x01\x01\x04\x02\x30\x00", 7, VERDICT_NOT_CANONICAL, NULL);
	/* basicConstraints that are no sequence */
	assert_changed_is("\x01\x01\xff\x04\x02\x30\x00",
		"\x01\x01\xff\x04\x02\x05\x00", 7, VERDICT_INVALID_EXTENSION,
		NULL);
	assert_changed_is("20500101000000Z", "20501301000000Z", 15,
		VERDICT_MALFORMED, "dates");
}
END_TEST

START_TEST(default_that_is_spelt_out_is_let_in)
{
	static const char critical[] = "\x01\x01\xff\x04\x02\x30\x00";
	CLEANUP(bytes_done) struct bytes der = {0};
	CLEANUP(certificate_free) struct certificate *c = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	uint8_t *p = NULL;

	make_der(SERVER, &der);
	p = memmem(der.data, der.len, critical, sizeof(critical) - 1);
	ck_assert_ptr_nonnull(p);
	p[2] = 0x00;
	ck_assert_int_eq(decode_der(der.data, der.len, &c, &refusal), 0);
	ck_assert_ptr_nonnull(c);
}
END_TEST

START_TEST(one_byte_too_many_is_too_large)
{
	CLEANUP(free) uint8_t *big = calloc(1, CERTIFICATE_MAX_BYTES + 1);

	ck_assert_ptr_nonnull(big);
	assert_refused(big, CERTIFICATE_MAX_BYTES + 1, VERDICT_TOO_LARGE,
		"65,536", NULL);
	assert_refused(big, CERTIFICATE_MAX_BYTES, VERDICT_NOT_DER, NULL, NULL);
}
END_TEST

/* --- what else people publish --- */

struct other {
	const char *data;
	size_t len; /* 0: a string */
	const char *what;
	const char *convert;
};

#define X64 "MIIBszCCAVmgAwIBAgIUZ0l2c0Zk0000000000000000000000000000000000000"

static const struct other others[] = {
	{"", 0, "empty file", NULL},
	{"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n", 0,
		"a PEM file", "openssl x509 -in FILE -outform DER"},
	{"Bag Attributes\n-----BEGIN CERTIFICATE-----\n", 0, "a PEM file",
		"openssl x509 -in FILE"},
	{"-----BEGIN TRUSTED CERTIFICATE-----\n", 0, "trust settings",
		"openssl x509 -in FILE"},
	{"-----BEGIN PKCS7-----\n", 0, "PKCS#7",
		"openssl pkcs7 -inform PEM -in FILE -print_certs"},
	{"-----BEGIN CMS-----\n", 0, "PKCS#7", "openssl pkcs7 -inform PEM"},
	{"-----BEGIN NEW CERTIFICATE REQUEST-----\n", 0, "request", NULL},
	{"-----BEGIN X509 CRL-----\n", 0, "revocation list", NULL},
	{"-----BEGIN PUBLIC KEY-----\n", 0, "public key", NULL},
	{"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"
	 "-----BEGIN EC PRIVATE"
	 " KEY-----\n",
		0, "private key", NULL},
	{"-----BEGIN RSA PRIVATE"
	 " KEY-----\n-----BEGIN CERTIFICATE-----\n",
		0, "private key", NULL},
	{"-----BEGIN DH PARAMETERS-----\n", 0, "without a certificate", NULL},
	{"<!DOCTYPE HTML><html>", 0, "a web page", NULL},
	{"\xef\xbb\xbf\n <HTML lang=en>", 0, "a web page", NULL},
	{"<?xml version='1.0'?><settings/>", 0, "an XML document", NULL},
	{"<settings>", 0, "an XML document", NULL},
	{"\x1f\x8b\x08\x00", 4, "gzip", "gzip -dc"},
	{"PK\x03\x04", 4, "zip", "unzip"},
	{"\xfe\xed\xfe\xed\0\0", 6, "Java", "keytool -exportcert"},
	{"\xff\xfe<\0", 4, "UTF-16", NULL},
	{X64 "\n" X64 "\n", 0, "base64", "openssl base64 -d"},
	{"Not found", 0, NULL, NULL},
};

START_TEST(what_is_published_instead_is_named_with_the_cure)
{
	const struct other *o = &others[_i];

	assert_refused(o->data, o->len ? o->len : strlen(o->data),
		VERDICT_NOT_DER, o->what, o->convert);
}
END_TEST

typedef int encoder(const void *object, unsigned char **out);

static void assert_encoded_is(encoder *encode, const void *object,
	const char *what, const char *convert)
{
	unsigned char *der = NULL;
	int n = encode(object, &der);

	ck_assert_int_gt(n, 0);
	assert_refused(der, (size_t)n, VERDICT_NOT_DER, what, convert);
	OPENSSL_free(der);
}

static int encode_private(const void *key, unsigned char **out)
{
	return i2d_PrivateKey(key, out);
}

static int encode_pkcs8(const void *key, unsigned char **out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	int n = i2d_PKCS8_PRIV_KEY_INFO(info, out);

	PKCS8_PRIV_KEY_INFO_free(info);
	return n;
}

static int encode_encrypted(const void *key, unsigned char **out)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	X509_SIG *sig =
		PKCS8_encrypt(-1, EVP_aes_128_cbc(), "x", 1, NULL, 0, 1, info);
	int n = i2d_X509_SIG(sig, out);

	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(info);
	return n;
}

static int encode_public(const void *key, unsigned char **out)
{
	return i2d_PUBKEY(key, out);
}

START_TEST(keys_in_der_are_named_as_lost)
{
	static const char *const types[] = {"EC", "RSA", "ED25519"};
	EVP_PKEY *key = NULL;

	X509_free(make_x509(&(struct made){.key = types[_i]}, &key));
	assert_encoded_is(encode_private, key, "has to be replaced", NULL);
	assert_encoded_is(encode_pkcs8, key, "has to be replaced", NULL);
	assert_encoded_is(encode_encrypted, key, "has to be replaced", NULL);
	assert_encoded_is(encode_public, key, "a public key", NULL);
	EVP_PKEY_free(key);
}
END_TEST

static int encode_request(const void *object, unsigned char **out)
{
	return i2d_X509_REQ(object, out);
}

static int encode_crl(const void *object, unsigned char **out)
{
	return i2d_X509_CRL(object, out);
}

static int encode_pkcs7(const void *object, unsigned char **out)
{
	return i2d_PKCS7(object, out);
}

static int encode_pkcs12(const void *object, unsigned char **out)
{
	return i2d_PKCS12(object, out);
}

static X509_CRL *make_crl(X509 *x509, EVP_PKEY *key)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = ASN1_TIME_new();

	ck_assert(crl && now);
	pki_set_time(now, PKI_NOW);
	ck_assert_int_eq(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
	ck_assert_int_eq(
		X509_CRL_set_issuer_name(crl, X509_get_subject_name(x509)), 1);
	ck_assert_int_eq(X509_CRL_set1_lastUpdate(crl, now), 1);
	ck_assert_int_gt(X509_CRL_sign(crl, key, EVP_sha256()), 0);
	ASN1_TIME_free(now);
	return crl;
}

static PKCS7 *make_pkcs7(X509 *x509)
{
	PKCS7 *p7 = PKCS7_new();

	ck_assert_ptr_nonnull(p7);
	ck_assert_int_eq(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
	ck_assert_int_eq(PKCS7_content_new(p7, NID_pkcs7_data), 1);
	ck_assert_int_eq(PKCS7_add_certificate(p7, x509), 1);
	return p7;
}

START_TEST(containers_in_der_are_named_with_the_cure)
{
	EVP_PKEY *key = NULL;
	X509 *x509 = make_x509(SERVER, &key);
	X509_REQ *request = X509_to_X509_REQ(x509, key, EVP_sha256());
	X509_CRL *crl = make_crl(x509, key);
	PKCS7 *p7 = make_pkcs7(x509);
	PKCS12 *p12 = PKCS12_create("x", "n", key, x509, NULL, 0, 0, 1, 1, 0);

	ck_assert(request && p12);
	assert_encoded_is(encode_request, request, "request", NULL);
	assert_encoded_is(encode_crl, crl, "revocation list", NULL);
	assert_encoded_is(encode_pkcs7, p7, "PKCS#7",
		"openssl pkcs7 -inform DER -in FILE -print_certs");
	assert_encoded_is(encode_pkcs12, p12, "PKCS#12",
		"openssl pkcs12 -in FILE -nokeys");
	X509_REQ_free(request);
	X509_CRL_free(crl);
	PKCS7_free(p7);
	PKCS12_free(p12);
	X509_free(x509);
	EVP_PKEY_free(key);
}
END_TEST

/* --- base64 --- */

static void assert_decoded(const char *text, const char *expected)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	struct decode_refusal refusal;

	ck_assert_int_eq(decode_base64(text, strlen(text), &b, &refusal), 0);
	ck_assert_ptr_nonnull(b.data);
	ck_assert_uint_eq(b.len, strlen(expected));
	ck_assert_mem_eq(b.data, expected, b.len);
}

START_TEST(base64_with_any_white_space_is_decoded)
{
	assert_decoded("TWFu", "Man");
	assert_decoded("TWE=", "Ma");
	assert_decoded("TQ==", "M");
	assert_decoded(" \t\r\n\v\fT\nW\tF u\r\n", "Man");
	assert_decoded("TQ=\n=", "M");
	assert_decoded("+/+/", "\xfb\xff\xbf");
}
END_TEST

static const struct other not_base64[] = {
	{"", 0, "nothing", NULL},
	{" \r\n", 0, "nothing", NULL},
	{"TWF", 0, "lacks characters", NULL},
	{"TWE", 0, "lacks characters", NULL},
	{"T", 0, "lacks characters", NULL},
	{"TWFuTWE", 0, "padding", NULL},
	{"TQ=", 0, "padding", NULL},
	{"TQ===", 0, "padding in the middle", NULL},
	{"====", 0, "padding", NULL},
	{"=", 0, NULL, NULL},
	{"TQ==TWFu", 0, "padding in the middle", NULL},
	{"TWF1=", 0, NULL, NULL},
	{"TWF-", 0, "URL-safe", NULL},
	{"TW_u", 0, "URL-safe", NULL},
	{"-TWFu", 0, "URL-safe", NULL},
	{"TWFu-", 0, "URL-safe", NULL},
	{"TWFu----", 0, "URL-safe", NULL},
	{"TW*u", 0, "other characters", NULL},
	{"TW\0u", 4, "other characters", NULL},
	{"TWFu\xc2\xa0", 0, "not ASCII", NULL},
	{"TR==", 0, "last character", NULL},
	{"TWF=", 0, "last character", NULL},
	{"-----BEGIN CERTIFICATE-----\nTWFu\n", 0, "a PEM file",
		"openssl x509 -in FILE -outform DER"},
	{"-----BEGIN RSA PRIVATE"
	 " KEY-----\nTWFu\n",
		0, "private key", NULL},
	{"<html>", 0, "a web page", NULL},
};

START_TEST(what_is_not_base64_is_named)
{
	const struct other *o = &not_base64[_i];
	struct bytes b = {0};
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	ck_assert_int_eq(
		decode_base64(o->data, o->len ? o->len : strlen(o->data), &b,
			&refusal),
		0);
	ck_assert_ptr_null(b.data);
	ck_assert_str_eq(verdict_name(refusal.verdict), "not-base64");
	ck_assert_ptr_nonnull(refusal.what);
	if (o->what)
		ck_assert_msg(
			strstr(refusal.what, o->what), "%s", refusal.what);
	if (o->convert)
		ck_assert_ptr_nonnull(strstr(refusal.convert, o->convert));
}
END_TEST

static enum verdict base64_verdict(const char *text, size_t len)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	struct decode_refusal refusal = {.verdict = VERDICT_ACCEPTED};

	ck_assert_int_eq(decode_base64(text, len, &b, &refusal), 0);
	ck_assert_int_eq(!b.data, refusal.verdict != VERDICT_ACCEPTED);
	return refusal.verdict;
}

START_TEST(one_byte_of_text_too_many_is_too_large)
{
	CLEANUP(free) char *text = malloc(DECODE_MAX_BASE64_BYTES + 1);
	/* 65,535 bytes are a whole number of groups, 65,538 too many. */
	const size_t most = (size_t)65535 / 3 * 4;

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', DECODE_MAX_BASE64_BYTES + 1);
	memset(text, 'A', 4);
	memset(text + 4, '/', most + 4);
	ck_assert_uint_eq(base64_verdict(text, DECODE_MAX_BASE64_BYTES + 1),
		VERDICT_TOO_LARGE);
	ck_assert_uint_eq(base64_verdict(text, most + 4), VERDICT_TOO_LARGE);
	ck_assert_uint_eq(base64_verdict(text, most), VERDICT_ACCEPTED);
	memset(text + most, ' ', 8);
	ck_assert_uint_eq(base64_verdict(text, DECODE_MAX_BASE64_BYTES),
		VERDICT_ACCEPTED);
}
END_TEST

START_TEST(base64_in_base64_is_named)
{
	char twice[512] = "";
	struct bytes b = {0};
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	(void)EVP_EncodeBlock((unsigned char *)twice,
		(const unsigned char *)X64 X64, (int)strlen(X64 X64));
	ck_assert_int_eq(decode_base64(twice, strlen(twice), &b, &refusal), 0);
	ck_assert_ptr_null(b.data);
	ck_assert_str_eq(verdict_name(refusal.verdict), "not-der");
	ck_assert_str_eq(refusal.what, "base64 text, encoded twice");
}
END_TEST

TCase *decode_tests(void);

TCase *decode_tests(void)
{
	TCase *tc = tcase_create("decode");

	tcase_add_test(tc, exactly_one_der_certificate_is_let_in);
	tcase_add_test(tc, anything_behind_the_certificate_is_refused);
	tcase_add_test(tc, trust_settings_of_openssl_are_named);
	tcase_add_test(tc, certificate_cut_short_is_malformed);
	tcase_add_test(tc, ber_is_not_der_although_openssl_takes_it);
	tcase_add_test(tc, one_wrong_byte_within_is_found);
	tcase_add_test(tc, default_that_is_spelt_out_is_let_in);
	tcase_add_test(tc, one_byte_too_many_is_too_large);
	tcase_add_loop_test(tc,
		what_is_published_instead_is_named_with_the_cure, 0,
		(int)ARRAY_SIZE(others));
	tcase_add_loop_test(tc, keys_in_der_are_named_as_lost, 0, 3);
	tcase_add_test(tc, containers_in_der_are_named_with_the_cure);
	tcase_add_test(tc, base64_with_any_white_space_is_decoded);
	tcase_add_loop_test(tc, what_is_not_base64_is_named, 0,
		(int)ARRAY_SIZE(not_base64));
	tcase_add_test(tc, one_byte_of_text_too_many_is_too_large);
	tcase_add_test(tc, base64_in_base64_is_named);
	return tc;
}
