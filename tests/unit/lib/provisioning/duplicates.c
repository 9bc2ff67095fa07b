/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/duplicates.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/runner.h"

static struct duplicates *duplicates;
static char heard[256];
static size_t heard_count;

static void hear_one(const struct outcome *o)
{
	ck_assert_str_eq(o->document, "doc");
	(void)snprintf(heard, sizeof(heard), "%lld %s %d %s",
		(long long)o->line, outcome_result_name(o), o->accepted,
		o->reason);
	heard_count++;
}

static void hear(struct decisions *decisions)
{
	for (size_t i = 0; i < decisions->count; i++)
		hear_one(&decisions->items[i].outcome);
	decisions_done(decisions);
}

static void setup(void)
{
	heard_count = 0;
	ck_assert_int_eq(duplicates_new(&duplicates), 0);
}

static void teardown(void)
{
	duplicates = duplicates_free(duplicates);
}

static const uint8_t *key(unsigned n)
{
	static uint8_t k[SHA256_BYTES];

	memcpy(k, &n, sizeof(n));
	return k;
}

static void add(unsigned n, int64_t line)
{
	struct decisions decisions = {0};
	struct provenance from = {
		.document = "doc", .line = line, .url = "http://u"};

	memcpy(from.url_sha256, key(n), SHA256_BYTES);
	ck_assert_int_eq(duplicates_add(duplicates, &from, &decisions), 0);
	hear(&decisions);
}

static void decide(unsigned n, enum verdict v)
{
	struct decisions decisions = {0};

	ck_assert_int_eq(
		duplicates_decided(duplicates, key(n), v, &decisions), 0);
	hear(&decisions);
}

static void finish(void)
{
	struct decisions decisions = {0};

	ck_assert_int_eq(
		duplicates_finish(duplicates, VERDICT_FETCHER_LOST, &decisions),
		0);
	hear(&decisions);
}

static void assert_heard(const char *begin, const char *part)
{
	ck_assert_msg(strncmp(heard, begin, strlen(begin)) == 0, "%s", heard);
	ck_assert_msg(strstr(heard, part) != NULL, "%s", heard);
}

START_TEST(a_duplicate_takes_what_became_of_the_first_before_it)
{
	decide(1, VERDICT_ACCEPTED);
	decide(2, VERDICT_HTTP_STATUS);
	add(1, 7);
	assert_heard("7 duplicate-url 1", "accepted");
	add(2, 8);
	assert_heard("8 duplicate-url 0", "http-status");
	ck_assert_uint_eq(heard_count, 2);
}
END_TEST

START_TEST(a_duplicate_waits_for_the_first_that_is_decided_later)
{
	add(1, 7);
	ck_assert_uint_eq(heard_count, 0);
	decide(2, VERDICT_ACCEPTED);
	ck_assert_uint_eq(heard_count, 0);
	decide(1, VERDICT_EXPIRED);
	assert_heard("7 duplicate-url 0", "expired");
	ck_assert_uint_eq(duplicates_waiting(duplicates), 0);
}
END_TEST

START_TEST(the_first_decision_stays_the_first)
{
	decide(1, VERDICT_EXPIRED);
	decide(1, VERDICT_ACCEPTED);
	add(1, 7);
	assert_heard("7 duplicate-url 0", "expired");
}
END_TEST

START_TEST(who_still_waits_at_the_end_gets_why_the_run_ended)
{
	add(1, 7);
	finish();
	assert_heard("7 duplicate-url 0", "fetcher-lost");
	finish();
	ck_assert_uint_eq(heard_count, 1);
}
END_TEST

START_TEST(one_more_than_may_wait_exceeds_the_limit)
{
	for (unsigned i = 0; i < DUPLICATES_MAX_WAITING; i++)
		add(i, i);
	ck_assert_uint_eq(heard_count, 0);
	add(9, 9999);
	assert_heard("9999 limit-exceeded 0", "repeat");
	decide(9, VERDICT_ACCEPTED);
	assert_heard("9 duplicate-url 1", "accepted");
	ck_assert_uint_eq(heard_count, 2);
}
END_TEST

START_TEST(urls_past_the_limit_are_forgotten_not_kept)
{
	for (unsigned i = 0; i < DUPLICATES_MAX_URLS + 1; i++)
		decide(i, VERDICT_ACCEPTED);
	add(DUPLICATES_MAX_URLS - 1, 1);
	ck_assert_uint_eq(heard_count, 1);
	add(DUPLICATES_MAX_URLS, 2);
	ck_assert_uint_eq(heard_count, 1);
	ck_assert_uint_eq(duplicates_waiting(duplicates), 1);
}
END_TEST

TCase *duplicates_tests(void);

TCase *duplicates_tests(void)
{
	TCase *tc = tcase_create("duplicates");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, a_duplicate_takes_what_became_of_the_first_before_it);
	tcase_add_test(
		tc, a_duplicate_waits_for_the_first_that_is_decided_later);
	tcase_add_test(tc, the_first_decision_stays_the_first);
	tcase_add_test(tc, who_still_waits_at_the_end_gets_why_the_run_ended);
	tcase_add_test(tc, one_more_than_may_wait_exceeds_the_limit);
	tcase_add_test(tc, urls_past_the_limit_are_forgotten_not_kept);
	return tc;
}
