/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/runner.h"

#define QUARTER (VARLINK_BACKLOG_MAX_BYTES / 4)

static struct varlink_socket near;
static struct varlink_socket far;

static void setup(void)
{
	int pair[2] = {-1, -1};

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	varlink_socket_init(&near, pair[0]);
	varlink_socket_init(&far, pair[1]);
}

static void teardown(void)
{
	varlink_socket_done(&near);
	varlink_socket_done(&far);
}

static int open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The lowest descriptor that is free: the same again when none leaked. */
static int lowest_fd(void)
{
	int fd = open_null();

	(void)fd_close(fd);
	return fd;
}

static void queue(const char *text, size_t n_fds)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};

	ck_assert_int_eq(bytes_copy(text, strlen(text) + 1, &b), 0);
	for (size_t i = 0; i < n_fds; i++)
		ck_assert_int_eq(varlink_fds_add(&fds, open_null()), 0);
	ck_assert_int_eq(varlink_socket_queue(&near, &b, &fds), 0);
	ck_assert_uint_eq(fds.count, 0);
}

/* The next message must be this one, with so many descriptors. */
static void expect(const char *text, size_t n_fds)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	const char *got = NULL;
	size_t len = 0;
	int r = 0;

	while ((r = varlink_socket_next(&far, &got, &len, &fds)) == 0)
		ck_assert_int_gt(varlink_socket_receive(&far), 0);
	ck_assert_int_eq(r, 1);
	ck_assert_str_eq(got, text);
	ck_assert_uint_eq(fds.count, n_fds);
	for (size_t i = 0; i < n_fds; i++)
		ck_assert_int_eq(
			fcntl(fds.fds[i], F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

START_TEST(messages_arrive_in_order)
{
	queue("one", 0);
	queue("two", 0);
	ck_assert_uint_eq(near.backlog, 8);
	ck_assert_int_eq(varlink_socket_flush(&near), 0);
	ck_assert_uint_eq(near.backlog, 0);
	expect("one", 0);
	expect("two", 0);
	ck_assert_int_eq(varlink_socket_receive(&far), -EAGAIN);
}
END_TEST

START_TEST(descriptors_arrive_with_their_message)
{
	int lowest = lowest_fd();

	queue("before", 0);
	queue("with", 2);
	queue("after", 0);
	queue("again", 1);
	ck_assert_int_eq(varlink_socket_flush(&near), 0);
	expect("before", 0);
	expect("with", 2);
	expect("after", 0);
	expect("again", 1);
	ck_assert_int_eq(lowest_fd(), lowest);
}
END_TEST

START_TEST(descriptors_of_a_long_message_wait_for_its_end)
{
	char text[3 * VARLINK_READ_BYTES + 1];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	queue("short", 0);
	queue(text, 1);
	ck_assert_int_eq(varlink_socket_flush(&near), 0);
	expect("short", 0);
	expect(text, 1);
}
END_TEST

/* Send this text with so many descriptors, whatever the limits are. */
static void send_raw(const char *text, size_t len, size_t n_fds)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * 8)];
	} control = {.room = {0}};
	char copy[16];
	struct iovec part = {.iov_base = copy, .iov_len = len};
	struct msghdr m = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = open_null();

	ck_assert_ptr_nonnull(c);
	memcpy(copy, text, len);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
	for (size_t i = 0; i < n_fds; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(fd), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(near.fd, &m, 0), (int)len);
	(void)fd_close(fd);
}

START_TEST(one_descriptor_too_many_is_refused_and_none_stays_open)
{
	int lowest = lowest_fd();

	/* It takes one more than there is room for, and forgets to say so. */
	if (emulator_lacks("one descriptor too many"))
		return;
	send_raw("x", 2, VARLINK_MAX_FDS + 1);
	ck_assert_int_eq(varlink_socket_receive(&far), -EBADMSG);
	ck_assert_int_eq(lowest_fd(), lowest);
}
END_TEST

START_TEST(descriptors_twice_within_a_message_are_refused)
{
	int lowest = lowest_fd();

	send_raw("x", 1, 1);
	send_raw("y", 2, 1);
	ck_assert_int_eq(varlink_socket_receive(&far), 1);
	ck_assert_int_eq(varlink_socket_receive(&far), -EBADMSG);
	varlink_fds_done(&far.fds);
	ck_assert_int_eq(lowest_fd(), lowest);
}
END_TEST

START_TEST(more_than_the_backlog_is_refused)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	int lowest = lowest_fd();

	for (size_t i = 0; i < 4; i++) {
		struct bytes b = {.data = calloc(1, QUARTER), .len = QUARTER};

		ck_assert_int_eq(varlink_socket_queue(&near, &b, NULL), 0);
		ck_assert_ptr_null(b.data);
	}
	ck_assert_uint_eq(near.backlog, VARLINK_BACKLOG_MAX_BYTES);
	struct bytes one = {.data = calloc(1, 1), .len = 1};
	ck_assert_int_eq(varlink_fds_add(&fds, open_null()), 0);
	ck_assert_int_eq(varlink_socket_queue(&near, &one, &fds), -ENOBUFS);
	ck_assert_ptr_null(one.data);
	ck_assert_int_eq(lowest_fd(), lowest);
}
END_TEST

START_TEST(a_peer_that_does_not_read_leaves_something_over)
{
	for (size_t i = 0; i < 4; i++) {
		struct bytes b = {.data = calloc(1, QUARTER), .len = QUARTER};

		ck_assert_int_eq(varlink_socket_queue(&near, &b, NULL), 0);
	}
	ck_assert_int_eq(varlink_socket_flush(&near), 1);
	ck_assert_uint_gt(near.backlog, 0);
	ck_assert_uint_lt(near.backlog, VARLINK_BACKLOG_MAX_BYTES);
}
END_TEST

START_TEST(the_end_is_told_from_nothing_now)
{
	ck_assert_int_eq(varlink_socket_receive(&far), -EAGAIN);
	ck_assert(!far.ended);
	near.fd = fd_close(near.fd);
	ck_assert_int_eq(varlink_socket_receive(&far), 0);
	ck_assert(far.ended);
}
END_TEST

START_TEST(writing_to_a_peer_that_has_gone_is_an_error_not_a_signal)
{
	far.fd = fd_close(far.fd);
	queue("x", 1);
	ck_assert_int_eq(varlink_socket_flush(&near), -EPIPE);
}
END_TEST

START_TEST(one_descriptor_more_than_a_message_may_have_is_closed)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	int taken = -1;
	int lowest = lowest_fd();

	for (size_t i = 0; i < VARLINK_MAX_FDS; i++)
		ck_assert_int_eq(varlink_fds_add(&fds, open_null()), 0);
	ck_assert_int_eq(varlink_fds_add(&fds, open_null()), -ENOSPC);
	taken = varlink_fds_take_one(&fds, 1);
	ck_assert_int_ge(taken, 0);
	ck_assert_int_eq(varlink_fds_take_one(&fds, 1), -1);
	ck_assert_int_eq(varlink_fds_take_one(&fds, VARLINK_MAX_FDS), -1);
	(void)fd_close(taken);
	varlink_fds_done(&fds);
	ck_assert_int_eq(lowest_fd(), lowest);
}
END_TEST

TCase *varlink_socket_tests(void);

TCase *varlink_socket_tests(void)
{
	TCase *tc = tcase_create("varlink-socket");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, messages_arrive_in_order);
	tcase_add_test(tc, descriptors_arrive_with_their_message);
	tcase_add_test(tc, descriptors_of_a_long_message_wait_for_its_end);
	tcase_add_test(
		tc, one_descriptor_too_many_is_refused_and_none_stays_open);
	tcase_add_test(tc, descriptors_twice_within_a_message_are_refused);
	tcase_add_test(tc, more_than_the_backlog_is_refused);
	tcase_add_test(tc, a_peer_that_does_not_read_leaves_something_over);
	tcase_add_test(tc, the_end_is_told_from_nothing_now);
	tcase_add_test(
		tc, writing_to_a_peer_that_has_gone_is_an_error_not_a_signal);
	tcase_add_test(
		tc, one_descriptor_more_than_a_message_may_have_is_closed);
	return tc;
}
