/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/text-width.h"

#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{"", 0}, {"certprov", 8}, {"M\u00fcller", 6},
	{"Mu\u0308ller", 6}, /* the same with a mark that combines */
	{"\u65e5\u672c", 4}, /* two wide ones */
	{"\U0001f512", 2},
	{"\xff", 1}, /* what is no character takes a column */
};

START_TEST(wide_characters_take_two_columns_and_marks_none)
{
	const char *text = widths[_i].text;

	ck_assert_uint_eq(text_width(text, strlen(text)), widths[_i].width);
}
END_TEST

START_TEST(a_beginning_is_never_cut_within_a_character)
{
	const char *text = "\u65e5\u672c";

	ck_assert_uint_eq(text_head(text, strlen(text), 3), 3);
	ck_assert_uint_eq(text_head(text, strlen(text), 1), 0);
	ck_assert_uint_eq(text_head(text, strlen(text), 9), 6);
}
END_TEST

START_TEST(a_beginning_keeps_the_marks_of_its_last_character)
{
	ck_assert_uint_eq(text_head("u\u0308ber", 6, 1), 3);
}
END_TEST

START_TEST(an_end_begins_with_a_character_that_stands_by_itself)
{
	ck_assert_uint_eq(text_tail("xu\u0308y", 5, 1), 4);
	ck_assert_uint_eq(text_tail("document.xml:12", 15, 6), 9);
	ck_assert_uint_eq(text_tail("abc", 3, 3), 0);
	ck_assert_uint_eq(text_tail("\u65e5\u672c", 6, 1), 6);
}
END_TEST

test_case_maker text_width_tests;

TCase *text_width_tests(void)
{
	TCase *tc = tcase_create("text-width");

	tcase_add_loop_test(tc, wide_characters_take_two_columns_and_marks_none,
		0, ARRAY_SIZE(widths));
	tcase_add_test(tc, a_beginning_is_never_cut_within_a_character);
	tcase_add_test(tc, a_beginning_keeps_the_marks_of_its_last_character);
	tcase_add_test(
		tc, an_end_begins_with_a_character_that_stands_by_itself);
	return tc;
}
