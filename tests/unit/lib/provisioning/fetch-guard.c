/* SPDX-License-Identifier: Apache-2.0 */
/* Settings that would lock the phone out, as a fetcher offers them. */
#include <check.h>
#include <string.h>

#include "tests/unit/lib/provisioning/fetch-rig.h"

#define HOST "provisioning.example.com"
#define VERIFY "tls_server_authentication"
#define NAMES "check_fqdn_against_server_cert"
#define WOULD_LOCK_OUT (setting_result_get(SETTING_WOULD_LOCK_OUT)->name)
#define APPLIED (setting_result_get(SETTING_APPLIED)->name)

static const struct pki_cert *leaf;

/* Of a firmware that verifies when it is told to. */
static void setup(void)
{
	rig_setup();
	leaf = pki_leaf("DNS:" HOST, rig.root);
	rig_use_firmware("8.9.3.80");
	rig_start();
	rig_get_job();
}

static void meet(const char *host)
{
	ck_assert_str_eq(rig_call("ReportServer", rig_server(host, leaf)), "");
}

/* What the fetcher is answered. */
static const char *offer(const char *name, const char *value)
{
	ck_assert_str_eq(
		rig_call("OfferSetting", rig_setting(name, value, true)), "");
	return rig_reply_text("result");
}

static const char *value_of(enum setting_id id)
{
	const char *value = rig.settings.values[id].value;

	return value ? value : "";
}

static void finish(void)
{
	ck_assert_str_eq(rig_call("Finish", rig_finish()), "");
}

static void break_off(void)
{
	ck_assert_int_eq(
		fetch_session_end(rig.session, VERDICT_FETCHER_LOST, NULL), 0);
}

static void trust_root(void)
{
	ck_assert_int_eq(anchors_add(rig.trust->anchors, rig.root->der.data,
				 rig.root->der.len, ANCHOR_SERVER),
		0);
}

START_TEST(without_a_server_nothing_is_held)
{
	ck_assert_str_eq(offer(VERIFY, "on"), APPLIED);
	ck_assert_uint_eq(rig.heard.applied, 1);
}
END_TEST

START_TEST(what_would_lock_out_is_held_and_told_at_the_end)
{
	meet(HOST);
	ck_assert_str_eq(offer(VERIFY, "on"), WOULD_LOCK_OUT);
	ck_assert_uint_eq(rig.heard.outcomes, 0);
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "");
	finish();
	ck_assert_uint_eq(rig.heard.outcomes, 1);
	ck_assert_uint_eq(rig.heard.applied, 0);
	rig_assert_outcome(WOULD_LOCK_OUT, REDACTED_DOC, 56);
	ck_assert_ptr_nonnull(strstr(rig.heard.last.reason, HOST));
	ck_assert_ptr_nonnull(strstr(rig.heard.last.remedy, "--force"));
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "");
}
END_TEST

START_TEST(a_certificate_of_the_same_run_lifts_it)
{
	meet(HOST);
	(void)offer(VERIFY, "on");
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_BASE64)),
		"");
	ck_assert_uint_eq(rig.heard.accepted, 1);
	finish();
	ck_assert_uint_eq(rig.heard.applied, 1);
	rig_assert_outcome(APPLIED, REDACTED_DOC, 56);
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "on");
}
END_TEST

START_TEST(a_run_that_breaks_off_applies_nothing_that_was_held)
{
	meet(HOST);
	(void)offer(VERIFY, "on");
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_BASE64)),
		"");
	break_off();
	ck_assert_uint_eq(rig.heard.applied, 0);
	rig_assert_outcome(WOULD_LOCK_OUT, REDACTED_DOC, 56);
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "");
}
END_TEST

START_TEST(a_later_value_supersedes_a_held_one)
{
	meet(HOST);
	(void)offer(VERIFY, "on");
	ck_assert_str_eq(offer(VERIFY, "off"), APPLIED);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_str_eq(
		outcome_result_name(&rig.heard.before), WOULD_LOCK_OUT);
	finish();
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "off");
}
END_TEST

/* One is held of each name, however often it is offered. */
START_TEST(a_held_one_supersedes_a_held_one)
{
	meet(HOST);
	(void)offer(VERIFY, "on");
	ck_assert_str_eq(offer(VERIFY, "on"), WOULD_LOCK_OUT);
	ck_assert_uint_eq(rig.heard.outcomes, 1);
	finish();
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_uint_eq(rig.heard.applied, 0);
}
END_TEST

/* Each alone would be fine, both are not. */
START_TEST(of_two_that_lock_out_together_the_first_stays)
{
	trust_root();
	rig_start();
	rig_get_job();
	meet("192.0.2.1");
	ck_assert_str_eq(offer(VERIFY, "on"), APPLIED);
	ck_assert_str_eq(offer(NAMES, "on"), WOULD_LOCK_OUT);
	finish();
	rig_assert_outcome(WOULD_LOCK_OUT, REDACTED_DOC, 56);
	ck_assert_ptr_nonnull(strstr(rig.heard.last.reason, "192.0.2.1"));
	ck_assert_str_eq(value_of(SETTING_TLS_SERVER_AUTHENTICATION), "on");
	ck_assert_str_eq(value_of(SETTING_CHECK_FQDN), "");
}
END_TEST

START_TEST(what_verdicts_do_not_depend_on_is_free)
{
	meet(HOST);
	ck_assert_str_eq(offer("update_policy", "settings_only"), APPLIED);
	ck_assert_str_eq(offer("phone_cert_type", "sha1"), APPLIED);
}
END_TEST

START_TEST(a_server_is_a_host_with_a_chain)
{
	struct bytes chain[1] = {leaf->der};
	cJSON *none = fetch_guarded_encode(&(struct fetch_guarded){
		.chain = {chain, 0},
		.host = HOST,
	});

	ck_assert_str_ne(
		rig_call("ReportServer", rig_server("not a host", leaf)), "");
	ck_assert_str_eq(rig_reply_text("parameter"), "host");
	rig_start();
	rig_get_job();
	ck_assert_str_ne(rig_call("ReportServer", none), "");
	ck_assert_str_eq(rig_reply_text("parameter"), "chain");
	ck_assert_uint_eq(fetch_session_servers(rig.session)->count, 0);
	rig_start();
	rig_get_job();
	meet("PROVISIONING.Example.com");
	ck_assert_str_eq(
		fetch_session_servers(rig.session)->servers[0].host, HOST);
	ck_assert_int_eq(fetch_session_servers(rig.session)->when, PKI_NOW);
}
END_TEST

TCase *fetch_guard_tests(void);

TCase *fetch_guard_tests(void)
{
	TCase *tc = tcase_create("fetch-guard");

	tcase_add_checked_fixture(tc, setup, rig_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, without_a_server_nothing_is_held);
	tcase_add_test(tc, what_would_lock_out_is_held_and_told_at_the_end);
	tcase_add_test(tc, a_certificate_of_the_same_run_lifts_it);
	tcase_add_test(tc, a_run_that_breaks_off_applies_nothing_that_was_held);
	tcase_add_test(tc, a_later_value_supersedes_a_held_one);
	tcase_add_test(tc, a_held_one_supersedes_a_held_one);
	tcase_add_test(tc, of_two_that_lock_out_together_the_first_stays);
	tcase_add_test(tc, what_verdicts_do_not_depend_on_is_free);
	tcase_add_test(tc, a_server_is_a_host_with_a_chain);
	return tc;
}
