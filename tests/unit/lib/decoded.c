/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/decoded.h"

#include <string.h>

#include "tests/unit/lib/ask.h"
#include "tests/unit/runner.h"

static struct decoded *decoded;

static void setup(void)
{
	ask_setup();
	ck_assert_int_eq(decoded_new(&decoded), 0);
}

static void teardown(void)
{
	decoded = decoded_free(decoded);
	ask_teardown();
}

/* Borrowed from the cache. */
static const struct certificate *get(const struct pki_cert *c)
{
	CLEANUP(certificate_free) struct certificate *got = NULL;
	enum verdict why = VERDICT_MALFORMED;

	ck_assert_int_eq(
		decoded_get(decoded, c->der.data, c->der.len, &got, &why), 0);
	ck_assert_ptr_nonnull(got);
	ck_assert_mem_eq(got->sha256, c->sha256, SHA256_BYTES);
	return got;
}

START_TEST(same_certificate_is_decoded_once)
{
	const struct pki_cert *a = pki_root("A");
	const struct pki_cert *b = pki_root("B");
	const struct certificate *first = get(a);

	ck_assert_ptr_ne(get(b), first);
	ck_assert_ptr_eq(get(a), first);
	ck_assert_uint_eq(decoded_count(decoded), 2);
}
END_TEST

START_TEST(one_more_than_the_maximum_ends_the_one_least_asked_for)
{
	const struct pki_cert *certs[DECODED_MAX + 1];
	const struct certificate *first = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(certs); i++)
		certs[i] = pki_root("C");
	for (size_t i = 0; i < DECODED_MAX; i++)
		(void)get(certs[i]);
	first = get(certs[0]);
	ck_assert_uint_eq(decoded_count(decoded), DECODED_MAX);
	(void)get(certs[DECODED_MAX]);
	ck_assert_uint_eq(decoded_count(decoded), DECODED_MAX);
	ck_assert_ptr_eq(get(certs[0]), first);
}
END_TEST

START_TEST(large_certificates_take_the_room_of_many)
{
	static char comment[50000];
	size_t most = 0;

	memset(comment, 'x', sizeof(comment) - 1);
	for (size_t i = 0; i < 6; i++) {
		(void)get(pki_make(&(struct pki_spec){.cn = "L",
					   .extra = {{"nsComment", comment}}},
			NULL));
		if (decoded_count(decoded) > most)
			most = decoded_count(decoded);
	}
	ck_assert_uint_eq(most, DECODED_MAX_BYTES / sizeof(comment));
}
END_TEST

START_TEST(what_does_not_decode_is_not_kept)
{
	CLEANUP(certificate_free) struct certificate *got = NULL;
	enum verdict why = VERDICT_ACCEPTED;

	ck_assert_int_eq(decoded_get(decoded, "\x30\x00", 2, &got, &why), 0);
	ck_assert_ptr_null(got);
	ck_assert_int_eq(why, VERDICT_MALFORMED);
	ck_assert_uint_eq(decoded_count(decoded), 0);
}
END_TEST

START_TEST(verdicts_are_the_same_with_what_was_decoded_before)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, root);

	trust_cert(root);
	query.decoded = decoded;
	for (size_t i = 0; i < 3; i++) {
		SEND(pki_leaf("DNS:a.example", ca), ca);
		EXPECT("a.example", VERDICT_TRUSTED);
		EXPECT("b.example", VERDICT_NAME_MISMATCH);
		/* Leaves are not kept: each is another. */
		ck_assert_uint_eq(decoded_count(decoded), 1);
	}
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, ca->sha256),
		0);
	EXPECT("a.example", VERDICT_DISTRUSTED);
}
END_TEST

test_case_maker decoded_tests;

TCase *decoded_tests(void)
{
	TCase *tc = tcase_create("decoded");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, same_certificate_is_decoded_once);
	tcase_add_test(
		tc, one_more_than_the_maximum_ends_the_one_least_asked_for);
	tcase_add_test(tc, large_certificates_take_the_room_of_many);
	tcase_add_test(tc, what_does_not_decode_is_not_kept);
	tcase_add_test(tc, verdicts_are_the_same_with_what_was_decoded_before);
	return tc;
}
