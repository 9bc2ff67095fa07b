/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/unknown-store.h"

#include <string.h>

#include "tests/unit/certprovd/store-fixture.h"

#define MAX_ENTRIES 10

static struct unknown *unknown;

static void setup(void)
{
	store_setup();
	ck_assert_int_eq(unknown_new(MAX_ENTRIES, &unknown), 0);
}

static void teardown(void)
{
	unknown = unknown_free(unknown);
	store_teardown();
}

/* Two certificates as far as DER goes; the leaf has this number in it. */
static void see(uint8_t number, const char *host)
{
	uint8_t leaf[] = {0x30, 0x01, number};
	uint8_t issuer[] = {0x30, 0x02, number, number};
	const struct bytes chain[] = {
		{leaf, sizeof(leaf)},
		{issuer, sizeof(issuer)},
	};

	ck_assert_int_eq(unknown_add(unknown,
				 &(struct rejection){.chain = chain,
					 .chain_count = ARRAY_SIZE(chain),
					 .host = host,
					 .result = "issuer-not-trusted",
					 .reporter = "fetcher",
					 .when = NOW},
				 NULL),
		0);
}

static const struct unknown_entry *only_entry(void)
{
	size_t cursor = 0;

	ck_assert_uint_eq(unknown_count(unknown), 1);
	return unknown_next(unknown, &cursor);
}

/* Written, forgotten, and read. */
static void save_and_load(void)
{
	ck_assert_int_eq(unknown_save(unknown, store), 0);
	unknown = unknown_free(unknown);
	ck_assert_int_eq(unknown_new(MAX_ENTRIES, &unknown), 0);
	ck_assert_int_eq(unknown_load(unknown, store), 0);
}

START_TEST(a_rejected_peer_is_there_after_a_restart)
{
	const struct unknown_entry *e = NULL;

	see(7, "pbx.example.com");
	save_and_load();
	e = only_entry();
	ck_assert_uint_eq(e->chain_count, 2);
	ck_assert_uint_eq(e->chain[0].data[2], 7);
	ck_assert_uint_eq(e->chain[1].len, 4);
	ck_assert_uint_eq(e->hosts.count, 1);
	ck_assert_str_eq(e->hosts.texts[0], "pbx.example.com");
	ck_assert_int_eq(e->first_seen, NOW);
}
END_TEST

START_TEST(a_refused_candidate_without_a_host_is_there_as_well)
{
	const struct unknown_entry *e = NULL;

	see(7, NULL);
	save_and_load();
	e = only_entry();
	ck_assert_uint_eq(e->hosts.count, 0);
	ck_assert_uint_eq(e->purposes.count, 0);
	ck_assert_str_eq(e->results.texts[0], "issuer-not-trusted");
	ck_assert_str_eq(e->reporters.texts[0], "fetcher");
}
END_TEST

/* Sent as one certificate, they would be read as two. */
START_TEST(bytes_that_read_as_another_certificate_do_not_come_back)
{
	uint8_t both[] = {0x30, 0x01, 7, 0x30, 0x01, 8};
	const struct bytes chain = {both, sizeof(both)};

	ck_assert_int_eq(unknown_add(unknown,
				 &(struct rejection){.chain = &chain,
					 .chain_count = 1,
					 .result = "trailing-data",
					 .reporter = "uid:7",
					 .when = NOW},
				 NULL),
		0);
	save_and_load();
	ck_assert_uint_eq(unknown_count(unknown), 0);
}
END_TEST

test_case_maker unknown_store_tests;

TCase *unknown_store_tests(void)
{
	TCase *tc = tcase_create("unknown-store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_rejected_peer_is_there_after_a_restart);
	tcase_add_test(tc, a_refused_candidate_without_a_host_is_there_as_well);
	tcase_add_test(
		tc, bytes_that_read_as_another_certificate_do_not_come_back);
	return tc;
}
