/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/reencode.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/der.h"
#include "lib/x509/decode.h"
#include "lib/x509/openssl-free.h"
#include "lib/x509/skeleton.h"
#include "tests/unit/lib/x509/made.h"
#include "tests/unit/runner.h"

/* Of a unique identifier: head, number of unused bits, and one byte. */
#define ID_BYTES 4

static const struct made made = {
	.common_name = "pbx.example.com",
	.extensions = {{"basicConstraints", "critical,CA:FALSE"},
		{"keyUsage", "digitalSignature"},
		{"subjectAltName",
			"DNS:pbx.example.com,DNS:phones.example.com"}},
};

static bool is_same(const struct bytes *der)
{
	bool same = false;

	ck_assert_int_eq(reencode_is_same(der, &same), 0);
	return same;
}

/* What an X509 says, which decodes the key as well. */
static bool is_same_for_openssl(const struct bytes *der)
{
	CLEANUP(openssl_free) unsigned char *again = NULL;
	const uint8_t *p = der->data;
	X509 *x509 = d2i_X509(NULL, &p, (long)der->len);
	int n = 0;

	ck_assert_ptr_nonnull(x509);
	ck_assert_int_gt(i2d_re_X509_tbs(x509, NULL), 0);
	n = i2d_X509(x509, &again);
	X509_free(x509);
	ck_assert_int_gt(n, 0);
	return (size_t)n == der->len && memcmp(again, der->data, der->len) == 0;
}

START_TEST(certificate_is_encoded_as_it_was)
{
	static const char *const keys[] = {"EC", "RSA", "ED25519"};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		CLEANUP(bytes_done) struct bytes der = {0};
		struct made one = made;

		one.key = keys[i];
		make_der(&one, &der);
		ck_assert(is_same(&der));
	}
}
END_TEST

/* Both lengths have two bytes in what is made here. */
static void make_longer(uint8_t head[4])
{
	unsigned len = (unsigned)head[2] << 8 | head[3];

	ck_assert_uint_eq(head[1], 0x82);
	len += ID_BYTES;
	head[2] = (uint8_t)(len >> 8);
	head[3] = (uint8_t)len;
}

/* With a unique identifier of seven bits behind the key. */
static void make_with_id(uint8_t tag, uint8_t bits, struct bytes *ret)
{
	const uint8_t id[ID_BYTES] = {tag, 2, 1, bits};
	CLEANUP(bytes_done) struct bytes der = {0};
	struct skeleton o;
	size_t at = 0;

	make_der(&made, &der);
	ck_assert_int_eq(skeleton_read(der.data, der.len, &o), 0);
	at = (size_t)(o.spki.data + o.spki.len - der.data);
	ret->len = der.len + ID_BYTES;
	ret->data = malloc(ret->len);
	ck_assert_ptr_nonnull(ret->data);
	memcpy(ret->data, der.data, at);
	memcpy(ret->data + at, id, ID_BYTES);
	memcpy(ret->data + at + ID_BYTES, der.data + at, der.len - at);
	make_longer(ret->data);
	make_longer(ret->data + 4);
}

static enum verdict verdict_of(const struct bytes *der)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	struct decode_refusal refusal = {.verdict = VERDICT__END};

	ck_assert_int_eq(decode_der(der->data, der->len, &c, &refusal), 0);
	return c ? VERDICT_ACCEPTED : refusal.verdict;
}

/* der_is_canonical() does not know what is tagged implicitly. */
START_TEST(unused_bit_of_an_identifier_is_noticed)
{
	static const uint8_t tags[] = {0x81, 0x82};
	CLEANUP(bytes_done) struct bytes good = {0};
	CLEANUP(bytes_done) struct bytes bad = {0};

	make_with_id(tags[_i], 0xfe, &good);
	ck_assert(is_same(&good));
	ck_assert_int_eq(verdict_of(&good), VERDICT_ACCEPTED);
	make_with_id(tags[_i], 0xff, &bad);
	ck_assert(der_is_canonical(bad.data, bad.len));
	ck_assert(!is_same(&bad));
	ck_assert_int_eq(verdict_of(&bad), VERDICT_NOT_CANONICAL);
}
END_TEST

static bool is_decoded(const struct bytes *der)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT__END;

	ck_assert_int_eq(certificate_decode(der->data, der->len, &c, &why), 0);
	return c && c->key.used;
}

/* Whichever byte has another bit. */
START_TEST(it_says_what_openssl_says_of_the_whole)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	size_t compared = 0;

	make_with_id(0x81, 0xfe, &der);
	for (size_t bit = 5 * (size_t)_i; bit < 8 * der.len; bit += 8) {
		uint8_t mask = (uint8_t)(1U << bit % 8);

		der.data[bit / 8] ^= mask;
		if (der_is_canonical(der.data, der.len) && is_decoded(&der)) {
			ck_assert_int_eq(
				is_same(&der), is_same_for_openssl(&der));
			compared++;
		}
		der.data[bit / 8] ^= mask;
	}
	ck_assert_uint_gt(compared, 100);
	ERR_clear_error();
}
END_TEST

TCase *reencode_tests(void);

TCase *reencode_tests(void)
{
	TCase *tc = tcase_create("reencode");

	tcase_add_test(tc, certificate_is_encoded_as_it_was);
	tcase_add_loop_test(tc, unused_bit_of_an_identifier_is_noticed, 0, 2);
	tcase_add_loop_test(tc, it_says_what_openssl_says_of_the_whole, 0, 2);
	return tc;
}
