/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/server.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/varlink/varlink-client.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/certprovd/sys/server-rig.h"
#include "tests/unit/runner.h"

#define NOTE "{\"method\":\"a.b.Note\"}"
#define NOTE_ONEWAY "{\"method\":\"a.b.Note\",\"oneway\":true}"
#define BIG "{\"method\":\"a.b.Big\"}"
#define KEEP "{\"method\":\"a.b.Keep\"}"
#define KEEP_MORE "{\"method\":\"a.b.Keep\",\"more\":true}"
#define DONE "{\"parameters\":{}}"
#define CONTINUES "{\"parameters\":{},\"continues\":true}"
#define PIPELINED 10000u

static struct varlink_socket a;
static struct varlink_socket b;

static void setup(void)
{
	rig_setup();
	a = connect_trust();
	b = connect_trust();
	(void)settle();
	ck_assert_uint_eq(server_connections(rig.server), 2);
}

static void teardown(void)
{
	varlink_socket_done(&a);
	varlink_socket_done(&b);
	rig_teardown();
}

/* --- calls --- */

START_TEST(a_call_is_answered)
{
	const int64_t deadline = varlink_deadline(10000);
	CLEANUP(varlink_client_free) struct varlink_client *client = NULL;
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	const struct varlink_call call = {.method = (char[]){"a.b.Note"}};

	ck_assert_int_eq(varlink_client_connect(
				 scratch_path("trust"), deadline, &client),
		0);
	ck_assert_int_eq(varlink_client_send(client, &call, NULL, deadline), 0);
	(void)settle();
	ck_assert_int_eq(varlink_client_receive(client, 0, &answer), 0);
	ck_assert_ptr_null(answer.reply.error);
	ck_assert_uint_eq(rig.noted, 1);
	check_served(&a);
}
END_TEST

static void format_echo(char text[static 80], unsigned number)
{
	(void)snprintf(text, 80,
		"{\"method\":\"a.b.Echo\",\"parameters\":{\"text\":\"%05u\"}}",
		number);
}

static void check_number(const char *got, unsigned number)
{
	char text[80];

	(void)snprintf(text, sizeof(text),
		"{\"parameters\":{\"text\":\"%05u\"}}", number);
	ck_assert_str_eq(got, text);
}

/* Hear what is there of the answers; how many are heard then. */
static unsigned hear_numbers(struct varlink_socket *c, unsigned heard)
{
	const char *got = NULL;
	size_t len = 0;

	while ((got = hear_next(c, &len)))
		check_number(got, heard++);
	return heard;
}

START_TEST(pipelined_calls_are_answered_in_order_and_others_in_between)
{
	CLEANUP(bytes_done) struct bytes all = {0};
	char text[80];
	size_t said = 0;
	unsigned heard = 0;
	unsigned others = 0;

	format_echo(text, 0);
	all.len = PIPELINED * (strlen(text) + 1);
	all.data = malloc(all.len);
	for (unsigned i = 0; i < PIPELINED; i++) {
		format_echo(text, i);
		memcpy(all.data + i * (strlen(text) + 1), text,
			strlen(text) + 1);
	}
	for (unsigned turns = 0; heard < PIPELINED; turns++) {
		size_t len = 0;

		ck_assert_uint_lt(turns, RIG_MAX_TURNS);
		said += say_some(&a, all.data + said, all.len - said);
		if (turns % 100 == 0)
			say(&b, NOTE);
		/* A call of the one, and in the same time one of the other. */
		for (int i = 0; i < 10; i++)
			(void)rig_turn();
		if (turns % 100 == 0) {
			ck_assert_ptr_nonnull(hear_next(&b, &len));
			others++;
		}
		heard = hear_numbers(&a, heard);
	}
	ck_assert_uint_eq(heard, PIPELINED);
	ck_assert_uint_gt(others, 10);
	check_served(&a);
}
END_TEST

START_TEST(what_is_pipelined_behind_a_kept_request_waits_in_the_kernel)
{
	char call[1024];
	size_t first = 0;
	size_t later = 0;
	size_t n = 0;

	memset(call, ' ', sizeof(call));
	memcpy(call, NOTE, strlen(NOTE));
	call[sizeof(call) - 1] = 0;
	say(&a, KEEP);
	(void)settle();
	while ((n = say_some(&a, call, sizeof(call))) > 0)
		first += n;
	for (int i = 0; i < 10; i++) {
		(void)settle();
		while ((n = say_some(&a, call, sizeof(call))) > 0)
			later += n;
	}
	ck_assert_uint_gt(first, VARLINK_READ_BYTES / 2);
	ck_assert_uint_le(later, 2 * VARLINK_READ_BYTES);
	ck_assert_uint_eq(rig.noted, 0);
	check_served(&b);
}
END_TEST

START_TEST(a_call_may_come_byte_by_byte)
{
	for (size_t i = 0; i < sizeof(NOTE); i++) {
		ck_assert_uint_eq(rig.noted, 0);
		ck_assert_uint_eq(say_some(&a, &NOTE[i], 1), 1);
		ck_assert_uint_lt(settle(), 10);
	}
	ck_assert_uint_eq(rig.noted, 1);
	hear(&a, DONE);
}
END_TEST

static const struct bytes junk[] = {
	{.data = (uint8_t[]){0}, .len = 1},
	{.data = (uint8_t[]){0xff, 0xfe, 0x80, 0}, .len = 4},
	{.data = (uint8_t[]){"{\"method\":1}"}, .len = 13},
	{.data = (uint8_t[]){"[]"}, .len = 3},
	{.data = (uint8_t[]){"{\"method\":\"a.b.Note\"}}"}, .len = 23},
};

START_TEST(junk_closes_its_connection_only)
{
	const struct bytes *j = &junk[_i];

	ck_assert_uint_eq(say_some(&a, j->data, j->len), j->len);
	(void)settle();
	hear_end(&a);
	ck_assert_uint_eq(server_connections(rig.server), 1);
	check_served(&b);
}
END_TEST

/* A call of Note that is so long. */
static void say_long(struct varlink_socket *c, size_t len)
{
	CLEANUP(free) char *text = malloc(len + 1);

	memset(text, ' ', len);
	memcpy(text, NOTE, strlen(NOTE));
	text[len] = 0;
	say(c, text);
}

START_TEST(a_message_may_be_as_long_as_the_limit_and_no_longer)
{
	struct server_limits limits = SERVER_LIMITS_DEFAULT;
	CLEANUP(varlink_socket_done) struct varlink_socket c = {.fd = -1};

	limits.message_bytes = 50000;
	server_set_limits(rig.server, &limits);
	c = connect_trust();
	say_long(&c, limits.message_bytes);
	(void)settle();
	hear(&c, DONE);
	say_long(&c, limits.message_bytes + 1);
	(void)settle();
	hear_end(&c);
	ck_assert_uint_eq(rig.noted, 1);
	check_served(&a);
}
END_TEST

/* Send the message together with a descriptor. */
static void say_with(struct varlink_socket *c, const char *text, int fd)
{
	struct bytes message = {0};
	struct varlink_fds fds = {.fds = {fd}, .count = 1};

	ck_assert_int_eq(bytes_copy(text, strlen(text) + 1, &message), 0);
	ck_assert_int_eq(varlink_socket_queue(c, &message, &fds), 0);
	ck_assert_int_eq(varlink_socket_flush(c), 0);
}

START_TEST(a_descriptor_nobody_asked_for_is_closed_and_refused)
{
	int ends[2] = {-1, -1};
	char c = 0;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	say_with(&a, NOTE, ends[1]);
	(void)settle();
	hear(&a,
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"descriptors\"}}");
	ck_assert_int_eq(read(ends[0], &c, 1), 0);
	ck_assert_uint_eq(rig.noted, 0);
	check_served(&a);
	(void)fd_close(ends[0]);
}
END_TEST

/* --- requests that are kept --- */

START_TEST(a_kept_request_is_answered_later_and_the_next_call_after_it)
{
	say(&a, KEEP);
	say(&a, NOTE);
	ck_assert_uint_lt(settle(), 10);
	hear_nothing(&a);
	check_served(&b);
	ck_assert_uint_eq(rig.noted, 0);
	ck_assert_int_eq(varlink_reply(rig.held, NULL), 0);
	hear(&a, DONE);
	(void)settle();
	ck_assert_uint_eq(rig.noted, 1);
	hear(&a, DONE);
	rig.held = varlink_request_release(rig.held);
	ck_assert_uint_eq(rig.gone, 0);
}
END_TEST

START_TEST(a_request_that_is_let_go_is_answered_with_an_error)
{
	say(&a, KEEP);
	(void)settle();
	rig.held = varlink_request_release(rig.held);
	(void)settle();
	hear(&a,
		"{\"error\":\"io.systemd.System\",\"parameters\":"
		"{\"origin\":\"linux\",\"errno\":125}}");
	check_served(&a);
}
END_TEST

START_TEST(the_holder_is_told_once_that_the_caller_has_gone)
{
	say(&a, KEEP);
	(void)settle();
	varlink_socket_done(&a);
	ck_assert_uint_lt(settle(), 10);
	ck_assert_uint_eq(rig.gone, 1);
	ck_assert_ptr_null(rig.held);
	ck_assert_uint_eq(server_connections(rig.server), 1);
	check_served(&b);
}
END_TEST

START_TEST(a_holder_that_answers_nobody_is_told_so)
{
	say(&a, KEEP_MORE);
	(void)settle();
	varlink_socket_done(&a);
	ck_assert_int_eq(varlink_reply_continues(rig.held, NULL), -ENOTCONN);
	ck_assert_int_eq(varlink_reply_continues(rig.held, NULL), -ENOTCONN);
	ck_assert_uint_eq(rig.gone, 0);
	(void)settle();
	ck_assert_uint_eq(rig.gone, 1);
	check_served(&b);
}
END_TEST

START_TEST(the_server_tells_the_holders_when_it_ends)
{
	say(&a, KEEP);
	(void)settle();
	rig.server = server_free(rig.server);
	ck_assert_uint_eq(rig.gone, 1);
	ck_assert_ptr_null(rig.held);
	hear_end(&a);
	hear_end(&b);
}
END_TEST

/* --- ends --- */

START_TEST(who_only_stops_sending_gets_the_answers)
{
	say(&a, NOTE);
	say(&a, KEEP);
	say(&a, NOTE);
	ck_assert_int_eq(shutdown(a.fd, SHUT_WR), 0);
	ck_assert_uint_lt(settle(), 20);
	ck_assert_uint_eq(settle(), 0);
	hear(&a, DONE);
	hear_nothing(&a);
	ck_assert_uint_eq(rig.gone, 0);
	ck_assert_int_eq(varlink_reply(rig.held, NULL), 0);
	(void)settle();
	hear(&a, DONE);
	hear(&a, DONE);
	hear_end(&a);
	ck_assert_uint_eq(rig.noted, 2);
	rig.held = varlink_request_release(rig.held);
}
END_TEST

START_TEST(who_only_stops_sending_gets_a_long_answer_whole)
{
	for (int i = 0; i < 5; i++)
		say(&a, BIG);
	ck_assert_int_eq(shutdown(a.fd, SHUT_WR), 0);
	ck_assert_uint_lt(settle(), 40);
	ck_assert_uint_eq(server_connections(rig.server), 2);
	for (int i = 0; i < 5; i++) {
		hear_big(&a);
		(void)settle();
	}
	hear_end(&a);
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

START_TEST(oneway_calls_before_the_end_are_all_handled)
{
	for (int i = 0; i < 100; i++)
		say(&a, NOTE_ONEWAY);
	varlink_socket_done(&a);
	(void)settle();
	ck_assert_uint_eq(rig.noted, 100);
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

START_TEST(calls_before_the_end_are_handled_though_nobody_hears_the_answers)
{
	say(&a, NOTE);
	say(&a, BIG);
	say(&a, NOTE_ONEWAY);
	say(&a, NOTE);
	varlink_socket_done(&a);
	(void)settle();
	ck_assert_uint_eq(rig.noted, 3);
	ck_assert_uint_eq(rig.big, 1);
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

START_TEST(calls_behind_a_kept_request_are_handled_when_the_caller_has_gone)
{
	say(&a, KEEP);
	(void)settle();
	say(&a, NOTE_ONEWAY);
	say(&a, KEEP);
	say(&a, NOTE_ONEWAY);
	varlink_socket_done(&a);
	ck_assert_uint_lt(settle(), 40);
	ck_assert_uint_eq(rig.kept, 2);
	ck_assert_uint_eq(rig.gone, 2);
	ck_assert_uint_eq(rig.noted, 2);
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

START_TEST(who_stops_both_ways_without_reading_does_not_keep_the_loop_busy)
{
	for (int i = 0; i < 5; i++)
		say(&a, BIG);
	(void)settle();
	ck_assert_int_eq(shutdown(a.fd, SHUT_RDWR), 0);
	ck_assert_uint_lt(settle(), 20);
	ck_assert_uint_eq(server_connections(rig.server), 1);
	check_served(&b);
}
END_TEST

START_TEST(who_only_stops_reading_is_heard_and_no_request_of_it_is_kept)
{
	ck_assert_int_eq(shutdown(a.fd, SHUT_RD), 0);
	say(&a, NOTE);
	say(&a, KEEP);
	say(&a, NOTE_ONEWAY);
	ck_assert_uint_lt(settle(), 40);
	ck_assert_uint_eq(rig.noted, 2);
	ck_assert_uint_eq(rig.gone, 1);
	varlink_socket_done(&a);
	(void)settle();
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

START_TEST(idle_and_waiting_peers_cost_no_turn)
{
	say(&a, KEEP);
	ck_assert_uint_eq(say_some(&b, NOTE, 5), 5);
	(void)settle();
	ck_assert_uint_eq(settle(), 0);
	ck_assert_int_eq(shutdown(a.fd, SHUT_WR), 0);
	(void)settle();
	ck_assert_uint_eq(settle(), 0);
	ck_assert_ptr_nonnull(rig.held);
}
END_TEST

/* --- connections made elsewhere --- */

struct attached {
	struct server_connection *connection;
	struct varlink_socket far;
	unsigned closed;
	unsigned noted_before;
};

static void on_closed(void *userdata)
{
	struct attached *t = userdata;

	t->closed++;
	t->noted_before = rig.noted;
}

static void attach(struct attached *ret)
{
	const struct server_hooks hooks = {
		.closed = on_closed,
		.userdata = ret,
	};
	int pair[2] = {-1, -1};

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	varlink_socket_init(&ret->far, pair[1]);
	ck_assert_int_eq(server_attach(rig.server, pair[0], &rig_service,
				 &hooks, &ret->connection),
		0);
}

START_TEST(the_end_of_an_attached_connection_is_told_once_after_all_it_said)
{
	struct attached t = {0};

	attach(&t);
	check_served(&t.far);
	say(&t.far, NOTE);
	say(&t.far, KEEP);
	say(&t.far, NOTE_ONEWAY);
	say(&t.far, NOTE);
	varlink_socket_done(&t.far);
	ck_assert_uint_lt(settle(), 40);
	ck_assert_uint_eq(t.closed, 1);
	ck_assert_uint_eq(t.noted_before, 3);
	ck_assert_uint_eq(rig.gone, 1);
}
END_TEST

START_TEST(the_end_of_an_attached_connection_is_told_for_junk_too)
{
	struct attached t = {0};

	attach(&t);
	say(&t.far, NOTE);
	say(&t.far, "junk");
	say(&t.far, NOTE);
	(void)settle();
	ck_assert_uint_eq(t.closed, 1);
	ck_assert_uint_eq(t.noted_before, 1);
	varlink_socket_done(&t.far);
}
END_TEST

START_TEST(detaching_tells_the_holder_and_nobody_else)
{
	struct attached t = {0};

	attach(&t);
	say(&t.far, KEEP);
	(void)settle();
	t.connection = server_detach(t.connection);
	ck_assert_ptr_null(t.connection);
	(void)settle();
	ck_assert_uint_eq(rig.gone, 1);
	ck_assert_uint_eq(t.closed, 0);
	hear_end(&t.far);
	varlink_socket_done(&t.far);
	ck_assert_ptr_null(server_detach(NULL));
}
END_TEST

static const struct TTest *const *const tests[] = {
	&a_call_is_answered,
	&pipelined_calls_are_answered_in_order_and_others_in_between,
	&what_is_pipelined_behind_a_kept_request_waits_in_the_kernel,
	&a_call_may_come_byte_by_byte,
	&a_message_may_be_as_long_as_the_limit_and_no_longer,
	&a_descriptor_nobody_asked_for_is_closed_and_refused,
	&a_kept_request_is_answered_later_and_the_next_call_after_it,
	&a_request_that_is_let_go_is_answered_with_an_error,
	&the_holder_is_told_once_that_the_caller_has_gone,
	&a_holder_that_answers_nobody_is_told_so,
	&the_server_tells_the_holders_when_it_ends,
	&who_only_stops_sending_gets_the_answers,
	&who_only_stops_sending_gets_a_long_answer_whole,
	&oneway_calls_before_the_end_are_all_handled,
	&calls_before_the_end_are_handled_though_nobody_hears_the_answers,
	&calls_behind_a_kept_request_are_handled_when_the_caller_has_gone,
	&who_stops_both_ways_without_reading_does_not_keep_the_loop_busy,
	&who_only_stops_reading_is_heard_and_no_request_of_it_is_kept,
	&idle_and_waiting_peers_cost_no_turn,
	&the_end_of_an_attached_connection_is_told_once_after_all_it_said,
	&the_end_of_an_attached_connection_is_told_for_junk_too,
	&detaching_tells_the_holder_and_nobody_else,
};

TCase *server_tests(void);

TCase *server_tests(void)
{
	TCase *tc = tcase_create("server");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++)
		tcase_add_test(tc, *tests[i]);
	tcase_add_loop_test(
		tc, junk_closes_its_connection_only, 0, (int)ARRAY_SIZE(junk));
	return tc;
}
