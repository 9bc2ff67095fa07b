/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-note.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/runner.h"

#define BY_PROVISIONING "provisioned"
#define BY_ADMIN "admin"

/* What is said of a setting with this value, and who set it how. */
static const struct {
	const char *firmware;
	const char *name;
	const char *value; /* NULL: not set */
	const char *origin;
	const char *permission;
	const char *note;
} rows[] = {
	{"10.1.33.33", "tls_server_authentication", NULL, NULL, NULL,
		"This firmware always verifies servers; the setting is ignored."},
	{"8.9.3.80", "tls_server_authentication", NULL, NULL, NULL,
		"Not set: its default on this firmware is off (rule verification-forced: off, on from 10.0)."},
	{"8.2.29", "tls_server_authentication", NULL, NULL, NULL,
		"This firmware does not have the setting (rule verification-setting; firmware that has it: 8.2.30, ignored from 10.0)."},
	{"8.7.5.70", "check_fqdn_against_server_cert", "on", BY_PROVISIONING,
		"R",
		"This firmware does not have the setting (rule name-check-setting; firmware that has it: 8.8.3.26). The value counts again on one that does."},
	{"8.9.3.80", "check_fqdn_against_server_cert", "on", BY_PROVISIONING,
		NULL, "No effect: this phone does not verify servers."},
	{"10.1.33.33", "check_fqdn_against_server_cert", NULL, NULL, NULL,
		"Not set: its default on this firmware is on (rule name-check-default-on: off, on from 10.0)."},
	{"10.1.33.33", "check_fqdn_against_server_cert", "", BY_PROVISIONING,
		NULL, "Set to nothing, which means its default."},
	{"10.1.33.33", "host_name_validation_flags", "4", BY_PROVISIONING, NULL,
		NULL},
	{"10.1.33.33", "update_policy", "never_update", BY_PROVISIONING, "R",
		"Read only by perm= of provisioning; certprovctl set --force overrules that."},
	{"10.1.33.33", "update_policy", "never_update", BY_ADMIN, NULL,
		"Set by an administrator: provisioning does not change it."},
	{"10.1.33.33", "update_policy", "", BY_ADMIN, NULL,
		"Set to nothing, which means its default. Set by an administrator: provisioning does not change it."},
	{"10.1.33.33", "update_policy", NULL, NULL, NULL, NULL},
	{"8.9.3.39", "phone_cert_type", NULL, NULL, NULL,
		"This firmware does not have the setting (rule device-cert-type-setting; firmware that has it: 8.9.3.40)."},
	{"8.9.3.80", "http_client_pass", NULL, NULL, NULL, NULL},
};

START_TEST(what_keeps_a_value_from_counting_is_told)
{
	CLEANUP(settings_done) struct settings s = {0};
	CLEANUP(free) char *note = NULL;
	struct setting_value value = {.value = (char *)rows[_i].value};
	struct firmware f = {0};
	enum setting_id id = SETTING__END;

	ck_assert_int_eq(firmware_parse(rows[_i].firmware, &f), 0);
	ck_assert_int_eq(setting_find(rows[_i].name, &id), 0);
	if (rows[_i].value) {
		ck_assert_int_eq(
			setting_origin_find(rows[_i].origin, &value.origin), 0);
		(void)snprintf(value.permission, sizeof(value.permission), "%s",
			rows[_i].permission ? rows[_i].permission : "");
		ck_assert_int_eq(settings_restore(&s, id, &value), 0);
	}
	ck_assert_int_eq(settings_note(&s, &f, id, &note), 0);
	ck_assert_pstr_eq(note, rows[_i].note);
}
END_TEST

START_TEST(flags_without_a_check_of_names_are_told)
{
	CLEANUP(settings_done) struct settings s = {0};
	CLEANUP(free) char *note = NULL;
	struct firmware f = {0};
	enum setting_result result = SETTING_RESULT__END;

	ck_assert_int_eq(firmware_parse("10.1.33.33", &f), 0);
	ck_assert_int_eq(
		settings_set(&s, &f, SETTING_CHECK_FQDN, "off", &result), 0);
	ck_assert_int_eq(settings_note(&s, &f, SETTING_NAME_FLAGS, &note), 0);
	ck_assert_str_eq(note,
		"Not set: its default on this firmware is 0 (rule name-flags-no-wildcards: 0, 2 before 8.7.5.71). No effect while check_fqdn_against_server_cert is off.");
}
END_TEST

TCase *settings_note_tests(void);

TCase *settings_note_tests(void)
{
	TCase *tc = tcase_create("settings-note");

	tcase_add_loop_test(tc, what_keeps_a_value_from_counting_is_told, 0,
		ARRAY_SIZE(rows));
	tcase_add_test(tc, flags_without_a_check_of_names_are_told);
	return tc;
}
