/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/trust.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static struct trust *trust;

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
}

static void teardown(void)
{
	trust = trust_free(trust);
	pki_free_all();
}

/* Digests that do not come in their order. */
static const uint8_t *digest(uint32_t i)
{
	static uint8_t d[SHA256_BYTES];
	uint32_t mixed = i * 2654435761U;

	memset(d, 0, sizeof(d));
	memcpy(d, &mixed, sizeof(mixed));
	return d;
}

START_TEST(distrusted_is_found_by_its_kind_only)
{
	for (uint32_t i = 0; i < 100; i++)
		ck_assert_int_eq(trust_add_distrusted(trust,
					 DISTRUST_CERTIFICATE, digest(i)),
			0);
	for (uint32_t i = 0; i < 100; i++) {
		ck_assert(trust_lists_distrusted(
			trust, DISTRUST_CERTIFICATE, digest(i)));
		ck_assert(!trust_lists_distrusted(
			trust, DISTRUST_PUBLIC_KEY, digest(i)));
	}
	ck_assert(!trust_lists_distrusted(
		trust, DISTRUST_CERTIFICATE, digest(100)));
}
END_TEST

START_TEST(one_more_distrusted_than_the_maximum_is_refused)
{
	for (uint32_t i = 0; i < TRUST_MAX_DISTRUSTED; i++)
		ck_assert_int_eq(trust_add_distrusted(
					 trust, DISTRUST_PUBLIC_KEY, digest(i)),
			0);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY,
				 digest(TRUST_MAX_DISTRUSTED)),
		-ENOSPC);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY, digest(7)), 0);
	ck_assert_uint_eq(trust->distrusted_count, TRUST_MAX_DISTRUSTED);
}
END_TEST

START_TEST(one_more_exception_than_the_maximum_is_refused)
{
	for (uint32_t i = 0; i < TRUST_MAX_EXCEPTIONS; i++)
		ck_assert_int_eq(
			trust_add_exception(trust, digest(i), NULL, INT64_MAX),
			0);
	ck_assert_int_eq(trust_add_exception(
				 trust, digest(TRUST_MAX_EXCEPTIONS), NULL, 1),
		-ENOSPC);
}
END_TEST

START_TEST(second_exception_for_a_host_replaces_the_expiry)
{
	ck_assert_int_eq(trust_add_exception(trust, digest(1), "a", 1), 0);
	ck_assert_int_eq(trust_add_exception(trust, digest(1), "b", 2), 0);
	ck_assert_int_eq(trust_add_exception(trust, digest(1), "a", 3), 0);
	ck_assert_uint_eq(trust->exception_count, 2);
	ck_assert_int_eq(trust->exceptions[0].expires, 3);
}
END_TEST

START_TEST(exceptions_of_a_certificate_are_found_together_and_in_order)
{
	const struct exception *found = NULL;
	size_t count = 0;

	for (uint32_t i = 0; i < 50; i++) {
		ck_assert_int_eq(trust_add_exception(
					 trust, digest((i * 7) % 50), "b", i),
			0);
		ck_assert_int_eq(trust_add_exception(
					 trust, digest((i * 11) % 50), "a", i),
			0);
	}
	ck_assert_int_eq(trust_add_exception(trust, digest(7), NULL, 9), 0);
	ck_assert_uint_eq(trust->exception_count, 101);
	found = trust_exceptions_of(trust, digest(7), &count);
	ck_assert_uint_eq(count, 3);
	ck_assert_str_eq(found[0].host, "b");
	ck_assert_str_eq(found[1].host, "a");
	ck_assert_ptr_null(found[2].host);
	for (size_t i = 0; i < count; i++)
		ck_assert_mem_eq(found[i].sha256, digest(7), SHA256_BYTES);
	ck_assert_ptr_null(trust_exceptions_of(trust, digest(50), &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(only_what_stands_for_an_exception_alone_is_counted_as_excepted)
{
	const struct pki_cert *server = pki_root("Server");
	const struct pki_cert *authority = pki_root("Authority");

	ck_assert_int_eq(anchors_add(trust->anchors, server->der.data,
				 server->der.len, ANCHOR_SERVER),
		0);
	ck_assert_int_eq(anchors_add(trust->anchors, authority->der.data,
				 authority->der.len, ANCHOR_AUTHORITY),
		0);
	ck_assert_uint_eq(trust_count_excepted(trust), 0);
	trust_add_exception(trust, server->sha256, "a", 1);
	ck_assert_uint_eq(trust_count_excepted(trust), 0);
	trust_add_exception(trust, authority->sha256, "a", 1);
	ck_assert_uint_eq(trust_count_excepted(trust), 1);
	trust_add_exception(trust, digest(3), "a", 1);
	trust_add_exception(trust, digest(4), "a", 1);
	trust_add_exception(trust, digest(3), "b", 1);
	ck_assert_uint_eq(trust_count_excepted(trust), 3);
}
END_TEST

START_TEST(words_of_the_clock_say_what_kind_of_time_it_is)
{
	struct trust_clock_words w;

	trust->clock_floor = PKI_NOW;
	trust_clock_words(trust, PKI_NOW, &w);
	ck_assert_str_eq(w.now, "2026-05-28T20:26:40Z");
	ck_assert_str_eq(w.clock, "");
	trust->clock_source = CLOCK_UNSYNCHRONISED;
	trust_clock_words(trust, PKI_NOW, &w);
	ck_assert_str_eq(w.clock, ", which is not synchronised");
	trust->clock_since = PKI_NOW;
	trust_clock_words(trust, PKI_NOW + 1, &w);
	ck_assert_str_eq(w.clock,
		", which is not synchronised since 2026-05-28T20:26:40Z");
	trust->clock_source = CLOCK_SYNCHRONISED;
	trust->clock_since = 0;
	trust_clock_words(trust, PKI_NOW, &w);
	ck_assert_str_eq(w.clock, ", which is synchronised");
	trust_clock_words(trust, PKI_NOW - 1, &w);
	ck_assert_str_eq(w.now, "");
	ck_assert_str_eq(w.clock,
		"; the phone's clock is wrong, and the last known time counts, "
		"2026-05-28T20:26:40Z");
}
END_TEST

START_TEST(copy_is_complete_and_independent)
{
	CLEANUP(trust_free) struct trust *copy = NULL;
	const struct pki_cert *ca = pki_root("Root");

	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_SERVER),
		0);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, digest(1)),
		0);
	ck_assert_int_eq(trust_add_exception(trust, digest(2), "host", 9), 0);
	trust->generation = 12;
	trust->clock_floor = 34;
	trust->policy.name_flags = 5;
	memcpy(trust->store, "0123456789abcdef", 17);

	ck_assert_int_eq(trust_copy(trust, &copy), 0);
	trust = trust_free(trust);
	ck_assert_ptr_nonnull(anchors_find(copy->anchors, ca->sha256));
	ck_assert(
		trust_lists_distrusted(copy, DISTRUST_CERTIFICATE, digest(1)));
	ck_assert_str_eq(copy->exceptions[0].host, "host");
	ck_assert_int_eq(copy->exceptions[0].expires, 9);
	ck_assert_uint_eq(copy->generation, 12);
	ck_assert_int_eq(copy->clock_floor, 34);
	ck_assert_uint_eq(copy->policy.name_flags, 5);
	ck_assert_str_eq(copy->store, "0123456789abcdef");
}
END_TEST

test_case_maker trust_tests;

TCase *trust_tests(void)
{
	TCase *tc = tcase_create("trust");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, distrusted_is_found_by_its_kind_only);
	tcase_add_test(tc, one_more_distrusted_than_the_maximum_is_refused);
	tcase_add_test(tc, one_more_exception_than_the_maximum_is_refused);
	tcase_add_test(tc, second_exception_for_a_host_replaces_the_expiry);
	tcase_add_test(tc,
		exceptions_of_a_certificate_are_found_together_and_in_order);
	tcase_add_test(tc,
		only_what_stands_for_an_exception_alone_is_counted_as_excepted);
	tcase_add_test(tc, copy_is_complete_and_independent);
	tcase_add_test(tc, words_of_the_clock_say_what_kind_of_time_it_is);
	return tc;
}
