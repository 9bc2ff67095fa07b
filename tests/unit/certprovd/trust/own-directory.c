/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/own-directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

static void opens(void)
{
	CLEANUP(free) char *path = NULL;

	ck_assert_int_eq(own_directory_open(scratch(), &path), 0);
	ck_assert_str_eq(path, scratch_path("daemon"));
}

static void leads_to(const char *expected)
{
	char target[64] = "";

	ck_assert_int_ge(
		readlink(scratch_path("export"), target, sizeof(target) - 1),
		0);
	ck_assert_str_eq(target, expected);
}

START_TEST(it_is_made_for_all_to_look_into)
{
	mode_t mask = umask(0077);
	struct stat st;

	opens();
	(void)umask(mask);
	ck_assert_int_eq(stat(scratch_path("daemon"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0755);
	leads_to("daemon/export");
	/* And found the next time. */
	opens();
	leads_to("daemon/export");
}
END_TEST

START_TEST(a_link_of_before_leads_there_from_now_on)
{
	ck_assert_int_eq(symlink("export.3", scratch_path("export")), 0);
	opens();
	leads_to("daemon/export");
}
END_TEST

START_TEST(what_else_has_the_name_is_not_followed)
{
	char *path = NULL;

	ck_assert_int_eq(mkdir(scratch_path("elsewhere"), 0700), 0);
	ck_assert_int_eq(symlink("elsewhere", scratch_path("daemon")), 0);
	ck_assert_int_eq(own_directory_open(scratch(), &path), -ENOTDIR);
	ck_assert_ptr_null(path);
}
END_TEST

START_TEST(without_the_directory_above_there_is_none)
{
	char *path = NULL;

	ck_assert_int_eq(
		own_directory_open(scratch_path("none"), &path), -ENOENT);
	ck_assert_ptr_null(path);
}
END_TEST

test_case_maker own_directory_tests;

TCase *own_directory_tests(void)
{
	TCase *tc = tcase_create("own-directory");

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, it_is_made_for_all_to_look_into);
	tcase_add_test(tc, a_link_of_before_leads_there_from_now_on);
	tcase_add_test(tc, what_else_has_the_name_is_not_followed);
	tcase_add_test(tc, without_the_directory_above_there_is_none);
	return tc;
}
