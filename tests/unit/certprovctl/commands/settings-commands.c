/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define SET "io.certprov.admin.SetSetting"

static void called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
}

START_TEST(secrets_are_only_said_to_be_set)
{
	CANNED({.method = "io.certprov.admin.ListSettings",
		.replies = {"{\"parameters\":{\"settings\":["
			    "{\"name\":\"setting_server\",\"secret\":true,"
			    "\"isSet\":true,\"origin\":\"admin\"},"
			    "{\"name\":\"update_policy\",\"secret\":false,"
			    "\"isSet\":false,\"effective\":\"auto_update\","
			    "\"origin\":\"default\",\"note\":\"A note.\"},"
			    "{\"name\":\"x\",\"secret\":false,\"isSet\":true,"
			    "\"value\":\"\",\"origin\":\"provisioning\"}]}}"}});
	ck_assert_int_eq(paper_run("settings"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Setting         Value     In effect    From          Note\n"
		"setting_server  (secret)               admin\n"
		"update_policy             auto_update  default       A note.\n"
		"x               (empty)                provisioning\n");
}
END_TEST

START_TEST(a_setting_is_set)
{
	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":6}}"}});
	ck_assert_int_eq(
		paper_run("set update_policy never_update"), EXIT_COMPLETE);
	called("{\"name\":\"update_policy\",\"value\":\"never_update\"}");
	ck_assert_str_eq(paper_out(), "update_policy: set (generation 6)\n");
}
END_TEST

START_TEST(without_a_value_a_setting_goes_back_to_its_default)
{
	CANNED({.method = SET,
		.replies = {"{\"parameters\":{\"generation\":7}}"}});
	ck_assert_int_eq(paper_run("set --force update_policy"), EXIT_COMPLETE);
	called("{\"name\":\"update_policy\",\"force\":true}");
	ck_assert_str_eq(paper_out(),
		"update_policy: back to its default (generation 7)\n");
}
END_TEST

START_TEST(a_setting_the_daemon_refuses_is_explained)
{
	CANNED({.method = SET,
		.replies = {"{\"error\":\"io.certprov.admin.InvalidSetting\","
			    "\"parameters\":{\"name\":\"a\",\"reason\":"
			    "\"it is a number\"}}"}});
	ck_assert_int_eq(paper_run("set a b"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "a cannot be that: it is a number"));
}
END_TEST

test_case_maker settings_commands_tests;

TCase *settings_commands_tests(void)
{
	TCase *tc = tcase_create("settings-commands");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, secrets_are_only_said_to_be_set);
	tcase_add_test(tc, a_setting_is_set);
	tcase_add_test(tc, without_a_value_a_setting_goes_back_to_its_default);
	tcase_add_test(tc, a_setting_the_daemon_refuses_is_explained);
	return tc;
}
