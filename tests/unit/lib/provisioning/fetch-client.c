/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-client.h"

#include <string.h>

#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink.h"
#include "tests/unit/lib/provisioning/fetch-rig.h"
#include "tests/unit/runner.h"

/* A document with this in it; the outcome is the rig's last. */
static const char *report(
	enum verdict result, enum fetch_client client, int64_t status)
{
	cJSON *d = rig_document(result, -1);

	cJSON_DeleteItemFromObject(d, "clientCertificate");
	(void)cJSON_AddStringToObject(
		d, "clientCertificate", fetch_client_names[client]);
	if (status > 0) {
		cJSON_DeleteItemFromObject(d, "status");
		(void)cJSON_AddNumberToObject(d, "status", (double)status);
	}
	return rig_call("ReportDocument", d);
}

static void without_identity(enum fetch_no_identity why)
{
	fetch_job_done(&rig.job);
	rig.job = FETCH_JOB_INIT;
	rig.no_identity = why;
	rig_start();
	rig_get_job();
}

static const char *warning(void)
{
	const struct outcome *o = &rig.heard.last;

	ck_assert_uint_le(o->warning_count, 1);
	return o->warning_count > 0 ? o->warnings[0].sentence : "";
}

static const struct {
	enum fetch_client client;
	const char *why;
	const char *advice;
} withheld[] = {
	{FETCH_CLIENT_NOT_VERIFIED, "does not verify servers",
		"tls_server_authentication"},
	{FETCH_CLIENT_ORIGIN, "unauthenticated document or redirect",
		"verified HTTPS server"},
	{FETCH_CLIENT_LIMIT, "has used its 64 signatures", "connections open"},
	{FETCH_CLIENT_FAILED, "its key could not be used", "device show"},
};

START_TEST(a_server_that_demands_one_is_told_with_why_none_was_sent)
{
	rig_get_job();
	ck_assert_str_eq(report(VERDICT_CLIENT_CERTIFICATE_REQUIRED,
				 withheld[_i].client, 400),
		"");
	ck_assert(strstr(rig.heard.last.reason, withheld[_i].why));
	ck_assert(strstr(rig.heard.last.remedy, withheld[_i].advice));
	ck_assert_str_eq(warning(), "");
}
END_TEST

START_TEST(one_that_does_without_is_a_warning)
{
	rig_get_job();
	ck_assert_str_eq(report(VERDICT_PROCESSED, withheld[_i].client, 0), "");
	ck_assert(strstr(warning(), withheld[_i].why));
	ck_assert_str_eq(rig.heard.last.warnings[0].identifier,
		"client-certificate-withheld");
	ck_assert(
		strstr(rig.heard.last.warnings[0].remedy, withheld[_i].advice));
}
END_TEST

static const struct {
	enum fetch_no_identity why;
	const char *words;
	bool warned; /* when the server does without */
} none[] = {
	{FETCH_IDENTITY_MISSING, ": it has none", false},
	{FETCH_IDENTITY_KEPT_BACK, "whoever named the setting server", true},
	{FETCH_IDENTITY_ELSEWHERE, "has the key of no phone", false},
};

START_TEST(without_an_identity_the_reason_is_the_daemons)
{
	without_identity(none[_i].why);
	ck_assert_str_eq(report(VERDICT_CLIENT_CERTIFICATE_REQUIRED,
				 FETCH_CLIENT_NONE, 0),
		"");
	ck_assert(strstr(rig.heard.last.reason, none[_i].words));
	ck_assert_str_eq(report(VERDICT_PROCESSED, FETCH_CLIENT_NONE, 0), "");
	ck_assert_int_eq(*warning() != 0, none[_i].warned);
}
END_TEST

START_TEST(a_refusal_names_the_certificate_that_was_sent)
{
	rig_get_job();
	ck_assert_str_eq(report(VERDICT_CLIENT_CERTIFICATE_REFUSED,
				 FETCH_CLIENT_SENT, 0),
		"");
	ck_assert(strstr(rig.heard.last.reason, "CN=Root, issued by CN=Root"));
	ck_assert_str_eq(
		report(VERDICT_HTTP_STATUS, FETCH_CLIENT_SENT, 403), "");
	ck_assert(strstr(rig.heard.last.reason, "showed the certificate CN="));
	ck_assert_str_eq(
		report(VERDICT_HTTP_STATUS, FETCH_CLIENT_SENT, 404), "");
	ck_assert(!strstr(rig.heard.last.reason, "showed"));
	ck_assert_str_eq(report(VERDICT_PROCESSED, FETCH_CLIENT_SENT, 0), "");
	ck_assert_str_eq(warning(), "");
}
END_TEST

START_TEST(an_at_sign_in_a_name_hides_nothing)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "a@b"}, rig.root);

	fetch_job_done(&rig.job);
	rig.job = FETCH_JOB_INIT;
	ck_assert_int_eq(
		fetch_job_add_identity(&rig.job, c->der.data, c->der.len), 0);
	rig_start();
	rig_get_job();
	ck_assert_str_eq(report(VERDICT_CLIENT_CERTIFICATE_REFUSED,
				 FETCH_CLIENT_SENT, 0),
		"");
	ck_assert(strstr(rig.heard.last.reason, "CN=a\\40b, issued by"));
	ck_assert(!strchr(rig.heard.last.reason, '@') ||
		strstr(rig.heard.last.reason, "***@"));
}
END_TEST

START_TEST(what_a_fetcher_cannot_have_done_is_a_violation)
{
	rig_get_job();
	ck_assert_str_eq(report(VERDICT_PROCESSED, FETCH_CLIENT_NONE, 0),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "clientCertificate");
	without_identity(FETCH_IDENTITY_MISSING);
	ck_assert_str_eq(report(VERDICT_PROCESSED, FETCH_CLIENT_SENT, 0),
		VARLINK_INVALID_PARAMETER);
	/* refused, without having been sent */
	without_identity(FETCH_IDENTITY_MISSING);
	ck_assert_str_eq(report(VERDICT_CLIENT_CERTIFICATE_REFUSED,
				 FETCH_CLIENT_NONE, 0),
		VARLINK_INVALID_PARAMETER);
}
END_TEST

TCase *fetch_client_tests(void);

TCase *fetch_client_tests(void)
{
	TCase *tc = tcase_create("fetch-client");

	tcase_add_checked_fixture(tc, rig_setup, rig_teardown);
	tcase_add_loop_test(tc,
		a_server_that_demands_one_is_told_with_why_none_was_sent, 0,
		(int)ARRAY_SIZE(withheld));
	tcase_add_loop_test(tc, one_that_does_without_is_a_warning, 0,
		(int)ARRAY_SIZE(withheld));
	tcase_add_loop_test(tc, without_an_identity_the_reason_is_the_daemons,
		0, (int)ARRAY_SIZE(none));
	tcase_add_test(tc, a_refusal_names_the_certificate_that_was_sent);
	tcase_add_test(tc, an_at_sign_in_a_name_hides_nothing);
	tcase_add_test(tc, what_a_fetcher_cannot_have_done_is_a_violation);
	return tc;
}
