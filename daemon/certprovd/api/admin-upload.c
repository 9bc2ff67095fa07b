/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upload: a certificate by hand, judged as a candidate. Accepted or refused,
 * the outcome is the answer. A certificate that is refused is listed as unknown
 * afterwards.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/reply-trust.h"
#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/provisioning/candidates.h"
#include "lib/x509/decode.h"

#define REPORTER_SIZE 24

struct upload_parameters {
	const char *certificate; /* base64 of DER */
};

static const struct json_field upload_fields[] = {
	JSON_FIELD(struct upload_parameters, certificate, JSON_STRING,
		.required = true),
};
const struct json_table admin_upload_parameters =
	JSON_TABLE(struct upload_parameters, upload_fields);

/* --- judging --- */

/* Even without bytes to judge, the answer is a judgement. */
static int admin_upload_refuse_text(
	const struct decode_refusal *refusal, struct judgement *ret)
{
	const struct facts facts = {
		.detail = refusal->what, .convert = refusal->convert};
	CLEANUP(judgement_done)
	struct judgement j = {.verdict = refusal->verdict};
	int r = verdict_explain(refusal->verdict, &facts, &j.reason, &j.remedy);

	if (r == 0)
		*ret = TAKE_OBJECT(j);
	return r;
}

static int admin_upload_judge(
	const struct api *api, const char *text, struct judgement *ret)
{
	CLEANUP(bytes_done) struct bytes der = {0};
	static const struct bootstrap_policy open = {.mode = BOOTSTRAP_OPEN};
	struct decode_refusal refusal = {.verdict = VERDICT__END};
	int r = decode_base64(text, strlen(text), &der, &refusal);

	if (r < 0)
		return r;
	if (!der.data)
		return admin_upload_refuse_text(&refusal, ret);
	return judge_candidate(
		&(struct judge_context){
			.trust = trust_state_trust(api->state),
			.bootstrap = &open,
			.servers_max = store_max_servers(api->store),
			.now = clock_wall(),
		},
		&(struct candidate){
			.der = der,
			.from = {.variant = CANDIDATE_UPLOAD},
		},
		ret);
}

/* --- accepted --- */

static int admin_upload_add_certificate(
	struct api *api, void *userdata, bool *ret_changed)
{
	const struct certificate *c = userdata;
	struct store_certificate row = {
		.der = c->der.data,
		.der_len = c->der.len,
		.origin = STORE_ORIGIN_UPLOADED,
		.role = STORE_ROLE_INTERMEDIATE, /* the chain rule held */
		.added = clock_now(api->clock, clock_wall()),
	};
	bool removed = false;
	int r = 0;

	memcpy(row.sha256, c->sha256, SHA256_BYTES);
	r = store_add_certificate(api->store, &row, ret_changed);
	if (r == 0)
		r = store_remove_unknown(api->store, c->sha256, &removed);
	return r;
}

static int admin_upload_accept(
	struct varlink_request *req, struct api *api, struct certificate *c)
{
	CLEANUP(free) char *subject = NULL;
	CLEANUP(free) char *what = NULL;
	char end[DATE_TEXT_SIZE];
	int r = text_escape(certificate_subject(c),
		strlen(certificate_subject(c)), ADMIN_MAX_SUBJECT_BYTES,
		&subject);

	date_format(c->not_after, end);
	if (r == 0)
		r = string_format(&what,
			"uploaded the certificate of %s, valid until %s",
			subject, end);
	if (r < 0)
		return r;
	r = admin_change(api, req,
		&(struct admin_change){
			.make = admin_upload_add_certificate,
			.userdata = c,
			.event = LOG_CERTIFICATE_ACCEPTED,
			.what = what,
			.sha256 = c->sha256_hex,
			.result = verdict_name(VERDICT_ACCEPTED),
		},
		NULL);
	if (r == 0)
		(void)unknown_remove(api->unknown, c->sha256);
	return r;
}

/* --- refused --- */

static int admin_upload_say(
	const struct varlink_request *req, const struct judgement *j)
{
	const struct certificate *c = j->certificate;
	CLEANUP(free) char *who = NULL;
	int r = admin_who(req, &who);

	if (r < 0)
		return r;
	log_event(LOG_CERTIFICATE_REFUSED,
		LOG_FIELDS(LOG_FIELD_WHO(who),
			LOG_FIELD_SHA256(c ? c->sha256_hex : NULL),
			LOG_FIELD_SUBJECT(c ? certificate_subject(c) : NULL),
			LOG_FIELD_RESULT(verdict_name(j->verdict))),
		"%s: upload refused: %s: %s", who, verdict_name(j->verdict),
		j->reason);
	return 0;
}

/* -EDQUOT when this user has brought in too many. */
static int admin_upload_record(struct api *api,
	const struct varlink_request *req, const struct judgement *j)
{
	char reporter[REPORTER_SIZE];
	uid_t uid = varlink_request_peer(req)->uid;

	(void)snprintf(
		reporter, sizeof(reporter), "uid:%lu", (unsigned long)uid);
	return rejections_add(api->rejections,
		&(struct rejection){
			.chain = &j->certificate->der,
			.chain_count = 1,
			.result = verdict_name(j->verdict),
			.reason = j->reason,
			.reporter = reporter,
			.when = clock_now(api->clock, clock_wall()),
			.logged = true,
		},
		&uid);
}

/* The answer is given, with a warning that nothing was recorded. */
static int admin_upload_warn_not_recorded(
	const struct api *api, struct outcome *o)
{
	CLEANUP(free) char *limit = NULL;
	int r = string_format(&limit, "%u new ones in a minute",
		api->config->rejections_per_minute);

	return r < 0 ? r
		     : outcome_add_warning(o, WARNING_NOT_RECORDED,
			       &(struct facts){.detail = limit});
}

static int admin_upload_refuse(struct varlink_request *req, struct api *api,
	const struct judgement *j, struct outcome *o)
{
	int r = admin_upload_say(req, j);

	if (r < 0 || !j->certificate)
		return r;
	r = admin_upload_record(api, req, j);
	return r == -EDQUOT ? admin_upload_warn_not_recorded(api, o) : r;
}

/* --- the answer --- */

struct upload_reply {
	struct reply_trust trust; /* first */
	const cJSON *outcome;
};

static const struct json_field reply_fields[] = {
	JSON_FIELD(struct upload_reply, outcome, JSON_OBJECT, JSON_MUST),
	REPLY_TRUST_FIELDS,
};
const struct json_table admin_upload_reply_table =
	JSON_TABLE(struct upload_reply, reply_fields);

static int admin_upload_reply(struct varlink_request *req,
	const struct api *api, const struct outcome *o)
{
	CLEANUP(json_free) cJSON *outcome = outcome_encode(o);

	if (!outcome)
		return -ENOMEM;
	return varlink_reply_struct(req,
		&(struct upload_reply){
			.trust = reply_trust_of(trust_state_trust(api->state)),
			.outcome = outcome,
		});
}

int admin_upload_on_upload(struct varlink_request *req, void *userdata)
{
	CLEANUP(judgement_done) struct judgement j = {0};
	CLEANUP(outcome_done) struct outcome o = {0};
	struct api *api = userdata;
	struct upload_parameters p = {0};
	int r = varlink_request_decode(req, &p);

	if (r == 0)
		r = admin_upload_judge(api, p.certificate, &j);
	if (r == 0)
		r = candidates_outcome(&j, &o);
	if (r != 0)
		return r;
	if (j.verdict == VERDICT_ACCEPTED)
		r = admin_upload_accept(req, api, j.certificate);
	else if (!verdict_is_positive(j.verdict))
		r = admin_upload_refuse(req, api, &j, &o);
	if (r == -EDQUOT)
		return admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"servers", store_max_servers(api->store));
	return r < 0 ? r : admin_upload_reply(req, api, &o);
}
