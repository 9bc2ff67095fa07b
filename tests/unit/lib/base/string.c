/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/string.h"

#include "tests/unit/runner.h"

START_TEST(taking_leaves_nothing_behind)
{
	char *text = NULL;
	char *taken = NULL;

	ck_assert_int_eq(string_format(&text, "%d %s", 4, "you"), 0);
	taken = TAKE_PTR(text);
	ck_assert_ptr_null(text);
	ck_assert_str_eq(taken, "4 you");
	ck_assert_int_eq(string_replace(&taken, NULL), 0);
	ck_assert_ptr_null(taken);
	ck_assert(string_equal(NULL, NULL));
	ck_assert(!string_equal(NULL, ""));
}
END_TEST

TCase *string_tests(void);

TCase *string_tests(void)
{
	TCase *tc = tcase_create("string");

	tcase_add_test(tc, taking_leaves_nothing_behind);
	return tc;
}
