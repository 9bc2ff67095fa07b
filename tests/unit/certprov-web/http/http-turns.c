/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-turns.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define MAX_COMERS (HTTP_HANDSHAKES_AT_ONCE + 8)

/* A connection from outside, whose turn is waited for. */
struct comer {
	struct http_claim claim;
	struct http_turn turn;
	int ends[2];
};

static struct event_base *base;
static struct http_limits *limits;
static struct http_turns turns;
static struct comer comers[MAX_COMERS];
static size_t comer_count;
static struct comer *begun[MAX_COMERS];
static size_t begun_count;

static int64_t now_ms;

static int64_t clock_ms(void)
{
	return now_ms;
}

static void on_turn(void *userdata)
{
	ck_assert_uint_lt(begun_count, MAX_COMERS);
	begun[begun_count++] = userdata;
}

static void setup(void)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(http_limits_new(&limits), 0);
	turns = (struct http_turns){0};
	now_ms = 0;
	http_turns_begin(&turns, base, clock_ms);
	comer_count = 0;
	begun_count = 0;
}

static void teardown(void)
{
	for (size_t i = 0; i < comer_count; i++) {
		http_turn_end(&comers[i].turn, true);
		(void)close(comers[i].ends[0]);
		(void)close(comers[i].ends[1]);
	}
	http_turns_done(&turns);
	limits = http_limits_free(limits);
	event_base_free(base);
}

/* Connected, by TCP. */
static void connect_ends(int ends[2])
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(at);
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(
		getsockname(listening, (struct sockaddr *)&at, &len), 0);
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(ends[1], (struct sockaddr *)&at, len), 0);
	ends[0] = accept(listening, NULL, NULL);
	ck_assert_int_ge(ends[0], 0);
	(void)close(listening);
}

/* On a connection that is there. */
static struct comer *come_on(unsigned address, const int ends[2])
{
	struct comer *c = &comers[comer_count++];
	struct sockaddr_in from = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(address),
	};
	/* Slower than anybody may connect. */
	int64_t at_ms = (int64_t)comer_count * 1000;

	*c = (struct comer){.claim.since_ms = at_ms};
	ck_assert_int_eq(http_limits_enter(limits, (struct sockaddr *)&from,
				 at_ms, &c->claim.peer),
		0);
	http_limits_leave(limits, c->claim.peer);
	memcpy(c->ends, ends, sizeof(c->ends));
	ck_assert_int_eq(http_turn_await(&turns, &c->turn, c->ends[0],
				 &c->claim, on_turn, c),
		0);
	return c;
}

/* It has said nothing yet. */
static struct comer *come(unsigned address)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	return come_on(address, ends);
}

static void look(void)
{
	ck_assert_int_ge(event_base_loop(base, EVLOOP_NONBLOCK), 0);
}

static void speak(const struct comer *c)
{
	ck_assert_int_eq(write(c->ends[1], "x", 1), 1);
	look();
}

/* One after the other: none of them has a turn yet. */
static void all_speak(struct comer *const *c, size_t count)
{
	size_t before = begun_count;

	for (size_t i = 0; i < count; i++)
		speak(c[i]);
	ck_assert_uint_eq(begun_count, before);
}

/* When there is one more signature. */
static struct comer *next(void)
{
	size_t before = begun_count;

	now_ms += 1000 / HTTP_HANDSHAKES_A_SECOND;
	for (int i = 0; begun_count == before && i < 100; i++)
		ck_assert_int_ge(event_base_loop(base, EVLOOP_ONCE), 0);
	ck_assert_uint_eq(begun_count, before + 1);
	return begun[before];
}

/* All there are at once. */
static void use_up(unsigned address)
{
	for (int i = 0; i < HTTP_HANDSHAKES_AT_ONCE; i++)
		speak(come(address));
	ck_assert_uint_eq(begun_count, HTTP_HANDSHAKES_AT_ONCE);
}

START_TEST(it_is_nobodys_turn_who_says_nothing)
{
	const struct comer *c = come(1);

	look();
	ck_assert_uint_eq(begun_count, 0);
	speak(c);
	ck_assert_uint_eq(begun_count, 1);
	ck_assert_ptr_eq(begun[0], c);
}
END_TEST

START_TEST(one_more_than_at_once_waits)
{
	struct comer *c[1];

	use_up(1);
	c[0] = come(1);
	all_speak(c, ARRAY_SIZE(c));
	ck_assert_ptr_eq(next(), c[0]);
}
END_TEST

START_TEST(whose_last_turn_was_longest_ago_is_next)
{
	struct comer *c[4];

	use_up(1);
	c[0] = come(1);
	c[1] = come(1);
	c[2] = come(2);
	c[3] = come(2);
	all_speak(c, ARRAY_SIZE(c));
	ck_assert_ptr_eq(next(), c[2]);
	ck_assert_ptr_eq(next(), c[0]);
	ck_assert_ptr_eq(next(), c[3]);
	ck_assert_ptr_eq(next(), c[1]);
}
END_TEST

START_TEST(who_is_known_is_next_however_often)
{
	struct comer *c[3];

	use_up(1);
	c[0] = come(2);
	c[1] = come(1);
	c[2] = come(1);
	http_limits_know(c[1]->claim.peer);
	all_speak(c, ARRAY_SIZE(c));
	ck_assert_ptr_eq(next(), c[1]);
	ck_assert_ptr_eq(next(), c[2]);
	ck_assert_ptr_eq(next(), c[0]);
}
END_TEST

START_TEST(what_was_not_signed_does_not_count)
{
	struct comer *c[2];

	use_up(1);
	c[0] = come(2);
	c[1] = come(2);
	all_speak(c, ARRAY_SIZE(c));
	http_turn_end(&comers[0].turn, false);
	ck_assert_uint_eq(begun_count, HTTP_HANDSHAKES_AT_ONCE + 1);
	/* Once. */
	http_turn_end(&comers[0].turn, false);
	http_turn_end(&comers[1].turn, true);
	look();
	ck_assert_uint_eq(begun_count, HTTP_HANDSHAKES_AT_ONCE + 1);
}
END_TEST

START_TEST(who_goes_before_his_turn_has_none)
{
	struct comer *c[2];
	struct comer *silent = NULL;

	use_up(1);
	silent = come(2);
	c[0] = come(2);
	c[1] = come(2);
	all_speak(c, ARRAY_SIZE(c));
	http_turn_end(&silent->turn, false);
	http_turn_end(&c[0]->turn, false);
	speak(silent);
	ck_assert_ptr_eq(next(), c[1]);
}
END_TEST

START_TEST(who_hangs_up_takes_no_turn_and_is_noticed)
{
	struct comer *gone = NULL;
	struct comer *c[1];

	use_up(1);
	gone = come(2);
	(void)shutdown(gone->ends[1], SHUT_WR);
	look();
	ck_assert_uint_eq(begun_count, HTTP_HANDSHAKES_AT_ONCE + 1);
	ck_assert_ptr_eq(begun[HTTP_HANDSHAKES_AT_ONCE], gone);
	/* It gives nothing back. */
	http_turn_end(&gone->turn, false);
	c[0] = come(3);
	all_speak(c, ARRAY_SIZE(c));
}
END_TEST

START_TEST(who_begins_with_an_urgent_byte_waits)
{
	struct comer *c = NULL;
	int ends[2];

	use_up(1);
	connect_ends(ends);
	c = come_on(2, ends);
	ck_assert_int_eq(send(c->ends[1], "!", 1, MSG_OOB), 1);
	look();
	all_speak(&c, 1);
	ck_assert_ptr_eq(next(), c);
}
END_TEST

test_case_maker http_turns_tests;

TCase *http_turns_tests(void)
{
	TCase *tc = tcase_create("http-turns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, it_is_nobodys_turn_who_says_nothing);
	tcase_add_test(tc, one_more_than_at_once_waits);
	tcase_add_test(tc, whose_last_turn_was_longest_ago_is_next);
	tcase_add_test(tc, who_is_known_is_next_however_often);
	tcase_add_test(tc, what_was_not_signed_does_not_count);
	tcase_add_test(tc, who_goes_before_his_turn_has_none);
	tcase_add_test(tc, who_hangs_up_takes_no_turn_and_is_noticed);
	tcase_add_test(tc, who_begins_with_an_urgent_byte_waits);
	return tc;
}
