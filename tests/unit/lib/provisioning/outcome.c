/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

static void assert_encoded(const struct outcome *o, const char *expected)
{
	cJSON *json = outcome_encode(o);
	CLEANUP(free) char *text = cJSON_PrintUnformatted(json);

	cJSON_Delete(json);
	ck_assert_str_eq(text, expected);
}

static void put(char **text, const char *value)
{
	ck_assert_int_eq(string_replace(text, value), 0);
}

START_TEST(an_outcome_says_all_that_is_known)
{
	CLEANUP(outcome_done)
	struct outcome o = {.kind = OUTCOME_CERTIFICATE,
		.line = 7,
		.verdict = VERDICT_EXPIRED};

	put(&o.document, "http://h/d.xml");
	put(&o.url, "http://h/c.der");
	put(&o.sha256, "ab");
	put(&o.subject, "CN=x");
	put(&o.name, "n");
	put(&o.value, "v");
	put(&o.former, "f");
	put(&o.reason, "It expired.");
	put(&o.remedy, "Renew it.");
	ck_assert_int_eq(outcome_add_warning(&o, WARNING_EXPIRES_SOON,
				 &(struct facts){.date = "Friday"}),
		0);
	ck_assert_int_eq(
		outcome_add_warning(&o, WARNING_NAME_MISMATCH, NULL), 0);
	assert_encoded(&o,
		"{\"kind\":\"certificate\",\"line\":7,\"accepted\":false,"
		"\"document\":\"http://h/d.xml\","
		"\"url\":\"http://h/c.der\",\"sha256\":\"ab\","
		"\"subject\":\"CN=x\",\"name\":\"n\","
		"\"value\":\"v\",\"former\":\"f\","
		"\"result\":\"expired\",\"reason\":\"It expired.\","
		"\"remedy\":\"Renew it.\",\"warnings\":[{\"identifier\":\"expires-soon\",\"sentence\":\"It expires within 30 days: on Friday.\",\"remedy\":\"Have it renewed, and use the new one before that day.\"},{\"identifier\":\"name-mismatch\",\"sentence\":\"It is not for the requested host.\",\"remedy\":\"Have it issued again.\"}]}");
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	struct outcome o = {.kind = OUTCOME_DOCUMENT,
		.accepted = true,
		.verdict = VERDICT_PROCESSED};

	assert_encoded(&o,
		"{\"kind\":\"document\",\"accepted\":true,"
		"\"result\":\"processed\",\"reason\":\"\"}");
}
END_TEST

START_TEST(a_setting_has_its_own_results_unless_it_could_not_be_stored)
{
	struct outcome o = {
		.kind = OUTCOME_SETTING, .setting = SETTING_ADMIN_SET};

	ck_assert_str_eq(outcome_result_name(&o), "setting-admin-set");
	o.setting = SETTING_RESULT__END;
	o.verdict = VERDICT_STORE_FAILED;
	ck_assert_str_eq(outcome_result_name(&o), "store-failed");
}
END_TEST

START_TEST(one_warning_too_many_is_refused)
{
	CLEANUP(outcome_done) struct outcome o = {0};

	for (unsigned i = 0; i < OUTCOME_MAX_WARNINGS; i++)
		ck_assert_int_eq(
			outcome_add_warning(&o, WARNING_EXPIRED, NULL), 0);
	ck_assert_int_eq(
		outcome_add_warning(&o, WARNING_EXPIRED, NULL), -ENOSPC);
	ck_assert_uint_eq(o.warning_count, OUTCOME_MAX_WARNINGS);
}
END_TEST

TCase *outcome_tests(void);

TCase *outcome_tests(void)
{
	TCase *tc = tcase_create("outcome");

	tcase_add_test(tc, an_outcome_says_all_that_is_known);
	tcase_add_test(tc, what_is_not_known_is_left_out);
	tcase_add_test(tc,
		a_setting_has_its_own_results_unless_it_could_not_be_stored);
	tcase_add_test(tc, one_warning_too_many_is_refused);
	return tc;
}
