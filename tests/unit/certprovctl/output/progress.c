/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/progress.h"

#include <string.h>

#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

START_TEST(what_is_no_terminal_gets_a_few_plain_lines)
{
	struct progress p = {.screen = paper_screen(0)};

	for (int64_t i = 0; i <= 100; i++)
		progress_show(&p, "documents", i, 100);
	progress_show(&p, "downloads", 0, 3);
	progress_show(&p, "finished", 0, 0);
	progress_end(&p);
	ck_assert_str_eq(paper_err(),
		"reading documents: 0 of 100\n"
		"reading documents: 25 of 100\n"
		"reading documents: 50 of 100\n"
		"reading documents: 75 of 100\n"
		"reading documents: 100 of 100\n"
		"fetching certificates: 0 of 3\n"
		"finished\n");
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

START_TEST(a_terminal_gets_a_bar_that_is_taken_away_at_the_end)
{
	struct screen *s = paper_screen(0);
	struct progress p = {.screen = s};

	s->live = true;
	progress_show(&p, "documents", 1, 2);
	ck_assert_str_eq(paper_err(),
		"\r[############............] 1/2 reading documents\033[K");
	progress_end(&p);
	progress_end(&p);
	ck_assert_str_eq(paper_err() + strlen(paper_err()) - 4, "\r\033[K");
}
END_TEST

START_TEST(numbers_that_cannot_be_do_no_harm)
{
	struct screen *s = paper_screen(0);
	struct progress p = {.screen = s};

	s->live = true;
	progress_show(&p, "\033[2J", INT64_MAX, -1);
	progress_show(&p, "documents", INT64_MAX, 1);
	progress_show(&p, "documents", -5, INT64_MAX);
	ck_assert_ptr_null(strstr(paper_err(), "[2J"));
	ck_assert_ptr_nonnull(strstr(paper_err(), "] 0/0 working"));
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "[########################] 1/1"));
}
END_TEST

test_case_maker progress_tests;

TCase *progress_tests(void)
{
	TCase *tc = tcase_create("progress");

	tcase_add_checked_fixture(tc, paper_setup, paper_teardown);
	tcase_add_test(tc, what_is_no_terminal_gets_a_few_plain_lines);
	tcase_add_test(tc, a_terminal_gets_a_bar_that_is_taken_away_at_the_end);
	tcase_add_test(tc, numbers_that_cannot_be_do_no_harm);
	return tc;
}
