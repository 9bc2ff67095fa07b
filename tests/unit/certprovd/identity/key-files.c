/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/key-files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/string.h"
#include "lib/identity/identity-pem.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *key_files_tests(void);

#define OWN KEY_FILES_DIRECTORY "/own.pem"

static void setup(void)
{
	scratch_setup();
	ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", scratch(), 1), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	scratch_teardown();
}

static int read_named(const char *name)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};
	bool exposed = false;

	return key_files_read(name, &b, &exposed);
}

static int read_own(const char *name)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};

	return key_files_read_own(scratch(), name, &b);
}

/* keys/own.pem with some text in it. */
static void own_exists(void)
{
	ck_assert_int_eq(
		key_files_write_own(scratch(), "own.pem", "text", 4), 0);
}

/* --- who else may have it --- */

static const struct {
	mode_t mode;
	bool file_is_exposed;
	bool credential_is_exposed;
} modes[] = {
	{0600, false, false},
	{0400, false, false},
	{0640, true, false},
	{0440, true, false},
	{0620, true, false},
	{0644, true, true},
	{0604, true, true},
	{0602, true, true},
	{0444, true, true},
};

static bool is_exposed(const char *name)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};
	bool exposed = false;

	ck_assert_int_eq(key_files_read(name, &b, &exposed), 0);
	ck_assert_uint_eq(b.len, 4);
	ck_assert_str_eq((const char *)b.data, "text");
	return exposed;
}

START_TEST(who_else_may_have_a_file_is_told)
{
	scratch_write("key.pem", "text");
	ck_assert_int_eq(chmod(scratch_path("key.pem"), modes[_i].mode), 0);
	ck_assert(is_exposed(scratch_path("key.pem")) ==
		modes[_i].file_is_exposed);
	/* The service manager lets the service in by its group bits. */
	ck_assert(is_exposed(KEY_FILES_CREDENTIAL "key.pem") ==
		modes[_i].credential_is_exposed);
	own_exists();
	ck_assert_int_eq(chmod(scratch_path(OWN), modes[_i].mode), 0);
	ck_assert_int_eq(
		read_own("own.pem"), modes[_i].file_is_exposed ? -EPERM : 0);
}
END_TEST

/* --- what is no file --- */

START_TEST(a_link_is_followed_where_the_configuration_names_it_alone)
{
	scratch_write("key.pem", "text");
	own_exists();
	ck_assert_int_eq(
		symlink(scratch_path("key.pem"), scratch_path("link.pem")), 0);
	ck_assert_int_eq(symlink(scratch_path("key.pem"),
				 scratch_path(KEY_FILES_DIRECTORY "/link.pem")),
		0);
	ck_assert_int_eq(read_named(scratch_path("link.pem")), 0);
	ck_assert_int_eq(read_own("link.pem"), -ELOOP);
}
END_TEST

START_TEST(a_fifo_is_refused_and_nobody_waits_for_it)
{
	own_exists();
	ck_assert_int_eq(mkfifo(scratch_path("fifo"), 0600), 0);
	ck_assert_int_eq(
		mkfifo(scratch_path(KEY_FILES_DIRECTORY "/fifo"), 0600), 0);
	ck_assert_int_eq(read_named(scratch_path("fifo")), -EINVAL);
	ck_assert_int_eq(read_named(KEY_FILES_CREDENTIAL "fifo"), -EINVAL);
	ck_assert_int_eq(read_own("fifo"), -EINVAL);
}
END_TEST

START_TEST(a_directory_is_refused)
{
	own_exists();
	ck_assert_int_eq(
		mkdir(scratch_path(KEY_FILES_DIRECTORY "/sub"), 0700), 0);
	ck_assert_int_eq(read_named(scratch()), -EINVAL);
	ck_assert_int_eq(
		read_named(KEY_FILES_CREDENTIAL KEY_FILES_DIRECTORY), -EINVAL);
	ck_assert_int_eq(read_own("sub"), -EINVAL);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	ck_assert_int_eq(read_named(scratch_path("none")), -ENOENT);
	ck_assert_int_eq(read_named(KEY_FILES_CREDENTIAL "none"), -ENOENT);
	ck_assert_int_eq(read_own("none"), -ENOENT);
	own_exists();
	ck_assert_int_eq(read_own("none"), -ENOENT);
}
END_TEST

static const char *const no_credentials[] = {
	"", ".", "..", ".hidden", "keys/own.pem", "../key.pem", "/etc/passwd"};

START_TEST(a_credential_is_a_plain_name)
{
	CLEANUP(free) char *name = NULL;

	own_exists();
	scratch_write("key.pem", "text");
	scratch_write(".hidden", "text");
	ck_assert_int_eq(string_format(&name, KEY_FILES_CREDENTIAL "%s",
				 no_credentials[_i]),
		0);
	ck_assert_int_eq(read_named(name), -ENOENT);
	ck_assert_int_eq(read_named(KEY_FILES_CREDENTIAL "key.pem"), 0);
}
END_TEST

START_TEST(a_service_may_have_no_credentials)
{
	scratch_write("key.pem", "text");
	ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	ck_assert_int_eq(read_named(KEY_FILES_CREDENTIAL "key.pem"), -ENOENT);
}
END_TEST

/* --- how much --- */

START_TEST(one_byte_too_many_is_refused)
{
	static char text[IDENTITY_PEM_MAX_BYTES + 1];

	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(key_files_write_own(scratch(), "own.pem", text,
				 IDENTITY_PEM_MAX_BYTES),
		0);
	ck_assert_int_eq(read_own("own.pem"), 0);
	ck_assert_int_eq(read_named(scratch_path(OWN)), 0);
	ck_assert_int_eq(
		key_files_write_own(scratch(), "own.pem", text, sizeof(text)),
		0);
	ck_assert_int_eq(read_own("own.pem"), -EFBIG);
	ck_assert_int_eq(read_named(scratch_path(OWN)), -EFBIG);
}
END_TEST

START_TEST(an_empty_file_is_an_empty_text)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};

	ck_assert_int_eq(key_files_write_own(scratch(), "own.pem", "", 0), 0);
	ck_assert_int_eq(key_files_read_own(scratch(), "own.pem", &b), 0);
	ck_assert_uint_eq(b.len, 0);
	ck_assert_str_eq((const char *)b.data, "");
}
END_TEST

/* --- our own --- */

START_TEST(what_is_written_is_the_daemons_alone)
{
	struct stat st;
	mode_t before = umask(0);

	own_exists();
	(void)umask(before);
	ck_assert_int_eq(stat(scratch_path(KEY_FILES_DIRECTORY), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(stat(scratch_path(OWN), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(a_file_is_replaced_whole_whatever_it_was)
{
	CLEANUP(free) char *own = NULL;
	CLEANUP(free) char *victim = NULL;

	own_exists();
	scratch_write("victim", "precious");
	ck_assert_int_eq(unlink(scratch_path(OWN)), 0);
	ck_assert_int_eq(symlink(scratch_path("victim"), scratch_path(OWN)), 0);
	ck_assert_int_eq(
		key_files_write_own(scratch(), "own.pem", "new", 3), 0);
	own = scratch_read(OWN);
	victim = scratch_read("victim");
	ck_assert_str_eq(own, "new");
	ck_assert_str_eq(victim, "precious");
	ck_assert_int_eq(read_own("own.pem"), 0);
	ck_assert(!scratch_exists(OWN ".new"));
}
END_TEST

START_TEST(a_place_that_cannot_be_written_is_an_error)
{
	scratch_write(KEY_FILES_DIRECTORY, "no directory");
	ck_assert_int_eq(
		key_files_write_own(scratch(), "own.pem", "text", 4), -ENOTDIR);
	ck_assert_int_eq(read_own("own.pem"), -ENOTDIR);
	ck_assert_int_eq(
		key_files_write_own(scratch_path("none"), "own.pem", "text", 4),
		-ENOENT);
}
END_TEST

START_TEST(nothing_to_remove_or_rename_is_fine)
{
	own_exists();
	ck_assert_int_eq(
		key_files_rename_own(scratch(), "own.pem", "other.pem"), 0);
	ck_assert_int_eq(read_own("own.pem"), -ENOENT);
	ck_assert_int_eq(read_own("other.pem"), 0);
	ck_assert_int_eq(
		key_files_rename_own(scratch(), "own.pem", "other.pem"), 0);
	ck_assert_int_eq(read_own("other.pem"), 0);
	ck_assert_int_eq(key_files_remove_own(scratch(), "other.pem"), 0);
	ck_assert_int_eq(read_own("other.pem"), -ENOENT);
	ck_assert_int_eq(key_files_remove_own(scratch(), "other.pem"), 0);
}
END_TEST

TCase *key_files_tests(void)
{
	TCase *tc = tcase_create("key-files");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, who_else_may_have_a_file_is_told, 0, ARRAY_SIZE(modes));
	tcase_add_test(
		tc, a_link_is_followed_where_the_configuration_names_it_alone);
	tcase_add_test(tc, a_fifo_is_refused_and_nobody_waits_for_it);
	tcase_add_test(tc, a_directory_is_refused);
	tcase_add_test(tc, what_is_not_there_is_said);
	tcase_add_loop_test(tc, a_credential_is_a_plain_name, 0,
		ARRAY_SIZE(no_credentials));
	tcase_add_test(tc, a_service_may_have_no_credentials);
	tcase_add_test(tc, one_byte_too_many_is_refused);
	tcase_add_test(tc, an_empty_file_is_an_empty_text);
	tcase_add_test(tc, what_is_written_is_the_daemons_alone);
	tcase_add_test(tc, a_file_is_replaced_whole_whatever_it_was);
	tcase_add_test(tc, a_place_that_cannot_be_written_is_an_error);
	tcase_add_test(tc, nothing_to_remove_or_rename_is_fine);
	return tc;
}
