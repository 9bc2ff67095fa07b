/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hex.h"

#include <errno.h>

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

TCase *hex_tests(void);

TCase *hex_tests(void)
{
	TCase *tc = tcase_create("hex");

	tcase_add_test(tc, hex_of_another_length_or_alphabet_is_refused);
	tcase_add_test(tc, hex_comes_back_as_it_went);
	return tc;
}
