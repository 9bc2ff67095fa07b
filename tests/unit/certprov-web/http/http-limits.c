/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define LATER ((int64_t)3600 * 1000)

static struct http_limits *limits;
static struct http_claim claims[HTTP_MAX_CONNECTIONS + 1];
static size_t claim_count;

static void setup(void)
{
	claim_count = 0;
	ck_assert_int_eq(http_limits_new(&limits), 0);
}

static void teardown(void)
{
	limits = http_limits_free(limits);
}

/* Of either family; "" is the front end. */
static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage storage = {.ss_family = AF_UNIX};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
		storage.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1)
		storage.ss_family = AF_INET6;
	return storage;
}

static int enter(const char *text, int64_t now_ms, struct http_peer **ret)
{
	struct sockaddr_storage from = address(text);

	return http_limits_enter(limits, (struct sockaddr *)&from, now_ms, ret);
}

/* As many as come in; *ret is the last. */
static unsigned enter_all(
	const char *text, int64_t now_ms, struct http_peer **ret)
{
	unsigned count = 0;

	while (enter(text, now_ms, ret) == 0)
		count++;
	return count;
}

START_TEST(one_connection_more_than_a_peer_may_have_is_refused)
{
	struct http_peer *p = NULL;

	ck_assert_uint_eq(
		enter_all("192.0.2.1", 0, &p), HTTP_MAX_CONNECTIONS_A_PEER);
	ck_assert_int_eq(enter("192.0.2.1", LATER, &p), -EUSERS);
	ck_assert_int_eq(enter("192.0.2.2", LATER, &p), 0);
}
END_TEST

START_TEST(one_that_left_makes_room_for_one)
{
	struct http_peer *p = NULL;

	(void)enter_all("192.0.2.1", 0, &p);
	http_limits_leave(limits, p);
	ck_assert_int_eq(enter("192.0.2.1", LATER, &p), 0);
	ck_assert_int_eq(enter("192.0.2.1", LATER, &p), -EUSERS);
}
END_TEST

/* --- which one is given up --- */

/* One more connection, of this address: its place. */
static size_t hold(const char *text, bool of_user, int64_t since_ms)
{
	struct http_peer *p = NULL;

	ck_assert_uint_lt(claim_count, ARRAY_SIZE(claims));
	ck_assert_int_eq(enter(text, since_ms, &p), 0);
	claims[claim_count] = (struct http_claim){
		.peer = p,
		.of_user = of_user,
		.since_ms = since_ms,
	};
	return claim_count++;
}

/* So many, each of another address. */
static void hold_by_many(int count, bool of_user, int64_t since_ms)
{
	char text[32];

	for (int i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "198.51.100.%d", i);
		(void)hold(text, of_user, since_ms + i);
	}
}

static void hold_by_one(const char *text, int count, int64_t since_ms)
{
	for (int i = 0; i < count; i++)
		(void)hold(text, false, since_ms + i);
}

/* For the last one, or that one. */
static size_t given_up(void)
{
	size_t last = claim_count - 1;
	size_t first = 0;

	ck_assert(http_limits_are_exceeded(limits));
	for (size_t i = 1; i < last; i++)
		if (http_limits_gives_up(&claims[i], &claims[first]))
			first = i;
	return http_limits_may_take(&claims[last], &claims[first]) ? first
								   : last;
}

static struct http_peer *peer_of(const char *text)
{
	struct http_peer *p = NULL;

	ck_assert_int_eq(enter(text, 0, &p), 0);
	http_limits_leave(limits, p);
	return p;
}

START_TEST(one_connection_more_than_all_may_have_is_one_too_many)
{
	hold_by_many(HTTP_MAX_CONNECTIONS, false, 0);
	ck_assert(!http_limits_are_exceeded(limits));
	(void)hold("2001:db8::1", false, 0);
	ck_assert(http_limits_are_exceeded(limits));
	http_limits_leave(limits, claims[0].peer);
	ck_assert(!http_limits_are_exceeded(limits));
}
END_TEST

START_TEST(whoever_has_most_gives_one_up_and_not_who_comes)
{
	char text[INET_ADDRSTRLEN];

	for (int i = 0; i < HTTP_MAX_CONNECTIONS / HTTP_MAX_CONNECTIONS_A_PEER;
		i++) {
		(void)snprintf(text, sizeof(text), "198.51.100.%d", i);
		hold_by_one(text, HTTP_MAX_CONNECTIONS_A_PEER, 0);
	}
	(void)hold("192.0.2.1", false, LATER);
	ck_assert_uint_lt(given_up(), HTTP_MAX_CONNECTIONS);
}
END_TEST

START_TEST(who_comes_with_more_than_anybody_gives_up_one_of_his_own)
{
	size_t first = 0;

	hold_by_many(HTTP_MAX_CONNECTIONS - 1, false, 0);
	first = hold("192.0.2.1", true, LATER);
	(void)hold("192.0.2.1", false, 2 * LATER);
	ck_assert_uint_eq(given_up(), first);
}
END_TEST

START_TEST(nobody_comes_in_when_all_others_have_less_than_is_their_own)
{
	char text[INET_ADDRSTRLEN];

	for (int i = 0; i < HTTP_MAX_CONNECTIONS / HTTP_CONNECTIONS_OF_KNOWN;
		i++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", i % 256);
		http_limits_know(peer_of(text));
		hold_by_one(text, HTTP_CONNECTIONS_OF_KNOWN, 0);
	}
	(void)hold("198.51.100.1", false, LATER);
	ck_assert_uint_eq(given_up(), HTTP_MAX_CONNECTIONS);
	/* But for who is known, too. */
	http_limits_know(claims[HTTP_MAX_CONNECTIONS].peer);
	ck_assert_uint_lt(given_up(), HTTP_MAX_CONNECTIONS);
}
END_TEST

START_TEST(of_those_with_as_many_the_oldest_goes_and_at_last_that_of_a_user)
{
	hold_by_many(HTTP_MAX_CONNECTIONS, false, 0);
	(void)hold("192.0.2.1", false, LATER);
	ck_assert_uint_eq(given_up(), 0);
	claims[0].of_user = true;
	ck_assert_uint_eq(given_up(), 1);
	/* Whoever waits for a turn is as good as whoever had one. */
	http_limits_take_turn(claims[9].peer, 1);
	ck_assert_uint_eq(given_up(), 1);
}
END_TEST

START_TEST(who_takes_from_those_with_as_many_may_only_so_often)
{
	size_t last = HTTP_MAX_CONNECTIONS;
	struct http_peer *more = NULL;

	hold_by_many(HTTP_MAX_CONNECTIONS, false, 0);
	(void)hold("192.0.2.1", false, LATER);
	for (int i = 0; i < HTTP_TAKES_AT_ONCE; i++)
		ck_assert_uint_eq(given_up(), 0);
	ck_assert_uint_eq(given_up(), last);
	claims[last].since_ms += (int64_t)HTTP_TAKES_SECONDS_EACH * 1000 - 1;
	ck_assert_uint_eq(given_up(), last);
	claims[last].since_ms++;
	ck_assert_uint_eq(given_up(), 0);
	ck_assert_uint_eq(given_up(), last);
	/* But always from who has more. */
	ck_assert_int_eq(enter("198.51.100.7", LATER, &more), 0);
	ck_assert_uint_eq(given_up(), 7);
}
END_TEST

START_TEST(a_known_peer_comes_in_whoever_is_there)
{
	hold_by_many(HTTP_MAX_CONNECTIONS, true, 0);
	http_limits_know(peer_of("192.0.2.1"));
	(void)hold("192.0.2.1", false, LATER);
	ck_assert_uint_eq(given_up(), 0);
}
END_TEST

START_TEST(nobody_takes_from_a_known_peer_what_is_its_own)
{
	http_limits_know(peer_of("192.0.2.1"));
	hold_by_one("192.0.2.1", HTTP_CONNECTIONS_OF_KNOWN, 0);
	hold_by_many(
		HTTP_MAX_CONNECTIONS - HTTP_CONNECTIONS_OF_KNOWN, true, LATER);
	(void)hold("192.0.2.2", false, 2 * LATER);
	ck_assert_uint_ge(given_up(), HTTP_CONNECTIONS_OF_KNOWN);
}
END_TEST

START_TEST(one_more_than_its_own_is_taken_from_a_known_peer)
{
	http_limits_know(peer_of("192.0.2.1"));
	hold_by_one("192.0.2.1", HTTP_CONNECTIONS_OF_KNOWN + 1, 0);
	hold_by_many(HTTP_MAX_CONNECTIONS - HTTP_CONNECTIONS_OF_KNOWN - 1, true,
		LATER);
	(void)hold("192.0.2.2", false, 2 * LATER);
	ck_assert_uint_eq(given_up(), 0);
}
END_TEST

START_TEST(the_front_end_has_as_many_of_its_own_as_those_it_stands_for)
{
	enum { OWN = HTTP_FRONT_END_PEERS * HTTP_CONNECTIONS_OF_KNOWN };
	int extra = _i;

	hold_by_one("", OWN + extra, 0);
	hold_by_many(HTTP_MAX_CONNECTIONS - OWN - extra, true, LATER);
	(void)hold("192.0.2.2", false, 2 * LATER);
	if (extra)
		ck_assert_uint_eq(given_up(), 0);
	else
		ck_assert_uint_ge(given_up(), OWN);
}
END_TEST

/* --- how fast --- */

START_TEST(connections_that_come_too_fast_are_refused_until_a_while_has_passed)
{
	struct http_peer *p = NULL;
	int64_t one_more = 1000 / HTTP_CONNECTIONS_A_SECOND;

	for (int i = 0; i < HTTP_CONNECTIONS_AT_ONCE; i++) {
		ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
		http_limits_leave(limits, p);
	}
	ck_assert_int_eq(enter("192.0.2.1", 0, &p), -EAGAIN);
	ck_assert_int_eq(enter("192.0.2.1", one_more - 1, &p), -EAGAIN);
	ck_assert_int_eq(enter("192.0.2.1", one_more, &p), 0);
	ck_assert_int_eq(enter("192.0.2.1", one_more, &p), -EAGAIN);
	ck_assert_int_eq(enter("192.0.2.2", one_more, &p), 0);
}
END_TEST

START_TEST(requests_that_come_too_fast_are_refused_until_a_while_has_passed)
{
	struct http_peer *p = NULL;
	int64_t one_more = 1000 / HTTP_REQUESTS_A_SECOND;

	ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
	for (int i = 0; i < HTTP_REQUESTS_AT_ONCE; i++)
		ck_assert(http_limits_ask(p, 0));
	ck_assert(!http_limits_ask(p, 0));
	ck_assert(!http_limits_ask(p, one_more - 1));
	ck_assert(http_limits_ask(p, one_more));
	ck_assert(!http_limits_ask(p, one_more));
	/* However long the rest was. */
	for (int i = 0; i < HTTP_REQUESTS_AT_ONCE; i++)
		ck_assert(http_limits_ask(p, INT64_MAX / 2));
	ck_assert(!http_limits_ask(p, INT64_MAX / 2));
}
END_TEST

START_TEST(whoever_comes_back_has_not_forgotten_what_he_asked)
{
	struct http_peer *p = NULL;

	ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
	while (http_limits_ask(p, 0))
		;
	http_limits_leave(limits, p);
	ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
	ck_assert(!http_limits_ask(p, 0));
}
END_TEST

START_TEST(a_peer_is_an_ipv4_address_or_the_64_of_an_ipv6_address)
{
	struct http_peer *a = NULL;
	struct http_peer *b = NULL;

	ck_assert_int_eq(enter("2001:db8::1", 0, &a), 0);
	ck_assert_int_eq(enter("2001:db8::ffff:2", 0, &b), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_int_eq(enter("2001:db8:0:1::1", 0, &b), 0);
	ck_assert_ptr_ne(a, b);
	ck_assert_int_eq(enter("192.0.2.1", 0, &a), 0);
	ck_assert_int_eq(enter("::ffff:192.0.2.1", 0, &b), 0);
	ck_assert_ptr_eq(a, b);
	ck_assert_int_eq(enter("::ffff:192.0.2.2", 0, &b), 0);
	ck_assert_ptr_ne(a, b);
}
END_TEST

START_TEST(the_front_end_stands_for_several)
{
	struct http_peer *p = NULL;

	ck_assert_uint_eq(enter_all("", 0, &p),
		(uintmax_t)HTTP_FRONT_END_PEERS * HTTP_MAX_CONNECTIONS_A_PEER);
	for (int i = 0; i < HTTP_FRONT_END_PEERS * HTTP_REQUESTS_AT_ONCE; i++)
		ck_assert(http_limits_ask(p, 0));
	ck_assert(!http_limits_ask(p, 0));
}
END_TEST

START_TEST(strangers_make_nobody_forgotten_who_is_known)
{
	struct http_peer *p = NULL;
	struct http_peer *other = NULL;
	char text[INET_ADDRSTRLEN];

	ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
	http_limits_know(p);
	http_limits_leave(limits, p);
	for (int i = 1; i < 3 * HTTP_MAX_PEERS; i++) {
		(void)snprintf(
			text, sizeof(text), "198.51.%d.%d", i / 256, i % 256);
		ck_assert_int_eq(enter(text, i, &other), 0);
		ck_assert_ptr_ne(other, p);
		http_limits_leave(limits, other);
	}
	ck_assert_int_eq(enter("192.0.2.1", LATER, &other), 0);
	ck_assert_ptr_eq(other, p);
}
END_TEST

START_TEST(many_strangers_make_nobody_forgotten_who_is_connected)
{
	struct http_peer *p = NULL;
	struct http_peer *other = NULL;
	char text[INET_ADDRSTRLEN];

	ck_assert_int_eq(enter("192.0.2.1", 0, &p), 0);
	while (http_limits_ask(p, 0))
		;
	for (int i = 1; i < 3 * HTTP_MAX_PEERS; i++) {
		(void)snprintf(
			text, sizeof(text), "198.51.%d.%d", i / 256, i % 256);
		ck_assert_int_eq(enter(text, i, &other), 0);
		http_limits_leave(limits, other);
	}
	ck_assert_int_eq(enter("192.0.2.1", 0, &other), 0);
	ck_assert_ptr_eq(other, p);
	ck_assert(!http_limits_ask(p, 0));
}
END_TEST

test_case_maker http_limits_tests;
TCase *http_limits_tests(void)
{
	TCase *tc = tcase_create("http-limits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_connection_more_than_a_peer_may_have_is_refused);
	tcase_add_test(tc, one_that_left_makes_room_for_one);
	tcase_add_test(
		tc, one_connection_more_than_all_may_have_is_one_too_many);
	tcase_add_test(tc, whoever_has_most_gives_one_up_and_not_who_comes);
	tcase_add_test(
		tc, who_comes_with_more_than_anybody_gives_up_one_of_his_own);
	tcase_add_test(tc,
		of_those_with_as_many_the_oldest_goes_and_at_last_that_of_a_user);
	tcase_add_test(tc,
		nobody_comes_in_when_all_others_have_less_than_is_their_own);
	tcase_add_test(tc, who_takes_from_those_with_as_many_may_only_so_often);
	tcase_add_test(tc, a_known_peer_comes_in_whoever_is_there);
	tcase_add_test(tc, nobody_takes_from_a_known_peer_what_is_its_own);
	tcase_add_test(tc, one_more_than_its_own_is_taken_from_a_known_peer);
	tcase_add_loop_test(tc,
		the_front_end_has_as_many_of_its_own_as_those_it_stands_for, 0,
		2);
	tcase_add_test(tc,
		connections_that_come_too_fast_are_refused_until_a_while_has_passed);
	tcase_add_test(tc,
		requests_that_come_too_fast_are_refused_until_a_while_has_passed);
	tcase_add_test(tc, whoever_comes_back_has_not_forgotten_what_he_asked);
	tcase_add_test(
		tc, a_peer_is_an_ipv4_address_or_the_64_of_an_ipv6_address);
	tcase_add_test(tc, the_front_end_stands_for_several);
	tcase_add_test(tc, strangers_make_nobody_forgotten_who_is_known);
	tcase_add_test(
		tc, many_strangers_make_nobody_forgotten_who_is_connected);
	return tc;
}
