/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

START_TEST(clock_reset_asks_for_it_and_says_so)
{
	CANNED({.method = "io.certprov.admin.ResetClock",
		.replies = {"{\"parameters\":{}}"}});
	ck_assert_int_eq(paper_run("clock reset"), EXIT_COMPLETE);
	ck_assert_ptr_nonnull(
		strstr(paper_out(), "floor is the build date again"));
	ck_assert_uint_eq(canned_calls(), 1);
}
END_TEST

START_TEST(clock_knows_nothing_else)
{
	ck_assert_int_eq(paper_run("clock set"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \"set\""));
	ck_assert_int_eq(paper_run("clock"), EXIT_WRONG_USE);
}
END_TEST

test_case_maker clock_tests;

TCase *clock_tests(void)
{
	TCase *tc = tcase_create("clock");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, clock_reset_asks_for_it_and_says_so);
	tcase_add_test(tc, clock_knows_nothing_else);
	return tc;
}
