/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/certprov-web/calls/calls-fixture.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/runner.h"

#define STATUS "io.certprov.trust.Status"
#define ENDINGS "io.certprov.trust.ListEndings"
#define BIG ((size_t)30 * 1024)
#define BEGIN "{\"parameters\":{\"a\":\""

static int last_client;

static void ask_times(const char *user, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		last_client = calls_ask_with(user, STATUS, "", "");
}

/* How many connections come to the daemon now; the last of them in *ret. */
static unsigned accept_all(int *ret)
{
	unsigned count = 0;

	for (int c = 0; (c = calls_daemon_accept(CALL_TRUST)) >= 0; count++)
		*ret = c;
	return count;
}

static bool is_refused(int client)
{
	const char *answer = calls_hear(client);

	return strstr(answer, "HTTP/1.1 429 ") &&
		strstr(answer, "Retry-After: 1\r\n") &&
		strstr(answer, "io.certprov.web.TooManyRequests");
}

START_TEST(a_user_has_so_many_connections_and_then_waits_for_one)
{
	int c = -1;

	ask_times("alice", CALL_MAX_RUNNING_A_USER + 1);
	ck_assert_uint_eq(accept_all(&c), CALL_MAX_RUNNING_A_USER);
	/* Nobody else does. */
	ask_times("bob", 1);
	ck_assert_uint_eq(accept_all(&c), 1);
	ck_assert(calls_daemon_say(c, "{}"));
	ck_assert_uint_eq(accept_all(&c), 0);
}
END_TEST

START_TEST(who_waits_is_served_when_one_is_answered)
{
	int first = -1;
	int c = -1;

	ask_times("alice", CALL_MAX_RUNNING_A_USER + 1);
	first = calls_daemon_accept(CALL_TRUST);
	ck_assert_uint_eq(accept_all(&c), CALL_MAX_RUNNING_A_USER - 1);
	ck_assert(calls_daemon_say(first, "{}"));
	ck_assert_uint_eq(accept_all(&c), 1);
	ck_assert(calls_daemon_say(c, "{\"parameters\":{\"a\":1}}"));
	ck_assert_ptr_nonnull(strstr(calls_hear(last_client), "{\"a\":1}"));
}
END_TEST

START_TEST(nobody_has_more_connections_than_are_left)
{
	int c = -1;

	ask_times("alice", CALL_MAX_RUNNING_A_USER);
	ask_times("carol", CALL_MAX_RUNNING_A_USER);
	ck_assert_uint_eq(accept_all(&c), 20 + 10);
	ask_times("bob", 6);
	ck_assert_uint_eq(accept_all(&c), 5);
	/* Those that wait are not served in the place of his. */
	ck_assert(calls_daemon_say(c, "{}"));
	ck_assert_uint_eq(accept_all(&c), 1);
}
END_TEST

START_TEST(so_many_calls_of_a_user_wait_and_not_one_more)
{
	ask_times("alice", CALL_MAX_RUNNING_A_USER + CALL_MAX_WAITING_A_USER);
	ck_assert_str_eq(calls_hear(last_client), "");
	ask_times("alice", 1);
	ck_assert(is_refused(last_client));
	ask_times("bob", 1);
	ck_assert_str_eq(calls_hear(last_client), "");
}
END_TEST

START_TEST(nobody_has_more_that_wait_than_are_left)
{
	ask_times("alice", CALL_MAX_RUNNING_A_USER + CALL_MAX_WAITING_A_USER);
	ask_times("carol", 10 + 12);
	ck_assert_str_eq(calls_hear(last_client), "");
	ask_times("carol", 1);
	ck_assert(is_refused(last_client));
	ask_times("bob", 5 + 6);
	ck_assert_str_eq(calls_hear(last_client), "");
	ask_times("bob", 1);
	ck_assert(is_refused(last_client));
}
END_TEST

static bool last_is_refused(void)
{
	return is_refused(last_client);
}

START_TEST(who_waits_too_long_is_told)
{
	static const struct call_times times = {50, 60000, 60000};

	calls_fixture_stop();
	calls_times = &times;
	calls_fixture_start();
	ask_times("alice", CALL_MAX_RUNNING_A_USER + 1);
	ck_assert(http_fixture_until(last_is_refused));
}
END_TEST

START_TEST(a_call_whose_peer_has_gone_is_given_up)
{
	int c = -1;

	ask_times("alice", 1);
	c = calls_daemon_meet(CALL_TRUST);
	ck_assert(!calls_daemon_is_left(c));
	calls_leave(last_client);
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

START_TEST(one_that_waits_is_forgotten_with_its_peer)
{
	int first = -1;
	int c = -1;

	ask_times("alice", CALL_MAX_RUNNING_A_USER + 1);
	first = calls_daemon_accept(CALL_TRUST);
	ck_assert_uint_eq(accept_all(&c), CALL_MAX_RUNNING_A_USER - 1);
	calls_leave(last_client);
	ck_assert(calls_daemon_say(first, "{}"));
	ck_assert_uint_eq(accept_all(&c), 0);
}
END_TEST

START_TEST(a_stream_whose_peer_has_gone_is_given_up)
{
	int client = calls_listen("bob", ENDINGS);
	int c = calls_daemon_meet(CALL_TRUST);

	ck_assert(calls_daemon_say(c, "{\"continues\":true}"));
	ck_assert_ptr_nonnull(strstr(calls_hear(client), "data: {}\n\n"));
	calls_leave(client);
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

static const char *big(unsigned number, bool last)
{
	static char text[BIG];
	char *end = NULL;

	(void)memset(text, 'x', sizeof(text));
	(void)memcpy(text, BEGIN, strlen(BEGIN));
	end = text + sizeof(text) - 64;
	(void)snprintf(end, 64, "\",\"n\":%u}%s}", number,
		last ? "" : ",\"continues\":true");
	return text;
}

/* That they follow one another; the next one. */
static unsigned hear_numbers(const char *text, unsigned next)
{
	while ((text = strstr(text, "\",\"n\":"))) {
		char number[32];

		(void)snprintf(number, sizeof(number), "\",\"n\":%u}", next++);
		ck_assert_int_eq(strncmp(text, number, strlen(number)), 0);
		text++;
	}
	return next;
}

START_TEST(who_reads_slowly_holds_the_daemon_up_and_misses_nothing)
{
	int client = calls_listen("bob", ENDINGS);
	int c = calls_daemon_meet(CALL_TRUST);
	unsigned said = 0;
	unsigned heard = 0;

	/* More than the kernel, http and upstream keep for it. */
	while (calls_daemon_say(c, big(said, false))) {
		said++;
		ck_assert_uint_lt(said, 100);
	}
	/* Some wait for the peer; the daemon was not read dry. */
	ck_assert_uint_gt(said * BIG, EXCHANGE_MAX_WAITING);
	while (heard < said)
		heard = hear_numbers(calls_hear(client), heard);
	ck_assert(calls_daemon_say(c, big(said, true)));
	ck_assert_ptr_nonnull(strstr(calls_hear(client), "event: end"));
}
END_TEST

START_TEST(a_stream_says_nothing_now_and_then)
{
	static const struct call_times times = {60000, 60000, 20};
	int client = -1;
	int c = -1;

	calls_fixture_stop();
	calls_times = &times;
	calls_fixture_start();
	client = calls_listen("bob", ENDINGS);
	c = calls_daemon_meet(CALL_TRUST);
	ck_assert(calls_daemon_say(c, "{\"continues\":true}"));
	last_client = client;
	ck_assert_ptr_nonnull(strstr(calls_hear(client), "data: {}\n\n"));
	for (const char *answer = ""; !strstr(answer, "\r\n:\n\n\r\n");)
		answer = calls_hear(client);
}
END_TEST

START_TEST(a_stream_ends_with_the_session)
{
	int client = calls_listen("bob", ENDINGS);
	int c = calls_daemon_meet(CALL_TRUST);

	ck_assert(calls_daemon_say(c, "{\"continues\":true}"));
	ck_assert_ptr_nonnull(strstr(calls_hear(client), "data: {}\n\n"));
	calls_users_are("alice:change:*\n");
	ck_assert(calls_daemon_say(
		c, "{\"continues\":true,\"parameters\":{\"secret\":1}}"));
	ck_assert_ptr_nonnull(strstr(calls_hear(client),
		"event: error\ndata: {\"error\":\"io.certprov.web."
		"NotSignedIn\""));
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

static const struct {
	const char *method;
	enum call_socket socket;
	const char *reply;
	const char *heard;
} late[] = {
	{STATUS, CALL_TRUST, "{\"parameters\":{\"secret\":1}}",
		"io.certprov.web.NotSignedIn"},
	{STATUS, CALL_TRUST, "{\"error\":\"a.Secret\"}",
		"io.certprov.web.NotSignedIn"},
	/* It has been made. */
	{"io.certprov.admin.Remove", CALL_ADMIN,
		"{\"parameters\":{\"changed\":1}}", "{\"changed\":1}"},
};

START_TEST(who_may_no_longer_look_is_not_shown_what_he_asked_for)
{
	int client = calls_ask("carol", late[_i].method, "{}");
	int c = calls_daemon_meet(late[_i].socket);
	const char *answer = NULL;

	calls_users_are("alice:change:*\n");
	ck_assert(calls_daemon_say(c, late[_i].reply));
	answer = calls_hear(client);
	ck_assert_msg(strstr(answer, late[_i].heard), "%s", answer);
	ck_assert_ptr_null(strstr(answer, "ecret"));
}
END_TEST

START_TEST(who_waits_and_may_no_longer_is_not_served)
{
	int first = -1;
	int c = -1;

	ask_times("bob", CALL_MAX_RUNNING_A_USER + 1);
	first = calls_daemon_accept(CALL_TRUST);
	ck_assert_uint_eq(accept_all(&c), CALL_MAX_RUNNING_A_USER - 1);
	calls_users_are("alice:change:*\n");
	ck_assert(calls_daemon_say(first, "{}"));
	ck_assert_uint_eq(accept_all(&c), 0);
	ck_assert_ptr_nonnull(
		strstr(calls_hear(last_client), "io.certprov.web.NotSignedIn"));
}
END_TEST

test_case_maker call_tests;

TCase *call_tests(void)
{
	TCase *tc = tcase_create("call");

	tcase_add_checked_fixture(tc, calls_fixture_start, calls_fixture_stop);
	tcase_add_test(
		tc, a_user_has_so_many_connections_and_then_waits_for_one);
	tcase_add_test(tc, who_waits_is_served_when_one_is_answered);
	tcase_add_test(tc, nobody_has_more_connections_than_are_left);
	tcase_add_test(tc, so_many_calls_of_a_user_wait_and_not_one_more);
	tcase_add_test(tc, nobody_has_more_that_wait_than_are_left);
	tcase_add_test(tc, who_waits_too_long_is_told);
	tcase_add_test(tc, a_call_whose_peer_has_gone_is_given_up);
	tcase_add_test(tc, one_that_waits_is_forgotten_with_its_peer);
	tcase_add_test(tc, a_stream_whose_peer_has_gone_is_given_up);
	tcase_add_test(
		tc, who_reads_slowly_holds_the_daemon_up_and_misses_nothing);
	tcase_add_test(tc, a_stream_says_nothing_now_and_then);
	tcase_add_test(tc, a_stream_ends_with_the_session);
	tcase_add_loop_test(tc,
		who_may_no_longer_look_is_not_shown_what_he_asked_for, 0,
		(int)ARRAY_SIZE(late));
	tcase_add_test(tc, who_waits_and_may_no_longer_is_not_served);
	return tc;
}
