/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink.h"
#include "tests/unit/lib/provisioning/fetch-rig.h"
#include "tests/unit/runner.h"

/* --- phases --- */

START_TEST(each_call_in_each_phase_is_permitted_or_not_now)
{
	static const enum fetch_phase phases[] = {FETCH_STARTING,
		FETCH_DOCUMENTS, FETCH_DOWNLOADING, FETCH_FINISHED};
	struct fetch_call_row row = {0};
	size_t rows = 0;

	for (; fetch_session_row(rig.session, rows, &row); rows++)
		for (size_t p = 0; p < ARRAY_SIZE(phases); p++) {
			bool allowed = row.allowed & (unsigned)phases[p];
			const char *error = NULL;
			size_t before = 0;

			rig_go_to(phases[p]);
			before = rig.heard.outcomes;
			error = rig_call(row.name, rig_parameters_of(row.name));
			ck_assert_msg((strcmp(error, NOT_NOW) != 0) == allowed,
				"%s in %s: %s", row.name,
				fetch_phase_name(phases[p]), error);
			if (allowed)
				continue;
			ck_assert_str_eq(rig_reply_text("phase"),
				fetch_phase_name(phases[p]));
			ck_assert_uint_eq(rig.heard.violated, 1);
			ck_assert_uint_eq(rig.heard.outcomes, before);
			ck_assert(fetch_session_violated(rig.session));
		}
	ck_assert_uint_eq(rows, 11);
}
END_TEST

START_TEST(a_job_is_given_once_with_its_descriptors)
{
	rig_get_job();
	ck_assert_uint_eq(rig.reply.fd_count, 1);
	ck_assert_int_eq(rig.reply.fds[0], 42);
	ck_assert_ptr_nonnull(
		cJSON_GetObjectItem(rig.reply.parameters, "limits"));
	ck_assert_int_eq(fetch_session_phase(rig.session), FETCH_DOCUMENTS);
	ck_assert_str_eq(rig_call("GetJob", NULL), NOT_NOW);
	ck_assert_ptr_null(cJSON_GetObjectItem(rig.reply.parameters, "limits"));
}
END_TEST

START_TEST(the_first_url_certificate_ends_the_documents)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	ck_assert_int_eq(fetch_session_phase(rig.session), FETCH_DOWNLOADING);
	ck_assert_str_eq(
		rig_call("ReportDocument", rig_document(VERDICT_PROCESSED, -1)),
		NOT_NOW);
}
END_TEST

START_TEST(no_base64_after_the_documents)
{
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_BASE64)),
		NOT_NOW);
	ck_assert_uint_eq(rig.heard.accepted, 0);
}
END_TEST

START_TEST(no_progress_of_documents_after_the_documents)
{
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		rig_call("Progress", rig_progress(FETCH_STAGE_DOCUMENTS)),
		NOT_NOW);
}
END_TEST

START_TEST(after_a_violation_nothing_is_heard_any_more)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("Install", NULL), VARLINK_METHOD_NOT_FOUND);
	ck_assert_str_eq(rig_reply_text("method"), "io.certprov.fetch.Install");
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_BASE64)),
		NOT_NOW);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), NOT_NOW);
	ck_assert_uint_eq(rig.heard.accepted, 0);
	ck_assert_uint_eq(rig.heard.finished, 0);
	ck_assert_uint_eq(rig.heard.violated, 1);
	ck_assert_str_eq(rig.heard.violation, "an unknown call");
}
END_TEST

/* --- signing --- */

START_TEST(a_digest_is_signed_by_whoever_has_the_key)
{
	rig_get_job();
	ck_assert_str_eq(
		rig_call("Sign", rig_signing(SCHEME, SHA256_BYTES)), "");
	ck_assert_str_eq(rig_reply_text("signature"), "c2lnbmVk");
	ck_assert_str_eq(rig.heard.signed_with, SCHEME);
	ck_assert_uint_eq(rig.heard.violated, 0);
}
END_TEST

START_TEST(without_an_identity_in_its_job_a_fetcher_may_not_sign)
{
	fetch_job_done(&rig.job);
	rig.job = FETCH_JOB_INIT;
	rig_start();
	rig_get_job();
	ck_assert_str_eq(
		rig_call("Sign", rig_signing(SCHEME, SHA256_BYTES)), NOT_NOW);
	ck_assert_uint_eq(rig.heard.violated, 1);
	ck_assert_uint_eq(rig.heard.signatures, 0);
}
END_TEST

static const struct {
	int error; /* of the key */
	size_t digest_len;
	const char *field;
} unsignable[] = {
	{-EOPNOTSUPP, SHA256_BYTES, "scheme"},
	{-EINVAL, SHA256_BYTES - 1, "digest"},
	{0, 65, "digest"}, /* longer than any */
};

START_TEST(what_the_key_cannot_sign_is_a_violation)
{
	rig.cannot_sign = unsignable[_i].error;
	rig_get_job();
	ck_assert_str_eq(
		rig_call(
			"Sign", rig_signing(SCHEME, unsignable[_i].digest_len)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), unsignable[_i].field);
	ck_assert_uint_eq(rig.heard.violated, 1);
	ck_assert_uint_eq(rig.heard.signatures, 0);
}
END_TEST

START_TEST(a_key_that_is_gone_is_no_violation)
{
	rig.cannot_sign = -ENODATA;
	rig_get_job();
	ck_assert_str_eq(rig_call("Sign", rig_signing(SCHEME, SHA256_BYTES)),
		"io.certprov.fetch.NoIdentity");
	ck_assert_uint_eq(rig.heard.violated, 0);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), "");
}
END_TEST

/* --- limits --- */

static void assert_limit(const char *error, const char *limit, int maximum)
{
	ck_assert_str_eq(error, LIMIT);
	ck_assert_str_eq(rig_reply_text("limit"), limit);
	ck_assert_int_eq((int)cJSON_GetNumberValue(cJSON_GetObjectItem(
				 rig.reply.parameters, "maximum")),
		maximum);
	ck_assert_uint_eq(rig.heard.violated, 1);
}

START_TEST(one_certificate_more_than_the_limit_is_refused)
{
	rig.job.limits.certificates = 3;
	rig_start();
	rig_get_job();
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(
			rig_call("OfferCertificate",
				rig_certificate(rig.root, CANDIDATE_BASE64)),
			"");
	assert_limit(rig_call("OfferCertificate",
			     rig_certificate(rig.root, CANDIDATE_BASE64)),
		"certificates", 3);
	ck_assert_uint_eq(rig.heard.outcomes, 3);
}
END_TEST

START_TEST(one_element_more_than_the_limit_is_refused)
{
	rig.job.limits.certificates = 3;
	rig.job.limits.documents = 2;
	rig_start();
	rig_get_job();
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(rig_call("ReportElement",
					 rig_element(VERDICT_EMPTY, NULL)),
			"");
	assert_limit(
		rig_call("ReportElement", rig_element(VERDICT_EMPTY, NULL)),
		"elements", 5);
}
END_TEST

START_TEST(one_document_read_more_than_the_limit_is_refused)
{
	rig.job.limits.documents = 2;
	rig_start();
	rig_get_job();
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(rig_call("ReportDocument",
					 rig_document(VERDICT_PROCESSED, -1)),
			"");
	/* what was not read is reported beyond it */
	ck_assert_str_eq(rig_call("ReportDocument",
				 rig_document(VERDICT_LIMIT_EXCEEDED, -1)),
		"");
	assert_limit(
		rig_call("ReportDocument", rig_document(VERDICT_PROCESSED, -1)),
		"documents", 2);
	ck_assert_uint_eq(rig.heard.documents, 3);
}
END_TEST

static const struct {
	const char *method;
	const char *limit;
	int maximum;
} fixed[] = {
	{"ReportDocument", "document-reports", FETCH_MAX_DOCUMENT_REPORTS},
	{"OfferSetting", "settings", FETCH_MAX_SETTINGS},
	{"ReportPeer", "peers", FETCH_MAX_PEERS},
	{"ReportServer", "servers", FETCH_MAX_SERVERS},
	{"Sign", "signatures", FETCH_MAX_SIGNATURES},
	{"GetTrust", "trusts", FETCH_MAX_TRUSTS},
	{"Progress", "progress", 2 * (256 + 20000) + FETCH_PROGRESS_SPARE},
};

static cJSON *again_of(const char *method)
{
	if (strcmp(method, "ReportDocument") == 0)
		return rig_document(VERDICT_TIMEOUT, -1);
	return rig_parameters_of(method);
}

START_TEST(one_call_more_than_its_row_permits_is_refused)
{
	CLEANUP(json_free) cJSON *p = again_of(fixed[_i].method);
	int n = fixed[_i].maximum;

	rig_get_job();
	for (int i = 0; i <= n; i++) {
		fetch_reply_done(&rig.reply);
		ck_assert_int_eq(fetch_session_call(rig.session,
					 fixed[_i].method, p, &rig.reply),
			0);
		ck_assert_int_eq(i < n,
			!rig.reply.error ||
				strcmp(rig.reply.error, LIMIT) != 0);
	}
	assert_limit(rig.reply.error, fixed[_i].limit, n);
}
END_TEST

/* --- ends --- */

START_TEST(finish_decides_what_waits_and_is_the_end)
{
	rig_use_firmware("8.9.3.40");
	rig_start();
	rig_get_job();
	(void)rig_call(
		"OfferCertificate", rig_certificate(rig.root, CANDIDATE_URL));
	ck_assert_uint_eq(
		candidates_pending(fetch_session_candidates(rig.session)), 1);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), "");
	rig_assert_outcome("issuer-not-trusted", REDACTED_DOC, 12);
	ck_assert_uint_eq(rig.heard.finished, 1);
	ck_assert_int_eq(rig.heard.result, FETCH_COMPLETE);
	ck_assert_int_eq(
		fetch_session_end(rig.session, VERDICT_FETCHER_LOST, NULL), 0);
	ck_assert_uint_eq(rig.heard.outcomes, 1);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), NOT_NOW);
	ck_assert_uint_eq(rig.heard.finished, 1);
}
END_TEST

START_TEST(a_fetcher_that_goes_leaves_nothing_pending)
{
	rig_use_firmware("8.9.3.40");
	rig_start();
	rig_get_job();
	(void)rig_call(
		"OfferCertificate", rig_certificate(rig.root, CANDIDATE_URL));
	(void)rig_call(
		"ReportElement", rig_element(VERDICT_DUPLICATE_URL, CERT_URL));
	ck_assert_int_eq(
		fetch_session_end(rig.session, VERDICT_FETCHER_LOST, NULL), 0);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	rig_assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(strstr(rig.heard.last.reason, "fetcher-lost"));
	ck_assert_uint_eq(rig.heard.finished, 0);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), NOT_NOW);
}
END_TEST

/* More calls may have been sent before the first one was answered: they are
 * allowed, and come to nothing. */
START_TEST(a_listener_that_fails_ends_the_run)
{
	CLEANUP(json_free)
	cJSON *p = rig_certificate(rig.root, CANDIDATE_BASE64);

	rig_get_job();
	for (int i = 0; i < 3; i++) {
		rig.heard.fail = i == 0 ? -ENOSPC : 0;
		fetch_reply_done(&rig.reply);
		ck_assert_int_eq(fetch_session_call(rig.session,
					 "OfferCertificate", p, &rig.reply),
			-ENOSPC);
	}
	ck_assert_uint_eq(rig.heard.outcomes, 1);
	ck_assert_uint_eq(rig.heard.accepted, 0);
	ck_assert_uint_eq(rig.heard.violated, 0);
	ck_assert(!fetch_session_violated(rig.session));
	ck_assert_int_eq(fetch_session_phase(rig.session), FETCH_FINISHED);
}
END_TEST

/* One waits; its issuer is accepted and wakes it. Neither can be kept, and
 * neither is left out of the report. */
START_TEST(what_a_listener_cannot_keep_is_told_with_all_that_rests_on_it)
{
	const struct pki_cert *issuer = pki_root("Root");
	const struct pki_cert *middle = pki_make(
		&(struct pki_spec){.cn = "Middle", .ca = true}, issuer);
	const struct pki_cert *waits =
		pki_make(&(struct pki_spec){.cn = "Waits", .ca = true}, middle);
	CLEANUP(json_free) cJSON *p = rig_certificate(middle, CANDIDATE_URL);

	ck_assert_int_eq(anchors_add(rig.trust->anchors, issuer->der.data,
				 issuer->der.len, ANCHOR_AUTHORITY),
		0);
	rig_use_firmware("8.9.3.40");
	rig_start();
	rig_get_job();
	(void)rig_call(
		"OfferCertificate", rig_certificate(waits, CANDIDATE_URL));
	ck_assert_uint_eq(
		candidates_pending(fetch_session_candidates(rig.session)), 1);
	rig.heard.fail = -ENOSPC;
	fetch_reply_done(&rig.reply);
	ck_assert_int_eq(fetch_session_call(rig.session, "OfferCertificate", p,
				 &rig.reply),
		-ENOSPC);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	rig.heard.fail = 0;
	ck_assert_int_eq(fetch_session_call(rig.session, "OfferCertificate", p,
				 &rig.reply),
		-ENOSPC);
	ck_assert_int_eq(
		fetch_session_end(rig.session, VERDICT_FETCHER_LOST, NULL), 0);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_uint_eq(rig.heard.accepted, 0);
}
END_TEST

TCase *fetch_calls_tests(void);

TCase *fetch_calls_tests(void)
{
	TCase *tc = tcase_create("fetch-calls");

	tcase_add_checked_fixture(tc, rig_setup, rig_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_call_in_each_phase_is_permitted_or_not_now);
	tcase_add_test(tc, a_job_is_given_once_with_its_descriptors);
	tcase_add_test(tc, the_first_url_certificate_ends_the_documents);
	tcase_add_test(tc, no_base64_after_the_documents);
	tcase_add_test(tc, no_progress_of_documents_after_the_documents);
	tcase_add_test(tc, after_a_violation_nothing_is_heard_any_more);
	tcase_add_test(tc, a_digest_is_signed_by_whoever_has_the_key);
	tcase_add_test(
		tc, without_an_identity_in_its_job_a_fetcher_may_not_sign);
	tcase_add_loop_test(tc, what_the_key_cannot_sign_is_a_violation, 0,
		(int)ARRAY_SIZE(unsignable));
	tcase_add_test(tc, a_key_that_is_gone_is_no_violation);
	tcase_add_test(tc, one_certificate_more_than_the_limit_is_refused);
	tcase_add_test(tc, one_element_more_than_the_limit_is_refused);
	tcase_add_test(tc, one_document_read_more_than_the_limit_is_refused);
	tcase_add_loop_test(tc, one_call_more_than_its_row_permits_is_refused,
		0, (int)ARRAY_SIZE(fixed));
	tcase_add_test(tc, finish_decides_what_waits_and_is_the_end);
	tcase_add_test(tc, a_fetcher_that_goes_leaves_nothing_pending);
	tcase_add_test(tc, a_listener_that_fails_ends_the_run);
	tcase_add_test(tc,
		what_a_listener_cannot_keep_is_told_with_all_that_rests_on_it);
	return tc;
}
