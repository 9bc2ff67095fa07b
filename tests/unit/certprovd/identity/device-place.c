/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/device-place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/identity/key-files.h"
#include "tests/unit/certprovd/identity/key-files-double.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *device_place_tests(void);

#define FILE_NAME "device"
#define PATH KEY_FILES_DIRECTORY "/" FILE_NAME

static void setup(void)
{
	scratch_setup();
	key_changes_reset();
}

static void teardown(void)
{
	key_changes_reset();
	scratch_teardown();
}

static void assert_places(int result, char current, char former)
{
	struct device_places p = {'?', '?'};

	ck_assert_int_eq(device_places_read(scratch(), &p), result);
	ck_assert_int_eq(p.current, current);
	ck_assert_int_eq(p.former, former);
}

static void assert_file(const char *name)
{
	CLEANUP(free) char *file = NULL;

	ck_assert_int_eq(device_places_file(scratch(), &file), 0);
	if (name)
		ck_assert_str_eq(file, name);
	else
		ck_assert_ptr_null(file);
}

START_TEST(without_the_file_there_is_none)
{
	assert_places(0, '-', '-');
	assert_file(NULL);
}
END_TEST

static const struct {
	struct device_places places;
	const char *file;
} rows[] = {
	{{'a', '-'}, "device-a.pem"},
	{{'b', 'a'}, "device-b.pem"},
	{{'a', 'b'}, "device-a.pem"},
	{{'-', 'a'}, NULL},
	{{'-', '-'}, NULL},
};

START_TEST(what_was_written_is_read)
{
	ck_assert_int_eq(device_places_write(scratch(), rows[_i].places), 0);
	assert_places(0, rows[_i].places.current, rows[_i].places.former);
	assert_file(rows[_i].file);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
} damaged[] = {
	{"", 0},
	{"a", 1},
	{"\n", 1},
	{"c-\n", 3},
	{"a?\n", 3},
	{"?a\n", 3},
	{" a\n", 3},
	{"AB\n", 3},
	{"\0\0\0", 3},
	{"/../", 4},
};

START_TEST(a_damaged_file_names_none)
{
	ck_assert_int_eq(key_files_write_own(scratch(), FILE_NAME,
				 damaged[_i].text, damaged[_i].len),
		0);
	assert_places(0, '-', '-');
	assert_file(NULL);
}
END_TEST

START_TEST(a_file_that_others_could_change_is_an_error)
{
	CLEANUP(free) char *file = NULL;

	ck_assert_int_eq(device_places_write(
				 scratch(), (struct device_places){'a', 'b'}),
		0);
	ck_assert_int_eq(chmod(scratch_path(PATH), 0620), 0);
	assert_places(-EPERM, '-', '-');
	ck_assert_int_eq(device_places_file(scratch(), &file), -EPERM);
	ck_assert_ptr_null(file);
}
END_TEST

START_TEST(a_write_that_fails_leaves_what_was)
{
	ck_assert_int_eq(device_places_write(
				 scratch(), (struct device_places){'a', '-'}),
		0);
	/* Something in the way of the file that takes its place. */
	ck_assert_int_eq(mkdir(scratch_path(PATH ".new"), 0700), 0);
	ck_assert_int_lt(device_places_write(
				 scratch(), (struct device_places){'b', 'a'}),
		0);
	assert_places(0, 'a', '-');
	ck_assert_int_eq(rmdir(scratch_path(PATH ".new")), 0);
	/* The power cut came while the new one was written. */
	scratch_write(PATH ".new", "b");
	assert_places(0, 'a', '-');
	ck_assert_int_eq(device_places_write(
				 scratch(), (struct device_places){'b', 'a'}),
		0);
	assert_places(0, 'b', 'a');
	ck_assert(!scratch_exists(PATH ".new"));
}
END_TEST

TCase *device_place_tests(void)
{
	TCase *tc = tcase_create("device-place");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_the_file_there_is_none);
	tcase_add_loop_test(tc, what_was_written_is_read, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(
		tc, a_damaged_file_names_none, 0, ARRAY_SIZE(damaged));
	tcase_add_test(tc, a_file_that_others_could_change_is_an_error);
	tcase_add_test(tc, a_write_that_fails_leaves_what_was);
	return tc;
}
