/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-messages.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

#define STATUS_NOT_FOUND 404
#define STATUS_GONE 410

static const char *const result_names[FETCH_RESULT__END + 1] = {
	[FETCH_COMPLETE] = "complete",
	[FETCH_PARTIAL] = "partial",
	[FETCH_FAILED] = "failed",
};

static const char *const stage_names[FETCH_STAGE__END + 1] = {
	[FETCH_STAGE_DOCUMENTS] = "documents",
	[FETCH_STAGE_DOWNLOADS] = "downloads",
};

/* What a fetcher can offer; nobody uploads through it. */
static const char *const variant_names[] = {
	[CANDIDATE_BASE64] = "base64",
	[CANDIDATE_URL] = "url",
	NULL,
};

const char *fetch_result_name(enum fetch_result result)
{
	assert((unsigned)result < FETCH_RESULT__END);
	return result_names[result];
}

bool fetch_document_is_missing_first(
	const struct fetch_document *d, size_t url_count)
{
	return url_count > 1 && !d->linked_from &&
		d->result == VERDICT_HTTP_STATUS &&
		(d->server.status == STATUS_NOT_FOUND ||
			d->server.status == STATUS_GONE);
}

bool fetch_document_is_gap(const struct fetch_document *d)
{
	/* The first link to a duplicate has its own result. */
	return d->result != VERDICT_PROCESSED &&
		d->result != VERDICT_DUPLICATE_URL;
}

/* --- tables --- */

static int fetch_find_verdict(const char *name, int *ret)
{
	enum verdict v = VERDICT__END;
	int r = verdict_find(name, &v);

	if (r == 0)
		*ret = (int)v;
	return r;
}

static const char *fetch_verdict_name(int v)
{
	return verdict_name((enum verdict)v);
}

static const struct json_names verdict_names = {
	.name = fetch_verdict_name, .find = fetch_find_verdict};

#define NUMBER JSON_INT64, .min = 0, .max = JSON_MAX_INTEGER, .absent = -1
#define VERDICT JSON_NAME, .names = &verdict_names, JSON_MUST
#define STATUS JSON_INT64, .min = 0, .max = FETCH_MAX_STATUS, .absent = 0
#define WAIT                                                                   \
	JSON_INT64, .min = 0, .max = FETCH_MAX_RETRY_AFTER_SECONDS, .absent = 0
#define CAUSE JSON_CHOICE, .choices = fetch_cause_names
#define CLIENT JSON_CHOICE, .choices = fetch_client_names

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct fetch_document, member, __VA_ARGS__)
static const struct json_field document_fields[] = {
	F("url", url, JSON_STRING, JSON_MUST),
	F("bytes", bytes, NUMBER, JSON_MUST),
	F("result", result, VERDICT),
	F("reason", reason, JSON_STRING),
	F("line", line, NUMBER),
	F("column", column, NUMBER),
	F("authenticated", authenticated, JSON_BOOL, JSON_MUST),
	F("linkedFrom", linked_from, JSON_STRING),
	F("linkedLine", linked_line, NUMBER),
	F("asked", server.asked, JSON_STRING),
	F("status", server.status, STATUS),
	F("cause", server.cause, CAUSE),
	F("retryAfter", server.retry_after, WAIT),
	F("clientCertificate", server.client, CLIENT),
	F("wrong", markup.wrong, JSON_STRING),
	F("parent", markup.parent, JSON_STRING),
	F("meant", markup.meant, JSON_STRING),
	F("mistake", mistake, JSON_STRING),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct candidate, member, __VA_ARGS__)
static const struct json_field candidate_fields[] = {
	F("der", der, JSON_BYTES, JSON_MUST),
	F("variant", from.variant, JSON_CHOICE, JSON_MUST,
		.choices = variant_names),
	F("document", from.document, JSON_STRING, JSON_MUST),
	F("line", from.line, NUMBER, JSON_MUST),
	F("url", from.url, JSON_STRING),
	F("sha256", from.sha256, JSON_STRING),
	F("authenticated", from.authenticated, JSON_BOOL, JSON_MUST),
	F("validator", from.validator, JSON_STRING),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct fetch_element, member, __VA_ARGS__)
static const struct json_field element_fields[] = {
	F("document", document, JSON_STRING, JSON_MUST),
	F("line", line, NUMBER, JSON_MUST),
	F("url", url, JSON_STRING),
	F("result", result, VERDICT),
	F("reason", reason, JSON_STRING),
	F("wrong", markup.wrong, JSON_STRING),
	F("parent", markup.parent, JSON_STRING),
	F("meant", markup.meant, JSON_STRING),
	F("asked", server.asked, JSON_STRING),
	F("status", server.status, STATUS),
	F("cause", server.cause, CAUSE),
	F("clientCertificate", server.client, CLIENT),
};
#undef F

#define F(member, ...) JSON_FIELD(struct fetch_setting, member, __VA_ARGS__)
static const struct json_field setting_fields[] = {
	F(name, JSON_STRING, JSON_MUST),
	F(index, NUMBER),
	F(value, JSON_STRING),
	F(permission, JSON_STRING),
	F(action, JSON_STRING),
	F(document, JSON_STRING, JSON_MUST),
	F(line, NUMBER, JSON_MUST),
	F(authenticated, JSON_BOOL, JSON_MUST),
	F(misplaced, JSON_STRING),
	JSON_FIELD_NAMED("textLine", struct fetch_setting, text_line, NUMBER),
};
#undef F

static const struct json_field peer_fields[] = {
	JSON_FIELD(struct fetch_peer, chain, JSON_BYTES_LIST, JSON_MUST,
		.max = CHAIN_MAX_BYTES, .max_items = CHAIN_MAX_CERTIFICATES),
	JSON_FIELD(struct fetch_peer, host, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct fetch_peer, result, VERDICT),
	JSON_FIELD(struct fetch_peer, document, JSON_STRING),
	JSON_FIELD(struct fetch_peer, line, NUMBER),
	JSON_FIELD(struct fetch_peer, url, JSON_STRING),
	JSON_FIELD(struct fetch_peer, asked, JSON_STRING),
};

static const struct json_field guarded_fields[] = {
	JSON_FIELD(struct fetch_guarded, chain, JSON_BYTES_LIST, JSON_MUST,
		.max = CHAIN_MAX_BYTES, .max_items = CHAIN_MAX_CERTIFICATES),
	JSON_FIELD(struct fetch_guarded, host, JSON_STRING, JSON_MUST),
};

static const struct json_field progress_fields[] = {
	JSON_FIELD_NAMED("phase", struct fetch_progress, stage, JSON_CHOICE,
		JSON_MUST, .choices = stage_names),
	JSON_FIELD(struct fetch_progress, done, NUMBER, JSON_MUST),
	JSON_FIELD(struct fetch_progress, total, NUMBER, JSON_MUST),
};

static const struct json_field finish_fields[] = {
	JSON_FIELD(struct fetch_finish, result, JSON_CHOICE, JSON_MUST,
		.choices = result_names),
	JSON_FIELD(struct fetch_finish, others, JSON_INT64,
		.max = JSON_MAX_INTEGER),
};

/* SHA-512 */
#define SIGNING_MAX_DIGEST_BYTES 64
#define SIGNATURE_MAX_BYTES 2048 /* RSA of 16,384 bits */

static const struct json_field signing_fields[] = {
	JSON_FIELD(struct fetch_signing, scheme, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct fetch_signing, digest, JSON_BYTES, JSON_MUST,
		.max = SIGNING_MAX_DIGEST_BYTES),
};

struct signature_wire {
	struct bytes signature;
};

static const struct json_field signature_fields[] = {
	JSON_FIELD(struct signature_wire, signature, JSON_BYTES, JSON_MUST,
		.max = SIGNATURE_MAX_BYTES),
};

/* Without a role it is an intermediate, which may do less. */
enum { ROLE_INTERMEDIATE, ROLE_ANCHOR };
static const char *const role_names[] = {
	[ROLE_INTERMEDIATE] = "intermediate",
	[ROLE_ANCHOR] = "anchor",
	NULL,
};

struct answer_wire {
	bool good;
	enum verdict result;
	int role; /* -1: none */
	struct json_texts woken;
};

static const struct json_field answer_fields[] = {
	JSON_FIELD(struct answer_wire, good, JSON_BOOL, JSON_MUST),
	JSON_FIELD(struct answer_wire, result, VERDICT),
	JSON_FIELD(
		struct answer_wire, role, JSON_CHOICE, .choices = role_names),
	JSON_FIELD(struct answer_wire, woken, JSON_TEXTS),
};

#define F(member, ...)                                                         \
	JSON_FIELD(struct fetch_setting_answer, member, __VA_ARGS__)
static const struct json_field setting_answer_fields[] = {
	F(good, JSON_BOOL, JSON_MUST),
	F(result, JSON_STRING, JSON_MUST),
	F(scope, JSON_CHOICE, JSON_MUST, .choices = fetch_scope_names),
};
#undef F

static const struct json_field distrusted_fields[] = {
	JSON_FIELD(struct distrusted, kind, JSON_CHOICE, JSON_MUST,
		.choices = distrust_kinds),
	JSON_FIELD(struct distrusted, sha256, JSON_DIGEST, JSON_MUST),
};
static const struct json_table distrusted_table =
	JSON_TABLE(struct distrusted, distrusted_fields);

struct progress_answer {
	struct json_structs distrusted;
};

static const struct json_field progress_answer_fields[] = {
	JSON_FIELD(struct progress_answer, distrusted, JSON_STRUCTS,
		.max = TRUST_MAX_DISTRUSTED, .nested = &distrusted_table),
};

/* --- calls --- */

#define ENCODE(fields, from) fetch_encode(fields, ARRAY_SIZE(fields), from)

/* NULL when out of memory. */
static cJSON *fetch_encode(
	const struct json_field *fields, size_t count, const void *from)
{
	cJSON *json = NULL;

	return json_fields_encode(fields, count, from, &json) < 0 ? NULL : json;
}

cJSON *fetch_document_encode(const struct fetch_document *m)
{
	return ENCODE(document_fields, m);
}

int fetch_document_decode(const cJSON *parameters, struct fetch_document *ret,
	const char **ret_field)
{
	struct fetch_document m = {.line = -1, .column = -1, .linked_line = -1};
	int r = json_fields_decode(document_fields, ARRAY_SIZE(document_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_candidate_encode(const struct candidate *m)
{
	return ENCODE(candidate_fields, m);
}

int fetch_candidate_decode(
	const cJSON *parameters, struct candidate *ret, const char **ret_field)
{
	struct candidate m = {0};
	int r = json_fields_decode(candidate_fields,
		ARRAY_SIZE(candidate_fields), parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_element_encode(const struct fetch_element *m)
{
	return ENCODE(element_fields, m);
}

int fetch_element_decode(const cJSON *parameters, struct fetch_element *ret,
	const char **ret_field)
{
	struct fetch_element m = {0};
	int r = json_fields_decode(element_fields, ARRAY_SIZE(element_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_setting_encode(const struct fetch_setting *m)
{
	return ENCODE(setting_fields, m);
}

int fetch_setting_decode(const cJSON *parameters, struct fetch_setting *ret,
	const char **ret_field)
{
	struct fetch_setting m = {.index = -1, .text_line = -1};
	int r = json_fields_decode(setting_fields, ARRAY_SIZE(setting_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_progress_encode(const struct fetch_progress *m)
{
	return ENCODE(progress_fields, m);
}

int fetch_progress_decode(const cJSON *parameters, struct fetch_progress *ret,
	const char **ret_field)
{
	struct fetch_progress m = {0};
	int r = json_fields_decode(progress_fields, ARRAY_SIZE(progress_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

void fetch_signing_done(struct fetch_signing *m)
{
	bytes_done(&m->digest);
}

cJSON *fetch_signing_encode(const struct fetch_signing *m)
{
	return ENCODE(signing_fields, m);
}

int fetch_signing_decode(const cJSON *parameters, struct fetch_signing *ret,
	const char **ret_field)
{
	struct fetch_signing m = {0};
	int r = json_fields_decode(signing_fields, ARRAY_SIZE(signing_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_signature_encode(const struct bytes *signature)
{
	const struct signature_wire w = {*signature};

	return ENCODE(signature_fields, &w);
}

int fetch_signature_decode(const cJSON *parameters, struct bytes *ret)
{
	struct signature_wire w = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(signature_fields,
		ARRAY_SIZE(signature_fields), parameters, &w, &wrong);

	if (r == 0)
		*ret = w.signature;
	return r;
}

cJSON *fetch_finish_encode(const struct fetch_finish *m)
{
	return ENCODE(finish_fields, m);
}

int fetch_finish_decode(const cJSON *parameters, struct fetch_finish *ret,
	const char **ret_field)
{
	struct fetch_finish m = {0};
	int r = json_fields_decode(finish_fields, ARRAY_SIZE(finish_fields),
		parameters, &m, ret_field);

	if (r == 0)
		*ret = m;
	return r;
}

cJSON *fetch_peer_encode(const struct fetch_peer *m)
{
	return ENCODE(peer_fields, m);
}

void fetch_peer_done(struct fetch_peer *p)
{
	json_fields_done(peer_fields, ARRAY_SIZE(peer_fields), p);
	*p = (struct fetch_peer){0};
}

int fetch_peer_decode(
	const cJSON *parameters, struct fetch_peer *ret, const char **ret_field)
{
	CLEANUP(fetch_peer_done) struct fetch_peer m = {.line = -1};
	int r = json_fields_decode(peer_fields, ARRAY_SIZE(peer_fields),
		parameters, &m, ret_field);

	if (r < 0)
		return r;
	if (m.chain.count == 0) {
		*ret_field = "chain";
		return -EINVAL;
	}
	*ret = TAKE_OBJECT(m);
	return 0;
}

cJSON *fetch_guarded_encode(const struct fetch_guarded *m)
{
	return ENCODE(guarded_fields, m);
}

void fetch_guarded_done(struct fetch_guarded *g)
{
	json_fields_done(guarded_fields, ARRAY_SIZE(guarded_fields), g);
	*g = (struct fetch_guarded){.host = NULL};
}

int fetch_guarded_decode(const cJSON *parameters, struct fetch_guarded *ret,
	const char **ret_field)
{
	CLEANUP(fetch_guarded_done) struct fetch_guarded m = {.host = NULL};
	int r = json_fields_decode(guarded_fields, ARRAY_SIZE(guarded_fields),
		parameters, &m, ret_field);

	if (r < 0)
		return r;
	if (m.chain.count == 0) {
		*ret_field = "chain";
		return -EINVAL;
	}
	*ret = TAKE_OBJECT(m);
	return 0;
}

/* --- answers --- */

cJSON *fetch_answer_encode(const struct offer_answer *a)
{
	CLEANUP(free)
	const char **woken = calloc(a->woken_count + 1, sizeof(*woken));
	struct answer_wire w = {
		.good = a->good,
		.result = a->verdict,
		.role = -1,
		.woken = {woken, a->woken_count},
	};

	if (!woken)
		return NULL;
	for (size_t i = 0; i < a->woken_count; i++)
		woken[i] = a->woken[i];
	if (a->lists)
		w.role = a->lists & (unsigned)ANCHOR_SERVER ? ROLE_ANCHOR
							    : ROLE_INTERMEDIATE;
	return ENCODE(answer_fields, &w);
}

/* Room for each is there; 0, or -EINVAL when one is no fingerprint. */
static int fetch_copy_woken(
	const struct json_texts *texts, char (*ret)[SHA256_HEX_SIZE])
{
	for (size_t i = 0; i < texts->count; i++) {
		if (strlen(texts->items[i]) != SHA256_HEX_SIZE - 1)
			return -EINVAL;
		memcpy(ret[i], texts->items[i], SHA256_HEX_SIZE);
	}
	return 0;
}

static int fetch_take_answer(
	const struct answer_wire *w, struct offer_answer *ret)
{
	CLEANUP(free)
	char(*woken)[SHA256_HEX_SIZE] =
		calloc(w->woken.count + 1, sizeof(*woken));
	unsigned lists =
		w->role == ROLE_ANCHOR ? ANCHOR_SERVER : ANCHOR_INTERMEDIATE;
	int r;

	if (!woken)
		return -ENOMEM;
	r = fetch_copy_woken(&w->woken, woken);
	if (r < 0)
		return r;
	*ret = (struct offer_answer){
		.good = w->good,
		.verdict = w->result,
		.lists = w->result == VERDICT_ACCEPTED ? lists : 0,
		.woken = TAKE_PTR(woken),
		.woken_count = w->woken.count,
	};
	return 0;
}

int fetch_answer_decode(const cJSON *parameters, struct offer_answer *ret)
{
	struct answer_wire w = {.role = -1};
	const char *wrong = NULL;
	int r = json_fields_decode_known(answer_fields,
		ARRAY_SIZE(answer_fields), parameters, &w, &wrong);

	if (r < 0)
		return r;
	r = fetch_take_answer(&w, ret);
	json_fields_done(answer_fields, ARRAY_SIZE(answer_fields), &w);
	return r;
}

cJSON *fetch_setting_answer_encode(const struct fetch_setting_answer *a)
{
	return ENCODE(setting_answer_fields, a);
}

int fetch_setting_answer_decode(
	const cJSON *parameters, struct fetch_setting_answer *ret)
{
	struct fetch_setting_answer m = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(setting_answer_fields,
		ARRAY_SIZE(setting_answer_fields), parameters, &m, &wrong);

	if (r == 0)
		*ret = m;
	return r;
}

void fetch_distrusted_done(struct fetch_distrusted *d)
{
	free(d->entries);
	*d = (struct fetch_distrusted){0};
}

cJSON *fetch_distrusted_encode(const struct fetch_distrusted *d)
{
	const struct progress_answer answer = {{d->entries, d->count}};

	return ENCODE(progress_answer_fields, &answer);
}

int fetch_distrusted_decode(
	const cJSON *parameters, struct fetch_distrusted *ret)
{
	struct progress_answer answer = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(progress_answer_fields,
		ARRAY_SIZE(progress_answer_fields), parameters, &answer,
		&wrong);

	if (r == 0)
		*ret = (struct fetch_distrusted){
			.entries = (struct distrusted *)answer.distrusted.items,
			.count = answer.distrusted.count,
		};
	return r;
}
