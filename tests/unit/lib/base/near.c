/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/near.h"

#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static const char *const known[] = {
	"settings",
	"setting-files",
	"certificates",
	"certificate",
	"phone-settings",
	"tls_server_authentication",
	"file",
	"url",
};

static const struct near_sample {
	const char *name;
	const char *nearest;
} samples[] = {
	{"setting", "settings"},
	{"Settings", "settings"},
	{"SETTINGS", "settings"},
	{"settigns", "settings"},
	{"setting-file", "setting-files"},
	{"settings-files", "setting-files"},
	{"setting_files", "setting-files"},
	{"phone_settings", "phone-settings"},
	{"certificats", "certificates"},
	{"certficate", "certificate"},
	{"cetrificate", "certificate"},
	{"certificate", "certificate"},
	{"tls_server_authentification", "tls_server_authentication"},
	{"files", "file"},
	{"URL", "url"},
	/* Too far, or too short to tell. */
	{"urls", NULL},
	{"fil3s", NULL},
	{"set", NULL},
	{"setingz-file5", NULL},
	{"html", NULL},
	{"", NULL},
};

START_TEST(a_name_that_is_one_or_two_letters_off_is_near)
{
	const struct near_sample *s = &samples[_i];
	const char *found = near_find(s->name, known, ARRAY_SIZE(known));

	ck_assert_pstr_eq(found, s->nearest);
}
END_TEST

START_TEST(the_nearest_counts_not_the_first)
{
	ck_assert_uint_eq(near_edits("certificates", "certificates"), 0);
	ck_assert_uint_eq(near_edits("certificates", "certificate"), 1);
	ck_assert_uint_eq(near_edits("certificat", "certificates"), 2);
	ck_assert_uint_eq(near_edits("certifica", "certificates"), NEAR_NOT);
}
END_TEST

START_TEST(names_may_be_so_long_and_no_longer)
{
	char name[NEAR_MAX_BYTES + 2] = {0};

	memset(name, 'x', NEAR_MAX_BYTES);
	ck_assert_uint_eq(near_edits(name, name), 0);
	name[NEAR_MAX_BYTES] = 'x';
	ck_assert_uint_eq(near_edits(name, name), NEAR_NOT);
}
END_TEST

TCase *near_tests(void);

TCase *near_tests(void)
{
	TCase *tc = tcase_create("near");

	tcase_add_loop_test(tc, a_name_that_is_one_or_two_letters_off_is_near,
		0, (int)ARRAY_SIZE(samples));
	tcase_add_test(tc, the_nearest_counts_not_the_first);
	tcase_add_test(tc, names_may_be_so_long_and_no_longer);
	return tc;
}
