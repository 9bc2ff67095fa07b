/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/schedule.h"

#include "tests/unit/runner.h"

#define NOW 1000000

static struct schedule_policy policy;
static struct schedule schedule;

static void setup(void)
{
	policy = (struct schedule_policy){
		.enabled = true,
		.start_jitter_ms = 2000,
		.refresh_s = 86400,
	};
	ck_assert_int_eq(backoff_parse("3,6:300", &policy.back_off), 0);
	schedule_start(&schedule, &policy, NOW, 0);
	schedule.settled = true;
}

START_TEST(first_run_is_within_the_jitter_of_the_start)
{
	ck_assert_int_eq(schedule.next_ms, NOW);
	schedule_start(&schedule, &policy, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW + 1999);
	policy.start_jitter_ms = 0;
	schedule_start(&schedule, &policy, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW);
}
END_TEST

START_TEST(good_run_is_followed_by_the_refresh_interval)
{
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 82080000);
	schedule_run_ends(&schedule, &policy, false, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW + 90719999);
	schedule_run_ends(&schedule, &policy, false, NOW, 0x80000000U);
	ck_assert_int_eq(schedule.next_ms, NOW + 86400000);
}
END_TEST

START_TEST(failures_back_off_until_a_run_is_good)
{
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 3000);
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 6000);
	for (int i = 0; i < 20; i++)
		schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 300000);
	schedule_run_ends(&schedule, &policy, true, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW + 329999);
	schedule_run_ends(&schedule, &policy, false, NOW, 0x80000000U);
	ck_assert_int_eq(schedule.next_ms, NOW + 43350000);
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 3000);
}
END_TEST

static void assert_first_refresh(void)
{
	ck_assert_int_eq(schedule.next_ms, NOW + 300000);
	schedule_policy_changed(&schedule, &policy, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW + 86399999);
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 82080000);
}

START_TEST(first_refresh_is_anywhere_in_the_interval_so_that_fleets_spread)
{
	schedule_start(&schedule, &policy, NOW, 0);
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	assert_first_refresh();
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	assert_first_refresh();
	/* What led to another server at once was not yet the run. */
	schedule_start(&schedule, &policy, NOW, 0);
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert(schedule_restart(&schedule, &policy, NOW));
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	assert_first_refresh();
	ck_assert(schedule_restart(&schedule, &policy, NOW));
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 82080000);
}
END_TEST

START_TEST(a_short_interval_is_not_made_shorter)
{
	policy.refresh_s = SCHEDULE_MIN_SPREAD_SECONDS;
	schedule_start(&schedule, &policy, NOW, 0);
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 285000);
}
END_TEST

/* --- what a server asks for --- */

START_TEST(a_server_is_not_asked_before_the_time_it_said)
{
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_wait(&schedule, 100, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 100000);
	schedule_wait(&schedule, 100, NOW, UINT32_MAX);
	ck_assert_int_eq(schedule.next_ms, NOW + 109999);
	schedule_policy_changed(&schedule, &policy, NOW + 5, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 109999);
	/* It counts once. */
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 6000);
}
END_TEST

START_TEST(what_it_said_makes_nothing_sooner)
{
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_wait(&schedule, 1, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 3000);
	policy.refresh_s = 0;
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	schedule_wait(&schedule, 1, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

START_TEST(a_server_cannot_send_a_phone_away_for_longer_than_a_day)
{
	int64_t most = SCHEDULE_MAX_RETRY_AFTER_SECONDS;

	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_wait(&schedule, most + 1, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 86400000);
	schedule_wait(&schedule, INT64_MAX, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 86400000);
	/* Another server, or a reason for a run, does not wait. */
	ck_assert(schedule_restart(&schedule, &policy, NOW));
	ck_assert_int_eq(schedule.next_ms, NOW);
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_wait(&schedule, most, NOW, 0);
	schedule_soon(&schedule, &policy, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW);
}
END_TEST

START_TEST(what_is_sooner_than_soon_stays)
{
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_soon(&schedule, &policy, NOW + 5000, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 3000);
	policy.enabled = false;
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	schedule_soon(&schedule, &policy, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

START_TEST(nothing_is_due_while_a_run_is_under_way)
{
	schedule_run_begins(&schedule);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

START_TEST(policy_that_forbids_updates_starts_nothing)
{
	policy.enabled = false;
	schedule_start(&schedule, &policy, NOW, 1);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
	schedule_run_ends(&schedule, &policy, true, NOW, 1);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
	schedule_run_ends(&schedule, &policy, false, NOW, 1);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

START_TEST(without_an_interval_a_good_run_is_the_last)
{
	policy.refresh_s = 0;
	schedule_run_ends(&schedule, &policy, false, NOW, 1);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
	schedule_run_ends(&schedule, &policy, true, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 3000);
}
END_TEST

START_TEST(changed_policy_counts_from_the_last_run)
{
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	policy.refresh_s = 1000;
	schedule_policy_changed(&schedule, &policy, NOW + 5000, 0x80000000U);
	ck_assert_int_eq(schedule.next_ms, NOW + 1000000);
	/* overdue: soon, not all phones at the same moment */
	schedule_policy_changed(&schedule, &policy, NOW + 5000000, 0x80000000U);
	ck_assert_int_eq(schedule.next_ms, NOW + 5001000);
}
END_TEST

START_TEST(policy_changed_before_the_first_run_is_a_start)
{
	policy.enabled = false;
	schedule_start(&schedule, &policy, NOW, 0);
	policy.enabled = true;
	schedule_policy_changed(&schedule, &policy, NOW + 50, 0);
	ck_assert_int_eq(schedule.next_ms, NOW + 50);
}
END_TEST

START_TEST(interval_of_any_length_does_not_overflow)
{
	policy.refresh_s = UINT32_MAX;
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	ck_assert_int_eq(
		schedule.next_ms, NOW + 950LL * SCHEDULE_MAX_REFRESH_SECONDS);
}
END_TEST

/* --- what servers may bring about --- */

#define HOUR_MS 3600000

/* A server that makes each run end as it says and names another one each
 * time: runs that begin within so many hours. */
static int count_runs(int hours, bool (*fails)(int run), bool restarts)
{
	int64_t now = NOW;
	int runs = 0;

	schedule_start(&schedule, &policy, now, 0);
	while (schedule.next_ms < NOW + (int64_t)hours * HOUR_MS) {
		ck_assert_int_ge(schedule.next_ms, now);
		now = schedule.next_ms + 1;
		schedule_run_begins(&schedule);
		schedule_run_ends(&schedule, &policy, fails(runs), now, 0);
		if (restarts)
			(void)schedule_restart(&schedule, &policy, now);
		ck_assert_int_lt(++runs, 100000);
	}
	return runs;
}

static bool never(int run)
{
	(void)run;
	return false;
}

static bool always(int run)
{
	(void)run;
	return true;
}

static bool in_turn(int run)
{
	return run % 2 == 0;
}

START_TEST(servers_that_name_each_other_begin_five_runs_and_then_wait)
{
	/* The seventh is the first refresh, as soon as it can be. */
	ck_assert_int_eq(count_runs(1, never, true), 7);
	ck_assert_int_eq(count_runs(22, never, true), 7);
	policy.refresh_s = 0;
	ck_assert_int_eq(count_runs(1000, never, true), 6);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

START_TEST(restarts_do_not_end_the_back_off)
{
	for (int i = 0; i < 8; i++) {
		schedule_run_ends(&schedule, &policy, true, NOW, 0);
		(void)schedule_restart(&schedule, &policy, NOW);
	}
	ck_assert_uint_eq(schedule.failures, 8);
	ck_assert_int_eq(schedule.next_ms, NOW + 300000);
}
END_TEST

START_TEST(an_hour_later_there_are_five_restarts_again)
{
	for (int i = 0; i < 7; i++) {
		schedule_run_ends(&schedule, &policy, false, NOW, 0);
		(void)schedule_restart(&schedule, &policy, NOW);
	}
	schedule_run_ends(&schedule, &policy, false, NOW + HOUR_MS - 1, 0);
	(void)schedule_restart(&schedule, &policy, NOW + HOUR_MS - 1);
	ck_assert_int_gt(schedule.next_ms, NOW + 10 * HOUR_MS);
	schedule_run_ends(&schedule, &policy, false, NOW + HOUR_MS, 0);
	(void)schedule_restart(&schedule, &policy, NOW + HOUR_MS);
	ck_assert_int_eq(schedule.next_ms, NOW + HOUR_MS);
	ck_assert_uint_eq(schedule.restarts, 1);
}
END_TEST

START_TEST(an_admin_who_names_another_server_begins_afresh)
{
	ck_assert_int_eq(count_runs(1, never, true), 7);
	schedule_start(&schedule, &policy, NOW, 0);
	ck_assert_int_eq(schedule.next_ms, NOW);
	ck_assert_uint_eq(schedule.restarts, 0);
}
END_TEST

START_TEST(a_policy_that_forbids_runs_restarts_none)
{
	policy.enabled = false;
	schedule_run_ends(&schedule, &policy, false, NOW, 0);
	(void)schedule_restart(&schedule, &policy, NOW);
	ck_assert_int_eq(schedule.next_ms, SCHEDULE_NEVER);
}
END_TEST

/* The shortest times a file can name, and all it can do to have runs. */
START_TEST(whatever_a_server_says_there_are_no_more_than_40_runs_an_hour)
{
	ck_assert_int_eq(backoff_parse("1", &policy.back_off), 0);
	policy.wished = true;
	policy.refresh_s = SCHEDULE_MIN_WISH_SECONDS;
	ck_assert_int_le(count_runs(1, never, true), 20);
	ck_assert_int_le(count_runs(1, always, true), 25);
	ck_assert_int_le(count_runs(1, in_turn, true), 40);
	ck_assert_int_le(count_runs(100, always, true), 2500);
	ck_assert_int_le(count_runs(100, in_turn, true), 4000);
	/* An admin may want it. */
	policy.wished = false;
	ck_assert_int_gt(count_runs(1, always, false), 3000);
}
END_TEST

TCase *schedule_tests(void);

TCase *schedule_tests(void)
{
	TCase *tc = tcase_create("schedule");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, first_run_is_within_the_jitter_of_the_start);
	tcase_add_test(tc, good_run_is_followed_by_the_refresh_interval);
	tcase_add_test(tc, failures_back_off_until_a_run_is_good);
	tcase_add_test(tc,
		first_refresh_is_anywhere_in_the_interval_so_that_fleets_spread);
	tcase_add_test(tc, a_short_interval_is_not_made_shorter);
	tcase_add_test(tc, a_server_is_not_asked_before_the_time_it_said);
	tcase_add_test(tc, what_it_said_makes_nothing_sooner);
	tcase_add_test(
		tc, a_server_cannot_send_a_phone_away_for_longer_than_a_day);
	tcase_add_test(tc, what_is_sooner_than_soon_stays);
	tcase_add_test(tc, nothing_is_due_while_a_run_is_under_way);
	tcase_add_test(tc, policy_that_forbids_updates_starts_nothing);
	tcase_add_test(tc, without_an_interval_a_good_run_is_the_last);
	tcase_add_test(tc, changed_policy_counts_from_the_last_run);
	tcase_add_test(tc, policy_changed_before_the_first_run_is_a_start);
	tcase_add_test(tc, interval_of_any_length_does_not_overflow);
	tcase_add_test(
		tc, servers_that_name_each_other_begin_five_runs_and_then_wait);
	tcase_add_test(tc, restarts_do_not_end_the_back_off);
	tcase_add_test(tc, an_hour_later_there_are_five_restarts_again);
	tcase_add_test(tc, an_admin_who_names_another_server_begins_afresh);
	tcase_add_test(tc, a_policy_that_forbids_runs_restarts_none);
	tcase_add_test(tc,
		whatever_a_server_says_there_are_no_more_than_40_runs_an_hour);
	return tc;
}
