/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/key.h"

#include <check.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/verify/verify.h"
#include "lib/x509/skeleton.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

/* The SubjectPublicKeyInfo of a key, read. */
static struct public_key read_spki(EVP_PKEY *key)
{
	unsigned char *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);
	struct public_key read;

	ck_assert_int_gt(len, 0);
	key_read((struct span){spki, (size_t)len}, &read);
	OPENSSL_free(spki);
	return read;
}

static const struct {
	const char *curve;
	unsigned bits;
	bool used;
	bool weak;
} curves[] = {
	{"P-256", 256, true, false},
	{"P-384", 384, true, false},
	{"P-521", 521, true, false},
	{"P-224", 224, false, false},
	{"P-192", 192, false, true},
	{"secp256k1", 256, false, false},
	{"brainpoolP256r1", 256, false, false},
	{"sect571r1", 576, false, false},
	{"sect571k1", 576, false, false},
};

static EVP_PKEY *make_ec(const char *curve, const char *parameter, char *value)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	ck_assert_ptr_nonnull(key);
	if (parameter)
		ck_assert_int_eq(
			EVP_PKEY_set_utf8_string_param(key, parameter, value),
			1);
	return key;
}

START_TEST(curves_are_used_by_their_name)
{
	static char format[] = "compressed";
	bool compressed = _i % 2;
	EVP_PKEY *key = make_ec(curves[_i / 2].curve,
		compressed ? OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT : NULL,
		format);
	struct public_key read = read_spki(key);

	EVP_PKEY_free(key);
	ck_assert_uint_eq(read.type, KEY_EC);
	ck_assert_uint_eq(read.bits, curves[_i / 2].bits);
	ck_assert(read.used == curves[_i / 2].used);
	ck_assert(key_is_weak(&read) == curves[_i / 2].weak);
	ck_assert(key_is_supported(&read, 0) == curves[_i / 2].used);
}
END_TEST

/* The curve is P-256, but nobody has looked at its parameters. */
START_TEST(curve_that_is_spelt_out_is_not_used)
{
	static char encoding[] = "explicit";
	EVP_PKEY *key = make_ec("P-256", OSSL_PKEY_PARAM_EC_ENCODING, encoding);
	struct public_key read = read_spki(key);

	EVP_PKEY_free(key);
	ck_assert(!read.used);
}
END_TEST

static const struct {
	enum pki_key made;
	enum key_type type;
	unsigned bits;
	unsigned exponent_bits;
	bool supported;
} made[] = {
	{PKI_RSA_512, KEY_RSA, 512, 17, true},
	{PKI_RSA_2048, KEY_RSA, 2048, 17, true},
	{PKI_RSA_16384, KEY_RSA, 16384, 17, false},
	{PKI_RSA_LONG_EXPONENT, KEY_RSA, 1024, 0, false},
	{PKI_ED25519, KEY_ED25519, 256, 0, true},
	{PKI_DSA, KEY_DSA, 0, 0, false},
};

START_TEST(kinds_and_sizes_are_read)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "key", .key = made[_i].made},
			pki_root("Root"));
	struct public_key key = read_spki(c->key);

	ck_assert_uint_eq(key.type, made[_i].type);
	ck_assert_uint_eq(key.bits, made[_i].bits);
	if (made[_i].exponent_bits > 0)
		ck_assert_uint_eq(key.exponent_bits, made[_i].exponent_bits);
	ck_assert(key_is_supported(&key, 0) == made[_i].supported);
}
END_TEST

START_TEST(longer_rsa_is_supported_where_it_is_allowed)
{
	struct public_key key = {.type = KEY_RSA,
		.bits = 4096,
		.exponent_bits = 17,
		.used = true};

	ck_assert(key_is_supported(&key, 0));
	ck_assert(!key_is_supported(&key, 2048));
	key.bits = 4097;
	ck_assert(!key_is_supported(&key, 0));
	ck_assert(key_is_supported(&key, 8192));
}
END_TEST

/* In every place of a SubjectPublicKeyInfo one bit turned. */
START_TEST(what_is_no_key_is_not_used)
{
	EVP_PKEY *key = make_ec("P-256", NULL, NULL);
	unsigned char *spki = NULL;
	int len = i2d_PUBKEY(key, &spki);
	struct public_key read;

	EVP_PKEY_free(key);
	for (int cut = 0; cut < len; cut++) {
		key_read((struct span){spki, (size_t)cut}, &read);
		ck_assert(!read.used);
	}
	/* Up to the coordinates everything counts. */
	for (int bit = 0; bit < 26 * 8; bit++) {
		spki[bit / 8] ^= (uint8_t)(1U << bit % 8);
		key_read((struct span){spki, (size_t)len}, &read);
		ck_assert_msg(!read.used, "bit %d", bit);
		spki[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	OPENSSL_free(spki);
}
END_TEST

/* What a verification costs, in those of RSA-2048: from measurements. */
START_TEST(signatures_cost_by_kind_size_and_exponent)
{
	struct public_key rsa = {.type = KEY_RSA,
		.bits = 2048,
		.exponent_bits = 17,
		.used = true};
	struct public_key ec = {.type = KEY_EC, .bits = 256, .used = true};
	uintmax_t one = key_cost(&rsa);

	rsa.exponent_bits = 2;
	ck_assert_uint_eq(key_cost(&rsa), one);
	rsa.exponent_bits = 64;
	ck_assert_uint_eq(key_cost(&rsa), 4 * one);
	rsa.exponent_bits = 17;
	rsa.bits = 2049;
	ck_assert_uint_eq(key_cost(&rsa), 4 * one);
	rsa.bits = 16384;
	ck_assert_uint_eq(key_cost(&rsa), 64 * one);
	ck_assert_uint_ge(key_cost(&ec), 3 * one);
	ec.bits = 384;
	ck_assert_uint_ge(key_cost(&ec), 28 * one);
	ec.bits = 521;
	ck_assert_uint_ge(key_cost(&ec), 25 * one);
	ec = (struct public_key){.type = KEY_ED448, .used = true};
	ck_assert_uint_ge(key_cost(&ec), 12 * one);
	/* Whatever is not used costs more than any question may. */
	ec = (struct public_key){.type = KEY_EC, .bits = 571};
	ck_assert_uint_gt(key_cost(&ec), VERIFY_MAX_COST);
}
END_TEST

test_case_maker key_tests;

TCase *key_tests(void)
{
	TCase *tc = tcase_create("key");

	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(
		tc, curves_are_used_by_their_name, 0, 2 * ARRAY_SIZE(curves));
	tcase_add_test(tc, curve_that_is_spelt_out_is_not_used);
	tcase_add_loop_test(tc, kinds_and_sizes_are_read, 0, ARRAY_SIZE(made));
	tcase_add_test(tc, longer_rsa_is_supported_where_it_is_allowed);
	tcase_add_test(tc, what_is_no_key_is_not_used);
	tcase_add_test(tc, signatures_cost_by_kind_size_and_exponent);
	return tc;
}
