/* SPDX-License-Identifier: Apache-2.0 */
/* Turns that are taken without waiting, and by whom they are not. In one
 * process all sockets are of one user; those of the admin socket count as
 * another. */
#include <check.h>
#include <string.h>

#include "tests/unit/certprovd/sys/server-rig.h"
#include "tests/unit/runner.h"

#define NOTE "{\"method\":\"a.b.Note\"}"
#define DONE "{\"parameters\":{}}"

static struct varlink_socket few[SERVER_MAX_AT_ONCE];
static struct varlink_socket other;

/* Connections of one user, as many as may have their turns at once with one of
 * another. */
static void setup(void)
{
	rig_setup();
	for (size_t i = 0; i + 1 < ARRAY_SIZE(few); i++) {
		few[i] = connect_trust();
		if (i == ARRAY_SIZE(few) / 2)
			other = connect_admin();
	}
	(void)settle();
}

static void teardown(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(few); i++)
		varlink_socket_done(&few[i]);
	varlink_socket_done(&other);
	rig_teardown();
}

/* How many calls of all are handled until this one is answered. */
static unsigned handled_until_heard(struct varlink_socket *c)
{
	unsigned before = rig.noted;
	size_t len = 0;

	for (unsigned turns = 0; !hear_next(c, &len); turns++) {
		ck_assert_uint_lt(turns, RIG_MAX_TURNS);
		(void)rig_turn();
	}
	return rig.noted - before;
}

/* How many turns of the loop one call takes that comes alone. */
static unsigned turns_of_a_call(struct varlink_socket *c)
{
	unsigned turns = 0;

	say(c, NOTE);
	turns = settle();
	hear(c, DONE);
	return turns;
}

START_TEST(a_call_that_comes_alone_takes_one_turn_of_the_loop)
{
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(turns_of_a_call(&few[0]), 1);
		ck_assert_uint_eq(turns_of_a_call(&other), 1);
	}
}
END_TEST

START_TEST(with_one_connection_more_it_waits_for_its_turn)
{
	few[SERVER_MAX_AT_ONCE - 1] = connect_trust();
	(void)settle();
	ck_assert_uint_gt(turns_of_a_call(&few[0]), 1);
	ck_assert_uint_gt(turns_of_a_call(&other), 1);
	varlink_socket_done(&few[1]);
	(void)settle();
	ck_assert_uint_eq(turns_of_a_call(&few[0]), 1);
}
END_TEST

static unsigned max_of(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

/* Half of the others come before it, and half behind it. */
static unsigned handled_among_few(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(few) / 2; i++)
		say(&few[i], NOTE);
	say(&other, NOTE);
	for (size_t i = ARRAY_SIZE(few) / 2; i + 1 < ARRAY_SIZE(few); i++)
		say(&few[i], NOTE);
	return handled_until_heard(&other);
}

static void hear_few(void)
{
	(void)settle();
	for (size_t i = 0; i + 1 < ARRAY_SIZE(few); i++)
		hear(&few[i], DONE);
}

START_TEST(calls_of_many_connections_are_not_before_one_of_another_user)
{
	unsigned most = 0;

	for (int i = 0; i < 10; i++) {
		most = max_of(most, handled_among_few());
		hear_few();
	}
	ck_assert_uint_le(most, 3);
}
END_TEST

/* Who it is shows when it is let in, which the loop has to tell of as well. */
START_TEST(calls_of_many_connections_are_not_before_somebody_new)
{
	unsigned most = 0;

	for (int i = 0; i < 10; i++) {
		varlink_socket_done(&other);
		(void)settle();
		other = connect_admin();
		most = max_of(most, handled_among_few());
		hear_few();
	}
	ck_assert_uint_le(most, 3);
}
END_TEST

/* It stands. */
static int64_t tell_time(void)
{
	return 0;
}

START_TEST(who_comes_alone_has_used_up_its_work_all_the_same)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;

	server_set_clock(rig.server, tell_time);
	limits.work.work_per_second = 1;
	limits.work.work_at_once = 10 * SERVER_CALL_WORK;
	server_set_limits(rig.server, &limits);
	for (int i = 0; i < 20; i++) {
		say(&few[0], NOTE);
		ck_assert_uint_lt(settle(), 10);
	}
	ck_assert_uint_ge(rig.noted, 9);
	ck_assert_uint_le(rig.noted, 10);
	ck_assert_uint_eq(settle(), 0);
	check_served(&other);
}
END_TEST

/* Calls that come in pieces and together, on some connections at once. */
START_TEST(no_piece_of_a_call_is_forgotten)
{
	static const char call[] = NOTE;
	size_t said[4] = {0};
	unsigned random = 1;

	for (int i = 0; i < 5000; i++) {
		size_t which = 0;
		size_t len = 0;

		random = random * 1103515245 + 12345;
		which = random >> 16 & 3;
		len = 1 + (random >> 18 & 63);
		for (; len > 0; len--)
			said[which] += say_some(&few[which],
				&call[said[which] % sizeof(call)], 1);
		if (random >> 24 & 1)
			(void)rig_turn();
		if ((random >> 25 & 15) == 0) {
			(void)settle();
			ck_assert_uint_eq(rig.noted,
				said[0] / sizeof(call) +
					said[1] / sizeof(call) +
					said[2] / sizeof(call) +
					said[3] / sizeof(call));
			for (size_t j = 0; j < 4; j++)
				while (hear_next(&few[j], &len))
					;
		}
	}
}
END_TEST

TCase *server_at_once_tests(void);

TCase *server_at_once_tests(void)
{
	TCase *tc = tcase_create("server-at-once");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_call_that_comes_alone_takes_one_turn_of_the_loop);
	tcase_add_test(tc, with_one_connection_more_it_waits_for_its_turn);
	tcase_add_test(tc,
		calls_of_many_connections_are_not_before_one_of_another_user);
	tcase_add_test(
		tc, calls_of_many_connections_are_not_before_somebody_new);
	tcase_add_test(tc, who_comes_alone_has_used_up_its_work_all_the_same);
	tcase_add_test(tc, no_piece_of_a_call_is_forgotten);
	return tc;
}
