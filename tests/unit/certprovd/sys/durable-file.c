/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/durable-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *durable_file_tests(void);

START_TEST(a_written_file_holds_the_bytes_and_is_private)
{
	CLEANUP(free) char *text = NULL;
	struct stat st;

	ck_assert_int_eq(durable_file_write(scratch_path("f"), "one", 3), 0);
	ck_assert_int_eq(durable_file_write(scratch_path("f"), "two", 3), 0);
	text = scratch_read("f");
	ck_assert_str_eq(text, "two");
	ck_assert_int_eq(stat(scratch_path("f"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert(!scratch_exists("f.new"));
}
END_TEST

START_TEST(what_is_not_committed_leaves_the_old_file_alone)
{
	CLEANUP(free) char *text = NULL;

	scratch_write("f", "old");
	{
		CLEANUP(durable_file_done)
		struct durable_file f = DURABLE_FILE_NULL;

		ck_assert_int_eq(durable_file_open(scratch_path("f"), &f), 0);
		ck_assert_int_eq(fd_write_full(f.fd, "new", 3), 0);
		ck_assert(scratch_exists("f.new"));
	}
	text = scratch_read("f");
	ck_assert_str_eq(text, "old");
	ck_assert(!scratch_exists("f.new"));
}
END_TEST

START_TEST(a_link_in_the_place_of_the_temporary_file_is_not_followed)
{
	CLEANUP(free) char *text = NULL;

	scratch_write("victim", "precious");
	ck_assert_int_eq(
		symlink(scratch_path("victim"), scratch_path("f.new")), 0);
	ck_assert_int_eq(durable_file_write(scratch_path("f"), "x", 1), 0);
	text = scratch_read("victim");
	ck_assert_str_eq(text, "precious");
}
END_TEST

START_TEST(a_copy_has_all_the_bytes)
{
	CLEANUP(free) char *big = malloc(200001);
	CLEANUP(free) char *text = NULL;

	memset(big, 'x', 200000);
	big[200000] = 0;
	scratch_write("from", big);
	ck_assert_int_eq(
		durable_file_copy(scratch_path("from"), scratch_path("to")), 0);
	text = scratch_read("to");
	ck_assert_str_eq(text, big);
	ck_assert_int_eq(
		durable_file_copy(scratch_path("none"), scratch_path("to")),
		-ENOENT);
	ck_assert_int_eq(scratch_size("to"), 200000);
}
END_TEST

/* As a block of flash that has worn out. */
START_TEST(what_cannot_be_read_is_damaged)
{
	ck_assert_int_eq(
		durable_file_copy("/proc/self/mem", scratch_path("to")),
		-EUCLEAN);
	ck_assert(!scratch_exists("to"));
}
END_TEST

TCase *durable_file_tests(void)
{
	TCase *tc = tcase_create("durable-file");

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(tc, a_written_file_holds_the_bytes_and_is_private);
	tcase_add_test(tc, what_is_not_committed_leaves_the_old_file_alone);
	tcase_add_test(
		tc, a_link_in_the_place_of_the_temporary_file_is_not_followed);
	tcase_add_test(tc, a_copy_has_all_the_bytes);
	tcase_add_test(tc, what_cannot_be_read_is_damaged);
	return tc;
}
