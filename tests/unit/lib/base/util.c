/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/runner.h"

START_TEST(hex_of_another_length_or_alphabet_is_refused)
{
	uint8_t out[2] = {7, 7};

	ck_assert_int_eq(hex_parse("00fF", out, 2), 0);
	ck_assert_int_eq(out[1], 0xff);
	ck_assert_int_eq(hex_parse("00f", out, 2), -EINVAL);
	ck_assert_int_eq(hex_parse("00fff", out, 2), -EINVAL);
	ck_assert_int_eq(hex_parse("00fg", out, 2), -EINVAL);
	ck_assert_int_eq(out[1], 0xff);
}
END_TEST

START_TEST(hex_comes_back_as_it_went)
{
	const uint8_t in[] = {0x00, 0x1f, 0xa0, 0xff};
	uint8_t out[4] = {0};
	char text[9];

	hex_format(in, sizeof(in), text);
	ck_assert_str_eq(text, "001fa0ff");
	ck_assert_int_eq(hex_parse(text, out, 4), 0);
	ck_assert_mem_eq(in, out, 4);
}
END_TEST

START_TEST(time_text_is_exact_or_refused)
{
	char text[TIME_TEXT_SIZE];
	int64_t t = 0;

	ck_assert_int_eq(time_parse("2026-05-01T12:34:56Z", &t), 0);
	ck_assert_int_eq(t, 1777638896);
	time_format(t, text);
	ck_assert_str_eq(text, "2026-05-01T12:34:56Z");
	ck_assert_int_eq(time_parse("2026-02-30T00:00:00Z", &t), -EINVAL);
	ck_assert_int_eq(time_parse("2026-05-01 12:34:56Z", &t), -EINVAL);
	ck_assert_int_eq(time_parse("2026-05-01T12:34:56", &t), -EINVAL);
	ck_assert_int_eq(time_parse("", &t), -EINVAL);
	time_format(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59Z");
}
END_TEST

START_TEST(read_all_refuses_one_byte_more)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write_full(fds[1], "12345", 5), 0);
	close_fd(fds[1]);
	ck_assert_int_eq(read_all(fds[0], 4, &b), -EFBIG);
	ck_assert_ptr_null(b.data);
	close_fd(fds[0]);

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write_full(fds[1], "12345", 5), 0);
	close_fd(fds[1]);
	ck_assert_int_eq(read_all(fds[0], 5, &b), 0);
	ck_assert_uint_eq(b.len, 5);
	ck_assert_str_eq((char *)b.data, "12345");
	close_fd(fds[0]);
}
END_TEST

START_TEST(read_full_past_the_end_is_an_error)
{
	char buffer[4];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write_full(fds[1], "abc", 3), 0);
	close_fd(fds[1]);
	ck_assert_int_eq(read_full(fds[0], buffer, 4), -ENODATA);
	close_fd(fds[0]);
}
END_TEST

START_TEST(taking_leaves_nothing_behind)
{
	char *text = NULL;
	char *taken = NULL;
	int fd = 7;

	ck_assert_int_eq(format_string(&text, "%d %s", 4, "you"), 0);
	taken = TAKE_PTR(text);
	ck_assert_ptr_null(text);
	ck_assert_str_eq(taken, "4 you");
	ck_assert_int_eq(replace_string(&taken, NULL), 0);
	ck_assert_ptr_null(taken);
	ck_assert_int_eq(take_fd(&fd), 7);
	ck_assert_int_eq(fd, -1);
	ck_assert(streq_null(NULL, NULL));
	ck_assert(!streq_null(NULL, ""));
}
END_TEST

TCase *util_tests(void);

TCase *util_tests(void)
{
	TCase *tc = tcase_create("util");

	tcase_add_test(tc, hex_of_another_length_or_alphabet_is_refused);
	tcase_add_test(tc, hex_comes_back_as_it_went);
	tcase_add_test(tc, time_text_is_exact_or_refused);
	tcase_add_test(tc, read_all_refuses_one_byte_more);
	tcase_add_test(tc, read_full_past_the_end_is_an_error);
	tcase_add_test(tc, taking_leaves_nothing_behind);
	return tc;
}
