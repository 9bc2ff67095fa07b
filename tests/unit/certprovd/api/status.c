/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/provisioning/judge.h"
#include "tests/unit/certprovd/api/api-fixture.h"
#include "tests/unit/contract.h"

static const cJSON *status(void)
{
	return reply(call("Status", "{}"), 0);
}

static bool is_concern(const char *identifier)
{
	return has_warning(member(status(), "concerns"), identifier);
}

/* What each member is in this test; NULL: another looks at it. */
static const struct {
	const char *name;
	const char *value;
} expected[] = {
	{"version", "\"" CERTPROV_VERSION "\""},
	{"firmware", "\"snomD785-SIP 10.1.33.33\""},
	{"firmwareUnderstood", "true"},
	{"phoneType", "\"snomD785\""},
	{"mac", "\"000413AABBCC\""},
	{"store", NULL},
	{"generation", "2"},
	{"authorities", "1"},
	{"authoritiesLost", "0"},
	{"servers", "1"},
	{"unknown", "1"},
	{"distrusted", "1"},
	{"withdrawn", "0"},
	{"expired", "0"},
	{"expiring", "0"},
	{"nextExpiry", NULL},
	{"quarantined", "0"},
	{"verification", "\"forced\""},
	{"profile", "\"compatible\""},
	{"tls",
		"{\"minimumVersion\":\"1.3\",\"ciphers\":\"ECDHE\","
		"\"cipherSuites\":\"TLS_AES_256_GCM_SHA384:"
		"TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256\"}"},
	{"clockNow", NULL},
	{"clockTrusted", "true"},
	{"clockSynchronised", "true"},
	{"clockSince", "\"2026-05-28T20:26:43Z\""},
	{"clockFloor", "\"2026-05-27T20:26:40Z\""},
	{"clockFloorRaised", "\"2026-05-28T20:26:41Z\""},
	{"clockFloorLowered", "\"2026-05-28T20:26:42Z\""},
	{"bootstrap", "\"open\""},
	{"bootstrapClosedBy", NULL},
	{"bootstrapClosed", NULL},
	{"bootstrapWaitsFor", NULL},
	{"concerns", NULL},
	{"lastRun", NULL},
	{"lastRunResult", NULL},
	{"lastCompleteRun", NULL},
	{"lastCompleteRunId", NULL},
	{"nextRun", "\"2026-05-28T20:26:40Z\""},
	{"settingServer", "\"http://***@pbx.example/?a=***\""},
	{"settingServerSource", "\"dhcp\""},
};

static void check_member(void *userdata, const char *name, const char *type)
{
	const cJSON *reply = userdata;

	(void)type;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		CLEANUP(free) char *value = NULL;

		if (strcmp(expected[i].name, name) != 0)
			continue;
		value = cJSON_PrintUnformatted(member(reply, name));
		if (expected[i].value)
			ck_assert_msg(string_equal(value, expected[i].value),
				"%s is %s, not %s", name, value,
				expected[i].value);
		return;
	}
	ck_abort_msg("expected has no row for %s", name);
}

START_TEST(status_counts_and_names_all_it_has_to)
{
	const struct pki_cert *bad = pki_root("Bad");

	add_server(pki_root("Server"), NULL);
	add_unknown(pki_root("Stranger"), NULL);
	call("admin.Distrust", "{'kind':'certificate','sha256':'%s'}",
		hex(bad));
	the_config.tls_minimum = TLS_MINIMUM_1_3;
	the_config.tls_ciphers = strdup("ECDHE");
	ck_assert_int_eq(trust_state_refresh(the_api.state), 0);
	provisioning.next = PKI_NOW;
	provisioning.source = RUN_FROM_DHCP;
	provisioning.learnt = "http://u:secret@pbx.example/?a=b";
	the_phone.type = strdup("snomD785");
	the_phone.mac = strdup("000413AABBCC");
	the_clock.raised = PKI_NOW + 1;
	the_clock.lowered = PKI_NOW + 2;
	the_clock.synchronised = true;
	the_clock.source_since = PKI_NOW + 3;
	ck_assert(contract_members("io.certprov.trust.Status", true,
		check_member, (void *)status()));
}
END_TEST

START_TEST(status_has_the_last_run_that_ended)
{
	struct store_run run = {.started = PKI_NOW};

	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_run_start(the_api.store, &run, &run.id), 0);
	run.finished = PKI_NOW + 1;
	run.result = "failed";
	ck_assert_int_eq(store_run_finish(the_api.store, &run), 0);
	ck_assert_int_eq(store_run_start(the_api.store, &run, &run.id), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	ck_assert_str_eq(text(status(), "lastRun"), "2026-05-28T20:26:41Z");
	ck_assert_str_eq(text(status(), "lastRunResult"), "failed");
	ck_assert(is_concern("provisioning-failed"));
}
END_TEST

static void finish_a_run(const char *result, int64_t finished)
{
	struct store_run run = {.started = PKI_NOW};

	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_run_start(the_api.store, &run, &run.id), 0);
	run.finished = finished;
	run.result = result;
	ck_assert_int_eq(store_run_finish(the_api.store, &run), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
}

START_TEST(status_has_the_last_complete_run_whatever_failed_after_it)
{
	finish_a_run("failed", PKI_NOW);
	ck_assert_ptr_null(cJSON_GetObjectItem(status(), "lastCompleteRunId"));
	finish_a_run("complete", PKI_NOW + 1);
	for (unsigned i = 0; i < 2 * STORE_MAX_RUNS; i++)
		finish_a_run("failed", PKI_NOW + 2);
	ck_assert_str_eq(
		text(status(), "lastCompleteRun"), "2026-05-28T20:26:41Z");
	ck_assert_int_eq(number(status(), "lastCompleteRunId"), 2);
	ck_assert_str_eq(text(status(), "lastRun"), "2026-05-28T20:26:42Z");
}
END_TEST

START_TEST(status_counts_what_the_files_no_longer_have)
{
	const struct pki_cert *gone = pki_root("Gone");

	add_server(gone, "http://h/gone.der");
	add_server(pki_root("There"), "http://h/there.der");
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(
		store_note_missing(the_api.store, gone->sha256, 3, PKI_NOW), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	ck_assert_int_eq(number(status(), "withdrawn"), 1);
	ck_assert(is_concern("certificates-withdrawn"));
}
END_TEST

START_TEST(only_a_bootstrap_that_a_run_closes_was_closed_by_one)
{
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(
		store_set_fact(the_api.store, STORE_WAS_AUTHENTICATED, 1), 0);
	ck_assert_int_eq(
		store_set_fact(the_api.store, STORE_BOOTSTRAP_CLOSED_BY, 7), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	ck_assert_str_eq(text(status(), "bootstrap"), "open");
	ck_assert_ptr_null(cJSON_GetObjectItem(status(), "bootstrapClosedBy"));
	the_config.bootstrap = BOOTSTRAP_PINNED;
	ck_assert_str_eq(text(status(), "bootstrap"), "closed");
	ck_assert_ptr_null(cJSON_GetObjectItem(status(), "bootstrapClosedBy"));
	the_config.bootstrap = BOOTSTRAP_UNTIL_AUTHENTICATED;
	ck_assert_str_eq(text(status(), "bootstrap"), "closed");
	ck_assert_int_eq(number(status(), "bootstrapClosedBy"), 7);
}
END_TEST

START_TEST(concerns_come_and_go)
{
	ck_assert(is_concern("bootstrap-open"));
	the_config.bootstrap = BOOTSTRAP_PINNED;
	ck_assert(!is_concern("bootstrap-open"));
	ck_assert(is_concern("no-setting-server"));
	the_config.url = strdup("http://pbx.example/");
	ck_assert(!is_concern("no-setting-server"));
	ck_assert(!is_concern("setting-server-learnt"));
	ck_assert(!is_concern("setting-server-loop"));
	provisioning.loop = "A file changed it.";
	ck_assert(is_concern("setting-server-loop"));
	ck_assert(!is_concern("authorities-failed"));
	the_api.authorities_error = -EACCES;
	ck_assert(is_concern("authorities-failed"));
	ck_assert(!is_concern("store-restored"));
	the_api.store_restored = true;
	ck_assert(is_concern("store-restored"));
	ck_assert(!is_concern("clock-not-trusted"));
	the_clock.floor = INT64_MAX;
	ck_assert(is_concern("clock-not-trusted"));
	ck_assert(!is_concern("firmware-unknown"));
	free(the_phone.firmware);
	the_phone.firmware = NULL;
	refresh();
	ck_assert(is_concern("firmware-unknown"));
}
END_TEST

START_TEST(each_concern_has_a_sentence_and_a_remedy)
{
	const cJSON *c = NULL;

	free(the_phone.firmware);
	the_phone.firmware = strdup("ten");
	refresh();
	the_phone.problem = strdup("The MAC address cannot be taken");
	the_api.authorities_error = -EACCES;
	the_api.store_restored = true;
	the_clock.floor = INT64_MAX;
	the_clock.doubting = true;
	the_saver.exhausted = true;
	cJSON_ArrayForEach(c, member(status(), "concerns"))
	{
		ck_assert_str_ne(text(c, "sentence"), "");
		ck_assert_str_ne(text(c, "remedy"), "");
		ck_assert_ptr_null(strpbrk(text(c, "sentence"), "[]{}"));
		ck_assert_ptr_null(strpbrk(text(c, "remedy"), "[]{}"));
	}
	ck_assert_str_eq(text(member(status(), "concerns")->child, "sentence"),
		"The firmware version is not known: ten is not one; every rule "
		"is at its most restrictive.");
}
END_TEST

START_TEST(verification_that_is_off_is_a_concern)
{
	ck_assert(!is_concern("verification-off"));
	ck_assert_int_eq(string_replace(&the_phone.firmware, "8.9.3.80"), 0);
	refresh();
	ck_assert_str_eq(text(status(), "verification"), "off");
	ck_assert(is_concern("verification-off"));
	ck_assert_int_eq(string_replace(&the_phone.firmware, "7.3.30"), 0);
	refresh();
	ck_assert_str_eq(text(status(), "verification"), "unsupported");
	ck_assert(is_concern("verification-unsupported"));
}
END_TEST

/* NOLINTNEXTLINE(readability-function-size) of the macros in it */
static const cJSON *concern_of(const char *identifier, const char *sentence)
{
	const cJSON *c = NULL;

	cJSON_ArrayForEach(c, member(status(), "concerns"))
	{
		if (strcmp(text(c, "identifier"), identifier) == 0) {
			ck_assert_str_eq(text(c, "sentence"), sentence);
			return c;
		}
	}
	return NULL;
}

START_TEST(an_expired_server_certificate_is_a_concern)
{
	add_server(pki_root("Good until after all tests"), NULL);
	the_clock.floor = PKI_NOW;
	ck_assert(!is_concern("servers-expired"));
	add_server(pki_make(&(struct pki_spec){.cn = "Old",
				    .ca = true,
				    .not_after = PKI_NOW - PKI_DAY},
			   NULL),
		NULL);
	ck_assert(is_concern("servers-expired"));
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 2 * PKI_DAY});
	ck_assert_ptr_nonnull(concern_of("servers-expired",
		"The server certificate of CN=Old expired on "
		"2026-05-27T20:26:40Z, 3 days ago; it came from "
		"http://pbx.example/d785.xml, line 7."));
	ck_assert(!is_concern("servers-expiring"));
	add_server(pki_make(&(struct pki_spec){.cn = "Soon",
				    .ca = true,
				    .not_after = PKI_NOW + 12 * PKI_DAY},
			   NULL),
		NULL);
	ck_assert_ptr_nonnull(concern_of("servers-expiring",
		"The server certificate of CN=Soon expires on "
		"2026-06-09T20:26:40Z, 10 days from now; it came from "
		"http://pbx.example/d785.xml, line 7."));
}
END_TEST

static void check_concern(const char *identifier, const char *sentence)
{
	const cJSON *c = NULL;
	bool found = false;

	cJSON_ArrayForEach(c, member(status(), "concerns")) found = found ||
		(strcmp(text(c, "identifier"), identifier) == 0 &&
			strcmp(text(c, "sentence"), sentence) == 0);
	ck_assert_msg(found, "no %s: %s", identifier, sentence);
}

static void add_exception(int number)
{
	char cn[32];
	const struct pki_spec spec = {
		.cn = cn, .not_after = PKI_NOW + 2 * PKI_DAY};
	const struct pki_cert *c = NULL;

	(void)snprintf(cn, sizeof(cn), "Excepted %d", number);
	c = pki_make(&spec, NULL);
	add_unknown(c, NULL);
	reply(call("admin.AddException",
		      "{'sha256':'%s','host':'h%d.example',"
		      "'expires':'2026-06-09T20:26:40Z'}",
		      hex(c), number),
		0);
}

START_TEST(exceptions_that_end_are_named)
{
	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	add_exception(0);
	check_concern("servers-expiring",
		"The server certificate of CN=Excepted 0 expires on "
		"2026-05-30T20:26:40Z, 2 days from now; it came from an "
		"exception.");
	check_concern("exceptions-expiring",
		"The exception for CN=Excepted 0 for h0.example ends on "
		"2026-06-09T20:26:40Z, 12 days from now.");
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 20 * PKI_DAY});
	check_concern("servers-expired",
		"The server certificate of CN=Excepted 0 expired on "
		"2026-05-30T20:26:40Z, 18 days ago; it came from an "
		"exception.");
	check_concern("exceptions-expired",
		"The exception for CN=Excepted 0 for h0.example expired on "
		"2026-06-09T20:26:40Z, 8 days ago.");
}
END_TEST

START_TEST(more_that_end_than_are_named_are_counted)
{
	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	for (int i = 0; i < 7; i++)
		add_exception(i);
	check_concern("servers-expiring",
		"2 more server certificates expire within 28 days.");
	check_concern(
		"exceptions-expiring", "2 more exceptions end within 28 days.");
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 20 * PKI_DAY});
	check_concern("exceptions-expired", "2 more exceptions have expired.");
}
END_TEST

TCase *status_tests(void);

TCase *status_tests(void)
{
	TCase *tc = tcase_create("status");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(tc, status_counts_and_names_all_it_has_to);
	tcase_add_test(tc, status_has_the_last_run_that_ended);
	tcase_add_test(
		tc, status_has_the_last_complete_run_whatever_failed_after_it);
	tcase_add_test(tc, status_counts_what_the_files_no_longer_have);
	tcase_add_test(
		tc, only_a_bootstrap_that_a_run_closes_was_closed_by_one);
	tcase_add_test(tc, concerns_come_and_go);
	tcase_add_test(tc, each_concern_has_a_sentence_and_a_remedy);
	tcase_add_test(tc, verification_that_is_off_is_a_concern);
	tcase_add_test(tc, an_expired_server_certificate_is_a_concern);
	tcase_add_test(tc, exceptions_that_end_are_named);
	tcase_add_test(tc, more_that_end_than_are_named_are_counted);
	return tc;
}
