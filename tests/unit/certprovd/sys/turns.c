/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/turns.h"

#include <check.h>

#include "tests/unit/runner.h"

#define CONNECTIONS 60
#define SECOND 1000000

static const struct turns_limits limits = {
	.work_per_second = 10,
	.work_at_once = 100,
};
static const struct turns_who many = {.uid = 1000};
static const struct turns_who few = {.uid = 1001};

static struct turns *turns;
static struct turn flood[CONNECTIONS];
static struct turn other;
static int64_t now_us;

static void setup(void)
{
	now_us = 0;
	ck_assert_int_eq(turns_new(&limits, &turns), 0);
	for (size_t i = 0; i < CONNECTIONS; i++)
		ck_assert_int_eq(
			turns_join(turns, &flood[i], &many, now_us), 0);
	ck_assert_int_eq(turns_join(turns, &other, &few, now_us), 0);
}

static void teardown(void)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		turns_leave(turns, &flood[i], now_us);
	turns_leave(turns, &other, now_us);
	turns = turns_free(turns);
}

static void want_all(void)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		turns_want(turns, &flood[i]);
}

START_TEST(users_take_turns_and_their_connections_do)
{
	want_all();
	turns_want(turns, &other);
	ck_assert_int_eq(turns_wait_us(turns, now_us), 0);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		ck_assert_ptr_eq(turns_take(turns, now_us), &flood[i]);
		ck_assert_ptr_eq(turns_take(turns, now_us), &other);
		turns_want(turns, &flood[i]);
		turns_want(turns, &other);
	}
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
}
END_TEST

START_TEST(to_want_a_turn_twice_is_to_want_one)
{
	turns_want(turns, &other);
	turns_want(turns, &other);
	ck_assert_ptr_eq(turns_take(turns, now_us), &other);
	ck_assert_ptr_null(turns_take(turns, now_us));
	ck_assert_int_eq(turns_wait_us(turns, now_us), -1);
}
END_TEST

START_TEST(who_leaves_gets_no_turn)
{
	turns_want(turns, &flood[0]);
	turns_want(turns, &flood[1]);
	turns_want(turns, &flood[2]);
	turns_leave(turns, &flood[1], now_us);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
	turns_leave(turns, &flood[2], now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	turns_want(turns, &other);
	turns_leave(turns, &other, now_us);
	ck_assert_int_eq(turns_wait_us(turns, now_us), -1);
}
END_TEST

START_TEST(who_has_used_up_its_work_waits_and_nobody_else)
{
	want_all();
	turns_want(turns, &other);
	turns_charge(turns, &flood[0], limits.work_at_once - 1, 0, now_us);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
	/* The budget is there to the last byte's worth. */
	turns_charge(turns, &flood[0], 0, TURNS_BYTES_PER_WORK - 1, now_us);
	ck_assert_ptr_eq(turns_take(turns, now_us), &other);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[1]);
	turns_charge(turns, &flood[1], 0, 1, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	for (int i = 0; i < 10; i++) {
		turns_want(turns, &other);
		ck_assert_ptr_eq(turns_take(turns, now_us), &other);
	}
	ck_assert_ptr_null(turns_take(turns, now_us));
}
END_TEST

START_TEST(work_comes_back_with_time)
{
	want_all();
	/* Ten more than there is: a second's worth. */
	turns_charge(turns, &flood[0], limits.work_at_once + 10, 0, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	ck_assert_int_ge(turns_wait_us(turns, now_us), SECOND);
	ck_assert_int_lt(turns_wait_us(turns, now_us), SECOND + SECOND / 100);
	/* It does not matter how often somebody asks. */
	for (; now_us < SECOND; now_us += 7)
		ck_assert_ptr_null(turns_take(turns, now_us));
	now_us += turns_wait_us(turns, now_us);
	ck_assert_int_lt(now_us, SECOND + SECOND / 100);
	ck_assert_int_eq(turns_wait_us(turns, now_us), 0);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
}
END_TEST

START_TEST(what_is_not_used_is_not_saved_beyond_the_budget)
{
	now_us = (int64_t)1 << 60;
	turns_want(turns, &flood[0]);
	turns_want(turns, &flood[1]);
	turns_charge(turns, &flood[0], limits.work_at_once - 1, 0, now_us);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
	turns_charge(turns, &flood[0], 1, 0, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	now_us += (int64_t)1000 * SECOND;
	turns_charge(turns, &flood[0], limits.work_at_once, 0, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
}
END_TEST

START_TEST(a_charge_of_any_size_is_one)
{
	turns_want(turns, &flood[0]);
	for (int i = 0; i < 3; i++)
		turns_charge(turns, &flood[0], UINT64_MAX, SIZE_MAX, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	ck_assert_int_gt(turns_wait_us(turns, now_us), 0);
}
END_TEST

START_TEST(a_user_that_comes_back_has_the_budget_it_left)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		turns_leave(turns, &flood[i], now_us);
	ck_assert_uint_eq(turns_users(turns), 1);
	ck_assert_int_eq(turns_join(turns, &flood[0], &many, now_us), 0);
	turns_charge(turns, &flood[0], limits.work_at_once, 0, now_us);
	turns_leave(turns, &flood[0], now_us);
	ck_assert_uint_eq(turns_users(turns), 2);
	ck_assert_int_eq(turns_join(turns, &flood[0], &many, now_us), 0);
	turns_want(turns, &flood[0]);
	ck_assert_ptr_null(turns_take(turns, now_us));
	turns_leave(turns, &flood[0], now_us);
	/* With time it is as good as a new one, and forgotten. */
	now_us += (int64_t)20 * SECOND;
	turns_leave(turns, &other, now_us);
	ck_assert_uint_eq(turns_users(turns), 0);
}
END_TEST

START_TEST(one_user_more_than_is_remembered_is_forgotten)
{
	for (uid_t i = 0; i < TURNS_MAX_GONE + 1; i++) {
		const struct turns_who who = {.uid = 2000 + i};
		struct turn turn = {0};

		ck_assert_int_eq(turns_join(turns, &turn, &who, now_us), 0);
		turns_charge(turns, &turn, 10 + i % 2, 0, now_us);
		turns_leave(turns, &turn, now_us);
	}
	ck_assert_uint_eq(turns_users(turns), 2 + TURNS_MAX_GONE);
}
END_TEST

START_TEST(each_kind_of_socket_has_a_budget_of_its_own)
{
	const struct turns_who admin = {.uid = 1000, .admin = true};
	const struct turns_who own = {.uid = 1000, .run = true};
	struct turn a = {0};
	struct turn b = {0};

	ck_assert_int_eq(turns_join(turns, &a, &admin, now_us), 0);
	ck_assert_int_eq(turns_join(turns, &b, &own, now_us), 0);
	turns_want(turns, &flood[0]);
	turns_want(turns, &a);
	turns_want(turns, &b);
	turns_charge(turns, &flood[0], limits.work_at_once, 0, now_us);
	turns_charge(turns, &b, limits.work_at_once * 2UL, 0, now_us);
	ck_assert_ptr_eq(turns_take(turns, now_us), &a);
	ck_assert_ptr_eq(turns_take(turns, now_us), &b);
	ck_assert_ptr_null(turns_take(turns, now_us));
	turns_leave(turns, &a, now_us);
	turns_leave(turns, &b, now_us);
}
END_TEST

START_TEST(other_limits_hold_at_once)
{
	const struct turns_limits more = {
		.work_per_second = 1000,
		.work_at_once = 1,
	};

	turns_want(turns, &flood[0]);
	turns_want(turns, &flood[1]);
	turns_set_limits(turns, &more);
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[0]);
	turns_charge(turns, &flood[0], 1, 0, now_us);
	ck_assert_ptr_null(turns_take(turns, now_us));
	now_us += 2000;
	ck_assert_ptr_eq(turns_take(turns, now_us), &flood[1]);
}
END_TEST

START_TEST(a_turn_is_next_when_nobody_waits_and_its_user_has_work_left)
{
	ck_assert(turns_is_next(turns, &other, now_us));
	turns_want(turns, &flood[0]);
	ck_assert(!turns_is_next(turns, &other, now_us));
	/* Also of those that may not go yet. */
	turns_charge(turns, &flood[0], limits.work_at_once, 0, now_us);
	ck_assert(!turns_is_next(turns, &other, now_us));
	turns_leave(turns, &flood[0], now_us);
	ck_assert(turns_is_next(turns, &other, now_us));
	ck_assert(!turns_is_next(turns, &flood[1], now_us));
	now_us += SECOND;
	ck_assert(turns_is_next(turns, &flood[1], now_us));
}
END_TEST

/* --- runs --- */

#define ELEMENT_US 150
#define CALL_US 20
#define PAUSE_US TURNS_MIN_PAUSE_US

static struct turn run;

static void join_run(void)
{
	const struct turns_who who = {.uid = 1002, .run = true};

	ck_assert_int_eq(turns_join(turns, &run, &who, now_us), 0);
	now_us = (int64_t)10 * SECOND;
}

/* Whoever has the next turn; both want another one. */
static bool next_is_run(void)
{
	int64_t since_us = now_us;
	struct turn *turn = NULL;
	bool of_run = false;

	turns_want(turns, &run);
	turns_want(turns, &other);
	turn = turns_take(turns, now_us);
	ck_assert_ptr_nonnull(turn);
	of_run = turns_is_of_run(turn);
	ck_assert_ptr_eq(turn, of_run ? &run : &other);
	now_us += of_run ? ELEMENT_US : CALL_US;
	(void)turns_taken(turns, of_run, since_us, now_us);
	return of_run;
}

START_TEST(one_of_many_calls_waits_for_a_run_which_goes_on)
{
	join_run();
	for (int i = 0; i < 3; i++) {
		ck_assert(next_is_run());
		for (unsigned j = 0; j < TURNS_BEFORE_RUN; j++)
			ck_assert(!next_is_run());
	}
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(it_is_known_whether_there_is_a_run)
{
	ck_assert(!turns_have_run(turns));
	join_run();
	ck_assert(turns_have_run(turns));
	turns_leave(turns, &run, now_us);
	ck_assert(!turns_have_run(turns));
}
END_TEST

START_TEST(calls_that_take_long_stop_no_run)
{
	join_run();
	ck_assert(next_is_run());
	now_us += TURNS_MAX_REST_US - 1;
	ck_assert(!next_is_run());
	ck_assert(next_is_run());
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(runs_give_way_for_so_long_and_no_longer)
{
	int64_t began_us = 0;
	int64_t rested_us = 0;

	join_run();
	ck_assert(next_is_run());
	began_us = now_us;
	for (; rested_us < TURNS_MAX_RESTS_US; rested_us = now_us - began_us) {
		ck_assert(!next_is_run());
		now_us += TURNS_MAX_REST_US - CALL_US;
		ck_assert(next_is_run());
		began_us += ELEMENT_US;
	}
	for (int i = 0; i < 3; i++) {
		ck_assert(!next_is_run());
		ck_assert(next_is_run());
	}
	/* The next one gives way again. */
	turns_leave(turns, &run, now_us);
	join_run();
	now_us += (int64_t)2 * TURNS_MAX_RESTS_US;
	ck_assert(!next_is_run());
	ck_assert(next_is_run());
	ck_assert(!next_is_run());
	ck_assert(!next_is_run());
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(a_run_goes_on_in_a_pause)
{
	join_run();
	ck_assert(next_is_run());
	ck_assert(!next_is_run());
	ck_assert_int_eq(turns_wait_us(turns, now_us), PAUSE_US);
	ck_assert_ptr_null(turns_take(turns, now_us));
	ck_assert(!turns_is_next(turns, &run, now_us));
	ck_assert(turns_is_next(turns, &other, now_us));
	now_us += PAUSE_US;
	ck_assert_int_eq(turns_wait_us(turns, now_us), 0);
	ck_assert_ptr_eq(turns_take(turns, now_us), &run);
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(a_pause_has_its_limits)
{
	join_run();
	turns_want(turns, &run);
	for (int i = 0; i < 2; i++) {
		(void)turns_taken(turns, true, i ? now_us : 0, now_us);
		(void)turns_taken(turns, false, now_us, now_us);
		ck_assert_int_eq(turns_wait_us(turns, now_us),
			i ? TURNS_MIN_PAUSE_US : TURNS_MAX_PAUSE_US);
	}
	turns_leave(turns, &run, now_us);
}
END_TEST

/* A turn of the run, which has its next call ready already. */
static void run_has_turn(void)
{
	ck_assert_ptr_eq(turns_take(turns, now_us), &run);
	now_us += ELEMENT_US;
	(void)turns_taken(turns, true, now_us - ELEMENT_US, now_us);
	turns_want(turns, &run);
}

START_TEST(who_asked_lately_can_ask_between_two_calls_of_a_run)
{
	join_run();
	turns_want(turns, &run);
	run_has_turn();
	(void)turns_taken(turns, false, now_us, now_us);
	now_us += PAUSE_US;
	for (int i = 0; i < 3; i++) {
		run_has_turn();
		ck_assert_ptr_null(turns_take(turns, now_us));
		ck_assert_int_eq(turns_wait_us(turns, now_us), PAUSE_US);
		now_us += PAUSE_US;
	}
	/* Nobody has for so long that nobody is waited for. */
	now_us += TURNS_MAX_REST_US;
	for (int i = 0; i < 3; i++)
		run_has_turn();
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(a_run_alone_goes_on_without_a_pause)
{
	join_run();
	turns_want(turns, &run);
	for (int i = 0; i < 3; i++)
		run_has_turn();
	turns_leave(turns, &run, now_us);
}
END_TEST

/* Wake up when told, until it is the run's turn; how often that was. */
static unsigned wakes_until_run(bool asked)
{
	unsigned wakes = 0;

	turns_want(turns, &run);
	for (; turns_wait_us(turns, now_us) > 0; wakes++) {
		now_us += turns_wait_us(turns, now_us);
		if (asked)
			(void)turns_taken(turns, false, now_us, now_us);
		turns_waited(turns, now_us);
	}
	ck_assert_ptr_eq(turns_take(turns, now_us), &run);
	now_us += ELEMENT_US;
	(void)turns_taken(turns, true, now_us - ELEMENT_US, now_us);
	(void)turns_taken(turns, false, now_us, now_us);
	return wakes;
}

START_TEST(while_others_ask_without_a_pause_a_run_hardly_wakes_up)
{
	join_run();
	ck_assert_uint_eq(wakes_until_run(true), 0);
	ck_assert_uint_gt(wakes_until_run(true), 3);
	ck_assert_uint_le(wakes_until_run(true), 2);
	ck_assert_uint_eq(wakes_until_run(true), 1);
	/* That looks for a pause again as at first. */
	ck_assert_uint_eq(wakes_until_run(false), 1);
	ck_assert_uint_gt(wakes_until_run(true), 3);
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(a_run_that_waits_is_told_when_it_is_due)
{
	join_run();
	ck_assert(next_is_run());
	for (unsigned i = 1; i < TURNS_BEFORE_RUN; i++)
		ck_assert(!turns_taken(turns, false, now_us, now_us));
	ck_assert(!turns_taken(turns, false, now_us, now_us));
	ck_assert(!turns_taken(turns, true, now_us, now_us));
	turns_want(turns, &run);
	for (unsigned i = 1; i < TURNS_BEFORE_RUN; i++)
		ck_assert(!turns_taken(turns, false, now_us, now_us));
	ck_assert(turns_taken(turns, false, now_us, now_us));
	ck_assert(!turns_taken(turns, false, now_us, now_us));
	ck_assert_int_eq(turns_wait_us(turns, now_us), 0);
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(who_has_used_up_its_work_does_not_stop_a_run)
{
	join_run();
	ck_assert(next_is_run());
	turns_charge(turns, &other, 2UL * limits.work_at_once, 0, now_us);
	ck_assert(next_is_run());
	turns_leave(turns, &run, now_us);
}
END_TEST

START_TEST(nobody_is_next_before_a_run_that_is_due)
{
	join_run();
	turns_want(turns, &run);
	ck_assert(!turns_is_next(turns, &other, now_us));
	ck_assert(!turns_gives_way(turns, &run, now_us));
	(void)turns_taken(turns, true, now_us, now_us);
	ck_assert(turns_is_next(turns, &other, now_us));
	ck_assert(turns_gives_way(turns, &run, now_us));
	ck_assert(!turns_gives_way(turns, &other, now_us));
	turns_leave(turns, &run, now_us);
}
END_TEST

TCase *turns_tests(void);

TCase *turns_tests(void)
{
	TCase *tc = tcase_create("turns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, users_take_turns_and_their_connections_do);
	tcase_add_test(tc, to_want_a_turn_twice_is_to_want_one);
	tcase_add_test(tc, who_leaves_gets_no_turn);
	tcase_add_test(tc, who_has_used_up_its_work_waits_and_nobody_else);
	tcase_add_test(tc, work_comes_back_with_time);
	tcase_add_test(tc, what_is_not_used_is_not_saved_beyond_the_budget);
	tcase_add_test(tc, a_charge_of_any_size_is_one);
	tcase_add_test(tc, a_user_that_comes_back_has_the_budget_it_left);
	tcase_add_test(tc, one_user_more_than_is_remembered_is_forgotten);
	tcase_add_test(tc, each_kind_of_socket_has_a_budget_of_its_own);
	tcase_add_test(tc, other_limits_hold_at_once);
	tcase_add_test(tc,
		a_turn_is_next_when_nobody_waits_and_its_user_has_work_left);
	tcase_add_test(tc, one_of_many_calls_waits_for_a_run_which_goes_on);
	tcase_add_test(tc, it_is_known_whether_there_is_a_run);
	tcase_add_test(tc, calls_that_take_long_stop_no_run);
	tcase_add_test(tc, runs_give_way_for_so_long_and_no_longer);
	tcase_add_test(tc, a_run_goes_on_in_a_pause);
	tcase_add_test(tc, a_pause_has_its_limits);
	tcase_add_test(tc, who_asked_lately_can_ask_between_two_calls_of_a_run);
	tcase_add_test(tc, a_run_alone_goes_on_without_a_pause);
	tcase_add_test(
		tc, while_others_ask_without_a_pause_a_run_hardly_wakes_up);
	tcase_add_test(tc, a_run_that_waits_is_told_when_it_is_due);
	tcase_add_test(tc, who_has_used_up_its_work_does_not_stop_a_run);
	tcase_add_test(tc, nobody_is_next_before_a_run_that_is_due);
	return tc;
}
