/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-server.h"

#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/certprov-web/http/http-limits.h"
#include "daemon/certprov-web/http/http-lines.h"
#include "lib/base/macros.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/runner.h"

#define GET "GET / HTTP/1.1\r\nHost: phone\r\n"

static unsigned handled;
static struct exchange *kept; /* not answered */

/* Says what it was asked for; what is below /later is kept. */
static void handle(struct exchange *e, void *userdata)
{
	size_t size = 0;
	const char *body = exchange_body(e, &size);
	char text[128];

	(void)userdata;
	(void)body;
	handled++;
	if (strcmp(exchange_path(e), "/later") == 0) {
		kept = e;
		return;
	}
	(void)snprintf(text, sizeof(text), "%d %s %s %zu;",
		(int)exchange_method(e), exchange_path(e), exchange_peer(e),
		size);
	exchange_answer(e, 200, "text/plain", text, strlen(text));
}

static void setup(void)
{
	handled = 0;
	kept = NULL;
	http_fixture_start(handle, NULL);
}

static void teardown(void)
{
	http_fixture_stop();
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void is_answered(const char *answer, int status, const char *error)
{
	char begin[32];

	(void)snprintf(begin, sizeof(begin), " %d ", status);
	ck_assert_msg(strncmp(answer, "HTTP/1.", 7) == 0 &&
			strncmp(answer + 8, begin, strlen(begin)) == 0,
		"not %d but: %s", status, answer);
	if (error)
		ck_assert_msg(strstr(answer, error), "%s", answer);
	ck_assert_msg(strstr(answer,
			      "\r\nContent-Security-Policy: "
			      "default-src 'none'; "),
		"%s", answer);
	ck_assert_uint_eq(count(answer, "X-Frame-Options: DENY\r\n"),
		count(answer, "HTTP/1."));
}

START_TEST(a_request_is_handed_over_and_answered)
{
	const char *answer =
		http_client_ask("POST /a%20b?c=d HTTP/1.1\r\nHost: phone\r\n"
				"Content-Length: 3\r\n\r\nabc");

	is_answered(answer, 200, "\r\n\r\n2 /a b local 3;");
	ck_assert_ptr_nonnull(strstr(answer, "Cache-Control: no-store\r\n"));
	ck_assert_ptr_nonnull(strstr(answer, "Content-Type: text/plain\r\n"));
	ck_assert_ptr_null(strstr(answer, "Strict-Transport-Security"));
}
END_TEST

START_TEST(requests_of_one_connection_are_answered_one_after_the_other)
{
	const char *answer =
		http_client_ask("GET /1 HTTP/1.1\r\nHost: p\r\n\r\n"
				"GET /2 HTTP/1.1\r\nHost: p\r\n\r\n"
				"GET /3 HTTP/1.1\r\nHost: p\r\n\r\n");

	is_answered(answer, 200, "0 /1 local 0;");
	ck_assert_uint_eq(count(answer, "HTTP/1.1 200 OK"), 3);
	ck_assert_ptr_nonnull(strstr(strstr(answer, "/2 local"), "/3 local"));
}
END_TEST

START_TEST(an_answer_to_head_has_no_body_and_says_how_long_it_were)
{
	const char *answer = http_client_ask(
		"HEAD / HTTP/1.1\r\nHost: p\r\n\r\n" GET "\r\n");

	is_answered(answer, 200, "Content-Length: 12\r\n");
	ck_assert_uint_eq(count(answer, "local"), 1);
}
END_TEST

/* What nobody is to see, and how it is answered. */
static const struct {
	const char *request;
	int status;
	const char *error;
} refused[] = {
	{"GET / HTTP/1.1\r\n\r\n", 400, "HostMissing"},
	{"GET / HTTP/1.0\r\n\r\n", 400, "HostMissing"},
	{"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "HostMissing"},
	{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "HostMissing"},
	{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "HostMissing"},
	{GET "Host: phone\r\n\r\n", 400, "HeaderTwice"},
	{GET "Cookie: a\r\ncookie: b\r\n\r\n", 400, "HeaderTwice"},
	{"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 0\r\n"
	 "Content-Length: 0\r\n\r\n",
		400, "HeaderTwice"},
	{GET "A b: c\r\n\r\n", 400, "HeaderMalformed"},
	{GET "Content-Length : 5\r\n\r\nGET /", 400, "HeaderMalformed"},
	{GET ": x\r\n\r\n", 400, "HeaderMalformed"},
	{GET "x: \x01\r\n\r\n", 400, "HeaderMalformed"},
	{GET "x: a\x7f\r\n\r\n", 400, "HeaderMalformed"},
	{GET "x\r\n\r\n", 400, "BadRequest"},
	{GET "Content-Length: -1\r\n\r\n", 400, "BadRequest"},
	{GET "Content-Length: 1x\r\n\r\n", 400, "BadRequest"},
	{"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: +5\r\n\r\n12345", 400,
		"LengthMalformed"},
	{GET "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411,
		"LengthRequired"},
	{GET "Transfer-Encoding: gzip\r\n\r\n", 411, "LengthRequired"},
	{GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
	     "0\r\n\r\n",
		400, "BadRequest"},
	{GET "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n", 417,
		"ExpectationFailed"},
	{"HEAD / HTTP/1.1\r\nHost: p\r\nContent-Length: 5\r\n\r\nGET /", 400,
		NULL},
	{"PUT / HTTP/1.1\r\nHost: p\r\n\r\n", 405, "MethodNotAllowed"},
	{"OPTIONS / HTTP/1.1\r\nHost: p\r\n\r\n", 405, "MethodNotAllowed"},
	{"TRACE / HTTP/1.1\r\nHost: p\r\n\r\n", 501, "MethodNotAllowed"},
	{"get / HTTP/1.1\r\nHost: p\r\n\r\n", 501, "MethodNotAllowed"},
	{"GET http://other/ HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET * HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET /a%00b HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET /a\r\nHost: phone\r\n\r\n", 400, "BadRequest"},
	{"GET /a b HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET /a\rb HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET /\x7f HTTP/1.1\r\nHost: p\r\n\r\n", 400, "PathMalformed"},
	{"GET / HTTP/0.9\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/1.2\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/1.-1\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/1.01\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/1.00001\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/01.1\r\nHost: p\r\n\r\n", 505, "VersionNotSupported"},
	{"GET / HTTP/2.0\r\nHost: p\r\n\r\n", 400, "BadRequest"},
	{"\r\n\r\n", 400, "BadRequest"},
	{"\x16\x03\x01\x02\r\n", 400, "BadRequest"},
};

START_TEST(what_could_be_read_in_two_ways_is_refused_and_its_connection_closed)
{
	char answer[4096];
	int fd = http_client();

	http_client_say(fd, refused[_i].request);
	http_client_say(fd, GET "\r\n");
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	is_answered(answer, refused[_i].status, refused[_i].error);
	ck_assert_uint_eq(count(answer, "HTTP/1."), 1);
	ck_assert_uint_eq(handled, 0);
	(void)close(fd);
}
END_TEST

START_TEST(a_zero_byte_in_the_head_is_refused_and_in_a_body_it_is_not)
{
	static const char body[] = "POST / HTTP/1.1\r\nHost: p\r\n"
				   "Content-Length: 1\r\n\r\n\0";
	static const char head[] = GET "x: a\0b\r\n\r\n";
	char answer[4096];
	int fd = http_client();

	http_client_send(fd, body, sizeof(body) - 1);
	http_client_send(fd, head, sizeof(head) - 1);
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	ck_assert_uint_eq(handled, 1);
	ck_assert_uint_eq(count(answer, "HTTP/1.1 200"), 1);
	ck_assert_uint_eq(count(answer, "HeaderMalformed"), 1);
	(void)close(fd);
}
END_TEST

/* evhttp refuses it, and says its version again. */
static const char *const said_again[] = {
	"HTTP/1.1",
	"HTTP/1.10000",
	"HTTP/1.-1",
	"HTTP/-9999.1",
	"HTTP/1.15100",
};

START_TEST(what_evhttp_refuses_has_our_answer_whatever_its_version)
{
	char text[256];
	const char *answer = NULL;

	(void)snprintf(text, sizeof(text), "GET / %s\r\nnothing\r\n\r\n",
		said_again[_i]);
	answer = http_client_ask(text);
	ck_assert_msg(
		strstr(answer, "io.certprov.web.BadRequest"), "%s", answer);
	ck_assert_uint_eq(count(answer, "X-Frame-Options: DENY\r\n"), 1);
	ck_assert_uint_eq(count(answer, "<"), 0);
}
END_TEST

static const struct {
	const char *requests;
	unsigned good;
} too_long[] = {
	{"GET / HTTP/1.000001\r\nHost: p\r\n\r\n", 0},
	{"GET / HTTP/1.4294967297\r\nHost: p\r\n\r\n", 0},
	{"GET / HTTP/4294967297.1\r\nHost: p\r\n\r\n", 0},
	{"GET / HTTP/1.4294967297\r\nnothing\r\n\r\n", 0},
	{GET "\r\nGET / HTTP/1.4294967297\r\nHost: p\r\n\r\n", 1},
};

START_TEST(a_version_that_is_too_long_is_closed)
{
	char answer[4096];
	int fd = http_client();

	http_client_say(fd, too_long[_i].requests);
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	ck_assert_uint_eq(count(answer, "HTTP/"), too_long[_i].good);
	ck_assert_uint_eq(handled, too_long[_i].good);
	(void)close(fd);
}
END_TEST

START_TEST(a_version_is_too_long_before_a_zero_byte_too)
{
	static const char request[] =
		"GET / HTTP/1.1410065408\0 x\r\nnothing\r\n\r\n";
	char answer[4096];
	int fd = http_client();

	http_client_send(fd, request, sizeof(request) - 1);
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	ck_assert_str_eq(answer, "");
	(void)close(fd);
}
END_TEST

START_TEST(a_path_may_be_as_long_as_a_version_may_not)
{
	is_answered(http_client_ask("GET /HTTP/2.4294967297 HTTP/1.1\r\n"
				    "Host: p\r\n\r\n"),
		200, "/HTTP/2.4294967297");
	is_answered(http_client_ask("GET /of/HTTP/0.9/and/longer\r\n\r\n"), 400,
		"BadRequest");
}
END_TEST

START_TEST(who_wants_a_tunnel_is_closed)
{
	char answer[4096];
	int fd = http_client();

	http_client_say(
		fd, "CONNECT p:80 HTTP/1.1\r\nHost: p\r\n\r\n" GET "\r\n");
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	ck_assert_str_eq(answer, "");
	(void)close(fd);
}
END_TEST

START_TEST(one_header_more_than_allowed_is_refused)
{
	char request[EXCHANGE_MAX_HEADER_BYTES] = GET;
	size_t at = strlen(request);

	for (int i = 1; i < EXCHANGE_MAX_HEADERS; i++)
		at += (size_t)snprintf(
			request + at, sizeof(request) - at, "H%d: x\r\n", i);
	(void)snprintf(request + at, sizeof(request) - at, "\r\n");
	is_answered(http_client_ask(request), 200, NULL);
	(void)snprintf(request + at, sizeof(request) - at, "H: x\r\n\r\n");
	is_answered(http_client_ask(request), 431, "TooManyHeaders");
}
END_TEST

START_TEST(headers_without_end_are_not_kept)
{
	char line[] = "a:\r\n";
	char answer[4096];
	int fd = http_client();

	http_client_say(fd, GET);
	for (int i = 2; i < HTTP_MAX_LINES; i++)
		http_client_say(fd, line);
	ck_assert(!http_client_hear(fd, answer, sizeof(answer)));
	http_client_say(fd, line);
	ck_assert(http_client_hear(fd, answer, sizeof(answer)));
	(void)close(fd);
}
END_TEST

START_TEST(lines_of_a_body_and_of_further_requests_are_no_headers)
{
	char request[4096] = "POST /1 HTTP/1.1\r\nHost: p\r\n"
			     "Content-Length: 600\r\n\r\n";
	char answer[8192];
	size_t head = strlen(request);
	int fd = http_client();

	memset(request + head, '\n', 600);
	for (int i = 0; i < 3; i++) {
		http_client_send(fd, request, head + 600);
		ck_assert(!http_client_hear(fd, answer, sizeof(answer)));
		is_answered(answer, 200, "2 /1 local 600;");
	}
	(void)close(fd);
}
END_TEST

/* So many bytes by the count of evhttp, which is without ends of lines. */
static char *headers_of(size_t bytes)
{
	static char request[2 * EXCHANGE_MAX_HEADER_BYTES];
	size_t used = strlen(GET) - 4;
	size_t at = (size_t)snprintf(request, sizeof(request), "%sX: ", GET);

	memset(request + at, 'x', bytes - used - 3);
	memcpy(request + at + bytes - used - 3, "\r\n\r\n", 5);
	return request;
}

START_TEST(one_byte_more_of_headers_than_allowed_is_refused)
{
	is_answered(http_client_ask(headers_of(EXCHANGE_MAX_HEADER_BYTES)), 200,
		NULL);
	is_answered(http_client_ask(headers_of(EXCHANGE_MAX_HEADER_BYTES + 1)),
		400, "BadRequest");
}
END_TEST

/* What is answered to a body of this length. */
static const char *answer_to(size_t size)
{
	static char answer[4096];
	char *request = malloc(size + 128);
	int at = snprintf(request, 128,
		"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: %zu\r\n\r\n",
		size);
	int fd = http_client();

	memset(request + at, 'x', size);
	http_client_send(fd, request, (size_t)at + size);
	(void)http_client_hear(fd, answer, sizeof(answer));
	(void)close(fd);
	free(request);
	return answer;
}

START_TEST(one_byte_more_of_a_body_than_allowed_is_refused)
{
	is_answered(answer_to(EXCHANGE_MAX_BODY_BYTES), 200, "local 262144;");
	is_answered(answer_to(EXCHANGE_MAX_BODY_BYTES + 1), 413, "TooLarge");
	is_answered(answer_to(4 * EXCHANGE_MAX_BODY_BYTES), 413, "TooLarge");
	ck_assert_uint_eq(handled, 1);
}
END_TEST

START_TEST(who_sends_while_an_answer_is_due_is_not_read_without_end)
{
	static char much[64 * 1024];
	size_t taken = 0;
	size_t limit = EXCHANGE_MAX_BODY_BYTES + EXCHANGE_MAX_HEADER_BYTES;
	int fd = http_client();

	http_client_say(fd, "GET /later HTTP/1.1\r\nHost: p\r\n\r\n");
	ck_assert_ptr_nonnull(kept);
	for (int stalls = 0; stalls < 5;) {
		ssize_t n = send(fd, much, sizeof(much), MSG_NOSIGNAL);

		taken += n > 0 ? (size_t)n : 0;
		stalls = n > 0 ? 0 : stalls + 1;
		ck_assert_uint_lt(taken, 16 * limit);
		http_fixture_turn();
	}
	ck_assert_uint_ge(taken, limit);
	(void)close(fd);
}
END_TEST

START_TEST(one_connection_more_than_a_peer_may_have_is_closed)
{
	enum { MAX = HTTP_FRONT_END_PEERS * HTTP_MAX_CONNECTIONS_A_PEER };
	int fds[MAX + 1];
	char answer[4096];

	for (int i = 0; i <= MAX; i++)
		fds[i] = http_client();
	ck_assert(http_client_hear(fds[MAX], answer, sizeof(answer)));
	ck_assert_str_eq(answer, "");
	ck_assert(!http_client_hear(fds[0], answer, sizeof(answer)));
	http_client_say(fds[0], GET "\r\n");
	(void)http_client_hear(fds[0], answer, sizeof(answer));
	is_answered(answer, 200, NULL);
	for (int i = 0; i <= MAX; i++)
		(void)close(fds[i]);
}
END_TEST

START_TEST(one_request_more_than_a_peer_may_make_is_refused)
{
	char answer[4096];
	int fd = http_client();
	unsigned answered = 0;

	do {
		http_client_say(fd, GET "\r\n");
		(void)http_client_hear(fd, answer, sizeof(answer));
	} while (strncmp(answer, "HTTP/1.1 200", 12) == 0 &&
		++answered < 4 * HTTP_FRONT_END_PEERS * HTTP_REQUESTS_AT_ONCE);
	is_answered(answer, 429, "TooManyRequests");
	ck_assert_ptr_nonnull(strstr(answer, "Retry-After: 1\r\n"));
	ck_assert_uint_ge(answered,
		(uintmax_t)HTTP_FRONT_END_PEERS * HTTP_REQUESTS_AT_ONCE);
	(void)close(fd);
}
END_TEST

/* --- times --- */

#define SOON_MS 50
#define NEVER_MS 3600000

static int patient;

static bool is_closed(void)
{
	char answer[4096];

	return http_client_hear(patient, answer, sizeof(answer));
}

/* The limit that is meant is short, and no other. */
static const struct {
	struct http_times times;
	const char *said;
} slow[] = {
	{{NEVER_MS, SOON_MS, NEVER_MS, NEVER_MS, NEVER_MS}, ""},
	{{NEVER_MS, SOON_MS, NEVER_MS, NEVER_MS, NEVER_MS}, GET},
	{
		{NEVER_MS, SOON_MS, NEVER_MS, NEVER_MS, NEVER_MS},
		"POST / HTTP/1.1\r\nHost: p\r\nContent-Length: 5\r\n\r\nabc",
	},
	{{NEVER_MS, NEVER_MS, SOON_MS, NEVER_MS, NEVER_MS}, GET "\r\n"},
	{
		{NEVER_MS, NEVER_MS, SOON_MS, NEVER_MS, NEVER_MS},
		GET "\r\nGET /",
	},
};

START_TEST(who_takes_too_long_is_closed)
{
	http_fixture_stop();
	http_config.times = &slow[_i].times;
	http_fixture_start(handle, NULL);
	patient = http_client();
	http_client_say(patient, slow[_i].said);
	ck_assert(http_fixture_until(is_closed));
	(void)close(patient);
}
END_TEST

static bool is_gone;

static void on_closed(struct exchange *e, void *userdata)
{
	(void)e;
	*(bool *)userdata = true;
	kept = NULL;
}

static bool has_gone(void)
{
	return is_gone;
}

START_TEST(who_reads_nothing_of_an_answer_is_closed)
{
	static const struct http_times times = {
		NEVER_MS, NEVER_MS, NEVER_MS, SOON_MS, NEVER_MS};
	char *much = calloc(1, EXCHANGE_MAX_WAITING);

	http_fixture_stop();
	http_config.times = &times;
	http_fixture_start(handle, NULL);
	patient = http_client();
	http_client_say(patient, "GET /later HTTP/1.1\r\nHost: p\r\n\r\n");
	is_gone = false;
	exchange_on_closed(kept, on_closed, &is_gone);
	ck_assert_int_eq(exchange_stream_begin(kept, "text/plain"), 0);
	for (int i = 0; i < 4; i++)
		(void)exchange_stream_write(kept, much, EXCHANGE_MAX_WAITING);
	ck_assert(http_fixture_until(has_gone));
	(void)close(patient);
	free(much);
}
END_TEST

/* Without reading. */
static bool has_hung_up(void)
{
	struct pollfd look = {.fd = patient, .events = POLLRDHUP};

	return poll(&look, 1, 0) == 1 && look.revents & POLLRDHUP;
}

START_TEST(an_answer_may_not_take_for_ever)
{
	static const struct http_times times = {
		NEVER_MS, NEVER_MS, NEVER_MS, NEVER_MS, SOON_MS};
	size_t size = (size_t)8 * 1024 * 1024;
	char *much = calloc(1, size);
	char *heard = malloc(size);

	http_fixture_stop();
	http_config.times = &times;
	http_fixture_start(handle, NULL);
	patient = http_client();
	http_client_say(patient, "GET /later HTTP/1.1\r\nHost: p\r\n\r\n");
	exchange_answer(kept, 200, "text/plain", much, size);
	ck_assert(http_fixture_until(has_hung_up));
	ck_assert(http_client_hear(patient, heard, size));
	ck_assert_uint_lt(strlen(heard), size);
	(void)close(patient);
	free(heard);
	free(much);
}
END_TEST

static void end_the_loop(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	(void)userdata;
	(void)event_base_loopbreak(http_base);
}

/* As by a signal: it has been accepted, and not been looked at. */
START_TEST(a_connection_of_the_last_moment_ends_with_the_server)
{
	char nothing[1] = "";
	int wake[2];
	int late = http_client_late();

	ck_assert_int_eq(pipe(wake), 0);
	ck_assert_int_eq(write(wake[1], nothing, 1), 1);
	ck_assert_int_eq(event_base_once(http_base, wake[0], EV_READ,
				 end_the_loop, NULL, NULL),
		0);
	ck_assert_int_eq(event_base_dispatch(http_base), 0);
	http_fixture_stop();
	ck_assert_int_eq(recv(late, nothing, sizeof(nothing), 0), 0);
	(void)close(late);
	(void)close(wake[0]);
	(void)close(wake[1]);
	http_fixture_start(handle, NULL);
}
END_TEST

test_case_maker http_server_tests;

TCase *http_server_tests(void)
{
	TCase *tc = tcase_create("http-server");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_request_is_handed_over_and_answered);
	tcase_add_test(tc,
		requests_of_one_connection_are_answered_one_after_the_other);
	tcase_add_test(
		tc, an_answer_to_head_has_no_body_and_says_how_long_it_were);
	tcase_add_loop_test(tc,
		what_could_be_read_in_two_ways_is_refused_and_its_connection_closed,
		0, (int)ARRAY_SIZE(refused));
	tcase_add_test(
		tc, a_zero_byte_in_the_head_is_refused_and_in_a_body_it_is_not);
	tcase_add_loop_test(tc,
		what_evhttp_refuses_has_our_answer_whatever_its_version, 0,
		(int)ARRAY_SIZE(said_again));
	tcase_add_loop_test(tc, a_version_that_is_too_long_is_closed, 0,
		(int)ARRAY_SIZE(too_long));
	tcase_add_test(tc, a_version_is_too_long_before_a_zero_byte_too);
	tcase_add_test(tc, a_path_may_be_as_long_as_a_version_may_not);
	tcase_add_test(tc, who_wants_a_tunnel_is_closed);
	tcase_add_test(tc, one_header_more_than_allowed_is_refused);
	tcase_add_test(tc, headers_without_end_are_not_kept);
	tcase_add_test(
		tc, lines_of_a_body_and_of_further_requests_are_no_headers);
	tcase_add_test(tc, one_byte_more_of_headers_than_allowed_is_refused);
	tcase_add_test(tc, one_byte_more_of_a_body_than_allowed_is_refused);
	tcase_add_test(
		tc, who_sends_while_an_answer_is_due_is_not_read_without_end);
	tcase_add_test(tc, one_connection_more_than_a_peer_may_have_is_closed);
	tcase_add_test(tc, one_request_more_than_a_peer_may_make_is_refused);
	tcase_add_loop_test(
		tc, who_takes_too_long_is_closed, 0, (int)ARRAY_SIZE(slow));
	tcase_add_test(tc, who_reads_nothing_of_an_answer_is_closed);
	tcase_add_test(tc, an_answer_may_not_take_for_ever);
	tcase_add_test(
		tc, a_connection_of_the_last_moment_ends_with_the_server);
	return tc;
}
