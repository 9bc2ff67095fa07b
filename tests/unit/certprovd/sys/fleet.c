/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet of phones whose server was away: the quick form of bench-fleet. */
#include "tests/bench/fleet.h"

#include "tests/unit/runner.h"

#define PHONES 10000
#define DAY_MS INT64_C(86400000)
#define OUTAGE_MS INT64_C(600000)
#define WINDOW_MS INT64_C(600000)

static struct fleet_plan plan;
static struct fleet_load load;

static void setup(void)
{
	plan = (struct fleet_plan){
		.phones = PHONES,
		.seed = 7,
		.policy = {.enabled = true,
			.start_jitter_ms = 3000,
			.refresh_s = DAY_MS / 1000},
		.outage_ms = OUTAGE_MS,
		.run_ms = 1000,
		.until_ms = OUTAGE_MS + 3 * DAY_MS,
		.window_ms = WINDOW_MS,
	};
	ck_assert_int_eq(
		backoff_parse(BACKOFF_DEFAULT, &plan.policy.back_off), 0);
}

static void teardown(void)
{
	fleet_load_done(&load);
}

static void assert_spread(void)
{
	ck_assert_int_eq(fleet_simulate(&plan, &load), 0);
	ck_assert_int_lt(load.caught_up_ms, INT64_MAX);
	ck_assert_int_le(
		fleet_settled_ms(&plan, &load, 1.5), OUTAGE_MS + DAY_MS);
	/* And not because nobody asks any more. */
	ck_assert_double_gt(
		fleet_peak(&plan, &load, OUTAGE_MS + DAY_MS, plan.until_ms),
		0.9 * fleet_even(&plan));
}

START_TEST(a_fleet_is_spread_within_one_interval_after_its_server_was_away)
{
	assert_spread();
	/* All have caught up within the longest wait that they had. */
	ck_assert_int_le(load.caught_up_ms, 3 * OUTAGE_MS);
}
END_TEST

START_TEST(so_it_is_after_a_start_without_any_trouble)
{
	plan.outage_ms = 0;
	assert_spread();
}
END_TEST

START_TEST(so_it_is_when_the_server_says_when_to_come_again)
{
	plan.retry_after_s = OUTAGE_MS / 1000;
	assert_spread();
}
END_TEST

START_TEST(retry_after_spares_a_server_that_is_away)
{
	int64_t even = 0;

	plan.window_ms = OUTAGE_MS;
	ck_assert_int_eq(fleet_simulate(&plan, &load), 0);
	even = load.runs[0];
	fleet_load_done(&load);
	plan.retry_after_s = OUTAGE_MS / 1000;
	ck_assert_int_eq(fleet_simulate(&plan, &load), 0);
	ck_assert_int_eq(load.runs[0], PHONES);
	ck_assert_int_gt(even, INT64_C(5) * PHONES);
	/* Nobody is before the time, and all are soon behind it. */
	ck_assert_int_le(load.caught_up_ms, OUTAGE_MS / 10 * 12);
}
END_TEST

TCase *fleet_tests(void);

TCase *fleet_tests(void)
{
	TCase *tc = tcase_create("fleet");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		a_fleet_is_spread_within_one_interval_after_its_server_was_away);
	tcase_add_test(tc, so_it_is_after_a_start_without_any_trouble);
	tcase_add_test(tc, so_it_is_when_the_server_says_when_to_come_again);
	tcase_add_test(tc, retry_after_spares_a_server_that_is_away);
	return tc;
}
