/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-session.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/provisioning/fetch-claims.h"
#include "lib/trust/snapshot.h"
#include "lib/varlink/json-fields.h"
#include "lib/varlink/varlink.h"
#include "tests/unit/lib/provisioning/fetch-rig.h"
#include "tests/unit/runner.h"

/* --- documents --- */

START_TEST(a_broken_document_is_told_with_the_line_in_it)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportDocument",
				 rig_document(VERDICT_NOT_WELL_FORMED, 9)),
		"");
	rig_assert_outcome("not-well-formed", REDACTED_DOC, 9);
	ck_assert_int_eq(rig.heard.last.kind, OUTCOME_DOCUMENT);
	ck_assert(strstr(rig.heard.last.reason, "mismatched tag (column 7)"));
	ck_assert(!rig.heard.last.accepted);
}
END_TEST

/* What is kept of the last one is only for the same. */
START_TEST(each_element_is_told_with_its_own_document)
{
	static const char *const documents[][2] = {
		{SECRET_DOC, REDACTED_DOC},
		{SECRET_DOC, REDACTED_DOC},
		{"http://admin:secret@other.example.com/",
			"http://***@other.example.com/"},
		{SECRET_DOC, REDACTED_DOC},
		{DOC, DOC},
	};

	rig_get_job();
	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		const struct fetch_element element = {
			.document = documents[i][0],
			.line = (int64_t)i,
			.result = VERDICT_NOT_BASE64,
		};

		ck_assert_str_eq(rig_call("ReportElement",
					 fetch_element_encode(&element)),
			"");
		rig_assert_outcome("not-base64", documents[i][1], (int64_t)i);
	}
}
END_TEST

START_TEST(a_document_not_fetched_is_told_with_the_line_that_links_it)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportDocument",
				 rig_document(VERDICT_HTTP_STATUS, -1)),
		"");
	rig_assert_outcome(
		"http-status", "http://***@provisioning.example.com/", 3);
	ck_assert_str_eq(rig.heard.last.url, REDACTED_DOC);
	ck_assert_uint_eq(rig.heard.documents, 1);
}
END_TEST

START_TEST(a_document_has_no_more_bytes_than_one_may_have)
{
	cJSON *document = rig_document(VERDICT_HTTP_STATUS, -1);
	double most = (double)rig.job.limits.document_bytes;

	rig_get_job();
	cJSON_SetNumberHelper(
		cJSON_GetObjectItemCaseSensitive(document, "bytes"), most);
	ck_assert_str_eq(rig_call("ReportDocument", document), "");
	document = rig_document(VERDICT_HTTP_STATUS, -1);
	cJSON_SetNumberHelper(
		cJSON_GetObjectItemCaseSensitive(document, "bytes"), most + 1);
	ck_assert_str_eq(rig_call("ReportDocument", document),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "bytes");
	ck_assert_uint_eq(rig.heard.documents, 1);
}
END_TEST

static cJSON *first_file(const char *url, int64_t status)
{
	return fetch_document_encode(&(struct fetch_document){
		.url = url,
		.result = VERDICT_HTTP_STATUS,
		.reason = "HTTP status",
		.line = -1,
		.column = -1,
		.linked_line = -1,
		.server = {.status = status},
	});
}

static void report_first(const char *url, int64_t status)
{
	ck_assert_str_eq(
		rig_call("ReportDocument", first_file(url, status)), "");
}

static void two_first_files(void)
{
	static const char *const urls[] = {
		"http://h/a.xml", "http://h/a-M.xml"};

	while (rig.job.url_count < ARRAY_SIZE(urls))
		ck_assert_int_eq(
			fetch_job_add_url(&rig.job, urls[rig.job.url_count]),
			0);
	rig_go_to(FETCH_DOCUMENTS);
}

START_TEST(the_first_file_is_to_blame_when_none_is_there)
{
	two_first_files();
	report_first("http://h/a.xml", 404);
	ck_assert_uint_eq(rig.heard.outcomes, 0);
	report_first("http://h/a-M.xml", 410);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_str_eq(rig.heard.before.url, "http://h/a.xml");
	ck_assert_int_eq(rig.heard.before.verdict, VERDICT_HTTP_STATUS);
	ck_assert(!rig.heard.before.accepted);
	ck_assert_ptr_nonnull(
		strstr(rig.heard.before.reason, "any other file"));
	rig_assert_outcome("optional-absent", "http://h/a-M.xml", 0);
	ck_assert(rig.heard.last.accepted);
	ck_assert_ptr_null(rig.heard.last.remedy);
	ck_assert_ptr_nonnull(strstr(rig.heard.last.reason, "h:80"));
}
END_TEST

START_TEST(a_first_file_that_is_not_there_is_fine_when_the_other_is)
{
	two_first_files();
	report_first("http://h/a.xml", 404);
	report_first("http://h/a-M.xml", 500);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	ck_assert_str_eq(rig.heard.before.url, "http://h/a.xml");
	ck_assert_int_eq(rig.heard.before.verdict, VERDICT_OPTIONAL_ABSENT);
	rig_assert_outcome("http-status", "http://h/a-M.xml", 0);
	ck_assert_ptr_nonnull(
		strstr(rig.heard.last.remedy, "The fault is on the server"));
}
END_TEST

START_TEST(so_is_the_second_and_the_first_when_nothing_follows)
{
	two_first_files();
	report_first("http://h/a.xml", 500);
	report_first("http://h/a-M.xml", 404);
	rig_assert_outcome("optional-absent", "http://h/a-M.xml", 0);
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	two_first_files();
	report_first("http://h/a.xml", 404);
	ck_assert_int_eq(
		fetch_session_end(rig.session, VERDICT_CANCELLED, NULL), 0);
	rig_assert_outcome("optional-absent", "http://h/a.xml", 0);
}
END_TEST

START_TEST(only_a_busy_server_asks_to_wait)
{
	static const struct {
		int64_t status, seconds;
		const char *error;
	} table[] = {
		{503, 86400, ""},
		{429, 1, ""},
		{503, 86401, VARLINK_INVALID_PARAMETER},
		{503, -1, VARLINK_INVALID_PARAMETER},
		{500, 1, VARLINK_INVALID_PARAMETER},
		{0, 1, VARLINK_INVALID_PARAMETER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cJSON *m = first_file("http://h/a.xml", table[i].status);

		rig_go_to(FETCH_DOCUMENTS);
		cJSON_DeleteItemFromObjectCaseSensitive(m, "retryAfter");
		ck_assert_ptr_nonnull(cJSON_AddNumberToObject(
			m, "retryAfter", (double)table[i].seconds));
		ck_assert_str_eq(rig_call("ReportDocument", m), table[i].error);
	}
}
END_TEST

START_TEST(a_cause_of_another_verdict_is_refused)
{
	cJSON *m = first_file("http://h/a.xml", 500);

	rig_go_to(FETCH_DOCUMENTS);
	ck_assert_ptr_nonnull(cJSON_ReplaceItemInObjectCaseSensitive(
				      m, "cause", cJSON_CreateString("refused"))
			? m
			: NULL);
	ck_assert_str_eq(
		rig_call("ReportDocument", m), VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "cause");
}
END_TEST

/* --- claims --- */

START_TEST(a_fetcher_claims_only_what_it_can_know)
{
	static const enum verdict never[] = {VERDICT_ACCEPTED, VERDICT_PENDING,
		VERDICT_TRUSTED, VERDICT_EXCEPTION, VERDICT_NOT_VERIFIED,
		VERDICT_STORE_FULL, VERDICT_FETCHER_LOST, VERDICT_CANCELLED,
		VERDICT_BASE64_NOT_SUPPORTED, VERDICT_DIGEST_MISMATCH,
		VERDICT_UNAUTHENTICATED_SOURCE};

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		rig_go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(rig_call("ReportElement",
					 rig_element(never[i], CERT_URL)),
			VARLINK_INVALID_PARAMETER);
		ck_assert_str_eq(rig_reply_text("parameter"), "result");
		rig_go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(
			rig_call("ReportDocument", rig_document(never[i], -1)),
			VARLINK_INVALID_PARAMETER);
		rig_go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(rig_call("ReportPeer", rig_peer(never[i])),
			VARLINK_INVALID_PARAMETER);
		ck_assert_uint_eq(rig.heard.outcomes, 0);
		ck_assert_uint_eq(rig.heard.rejected, 0);
		ck_assert_uint_eq(rig.heard.violated, 1);
	}
	for (unsigned v = 0; v < VERDICT__END; v++)
		if (v != VERDICT_ALREADY_TRUSTED && v != VERDICT_PROCESSED &&
			verdict_is_positive((enum verdict)v))
			ck_assert(!fetch_may_claim(FETCH_CLAIM_DOCUMENT |
					FETCH_CLAIM_ELEMENT | FETCH_CLAIM_PEER,
				(enum verdict)v));
}
END_TEST

START_TEST(not_modified_counts_only_with_a_validator_of_the_job)
{
	char digest[SHA256_HEX_SIZE];

	ck_assert_int_eq(url_digest(CERT_URL, digest), 0);
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		rig_call("ReportElement",
			rig_element(VERDICT_ALREADY_TRUSTED, CERT_URL)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_int_eq(
		fetch_pairs_add(&rig.job.validators, "ff", VALIDATOR, 9), 0);
	ck_assert_int_eq(
		fetch_pairs_add(&rig.job.validators, digest, VALIDATOR, 9), 0);
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		rig_call("ReportElement",
			rig_element(VERDICT_ALREADY_TRUSTED, CERT_URL)),
		"");
	rig_assert_outcome("already-trusted", REDACTED_DOC, 34);
	ck_assert(rig.heard.last.accepted);
	ck_assert_str_eq(rig.heard.last.sha256, UNMODIFIED);
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_ALREADY_TRUSTED, NULL)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "url");
}
END_TEST

/* --- elements and certificates --- */

START_TEST(an_element_is_told_with_its_place_and_without_secrets)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_HTTP_STATUS,
					 "https://u:secret@h/ca.der")),
		"");
	rig_assert_outcome("http-status", REDACTED_DOC, 34);
	ck_assert_ptr_null(strstr(rig.heard.last.url, "secret"));
	ck_assert(strstr(rig.heard.last.reason, "***"));
}
END_TEST

/* What a fetcher says of markup, and where it is in the sentences. */
static const struct {
	enum verdict verdict;
	struct markup markup;
	const char *remedy;
} written[] = {
	{VERDICT_UNKNOWN_ELEMENT, {"<Cert>", NULL, "certificate"},
		"Write <certificate> instead of <Cert>."},
	{VERDICT_EMPTY, {"href=\"...\"", NULL, "url"},
		"Write url=\"...\" instead of href=\"...\"."},
	{VERDICT_EMPTY, {"<data>", NULL, "text"},
		"Write the base64 directly into <certificate> instead of "
		"<data>."},
	{VERDICT_TYPE_UNKNOWN, {"Type=\"...\"", NULL, "type"},
		"Write type=\"base64\" instead of Type=\"...\"."},
	{VERDICT_MISPLACED, {"<certificates>", "<tbook>", NULL},
		"Move <certificates> out of <tbook>."},
	{VERDICT_MISPLACED, {NULL, NULL, "certificates"},
		"Put <certificates> around it."},
	{VERDICT_UNKNOWN_ELEMENT, {"<\x1b>", NULL, "certificate"},
		"instead of <\\x1B>."},
};

START_TEST(a_remedy_says_what_to_write_instead_of_what)
{
	const struct fetch_element e = {.document = DOC,
		.line = 1,
		.result = written[_i].verdict,
		.markup = written[_i].markup};

	rig_get_job();
	ck_assert_str_eq(
		rig_call("ReportElement", fetch_element_encode(&e)), "");
	ck_assert_str_eq(outcome_result_name(&rig.heard.last),
		verdict_name(written[_i].verdict));
	ck_assert_msg(strstr(rig.heard.last.remedy, written[_i].remedy) != NULL,
		"%s", rig.heard.last.remedy);
}
END_TEST

/* A remedy is followed: no fetcher may word one. */
START_TEST(what_is_meant_is_one_of_a_few_names)
{
	const struct fetch_element e = {.document = DOC,
		.line = 1,
		.result = VERDICT_EMPTY,
		.markup = {"<a>", NULL, "rm -rf /"}};

	rig_get_job();
	ck_assert_str_eq(rig_call("ReportElement", fetch_element_encode(&e)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "meant");
}
END_TEST

START_TEST(markup_that_is_told_has_a_maximum)
{
	char *wrong = malloc(100001);
	const struct fetch_element e = {.document = DOC,
		.line = 1,
		.result = VERDICT_UNKNOWN_ELEMENT,
		.markup = {wrong, wrong, "file"}};

	ck_assert_ptr_nonnull(wrong);
	memset(wrong, 'x', 100000);
	wrong[100000] = '\0';
	rig_get_job();
	ck_assert_str_eq(
		rig_call("ReportElement", fetch_element_encode(&e)), "");
	free(wrong);
	ck_assert_uint_lt(strlen(rig.heard.last.remedy), 512);
	ck_assert_ptr_nonnull(strstr(rig.heard.last.remedy, "<file>"));
}
END_TEST

START_TEST(old_firmware_knows_no_base64_whatever_its_text)
{
	rig_use_firmware("8.9.3.40");
	rig_start();
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_NOT_BASE64, NULL)),
		"");
	rig_assert_outcome("base64-not-supported", REDACTED_DOC, 34);
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_BASE64)),
		"");
	rig_assert_outcome("base64-not-supported", REDACTED_DOC, 12);
	ck_assert_str_eq(rig_reply_text("result"), "base64-not-supported");
}
END_TEST

START_TEST(texts_are_cut_not_refused)
{
	char *reason = malloc(100001);
	struct fetch_element e = {.document = DOC,
		.line = 1,
		.result = VERDICT_TYPE_UNKNOWN,
		.reason = reason};

	ck_assert_ptr_nonnull(reason);
	memset(reason, 'x', 100000);
	reason[100000] = '\0';
	rig_get_job();
	ck_assert_str_eq(
		rig_call("ReportElement", fetch_element_encode(&e)), "");
	free(reason);
	ck_assert_uint_lt(strlen(rig.heard.last.reason), 1024);
}
END_TEST

START_TEST(a_good_certificate_is_accepted_told_and_validated)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	ck_assert(cJSON_IsTrue(
		cJSON_GetObjectItem(rig.reply.parameters, "good")));
	ck_assert_str_eq(rig_reply_text("result"), "accepted");
	rig_assert_outcome("accepted", REDACTED_DOC, 12);
	ck_assert_str_eq(rig.heard.last.url, CERT_URL);
	ck_assert(rig.heard.last.accepted);
	ck_assert_uint_eq(rig.heard.last.warning_count, 1);
	ck_assert_uint_eq(rig.heard.accepted, 1);
	ck_assert_uint_eq(rig.heard.validated, 1);
	/* the second time nothing changes but the validator may */
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	rig_assert_outcome("already-trusted", REDACTED_DOC, 12);
	ck_assert_uint_eq(rig.heard.accepted, 1);
	ck_assert_uint_eq(rig.heard.validated, 2);
}
END_TEST

/* The job's trust is as it was. */
START_TEST(the_trust_of_the_run_has_what_was_accepted)
{
	CLEANUP(trust_free) struct trust *now = NULL;
	const uint8_t *sha256 = rig.root->sha256;
	int fd = -1;

	rig_get_job();
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	ck_assert_str_eq(rig_call("GetTrust", NULL), "");
	ck_assert_uint_eq(rig.reply.fd_count, 1);
	fd = rig.reply.fds[0];
	ck_assert_int_eq(snapshot_open(fd, &now), 0);
	ck_assert_ptr_nonnull(anchors_find(now->anchors, sha256));
	ck_assert_ptr_null(anchors_find(rig.trust->anchors, sha256));
	fetch_reply_done(&rig.reply);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}
END_TEST

START_TEST(the_trust_of_the_run_is_asked_for_with_no_more_words)
{
	rig_get_job();
	ck_assert_str_eq(
		rig_call("GetTrust", rig_progress(FETCH_STAGE_DOWNLOADS)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(rig.reply.fd_count, 0);
}
END_TEST

/* The values of a query are hidden in the report, and still tell two
 * certificates apart. */
START_TEST(queries_are_hidden_and_are_part_of_the_url)
{
	char digest[SHA256_HEX_SIZE];

	ck_assert_int_eq(url_digest(CERT_URL "?key=one", digest), 0);
	ck_assert_int_eq(
		fetch_pairs_add(&rig.job.validators, digest, VALIDATOR, 9), 0);
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_ALREADY_TRUSTED,
					 CERT_URL "?key=two")),
		VARLINK_INVALID_PARAMETER);
	rig_go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_ALREADY_TRUSTED,
					 CERT_URL "?key=one")),
		"");
	ck_assert_str_eq(rig.heard.last.url, CERT_URL "?key=***");
	ck_assert_str_eq(
		rig_call("ReportElement",
			rig_element(VERDICT_HTTP_STATUS, CERT_URL "?key=two")),
		"");
	ck_assert_str_eq(rig.heard.last.url, CERT_URL "?key=***");
	ck_assert_ptr_null(strstr(rig.heard.last.reason, "two"));
	ck_assert_ptr_null(strstr(rig.heard.last.remedy, "two"));
}
END_TEST

START_TEST(a_variant_and_its_url_belong_together)
{
	struct candidate f = {.der = rig.root->der,
		.from = {.variant = CANDIDATE_URL, .document = DOC, .line = 1}};

	rig_go_to(FETCH_DOCUMENTS);
	ck_assert_str_eq(
		rig_call("OfferCertificate", fetch_candidate_encode(&f)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(rig_reply_text("parameter"), "url");
	f.from.variant = CANDIDATE_BASE64;
	f.from.url = CERT_URL;
	rig_go_to(FETCH_DOCUMENTS);
	ck_assert_str_eq(
		rig_call("OfferCertificate", fetch_candidate_encode(&f)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(rig.heard.accepted, 0);
}
END_TEST

START_TEST(what_no_header_can_carry_is_no_validator)
{
	struct candidate f = {.der = rig.root->der,
		.from = {.variant = CANDIDATE_URL,
			.document = DOC,
			.line = 1,
			.url = CERT_URL,
			.validator = "\"a\"\r\nX: y"}};

	rig_get_job();
	ck_assert_str_eq(
		rig_call("OfferCertificate", fetch_candidate_encode(&f)), "");
	ck_assert_uint_eq(rig.heard.accepted, 1);
	ck_assert_uint_eq(rig.heard.validated, 0);
}
END_TEST

START_TEST(a_duplicate_url_takes_the_first_ones_outcome)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_DUPLICATE_URL, CERT_URL)),
		"");
	ck_assert_uint_eq(rig.heard.outcomes, 0);
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	rig_assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(rig.heard.last.accepted);
	ck_assert(strstr(rig.heard.last.reason, "accepted"));
}
END_TEST

START_TEST(a_duplicate_of_one_that_waits_waits_with_it)
{
	rig_use_firmware("8.9.3.40");
	rig_start();
	rig_get_job();
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	ck_assert_str_eq(rig_reply_text("result"), "pending");
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_DUPLICATE_URL, CERT_URL)),
		"");
	ck_assert_uint_eq(rig.heard.outcomes, 0);
	ck_assert_str_eq(rig_call("Finish", rig_finish()), "");
	ck_assert_uint_eq(rig.heard.outcomes, 2);
	rig_assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(!rig.heard.last.accepted);
	ck_assert(strstr(rig.heard.last.reason, "issuer-not-trusted"));
}
END_TEST

/* --- settings --- */

START_TEST(a_setting_is_applied_once_and_then_unchanged)
{
	rig_get_job();
	ck_assert_str_eq(
		rig_call("OfferSetting",
			rig_setting("update_policy", "never_update", false)),
		"");
	ck_assert_str_eq(rig_reply_text("result"),
		setting_result_get(SETTING_APPLIED)->name);
	rig_assert_outcome(
		setting_result_get(SETTING_APPLIED)->name, REDACTED_DOC, 56);
	ck_assert_str_eq(rig.heard.last.name, "update_policy");
	ck_assert_str_eq(rig.heard.last.value, "never_update");
	ck_assert_str_eq(rig.heard.last.former, "settings_only");
	ck_assert_str_eq(rig.heard.last.reason,
		"update_policy is now \"never_update\"; it was its default, \"settings_only\".");
	ck_assert_uint_eq(rig.heard.applied, 1);
	(void)rig_call("OfferSetting",
		rig_setting("update_policy", "never_update", false));
	ck_assert_str_eq(rig_reply_text("result"),
		setting_result_get(SETTING_UNCHANGED)->name);
	ck_assert_uint_eq(rig.heard.applied, 1);
}
END_TEST

static const struct {
	enum bootstrap mode;
	bool was_authenticated;
	bool authenticated;
	enum setting_result result;
} sources[] = {
	{BOOTSTRAP_OPEN, true, false, SETTING_APPLIED},
	{BOOTSTRAP_UNTIL_AUTHENTICATED, false, false, SETTING_APPLIED},
	{BOOTSTRAP_UNTIL_AUTHENTICATED, true, false, SETTING_UNAUTHENTICATED},
	{BOOTSTRAP_UNTIL_AUTHENTICATED, true, true, SETTING_APPLIED},
	{BOOTSTRAP_PINNED, false, false, SETTING_UNAUTHENTICATED},
	{BOOTSTRAP_PINNED, false, true, SETTING_APPLIED},
};

static const struct {
	const char *name;
	const char *value;
} guarded[] = {
	{"check_fqdn_against_server_cert", "off"},
	{"setting_server", "http://elsewhere/"},
	{"update_policy", "never_update"},
	{"provisioning_order", "pnp:stop"},
	{"prov_back_off_timer", "604800"},
	{"settings_refresh_timer", "1"},
};

static const char *scope_after(const char *value)
{
	ck_assert_str_eq(rig_call("OfferSetting",
				 rig_setting("update_policy", value, true)),
		"");
	return rig_reply_text("scope");
}

START_TEST(a_setting_is_answered_with_what_the_run_may_fetch)
{
	rig_get_job();
	ck_assert_str_eq(scope_after("auto_update"), "all");
	ck_assert_str_eq(scope_after("\n never_update\n"), "first-documents");
	ck_assert_str_eq(scope_after("(not a value)"), "first-documents");
	ck_assert_str_eq(scope_after("auto_update"), "all");
}
END_TEST

START_TEST(a_setting_that_is_not_taken_lifts_nothing)
{
	struct setting_value *v = &rig.settings.values[SETTING_UPDATE_POLICY];

	rig_get_job();
	ck_assert_int_eq(string_replace(&v->value, "never_update"), 0);
	v->origin = SETTING_FROM_PROVISIONING;
	ck_assert_str_eq(scope_after("(not a value)"), "documents");
	v->origin = SETTING_FROM_ADMIN;
	ck_assert_str_eq(scope_after("auto_update"), "nothing");
}
END_TEST

START_TEST(a_setting_is_as_good_as_its_source)
{
	size_t source = (size_t)_i % ARRAY_SIZE(sources);
	size_t setting = (size_t)_i / ARRAY_SIZE(sources);

	rig.bootstrap.mode = sources[source].mode;
	rig.bootstrap.was_authenticated = sources[source].was_authenticated;
	rig_get_job();
	ck_assert_str_eq(rig_call("OfferSetting",
				 rig_setting(guarded[setting].name,
					 guarded[setting].value,
					 sources[source].authenticated)),
		"");
	rig_assert_outcome(setting_result_get(sources[source].result)->name,
		REDACTED_DOC, 56);
	ck_assert_int_eq(rig.heard.last.remedy != NULL,
		sources[source].result == SETTING_UNAUTHENTICATED);
}
END_TEST

/* The fetcher verifies by what was trusted when the run began. */
START_TEST(nothing_is_authenticated_once_more_is_distrusted)
{
	CLEANUP(trust_free) struct trust *now = NULL;

	rig.bootstrap.mode = BOOTSTRAP_PINNED;
	ck_assert_int_eq(trust_copy(rig.trust, &now), 0);
	rig_get_job();
	ck_assert_int_eq(fetch_session_follow_distrust(rig.session, now), 0);
	(void)rig_call("OfferSetting",
		rig_setting("setting_server", "https://here/", true));
	rig_assert_outcome(
		setting_result_get(SETTING_APPLIED)->name, REDACTED_DOC, 56);
	ck_assert_int_eq(trust_add_distrusted(
				 now, DISTRUST_CERTIFICATE, rig.root->sha256),
		0);
	ck_assert_int_eq(fetch_session_follow_distrust(rig.session, now), 0);
	(void)rig_call("OfferSetting",
		rig_setting("setting_server", "https://elsewhere/", true));
	rig_assert_outcome(setting_result_get(SETTING_UNAUTHENTICATED)->name,
		REDACTED_DOC, 56);
	ck_assert_uint_eq(rig.heard.applied, 1);
}
END_TEST

START_TEST(a_setting_nobody_knows_is_told_without_its_value)
{
	rig_get_job();
	ck_assert_str_eq(rig_call("OfferSetting",
				 rig_setting("user_pass\x01", "secret", false)),
		"");
	rig_assert_outcome(
		setting_result_get(SETTING_UNKNOWN)->name, REDACTED_DOC, 56);
	ck_assert_ptr_null(rig.heard.last.value);
	ck_assert_str_eq(rig.heard.last.name, "user_pass\\x01");
	ck_assert_uint_eq(rig.heard.applied, 0);
}
END_TEST

/* --- peers, progress, ends --- */

START_TEST(a_rejected_server_is_told_and_handed_on)
{
	rig_get_job();
	ck_assert_str_eq(
		rig_call("ReportPeer", rig_peer(VERDICT_NAME_MISMATCH)), "");
	rig_assert_outcome("name-mismatch", NULL, 0);
	ck_assert_int_eq(rig.heard.last.kind, OUTCOME_PEER);
	ck_assert_str_eq(rig.heard.last.name, "provisioning.example.com");
	ck_assert_str_eq(rig.heard.last.subject, "CN=Root");
	ck_assert_uint_eq(rig.heard.rejected, 1);
}
END_TEST

static cJSON *peer_of(const char *url)
{
	struct bytes chain[1] = {rig.root->der};

	return fetch_peer_encode(&(struct fetch_peer){
		.chain = {chain, 1},
		.host = "provisioning.example.com",
		.result = VERDICT_ISSUER_NOT_TRUSTED,
		.url = url,
		.asked = url,
		.document = "http://h/a.xml",
		.line = 7,
	});
}

static void assert_remedy_has(const char *words)
{
	ck_assert_msg(strstr(rig.heard.last.remedy, words), "%s, not %s",
		rig.heard.last.remedy, words);
}

START_TEST(what_comes_too_late_for_a_server_is_told_on_both_rows)
{
	static const char url[] = "https://h/other.der";
	const struct warning_words *w = NULL;

	rig.trust->policy.verification = VERIFICATION_ON;
	rig_start();
	rig_get_job();
	ck_assert_str_eq(rig_call("ReportPeer", peer_of(url)), "");
	rig_assert_outcome("issuer-not-trusted", "http://h/a.xml", 7);
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_TLS_REJECTED, url)),
		"");
	assert_remedy_has("counts for this server from the next run on");
	ck_assert_str_eq(rig_call("OfferCertificate",
				 rig_certificate(rig.root, CANDIDATE_URL)),
		"");
	rig_assert_outcome("accepted", REDACTED_DOC, 12);
	ck_assert_uint_eq(rig.heard.last.warning_count, 2);
	w = &rig.heard.last.warnings[1];
	ck_assert_str_eq(w->identifier, "accepted-late");
	ck_assert_ptr_nonnull(strstr(w->sentence, "provisioning.example.com"));
	ck_assert_ptr_nonnull(strstr(w->sentence, "from the next run on"));
	ck_assert_str_eq(w->remedy,
		"As <certificate type=\"base64\"> in an earlier document it would "
		"have counted in this run; to use it now: certprovctl "
		"provision");
	ck_assert_str_eq(rig_call("ReportElement",
				 rig_element(VERDICT_TLS_REJECTED, url)),
		"");
	assert_remedy_has("has been accepted in this run, but after this");
	ck_assert_ptr_null(strstr(rig.heard.last.remedy, "Publish"));
}
END_TEST

START_TEST(progress_never_passes_its_total)
{
	rig_get_job();
	ck_assert_str_eq(
		rig_call("Progress", rig_progress(FETCH_STAGE_DOCUMENTS)), "");
	ck_assert_int_eq(rig.heard.progress.done, 3);
	ck_assert_int_eq(rig.heard.progress.total, 3);
}
END_TEST

static void distrust(struct trust *t, enum distrust_kind kind, uint8_t first)
{
	const uint8_t sha256[SHA256_BYTES] = {first};

	ck_assert_int_eq(trust_add_distrusted(t, kind, sha256), 0);
}

static void assert_progress_tells(size_t count)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted d = {0};

	ck_assert_str_eq(
		rig_call("Progress", rig_progress(FETCH_STAGE_DOCUMENTS)), "");
	ck_assert_int_eq(fetch_distrusted_decode(rig.reply.parameters, &d), 0);
	ck_assert_uint_eq(d.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_gt(d.entries[i].sha256[0], 1);
}

START_TEST(progress_tells_once_what_was_distrusted_since_the_job)
{
	CLEANUP(trust_free) struct trust *now = NULL;

	distrust(rig.trust, DISTRUST_CERTIFICATE, 1);
	ck_assert_int_eq(trust_copy(rig.trust, &now), 0);
	rig_start();
	rig_get_job();
	assert_progress_tells(0);
	distrust(now, DISTRUST_CERTIFICATE, 2);
	ck_assert_int_eq(fetch_session_follow_distrust(rig.session, now), 0);
	distrust(now, DISTRUST_PUBLIC_KEY, 2);
	ck_assert_int_eq(fetch_session_follow_distrust(rig.session, now), 0);
	ck_assert_int_eq(fetch_session_follow_distrust(rig.session, now), 0);
	assert_progress_tells(2);
	assert_progress_tells(0);
}
END_TEST

TCase *fetch_handlers_tests(void);

TCase *fetch_handlers_tests(void)
{
	TCase *tc = tcase_create("fetch-handlers");

	tcase_add_test(tc, a_setting_is_answered_with_what_the_run_may_fetch);
	tcase_add_test(tc, a_setting_that_is_not_taken_lifts_nothing);
	tcase_add_checked_fixture(tc, rig_setup, rig_teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_broken_document_is_told_with_the_line_in_it);
	tcase_add_test(
		tc, a_document_not_fetched_is_told_with_the_line_that_links_it);
	tcase_add_test(tc, a_document_has_no_more_bytes_than_one_may_have);
	tcase_add_test(tc, a_fetcher_claims_only_what_it_can_know);
	tcase_add_test(
		tc, not_modified_counts_only_with_a_validator_of_the_job);
	tcase_add_test(
		tc, an_element_is_told_with_its_place_and_without_secrets);
	tcase_add_loop_test(tc, a_remedy_says_what_to_write_instead_of_what, 0,
		(int)ARRAY_SIZE(written));
	tcase_add_test(tc, what_is_meant_is_one_of_a_few_names);
	tcase_add_test(tc, markup_that_is_told_has_a_maximum);
	tcase_add_test(tc, old_firmware_knows_no_base64_whatever_its_text);
	tcase_add_test(tc, each_element_is_told_with_its_own_document);
	tcase_add_test(tc, texts_are_cut_not_refused);
	tcase_add_test(tc, a_good_certificate_is_accepted_told_and_validated);
	tcase_add_test(tc, the_trust_of_the_run_has_what_was_accepted);
	tcase_add_test(
		tc, the_trust_of_the_run_is_asked_for_with_no_more_words);
	tcase_add_test(tc, queries_are_hidden_and_are_part_of_the_url);
	tcase_add_test(tc, a_variant_and_its_url_belong_together);
	tcase_add_test(tc, what_no_header_can_carry_is_no_validator);
	tcase_add_test(tc, a_duplicate_url_takes_the_first_ones_outcome);
	tcase_add_test(tc, a_duplicate_of_one_that_waits_waits_with_it);
	tcase_add_test(tc, a_setting_is_applied_once_and_then_unchanged);
	tcase_add_loop_test(tc, a_setting_is_as_good_as_its_source, 0,
		(int)(ARRAY_SIZE(sources) * ARRAY_SIZE(guarded)));
	tcase_add_test(tc, nothing_is_authenticated_once_more_is_distrusted);
	tcase_add_test(tc, a_setting_nobody_knows_is_told_without_its_value);
	tcase_add_test(tc, a_rejected_server_is_told_and_handed_on);
	tcase_add_test(tc, the_first_file_is_to_blame_when_none_is_there);
	tcase_add_test(
		tc, a_first_file_that_is_not_there_is_fine_when_the_other_is);
	tcase_add_test(tc, so_is_the_second_and_the_first_when_nothing_follows);
	tcase_add_test(tc, only_a_busy_server_asks_to_wait);
	tcase_add_test(tc, a_cause_of_another_verdict_is_refused);
	tcase_add_test(
		tc, what_comes_too_late_for_a_server_is_told_on_both_rows);
	tcase_add_test(tc, progress_never_passes_its_total);
	tcase_add_test(
		tc, progress_tells_once_what_was_distrusted_since_the_job);
	return tc;
}
