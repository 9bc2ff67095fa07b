/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-limits.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "tests/unit/runner.h"

#define LATER ((int64_t)3600 * 1000)

static struct http_limits *limits;

static void setup(void)
{
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

START_TEST(one_connection_more_than_all_may_have_is_refused)
{
	struct http_peer *p = NULL;
	unsigned count = 0;
	char text[INET_ADDRSTRLEN];

	for (int i = 0; i < 200; i++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%d", i);
		if (enter(text, 0, &p) == 0)
			count++;
	}
	ck_assert_uint_eq(count, HTTP_MAX_CONNECTIONS);
	ck_assert(http_limits_are_reached(limits));
	ck_assert_int_eq(enter("2001:db8::1", 0, &p), -EUSERS);
	http_limits_leave(limits, p);
	ck_assert(!http_limits_are_reached(limits));
	ck_assert_int_eq(enter("2001:db8::1", 0, &p), 0);
}
END_TEST

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
	tcase_add_test(tc, one_connection_more_than_all_may_have_is_refused);
	tcase_add_test(tc,
		connections_that_come_too_fast_are_refused_until_a_while_has_passed);
	tcase_add_test(tc,
		requests_that_come_too_fast_are_refused_until_a_while_has_passed);
	tcase_add_test(tc, whoever_comes_back_has_not_forgotten_what_he_asked);
	tcase_add_test(
		tc, a_peer_is_an_ipv4_address_or_the_64_of_an_ipv6_address);
	tcase_add_test(tc, the_front_end_stands_for_several);
	tcase_add_test(
		tc, many_strangers_make_nobody_forgotten_who_is_connected);
	return tc;
}
