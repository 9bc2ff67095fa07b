/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/provisioning/fetch-rig.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/net/url.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/contract.h"

struct rig rig;

/* What would be asked for conditionally the next time. */
static void hear_validator(const struct decision *d)
{
	char hex[SHA256_HEX_SIZE];
	uint8_t expected[SHA256_BYTES];

	if (!d->from.validator || !d->outcome.accepted)
		return;
	ck_assert_int_eq(url_digest(CERT_URL, hex), 0);
	ck_assert_int_eq(hex_parse(hex, expected, SHA256_BYTES), 0);
	ck_assert_mem_eq(d->from.url_sha256, expected, SHA256_BYTES);
	ck_assert_str_eq(d->from.validator, VALIDATOR);
	ck_assert_ptr_nonnull(d->certificate);
	rig.heard.validated++;
}

static void hear_setting(const struct decision *d)
{
	ck_assert_str_eq(setting_get(d->setting)->name, d->outcome.name);
	ck_assert_ptr_nonnull(d->value.value);
	rig.heard.applied++;
}

static void hear_change(const struct decision *d)
{
	if (d->outcome.kind == OUTCOME_SETTING) {
		hear_setting(d);
		return;
	}
	ck_assert_uint_ne(d->lists, 0);
	ck_assert_ptr_nonnull(d->certificate);
	ck_assert_ptr_nonnull(d->from.document);
	rig.heard.accepted++;
}

static int on_decided(void *userdata, struct decision *d)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	rig.heard.outcomes++;
	if (rig.heard.fail < 0)
		return rig.heard.fail;
	if (decision_is_change(d))
		hear_change(d);
	hear_validator(d);
	outcome_done(&rig.heard.before);
	rig.heard.before = TAKE_OBJECT(rig.heard.last);
	rig.heard.last = TAKE_OBJECT(d->outcome);
	return 0;
}

static int on_document(void *userdata, const struct fetch_document *d)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	ck_assert_ptr_nonnull(d->url);
	rig.heard.documents++;
	return rig.heard.fail;
}

static int on_rejected(void *userdata, const struct fetch_peer *p)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	ck_assert_uint_gt(p->chain.count, 0);
	rig.heard.rejected++;
	return rig.heard.fail;
}

static int on_progress(void *userdata, const struct fetch_progress *p)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	rig.heard.progress = *p;
	return rig.heard.fail;
}

static int on_finished(void *userdata, enum fetch_result result)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	rig.heard.finished++;
	rig.heard.result = result;
	return rig.heard.fail;
}

static void on_violated(void *userdata, const char *what)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	rig.heard.violated++;
	(void)snprintf(
		rig.heard.violation, sizeof(rig.heard.violation), "%s", what);
}

static const struct run_listener listener = {
	.decided = on_decided,
	.document = on_document,
	.rejected = on_rejected,
	.progress = on_progress,
	.finished = on_finished,
	.violated = on_violated,
};

static int on_sign(
	void *userdata, const struct fetch_signing *what, struct bytes *ret)
{
	ck_assert_ptr_eq(userdata, &rig.heard);
	if (rig.cannot_sign < 0)
		return rig.cannot_sign;
	(void)snprintf(rig.heard.signed_with, sizeof(rig.heard.signed_with),
		"%s", what->scheme);
	rig.heard.signatures++;
	return bytes_copy("signed", 6, ret);
}

/* What CERT_URL delivered before. */
static void add_delivered(void)
{
	char digest[SHA256_HEX_SIZE];

	ck_assert_int_eq(url_digest(CERT_URL, digest), 0);
	ck_assert_int_eq(
		fetch_pairs_add(&rig.delivered, digest, UNMODIFIED, 1), 0);
}

void rig_start(void)
{
	struct fetch_session_config config = {
		.judge = {.trust = rig.trust,
			.bootstrap = &rig.bootstrap,
			.servers_max = 4096,
			.now = PKI_NOW},
		.settings = &rig.settings,
		.job = &rig.job,
		.fds = {42, -1},
		.fd_count = 1,
		.delivered = &rig.delivered,
		.listener = &listener,
		.userdata = &rig.heard,
		.source_authenticated = true,
		.sign = rig.job.identity_count > 0 ? on_sign : NULL,
		.no_identity = rig.no_identity,
	};

	rig.session = fetch_session_free(rig.session);
	outcome_done(&rig.heard.before);
	outcome_done(&rig.heard.last);
	rig.heard = (struct rig_heard){.result = FETCH_RESULT__END};
	ck_assert_int_eq(fetch_session_new(&config, &rig.session), 0);
}

void rig_use_firmware(const char *text)
{
	ck_assert_int_eq(firmware_parse(text, &rig.trust->policy.firmware), 0);
}

void rig_setup(void)
{
	ck_assert_int_eq(trust_new(&rig.trust), 0);
	rig_use_firmware("10.1.33.33");
	rig.bootstrap = (struct bootstrap_policy){0};
	rig.job = FETCH_JOB_INIT;
	add_delivered();
	rig.root = pki_root("Root");
	rig.cannot_sign = 0;
	rig.no_identity = FETCH_IDENTITY_MISSING;
	ck_assert_int_eq(fetch_job_add_identity(&rig.job, rig.root->der.data,
				 rig.root->der.len),
		0);
	rig_start();
}

void rig_teardown(void)
{
	fetch_reply_done(&rig.reply);
	rig.session = fetch_session_free(rig.session);
	outcome_done(&rig.heard.last);
	settings_done(&rig.settings);
	fetch_job_done(&rig.job);
	fetch_pairs_done(&rig.delivered);
	rig.trust = trust_free(rig.trust);
	pki_free_all();
}

static void check_contract(const char *method, const cJSON *parameters)
{
	CLEANUP(free) char *name = NULL;

	ck_assert_int_eq(
		string_format(&name, "io.certprov.fetch.%s", method), 0);
	if (rig.reply.error) {
		ASSERT_CONTRACT(contract_error(
			name, rig.reply.error, rig.reply.parameters));
		return;
	}
	ASSERT_CONTRACT(contract_reply(name, rig.reply.parameters));
	ASSERT_CONTRACT(contract_call(name, parameters));
}

cJSON *rig_signing(const char *scheme, size_t digest_len)
{
	uint8_t digest[128] = {0};

	ck_assert_uint_le(digest_len, sizeof(digest));
	return fetch_signing_encode(
		&(struct fetch_signing){scheme, {digest, digest_len}});
}

/* Takes the parameters; the error or "". */
const char *rig_call(const char *method, cJSON *parameters)
{
	CLEANUP(json_free) cJSON *owned = parameters;

	fetch_reply_done(&rig.reply);
	ck_assert_int_eq(
		fetch_session_call(rig.session, method, owned, &rig.reply), 0);
	check_contract(method, owned);
	return rig.reply.error ? rig.reply.error : "";
}

const char *rig_reply_text(const char *member)
{
	const char *text = cJSON_GetStringValue(
		cJSON_GetObjectItem(rig.reply.parameters, member));

	return text ? text : "";
}

void rig_get_job(void)
{
	ck_assert_str_eq(rig_call("GetJob", NULL), "");
}

cJSON *rig_certificate(const struct pki_cert *c, enum candidate_variant v)
{
	return fetch_candidate_encode(&(struct candidate){
		.der = c->der,
		.from = {.variant = v,
			.document = SECRET_DOC,
			.line = 12,
			.url = v == CANDIDATE_URL ? CERT_URL : NULL,
			.validator = v == CANDIDATE_URL ? VALIDATOR : NULL},
	});
}

cJSON *rig_element(enum verdict result, const char *url)
{
	return fetch_element_encode(&(struct fetch_element){
		.document = SECRET_DOC,
		.line = 34,
		.url = url,
		.result = result,
		.reason = "seen at http://u:secret@h/ \x1b[1m",
	});
}

cJSON *rig_document(enum verdict result, int64_t line)
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

cJSON *rig_setting(const char *name, const char *value, bool authenticated)
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

cJSON *rig_peer(enum verdict result)
{
	struct bytes chain[1] = {rig.root->der};

	return fetch_peer_encode(&(struct fetch_peer){
		.chain = {chain, 1},
		.host = "provisioning.example.com",
		.result = result,
	});
}

cJSON *rig_server(const char *host, const struct pki_cert *c)
{
	struct bytes chain[1] = {c->der};

	return fetch_guarded_encode(&(struct fetch_guarded){
		.chain = {chain, 1},
		.host = host,
	});
}

cJSON *rig_progress(enum fetch_stage stage)
{
	return fetch_progress_encode(&(struct fetch_progress){stage, 3, 2});
}

cJSON *rig_finish(void)
{
	return fetch_finish_encode(
		&(struct fetch_finish){.result = FETCH_COMPLETE});
}

/* The last outcome: identifier and place, and nothing secret anywhere. */
void rig_assert_outcome(const char *result, const char *where, int64_t line)
{
	ck_assert_str_eq(outcome_result_name(&rig.heard.last), result);
	if (where)
		ck_assert_str_eq(rig.heard.last.document, where);
	else
		ck_assert_ptr_null(rig.heard.last.document);
	ck_assert_int_eq(rig.heard.last.line, line);
	ck_assert_ptr_null(strstr(rig.heard.last.reason, "secret"));
	ck_assert_ptr_null(strchr(rig.heard.last.reason, '\x1b'));
	ck_assert_ptr_null(
		strstr(rig.heard.last.document ? rig.heard.last.document : "",
			"secret"));
}

/* Well-formed parameters of each row, so that only the phase is wrong. */
cJSON *rig_parameters_of(const char *name)
{
	static const char *const names[] = {"ReportDocument",
		"OfferCertificate", "ReportElement", "OfferSetting",
		"ReportPeer", "ReportServer", "Sign", "Progress", "Finish"};
	cJSON *all[] = {
		rig_document(VERDICT_PROCESSED, -1),
		rig_certificate(rig.root, CANDIDATE_URL),
		rig_element(VERDICT_EMPTY, NULL),
		rig_setting("update_policy", "auto_update", false),
		rig_peer(VERDICT_EXPIRED),
		rig_server("provisioning.example.com", rig.root),
		rig_signing(SCHEME, SHA256_BYTES),
		rig_progress(FETCH_STAGE_DOWNLOADS),
		rig_finish(),
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

void rig_go_to(enum fetch_phase phase)
{
	rig_start();
	if (phase == FETCH_STARTING)
		return;
	rig_get_job();
	if (phase == FETCH_DOWNLOADING)
		ck_assert_str_eq(rig_call("Progress",
					 rig_progress(FETCH_STAGE_DOWNLOADS)),
			"");
	if (phase == FETCH_FINISHED)
		ck_assert_str_eq(rig_call("Finish", rig_finish()), "");
	ck_assert_int_eq(fetch_session_phase(rig.session), phase);
}
