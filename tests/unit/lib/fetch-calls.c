/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fetch-calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fetch-claims.h"
#include "lib/json-fields.h"
#include "lib/url.h"
#include "lib/varlink.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define DOC "http://provisioning.example.com/certs.xml"
#define SECRET_DOC "http://admin:secret@provisioning.example.com/certs.xml"
#define CERT_URL "http://provisioning.example.com/ca.der"
#define NOT_NOW "io.certprov.fetch.NotNow"
#define LIMIT "io.certprov.fetch.LimitExceeded"
#define VALIDATOR "\"v1\""

static struct trust *trust;
static struct bootstrap_policy bootstrap;
static struct settings settings;
static struct fetch_limits limits;
static struct fetch_job job;
static struct fetch_session *session;
static struct fetch_reply reply;
static const struct pki_cert *root;

/* What the owner heard. */
static struct heard {
	struct outcome last;
	size_t outcomes;
	size_t accepted;
	size_t applied;
	size_t documents;
	size_t rejected;
	size_t validated;
	size_t finished;
	size_t violated;
	size_t jobs;
	struct fetch_progress progress;
	enum fetch_result result;
	char violation[128];
	int fail; /* what the owner returns */
} heard;

static int on_get_job(void *userdata, const struct fetch_job **ret,
	int ret_fds[FETCH_JOB_MAX_FDS], size_t *ret_fd_count)
{
	ck_assert_ptr_eq(userdata, &heard);
	heard.jobs++;
	*ret = &job;
	ret_fds[0] = 42;
	*ret_fd_count = 1;
	return heard.fail;
}

static int on_accepted(
	void *userdata, const struct certificate *c, const struct offer *offer)
{
	ck_assert_ptr_eq(userdata, &heard);
	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_nonnull(offer->document);
	heard.accepted += heard.fail == 0;
	return heard.fail;
}

static int on_applied(
	void *userdata, enum setting_id id, const struct fetch_setting *f)
{
	ck_assert_ptr_eq(userdata, &heard);
	ck_assert_str_eq(setting_get(id)->name, f->name);
	heard.applied++;
	return heard.fail;
}

static int on_decided(void *userdata, const struct outcome *outcome)
{
	ck_assert_ptr_eq(userdata, &heard);
	outcome_done(&heard.last);
	ck_assert_int_eq(outcome_copy(outcome, &heard.last), 0);
	heard.outcomes++;
	return heard.fail;
}

static int on_document(void *userdata, const struct fetch_document *d)
{
	ck_assert_ptr_eq(userdata, &heard);
	ck_assert_ptr_nonnull(d->url);
	heard.documents++;
	return heard.fail;
}

static int on_rejected(void *userdata, const struct fetch_peer *p)
{
	ck_assert_ptr_eq(userdata, &heard);
	ck_assert_uint_gt(p->chain_count, 0);
	heard.rejected++;
	return heard.fail;
}

static int on_validated(void *userdata, const char *url_sha256,
	const char *validator, const char *sha256)
{
	char expected[SHA256_HEX_SIZE];

	ck_assert_ptr_eq(userdata, &heard);
	ck_assert_int_eq(url_digest(CERT_URL, expected), 0);
	ck_assert_str_eq(url_sha256, expected);
	ck_assert_str_eq(validator, VALIDATOR);
	ck_assert_uint_eq(strlen(sha256), SHA256_HEX_SIZE - 1);
	heard.validated++;
	return heard.fail;
}

static int on_progress(void *userdata, const struct fetch_progress *p)
{
	ck_assert_ptr_eq(userdata, &heard);
	heard.progress = *p;
	return heard.fail;
}

static int on_finished(void *userdata, enum fetch_result result)
{
	ck_assert_ptr_eq(userdata, &heard);
	heard.finished++;
	heard.result = result;
	return heard.fail;
}

static void on_violated(void *userdata, const char *what)
{
	ck_assert_ptr_eq(userdata, &heard);
	heard.violated++;
	(void)snprintf(heard.violation, sizeof(heard.violation), "%s", what);
}

static const struct fetch_owner owner = {
	.get_job = on_get_job,
	.accepted = on_accepted,
	.applied = on_applied,
	.decided = on_decided,
	.document = on_document,
	.rejected = on_rejected,
	.validated = on_validated,
	.progress = on_progress,
	.finished = on_finished,
	.violated = on_violated,
};

static void start(void)
{
	struct fetch_session_config config = {
		.judge = {.trust = trust,
			.bootstrap = &bootstrap,
			.servers_max = 4096,
			.now = PKI_NOW},
		.limits = limits,
		.settings = &settings,
		.owner = &owner,
		.userdata = &heard,
		.source_authenticated = true,
	};

	session = fetch_session_free(session);
	outcome_done(&heard.last);
	heard = (struct heard){.result = FETCH_RESULT__END};
	ck_assert_int_eq(fetch_session_new(&config, &session), 0);
}

static void use_firmware(const char *text)
{
	ck_assert_int_eq(firmware_parse(text, &trust->policy.firmware), 0);
}

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	use_firmware("10.1.33.33");
	bootstrap = (struct bootstrap_policy){0};
	limits = FETCH_LIMITS_DEFAULT;
	job = FETCH_JOB_INIT;
	root = pki_root("Root");
	start();
}

static void teardown(void)
{
	fetch_reply_done(&reply);
	session = fetch_session_free(session);
	outcome_done(&heard.last);
	settings_done(&settings);
	fetch_job_done(&job);
	trust = trust_free(trust);
	pki_free_all();
}

/* Takes the parameters; the error or "". */
static const char *call(const char *method, cJSON *parameters)
{
	CLEANUP(json_free) cJSON *owned = parameters;

	fetch_reply_done(&reply);
	ck_assert_int_eq(fetch_session_call(session, method, owned, &reply), 0);
	return reply.error ? reply.error : "";
}

static const char *reply_text(const char *member)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItem(reply.parameters, member));

	return text ? text : "";
}

static void get_job(void)
{
	ck_assert_str_eq(call("GetJob", NULL), "");
}

static cJSON *certificate(const struct pki_cert *c, enum candidate_variant v)
{
	return fetch_certificate_encode(&(struct fetch_certificate){
		.der = c->der,
		.variant = v,
		.document = SECRET_DOC,
		.line = 12,
		.url = v == CANDIDATE_URL ? CERT_URL : NULL,
		.validator = v == CANDIDATE_URL ? VALIDATOR : NULL,
	});
}

static cJSON *element(enum verdict result, const char *url)
{
	return fetch_element_encode(&(struct fetch_element){
		.document = SECRET_DOC,
		.line = 34,
		.url = url,
		.result = result,
		.reason = "seen at http://u:secret@h/ \x1b[1m",
	});
}

static cJSON *document(enum verdict result, int64_t line)
{
	return fetch_document_encode(&(struct fetch_document){
		.url = SECRET_DOC,
		.bytes = 5,
		.result = result,
		.reason = "mismatched tag",
		.line = line,
		.column = line > 0 ? 7 : -1,
		.linked_from = "http://u:secret@provisioning.example.com/",
		.linked_line = 3,
	});
}

static cJSON *setting(const char *name, const char *value, bool authenticated)
{
	return fetch_setting_encode(&(struct fetch_setting){
		.name = name,
		.index = -1,
		.value = value,
		.document = SECRET_DOC,
		.line = 56,
		.authenticated = authenticated,
	});
}

static cJSON *peer(enum verdict result)
{
	struct bytes chain[1] = {root->der};

	return fetch_peer_encode(&(struct fetch_peer){
		.chain = chain,
		.chain_count = 1,
		.host = "provisioning.example.com",
		.result = result,
	});
}

static cJSON *progress(enum fetch_stage stage)
{
	return fetch_progress_encode(&(struct fetch_progress){stage, 3, 2});
}

static cJSON *finish(void)
{
	return fetch_finish_encode(&(struct fetch_finish){FETCH_COMPLETE});
}

/* The last outcome: identifier and place, and nothing secret anywhere. */
static void assert_outcome(const char *result, const char *where, int64_t line)
{
	ck_assert_str_eq(heard.last.result, result);
	if (where)
		ck_assert_str_eq(heard.last.document, where);
	else
		ck_assert_ptr_null(heard.last.document);
	ck_assert_int_eq(heard.last.line, line);
	ck_assert_ptr_null(strstr(heard.last.reason, "secret"));
	ck_assert_ptr_null(strchr(heard.last.reason, '\x1b'));
	ck_assert_ptr_null(strstr(
		heard.last.document ? heard.last.document : "", "secret"));
}

#define REDACTED_DOC "http://***@provisioning.example.com/certs.xml"

/* --- phases -----------------------------------------------------------------
 */

/* Well-formed parameters of each row, so that only the phase is wrong. */
static cJSON *parameters_of(const char *name)
{
	static const char *const names[] = {"ReportDocument",
		"OfferCertificate", "ReportElement", "OfferSetting",
		"ReportPeer", "Progress", "Finish"};
	cJSON *all[] = {
		document(VERDICT_PROCESSED, -1),
		certificate(root, CANDIDATE_URL),
		element(VERDICT_EMPTY, NULL),
		setting("update_policy", "auto_update", false),
		peer(VERDICT_EXPIRED),
		progress(FETCH_STAGE_DOWNLOADS),
		finish(),
	};
	cJSON *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (strcmp(names[i], name) == 0)
			found = all[i];
		else
			json_free(all[i]);
	}
	return found;
}

static void go_to(enum fetch_phase phase)
{
	start();
	if (phase == FETCH_STARTING)
		return;
	get_job();
	if (phase == FETCH_DOWNLOADING)
		ck_assert_str_eq(
			call("Progress", progress(FETCH_STAGE_DOWNLOADS)), "");
	if (phase == FETCH_FINISHED)
		ck_assert_str_eq(call("Finish", finish()), "");
	ck_assert_int_eq(fetch_session_phase(session), phase);
}

START_TEST(each_call_in_each_phase_is_permitted_or_not_now)
{
	static const enum fetch_phase phases[] = {FETCH_STARTING,
		FETCH_DOCUMENTS, FETCH_DOWNLOADING, FETCH_FINISHED};
	struct fetch_call_row row = {0};
	size_t rows = 0;

	for (; fetch_session_row(session, rows, &row); rows++)
		for (size_t p = 0; p < ARRAY_SIZE(phases); p++) {
			bool allowed = row.allowed & (unsigned)phases[p];
			const char *error = NULL;
			size_t before = 0;

			go_to(phases[p]);
			before = heard.outcomes;
			error = call(row.name, parameters_of(row.name));
			ck_assert_msg((strcmp(error, NOT_NOW) != 0) == allowed,
				"%s in %s: %s", row.name,
				fetch_phase_name(phases[p]), error);
			if (allowed)
				continue;
			ck_assert_str_eq(reply_text("phase"),
				fetch_phase_name(phases[p]));
			ck_assert_uint_eq(heard.violated, 1);
			ck_assert_uint_eq(heard.outcomes, before);
			ck_assert(fetch_session_violated(session));
		}
	ck_assert_uint_eq(rows, 9);
}
END_TEST

START_TEST(a_job_is_given_once_with_its_descriptors)
{
	get_job();
	ck_assert_uint_eq(reply.fd_count, 1);
	ck_assert_int_eq(reply.fds[0], 42);
	ck_assert_ptr_nonnull(cJSON_GetObjectItem(reply.parameters, "limits"));
	ck_assert_int_eq(fetch_session_phase(session), FETCH_DOCUMENTS);
	ck_assert_str_eq(call("GetJob", NULL), NOT_NOW);
	ck_assert_ptr_null(cJSON_GetObjectItem(reply.parameters, "limits"));
	ck_assert_uint_eq(heard.jobs, 1);
}
END_TEST

START_TEST(the_first_url_certificate_ends_the_documents)
{
	get_job();
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_URL)), "");
	ck_assert_int_eq(fetch_session_phase(session), FETCH_DOWNLOADING);
	ck_assert_str_eq(
		call("ReportDocument", document(VERDICT_PROCESSED, -1)),
		NOT_NOW);
}
END_TEST

START_TEST(no_base64_after_the_documents)
{
	go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_BASE64)),
		NOT_NOW);
	ck_assert_uint_eq(heard.accepted, 0);
}
END_TEST

START_TEST(no_progress_of_documents_after_the_documents)
{
	go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		call("Progress", progress(FETCH_STAGE_DOCUMENTS)), NOT_NOW);
}
END_TEST

START_TEST(after_a_violation_nothing_is_heard_any_more)
{
	get_job();
	ck_assert_str_eq(call("Install", NULL), VARLINK_METHOD_NOT_FOUND);
	ck_assert_str_eq(reply_text("method"), "io.certprov.fetch.Install");
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_BASE64)),
		NOT_NOW);
	ck_assert_str_eq(call("Finish", finish()), NOT_NOW);
	ck_assert_uint_eq(heard.accepted, 0);
	ck_assert_uint_eq(heard.finished, 0);
	ck_assert_uint_eq(heard.violated, 1);
	ck_assert_str_eq(heard.violation, "a call that is in no table");
}
END_TEST

START_TEST(signing_is_not_there_yet_and_asking_is_no_violation)
{
	get_job();
	ck_assert_str_eq(call("Sign", NULL), VARLINK_METHOD_NOT_IMPLEMENTED);
	ck_assert_uint_eq(heard.violated, 0);
	ck_assert_str_eq(call("Finish", finish()), "");
}
END_TEST

/* --- limits -----------------------------------------------------------------
 */

static void assert_limit(const char *error, const char *limit, int maximum)
{
	ck_assert_str_eq(error, LIMIT);
	ck_assert_str_eq(reply_text("limit"), limit);
	ck_assert_int_eq((int)cJSON_GetNumberValue(cJSON_GetObjectItem(
				 reply.parameters, "maximum")),
		maximum);
	ck_assert_uint_eq(heard.violated, 1);
}

START_TEST(one_certificate_more_than_the_limit_is_refused)
{
	limits.certificates = 3;
	start();
	get_job();
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(call("OfferCertificate",
					 certificate(root, CANDIDATE_BASE64)),
			"");
	assert_limit(
		call("OfferCertificate", certificate(root, CANDIDATE_BASE64)),
		"certificates", 3);
	ck_assert_uint_eq(heard.outcomes, 3);
}
END_TEST

START_TEST(one_element_more_than_the_limit_is_refused)
{
	limits.certificates = 3;
	limits.documents = 2;
	start();
	get_job();
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(
			call("ReportElement", element(VERDICT_EMPTY, NULL)),
			"");
	assert_limit(call("ReportElement", element(VERDICT_EMPTY, NULL)),
		"elements", 5);
}
END_TEST

START_TEST(one_document_read_more_than_the_limit_is_refused)
{
	limits.documents = 2;
	start();
	get_job();
	for (int i = 0; i < 2; i++)
		ck_assert_str_eq(
			call("ReportDocument", document(VERDICT_PROCESSED, -1)),
			"");
	/* what was not read is reported beyond it */
	ck_assert_str_eq(
		call("ReportDocument", document(VERDICT_LIMIT_EXCEEDED, -1)),
		"");
	assert_limit(call("ReportDocument", document(VERDICT_PROCESSED, -1)),
		"documents", 2);
	ck_assert_uint_eq(heard.documents, 3);
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
	{"Sign", "signatures", FETCH_MAX_SIGNATURES},
	{"Progress", "progress", FETCH_MAX_PROGRESS},
};

static cJSON *again_of(const char *method)
{
	if (strcmp(method, "ReportDocument") == 0)
		return document(VERDICT_TIMEOUT, -1);
	return parameters_of(method);
}

START_TEST(one_call_more_than_its_row_permits_is_refused)
{
	CLEANUP(json_free) cJSON *p = again_of(fixed[_i].method);
	int n = fixed[_i].maximum;

	get_job();
	for (int i = 0; i <= n; i++) {
		fetch_reply_done(&reply);
		ck_assert_int_eq(fetch_session_call(
					 session, fixed[_i].method, p, &reply),
			0);
		ck_assert_int_eq(
			i < n, !reply.error || strcmp(reply.error, LIMIT) != 0);
	}
	assert_limit(reply.error, fixed[_i].limit, n);
}
END_TEST

/* --- documents --------------------------------------------------------------
 */

START_TEST(a_broken_document_is_told_with_the_line_in_it)
{
	get_job();
	ck_assert_str_eq(
		call("ReportDocument", document(VERDICT_NOT_WELL_FORMED, 9)),
		"");
	assert_outcome("not-well-formed", REDACTED_DOC, 9);
	ck_assert_int_eq(heard.last.kind, OUTCOME_DOCUMENT);
	ck_assert(strstr(heard.last.reason, "mismatched tag (column 7)"));
	ck_assert(!heard.last.accepted);
}
END_TEST

START_TEST(a_document_not_fetched_is_told_with_the_line_that_links_it)
{
	get_job();
	ck_assert_str_eq(
		call("ReportDocument", document(VERDICT_HTTP_STATUS, -1)), "");
	assert_outcome(
		"http-status", "http://***@provisioning.example.com/", 3);
	ck_assert_str_eq(heard.last.url, REDACTED_DOC);
	ck_assert_uint_eq(heard.documents, 1);
}
END_TEST

/* --- claims -----------------------------------------------------------------
 */

START_TEST(a_fetcher_claims_only_what_it_can_know)
{
	static const enum verdict never[] = {VERDICT_ACCEPTED, VERDICT_PENDING,
		VERDICT_TRUSTED, VERDICT_EXCEPTION, VERDICT_NOT_VERIFIED,
		VERDICT_STORE_FULL, VERDICT_FETCHER_LOST, VERDICT_CANCELLED,
		VERDICT_BASE64_NOT_SUPPORTED, VERDICT_DIGEST_MISMATCH,
		VERDICT_UNAUTHENTICATED_SOURCE};

	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(
			call("ReportElement", element(never[i], CERT_URL)),
			VARLINK_INVALID_PARAMETER);
		ck_assert_str_eq(reply_text("parameter"), "result");
		go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(call("ReportDocument", document(never[i], -1)),
			VARLINK_INVALID_PARAMETER);
		go_to(FETCH_DOCUMENTS);
		ck_assert_str_eq(call("ReportPeer", peer(never[i])),
			VARLINK_INVALID_PARAMETER);
		ck_assert_uint_eq(heard.outcomes, 0);
		ck_assert_uint_eq(heard.rejected, 0);
		ck_assert_uint_eq(heard.violated, 1);
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
	go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(call("ReportElement",
				 element(VERDICT_ALREADY_TRUSTED, CERT_URL)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_int_eq(
		fetch_pairs_add(&job.validators, "ff", VALIDATOR, 9), 0);
	ck_assert_int_eq(
		fetch_pairs_add(&job.validators, digest, VALIDATOR, 9), 0);
	go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(call("ReportElement",
				 element(VERDICT_ALREADY_TRUSTED, CERT_URL)),
		"");
	assert_outcome("already-trusted", REDACTED_DOC, 34);
	ck_assert(heard.last.accepted);
	go_to(FETCH_DOWNLOADING);
	ck_assert_str_eq(
		call("ReportElement", element(VERDICT_ALREADY_TRUSTED, NULL)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(reply_text("parameter"), "url");
}
END_TEST

/* --- elements and certificates ----------------------------------------------
 */

START_TEST(an_element_is_told_with_its_place_and_without_secrets)
{
	get_job();
	ck_assert_str_eq(call("ReportElement",
				 element(VERDICT_HTTP_STATUS,
					 "https://u:secret@h/ca.der")),
		"");
	assert_outcome("http-status", REDACTED_DOC, 34);
	ck_assert_ptr_null(strstr(heard.last.url, "secret"));
	ck_assert(strstr(heard.last.reason, "***"));
}
END_TEST

START_TEST(old_firmware_knows_no_base64_whatever_its_text)
{
	use_firmware("8.9.3.40");
	start();
	get_job();
	ck_assert_str_eq(
		call("ReportElement", element(VERDICT_NOT_BASE64, NULL)), "");
	assert_outcome("base64-not-supported", REDACTED_DOC, 34);
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_BASE64)),
		"");
	assert_outcome("base64-not-supported", REDACTED_DOC, 12);
	ck_assert_str_eq(reply_text("result"), "base64-not-supported");
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
	get_job();
	ck_assert_str_eq(call("ReportElement", fetch_element_encode(&e)), "");
	free(reason);
	ck_assert_uint_lt(strlen(heard.last.reason), 1024);
}
END_TEST

START_TEST(a_good_certificate_is_accepted_told_and_validated)
{
	get_job();
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_URL)), "");
	ck_assert(cJSON_IsTrue(cJSON_GetObjectItem(reply.parameters, "good")));
	ck_assert_str_eq(reply_text("result"), "accepted");
	assert_outcome("accepted", REDACTED_DOC, 12);
	ck_assert_str_eq(heard.last.url, CERT_URL);
	ck_assert(heard.last.accepted);
	ck_assert_uint_eq(heard.last.warning_count, 1);
	ck_assert_uint_eq(heard.accepted, 1);
	ck_assert_uint_eq(heard.validated, 1);
	/* the second time nothing changes but the validator may */
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_URL)), "");
	assert_outcome("already-trusted", REDACTED_DOC, 12);
	ck_assert_uint_eq(heard.accepted, 1);
	ck_assert_uint_eq(heard.validated, 2);
}
END_TEST

START_TEST(a_variant_and_its_url_belong_together)
{
	struct fetch_certificate f = {.der = root->der,
		.variant = CANDIDATE_URL,
		.document = DOC,
		.line = 1};

	go_to(FETCH_DOCUMENTS);
	ck_assert_str_eq(call("OfferCertificate", fetch_certificate_encode(&f)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(reply_text("parameter"), "url");
	f.variant = CANDIDATE_BASE64;
	f.url = CERT_URL;
	go_to(FETCH_DOCUMENTS);
	ck_assert_str_eq(call("OfferCertificate", fetch_certificate_encode(&f)),
		VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(heard.accepted, 0);
}
END_TEST

START_TEST(what_no_header_can_carry_is_no_validator)
{
	struct fetch_certificate f = {.der = root->der,
		.variant = CANDIDATE_URL,
		.document = DOC,
		.line = 1,
		.url = CERT_URL,
		.validator = "\"a\"\r\nX: y"};

	get_job();
	ck_assert_str_eq(
		call("OfferCertificate", fetch_certificate_encode(&f)), "");
	ck_assert_uint_eq(heard.accepted, 1);
	ck_assert_uint_eq(heard.validated, 0);
}
END_TEST

START_TEST(a_duplicate_url_takes_the_first_ones_outcome)
{
	get_job();
	ck_assert_str_eq(
		call("ReportElement", element(VERDICT_DUPLICATE_URL, CERT_URL)),
		"");
	ck_assert_uint_eq(heard.outcomes, 0);
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_URL)), "");
	ck_assert_uint_eq(heard.outcomes, 2);
	assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(heard.last.accepted);
	ck_assert(strstr(heard.last.reason, "accepted"));
}
END_TEST

START_TEST(a_duplicate_of_one_that_waits_waits_with_it)
{
	use_firmware("8.9.3.40");
	start();
	get_job();
	ck_assert_str_eq(
		call("OfferCertificate", certificate(root, CANDIDATE_URL)), "");
	ck_assert_str_eq(reply_text("result"), "pending");
	ck_assert_str_eq(
		call("ReportElement", element(VERDICT_DUPLICATE_URL, CERT_URL)),
		"");
	ck_assert_uint_eq(heard.outcomes, 0);
	ck_assert_str_eq(call("Finish", finish()), "");
	ck_assert_uint_eq(heard.outcomes, 2);
	assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(!heard.last.accepted);
	ck_assert(strstr(heard.last.reason, "issuer-not-trusted"));
}
END_TEST

/* --- settings ---------------------------------------------------------------
 */

START_TEST(a_setting_is_applied_once_and_then_unchanged)
{
	get_job();
	ck_assert_str_eq(
		call("OfferSetting",
			setting("update_policy", "never_update", false)),
		"");
	ck_assert_str_eq(reply_text("result"),
		setting_result_get(SETTING_APPLIED)->name);
	assert_outcome(
		setting_result_get(SETTING_APPLIED)->name, REDACTED_DOC, 56);
	ck_assert_str_eq(heard.last.name, "update_policy");
	ck_assert_uint_eq(heard.applied, 1);
	(void)call("OfferSetting",
		setting("update_policy", "never_update", false));
	ck_assert_str_eq(reply_text("result"),
		setting_result_get(SETTING_UNCHANGED)->name);
	ck_assert_uint_eq(heard.applied, 1);
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

START_TEST(a_trust_setting_is_as_good_as_its_source)
{
	bootstrap.mode = sources[_i].mode;
	bootstrap.was_authenticated = sources[_i].was_authenticated;
	get_job();
	ck_assert_str_eq(call("OfferSetting",
				 setting("check_fqdn_against_server_cert",
					 "off", sources[_i].authenticated)),
		"");
	assert_outcome(
		setting_result_get(sources[_i].result)->name, REDACTED_DOC, 56);
}
END_TEST

START_TEST(a_setting_nobody_knows_is_told_without_its_value)
{
	get_job();
	ck_assert_str_eq(
		call("OfferSetting", setting("user_pass\x01", "secret", false)),
		"");
	assert_outcome(
		setting_result_get(SETTING_UNKNOWN)->name, REDACTED_DOC, 56);
	ck_assert_str_eq(heard.last.name, "user_pass\\x01");
	ck_assert_uint_eq(heard.applied, 0);
}
END_TEST

/* --- peers, progress, ends ---------------------------------------------------
 */

START_TEST(a_rejected_server_is_told_and_handed_on)
{
	get_job();
	ck_assert_str_eq(call("ReportPeer", peer(VERDICT_NAME_MISMATCH)), "");
	assert_outcome("name-mismatch", NULL, 0);
	ck_assert_int_eq(heard.last.kind, OUTCOME_PEER);
	ck_assert_str_eq(heard.last.name, "provisioning.example.com");
	ck_assert_str_eq(heard.last.subject, "CN=Root");
	ck_assert_uint_eq(heard.rejected, 1);
}
END_TEST

START_TEST(progress_never_passes_its_total)
{
	get_job();
	ck_assert_str_eq(call("Progress", progress(FETCH_STAGE_DOCUMENTS)), "");
	ck_assert_int_eq(heard.progress.done, 3);
	ck_assert_int_eq(heard.progress.total, 3);
}
END_TEST

START_TEST(finish_decides_what_waits_and_is_the_end)
{
	use_firmware("8.9.3.40");
	start();
	get_job();
	(void)call("OfferCertificate", certificate(root, CANDIDATE_URL));
	ck_assert_uint_eq(
		candidates_pending(fetch_session_candidates(session)), 1);
	ck_assert_str_eq(call("Finish", finish()), "");
	assert_outcome("issuer-not-trusted", REDACTED_DOC, 12);
	ck_assert_uint_eq(heard.finished, 1);
	ck_assert_int_eq(heard.result, FETCH_COMPLETE);
	ck_assert_int_eq(
		fetch_session_end(session, VERDICT_FETCHER_LOST, NULL), 0);
	ck_assert_uint_eq(heard.outcomes, 1);
	ck_assert_str_eq(call("Finish", finish()), NOT_NOW);
	ck_assert_uint_eq(heard.finished, 1);
}
END_TEST

START_TEST(a_fetcher_that_goes_leaves_nothing_pending)
{
	use_firmware("8.9.3.40");
	start();
	get_job();
	(void)call("OfferCertificate", certificate(root, CANDIDATE_URL));
	(void)call("ReportElement", element(VERDICT_DUPLICATE_URL, CERT_URL));
	ck_assert_int_eq(
		fetch_session_end(session, VERDICT_FETCHER_LOST, NULL), 0);
	ck_assert_uint_eq(heard.outcomes, 2);
	assert_outcome("duplicate-url", REDACTED_DOC, 34);
	ck_assert(strstr(heard.last.reason, "fetcher-lost"));
	ck_assert_uint_eq(heard.finished, 0);
	ck_assert_str_eq(call("Finish", finish()), NOT_NOW);
}
END_TEST

START_TEST(an_owner_that_fails_ends_the_run)
{
	CLEANUP(json_free) cJSON *p = certificate(root, CANDIDATE_BASE64);

	get_job();
	heard.fail = -ENOSPC;
	fetch_reply_done(&reply);
	ck_assert_int_eq(
		fetch_session_call(session, "OfferCertificate", p, &reply),
		-ENOSPC);
	ck_assert_uint_eq(heard.accepted, 0);
	heard.fail = 0;
	ck_assert_str_eq(call("Finish", finish()), NOT_NOW);
}
END_TEST

TCase *fetch_calls_tests(void);

TCase *fetch_calls_tests(void)
{
	TCase *tc = tcase_create("fetch-calls");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, each_call_in_each_phase_is_permitted_or_not_now);
	tcase_add_test(tc, a_job_is_given_once_with_its_descriptors);
	tcase_add_test(tc, the_first_url_certificate_ends_the_documents);
	tcase_add_test(tc, no_base64_after_the_documents);
	tcase_add_test(tc, no_progress_of_documents_after_the_documents);
	tcase_add_test(tc, after_a_violation_nothing_is_heard_any_more);
	tcase_add_test(tc, signing_is_not_there_yet_and_asking_is_no_violation);
	tcase_add_test(tc, one_certificate_more_than_the_limit_is_refused);
	tcase_add_test(tc, one_element_more_than_the_limit_is_refused);
	tcase_add_test(tc, one_document_read_more_than_the_limit_is_refused);
	tcase_add_loop_test(tc, one_call_more_than_its_row_permits_is_refused,
		0, (int)ARRAY_SIZE(fixed));
	tcase_add_test(tc, a_broken_document_is_told_with_the_line_in_it);
	tcase_add_test(
		tc, a_document_not_fetched_is_told_with_the_line_that_links_it);
	tcase_add_test(tc, a_fetcher_claims_only_what_it_can_know);
	tcase_add_test(
		tc, not_modified_counts_only_with_a_validator_of_the_job);
	tcase_add_test(
		tc, an_element_is_told_with_its_place_and_without_secrets);
	tcase_add_test(tc, old_firmware_knows_no_base64_whatever_its_text);
	tcase_add_test(tc, texts_are_cut_not_refused);
	tcase_add_test(tc, a_good_certificate_is_accepted_told_and_validated);
	tcase_add_test(tc, a_variant_and_its_url_belong_together);
	tcase_add_test(tc, what_no_header_can_carry_is_no_validator);
	tcase_add_test(tc, a_duplicate_url_takes_the_first_ones_outcome);
	tcase_add_test(tc, a_duplicate_of_one_that_waits_waits_with_it);
	tcase_add_test(tc, a_setting_is_applied_once_and_then_unchanged);
	tcase_add_loop_test(tc, a_trust_setting_is_as_good_as_its_source, 0,
		(int)ARRAY_SIZE(sources));
	tcase_add_test(tc, a_setting_nobody_knows_is_told_without_its_value);
	tcase_add_test(tc, a_rejected_server_is_told_and_handed_on);
	tcase_add_test(tc, progress_never_passes_its_total);
	tcase_add_test(tc, finish_decides_what_waits_and_is_the_end);
	tcase_add_test(tc, a_fetcher_that_goes_leaves_nothing_pending);
	tcase_add_test(tc, an_owner_that_fails_ends_the_run);
	return tc;
}
