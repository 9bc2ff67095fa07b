/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-time.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define LATER (3600 * 1000)

static struct event_base *base;
static int fired[4];
static size_t fired_count;

static void setup(void)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	fired_count = 0;
}

static void teardown(void)
{
	event_base_free(base);
}

static void on_time(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	ck_assert_int_eq(what, EV_TIMEOUT);
	fired[fired_count++] = *(const int *)userdata;
}

/* Around a second, so that both parts of a time count. */
static int times[] = {1001, 999, 20, 1000};
static struct event *events[ARRAY_SIZE(times)];

static void add_all(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	(void)userdata;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		ck_assert_int_eq(web_time_add(events[i], times[i]), 0);
}

/* They are added in one turn of the loop, where libevent's clock stands still:
 * however long that takes, they are due as their times say. */
START_TEST(what_is_due_earlier_happens_earlier)
{
	struct event *start = evtimer_new(base, add_all, NULL);

	ck_assert_ptr_nonnull(start);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		events[i] = evtimer_new(base, on_time, &times[i]);
		ck_assert_ptr_nonnull(events[i]);
	}
	event_active(start, EV_TIMEOUT, 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_uint_eq(fired_count, ARRAY_SIZE(times));
	ck_assert_int_eq(fired[0], 20);
	ck_assert_int_eq(fired[1], 999);
	ck_assert_int_eq(fired[2], 1000);
	ck_assert_int_eq(fired[3], 1001);
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		event_free(events[i]);
	event_free(start);
}
END_TEST

static int64_t now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* libevent's clock is coarse. */
START_TEST(nothing_happens_before_its_time)
{
	static int ms = 100;
	struct event *event = evtimer_new(base, on_time, &ms);
	int64_t before = now_ms();

	ck_assert_int_eq(web_time_add(event, ms), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_int_ge(now_ms() - before, ms / 2);
	event_free(event);
}
END_TEST

START_TEST(a_time_that_is_set_again_is_another)
{
	static int mark = 1;
	struct event *event = evtimer_new(base, on_time, &mark);

	ck_assert_int_eq(web_time_add(event, LATER), 0);
	ck_assert_int_eq(event_base_loop(base, EVLOOP_NONBLOCK), 0);
	ck_assert_uint_eq(fired_count, 0);
	ck_assert_int_eq(web_time_add(event, 0), 0);
	ck_assert_int_eq(event_base_dispatch(base), 1);
	ck_assert_uint_eq(fired_count, 1);
	event_free(event);
}
END_TEST

static void on_event(struct bufferevent *b, short what, void *userdata)
{
	(void)b;
	*(short *)userdata = what;
	(void)event_base_loopbreak(base);
}

/* More than the kernel takes for who does not read. */
START_TEST(a_writer_whose_peer_reads_nothing_is_told)
{
	size_t size = (size_t)8 * 1024 * 1024;
	char *much = calloc(1, size);
	struct bufferevent *b = NULL;
	short what = 0;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(evutil_make_socket_nonblocking(ends[0]), 0);
	b = bufferevent_socket_new(base, ends[0], 0);
	ck_assert_ptr_nonnull(b);
	bufferevent_setcb(b, NULL, NULL, on_event, &what);
	ck_assert_int_eq(web_time_limit_writing(b, 20), 0);
	ck_assert_int_eq(bufferevent_write(b, much, size), 0);
	ck_assert_int_eq(event_base_dispatch(base), 0);
	ck_assert_int_eq(what, BEV_EVENT_TIMEOUT | BEV_EVENT_WRITING);
	bufferevent_free(b);
	(void)close(ends[0]);
	(void)close(ends[1]);
	free(much);
}
END_TEST

test_case_maker web_time_tests;

TCase *web_time_tests(void)
{
	TCase *tc = tcase_create("web-time");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_due_earlier_happens_earlier);
	tcase_add_test(tc, nothing_happens_before_its_time);
	tcase_add_test(tc, a_time_that_is_set_again_is_another);
	tcase_add_test(tc, a_writer_whose_peer_reads_nothing_is_told);
	return tc;
}
