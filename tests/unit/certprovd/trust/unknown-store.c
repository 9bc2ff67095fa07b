/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/unknown-store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/certprovd/store/store-fixture.h"

#define MAX_ENTRIES 10

static struct unknown *unknown;
static struct unknown_saver the_saver;
static int64_t now_ms;

static struct unknown_saver *saver(void)
{
	the_saver.unknown = unknown;
	the_saver.store = store;
	return &the_saver;
}

static void setup(void)
{
	now_ms = 1000;
	the_saver = (struct unknown_saver){.day_ms = now_ms};
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
	ck_assert_int_eq(unknown_save_all(saver(), now_ms), 0);
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

START_TEST(what_is_no_host_does_not_come_back)
{
	const struct unknown_entry *e = NULL;

	see(1, "\x1b[2J");
	see(1, "PBX.example.");
	save_and_load();
	e = only_entry();
	ck_assert_uint_eq(e->hosts.count, 1);
	ck_assert_str_eq(e->hosts.texts[0], "pbx.example");
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

/* --- what it costs the flash --- */

/* One of many; the bytes of its chain besides. */
static void see_large(unsigned number, size_t bytes)
{
	CLEANUP(free) uint8_t *leaf = calloc(1, bytes);
	struct bytes chain = {leaf, bytes};
	size_t inside = bytes - 4;

	leaf[0] = 0x30;
	leaf[1] = 0x82;
	leaf[2] = (uint8_t)(inside >> 8);
	leaf[3] = (uint8_t)inside;
	memcpy(leaf + 4, &number, sizeof(number));
	ck_assert_int_eq(unknown_add(unknown,
				 &(struct rejection){.chain = &chain,
					 .chain_count = 1,
					 .host = "h.example",
					 .result = "expired",
					 .reporter = "uid:7",
					 .when = NOW},
				 NULL),
		0);
}

static uint64_t save_cost(void)
{
	uint64_t before = store_bytes_written(store);

	ck_assert_int_eq(unknown_save(saver(), now_ms), 0);
	return store_bytes_written(store) - before;
}

START_TEST(a_chain_is_written_once_however_often_it_is_seen)
{
	uint64_t first = 0;
	uint64_t again = 0;
	uint64_t daily = 0;

	for (unsigned i = 0; i < MAX_ENTRIES; i++)
		see_large(i, 60000);
	first = save_cost();
	ck_assert_uint_gt(first, MAX_ENTRIES * UINT64_C(60000));
	for (unsigned n = 0; n < 60; n++) {
		for (unsigned i = 0; i < MAX_ENTRIES; i++)
			see_large(i, 60000);
		again += save_cost();
	}
	ck_assert_uint_eq(again, 0);
	now_ms += UNKNOWN_DAY_MS;
	daily = save_cost();
	ck_assert_uint_gt(daily, 0);
	ck_assert_uint_lt(daily, 131072);
	(void)printf("LOG flash: chains %llu bytes, an hour of sights %llu, "
		     "counters of a day %llu\n",
		(unsigned long long)first, (unsigned long long)again,
		(unsigned long long)daily);
	save_and_load();
	ck_assert_uint_eq(unknown_count(unknown), MAX_ENTRIES);
	ck_assert_uint_eq(unknown_next(unknown, &(size_t){0})->seen, 61);
}
END_TEST

START_TEST(strangers_rotating_through_the_list_cost_what_a_day_has)
{
	uint64_t day = 0;
	unsigned minutes = 0;

	for (unsigned n = 0; n < 1440; n++) {
		see_large(n, 2000);
		day += save_cost();
		minutes += the_saver.exhausted ? 0 : 1;
	}
	ck_assert_uint_gt(day, UNKNOWN_MAX_BYTES_A_DAY / 2);
	ck_assert_uint_le(day, UNKNOWN_MAX_BYTES_A_DAY);
	ck_assert(the_saver.exhausted);
	(void)printf("LOG flash of 1440 leaves in a day: %llu bytes, %u "
		     "written\n",
		(unsigned long long)day, minutes);
	/* In memory they are, and tomorrow they are written. */
	ck_assert_uint_eq(unknown_count(unknown), MAX_ENTRIES);
	now_ms += UNKNOWN_DAY_MS;
	ck_assert_uint_gt(save_cost(), 0);
	ck_assert(!the_saver.exhausted);
	save_and_load();
	ck_assert_uint_eq(unknown_count(unknown), MAX_ENTRIES);
}
END_TEST

START_TEST(what_was_pushed_out_of_memory_goes_from_the_flash)
{
	for (unsigned i = 0; i < MAX_ENTRIES; i++)
		see_large(i, 2000);
	(void)save_cost();
	for (unsigned i = 0; i < MAX_ENTRIES; i++)
		see_large(100 + i, 2000);
	(void)save_cost();
	ck_assert_uint_eq(count(STORE_UNKNOWN), MAX_ENTRIES);
	save_and_load();
	ck_assert_uint_eq(unknown_count(unknown), MAX_ENTRIES);
	ck_assert_uint_eq(
		unknown_next(unknown, &(size_t){0})->chain[0].data[4] / 100, 1);
}
END_TEST

/* --- when to write next --- */

static int64_t save_due_ms(void)
{
	return unknown_save_due_ms(saver(), now_ms);
}

START_TEST(nothing_is_due_when_all_is_written)
{
	ck_assert_int_eq(save_due_ms(), -1);
	see(7, "pbx.example.com");
	ck_assert_int_eq(save_due_ms(), 0);
	(void)save_cost();
	ck_assert_int_eq(save_due_ms(), -1);
}
END_TEST

START_TEST(counts_are_due_when_the_day_ends)
{
	see(7, "pbx.example.com");
	(void)save_cost();
	see(7, "pbx.example.com");
	now_ms += 5000;
	ck_assert_int_eq(save_due_ms(), UNKNOWN_DAY_MS - 5000);
	now_ms += save_due_ms();
	ck_assert_uint_gt(save_cost(), 0);
	ck_assert_int_eq(save_due_ms(), -1);
}
END_TEST

START_TEST(what_a_day_has_no_bytes_for_is_due_when_it_ends)
{
	unsigned n = 0;

	while (!the_saver.exhausted) {
		see_large(n++, 60000);
		(void)save_cost();
	}
	ck_assert_int_eq(save_due_ms(), UNKNOWN_DAY_MS);
}
END_TEST

test_case_maker unknown_store_tests;

TCase *unknown_store_tests(void)
{
	TCase *tc = tcase_create("unknown-store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_rejected_peer_is_there_after_a_restart);
	tcase_add_test(tc, what_is_no_host_does_not_come_back);
	tcase_add_test(tc, a_refused_candidate_without_a_host_is_there_as_well);
	tcase_add_test(
		tc, bytes_that_read_as_another_certificate_do_not_come_back);
	tcase_add_test(tc, a_chain_is_written_once_however_often_it_is_seen);
	tcase_add_test(
		tc, strangers_rotating_through_the_list_cost_what_a_day_has);
	tcase_add_test(tc, what_was_pushed_out_of_memory_goes_from_the_flash);
	tcase_add_test(tc, nothing_is_due_when_all_is_written);
	tcase_add_test(tc, counts_are_due_when_the_day_ends);
	tcase_add_test(tc, what_a_day_has_no_bytes_for_is_due_when_it_ends);
	return tc;
}
