/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/firmware.h"

#include <errno.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/phone/firmware-json.h"
#include "tests/unit/runner.h"

static struct firmware version(const char *text)
{
	struct firmware f = {.count = 0};

	ck_assert_msg(firmware_parse(text, &f) == 0, "%s", text);
	return f;
}

static const struct {
	const char *text;
	const char *version;
} spellings[] = {
	{"10.1.33.33", "10.1.33.33"},
	{"snomD785-SIP 10.1.33.33", "10.1.33.33"},
	{"08.9.3.80", "8.9.3.80"},
	{"8.4.18", "8.4.18"},
	{"8.7.5.8.11", "8.7.5.8.11"},
	{" \t10.1.33.33\r\n", "10.1.33.33"},
	{"snom320-SIP 7.3.30 1.1.3-u", "7.3.30"},
	{"snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0",
		"10.1.33.33"},
	{"snomPA1-SIP  8.7.5.35 ", "8.7.5.35"},
	{"99999.99999.99999.99999.99999", "99999.99999.99999.99999.99999"},
	{"0.0.0", "0.0.0"},
};

START_TEST(version_is_read_in_every_spelling)
{
	struct firmware f = version(spellings[_i].text);
	char text[FIRMWARE_TEXT_SIZE];
	struct firmware again;

	firmware_format(&f, text);
	ck_assert_str_eq(text, spellings[_i].version);
	again = version(text);
	ck_assert(firmware_equal(&f, &again));
}
END_TEST

static const char *const garbage[] = {
	"",
	" ",
	"10",
	"10.1",
	"10.1.",
	"10.1.33.",
	"10.1.33.33b",
	"1.2.3.4.5.6",
	"1.2.3.4.5.",
	".10.1.33",
	"10..1.33",
	"-1.2.3",
	"+1.2.3",
	"10.1.100000",
	"10.1.000033",
	"10,1,33",
	"10.1.33 33",
	"10.1.33.33 trailing",
	"v10.1.33.33",
	"-SIP 10.1.33.33",
	"snomD785 10.1.33.33",
	"snomD785-sip 10.1.33.33",
	"snomD785-SIP",
	"snomD785-SIP ",
	"snomD785-SIP10.1.33.33",
	"snomD785-SIP x 10.1.33.33",
	"snomD785-10.1.33.33-SIP-r.bin",
	"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33)",
	"unknown",
	"\xff\xfe",
};

START_TEST(what_is_no_version_is_refused_and_changes_nothing)
{
	struct firmware f = version("1.2.3");

	ck_assert_msg(
		firmware_parse(garbage[_i], &f) == -EINVAL, "%s", garbage[_i]);
	ck_assert_uint_eq(f.count, 3);
	ck_assert_uint_eq(f.part[2], 3);
}
END_TEST

START_TEST(one_character_more_than_a_version_has_is_refused)
{
	char text[FIRMWARE_MAX_CHARS + 2] = "10.1.33.33";
	struct firmware f = {.count = 0};

	memset(text + 10, ' ', FIRMWARE_MAX_CHARS - 10);
	ck_assert_int_eq(firmware_parse(text, &f), 0);
	text[FIRMWARE_MAX_CHARS] = ' ';
	ck_assert_int_eq(firmware_parse(text, &f), -EINVAL);
}
END_TEST

START_TEST(missing_components_are_zero)
{
	struct firmware a = version("10.1.63");
	struct firmware b = version("10.1.63.0");
	struct firmware c = version("0.0.0");
	struct firmware unknown = {.count = 0};

	ck_assert(firmware_equal(&a, &b));
	ck_assert(!firmware_equal(&c, &unknown));
	ck_assert(firmware_equal(&unknown, &unknown));
	ck_assert(firmware_has(&a, RULE_SIP_NAME_RULE));
}
END_TEST

#define YES true
#define NO false
/* Both sides of every threshold, in every branch, and between branches; "" is
 * the unknown version. */
static const struct {
	enum rule_id rule;
	bool holds;
	const char *version;
} answers[] = {
	{RULE_BASE64_VARIANT, NO, ""},
	{RULE_BASE64_VARIANT, NO, "7.3.30"},
	{RULE_BASE64_VARIANT, NO, "8.7.3.25.5"},
	{RULE_BASE64_VARIANT, NO, "8.7.4.99"},
	{RULE_BASE64_VARIANT, NO, "8.7.5.51"},
	{RULE_BASE64_VARIANT, NO, "8.7.5.51.9"},
	{RULE_BASE64_VARIANT, YES, "8.7.5.52"},
	{RULE_BASE64_VARIANT, YES, "8.7.5.52.1"},
	{RULE_BASE64_VARIANT, YES, "8.7.5.99999"},
	{RULE_BASE64_VARIANT, NO, "8.7.6"},
	{RULE_BASE64_VARIANT, NO, "8.8.3.26"},
	{RULE_BASE64_VARIANT, NO, "8.9.2.99"},
	{RULE_BASE64_VARIANT, NO, "8.9.3"},
	{RULE_BASE64_VARIANT, NO, "8.9.3.40"},
	{RULE_BASE64_VARIANT, YES, "8.9.3.41"},
	{RULE_BASE64_VARIANT, YES, "08.9.3.80"},
	{RULE_BASE64_VARIANT, YES, "8.9.4"},
	{RULE_BASE64_VARIANT, YES, "9.0.0"},
	{RULE_BASE64_VARIANT, YES, "10.0.0"},
	{RULE_BASE64_VARIANT, YES, "10.1.33.33"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, ""},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "7.3.30"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "8.7.5.51"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, NO, "8.7.5.52"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "8.7.6"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "8.8.3.26"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "8.9.2.99"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, YES, "8.9.3.40"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, NO, "8.9.3.41"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, NO, "9.1.0"},
	{RULE_PROVISIONED_CHAIN_REQUIRED, NO, "10.1.33.33"},
	{RULE_UPLOAD_CHAIN_REQUIRED, YES, ""},
	{RULE_UPLOAD_CHAIN_REQUIRED, YES, "7.3.30"},
	{RULE_UPLOAD_CHAIN_REQUIRED, YES, "8.7.5.52"},
	{RULE_UPLOAD_CHAIN_REQUIRED, YES, "10.1.215.13"},
	{RULE_VERIFICATION_SETTING, NO, ""},
	{RULE_VERIFICATION_SETTING, NO, "8.2.29"},
	{RULE_VERIFICATION_SETTING, NO, "8.2.29.99"},
	{RULE_VERIFICATION_SETTING, YES, "8.2.30"},
	{RULE_VERIFICATION_SETTING, YES, "8.9.3.80"},
	{RULE_VERIFICATION_SETTING, YES, "9.99999.0"},
	{RULE_VERIFICATION_SETTING, NO, "10.0.0"},
	{RULE_VERIFICATION_SETTING, NO, "10.1.33.33"},
	{RULE_VERIFICATION_FORCED, YES, ""},
	{RULE_VERIFICATION_FORCED, NO, "8.2.29"},
	{RULE_VERIFICATION_FORCED, NO, "9.99999.0"},
	{RULE_VERIFICATION_FORCED, YES, "10.0.0"},
	{RULE_VERIFICATION_FORCED, YES, "10.1.33.33"},
	{RULE_NAME_CHECK_SETTING, YES, ""},
	{RULE_NAME_CHECK_SETTING, NO, "8.7.5.99"},
	{RULE_NAME_CHECK_SETTING, NO, "8.8.3.25"},
	{RULE_NAME_CHECK_SETTING, YES, "8.8.3.26"},
	{RULE_NAME_CHECK_SETTING, YES, "8.9.3.40"},
	{RULE_NAME_CHECK_DEFAULT_ON, YES, ""},
	{RULE_NAME_CHECK_DEFAULT_ON, NO, "8.9.3.80"},
	{RULE_NAME_CHECK_DEFAULT_ON, NO, "9.99999.0"},
	{RULE_NAME_CHECK_DEFAULT_ON, YES, "10.0.0"},
	{RULE_NAME_FLAGS_SETTING, YES, ""},
	{RULE_NAME_FLAGS_SETTING, NO, "8.7.4.99"},
	{RULE_NAME_FLAGS_SETTING, YES, "8.7.5"},
	{RULE_NAME_FLAGS_SETTING, YES, "8.7.5.1"},
	{RULE_NAME_FLAGS_NO_WILDCARDS, YES, ""},
	{RULE_NAME_FLAGS_NO_WILDCARDS, YES, "8.4.18"},
	{RULE_NAME_FLAGS_NO_WILDCARDS, YES, "8.7.5.70"},
	{RULE_NAME_FLAGS_NO_WILDCARDS, NO, "8.7.5.71"},
	{RULE_NAME_FLAGS_NO_WILDCARDS, NO, "8.9.3.40"},
	{RULE_SIP_NAME_RULE, YES, ""},
	{RULE_SIP_NAME_RULE, NO, "10.1.62.99"},
	{RULE_SIP_NAME_RULE, YES, "10.1.63.0"},
	{RULE_SIP_NAME_RULE, YES, "10.2.0"},
	{RULE_DEVICE_CERT_TYPE_SETTING, NO, ""},
	{RULE_DEVICE_CERT_TYPE_SETTING, NO, "8.7.5.99"},
	{RULE_DEVICE_CERT_TYPE_SETTING, NO, "8.9.3.39"},
	{RULE_DEVICE_CERT_TYPE_SETTING, YES, "8.9.3.40"},
	{RULE_DEVICE_CERT_TYPE_SETTING, YES, "10.0.0"},
	{RULE_SHA2_DEVICE_CA, NO, ""},
	{RULE_SHA2_DEVICE_CA, NO, "8.7.5.99"},
	{RULE_SHA2_DEVICE_CA, NO, "8.9.3.59"},
	{RULE_SHA2_DEVICE_CA, YES, "8.9.3.60"},
	{RULE_SHA2_DEVICE_CA, NO, "8.9.4"},
	{RULE_SHA2_DEVICE_CA, NO, "9.0.0"},
	{RULE_SHA2_DEVICE_CA, NO, "10.0.99999"},
	{RULE_SHA2_DEVICE_CA, YES, "10.1.0"},
	{RULE_SHA2_DEVICE_CA, YES, "11.0.0"},
	{RULE_REMOVE_ACTION, NO, ""},
	{RULE_REMOVE_ACTION, NO, "8.9.3.80"},
	{RULE_REMOVE_ACTION, NO, "10.1.56.99"},
	{RULE_REMOVE_ACTION, YES, "10.1.57.0"},
	{RULE_REMOVE_ACTION, YES, "11.0.0"},
};

START_TEST(rule_holds_where_the_documents_say)
{
	struct firmware f = {.count = 0};

	if (*answers[_i].version)
		f = version(answers[_i].version);
	ck_assert_msg(firmware_has(&f, answers[_i].rule) == answers[_i].holds,
		"%s %s", rule_get(answers[_i].rule)->name, answers[_i].version);
}
END_TEST

START_TEST(every_rule_is_complete_and_tested)
{
	const struct rule *rule = rule_get((enum rule_id)_i);
	enum rule_id found = RULE__END;
	bool has_unknown = false;

	ck_assert(rule->name && rule->effect && rule->source);
	ck_assert_int_eq(rule_find(rule->name, &found), 0);
	ck_assert_int_eq(found, _i);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		has_unknown = has_unknown ||
			(answers[i].rule == found && !*answers[i].version);
	ck_assert_msg(has_unknown, "answers[] lacks \"\" for %s", rule->name);
}
END_TEST

START_TEST(numerically_higher_firmware_of_another_branch_still_lacks_base64)
{
	struct firmware old = version("snom720-SIP 8.9.3.40");
	struct firmware lower = version("snom720-SIP 8.7.5.52");

	ck_assert(!firmware_has(&old, RULE_BASE64_VARIANT));
	ck_assert(firmware_has(&old, RULE_PROVISIONED_CHAIN_REQUIRED));
	ck_assert(firmware_has(&lower, RULE_BASE64_VARIANT));
	ck_assert(!firmware_has(&lower, RULE_PROVISIONED_CHAIN_REQUIRED));
}
END_TEST

START_TEST(rule_without_a_name_is_not_found)
{
	enum rule_id id = RULE_SHA2_DEVICE_CA;

	ck_assert_int_eq(rule_find("base64", &id), -ENOENT);
	ck_assert_int_eq(id, RULE_SHA2_DEVICE_CA);
}
END_TEST

START_TEST(rules_as_json_are_the_reply)
{
	struct firmware f = version("8.7.5.52");
	const struct firmware unknown = {.count = 0};
	cJSON *reply = NULL;
	cJSON *rules = NULL;
	cJSON *row = NULL;

	ck_assert_int_eq(
		firmware_rules_json(&f, "snomPA1-SIP 8.7.5.52", &reply), 0);
	ck_assert_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItem(reply, "firmware")),
		"snomPA1-SIP 8.7.5.52");
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(reply, "understood")));
	rules = cJSON_GetObjectItem(reply, "rules");
	ck_assert_int_eq(cJSON_GetArraySize(rules), RULE__END);
	row = cJSON_GetArrayItem(rules, RULE_BASE64_VARIANT);
	ck_assert_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItem(row, "since")),
		"8.7.5.52, 8.9.3.41");
	ck_assert_ptr_null(cJSON_GetObjectItem(row, "until"));
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(row, "holds")));
	row = cJSON_GetArrayItem(rules, RULE_VERIFICATION_SETTING);
	ck_assert_str_eq(
		cJSON_GetStringValue(cJSON_GetObjectItem(row, "until")),
		"10.0");
	cJSON_Delete(reply);

	ck_assert_int_eq(firmware_rules_json(&unknown, NULL, &reply), 0);
	ck_assert_ptr_null(cJSON_GetObjectItem(reply, "firmware"));
	ck_assert(cJSON_IsFalse(cJSON_GetObjectItem(reply, "understood")));
	cJSON_Delete(reply);
}
END_TEST

TCase *firmware_tests(void);

TCase *firmware_tests(void)
{
	TCase *tc = tcase_create("firmware");

	tcase_add_loop_test(tc, version_is_read_in_every_spelling, 0,
		ARRAY_SIZE(spellings));
	tcase_add_loop_test(tc,
		what_is_no_version_is_refused_and_changes_nothing, 0,
		ARRAY_SIZE(garbage));
	tcase_add_test(tc, one_character_more_than_a_version_has_is_refused);
	tcase_add_test(tc, missing_components_are_zero);
	tcase_add_loop_test(
		tc, rule_holds_where_the_documents_say, 0, ARRAY_SIZE(answers));
	tcase_add_loop_test(
		tc, every_rule_is_complete_and_tested, 0, RULE__END);
	tcase_add_test(tc,
		numerically_higher_firmware_of_another_branch_still_lacks_base64);
	tcase_add_test(tc, rule_without_a_name_is_not_found);
	tcase_add_test(tc, rules_as_json_are_the_reply);
	return tc;
}
