/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-files.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

static struct export_files files;
static mode_t mask;

static void open_files(void)
{
	ck_assert_int_eq(export_files_open(scratch(), &files), 0);
}

/* The daemon's own mask gives nothing to others. */
static void setup(void)
{
	mask = umask(0077);
	scratch_setup();
	open_files();
}

static void teardown(void)
{
	export_files_done(&files);
	scratch_teardown();
	(void)umask(mask);
}

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){(uint8_t *)text, strlen(text)};
}

static void replace(const char *text)
{
	struct bytes b = bytes_of(text);

	ck_assert_int_eq(export_files_replace(&files, &b), 0);
}

static bool hold(const char *text)
{
	struct bytes b = bytes_of(text);

	return export_files_hold(&files, &b);
}

static void expect_file(const char *path, const char *text)
{
	CLEANUP(free) char *found = scratch_read(path);

	ck_assert_pstr_eq(found, text);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(scratch_path(path), &st), 0);
	return st.st_mode & 07777;
}

START_TEST(readers_find_the_last_generation_by_two_names)
{
	replace("one");
	expect_file("export/ca-bundle.pem", "one");
	expect_file("export/cafile.pem", "one");
	replace("two");
	expect_file("export/ca-bundle.pem", "two");
	expect_file("export/cafile.pem", "two");
	expect_file("export.2/cafile.pem", "two");
	ck_assert(hold("two"));
	ck_assert(!hold("one"));
	ck_assert(!hold("tw"));
}
END_TEST

START_TEST(everybody_may_read_whatever_the_mask)
{
	char target[16] = "";

	replace("one");
	ck_assert_uint_eq(mode_of("export.1"), 0755);
	ck_assert_uint_eq(mode_of("export.1/ca-bundle.pem"), 0644);
	ck_assert_uint_eq(mode_of("export.1/cafile.pem"), 0644);
	/* Relative, so that it holds in another root as well. */
	ck_assert_int_eq(
		readlink(scratch_path("export"), target, sizeof(target) - 1),
		8);
	ck_assert_str_eq(target, "export.1");
}
END_TEST

START_TEST(the_generation_before_stays_and_older_ones_go)
{
	replace("one");
	replace("two");
	expect_file("export.1/cafile.pem", "one");
	replace("three");
	ck_assert(!scratch_exists("export.1"));
	expect_file("export.2/cafile.pem", "two");
	expect_file("export/cafile.pem", "three");
}
END_TEST

START_TEST(a_later_start_goes_on_where_the_former_stopped)
{
	replace("one");
	replace("two");
	export_files_done(&files);
	open_files();
	ck_assert_uint_eq(files.current, 2);
	ck_assert(hold("two"));
	expect_file("export.1/cafile.pem", "one");
	replace("three");
	ck_assert_uint_eq(files.current, 3);
}
END_TEST

/* Made, but the link was not turned; or the link was half made. */
START_TEST(what_was_left_half_made_is_removed)
{
	replace("one");
	ck_assert_int_eq(mkdir(scratch_path("export.2"), 0700), 0);
	scratch_write("export.2/ca-bundle.pem", "ha");
	ck_assert_int_eq(symlink("export.2", scratch_path("export.new")), 0);
	scratch_write("export.pem", "not ours");
	scratch_write("export.007", "not ours");
	ck_assert(hold("one"));
	export_files_done(&files);
	open_files();
	ck_assert(!scratch_exists("export.2"));
	ck_assert(!scratch_exists("export.new"));
	ck_assert(scratch_exists("export.pem"));
	ck_assert(scratch_exists("export.007"));
	expect_file("export/cafile.pem", "one");
}
END_TEST

START_TEST(damage_is_seen)
{
	replace("one");
	ck_assert_int_eq(unlink(scratch_path("export/cafile.pem")), 0);
	ck_assert(!hold("one"));
	replace("one");
	ck_assert_int_eq(chmod(scratch_path("export/ca-bundle.pem"), 0600), 0);
	ck_assert(!hold("one"));
	replace("one");
	scratch_write("export/cafile.pem", "other");
	ck_assert(!hold("one"));
	replace("one");
	ck_assert(export_files_stand(&files));
	ck_assert_int_eq(unlink(scratch_path("export")), 0);
	ck_assert(!export_files_stand(&files));
}
END_TEST

START_TEST(a_link_to_elsewhere_is_replaced_and_not_followed)
{
	ck_assert_int_eq(mkdir(scratch_path("elsewhere"), 0755), 0);
	scratch_write("elsewhere/ca-bundle.pem", "theirs");
	ck_assert_int_eq(symlink("elsewhere", scratch_path("export")), 0);
	export_files_done(&files);
	open_files();
	ck_assert_uint_eq(files.current, 0);
	ck_assert(!hold("theirs"));
	replace("ours");
	expect_file("export/cafile.pem", "ours");
	expect_file("elsewhere/ca-bundle.pem", "theirs");
}
END_TEST

START_TEST(what_cannot_be_replaced_stays)
{
	struct bytes text = bytes_of("two");

	/* A directory where the link is to be. */
	ck_assert_int_eq(mkdir(scratch_path("export"), 0755), 0);
	ck_assert_int_eq(export_files_replace(&files, &text), -EISDIR);
	ck_assert(!scratch_exists("export.1"));
	ck_assert_int_eq(rmdir(scratch_path("export")), 0);
	replace("one");
	/* And one where the mark is to be. */
	ck_assert_int_eq(unlink(scratch_path("export.changed")), 0);
	ck_assert_int_eq(mkdir(scratch_path("export.changed"), 0755), 0);
	ck_assert_int_eq(export_files_replace(&files, &text), -EISDIR);
	expect_file("export/cafile.pem", "one");
	ck_assert(!scratch_exists("export.2"));
	ck_assert(hold("one"));
}
END_TEST

START_TEST(each_change_leaves_a_mark)
{
	ck_assert(!scratch_exists("export.changed"));
	replace("one");
	ck_assert(scratch_exists("export.changed"));
	ck_assert_int_eq(unlink(scratch_path("export.changed")), 0);
	replace("two");
	ck_assert(scratch_exists("export.changed"));
	ck_assert_int_eq(unlink(scratch_path("export.changed")), 0);
	ck_assert_int_eq(export_files_withdraw(&files), 0);
	ck_assert(scratch_exists("export.changed"));
}
END_TEST

START_TEST(withdrawn_there_is_nothing_to_read)
{
	replace("one");
	replace("two");
	ck_assert_int_eq(export_files_withdraw(&files), 0);
	ck_assert(!scratch_exists("export/cafile.pem"));
	ck_assert(!scratch_exists("export.1"));
	ck_assert(!scratch_exists("export.2"));
	ck_assert(!hold("two"));
	replace("three");
	expect_file("export/cafile.pem", "three");
}
END_TEST

TCase *export_files_tests(void);

TCase *export_files_tests(void)
{
	TCase *tc = tcase_create("export-files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, readers_find_the_last_generation_by_two_names);
	tcase_add_test(tc, everybody_may_read_whatever_the_mask);
	tcase_add_test(tc, the_generation_before_stays_and_older_ones_go);
	tcase_add_test(tc, a_later_start_goes_on_where_the_former_stopped);
	tcase_add_test(tc, what_was_left_half_made_is_removed);
	tcase_add_test(tc, damage_is_seen);
	tcase_add_test(tc, a_link_to_elsewhere_is_replaced_and_not_followed);
	tcase_add_test(tc, what_cannot_be_replaced_stays);
	tcase_add_test(tc, each_change_leaves_a_mark);
	tcase_add_test(tc, withdrawn_there_is_nothing_to_read);
	return tc;
}
