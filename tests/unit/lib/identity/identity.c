/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity.h"

#include <check.h>
#include <openssl/pem.h>
#include <string.h>

#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

static const struct pki_cert *root;
static const struct pki_cert *middle;
static const struct pki_cert *leaf;
static const struct pki_cert *other;

static void setup(void)
{
	root = pki_root("Device Root");
	middle = pki_make(
		&(struct pki_spec){.cn = "Device CA", .ca = true}, root);
	leaf = pki_make(&(struct pki_spec){.cn = MAC}, middle);
	other = pki_make(&(struct pki_spec){.cn = "other"}, middle);
}

/* --- the text as real files have it --- */

/* Replace each line end by something else. */
static const char *with_line_ends(const char *text, const char *instead)
{
	static char out[32 * 1024];
	size_t n = 0;

	for (; *text; text++) {
		if (*text == '\n') {
			memcpy(out + n, instead, strlen(instead));
			n += strlen(instead);
		} else
			out[n++] = *text;
		ck_assert_uint_lt(n, sizeof(out) - 8);
	}
	out[n] = 0;
	return out;
}

static const char *const line_ends[] = {
	"\n", "\r\n", "\r", " ", "", "\\n", "\\r\\n", "\n   ", "\n\n"};

START_TEST(line_ends_may_be_lost_or_written)
{
	const char *text = joined(certificate_pem(leaf), key_pem(leaf), "");
	CLEANUP(identity_done)
	struct identity i = identity_of(
		with_line_ends(text, line_ends[_i]), IDENTITY_CUSTOM);

	ck_assert_mem_eq(i.chain[0]->sha256, leaf->sha256, SHA256_BYTES);
}
END_TEST

START_TEST(the_order_does_not_matter)
{
	const char *c = certificate_pem(leaf);
	const char *m = certificate_pem(middle);
	const char *r = certificate_pem(root);
	const char *k = key_pem(leaf);
	const char *orders[] = {
		joined(joined(k, c, m), r, ""),
		joined(joined(r, m, c), k, ""),
		joined(joined(m, k, r), c, ""),
	};

	for (size_t n = 0; n < ARRAY_SIZE(orders); n++) {
		CLEANUP(identity_done)
		struct identity i = identity_of(orders[n], IDENTITY_CUSTOM);

		ck_assert_uint_eq(i.count, 3);
		ck_assert(i.complete);
		ck_assert_uint_eq(i.left_over, 0);
		ck_assert_mem_eq(
			i.chain[0]->sha256, leaf->sha256, SHA256_BYTES);
		ck_assert_mem_eq(
			i.chain[1]->sha256, middle->sha256, SHA256_BYTES);
		ck_assert_mem_eq(
			i.chain[2]->sha256, root->sha256, SHA256_BYTES);
	}
}
END_TEST

START_TEST(what_is_not_of_the_chain_is_left_over)
{
	CLEANUP(identity_done)
	struct identity i =
		identity_of(joined(joined(certificate_pem(other),
					   certificate_pem(leaf), ""),
				    key_pem(leaf), certificate_pem(root)),
			IDENTITY_CUSTOM);

	ck_assert_uint_eq(i.count, 1);
	ck_assert(!i.complete);
	ck_assert_uint_eq(i.left_over, 2);
}
END_TEST

/* --- refusals, with their lines --- */

static void assert_refused(const char *text, enum verdict verdict, int64_t line)
{
	struct identity_refusal r = refusal_of(text, IDENTITY_CUSTOM);

	ck_assert_str_eq(verdict_name(r.verdict), verdict_name(verdict));
	ck_assert_int_eq(r.line, line);
}

static const char *encrypted_key(const struct pki_cert *c, bool traditional)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	const char *kept = NULL;
	int ok = traditional
		? PEM_write_bio_PrivateKey_traditional(bio, c->key,
			  EVP_aes_128_cbc(), (const unsigned char *)"abcd", 4,
			  NULL, NULL)
		: PEM_write_bio_PrivateKey(bio, c->key, EVP_aes_128_cbc(),
			  (const unsigned char *)"abcd", 4, NULL, NULL);

	ck_assert_int_eq(ok, 1);
	(void)BIO_write(bio, "", 1);
	(void)BIO_get_mem_data(bio, &data);
	kept = joined(data, "", "");
	BIO_free(bio);
	return kept;
}

START_TEST(what_is_missing_or_wrong_is_named)
{
	const char *c = certificate_pem(leaf);
	const char *k = key_pem(leaf);

	assert_refused("", VERDICT_IDENTITY_CERTIFICATE_MISSING, 0);
	assert_refused("x", VERDICT_IDENTITY_CERTIFICATE_MISSING, 0);
	assert_refused(k, VERDICT_IDENTITY_CERTIFICATE_MISSING, 1);
	assert_refused(c, VERDICT_IDENTITY_KEY_MISSING, 0);
	assert_refused(joined("\n\n", key_pem(other), c),
		VERDICT_IDENTITY_KEY_MISMATCH, 3);
	assert_refused(
		joined(k, "\n", key_pem(other)), VERDICT_IDENTITY_TOO_MANY, 7);
	assert_refused(joined("\n", encrypted_key(leaf, false), c),
		VERDICT_IDENTITY_KEY_ENCRYPTED, 2);
	assert_refused(joined("\n", encrypted_key(leaf, true), c),
		VERDICT_IDENTITY_KEY_ENCRYPTED, 2);
	assert_refused(joined(c, "-----BEGIN PRIVATE KEY-----\nAAAA\n",
			       "-----END PRIVATE KEY-----\n"),
		VERDICT_IDENTITY_KEY_DAMAGED, 11);
	assert_refused(joined("-----BEGIN CERTIFICATE-----\n!!!!\n",
			       "-----END CERTIFICATE-----\n", k),
		VERDICT_IDENTITY_PEM_DAMAGED, 1);
	assert_refused(joined("-----BEGIN CERTIFICATE-----\nAAAA\n",
			       "-----END CERTIFICATE-----\n", k),
		VERDICT_NOT_DER, 1);
	assert_refused(joined("-----BEGIN CERTIFICATE-----\nMIIB", k, ""),
		VERDICT_IDENTITY_PEM_DAMAGED, 1);
	assert_refused(joined(c, "-----BEGIN PKCS7-----\nAAAA\n",
			       "-----END PKCS7-----\n"),
		VERDICT_IDENTITY_PEM_DAMAGED, 11);
}
END_TEST

START_TEST(one_certificate_too_many_is_refused)
{
	const char *text = key_pem(leaf);

	for (size_t i = 0; i < IDENTITY_MAX_CHAIN; i++)
		text = joined(text, certificate_pem(leaf), "");
	{
		CLEANUP(identity_done)
		struct identity i = identity_of(text, IDENTITY_CUSTOM);

		ck_assert_uint_eq(i.left_over, IDENTITY_MAX_CHAIN - 1);
	}
	text = joined(text, certificate_pem(leaf), "");
	ck_assert_int_eq(refusal_of(text, IDENTITY_CUSTOM).verdict,
		VERDICT_IDENTITY_TOO_MANY);
}
END_TEST

START_TEST(one_byte_too_many_is_refused)
{
	static char text[IDENTITY_PEM_MAX_BYTES + 2];

	memset(text, ' ', IDENTITY_PEM_MAX_BYTES);
	ck_assert_int_eq(refusal_of(text, IDENTITY_CUSTOM).verdict,
		VERDICT_IDENTITY_CERTIFICATE_MISSING);
	text[IDENTITY_PEM_MAX_BYTES] = ' ';
	ck_assert_int_eq(
		refusal_of(text, IDENTITY_CUSTOM).verdict, VERDICT_TOO_LARGE);
}
END_TEST

/* --- keys --- */

START_TEST(a_short_key_is_for_the_factory_alone)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = MAC, .key = PKI_RSA_1024, .digest = "SHA1"},
		NULL);
	const char *text = joined(certificate_pem(old), key_pem(old), "");
	CLEANUP(identity_done)
	struct identity i = identity_of(text, IDENTITY_BUILT_IN);

	ck_assert_uint_eq(i.count, 1);
	ck_assert(i.complete);
	ck_assert_int_eq(refusal_of(text, IDENTITY_CUSTOM).verdict,
		VERDICT_KEY_TOO_WEAK);
}
END_TEST

START_TEST(a_key_that_breaks_in_a_minute_is_for_nobody)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){.cn = MAC, .key = PKI_RSA_512}, NULL);

	ck_assert_int_eq(
		refusal_of(joined(certificate_pem(old), key_pem(old), ""),
			IDENTITY_BUILT_IN)
			.verdict,
		VERDICT_KEY_TOO_WEAK);
}
END_TEST

TCase *identity_tests(void);

TCase *identity_tests(void)
{
	TCase *tc = tcase_create("identity");

	tcase_add_checked_fixture(tc, setup, identity_fixture_done);
	tcase_add_loop_test(
		tc, line_ends_may_be_lost_or_written, 0, ARRAY_SIZE(line_ends));
	tcase_add_test(tc, the_order_does_not_matter);
	tcase_add_test(tc, what_is_not_of_the_chain_is_left_over);
	tcase_add_test(tc, what_is_missing_or_wrong_is_named);
	tcase_add_test(tc, one_certificate_too_many_is_refused);
	tcase_add_test(tc, one_byte_too_many_is_refused);
	tcase_add_test(tc, a_short_key_is_for_the_factory_alone);
	tcase_add_test(tc, a_key_that_breaks_in_a_minute_is_for_nobody);
	return tc;
}
