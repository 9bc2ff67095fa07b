/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-messages.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/varlink/json-check.h"
#include "lib/varlink/json-fields.h"

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

/* --- tables: a message and what of it JSON has in another form --- */

struct document_wire {
	struct fetch_document m;
	const char *result;
};
struct element_wire {
	struct fetch_element m;
	const char *result;
};
struct candidate_wire {
	struct candidate m;
	int variant;
};
struct peer_wire {
	struct fetch_peer m;
	struct json_bytes_list chain;
	const char *result;
};
struct progress_wire {
	struct fetch_progress m;
	int stage;
};
struct finish_wire {
	int result;
};
struct answer_wire {
	bool good;
	const char *result;
	int role;
	const cJSON *woken;
};
struct progress_answer_wire {
	const cJSON *distrusted;
};
struct distrusted_wire {
	int kind;
	struct json_sha256 sha256;
};

#define NUMBER JSON_INT64, .min = 0, .max = JSON_MAX_INTEGER
#define MUST .required = true

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct document_wire, member, __VA_ARGS__)
static const struct json_field document_fields[] = {
	F("url", m.url, JSON_STRING, MUST),
	F("bytes", m.bytes, NUMBER, MUST),
	F("result", result, JSON_STRING, MUST),
	F("reason", m.reason, JSON_STRING),
	F("line", m.line, NUMBER),
	F("column", m.column, NUMBER),
	F("authenticated", m.authenticated, JSON_BOOL, MUST),
	F("linkedFrom", m.linked_from, JSON_STRING),
	F("linkedLine", m.linked_line, NUMBER),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct candidate_wire, member, __VA_ARGS__)
static const struct json_field candidate_fields[] = {
	F("der", m.der, JSON_BYTES, MUST),
	F("variant", variant, JSON_CHOICE, MUST, .choices = variant_names),
	F("document", m.from.document, JSON_STRING, MUST),
	F("line", m.from.line, NUMBER, MUST),
	F("url", m.from.url, JSON_STRING),
	F("sha256", m.from.sha256, JSON_STRING),
	F("authenticated", m.from.authenticated, JSON_BOOL, MUST),
	F("validator", m.from.validator, JSON_STRING),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct element_wire, member, __VA_ARGS__)
static const struct json_field element_fields[] = {
	F("document", m.document, JSON_STRING, MUST),
	F("line", m.line, NUMBER, MUST),
	F("url", m.url, JSON_STRING),
	F("result", result, JSON_STRING, MUST),
	F("reason", m.reason, JSON_STRING),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct fetch_setting, member, __VA_ARGS__)
static const struct json_field setting_fields[] = {
	F("name", name, JSON_STRING, MUST),
	F("index", index, NUMBER),
	F("value", value, JSON_STRING),
	F("permission", permission, JSON_STRING),
	F("action", action, JSON_STRING),
	F("document", document, JSON_STRING, MUST),
	F("line", line, NUMBER, MUST),
	F("authenticated", authenticated, JSON_BOOL, MUST),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct peer_wire, member, __VA_ARGS__)
static const struct json_field peer_fields[] = {
	F("chain", chain, JSON_BYTES_LIST, MUST, .max = FETCH_MAX_CHAIN_BYTES,
		.max_items = FETCH_MAX_CHAIN),
	F("host", m.host, JSON_STRING, MUST),
	F("result", result, JSON_STRING, MUST),
};
#undef F

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct progress_wire, member, __VA_ARGS__)
static const struct json_field progress_fields[] = {
	F("phase", stage, JSON_CHOICE, MUST, .choices = stage_names),
	F("done", m.done, NUMBER, MUST),
	F("total", m.total, NUMBER, MUST),
};
#undef F

static const struct json_field finish_fields[] = {
	JSON_FIELD(struct finish_wire, result, JSON_CHOICE, MUST,
		.choices = result_names),
};

/* Of who says none the less is taken. */
enum { ROLE_INTERMEDIATE, ROLE_ANCHOR };
static const char *const role_names[] = {
	[ROLE_INTERMEDIATE] = "intermediate",
	[ROLE_ANCHOR] = "anchor",
	NULL,
};

static const struct json_field answer_fields[] = {
	JSON_FIELD(struct answer_wire, good, JSON_BOOL, MUST),
	JSON_FIELD(struct answer_wire, result, JSON_STRING, MUST),
	JSON_FIELD(
		struct answer_wire, role, JSON_CHOICE, .choices = role_names),
	JSON_FIELD(struct answer_wire, woken, JSON_STRINGS),
};

static const struct json_field progress_answer_fields[] = {
	JSON_FIELD(struct progress_answer_wire, distrusted, JSON_ARRAY,
		.max = TRUST_MAX_DISTRUSTED),
};

static const struct json_field distrusted_fields[] = {
	JSON_FIELD(struct distrusted_wire, kind, JSON_CHOICE, MUST,
		.choices = distrust_kinds),
	JSON_FIELD(struct distrusted_wire, sha256, JSON_SHA256, MUST),
};

/* --- decoding --- */

/* 0, or -EINVAL with the field. */
static int fetch_decode_result(
	const char *name, enum verdict *ret, const char **ret_field)
{
	if (verdict_find(name, ret) == 0)
		return 0;
	*ret_field = "result";
	return -EINVAL;
}

int fetch_document_decode(const cJSON *parameters, struct fetch_document *ret,
	const char **ret_field)
{
	struct document_wire w = {
		.m = {.line = -1, .column = -1, .linked_line = -1},
	};
	int r;

	r = json_fields_decode(document_fields, ARRAY_SIZE(document_fields),
		parameters, &w, ret_field);
	if (r < 0)
		return r;
	r = fetch_decode_result(w.result, &w.m.result, ret_field);
	if (r == 0)
		*ret = w.m;
	return r;
}

int fetch_element_decode(const cJSON *parameters, struct fetch_element *ret,
	const char **ret_field)
{
	struct element_wire w = {0};
	int r;

	r = json_fields_decode(element_fields, ARRAY_SIZE(element_fields),
		parameters, &w, ret_field);
	if (r < 0)
		return r;
	r = fetch_decode_result(w.result, &w.m.result, ret_field);
	if (r == 0)
		*ret = w.m;
	return r;
}

int fetch_setting_decode(const cJSON *parameters, struct fetch_setting *ret,
	const char **ret_field)
{
	struct fetch_setting m = {.index = -1};
	int r;

	r = json_fields_decode(setting_fields, ARRAY_SIZE(setting_fields),
		parameters, &m, ret_field);
	if (r == 0)
		*ret = m;
	return r;
}

int fetch_progress_decode(const cJSON *parameters, struct fetch_progress *ret,
	const char **ret_field)
{
	struct progress_wire w = {0};
	int r;

	r = json_fields_decode(progress_fields, ARRAY_SIZE(progress_fields),
		parameters, &w, ret_field);
	if (r < 0)
		return r;
	w.m.stage = (enum fetch_stage)w.stage;
	*ret = w.m;
	return 0;
}

int fetch_finish_decode(const cJSON *parameters, struct fetch_finish *ret,
	const char **ret_field)
{
	struct finish_wire w = {0};
	int r;

	r = json_fields_decode(finish_fields, ARRAY_SIZE(finish_fields),
		parameters, &w, ret_field);
	if (r == 0)
		ret->result = (enum fetch_result)w.result;
	return r;
}

int fetch_candidate_decode(
	const cJSON *parameters, struct candidate *ret, const char **ret_field)
{
	struct candidate_wire w = {0};
	int r;

	r = json_fields_decode(candidate_fields, ARRAY_SIZE(candidate_fields),
		parameters, &w, ret_field);
	if (r < 0)
		return r;
	w.m.from.variant = (enum candidate_variant)w.variant;
	*ret = w.m;
	return 0;
}

void fetch_peer_done(struct fetch_peer *p)
{
	for (size_t i = 0; i < p->chain_count; i++)
		bytes_done(&p->chain[i]);
	free(p->chain);
	*p = (struct fetch_peer){0};
}

int fetch_peer_decode(
	const cJSON *parameters, struct fetch_peer *ret, const char **ret_field)
{
	struct peer_wire w = {0};
	int r;

	r = json_fields_decode(peer_fields, ARRAY_SIZE(peer_fields), parameters,
		&w, ret_field);
	if (r < 0)
		return r;
	r = fetch_decode_result(w.result, &w.m.result, ret_field);
	if (r == 0 && w.chain.count == 0) {
		*ret_field = "chain";
		r = -EINVAL;
	}
	if (r < 0) {
		json_fields_done(peer_fields, ARRAY_SIZE(peer_fields), &w);
		return r;
	}
	w.m.chain = w.chain.items;
	w.m.chain_count = w.chain.count;
	*ret = w.m;
	return 0;
}

/* --- encoding --- */

static void fetch_put_number(
	struct json_writer *w, const char *name, int64_t number)
{
	if (number >= 0)
		json_put_int(w, name, number);
}

/* NULL when out of memory. */
static cJSON *fetch_taken(struct json_writer *w)
{
	cJSON *object = NULL;

	return json_take(w, &object) < 0 ? NULL : object;
}

cJSON *fetch_document_encode(const struct fetch_document *d)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "url", d->url);
	json_put_int(&w, "bytes", d->bytes);
	json_put_string(&w, "result", verdict_name(d->result));
	json_put_string(&w, "reason", d->reason);
	fetch_put_number(&w, "line", d->line);
	fetch_put_number(&w, "column", d->column);
	json_put_bool(&w, "authenticated", d->authenticated);
	json_put_string(&w, "linkedFrom", d->linked_from);
	fetch_put_number(&w, "linkedLine", d->linked_line);
	return fetch_taken(&w);
}

cJSON *fetch_candidate_encode(const struct candidate *c)
{
	CLEANUP(json_done) struct json_writer w = {0};
	const struct provenance *from = &c->from;

	json_put_base64(&w, "der", c->der.data ? c->der.data : (uint8_t *)"",
		c->der.len);
	json_put_string(&w, "variant", candidate_variant_name(from->variant));
	json_put_string(&w, "document", from->document);
	json_put_int(&w, "line", from->line);
	json_put_string(&w, "url", from->url);
	json_put_string(&w, "sha256", from->sha256);
	json_put_bool(&w, "authenticated", from->authenticated);
	json_put_string(&w, "validator", from->validator);
	return fetch_taken(&w);
}

cJSON *fetch_element_encode(const struct fetch_element *e)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "document", e->document);
	json_put_int(&w, "line", e->line);
	json_put_string(&w, "url", e->url);
	json_put_string(&w, "result", verdict_name(e->result));
	json_put_string(&w, "reason", e->reason);
	return fetch_taken(&w);
}

cJSON *fetch_setting_encode(const struct fetch_setting *s)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "name", s->name);
	fetch_put_number(&w, "index", s->index);
	json_put_string(&w, "value", s->value);
	json_put_string(&w, "permission", s->permission);
	json_put_string(&w, "action", s->action);
	json_put_string(&w, "document", s->document);
	json_put_int(&w, "line", s->line);
	json_put_bool(&w, "authenticated", s->authenticated);
	return fetch_taken(&w);
}

cJSON *fetch_peer_encode(const struct fetch_peer *p)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_array(&w, "chain");
	for (size_t i = 0; i < p->chain_count; i++)
		json_append_base64(
			&w, "chain", p->chain[i].data, p->chain[i].len);
	json_put_string(&w, "host", p->host);
	json_put_string(&w, "result", verdict_name(p->result));
	return fetch_taken(&w);
}

cJSON *fetch_progress_encode(const struct fetch_progress *p)
{
	CLEANUP(json_done) struct json_writer w = {0};

	assert((unsigned)p->stage < FETCH_STAGE__END);
	json_put_string(&w, "phase", stage_names[p->stage]);
	json_put_int(&w, "done", p->done);
	json_put_int(&w, "total", p->total);
	return fetch_taken(&w);
}

cJSON *fetch_finish_encode(const struct fetch_finish *f)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "result", fetch_result_name(f->result));
	return fetch_taken(&w);
}

/* --- answers --- */

cJSON *fetch_answer_encode(const struct offer_answer *a)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_bool(&w, "good", a->good);
	json_put_string(&w, "result", verdict_name(a->verdict));
	if (a->lists)
		json_put_string(&w, "role", anchor_role_name(a->lists));
	for (size_t i = 0; i < a->woken_count; i++)
		json_append_string(&w, "woken", a->woken[i]);
	return fetch_taken(&w);
}

/* Room for each is there; 0, or -EINVAL when one is no fingerprint. */
static int fetch_copy_woken(const cJSON *array, char (*ret)[SHA256_HEX_SIZE])
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, array)
	{
		if (strlen(item->valuestring) != SHA256_HEX_SIZE - 1)
			return -EINVAL;
		memcpy(*ret++, item->valuestring, SHA256_HEX_SIZE);
	}
	return 0;
}

static int fetch_decode_answer(const cJSON *parameters, struct answer_wire *w)
{
	const char *wrong = NULL;

	return json_fields_decode_known(answer_fields,
		ARRAY_SIZE(answer_fields), parameters, w, &wrong);
}

static unsigned fetch_lists_of(int role)
{
	return role == ROLE_ANCHOR ? ANCHOR_SERVER : ANCHOR_INTERMEDIATE;
}

int fetch_answer_decode(const cJSON *parameters, struct offer_answer *ret)
{
	CLEANUP(free) char(*woken)[SHA256_HEX_SIZE] = NULL;
	enum verdict verdict = VERDICT__END;
	struct answer_wire w = {0};
	size_t count = 0;
	int r;

	r = fetch_decode_answer(parameters, &w);
	if (r < 0)
		return r;
	if (verdict_find(w.result, &verdict) < 0)
		return -EINVAL;
	count = w.woken ? (size_t)cJSON_GetArraySize(w.woken) : 0;
	woken = calloc(count + 1, sizeof(*woken));
	if (!woken)
		return -ENOMEM;
	r = fetch_copy_woken(w.woken, woken);
	if (r < 0)
		return r;
	*ret = (struct offer_answer){
		.good = w.good,
		.verdict = verdict,
		.lists = verdict == VERDICT_ACCEPTED ? fetch_lists_of(w.role)
						     : 0,
		.woken = TAKE_PTR(woken),
		.woken_count = count,
	};
	return 0;
}

int fetch_setting_answer_decode(const cJSON *parameters, bool *ret_good)
{
	struct answer_wire w = {0};
	int r = fetch_decode_answer(parameters, &w);

	if (r == 0)
		*ret_good = w.good;
	return r;
}

void fetch_distrusted_done(struct fetch_distrusted *d)
{
	free(d->entries);
	*d = (struct fetch_distrusted){0};
}

cJSON *fetch_distrusted_encode(const struct fetch_distrusted *d)
{
	CLEANUP(json_done) struct json_writer w = {0};

	for (size_t i = 0; i < d->count; i++) {
		CLEANUP(json_done) struct json_writer entry = {0};

		json_put_string(
			&entry, "kind", distrust_kinds[d->entries[i].kind]);
		json_put_hex(
			&entry, "sha256", d->entries[i].sha256, SHA256_BYTES);
		json_append_object(&w, "distrusted", &entry);
	}
	return fetch_taken(&w);
}

static int fetch_decode_distrusted(const cJSON *item, struct distrusted *ret)
{
	struct distrusted_wire w = {0};
	const char *wrong = NULL;
	int r = json_fields_decode_known(distrusted_fields,
		ARRAY_SIZE(distrusted_fields), item, &w, &wrong);

	if (r < 0)
		return r;
	ret->kind = (enum distrust_kind)w.kind;
	memcpy(ret->sha256, w.sha256.bytes, SHA256_BYTES);
	return 0;
}

int fetch_distrusted_decode(
	const cJSON *parameters, struct fetch_distrusted *ret)
{
	CLEANUP(fetch_distrusted_done) struct fetch_distrusted d = {0};
	struct progress_answer_wire w = {0};
	const char *wrong = NULL;
	const cJSON *item = NULL;
	size_t count = 0;
	int r = json_fields_decode_known(progress_answer_fields,
		ARRAY_SIZE(progress_answer_fields), parameters, &w, &wrong);

	if (r < 0)
		return r;
	count = w.distrusted ? (size_t)cJSON_GetArraySize(w.distrusted) : 0;
	d.entries = calloc(count + 1, sizeof(*d.entries));
	if (!d.entries)
		return -ENOMEM;
	cJSON_ArrayForEach(item, w.distrusted)
	{
		r = fetch_decode_distrusted(item, &d.entries[d.count++]);
		if (r < 0)
			return r;
	}
	*ret = TAKE_OBJECT(d);
	return 0;
}
