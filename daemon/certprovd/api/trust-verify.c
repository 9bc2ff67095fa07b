/* SPDX-License-Identifier: Apache-2.0 */
/* Verify, VerifyDigest, Explain, ReportRejection: verdicts, and what is
 * rejected. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/names.h"

#define REPORTER_SIZE 24
/* What varlink_reply_member makes of a verdict. */
#define REPLY_FORMAT "{\"parameters\":{\"verdict\":%s}}"

/* --- the questions --- */

struct trust_verify_question {
	const cJSON *texts; /* of the chain, base64 */
	struct json_sha256 digest;
	const char *host;
	const char *purpose;
	const char *result;
	struct verdict_cache_question q;
	struct bytes chain[CHAIN_MAX_CERTIFICATES]; /* owned */
	struct bytes listed;                        /* borrowed */
};

static void trust_verify_question_done(struct trust_verify_question *v)
{
	for (size_t i = 0; i < CHAIN_MAX_CERTIFICATES; i++)
		bytes_done(&v->chain[i]);
}
DEFINE_CLEANUP_EMBEDDED(
	struct trust_verify_question, trust_verify_question_done);

#define HOST                                                                   \
	JSON_FIELD(struct trust_verify_question, host, JSON_STRING,            \
		.max = HOST_TEXT_MAX_CHARS)
#define PURPOSE JSON_FIELD(struct trust_verify_question, purpose, JSON_STRING)
#define CHAIN                                                                  \
	JSON_FIELD_NAMED("chain", struct trust_verify_question, texts,         \
		JSON_STRINGS, .required = true)

static const struct json_field verify_fields[] = {CHAIN, HOST, PURPOSE};
const struct json_table trust_verify_verify_parameters =
	JSON_TABLE(struct trust_verify_question, verify_fields);

static const struct json_field digest_fields[] = {
	JSON_FIELD_NAMED("chainSha256", struct trust_verify_question, digest,
		JSON_SHA256, .required = true),
	HOST,
	PURPOSE,
};
const struct json_table trust_verify_digest_parameters =
	JSON_TABLE(struct trust_verify_question, digest_fields);

static const struct json_field explain_fields[] = {
	JSON_FIELD_NAMED("sha256", struct trust_verify_question, digest,
		JSON_SHA256, .required = true),
	HOST,
	PURPOSE,
};
const struct json_table trust_verify_explain_parameters =
	JSON_TABLE(struct trust_verify_question, explain_fields);

static const struct json_field report_fields[] = {
	CHAIN,
	HOST,
	PURPOSE,
	JSON_FIELD(struct trust_verify_question, result, JSON_STRING,
		.required = true),
};
const struct json_table trust_verify_report_parameters =
	JSON_TABLE(struct trust_verify_question, report_fields);

/* Each of these returns as varlink_request_decode: 1 when an error has been
 * answered. */

static int trust_verify_answered(int r)
{
	return r < 0 ? r : 1;
}

static int trust_verify_refuse_certificate(
	struct varlink_request *req, size_t index, enum verdict why)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const struct facts facts = {0};
	CLEANUP(free) char *reason = NULL;
	int r = verdict_explain(why, &facts, &reason, NULL);

	if (r < 0)
		return r;
	json_put_int(&w, "index", (int64_t)index);
	json_put_string(&w, "result", verdict_name(why));
	json_put_string(&w, "reason", reason);
	return trust_verify_answered(varlink_error_writer(
		req, TRUST_INTERFACE ".InvalidCertificate", &w));
}

static int trust_verify_refuse_limit(
	struct varlink_request *req, const char *limit, size_t maximum)
{
	return trust_verify_answered(admin_reply_limit_exceeded(
		req, TRUST_INTERFACE, limit, (int64_t)maximum));
}

static int trust_verify_decode_one(struct varlink_request *req,
	struct trust_verify_question *v, const char *text, size_t *bytes)
{
	size_t i = v->q.chain_count;
	size_t left = CHAIN_MAX_BYTES - *bytes;
	int r = 0;

	/* base64_decode takes a limit of 0 for none. */
	if (left == 0 && *text)
		r = -EFBIG;
	else
		r = base64_decode(text, left, &v->chain[i]);
	if (r == -EFBIG)
		return trust_verify_refuse_limit(
			req, "chain-bytes", CHAIN_MAX_BYTES);
	if (r == -EINVAL)
		return trust_verify_refuse_certificate(
			req, i, VERDICT_NOT_BASE64);
	if (r < 0)
		return r;
	*bytes += v->chain[i].len;
	v->q.chain_count++;
	return 0;
}

static int trust_verify_decode_chain(
	struct varlink_request *req, struct trust_verify_question *v)
{
	const cJSON *item = NULL;
	size_t bytes = 0;
	int r = 0;

	if (cJSON_GetArraySize(v->texts) > CHAIN_MAX_CERTIFICATES)
		return trust_verify_refuse_limit(
			req, "chain-certificates", CHAIN_MAX_CERTIFICATES);
	cJSON_ArrayForEach(item, v->texts)
	{
		if (r == 0)
			r = trust_verify_decode_one(
				req, v, item->valuestring, &bytes);
	}
	v->q.chain = v->chain;
	return r;
}

/* Without a host the name is not checked, so the caller must have asked for
 * that. */
static int trust_verify_decode_purpose(
	struct varlink_request *req, struct trust_verify_question *v)
{
	v->q.host = v->host;
	v->q.purpose = PURPOSE_ANY;
	if (v->purpose && purpose_find(v->purpose, &v->q.purpose) < 0)
		return trust_verify_answered(
			varlink_invalid_parameter(req, "purpose"));
	if (!v->host && v->q.purpose != PURPOSE_ANY)
		return trust_verify_answered(
			varlink_invalid_parameter(req, "host"));
	v->q.wall = clock_wall();
	return 0;
}

static int trust_verify_decode(
	struct varlink_request *req, struct trust_verify_question *v)
{
	int r = varlink_request_decode(req, v);

	if (r == 0)
		r = trust_verify_decode_purpose(req, v);
	if (r == 0 && v->texts)
		r = trust_verify_decode_chain(req, v);
	return r;
}

/* --- what is rejected --- */

static int trust_verify_record(struct api *api,
	const struct varlink_request *req,
	const struct verdict_cache_question *q, const char *result,
	const char *reason)
{
	char reporter[REPORTER_SIZE];
	uid_t uid = varlink_request_peer(req)->uid;
	int r = 0;

	(void)snprintf(
		reporter, sizeof(reporter), "uid:%lu", (unsigned long)uid);
	r = rejections_add(api->rejections,
		&(struct rejection){
			.chain = q->chain,
			.chain_count = q->chain_count,
			.host = q->host,
			.purpose = purpose_name(q->purpose),
			.result = result,
			.reason = reason,
			.reporter = reporter,
			.when = clock_now(api->clock, q->wall),
		},
		&uid);
	/* A peer that presented no certificate is not recorded. */
	return r == -EINVAL ? 0 : r;
}

/* The chain of a remembered answer, as it was recorded. */
static bool trust_verify_find_chain(const struct api *api,
	const struct verdict_cache_answer *a, struct trust_verify_question *v)
{
	const struct unknown_entry *e = unknown_find(api->unknown, a->leaf);

	if (!e)
		return false;
	v->q.chain = e->chain;
	v->q.chain_count = e->chain_count;
	return true;
}

/* --- the answers --- */

/* The caller is over its limit: it gets the verdict, with a warning that
 * nothing was recorded. */
static int trust_verify_reply_with_warning(
	struct varlink_request *req, const struct verdict_cache_answer *a)
{
	CLEANUP(json_free) cJSON *verdict = cJSON_Parse(a->verdict);
	int r = verdict
		? verdict_cache_add_warning(verdict, WARNING_NOT_RECORDED)
		: -ENOMEM;

	return r < 0 ? r
		     : varlink_reply_member(req, "verdict", TAKE_PTR(verdict));
}

static void trust_verify_count(
	struct api *api, const struct verdict_cache_answer *a)
{
	counters_count(api->counters.verdicts, a->result);
	if (a->trusted && a->anchor)
		anchors_used_note(api->anchors_used, a->anchor);
}

/* The same message again gets the same reply, as long as the answer holds. A
 * refusal is recorded each time, and one that is new may never come again. */
static void trust_verify_remember(const struct varlink_request *req,
	struct api *api, const struct verdict_cache_answer *a)
{
	const struct bytes *message = varlink_request_message(req);
	CLEANUP(free) char *text = NULL;
	struct bytes reply = {0};

	if (!message || !a->trusted || a->work > 0 ||
		string_format(&text, REPLY_FORMAT, a->verdict) < 0)
		return;
	reply = (struct bytes){(uint8_t *)text, strlen(text) + 1};
	(void)verdict_cache_remember(api->verdict_cache,
		trust_state_trust(api->state), a, message, &reply);
}

int trust_verify_recall(
	void *userdata, const struct bytes *message, const struct bytes **ret)
{
	struct api *api = userdata;
	struct verdict_cache_answer a;
	int r = verdict_cache_repeat(api->verdict_cache,
		trust_state_trust(api->state), message, clock_wall(), &a, ret);

	if (r == 1)
		trust_verify_count(api, &a);
	return r;
}

static int trust_verify_finish(struct varlink_request *req, struct api *api,
	const struct trust_verify_question *v,
	const struct verdict_cache_answer *a)
{
	int r = 0;

	trust_verify_count(api, a);
	trust_verify_remember(req, api, a);
	if (!a->trusted)
		r = trust_verify_record(api, req, &v->q, a->result, a->reason);
	if (r == -EDQUOT)
		return trust_verify_reply_with_warning(req, a);
	return r < 0 ? r
		     : varlink_reply_member(
			       req, "verdict", cJSON_CreateRaw(a->verdict));
}

int trust_verify_on_verify(struct varlink_request *req, void *userdata)
{
	CLEANUP(trust_verify_question_done)
	struct trust_verify_question v = {0};
	struct api *api = userdata;
	struct verdict_cache_answer a;
	int r = trust_verify_decode(req, &v);

	if (r == 0)
		r = verdict_cache_ask(api->verdict_cache,
			trust_state_trust(api->state), &v.q, &a);
	if (r != 0)
		return r;
	varlink_request_charge(req, a.work);
	return trust_verify_finish(req, api, &v, &a);
}

int trust_verify_on_digest(struct varlink_request *req, void *userdata)
{
	CLEANUP(trust_verify_question_done)
	struct trust_verify_question v = {0};
	struct api *api = userdata;
	struct verdict_cache_answer a;
	int r = trust_verify_decode(req, &v);

	if (r != 0)
		return r;
	r = verdict_cache_recall(api->verdict_cache,
		trust_state_trust(api->state), &v.q, v.digest.bytes, &a);
	/* A rejection is recorded with its chain, or not answered here. */
	if (r == -ENOENT ||
		(r == 0 && !a.trusted && !trust_verify_find_chain(api, &a, &v)))
		return varlink_error(
			req, TRUST_INTERFACE ".NeedCertificates", NULL);
	return r < 0 ? r : trust_verify_finish(req, api, &v, &a);
}

/* --- Explain --- */

/* With what it was sent with, or alone. */
static bool trust_verify_find_listed(
	const struct api *api, struct trust_verify_question *v)
{
	const struct unknown_entry *e =
		unknown_find(api->unknown, v->digest.bytes);
	const struct anchor *a = NULL;

	if (e) {
		v->q.chain = e->chain;
		v->q.chain_count = e->chain_count;
		return true;
	}
	a = trust_state_find_server(api->state, v->digest.bytes);
	if (!a)
		a = anchors_find(trust_state_trust(api->state)->anchors,
			v->digest.bytes);
	if (!a)
		return false;
	v->listed = anchor_der(a);
	v->q.chain = &v->listed;
	v->q.chain_count = 1;
	return true;
}

int trust_verify_on_explain(struct varlink_request *req, void *userdata)
{
	CLEANUP(trust_verify_question_done)
	struct trust_verify_question v = {0};
	struct api *api = userdata;
	struct verdict_cache_answer a;
	char hex[SHA256_HEX_SIZE];
	int r = trust_verify_decode(req, &v);

	if (r != 0)
		return r;
	if (!trust_verify_find_listed(api, &v)) {
		hex_format(v.digest.bytes, SHA256_BYTES, hex);
		return varlink_error_text(req,
			TRUST_INTERFACE ".NoSuchCertificate", "sha256", hex);
	}
	r = verdict_cache_ask(
		api->verdict_cache, trust_state_trust(api->state), &v.q, &a);
	if (r < 0)
		return r;
	varlink_request_charge(req, a.work);
	return varlink_reply_member(req, "verdict", cJSON_CreateRaw(a.verdict));
}

/* --- ReportRejection --- */

/* The sentence for a result that another program found. */
static int trust_verify_explain(
	const struct trust_verify_question *v, enum verdict verdict, char **ret)
{
	CLEANUP(certificate_free) struct certificate *leaf = NULL;
	enum verdict why = VERDICT_MALFORMED;
	struct facts facts = {.host = v->q.host};
	int r = certificate_decode(
		v->chain[0].data, v->chain[0].len, &leaf, &why);

	if (r < 0)
		return r;
	if (leaf) {
		facts.subject = certificate_subject(leaf);
		facts.issuer = certificate_issuer(leaf);
		facts.sha256 = leaf->sha256_hex;
	}
	return verdict_explain(verdict, &facts, ret, NULL);
}

int trust_verify_on_report(struct varlink_request *req, void *userdata)
{
	CLEANUP(trust_verify_question_done)
	struct trust_verify_question v = {0};
	CLEANUP(free) char *reason = NULL;
	struct api *api = userdata;
	enum verdict verdict = VERDICT__END;
	struct host host;
	int r = trust_verify_decode(req, &v);

	if (r != 0)
		return r;
	if (v.host && host_parse(v.host, &host) < 0)
		return varlink_invalid_parameter(req, "host");
	if (verdict_find(v.result, &verdict) < 0 ||
		verdict_is_positive(verdict))
		return varlink_invalid_parameter(req, "result");
	if (v.q.chain_count == 0 || v.chain[0].len == 0)
		return varlink_invalid_parameter(req, "chain");
	varlink_request_charge(req, VERDICT_CACHE_DECODE_WORK);
	r = trust_verify_explain(&v, verdict, &reason);
	if (r == 0)
		r = trust_verify_record(api, req, &v.q, v.result, reason);
	if (r == -EDQUOT)
		return admin_reply_limit_exceeded(req, TRUST_INTERFACE,
			"rejections", api->config->rejections_per_minute);
	if (r == 0)
		counters_count(api->counters.reported, v.result);
	return r < 0 ? r : varlink_reply(req, NULL);
}
