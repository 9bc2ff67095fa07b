/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/unknown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/runner.h"

static struct unknown *unknown;

static void setup(void)
{
	ck_assert_int_eq(unknown_new(3, &unknown), 0);
}

static void teardown(void)
{
	unknown = unknown_free(unknown);
}

static const struct unknown_entry *see(const char *leaf, int64_t when)
{
	uint8_t data[16];
	struct bytes chain = {.data = data, .len = strlen(leaf)};
	const struct unknown_entry *e = NULL;

	memcpy(data, leaf, chain.len);
	ck_assert_int_eq(unknown_add(unknown,
				 &(struct rejection){.chain = &chain,
					 .chain_count = 1,
					 .host = "pbx.example",
					 .result = "expired",
					 .reporter = "uid:7",
					 .when = when},
				 &e),
		0);
	return e;
}

START_TEST(one_leaf_is_one_entry_however_often_it_is_seen)
{
	const struct unknown_entry *e = NULL;

	see("a", 10);
	e = see("a", 20);
	ck_assert_uint_eq(unknown_count(unknown), 1);
	ck_assert_int_eq(e->first_seen, 10);
	ck_assert_int_eq(e->last_seen, 20);
	ck_assert_uint_eq(e->seen, 2);
	ck_assert_uint_eq(e->hosts.count, 1);
	ck_assert_str_eq(e->results.texts[0], "expired");
}
END_TEST

START_TEST(one_more_than_fits_costs_the_least_recently_seen)
{
	size_t cursor = 0;

	see("a", 1);
	see("b", 2);
	see("c", 3);
	see("a", 4);
	see("d", 5);
	ck_assert_uint_eq(unknown_count(unknown), 3);
	ck_assert_int_eq(unknown_next(unknown, &cursor)->last_seen, 5);
	ck_assert_int_eq(unknown_next(unknown, &cursor)->last_seen, 4);
	ck_assert_int_eq(unknown_next(unknown, &cursor)->last_seen, 3);
	ck_assert_ptr_null(unknown_next(unknown, &cursor));
}
END_TEST

/* Room is made as they come. */
START_TEST(as_many_as_fit_are_kept_in_order)
{
	const size_t max = (size_t)_i;
	size_t cursor = 0;
	char leaf[8];

	teardown();
	ck_assert_int_eq(unknown_new(max, &unknown), 0);
	for (size_t i = 0; i <= max; i++) {
		(void)snprintf(leaf, sizeof(leaf), "leaf%zu", i);
		see(leaf, (int64_t)i);
		ck_assert_uint_eq(
			unknown_count(unknown), i < max ? i + 1 : max);
	}
	for (size_t i = max; i > 0; i--)
		ck_assert_int_eq(
			unknown_next(unknown, &cursor)->last_seen, (int64_t)i);
	ck_assert_ptr_null(unknown_next(unknown, &cursor));
}
END_TEST

START_TEST(what_a_run_says_again_changes_nothing)
{
	uint8_t leaf[] = {1};
	struct bytes chain = {.data = leaf, .len = 1};
	struct rejection r = {.chain = &chain,
		.chain_count = 1,
		.result = "issuer-not-trusted",
		.reporter = "fetcher",
		.when = 1,
		.by_run = true};
	const struct unknown_entry *e = NULL;
	uint64_t version = 0;

	ck_assert_int_eq(unknown_add(unknown, &r, NULL), 0);
	version = unknown_version(unknown);
	r.when = 2;
	ck_assert_int_eq(unknown_add(unknown, &r, &e), 0);
	ck_assert_uint_eq(unknown_version(unknown), version);
	ck_assert_uint_eq(e->seen, 1);
	ck_assert_int_eq(e->last_seen, 1);
	r.result = "expired";
	ck_assert_int_eq(unknown_add(unknown, &r, &e), 0);
	ck_assert_uint_gt(unknown_version(unknown), version);
	ck_assert_uint_eq(e->results.count, 2);
}
END_TEST

static void note_unsaved(void *userdata)
{
	++*(unsigned *)userdata;
}

/* With what a run says again there is nothing to write. */
START_TEST(who_writes_is_told_of_each_change)
{
	uint8_t leaf[] = {1};
	struct bytes chain = {.data = leaf, .len = 1};
	struct rejection r = {.chain = &chain,
		.chain_count = 1,
		.result = "issuer-not-trusted",
		.reporter = "fetcher",
		.by_run = true};
	unsigned told = 0;

	unknown_on_unsaved(unknown, note_unsaved, &told);
	see("a", 1);
	ck_assert_uint_eq(told, 1);
	see("a", 2);
	ck_assert_uint_eq(told, 2);
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), 0);
	ck_assert_uint_eq(told, 3);
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), 0);
	ck_assert_uint_eq(told, 3);
}
END_TEST

START_TEST(a_chain_of_one_certificate_or_byte_more_is_refused)
{
	uint8_t byte = 1;
	struct bytes chain[CHAIN_MAX_CERTIFICATES + 1];
	struct rejection r = {.chain = chain};
	CLEANUP(bytes_done)
	struct bytes big = {
		.data = calloc(1, CHAIN_MAX_BYTES + 1), .len = CHAIN_MAX_BYTES};

	for (size_t i = 0; i < ARRAY_SIZE(chain); i++)
		chain[i] = (struct bytes){.data = &byte, .len = 1};
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), -EINVAL);
	r.chain_count = CHAIN_MAX_CERTIFICATES + 1;
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), -E2BIG);
	r.chain_count = CHAIN_MAX_CERTIFICATES;
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), 0);

	r.chain = &big;
	r.chain_count = 1;
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), 0);
	big.len++;
	ck_assert_int_eq(unknown_add(unknown, &r, NULL), -E2BIG);
	ck_assert_uint_eq(unknown_count(unknown), 2);
}
END_TEST

START_TEST(hosts_past_the_limit_are_left_out_and_the_count_goes_on)
{
	uint8_t leaf[] = {1};
	struct bytes chain = {.data = leaf, .len = 1};
	const struct unknown_entry *e = NULL;

	for (unsigned i = 0; i <= UNKNOWN_MAX_HOSTS; i++) {
		char host[] = {(char)('a' + i), 0};

		ck_assert_int_eq(unknown_add(unknown,
					 &(struct rejection){.chain = &chain,
						 .chain_count = 1,
						 .host = host},
					 &e),
			0);
	}
	ck_assert_uint_eq(e->hosts.count, UNKNOWN_MAX_HOSTS);
	ck_assert_uint_eq(e->seen, UNKNOWN_MAX_HOSTS + 1);
}
END_TEST

START_TEST(removed_is_gone_and_restored_is_there)
{
	uint8_t sha256[SHA256_BYTES];
	CLEANUP(unknown_entry_done) struct unknown_entry e = {0};

	memcpy(sha256, see("a", 1)->sha256, SHA256_BYTES);
	ck_assert(unknown_remove(unknown, sha256));
	ck_assert(!unknown_remove(unknown, sha256));
	ck_assert_ptr_null(unknown_find(unknown, sha256));

	e.chain = calloc(1, sizeof(*e.chain));
	e.chain_count = 1;
	ck_assert_int_eq(bytes_copy("a", 1, &e.chain[0]), 0);
	memcpy(e.sha256, sha256, SHA256_BYTES);
	ck_assert_int_eq(unknown_restore(unknown, &e), 0);
	ck_assert_ptr_null(e.chain);
	ck_assert_ptr_nonnull(unknown_find(unknown, sha256));
}
END_TEST

TCase *unknown_tests(void);

START_TEST(one_byte_more_than_all_entries_have_pushes_the_oldest_out)
{
	static uint8_t large[60000];
	struct bytes chain = {large, sizeof(large)};
	struct rejection r = {.chain = &chain,
		.chain_count = 1,
		.result = "expired",
		.reporter = "uid:7"};
	const size_t room =
		UNKNOWN_MAX_BYTES / (sizeof(large) + UNKNOWN_ENTRY_BYTES + 14);
	CLEANUP(unknown_free) struct unknown *many = NULL;

	ck_assert_int_eq(unknown_new(100, &many), 0);
	for (size_t i = 0; i < room; i++) {
		large[0] = (uint8_t)i;
		ck_assert_int_eq(unknown_add(many, &r, NULL), 0);
	}
	ck_assert_uint_eq(unknown_count(many), room);
	large[0] = (uint8_t)room;
	ck_assert_int_eq(unknown_add(many, &r, NULL), 0);
	ck_assert_uint_eq(unknown_count(many), room);
	large[0] = 0;
	ck_assert(!unknown_knows(many, &r));
	large[0] = 1;
	ck_assert(unknown_knows(many, &r));
}
END_TEST

START_TEST(a_text_longer_than_the_maximum_is_not_kept)
{
	static char longer[UNKNOWN_MAX_TEXT_BYTES + 2];
	struct unknown_texts set = {0};

	memset(longer, 'x', UNKNOWN_MAX_TEXT_BYTES + 1);
	ck_assert_int_eq(unknown_texts_add(&set, longer, 8), 0);
	ck_assert_uint_eq(set.count, 0);
	ck_assert_int_eq(unknown_texts_add(&set, longer + 1, 8), 0);
	ck_assert_uint_eq(set.count, 1);
	free(set.texts[0]);
	free(set.texts);
}
END_TEST

TCase *unknown_tests(void)
{
	TCase *tc = tcase_create("unknown");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_leaf_is_one_entry_however_often_it_is_seen);
	tcase_add_loop_test(tc, as_many_as_fit_are_kept_in_order, 1, 40);
	tcase_add_test(tc, one_more_than_fits_costs_the_least_recently_seen);
	tcase_add_test(tc, what_a_run_says_again_changes_nothing);
	tcase_add_test(tc, who_writes_is_told_of_each_change);
	tcase_add_test(tc, a_chain_of_one_certificate_or_byte_more_is_refused);
	tcase_add_test(
		tc, hosts_past_the_limit_are_left_out_and_the_count_goes_on);
	tcase_add_test(tc, removed_is_gone_and_restored_is_there);
	tcase_add_test(
		tc, one_byte_more_than_all_entries_have_pushes_the_oldest_out);
	tcase_add_test(tc, a_text_longer_than_the_maximum_is_not_kept);
	return tc;
}
