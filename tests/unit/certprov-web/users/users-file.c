/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/users-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/runner.h"

#define SALT_AND_DIGEST                                                        \
	"DiHz4Xx9yz9S5gZdtzPEq1$66kWV7sjl9FVZPMLGVj0kIje4ctJ2galowHmInYZZN5"
#define HASH "$y$j9T$" SALT_AND_DIGEST
#define DEAR "$y$jAT$" SALT_AND_DIGEST

static char directory[] = "/tmp/certprov-users-XXXXXX";
static char path[64];
static struct users *users;
static struct users_fault fault;

static void setup(void)
{
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/users", directory);
}

static void teardown(void)
{
	users = users_free(users);
	(void)unlink(path);
	(void)rmdir(directory);
}

static int load_text(const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
	users = users_free(users);
	return users_load(path, &users, &fault);
}

static int load(const char *text)
{
	return load_text(text, strlen(text));
}

START_TEST(users_are_found_by_their_names)
{
	ck_assert_int_eq(load("# who\n\nalice:change:" HASH "\nbob:look:*"), 0);
	ck_assert_uint_eq(users->count, 2);
	ck_assert_int_eq(users_find(users, "alice")->role, ACCESS_CHANGE);
	ck_assert_str_eq(users_find(users, "bob")->hash, "");
	ck_assert_ptr_null(users_find(users, "Bob"));
	ck_assert_ptr_null(users_find(users, ""));
}
END_TEST

START_TEST(an_empty_file_has_no_users)
{
	ck_assert_int_eq(load(""), 0);
	ck_assert_uint_eq(users->count, 0);
	ck_assert_ptr_null(password_fault(users->other));
}
END_TEST

START_TEST(a_line_that_is_wrong_is_named)
{
	ck_assert_int_eq(
		load("#\nalice:change:" HASH "\n\nbob:look:x\n"), -EINVAL);
	ck_assert_uint_eq(fault.line, 4);
	ck_assert_ptr_nonnull(strstr(fault.reason, "yescrypt"));
	ck_assert_ptr_null(users);
}
END_TEST

START_TEST(a_name_is_there_once)
{
	ck_assert_int_eq(load("bob:look:*\nal:look:*\nbob:change:*"), -EINVAL);
	ck_assert_uint_eq(fault.line, 3);
	ck_assert_ptr_nonnull(strstr(fault.reason, "twice"));
}
END_TEST

START_TEST(there_are_64_users_and_no_more)
{
	static char text[(USERS_MAX + 1) * 16];
	size_t len = 0;

	for (int i = 0; i < USERS_MAX; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "u%d:look:*\n", i);
	ck_assert_int_eq(load(text), 0);
	ck_assert_uint_eq(users->count, USERS_MAX);
	(void)snprintf(text + len, sizeof(text) - len, "more:look:*\n");
	ck_assert_int_eq(load(text), -EINVAL);
	ck_assert_uint_eq(fault.line, USERS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(fault.reason, "64"));
}
END_TEST

START_TEST(a_file_has_64_KiB_and_no_more)
{
	static char text[USERS_MAX_FILE_BYTES + 1];

	memset(text, '\n', sizeof(text));
	memcpy(text, "bob:look:*", 10);
	ck_assert_int_eq(load_text(text, USERS_MAX_FILE_BYTES), 0);
	ck_assert_int_eq(load_text(text, sizeof(text)), -EINVAL);
	ck_assert_uint_eq(fault.line, 0);
	ck_assert_ptr_nonnull(strstr(fault.reason, "64 KiB"));
}
END_TEST

START_TEST(a_file_that_everybody_may_write_says_nothing)
{
	ck_assert_int_eq(load("bob:look:*\n"), 0);
	users = users_free(users);
	ck_assert_int_eq(chmod(path, 0646), 0);
	ck_assert_int_eq(users_load(path, &users, &fault), -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault.reason, "everybody"));
}
END_TEST

START_TEST(what_is_no_file_is_not_waited_for)
{
	ck_assert_int_eq(users_load(path, &users, &fault), -ENOENT);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(users_load(path, &users, &fault), -EINVAL);
	ck_assert_ptr_nonnull(strstr(fault.reason, "regular"));
	ck_assert_int_eq(users_load(directory, &users, &fault), -EINVAL);
}
END_TEST

START_TEST(a_name_that_is_not_there_costs_as_much_as_the_costliest)
{
	ck_assert_int_eq(load("a:look:" HASH "\nb:look:" DEAR "\nc:look:*\n"
			      "d:look:" HASH),
		0);
	ck_assert_str_eq(users->other, DEAR);
}
END_TEST

test_case_maker users_file_tests;
TCase *users_file_tests(void)
{
	TCase *tc = tcase_create("users-file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, users_are_found_by_their_names);
	tcase_add_test(tc, an_empty_file_has_no_users);
	tcase_add_test(tc, a_line_that_is_wrong_is_named);
	tcase_add_test(tc, a_name_is_there_once);
	tcase_add_test(tc, there_are_64_users_and_no_more);
	tcase_add_test(tc, a_file_has_64_KiB_and_no_more);
	tcase_add_test(tc, a_file_that_everybody_may_write_says_nothing);
	tcase_add_test(tc, what_is_no_file_is_not_waited_for);
	tcase_add_test(
		tc, a_name_that_is_not_there_costs_as_much_as_the_costliest);
	return tc;
}
