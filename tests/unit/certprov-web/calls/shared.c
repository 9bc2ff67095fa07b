/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/shared.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/certprov-web/calls/calls-fixture.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/runner.h"

#define MONITOR "io.certprov.trust.Monitor"
#define REJECTIONS "io.certprov.trust.MonitorRejections"
#define STATE(n) "{\"parameters\":{\"generation\":" n "},\"continues\":true}"
#define SAID(n) "data: {\"generation\":" n "}\n\n"
#define BIG ((size_t)30 * 1024)

static int connection;

static bool has(int client, const char *part)
{
	return strstr(calls_hear(client), part) != NULL;
}

/* A listener, and the connection that there is for it. */
static int listen_first(const char *method, const char *first)
{
	int client = calls_listen("alice", method);

	connection = calls_daemon_meet(CALL_TRUST);
	ck_assert(calls_daemon_say(connection, first));
	return client;
}

START_TEST(two_who_listen_have_one_connection)
{
	int alice = listen_first(MONITOR, STATE("1"));
	int bob = calls_listen("bob", MONITOR);

	ck_assert_int_lt(calls_daemon_accept(CALL_TRUST), 0);
	ck_assert(calls_daemon_say(connection, STATE("2")));
	ck_assert(has(alice, SAID("2")));
	ck_assert(has(bob, SAID("2")));
}
END_TEST

START_TEST(who_comes_later_begins_with_the_last_state)
{
	(void)listen_first(MONITOR, STATE("1"));
	ck_assert(calls_daemon_say(connection, STATE("2")));
	{
		int bob = calls_listen("bob", MONITOR);
		const char *heard = calls_hear(bob);

		ck_assert_ptr_nonnull(strstr(heard, SAID("2")));
		ck_assert_ptr_null(strstr(heard, SAID("1")));
	}
}
END_TEST

START_TEST(who_comes_before_the_first_reply_waits_for_it)
{
	int alice = calls_listen("alice", MONITOR);
	int bob = calls_listen("bob", MONITOR);

	connection = calls_daemon_meet(CALL_TRUST);
	ck_assert_str_eq(calls_hear(alice), "");
	ck_assert(calls_daemon_say(connection, STATE("1")));
	ck_assert(has(alice, SAID("1")));
	ck_assert(has(bob, SAID("1")));
}
END_TEST

START_TEST(who_comes_later_gets_no_rejection_of_before)
{
	int alice = listen_first(REJECTIONS, "{\"continues\":true}");
	const char *heard = NULL;
	int bob = -1;

	ck_assert(calls_daemon_say(connection,
		"{\"parameters\":{\"host\":\"a\"},\"continues\":true}"));
	ck_assert(has(alice, "data: {\"host\":\"a\"}\n\n"));
	bob = calls_listen("bob", REJECTIONS);
	heard = calls_hear(bob);
	ck_assert_ptr_nonnull(strstr(heard, "data: {}\n\n"));
	ck_assert_ptr_null(strstr(heard, "host"));
	ck_assert(calls_daemon_say(connection,
		"{\"parameters\":{\"host\":\"b\"},\"continues\":true}"));
	ck_assert(has(bob, "data: {\"host\":\"b\"}\n\n"));
}
END_TEST

START_TEST(each_of_the_two_has_a_connection_of_its_own)
{
	int other = -1;

	(void)listen_first(MONITOR, STATE("1"));
	(void)calls_listen("alice", REJECTIONS);
	other = calls_daemon_accept(CALL_TRUST);
	ck_assert_str_eq(calls_daemon_hear(other),
		"{\"method\":\"" REJECTIONS "\",\"more\":true}");
}
END_TEST

START_TEST(when_the_last_has_gone_so_has_the_connection)
{
	int alice = listen_first(MONITOR, STATE("1"));
	int bob = calls_listen("bob", MONITOR);

	calls_leave(alice);
	ck_assert(!calls_daemon_is_left(connection));
	calls_leave(bob);
	ck_assert(calls_daemon_is_left(connection));
	/* And the next begins anew. */
	bob = listen_first(MONITOR, STATE("7"));
	ck_assert(has(bob, SAID("7")));
}
END_TEST

START_TEST(when_the_daemon_goes_all_are_told_and_may_come_again)
{
	int alice = listen_first(MONITOR, STATE("1"));
	int bob = calls_listen("bob", MONITOR);
	const char *heard = NULL;

	calls_daemon_hang_up(connection);
	heard = calls_hear(alice);
	ck_assert_ptr_nonnull(strstr(heard,
		"event: error\ndata: {\"error\":\"io.certprov.web."
		"DaemonAbsent\""));
	ck_assert_ptr_nonnull(strstr(heard, "\r\n0\r\n"));
	ck_assert(has(bob, "event: error"));
	alice = listen_first(MONITOR, STATE("5"));
	ck_assert(has(alice, SAID("5")));
}
END_TEST

START_TEST(without_a_daemon_there_is_an_answer)
{
	calls_daemon_end(CALL_TRUST);
	ck_assert(has(calls_listen("alice", MONITOR), "HTTP/1.1 503 "));
}
END_TEST

START_TEST(an_error_of_the_daemon_is_for_all_who_wait)
{
	int alice = calls_listen("alice", MONITOR);
	int bob = calls_listen("bob", MONITOR);

	connection = calls_daemon_meet(CALL_TRUST);
	ck_assert(calls_daemon_say(connection,
		"{\"error\":\"io.certprov.trust.LimitExceeded\","
		"\"parameters\":{\"limit\":\"x\",\"maximum\":1}}"));
	ck_assert(has(alice, "HTTP/1.1 429 "));
	ck_assert(has(bob, "HTTP/1.1 429 "));
	ck_assert(calls_daemon_is_left(connection));
}
END_TEST

START_TEST(a_stream_that_ends_by_itself_is_not_the_protocol)
{
	int alice = listen_first(MONITOR, STATE("1"));

	ck_assert(calls_daemon_say(connection, "{}"));
	ck_assert(has(alice, "io.certprov.web.DaemonProtocol"));
}
END_TEST

START_TEST(a_parameter_that_there_is_not_is_refused)
{
	static const char headers[] = "Accept: text/event-stream\r\n"
				      "Content-Type: application/json\r\n";
	const char *heard = calls_hear(
		calls_ask_with("bob", MONITOR, headers, "{\"a\": 1}"));

	ck_assert_ptr_nonnull(strstr(heard, "HTTP/1.1 400 "));
	ck_assert_ptr_nonnull(strstr(heard, "{\"parameter\":\"a\"}"));
	ck_assert_int_lt(calls_daemon_accept(CALL_TRUST), 0);
	(void)calls_ask_with("bob", MONITOR, headers, "{}");
	ck_assert_int_ge(calls_daemon_accept(CALL_TRUST), 0);
}
END_TEST

static unsigned still_listening(const int *clients, unsigned count)
{
	unsigned still = 0;

	for (unsigned i = 0; i < count; i++)
		still += has(clients[i], SAID("2"));
	return still;
}

START_TEST(so_many_of_a_user_listen_and_not_one_more)
{
	int clients[SHARED_MAX_LISTENERS_A_USER];
	int bob = -1;

	clients[0] = listen_first(MONITOR, STATE("1"));
	for (unsigned i = 1; i < SHARED_MAX_LISTENERS_A_USER; i++)
		clients[i] = calls_listen("alice", MONITOR);
	ck_assert(has(calls_listen("alice", MONITOR), "HTTP/1.1 429 "));
	bob = calls_listen("bob", MONITOR);
	ck_assert(calls_daemon_say(connection, STATE("2")));
	ck_assert(has(bob, SAID("2")));
	ck_assert_uint_eq(still_listening(clients, SHARED_MAX_LISTENERS_A_USER),
		SHARED_MAX_LISTENERS_A_USER);
}
END_TEST

START_TEST(nobody_has_more_of_the_last_than_are_left)
{
	(void)listen_first(MONITOR, STATE("1"));
	for (unsigned i = 1; i < SHARED_MAX_LISTENERS_A_USER; i++)
		(void)calls_listen("alice", MONITOR);
	/* Of the last, each has half of those that are left. */
	for (unsigned i = 0; i < 4; i++)
		ck_assert(has(calls_listen("bob", MONITOR), "HTTP/1.1 200 "));
	ck_assert(has(calls_listen("bob", MONITOR), "HTTP/1.1 429 "));
	for (unsigned i = 0; i < 2; i++)
		ck_assert(has(calls_listen("carol", MONITOR), "HTTP/1.1 200 "));
	ck_assert(has(calls_listen("carol", MONITOR), "HTTP/1.1 429 "));
	ck_assert(has(calls_listen("alice", MONITOR), "HTTP/1.1 429 "));
}
END_TEST

static const char *big(void)
{
	static char text[BIG];

	(void)memset(text, 'x', sizeof(text));
	(void)memcpy(text, "{\"continues\":true,\"parameters\":{\"a\":\"", 37);
	(void)memcpy(text + sizeof(text) - 4, "\"}}", 4);
	return text;
}

START_TEST(who_does_not_read_is_dropped_and_holds_nobody_up)
{
	int slow = listen_first(REJECTIONS, "{\"continues\":true}");
	int bob = calls_listen("bob", REJECTIONS);

	/* More than the kernel and http keep. */
	for (size_t said = 0; said < 8 * EXCHANGE_MAX_WAITING; said += BIG) {
		ck_assert(calls_daemon_say(connection, big()));
		ck_assert(has(bob, "xxx"));
	}
	/* Whoever is still there hears what follows; the slow one is at its
	 * end, without what came since. */
	ck_assert(calls_daemon_say(connection, STATE("9")));
	ck_assert(has(bob, SAID("9")));
	calls_leave(bob);
	ck_assert(calls_daemon_is_left(connection));
	ck_assert(has(slow, "\r\n0\r\n"));
}
END_TEST

START_TEST(who_may_no_longer_listen_hears_no_more)
{
	int alice = listen_first(MONITOR, STATE("1"));
	int bob = calls_listen("bob", MONITOR);
	const char *heard = NULL;

	(void)calls_hear(bob);
	calls_users_are("alice:change:*\n");
	ck_assert(calls_daemon_say(connection, STATE("2")));
	heard = calls_hear(bob);
	ck_assert_ptr_nonnull(strstr(heard, "io.certprov.web.NotSignedIn"));
	ck_assert_ptr_null(strstr(heard, SAID("2")));
	ck_assert(has(alice, SAID("2")));
}
END_TEST

test_case_maker shared_tests;

TCase *shared_tests(void)
{
	TCase *tc = tcase_create("shared");

	tcase_add_checked_fixture(tc, calls_fixture_start, calls_fixture_stop);
	tcase_add_test(tc, two_who_listen_have_one_connection);
	tcase_add_test(tc, who_comes_later_begins_with_the_last_state);
	tcase_add_test(tc, who_comes_before_the_first_reply_waits_for_it);
	tcase_add_test(tc, who_comes_later_gets_no_rejection_of_before);
	tcase_add_test(tc, each_of_the_two_has_a_connection_of_its_own);
	tcase_add_test(tc, when_the_last_has_gone_so_has_the_connection);
	tcase_add_test(
		tc, when_the_daemon_goes_all_are_told_and_may_come_again);
	tcase_add_test(tc, without_a_daemon_there_is_an_answer);
	tcase_add_test(tc, an_error_of_the_daemon_is_for_all_who_wait);
	tcase_add_test(tc, a_stream_that_ends_by_itself_is_not_the_protocol);
	tcase_add_test(tc, a_parameter_that_there_is_not_is_refused);
	tcase_add_test(tc, so_many_of_a_user_listen_and_not_one_more);
	tcase_add_test(tc, nobody_has_more_of_the_last_than_are_left);
	tcase_add_test(tc, who_does_not_read_is_dropped_and_holds_nobody_up);
	tcase_add_test(tc, who_may_no_longer_listen_hears_no_more);
	return tc;
}
