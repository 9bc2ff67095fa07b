/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/calls.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-web/calls/call-error.h"
#include "lib/base/macros.h"
#include "tests/unit/certprov-web/calls/calls-fixture.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/runner.h"

#define STATUS "io.certprov.trust.Status"
#define UPLOAD "io.certprov.admin.Upload"
#define JSON "Content-Type: application/json\r\n"
#define EVENTS "Accept: text/event-stream\r\n"

static const char *answer_to(const char *headers, const char *parameters)
{
	int client = calls_ask_with("alice", STATUS, headers, parameters);

	return calls_hear(client);
}

#define ASSERT_HAS(text, part)                                                 \
	do {                                                                   \
		const char *text_ = (text);                                    \
		ck_assert_msg(                                                 \
			strstr(text_, part), "no %s in %s", part, text_);      \
	} while (0)

START_TEST(a_call_is_passed_on_and_its_reply_is_the_answer)
{
	int client = calls_ask("alice", "io.certprov.trust.Get",
		"{\"sha256\": \"abc\", \"withDer\": true}");
	int c = calls_daemon_accept(CALL_TRUST);

	ck_assert_str_eq(calls_daemon_hear(c),
		"{\"method\":\"io.certprov.trust.Get\",\"parameters\":"
		"{\"sha256\":\"abc\",\"withDer\":true}}");
	ck_assert_str_eq(calls_hear(client), "");
	ck_assert(calls_daemon_say(c, "{\"parameters\":{\"certificate\":{}}}"));
	ASSERT_HAS(calls_hear(client), "HTTP/1.1 200 OK\r\n");
	calls_leave(client);
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

START_TEST(a_reply_without_parameters_is_an_object)
{
	int client = calls_ask("alice", "io.certprov.admin.ResetClock", "");
	int c = calls_daemon_meet(CALL_ADMIN);

	ck_assert(calls_daemon_say(c, "{}"));
	ASSERT_HAS(calls_hear(client), "\r\n\r\n{}");
}
END_TEST

START_TEST(on_the_admin_socket_it_says_first_for_whom)
{
	int client = calls_ask("alice", UPLOAD, "{\"certificate\": \"AA==\"}");
	int c = calls_daemon_accept(CALL_ADMIN);

	ck_assert_str_eq(calls_daemon_hear(c),
		"{\"method\":\"io.certprov.admin.ActFor\",\"parameters\":"
		"{\"user\":\"alice\",\"address\":\"local\"}}");
	/* And waits until that is known. */
	ck_assert_ptr_null(calls_daemon_hear(c));
	ck_assert(calls_daemon_say(c, "{\"parameters\":{}}"));
	ck_assert_str_eq(calls_daemon_hear(c),
		"{\"method\":\"" UPLOAD "\",\"parameters\":"
		"{\"certificate\":\"AA==\"}}");
	ck_assert(calls_daemon_say(c, "{\"parameters\":{\"a\":1}}"));
	ASSERT_HAS(calls_hear(client), "\r\n\r\n{\"a\":1}");
}
END_TEST

static const struct {
	const char *reply;
	const char *status;
	const char *heard;
} unrecorded[] = {
	{"{\"error\":\"org.varlink.service.MethodNotFound\"}", " 502 ",
		"of the same version"},
	{"{\"error\":\"org.varlink.service.MethodNotImplemented\"}", " 502 ",
		"of the same version"},
	{"{\"error\":\"org.varlink.service.InterfaceNotFound\"}", " 502 ",
		"of the same version"},
	{"{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
	 "{\"parameter\":\"user\"}}",
		" 502 ", "of the same version"},
	{"{\"error\":\"org.varlink.service.PermissionDenied\"}", " 503 ",
		"certprov-admin"},
	{"{\"error\":\"io.certprov.admin.LimitExceeded\",\"parameters\":"
	 "{\"limit\":\"x\"}}",
		" 429 ", "{\"limit\":\"x\"}"},
	{"{\"error\":\"io.certprov.system\"}", " 409 ",
		"\"error\":\"io.certprov.system\""},
};

START_TEST(nothing_is_done_that_would_not_be_recorded)
{
	const char *answer = NULL;
	int client = calls_ask("alice", UPLOAD, "{\"certificate\": \"AA==\"}");
	int c = calls_daemon_accept(CALL_ADMIN);

	ck_assert_ptr_nonnull(calls_daemon_hear(c));
	ck_assert(calls_daemon_say(c, unrecorded[_i].reply));
	answer = calls_hear(client);
	ASSERT_HAS(answer, unrecorded[_i].status);
	ASSERT_HAS(answer, unrecorded[_i].heard);
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

START_TEST(a_change_needs_the_token_and_the_role)
{
	ASSERT_HAS(calls_hear(calls_ask_with("alice", UPLOAD, JSON, "{}")),
		"io.certprov.web.TokenMissing");
	ASSERT_HAS(calls_hear(calls_ask("bob", UPLOAD, "{}")),
		"HTTP/1.1 403 Forbidden\r\n");
	ASSERT_HAS(calls_hear(calls_ask("mallory", STATUS, "{}")),
		"HTTP/1.1 403 Forbidden\r\n");
	ck_assert_int_lt(calls_daemon_accept(CALL_ADMIN), 0);
	ck_assert_int_lt(calls_daemon_accept(CALL_TRUST), 0);
}
END_TEST

START_TEST(what_has_no_row_is_not_found_and_not_passed_on)
{
	const char *answer = calls_hear(
		calls_ask("alice", "io.certprov.identity.Sign", "{}"));

	ASSERT_HAS(answer, "HTTP/1.1 404 Not Found\r\n");
	ASSERT_HAS(answer,
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\"io.certprov.identity.Sign\"}}");
	ck_assert_int_lt(calls_daemon_accept(CALL_IDENTITY), 0);
	/* Nor does a stranger learn what there is not. */
	ASSERT_HAS(calls_hear(calls_ask(
			   "mallory", "io.certprov.identity.Sign", "{}")),
		"HTTP/1.1 403 Forbidden\r\n");
}
END_TEST

/* --- the body --- */

static const struct {
	const char *headers;
	const char *body;
	const char *status;
} bodies[] = {
	{JSON, "{\"a\":1,\"a\":2}", " 400 "},
	{JSON, "{\"a\":", " 400 "},
	{JSON, "{} {}", " 400 "},
	{JSON, "[]", " 400 "},
	{JSON, "null", " 400 "},
	{"", "{}", " 415 "},
	{"Content-Type: text/plain\r\n", "{}", " 415 "},
	{"Content-Type: application/jsonp\r\n", "{}", " 415 "},
	{"Content-Type: application/x-www-form-urlencoded\r\n", "{}", " 415 "},
};

START_TEST(a_body_that_is_not_one_json_object_is_refused)
{
	const char *answer = answer_to(bodies[_i].headers, bodies[_i].body);

	ASSERT_HAS(answer, bodies[_i].status);
	ASSERT_HAS(answer, "\"remedy\":");
	ck_assert_int_lt(calls_daemon_accept(CALL_TRUST), 0);
}
END_TEST

static const char *const good_headers[] = {
	JSON,
	"Content-Type: Application/JSON\r\n",
	"Content-Type: application/json; charset=utf-8\r\n",
};

START_TEST(json_is_json_with_a_charset_as_well)
{
	(void)calls_ask_with("alice", STATUS, good_headers[_i], "{}");
	ck_assert_int_ge(calls_daemon_accept(CALL_TRUST), 0);
}
END_TEST

START_TEST(no_body_needs_no_type)
{
	int c = -1;

	(void)calls_ask_with("alice", STATUS, "", "");
	c = calls_daemon_accept(CALL_TRUST);
	ck_assert_str_eq(calls_daemon_hear(c), "{\"method\":\"" STATUS "\"}");
}
END_TEST

/* An array of so many zeros, in an object: values of a call. */
static const char *many(unsigned values)
{
	static char text[3 * 5000];
	char *at = stpcpy(text, "{\"a\":[0");

	for (unsigned i = 3; i < values; i++)
		at = stpcpy(at, ",0");
	(void)stpcpy(at, "]}");
	return text;
}

START_TEST(a_call_has_so_many_values_and_not_one_more)
{
	(void)calls_ask_with("alice", STATUS, JSON, many(4096));
	ck_assert_int_ge(calls_daemon_accept(CALL_TRUST), 0);
	ASSERT_HAS(answer_to(JSON, many(4097)), " 400 ");
	ck_assert_int_lt(calls_daemon_accept(CALL_TRUST), 0);
}
END_TEST

START_TEST(parameters_that_fill_a_message_leave_no_room_for_its_method)
{
	static char text[EXCHANGE_MAX_BODY_BYTES + 1];

	memset(text, 'x', EXCHANGE_MAX_BODY_BYTES);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + EXCHANGE_MAX_BODY_BYTES - 2, "\"}", 3);
	ASSERT_HAS(answer_to(JSON, text), " 413 ");
}
END_TEST

/* --- errors --- */

static const struct {
	const char *reply;
	const char *status;
} errors[] = {
	{"org.varlink.service.InvalidParameter", " 400 "},
	{"org.varlink.service.ExpectedMore", " 400 "},
	{"org.varlink.service.PermissionDenied", " 403 "},
	{"org.varlink.service.MethodNotFound", " 404 "},
	{"org.varlink.service.MethodNotImplemented", " 404 "},
	{"org.varlink.service.InterfaceNotFound", " 404 "},
	{"io.certprov.trust.NoSuchCertificate", " 404 "},
	{"io.certprov.admin.NoSuchRun", " 404 "},
	{"io.certprov.admin.WouldLockOut", " 409 "},
	{"io.certprov.admin.NoSettingServer", " 409 "},
	{"io.certprov.trust.LimitExceeded", " 429 "},
	{"io.systemd.System", " 500 "},
};

START_TEST(an_error_of_the_daemon_is_the_answer_with_its_status)
{
	int client = calls_ask("alice", STATUS, "{}");
	int c = calls_daemon_meet(CALL_TRUST);
	char text[256];
	const char *answer = NULL;

	(void)snprintf(text, sizeof(text),
		"{\"error\":\"%s\",\"parameters\":{\"x\":\"y\"}}",
		errors[_i].reply);
	ck_assert(calls_daemon_say(c, text));
	answer = calls_hear(client);
	ASSERT_HAS(answer, errors[_i].status);
	ASSERT_HAS(answer, text);
}
END_TEST

START_TEST(an_error_without_parameters_has_an_object_of_none)
{
	int client = calls_ask("alice", STATUS, "{}");
	int c = calls_daemon_meet(CALL_TRUST);

	ck_assert(calls_daemon_say(
		c, "{\"error\":\"io.certprov.trust.NeedCertificates\"}"));
	ASSERT_HAS(calls_hear(client),
		"{\"error\":\"io.certprov.trust.NeedCertificates\","
		"\"parameters\":{}}");
}
END_TEST

static void (*const ways_to_go[])(enum call_socket) = {
	calls_daemon_end,
	calls_daemon_die,
};

START_TEST(a_daemon_that_is_not_there_is_said)
{
	const char *answer = NULL;

	ways_to_go[_i](CALL_TRUST);
	answer = answer_to("", "");
	ASSERT_HAS(answer, " 503 ");
	ASSERT_HAS(answer, "io.certprov.web.DaemonAbsent");
	ASSERT_HAS(answer, "certprovd is not running");
	ASSERT_HAS(answer, "systemctl start certprovd");
}
END_TEST

START_TEST(what_this_program_lacks_is_not_said_of_the_daemon)
{
	ck_assert_int_eq(call_error_of(-EMFILE), CALL_NO_MEMORY);
	ck_assert_int_eq(call_error_of(-ENFILE), CALL_NO_MEMORY);
	ck_assert_int_eq(call_error_of(-ENOMEM), CALL_NO_MEMORY);
	ck_assert_int_eq(call_error_of(-ECONNRESET), CALL_GONE);
}
END_TEST

START_TEST(a_daemon_that_goes_before_it_answers_is_said)
{
	int client = calls_ask("alice", STATUS, "{}");

	calls_daemon_hang_up(calls_daemon_meet(CALL_TRUST));
	ASSERT_HAS(calls_hear(client), " 503 ");
}
END_TEST

static const char *const nonsense[] = {
	"{\"parameters\":{}",
	"{\"parameters\":[]}",
	"{\"continues\":true,\"parameters\":{}}",
	"",
};

START_TEST(a_daemon_that_does_not_keep_to_the_protocol_is_said)
{
	int client = calls_ask("alice", STATUS, "{}");
	int c = calls_daemon_meet(CALL_TRUST);

	ck_assert(calls_daemon_say(c, nonsense[_i]));
	ASSERT_HAS(calls_hear(client), " 502 ");
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

static bool has_answer(int client)
{
	return strstr(calls_hear(client), " 504 ");
}

static int late_client;

static bool late_is_answered(void)
{
	return has_answer(late_client);
}

START_TEST(a_daemon_that_does_not_answer_in_time_is_said)
{
	static const struct call_times times = {1000, 50, 1000};
	int c = -1;

	calls_fixture_stop();
	calls_times = &times;
	calls_fixture_start();
	late_client = calls_ask("alice", STATUS, "{}");
	c = calls_daemon_meet(CALL_TRUST);
	ck_assert(http_fixture_until(late_is_answered));
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

/* --- streams --- */

START_TEST(each_reply_of_a_stream_is_an_event)
{
	int client = calls_listen("bob", "io.certprov.admin.History");
	int c = calls_daemon_meet(CALL_ADMIN);
	const char *answer = NULL;

	ck_assert_str_eq(calls_hear(client), "");
	ck_assert(calls_daemon_say(
		c, "{\"parameters\":{\"a\":1},\"continues\":true}"));
	answer = calls_hear(client);
	ASSERT_HAS(answer, "HTTP/1.1 200 OK\r\n");
	ASSERT_HAS(answer, "Content-Type: text/event-stream\r\n");
	ASSERT_HAS(answer, "\r\ndata: {\"a\":1}\n\n\r\n");
	ck_assert(calls_daemon_say(c, "{\"parameters\":{\"a\":2}}"));
	ASSERT_HAS(calls_hear(client),
		"data: {\"a\":2}\n\nevent: end\ndata: {}\n\n\r\n0\r\n");
	ck_assert(calls_daemon_is_left(c));
}
END_TEST

START_TEST(replies_that_come_at_once_are_all_there)
{
	static const char two[] =
		"{\"parameters\":{\"a\":1},\"continues\":true}\0"
		"{\"parameters\":{\"a\":2},\"continues\":true}\0"
		"{\"parameters\":{\"a\":3}}";
	int client = calls_listen("bob", "io.certprov.trust.ListEndings");
	int c = calls_daemon_meet(CALL_TRUST);
	const char *answer = NULL;

	http_client_send(c, two, sizeof(two));
	answer = calls_hear(client);
	ASSERT_HAS(answer, "{\"a\":1}");
	ASSERT_HAS(answer, "{\"a\":2}");
	ASSERT_HAS(answer, "{\"a\":3}\n\nevent: end");
}
END_TEST

START_TEST(a_stream_is_asked_for_with_more)
{
	int c = -1;

	(void)calls_listen("bob", "io.certprov.admin.ListDistrusted");
	c = calls_daemon_accept(CALL_ADMIN);
	ck_assert_ptr_nonnull(calls_daemon_hear(c));
	ck_assert(calls_daemon_say(c, "{}"));
	ASSERT_HAS(calls_daemon_hear(c), "\"more\":true");
}
END_TEST

START_TEST(what_is_always_a_stream_is_not_one_answer)
{
	const char *answer =
		calls_hear(calls_ask("bob", "io.certprov.admin.History", "{}"));

	ASSERT_HAS(answer, " 400 ");
	ASSERT_HAS(answer, "org.varlink.service.ExpectedMore");
	ASSERT_HAS(
		calls_hear(calls_ask("bob", "io.certprov.trust.Monitor", "{}")),
		"org.varlink.service.ExpectedMore");
}
END_TEST

START_TEST(an_error_before_the_first_reply_has_its_status)
{
	int client = calls_listen("bob", "io.certprov.admin.GetRun");
	int c = calls_daemon_meet(CALL_ADMIN);

	ck_assert(calls_daemon_say(c,
		"{\"error\":\"io.certprov.admin.NoSuchRun\",\"parameters\":"
		"{\"id\":7}}"));
	ASSERT_HAS(calls_hear(client), " 404 ");
}
END_TEST

START_TEST(an_error_behind_it_is_an_event)
{
	int client = calls_listen("bob", "io.certprov.admin.GetRun");
	int c = calls_daemon_meet(CALL_ADMIN);

	ck_assert(calls_daemon_say(c, "{\"continues\":true}"));
	ck_assert(calls_daemon_say(c,
		"{\"error\":\"io.certprov.admin.NoSuchRun\",\"parameters\":"
		"{\"id\":7}}"));
	ASSERT_HAS(calls_hear(client),
		"event: error\ndata: {\"error\":\"io.certprov.admin.NoSuchRun\","
		"\"parameters\":{\"id\":7}}\n\n");
}
END_TEST

START_TEST(a_daemon_that_goes_ends_a_stream_with_an_error)
{
	int client = calls_listen("bob", "io.certprov.admin.GetRun");
	int c = calls_daemon_meet(CALL_ADMIN);
	const char *answer = NULL;

	ck_assert(calls_daemon_say(c, "{\"continues\":true}"));
	calls_daemon_hang_up(c);
	answer = calls_hear(client);
	ASSERT_HAS(answer,
		"event: error\ndata: {\"error\":\"io.certprov.web."
		"DaemonAbsent\"");
	ASSERT_HAS(answer, "\r\n0\r\n");
}
END_TEST

static const struct {
	const char *accept;
	bool events;
} accepts[] = {
	{"text/event-stream", true},
	{"Text/Event-Stream;q=1", true},
	{"application/json, text/event-stream", true},
	{"application/json,text/event-stream ,*/*", true},
	{"text/event-streams", false},
	{"x-text/event-stream", false},
	{"*/*", false},
};

START_TEST(a_stream_is_for_who_accepts_one)
{
	char header[128];
	int client = -1;

	(void)snprintf(
		header, sizeof(header), "Accept: %s\r\n", accepts[_i].accept);
	client = calls_ask_with("bob", "io.certprov.admin.GetRun", header, "");
	if (accepts[_i].events)
		ck_assert_int_ge(calls_daemon_accept(CALL_ADMIN), 0);
	else
		ASSERT_HAS(calls_hear(client), " 400 ");
}
END_TEST

test_case_maker calls_tests;

TCase *calls_tests(void)
{
	TCase *tc = tcase_create("calls");

	tcase_add_checked_fixture(tc, calls_fixture_start, calls_fixture_stop);
	tcase_add_test(tc, a_call_is_passed_on_and_its_reply_is_the_answer);
	tcase_add_test(tc, a_reply_without_parameters_is_an_object);
	tcase_add_test(tc, on_the_admin_socket_it_says_first_for_whom);
	tcase_add_loop_test(tc, nothing_is_done_that_would_not_be_recorded, 0,
		(int)ARRAY_SIZE(unrecorded));
	tcase_add_test(tc, a_change_needs_the_token_and_the_role);
	tcase_add_test(tc, what_has_no_row_is_not_found_and_not_passed_on);
	tcase_add_loop_test(tc, a_body_that_is_not_one_json_object_is_refused,
		0, (int)ARRAY_SIZE(bodies));
	tcase_add_loop_test(tc, json_is_json_with_a_charset_as_well, 0,
		(int)ARRAY_SIZE(good_headers));
	tcase_add_test(tc, no_body_needs_no_type);
	tcase_add_test(tc, a_call_has_so_many_values_and_not_one_more);
	tcase_add_test(tc,
		parameters_that_fill_a_message_leave_no_room_for_its_method);
	tcase_add_loop_test(tc,
		an_error_of_the_daemon_is_the_answer_with_its_status, 0,
		(int)ARRAY_SIZE(errors));
	tcase_add_test(tc, an_error_without_parameters_has_an_object_of_none);
	tcase_add_loop_test(tc, a_daemon_that_is_not_there_is_said, 0,
		(int)ARRAY_SIZE(ways_to_go));
	tcase_add_test(tc, what_this_program_lacks_is_not_said_of_the_daemon);
	tcase_add_test(tc, a_daemon_that_goes_before_it_answers_is_said);
	tcase_add_loop_test(tc,
		a_daemon_that_does_not_keep_to_the_protocol_is_said, 0,
		(int)ARRAY_SIZE(nonsense));
	tcase_add_test(tc, a_daemon_that_does_not_answer_in_time_is_said);
	tcase_add_test(tc, each_reply_of_a_stream_is_an_event);
	tcase_add_test(tc, replies_that_come_at_once_are_all_there);
	tcase_add_test(tc, a_stream_is_asked_for_with_more);
	tcase_add_test(tc, what_is_always_a_stream_is_not_one_answer);
	tcase_add_test(tc, an_error_before_the_first_reply_has_its_status);
	tcase_add_test(tc, an_error_behind_it_is_an_event);
	tcase_add_test(tc, a_daemon_that_goes_ends_a_stream_with_an_error);
	tcase_add_loop_test(tc, a_stream_is_for_who_accepts_one, 0,
		(int)ARRAY_SIZE(accepts));
	return tc;
}
