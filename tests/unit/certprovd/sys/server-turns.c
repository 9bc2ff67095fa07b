/* SPDX-License-Identifier: Apache-2.0 */
/* Users in turn, and what each may cost. In one process all sockets are of
 * one user; those of the admin socket count as another. */
#include <check.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/certprovd/sys/clock.h"
#include "tests/unit/certprovd/sys/server-rig.h"
#include "tests/unit/runner.h"

#define NOTE "{\"method\":\"a.b.Note\"}"
#define COSTLY "{\"method\":\"a.b.Costly\"}"
#define KEEP "{\"method\":\"a.b.Keep\"}"
#define DONE "{\"parameters\":{}}"
#define CONNECTIONS 60UL
#define CALLS 20U

static struct varlink_socket many[CONNECTIONS];
static struct varlink_socket other;
static int64_t now_us;

static int64_t tell_time(void)
{
	return now_us;
}

static void setup(void)
{
	rig_setup();
	now_us = 0;
	server_set_clock(rig.server, tell_time);
	for (size_t i = 0; i < CONNECTIONS; i++)
		many[i] = connect_trust();
	other = connect_admin();
	(void)settle();
	ck_assert_uint_eq(server_connections(rig.server), CONNECTIONS + 1);
}

static void teardown(void)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		varlink_socket_done(&many[i]);
	varlink_socket_done(&other);
	rig_teardown();
}

static void flood(const char *call)
{
	for (size_t i = 0; i < CONNECTIONS; i++)
		for (unsigned j = 0; j < CALLS; j++)
			say(&many[i], call);
}

/* How many calls of all are handled until this one is answered. */
static unsigned handled_until_answered(struct varlink_socket *c)
{
	unsigned before = rig.noted;
	const char *got = NULL;
	size_t len = 0;

	say(c, NOTE);
	for (unsigned turns = 0; !got; turns++) {
		ck_assert_uint_lt(turns, RIG_MAX_TURNS);
		(void)rig_turn();
		got = hear_next(c, &len);
	}
	ck_assert_str_eq(got, DONE);
	return rig.noted - before;
}

START_TEST(sixty_connections_of_one_user_are_one_user)
{
	flood(NOTE);
	for (unsigned i = 0; i < CALLS; i++)
		ck_assert_uint_le(handled_until_answered(&other), 4);
	(void)settle();
	ck_assert_uint_eq(rig.noted, CONNECTIONS * CALLS + CALLS);
	for (size_t i = 0; i < CONNECTIONS; i++)
		for (unsigned j = 0; j < CALLS; j++)
			hear(&many[i], DONE);
}
END_TEST

START_TEST(the_connections_of_a_user_take_turns)
{
	flood(NOTE);
	(void)handled_until_answered(&other);
	while (rig.noted < CONNECTIONS + 10)
		(void)rig_turn();
	for (size_t i = 0; i < CONNECTIONS; i++)
		hear(&many[i], DONE);
}
END_TEST

static void limit_work(unsigned per_second, unsigned at_once)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;

	limits.work.work_per_second = per_second;
	limits.work.work_at_once = at_once;
	server_set_limits(rig.server, &limits);
}

START_TEST(who_has_used_up_its_work_waits_and_costs_no_turn)
{
	limit_work(10 * SERVER_CALL_WORK, 100 * SERVER_CALL_WORK);
	flood(NOTE);
	(void)settle();
	/* A call costs one, and its bytes a little. */
	ck_assert_uint_ge(rig.noted, 90);
	ck_assert_uint_le(rig.noted, 100);
	ck_assert_uint_eq(settle(), 0);
	ck_assert_uint_eq(handled_until_answered(&other), 1);
	/* Who goes meanwhile is no reason to hurry. */
	for (size_t i = 0; i < CONNECTIONS / 2; i++)
		varlink_socket_done(&many[i]);
	ck_assert_uint_lt(settle(), CONNECTIONS * 4);
	ck_assert_uint_eq(settle(), 0);
	ck_assert_uint_le(rig.noted, 101);
	/* A second brings ten more. */
	now_us += 1000000;
	ck_assert_uint_le(handled_until_answered(&other), 2);
	(void)settle();
	ck_assert_uint_ge(rig.noted, 105);
	ck_assert_uint_le(rig.noted, 112);
}
END_TEST

START_TEST(what_a_handler_says_it_cost_counts)
{
	limit_work(1, 10 * RIG_COSTLY_WORK);
	flood(COSTLY);
	(void)settle();
	ck_assert_uint_ge(rig.costly, 9);
	ck_assert_uint_le(rig.costly, 10);
	ck_assert_uint_eq(handled_until_answered(&other), 1);
}
END_TEST

START_TEST(bytes_count_also_those_that_are_no_call_yet)
{
	static char part[64 * 1024];
	size_t said = 0;

	memset(part, ' ', sizeof(part));
	/* No multiple of what is received at once: some is owed. */
	limit_work(1, 60 * 1024 / TURNS_BYTES_PER_WORK);
	for (int i = 0; i < 100; i++) {
		said += say_some(&many[0], part, sizeof(part));
		(void)settle();
	}
	/* What the kernel holds, and what the work was enough for. */
	ck_assert_uint_lt(said, 1024UL * 1024);
	ck_assert_uint_eq(settle(), 0);
	ck_assert_uint_eq(handled_until_answered(&other), 1);
}
END_TEST

/* By the clock that passes: no test can turn sd-event's. */
START_TEST(who_waits_goes_on_by_itself_when_there_is_work_again)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;
	CLEANUP(varlink_socket_done) struct varlink_socket c = {.fd = -1};

	limits.work.work_per_second = 100000;
	limits.work.work_at_once = 1;
	rig_limit(&limits);
	c = connect_trust();
	for (int i = 0; i < 50; i++)
		say(&c, NOTE);
	for (unsigned i = 0; rig.noted < 50; i++) {
		ck_assert_uint_lt(i, 1000);
		ck_assert_int_ge(sd_event_run(rig.event, 1000000), 0);
	}
}
END_TEST

/* --- runs, which are attached --- */

static struct server_connection *attached;
static struct varlink_socket far;

static void attach(void)
{
	static const struct server_hooks hooks = {0};
	int pair[2] = {-1, -1};

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	varlink_socket_init(&far, pair[1]);
	ck_assert_int_eq(server_attach(rig.server, pair[0], &rig_service,
				 &hooks, &attached),
		0);
}

static void detach(void)
{
	attached = server_detach(attached);
	varlink_socket_done(&far);
}

START_TEST(an_attached_connection_has_no_budget)
{
	attach();
	limit_work(1, 10 * SERVER_CALL_WORK);
	for (int i = 0; i < 100; i++)
		say(&far, NOTE);
	(void)settle();
	ck_assert_uint_eq(rig.noted, 100);
	detach();
}
END_TEST

/* Each look at the clock takes some time. */
static int64_t pass_time(void)
{
	return now_us++;
}

/* As a run offers elements, and somebody asks as soon as there is an answer.
 * The second one comes before anybody has asked. */
START_TEST(calls_are_answered_between_two_of_a_run)
{
	unsigned asked = 0;

	attach();
	server_set_clock(rig.server, pass_time);
	for (int i = 0; i < 4; i++)
		say(&far, COSTLY);
	while (rig.costly == 0)
		ck_assert(rig_turn());
	for (asked = 0; rig.costly < 4; asked++) {
		unsigned before = rig.costly;

		ck_assert_uint_lt(asked / 4, TURNS_BEFORE_RUN + 1);
		(void)handled_until_answered(&other);
		ck_assert_uint_le(rig.costly, before + 1);
	}
	ck_assert_uint_ge(asked / 2, TURNS_BEFORE_RUN);
	detach();
}
END_TEST

/* With nothing to wake it but the clock. */
START_TEST(a_run_goes_on_by_itself)
{
	attach();
	server_set_clock(rig.server, clock_monotonic_us);
	for (int i = 0; i < 4; i++)
		say(&far, COSTLY);
	(void)handled_until_answered(&other);
	for (unsigned i = 0; rig.costly < 4; i++) {
		ck_assert_uint_lt(i, 1000);
		ck_assert_int_ge(sd_event_run(rig.event, 1000000), 0);
	}
	detach();
}
END_TEST

/* A long answer goes on at its user's turns. */
START_TEST(a_kept_request_gets_its_turn_among_the_others)
{
	unsigned before = 0;

	say(&other, KEEP);
	(void)settle();
	flood(NOTE);
	for (unsigned i = 1; i <= 10; i++) {
		before = rig.noted;
		varlink_request_want_turn(rig.held);
		while (rig.turns < i)
			ck_assert(rig_turn());
		ck_assert_uint_le(rig.noted - before, 3);
	}
	ck_assert_int_eq(varlink_reply(rig.held, NULL), 0);
	(void)settle();
	hear(&other, DONE);
	rig.held = varlink_request_release(rig.held);
}
END_TEST

TCase *server_turns_tests(void);

TCase *server_turns_tests(void)
{
	TCase *tc = tcase_create("server-turns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, sixty_connections_of_one_user_are_one_user);
	tcase_add_test(tc, the_connections_of_a_user_take_turns);
	tcase_add_test(tc, who_has_used_up_its_work_waits_and_costs_no_turn);
	tcase_add_test(tc, what_a_handler_says_it_cost_counts);
	tcase_add_test(tc, bytes_count_also_those_that_are_no_call_yet);
	tcase_add_test(
		tc, who_waits_goes_on_by_itself_when_there_is_work_again);
	tcase_add_test(tc, an_attached_connection_has_no_budget);
	tcase_add_test(tc, calls_are_answered_between_two_of_a_run);
	tcase_add_test(tc, a_run_goes_on_by_itself);
	tcase_add_test(tc, a_kept_request_gets_its_turn_among_the_others);
	return tc;
}
