/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/fd.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "tests/unit/runner.h"

START_TEST(read_all_refuses_one_byte_more)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fd_write_full(fds[1], "12345", 5), 0);
	fd_close(fds[1]);
	ck_assert_int_eq(fd_read_all(fds[0], 4, &b), -EFBIG);
	ck_assert_ptr_null(b.data);
	fd_close(fds[0]);

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fd_write_full(fds[1], "12345", 5), 0);
	fd_close(fds[1]);
	ck_assert_int_eq(fd_read_all(fds[0], 5, &b), 0);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_str_eq((char *)b.data, "12345");
	fd_close(fds[0]);
}
END_TEST

START_TEST(read_full_past_the_end_is_an_error)
{
	char buffer[4];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(fd_write_full(fds[1], "abc", 3), 0);
	fd_close(fds[1]);
	ck_assert_int_eq(fd_read_full(fds[0], buffer, 4), -ENODATA);
	fd_close(fds[0]);
}
END_TEST

START_TEST(taking_a_descriptor_leaves_minus_one_behind)
{
	int fd = 7;

	ck_assert_int_eq(fd_take(&fd), 7);
	ck_assert_int_eq(fd, -1);
}
END_TEST

TCase *fd_tests(void);

TCase *fd_tests(void)
{
	TCase *tc = tcase_create("fd");

	tcase_add_test(tc, read_all_refuses_one_byte_more);
	tcase_add_test(tc, read_full_past_the_end_is_an_error);
	tcase_add_test(tc, taking_a_descriptor_leaves_minus_one_behind);
	return tc;
}
