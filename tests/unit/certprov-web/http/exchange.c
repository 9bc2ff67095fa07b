/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/exchange.h"

#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "tests/unit/certprov-web/http/http-fixture.h"
#include "tests/unit/runner.h"

#define POST "POST /call HTTP/1.1\r\nHost: phone\r\nX-User: alice\r\n\r\n"
#define STREAM "text/event-stream"

static struct exchange *e;
static unsigned closed;
static unsigned drained;
static int client;
static char heard[1024 * 1024];

static void on_request(struct exchange *exchange, void *userdata)
{
	(void)userdata;
	e = exchange;
}

static void on_closed(struct exchange *exchange, void *userdata)
{
	ck_assert_ptr_eq(exchange, e);
	ck_assert_ptr_eq(userdata, &closed);
	closed++;
	e = NULL;
}

static void on_drained(struct exchange *exchange, void *userdata)
{
	ck_assert_ptr_eq(exchange, e);
	ck_assert_ptr_eq(userdata, &drained);
	drained++;
}

static bool has_closed(void)
{
	return closed > 0;
}

static void setup(void)
{
	e = NULL;
	closed = 0;
	drained = 0;
	http_config = (struct http_config){.user_header = "X-User"};
	http_fixture_start(on_request, NULL);
	client = http_client();
	http_client_say(client, POST);
	ck_assert_ptr_nonnull(e);
}

static void teardown(void)
{
	if (client >= 0)
		(void)close(client);
	client = -1;
	http_fixture_stop();
}

static const char *hear(void)
{
	(void)http_client_hear(client, heard, sizeof(heard));
	return heard;
}

static void leave(void)
{
	(void)close(client);
	client = -1;
	http_fixture_turn();
}

#define SECRET "correct horse battery"

static unsigned leaks; /* of memory that was freed with the secret in it */

static void free_and_look(void *memory)
{
	if (memory &&
		memmem(memory, malloc_usable_size(memory), SECRET,
			strlen(SECRET)))
		leaks++;
	free(memory);
}

static char taken[64];
static ssize_t taken_size;

static void take_body(struct exchange *exchange, void *userdata)
{
	taken_size = exchange_take_body(exchange, taken, *(size_t *)userdata);
	exchange_answer(exchange, 204, NULL, NULL, 0);
}

/* How many bytes there are first, of a request in two pieces. */
static const size_t firsts[] = {0, 10, 52, 60, 77};

static void send_secret(size_t first)
{
	static const char request[] =
		"POST / HTTP/1.1\r\nHost: phone\r\nContent-Length: 26\r\n\r\n"
		"-- " SECRET "--";
	size_t size = strlen(request);

	http_client_send(client, request, first);
	http_client_send(client, request + first, size - first);
}

START_TEST(a_body_that_was_taken_leaves_nothing_behind)
{
	size_t room = 26;

	teardown();
	event_set_mem_functions(malloc, realloc, free_and_look);
	http_fixture_start(take_body, &room);
	client = http_client();
	send_secret(firsts[_i]);
	ck_assert_ptr_nonnull(strstr(hear(), "HTTP/1.1 204 "));
	ck_assert_int_eq(taken_size, 26);
	ck_assert_mem_eq(taken, "-- " SECRET "--", 26);
	(void)close(client);
	client = -1;
	http_fixture_turn();
	ck_assert_uint_eq(leaks, 0);
}
END_TEST

START_TEST(a_body_longer_than_there_is_room_for_is_wiped_too)
{
	size_t room = 25;

	teardown();
	event_set_mem_functions(malloc, realloc, free_and_look);
	http_fixture_start(take_body, &room);
	client = http_client();
	send_secret(0);
	ck_assert_ptr_nonnull(strstr(hear(), "HTTP/1.1 204 "));
	ck_assert_int_eq(taken_size, -EMSGSIZE);
	ck_assert_uint_eq(leaks, 0);
}
END_TEST

START_TEST(the_request_can_be_read)
{
	size_t size = 1;

	ck_assert_int_eq(exchange_method(e), EXCHANGE_POST);
	ck_assert_str_eq(exchange_path(e), "/call");
	ck_assert_str_eq(exchange_header(e, "HOST"), "phone");
	ck_assert_ptr_null(exchange_header(e, "Origin"));
	ck_assert_ptr_nonnull(exchange_body(e, &size));
	ck_assert_uint_eq(size, 0);
	ck_assert_str_eq(exchange_peer(e), "local");
	ck_assert(!exchange_secure(e));
	ck_assert_str_eq(exchange_front_end_user(e), "alice");
	exchange_answer(e, 204, NULL, NULL, 0);
	ck_assert_ptr_nonnull(strstr(hear(), "HTTP/1.1 204 No Content\r\n"));
}
END_TEST

START_TEST(the_front_end_names_no_user_unless_a_header_is_configured)
{
	http_config.user_header = NULL;
	leave();
	client = http_client();
	http_client_say(client, POST);
	ck_assert_ptr_null(exchange_front_end_user(e));
	exchange_answer(e, 204, NULL, NULL, 0);
}
END_TEST

START_TEST(an_error_has_its_name_sentence_and_remedy)
{
	ck_assert_int_eq(exchange_set_header(e, "Retry-After", "7"), 0);
	exchange_answer_error(
		e, 429, "io.certprov.web.TooManyAttempts", "a \"b\"", "wait");
	ck_assert_ptr_nonnull(
		strstr(hear(), "HTTP/1.1 429 Too Many Requests\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "\r\nRetry-After: 7\r\n"));
	ck_assert_ptr_nonnull(
		strstr(heard, "\r\nContent-Type: application/json\r\n"));
	ck_assert_str_eq(strstr(heard, "\r\n\r\n"),
		"\r\n\r\n{\"error\":\"io.certprov.web.TooManyAttempts\","
		"\"parameters\":{\"sentence\":\"a \\\"b\\\"\","
		"\"remedy\":\"wait\"}}");
}
END_TEST

START_TEST(an_error_without_remedy_has_none)
{
	exchange_answer_error(e, 404, "a.B", "c", NULL);
	ck_assert_ptr_nonnull(
		strstr(hear(), "\"parameters\":{\"sentence\":\"c\"}}"));
}
END_TEST

START_TEST(a_header_cannot_bring_another)
{
	ck_assert_int_eq(
		exchange_set_header(e, "X", "a\r\nSet-Cookie: b"), -EINVAL);
	ck_assert_int_eq(exchange_set_header(e, "X\r\nY", "a"), -EINVAL);
	ck_assert_int_eq(exchange_set_header(e, "X", "a\nY: b"), -EINVAL);
	exchange_answer(e, 200, NULL, "x", 1);
	ck_assert_ptr_null(strstr(hear(), "X: "));
	ck_assert_ptr_null(strstr(heard, "Y: "));
	ck_assert_ptr_null(strstr(heard, "Set-Cookie"));
}
END_TEST

START_TEST(a_header_of_ours_is_not_there_twice)
{
	ck_assert_int_eq(
		exchange_set_header(e, "Cache-Control", "no-cache"), 0);
	exchange_answer(e, 200, NULL, "x", 1);
	ck_assert_ptr_nonnull(strstr(hear(), "Cache-Control: no-cache\r\n"));
	ck_assert_ptr_null(strstr(heard, "no-store"));
}
END_TEST

START_TEST(who_goes_before_the_answer_is_told_of_once)
{
	exchange_on_closed(e, on_closed, &closed);
	leave();
	ck_assert(http_fixture_until(has_closed));
	http_fixture_turn();
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(who_goes_behind_the_answer_is_not_told_of)
{
	exchange_on_closed(e, on_closed, &closed);
	exchange_answer(e, 200, NULL, "x", 1);
	leave();
	http_fixture_turn();
	ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(a_server_that_ends_tells_of_everybody)
{
	exchange_on_closed(e, on_closed, &closed);
	http_fixture_stop();
	ck_assert_uint_eq(closed, 1);
	http_fixture_start(on_request, NULL);
}
END_TEST

START_TEST(a_stream_comes_in_pieces_as_they_are_written)
{
	ck_assert_int_eq(exchange_stream_begin(e, STREAM), 0);
	ck_assert_ptr_nonnull(strstr(hear(), "HTTP/1.1 200 OK\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "Content-Type: " STREAM "\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "Cache-Control: no-store\r\n"));
	ck_assert_ptr_nonnull(strstr(heard, "Transfer-Encoding: chunked\r\n"));
	ck_assert_int_eq(exchange_stream_write(e, "abc", 3), 0);
	ck_assert_str_eq(hear(), "3\r\nabc\r\n");
	ck_assert_int_eq(exchange_stream_write(e, "d", 1), 0);
	ck_assert_str_eq(hear(), "1\r\nd\r\n");
	exchange_stream_end(e);
	ck_assert_str_eq(hear(), "0\r\n\r\n");
	/* The connection goes on. */
	http_client_say(client, POST);
	exchange_answer(e, 200, NULL, "x", 1);
	ck_assert_ptr_nonnull(strstr(hear(), "HTTP/1.1 200 OK\r\n"));
}
END_TEST

START_TEST(who_leaves_a_stream_is_told_of_once)
{
	exchange_on_closed(e, on_closed, &closed);
	ck_assert_int_eq(exchange_stream_begin(e, STREAM), 0);
	ck_assert_int_eq(exchange_stream_write(e, "abc", 3), 0);
	(void)hear();
	leave();
	ck_assert(http_fixture_until(has_closed));
	http_fixture_turn();
	ck_assert_uint_eq(closed, 1);
}
END_TEST

START_TEST(a_stream_that_was_ended_tells_nobody)
{
	exchange_on_closed(e, on_closed, &closed);
	ck_assert_int_eq(exchange_stream_begin(e, STREAM), 0);
	exchange_stream_end(e);
	leave();
	http_fixture_turn();
	ck_assert_uint_eq(closed, 0);
}
END_TEST

START_TEST(a_stream_keeps_so_many_bytes_for_who_does_not_read)
{
	static char piece[16 * 1024];
	size_t written = 0;
	int r = 0;

	ck_assert_int_eq(exchange_stream_begin(e, STREAM), 0);
	do {
		r = exchange_stream_write(e, piece, sizeof(piece));
		written += r == 0 ? sizeof(piece) : 0;
	} while (r == 0 && written < 64 * EXCHANGE_MAX_WAITING);
	ck_assert_int_eq(r, -EBUSY);
	ck_assert_uint_ge(written, EXCHANGE_MAX_WAITING - sizeof(piece));
	ck_assert_uint_le(written, EXCHANGE_MAX_WAITING + sizeof(piece));
	exchange_stream_on_drained(e, on_drained, &drained);
	ck_assert_uint_eq(drained, 0);
	while (drained == 0)
		(void)hear();
	ck_assert_int_eq(exchange_stream_write(e, piece, sizeof(piece)), 0);
	(void)hear();
	ck_assert_uint_eq(drained, 1);
	exchange_stream_on_drained(e, on_drained, &drained);
	ck_assert_uint_eq(drained, 2);
}
END_TEST

test_case_maker exchange_tests;

TCase *exchange_tests(void)
{
	TCase *tc = tcase_create("exchange");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_body_that_was_taken_leaves_nothing_behind, 0,
		(int)ARRAY_SIZE(firsts));
	tcase_add_test(tc, a_body_longer_than_there_is_room_for_is_wiped_too);
	tcase_add_test(tc, the_request_can_be_read);
	tcase_add_test(
		tc, the_front_end_names_no_user_unless_a_header_is_configured);
	tcase_add_test(tc, an_error_has_its_name_sentence_and_remedy);
	tcase_add_test(tc, an_error_without_remedy_has_none);
	tcase_add_test(tc, a_header_cannot_bring_another);
	tcase_add_test(tc, a_header_of_ours_is_not_there_twice);
	tcase_add_test(tc, who_goes_before_the_answer_is_told_of_once);
	tcase_add_test(tc, who_goes_behind_the_answer_is_not_told_of);
	tcase_add_test(tc, a_server_that_ends_tells_of_everybody);
	tcase_add_test(tc, a_stream_comes_in_pieces_as_they_are_written);
	tcase_add_test(tc, who_leaves_a_stream_is_told_of_once);
	tcase_add_test(tc, a_stream_that_was_ended_tells_nobody);
	tcase_add_test(tc, a_stream_keeps_so_many_bytes_for_who_does_not_read);
	return tc;
}
