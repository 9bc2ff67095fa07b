/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/phone/firmware-json.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/contract.h"
#include "tests/unit/runner.h"

START_TEST(status_ends_with_what_needs_attention)
{
	CANNED({.method = "io.certprov.trust.Status",
		.replies = {"{\"parameters\":{\"version\":\"0.1.0\","
			    "\"firmware\":\"10.1.33.33\","
			    "\"firmwareUnderstood\":true,"
			    "\"authorities\":144,\"servers\":2,\"unknown\":1,"
			    "\"distrusted\":0,\"quarantined\":0,"
			    "\"clockTrusted\":true,"
			    "\"clockNow\":\"2026-05-28T20:30:00Z\","
			    "\"clockSynchronised\":true,"
			    "\"clockSince\":\"2026-05-28T20:00:00Z\","
			    "\"clockFloor\":\"2026-05-01T00:00:00Z\","
			    "\"clockFloorRaised\":\"2026-05-02T00:00:00Z\","
			    "\"clockFloorLowered\":\"2026-04-03T01:02:03Z\","
			    "\"concerns\":[{\"identifier\":\"a\","
			    "\"sentence\":\"B.\"},"
			    "{\"identifier\":\"bootstrap-open\","
			    "\"sentence\":\"Anybody may.\","
			    "\"remedy\":\"Close it.\","
			    "\"since\":\"2026-05-01T00:00:00Z\"}],"
			    "\"lastRun\":\"2026-05-28T20:26:40Z\","
			    "\"lastRunResult\":\"partial\","
			    "\"lastCompleteRun\":\"2026-05-27T20:26:40Z\","
			    "\"lastCompleteRunId\":3}}"}});
	ck_assert_int_eq(paper_run("status"), EXIT_COMPLETE);
	paper_prints("certprovd       0.1.0\n");
	paper_prints("Firmware        10.1.33.33\n");
	paper_prints("Trust           144 authorities, 2 servers, 1 unknown, "
		     "0 distrusted, 0 quarantined\n");
	paper_prints("Time (UTC)      2026-05-28 20:30:00\n");
	paper_prints("Clock           trusted, synchronised since 2026-05-28 "
		     "20:00:00\n");
	paper_prints(
		"Floor (UTC)     2026-05-01 00:00:00, raised 2026-05-02 00:00:00"
		", lowered 2026-04-03 01:02:03\n");
	paper_prints("Last run (UTC)  2026-05-28 20:26:40: partial\n");
	paper_prints("Last complete   2026-05-27 20:26:40: run 3\n");
	paper_prints("\n\nNeeds attention\n"
		     "a: B.\n"
		     "bootstrap-open: Anybody may.\n"
		     "    Since   2026-05-01 00:00:00\n"
		     "    Remedy  Close it.\n");
}
END_TEST

START_TEST(status_says_when_the_firmware_is_not_known)
{
	CANNED({.method = "io.certprov.trust.Status",
		.replies = {"{\"parameters\":{\"firmware\":\"x\","
			    "\"firmwareUnderstood\":false,"
			    "\"clockTrusted\":false,\"concerns\":[]}}"}});
	ck_assert_int_eq(paper_run("status"), EXIT_COMPLETE);
	paper_prints("x (not understood: the strictest rules apply)");
	paper_prints("not trusted: it is earlier than possible");
	ck_assert_ptr_null(strstr(paper_out(), "Needs attention"));
}
END_TEST

/* --- every member of Status --- */

#define STATUS "io.certprov.trust.Status"

/* Values that are not what a member is without them. */
static const struct {
	const char *name;
	const char *value;
} status_members[] = {
	{"version", "\"0.1.0\""},
	{"firmware", "\"10.1.33.33\""},
	{"firmwareUnderstood", "true"},
	{"phoneType", "\"snomD785\""},
	{"mac", "\"000413aabbcc\""},
	{"store", "\"ab\""},
	{"generation", "7"},
	{"authorities", "1"},
	{"authoritiesLost", "6"},
	{"servers", "2"},
	{"unknown", "3"},
	{"distrusted", "4"},
	{"quarantined", "5"},
	{"withdrawn", "6"},
	{"expired", "2"},
	{"expiring", "3"},
	{"nextExpiry", "\"2026-06-03T20:26:40Z\""},
	{"verification", "\"forced\""},
	{"profile", "\"strict\""},
	{"tls",
		"{\"minimumVersion\":\"1.3\",\"ciphers\":\"C\","
		"\"cipherSuites\":\"S\"}"},
	{"clockNow", "\"2026-05-06T00:00:00Z\""},
	{"clockTrusted", "true"},
	{"clockSynchronised", "true"},
	{"clockSince", "\"2026-05-07T00:00:00Z\""},
	{"clockFloor", "\"2026-05-01T00:00:00Z\""},
	{"clockFloorRaised", "\"2026-05-02T00:00:00Z\""},
	{"clockFloorLowered", "\"2026-05-03T00:00:00Z\""},
	{"bootstrap", "\"open\""},
	{"bootstrapClosedBy", "9"},
	{"bootstrapClosed", "\"2026-05-08T00:00:00Z\""},
	{"bootstrapWaitsFor", "\"run 3\""},
	{"concerns", "[{\"identifier\":\"a\",\"sentence\":\"B.\"}]"},
	{"lastRun", "\"2026-05-04T00:00:00Z\""},
	{"lastRunResult", "\"partial\""},
	{"lastCompleteRun", "\"2026-05-03T01:00:00Z\""},
	{"lastCompleteRunId", "77"},
	{"nextRun", "\"2026-05-05T00:00:00Z\""},
	{"settingServer", "\"https://pbx.example/\""},
	{"settingServerSource", "\"dhcp\""},
};

#define STATUS_SIZE 2048

/* The reply, with all of these members but one. */
static void make_status(size_t without, char ret[STATUS_SIZE])
{
	const char *before = "{\"parameters\":{";
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(status_members); i++) {
		if (i == without)
			continue;
		len += (size_t)snprintf(ret + len, STATUS_SIZE - len,
			"%s\"%s\":%s", before, status_members[i].name,
			status_members[i].value);
		before = ",";
	}
	(void)snprintf(ret + len, STATUS_SIZE - len, "}}");
}

START_TEST(every_member_of_status_is_printed)
{
	char whole[STATUS_SIZE];
	char part[STATUS_SIZE];
	const struct canned table[] = {
		{.method = STATUS, .replies = {whole}},
		{.method = STATUS, .replies = {part}},
	};
	CLEANUP(free) char *printed = NULL;

	make_status(SIZE_MAX, whole);
	make_status((size_t)_i, part);
	canned_serve(table, ARRAY_SIZE(table));
	ck_assert_int_eq(paper_run("status"), EXIT_COMPLETE);
	printed = strdup(paper_out());
	ck_assert_int_eq(paper_run("status"), EXIT_COMPLETE);
	ck_assert_msg(strcmp(printed, paper_out()) != 0,
		"status does not print %s", status_members[_i].name);
}
END_TEST

static void find_status_member(
	void *userdata, const char *name, const char *type)
{
	(void)userdata;
	(void)type;
	for (size_t i = 0; i < ARRAY_SIZE(status_members); i++)
		if (strcmp(status_members[i].name, name) == 0)
			return;
	ck_abort_msg("status_members has no row for %s", name);
}

START_TEST(every_member_of_status_has_a_row)
{
	ck_assert(contract_members(STATUS, true, find_status_member, NULL));
}
END_TEST

/* --- rules, settings --- */

START_TEST(rules_of_a_version_need_no_daemon)
{
	ck_assert_int_eq(paper_run("rules -f 8.9.3.40"), EXIT_COMPLETE);
	paper_prints("base64-variant              no     8.7.5.52, 8.9.3.41");
	paper_prints("provisioned-chain-required  yes");
	ck_assert_int_eq(paper_run("rules -f 8.9.3.41"), EXIT_COMPLETE);
	paper_prints("base64-variant              yes    8.7.5.52, 8.9.3.41");
	ck_assert_str_eq(paper_err(), "");
}
END_TEST

START_TEST(rules_as_json_are_the_reply_of_the_daemon)
{
	CLEANUP(json_free) cJSON *printed = NULL;
	CLEANUP(json_free) cJSON *reply = NULL;
	struct firmware f = {0};

	ck_assert_int_eq(
		paper_run("rules --json -f 10.1.33.33"), EXIT_COMPLETE);
	ck_assert_int_eq(firmware_parse("10.1.33.33", &f), 0);
	ck_assert_int_eq(firmware_rules_json(&f, "10.1.33.33", &reply), 0);
	printed = cJSON_Parse(paper_out());
	ck_assert(cJSON_Compare(printed, reply, true));
}
END_TEST

START_TEST(rules_of_what_is_no_version_are_the_strictest)
{
	ck_assert_int_eq(paper_run("rules -f new"), EXIT_COMPLETE);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "\"new\" is not a firmware version"));
	paper_prints(
		"The firmware version is unknown: the strictest rules apply.\n");
	paper_prints("provisioned-chain-required  yes");
}
END_TEST

START_TEST(rules_without_a_version_are_asked_for)
{
	CANNED({.method = "io.certprov.trust.Rules",
		.replies = {"{\"parameters\":{\"firmware\":\"8.4.35\","
			    "\"understood\":true,\"rules\":[{\"name\":\"r\","
			    "\"holds\":true,\"source\":\"s\"}]}}"}});
	ck_assert_int_eq(paper_run("rules"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Rule  Holds  Since  Until  Source\n"
		"r     yes                  s\n");
}
END_TEST

START_TEST(rules_are_of_one_version)
{
	ck_assert_int_eq(paper_run("rules -f 8.4.35 -f 8.7.5"), EXIT_WRONG_USE);
}
END_TEST

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
			    "\"value\":\"\",\"origin\":\"provisioned\","
			    "\"permission\":\"read-only\"}]}}"}});
	ck_assert_int_eq(paper_run("settings"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Setting         Value     In effect    From         Permission  Note\n"
		"setting_server  (secret)               admin\n"
		"update_policy             auto_update  default                  A note.\n"
		"x               (empty)                provisioned  read-only\n");
}
END_TEST

test_case_maker state_tests;

TCase *state_tests(void)
{
	TCase *tc = tcase_create("state");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, status_ends_with_what_needs_attention);
	tcase_add_test(tc, status_says_when_the_firmware_is_not_known);
	tcase_add_loop_test(tc, every_member_of_status_is_printed, 0,
		ARRAY_SIZE(status_members));
	tcase_add_test(tc, every_member_of_status_has_a_row);
	tcase_add_test(tc, rules_of_a_version_need_no_daemon);
	tcase_add_test(tc, rules_as_json_are_the_reply_of_the_daemon);
	tcase_add_test(tc, rules_of_what_is_no_version_are_the_strictest);
	tcase_add_test(tc, rules_without_a_version_are_asked_for);
	tcase_add_test(tc, rules_are_of_one_version);
	tcase_add_test(tc, secrets_are_only_said_to_be_set);
	return tc;
}
