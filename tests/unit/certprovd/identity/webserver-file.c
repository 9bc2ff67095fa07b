/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/webserver-file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/certprovd/identity/key-files.h"
#include "lib/identity/identity-setting.h"
#include "tests/unit/certprovd/identity/key-files-double.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

TCase *webserver_file_tests(void);

#define A "webserver-a.pem"
#define B "webserver-b.pem"
#define DIRECTORY KEY_FILES_DIRECTORY "/"

static struct identity_setting first;
static struct identity_setting second;

static struct identity_setting setting(const char *cn)
{
	struct identity_setting s = {0};
	const struct pki_cert *c = pki_make(&(struct pki_spec){.cn = cn}, NULL);

	ck_assert_int_eq(
		identity_setting_read(
			joined(certificate_pem(c), key_pem(c), ""), &s),
		0);
	ck_assert_ptr_nonnull(s.value);
	return s;
}

static void setup(void)
{
	scratch_setup();
	key_changes_reset();
	first = setting("first");
	second = setting("second");
}

static void teardown(void)
{
	key_changes_reset();
	identity_setting_done(&first);
	identity_setting_done(&second);
	identity_fixture_done();
	scratch_teardown();
}

static const char *place_of(const struct identity_setting *s)
{
	const char *place = "?";

	ck_assert_int_eq(webserver_file_find(scratch(), s->value, &place), 0);
	return place ? place : "none";
}

static void write_beside(
	const struct identity_setting *now, const struct identity_setting *s)
{
	ck_assert_int_eq(webserver_file_write(
				 scratch(), now ? now->value : NULL, &s->pem),
		0);
}

START_TEST(nothing_is_found_where_nothing_is)
{
	const char *place = "?";

	ck_assert_str_eq(place_of(&first), "none");
	write_beside(NULL, &first);
	ck_assert_int_eq(webserver_file_find(scratch(), NULL, &place), 0);
	ck_assert_ptr_null(place);
	ck_assert_int_eq(webserver_file_find(scratch(), "", &place), 0);
	ck_assert_ptr_null(place);
	ck_assert_str_eq(place_of(&second), "none");
	ck_assert_str_eq(place_of(&first), A);
}
END_TEST

START_TEST(a_new_one_goes_beside_the_one_in_force)
{
	write_beside(NULL, &first);
	write_beside(&first, &second);
	ck_assert_str_eq(place_of(&first), A);
	ck_assert_str_eq(place_of(&second), B);
	/* The setting was committed, and the next one comes. */
	write_beside(&second, &first);
	ck_assert_str_eq(place_of(&first), A);
	ck_assert_str_eq(place_of(&second), B);
	/* Or was not, and it comes again. */
	write_beside(&first, &second);
	ck_assert_str_eq(place_of(&first), A);
	ck_assert_str_eq(place_of(&second), B);
	ck_assert_str_eq(key_changes(),
		"write " A ", write " B ", write " A ", write " B);
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_one_in_force)
{
	write_beside(NULL, &first);
	key_changes_cut_after(0);
	ck_assert_int_eq(
		webserver_file_write(scratch(), first.value, &second.pem),
		-EIO);
	ck_assert_str_eq(place_of(&first), A);
	ck_assert_str_eq(place_of(&second), "none");
}
END_TEST

static void damage(const void *data, size_t len)
{
	ck_assert_int_eq(key_files_write_own(scratch(), A, data, len), 0);
}

START_TEST(a_damaged_file_is_of_no_value)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
	const uint8_t *certificate;

	write_beside(NULL, &first);
	write_beside(&first, &second);
	damage("", 0);
	ck_assert_str_eq(place_of(&first), "none");
	damage(begin, strlen(begin));
	ck_assert_str_eq(place_of(&first), "none");
	/* Its certificate, and not its key. */
	certificate =
		memmem(first.pem.data, first.pem.len, begin, strlen(begin));
	ck_assert_ptr_nonnull(certificate);
	damage(certificate,
		first.pem.len - (size_t)(certificate - first.pem.data));
	ck_assert_str_eq(place_of(&first), "none");
	ck_assert_str_eq(place_of(&second), B);
}
END_TEST

START_TEST(a_file_that_others_can_read_is_of_no_value)
{
	write_beside(NULL, &first);
	ck_assert_int_eq(chmod(scratch_path(DIRECTORY A), 0640), 0);
	ck_assert_str_eq(place_of(&first), "none");
	/* And the place is free. */
	write_beside(&first, &first);
	ck_assert_str_eq(place_of(&first), A);
}
END_TEST

START_TEST(what_is_not_in_force_is_removed)
{
	write_beside(NULL, &first);
	write_beside(&first, &second);
	webserver_file_keep(scratch(), second.value);
	ck_assert(!scratch_exists(DIRECTORY A));
	ck_assert_str_eq(place_of(&second), B);
	webserver_file_keep(scratch(), NULL);
	ck_assert(!scratch_exists(DIRECTORY B));
}
END_TEST

START_TEST(an_empty_value_keeps_none)
{
	write_beside(NULL, &first);
	write_beside(&first, &second);
	webserver_file_keep(scratch(), "");
	ck_assert(!scratch_exists(DIRECTORY A));
	ck_assert(!scratch_exists(DIRECTORY B));
}
END_TEST

START_TEST(a_lost_key_removes_nothing)
{
	CLEANUP(identity_setting_done)
	struct identity_setting lost = setting("lost");

	write_beside(NULL, &first);
	write_beside(&first, &second);
	key_changes_reset();
	webserver_file_keep(scratch(), lost.value);
	ck_assert_str_eq(key_changes(), "");
	ck_assert_str_eq(place_of(&first), A);
	ck_assert_str_eq(place_of(&second), B);
}
END_TEST

TCase *webserver_file_tests(void)
{
	TCase *tc = tcase_create("webserver-file");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_is_found_where_nothing_is);
	tcase_add_test(tc, a_new_one_goes_beside_the_one_in_force);
	tcase_add_test(tc, a_write_that_fails_leaves_the_one_in_force);
	tcase_add_test(tc, a_damaged_file_is_of_no_value);
	tcase_add_test(tc, a_file_that_others_can_read_is_of_no_value);
	tcase_add_test(tc, what_is_not_in_force_is_removed);
	tcase_add_test(tc, an_empty_value_keeps_none);
	tcase_add_test(tc, a_lost_key_removes_nothing);
	return tc;
}
