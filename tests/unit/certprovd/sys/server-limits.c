/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "lib/base/fd.h"
#include "tests/unit/certprovd/sys/server-rig.h"
#include "tests/unit/runner.h"

#define PER_UID                                                                \
	"{\"error\":\"a.b.LimitExceeded\",\"parameters\":"                     \
	"{\"limit\":\"connections-per-uid\",\"maximum\":2}}"
#define TOTAL                                                                  \
	"{\"error\":\"a.b.LimitExceeded\",\"parameters\":"                     \
	"{\"limit\":\"connections\",\"maximum\":2}}"
#define NOTE "{\"method\":\"a.b.Note\"}"

/* Whoever runs the tests, root or not, has two. */
static const struct server_limits two_per_uid = {
	.connections = 100,
	.per_uid = 2,
	.of_root = 2,
	.for_admin = 1,
	.descriptors = UINT_MAX,
	.work = {TURNS_WORK_PER_SECOND, TURNS_WORK_AT_ONCE},
};

/* Three in all, and one of them is kept for admin sockets. */
static const struct server_limits three = {
	.connections = 3,
	.per_uid = 100,
	.of_root = 100,
	.for_admin = 1,
	.descriptors = UINT_MAX,
	.work = {TURNS_WORK_PER_SECOND, TURNS_WORK_AT_ONCE},
};

static void refuse_one_more(const char *error)
{
	CLEANUP(varlink_socket_done)
	struct varlink_socket more = connect_trust();

	(void)settle();
	ck_assert_uint_eq(server_connections(rig.server), 2);
	hear_nothing(&more);
	say(&more, NOTE);
	say(&more, NOTE);
	(void)settle();
	hear(&more, error);
	hear_end(&more);
	ck_assert_uint_eq(rig.noted, 0);
}

static void check_limit(const char *error)
{
	struct varlink_socket a = connect_trust();
	struct varlink_socket b = connect_trust();

	(void)settle();
	refuse_one_more(error);
	check_served(&a);
	check_served(&b);
	varlink_socket_done(&b);
	(void)settle();
	b = connect_trust();
	check_served(&b);
	refuse_one_more(error);
	varlink_socket_done(&a);
	varlink_socket_done(&b);
	(void)settle();
	ck_assert_uint_eq(server_connections(rig.server), 0);
}

START_TEST(one_connection_more_of_a_user_is_told_the_limit_and_closed)
{
	rig_limit(&two_per_uid);
	check_limit(PER_UID);
}
END_TEST

START_TEST(one_connection_more_of_all_is_told_the_limit_and_closed)
{
	rig_limit(&three);
	check_limit(TOTAL);
}
END_TEST

START_TEST(the_admin_socket_is_served_when_the_others_are_full)
{
	CLEANUP(varlink_socket_done) struct varlink_socket a = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket b = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket admin = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket more = {.fd = -1};

	rig_limit(&three);
	a = connect_trust();
	b = connect_trust();
	check_served(&a);
	check_served(&b);
	admin = connect_admin();
	check_served(&admin);
	more = connect_admin();
	say(&more, NOTE);
	(void)settle();
	hear(&more,
		"{\"error\":\"a.b.LimitExceeded\",\"parameters\":"
		"{\"limit\":\"connections\",\"maximum\":3}}");
	hear_end(&more);
}
END_TEST

START_TEST(the_seventeenth_that_is_refused_is_closed_at_once)
{
	struct varlink_socket c[2 + SERVER_MAX_REFUSED + 1];

	rig_limit(&two_per_uid);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		c[i] = connect_trust();
	(void)settle();
	hear_end(&c[ARRAY_SIZE(c) - 1]);
	for (size_t i = 2; i + 1 < ARRAY_SIZE(c); i++)
		hear_nothing(&c[i]);
	/* One that goes makes room, told or not. */
	varlink_socket_done(&c[2]);
	(void)settle();
	refuse_one_more(PER_UID);
	check_served(&c[0]);
	for (size_t i = 0; i < ARRAY_SIZE(c); i++)
		varlink_socket_done(&c[i]);
}
END_TEST

START_TEST(a_oneway_call_over_a_limit_is_closed_without_a_word)
{
	CLEANUP(varlink_socket_done) struct varlink_socket a = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket b = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket more = {.fd = -1};

	rig_limit(&two_per_uid);
	a = connect_trust();
	b = connect_trust();
	more = connect_trust();
	say(&more, "{\"method\":\"a.b.Note\",\"oneway\":true}");
	(void)settle();
	hear_end(&more);
	ck_assert_uint_eq(rig.noted, 0);
	check_served(&a);
	check_served(&b);
}
END_TEST

START_TEST(an_attached_connection_counts_for_no_limit)
{
	struct server_connection *attached = NULL;
	const struct server_hooks hooks = {0};
	int pair[2] = {-1, -1};

	rig_limit(&two_per_uid);
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(server_attach(rig.server, pair[0], &rig_service,
				 &hooks, &attached),
		0);
	check_limit(PER_UID);
	attached = server_detach(attached);
	(void)fd_close(pair[1]);
	check_limit(PER_UID);
}
END_TEST

START_TEST(new_limits_hold_for_the_next_connection)
{
	CLEANUP(varlink_socket_done) struct varlink_socket a = connect_trust();
	CLEANUP(varlink_socket_done) struct varlink_socket b = connect_trust();

	(void)settle();
	server_set_limits(rig.server, &two_per_uid);
	refuse_one_more(PER_UID);
	check_served(&a);
	check_served(&b);
}
END_TEST

/* A configuration can say so. */
START_TEST(all_connections_can_be_reserved_for_admin)
{
	const struct server_limits limits = {
		.connections = 2,
		.per_uid = 100,
		.of_root = 100,
		.for_admin = 3,
		.descriptors = UINT_MAX,
		.work = {TURNS_WORK_PER_SECOND, TURNS_WORK_AT_ONCE},
	};
	CLEANUP(varlink_socket_done) struct varlink_socket admin = {.fd = -1};
	CLEANUP(varlink_socket_done) struct varlink_socket more = {.fd = -1};

	rig_limit(&limits);
	admin = connect_admin();
	check_served(&admin);
	more = connect_trust();
	say(&more, NOTE);
	(void)settle();
	hear(&more,
		"{\"error\":\"a.b.LimitExceeded\",\"parameters\":"
		"{\"limit\":\"connections\",\"maximum\":0}}");
	hear_end(&more);
}
END_TEST

/* Three, one of them for admin, and not the hundred allowed. */
START_TEST(one_connection_more_than_there_are_descriptors_for_is_refused)
{
	CLEANUP(varlink_socket_done) struct varlink_socket admin = {.fd = -1};
	struct server_limits limits = three;

	limits.connections = 100;
	limits.descriptors = server_descriptors(3) + SERVER_MAX_DESCRIPTORS - 1;
	rig_limit(&limits);
	check_limit(TOTAL);
	admin = connect_admin();
	check_served(&admin);
}
END_TEST

START_TEST(admin_connections_are_served_however_few_descriptors_there_are)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;

	ck_assert_uint_eq(server_room(&limits), 512);
	limits.descriptors = server_descriptors(512);
	ck_assert_uint_eq(server_room(&limits), 512);
	limits.descriptors--;
	ck_assert_uint_eq(server_room(&limits), 511);
	limits.descriptors = server_descriptors(0) - 1;
	ck_assert_uint_eq(server_room(&limits), 16);
	limits.descriptors = 0;
	ck_assert_uint_eq(server_room(&limits), 16);
}
END_TEST

/* Nothing the loop can do about it, so it must not try all the time. */
START_TEST(without_descriptors_left_new_connections_wait)
{
	CLEANUP(varlink_socket_done) struct varlink_socket a = connect_trust();
	CLEANUP(varlink_socket_done) struct varlink_socket b = {.fd = -1};
	struct rlimit old = {0};
	struct rlimit none = {0};

	check_served(&a);
	b = connect_trust();
	say(&b, NOTE);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	none.rlim_max = old.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_uint_lt(settle(), 10);
	check_served(&a);
	ck_assert_uint_eq(rig.noted, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	/* It is tried again: the one place where time passes. */
	for (int i = 0; i < 10 && rig.noted == 0; i++)
		ck_assert_int_ge(sd_event_run(rig.event, 1000000), 0);
	ck_assert_uint_eq(rig.noted, 1);
	(void)settle();
	hear(&b, "{\"parameters\":{}}");
}
END_TEST

TCase *server_limits_tests(void);

TCase *server_limits_tests(void)
{
	TCase *tc = tcase_create("server-limits");

	tcase_add_checked_fixture(tc, rig_setup, rig_teardown);
	tcase_add_test(
		tc, one_connection_more_of_a_user_is_told_the_limit_and_closed);
	tcase_add_test(
		tc, one_connection_more_of_all_is_told_the_limit_and_closed);
	tcase_add_test(tc, the_admin_socket_is_served_when_the_others_are_full);
	tcase_add_test(tc, the_seventeenth_that_is_refused_is_closed_at_once);
	tcase_add_test(tc, a_oneway_call_over_a_limit_is_closed_without_a_word);
	tcase_add_test(tc, an_attached_connection_counts_for_no_limit);
	tcase_add_test(tc, new_limits_hold_for_the_next_connection);
	tcase_add_test(tc, all_connections_can_be_reserved_for_admin);
	tcase_add_test(tc,
		one_connection_more_than_there_are_descriptors_for_is_refused);
	tcase_add_test(tc,
		admin_connections_are_served_however_few_descriptors_there_are);
	tcase_add_test(tc, without_descriptors_left_new_connections_wait);
	return tc;
}
