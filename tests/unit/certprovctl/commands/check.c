/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

static const struct {
	const char *words;
	const char *problem;
} wrong[] = {
	{"check a.xml -f 10", "\"10\" is not a firmware version"},
	{"check a.xml -f 8.9.3.40 -f x", "\"x\" is not a firmware version"},
	{"check a.xml --mac 0004", "\"0004\" is not a MAC address"},
	{"check", "check needs FILE..."},
};

START_TEST(what_makes_no_phone_is_wrong_use)
{
	ck_assert_int_eq(paper_run(wrong[_i].words), EXIT_WRONG_USE);
	ck_assert_msg(strstr(paper_err(), wrong[_i].problem) != NULL, "%s",
		paper_err());
}
END_TEST

START_TEST(without_a_fetcher_it_is_said_what_is_missing)
{
	if (access(CERTPROV_LIBEXECDIR "/certprov-fetch", X_OK) == 0)
		return; /* this machine has one */
	ck_assert_int_eq(paper_run("check a.xml"), EXIT_TROUBLE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "certprov-fetch is neither"));
	ck_assert_ptr_nonnull(strstr(paper_err(), CERTPROV_LIBEXECDIR));
}
END_TEST

test_case_maker check_tests;

TCase *check_tests(void)
{
	TCase *tc = tcase_create("check");

	tcase_add_checked_fixture(tc, paper_setup, paper_teardown);
	tcase_add_loop_test(
		tc, what_makes_no_phone_is_wrong_use, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, without_a_fetcher_it_is_said_what_is_missing);
	return tc;
}
