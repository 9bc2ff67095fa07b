/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

static const char *const kinds[OUTCOME__END] = {
	[OUTCOME_DOCUMENT] = "document",
	[OUTCOME_CERTIFICATE] = "certificate",
	[OUTCOME_SETTING] = "setting",
	[OUTCOME_PEER] = "peer",
	[OUTCOME_OMITTED] = "omitted",
};

/* The texts of an outcome, in the order of the interface. */
static const struct text_field {
	const char *name;
	size_t offset;
	bool required;
} text_fields[] = {
	{"document", offsetof(struct outcome, document), false},
	{"url", offsetof(struct outcome, url), false},
	{"sha256", offsetof(struct outcome, sha256), false},
	{"subject", offsetof(struct outcome, subject), false},
	{"name", offsetof(struct outcome, name), false},
	{"result", offsetof(struct outcome, result), true},
	{"reason", offsetof(struct outcome, reason), true},
	{"remedy", offsetof(struct outcome, remedy), false},
};

static char **outcome_text_of(struct outcome *o, const struct text_field *f)
{
	return (char **)(void *)((char *)o + f->offset);
}

static const char *outcome_text_in(
	const struct outcome *o, const struct text_field *f)
{
	const char *text = NULL;

	memcpy(&text, (const char *)o + f->offset, sizeof(text));
	return text;
}

const char *outcome_kind_name(enum outcome_kind kind)
{
	assert((unsigned)kind < OUTCOME__END);
	return kinds[kind];
}

int outcome_kind_find(const char *name, enum outcome_kind *ret)
{
	for (unsigned i = 0; i < OUTCOME__END; i++)
		if (strcmp(kinds[i], name) == 0) {
			*ret = (enum outcome_kind)i;
			return 0;
		}
	return -ENOENT;
}

void outcome_done(struct outcome *o)
{
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		free(*outcome_text_of(o, &text_fields[i]));
	for (size_t i = 0; i < o->warning_count; i++)
		free(o->warnings[i]);
	free(o->warnings);
	*o = (struct outcome){0};
}

int outcome_add_warning(struct outcome *o, const char *sentence)
{
	int r = 0;

	if (o->warning_count >= OUTCOME_MAX_WARNINGS)
		return -ENOSPC;
	if (!o->warnings)
		o->warnings =
			calloc(OUTCOME_MAX_WARNINGS, sizeof(*o->warnings));
	if (!o->warnings)
		return -ENOMEM;
	r = string_replace(&o->warnings[o->warning_count], sentence);
	if (r < 0)
		return r;
	o->warning_count++;
	return 0;
}

int outcome_copy(const struct outcome *o, struct outcome *ret)
{
	CLEANUP(outcome_done)
	struct outcome copy = {
		.kind = o->kind,
		.line = o->line,
		.accepted = o->accepted,
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(text_fields) && r == 0; i++)
		r = string_replace(outcome_text_of(&copy, &text_fields[i]),
			outcome_text_in(o, &text_fields[i]));
	for (size_t i = 0; i < o->warning_count && r == 0; i++)
		r = outcome_add_warning(&copy, o->warnings[i]);
	if (r < 0)
		return r;
	*ret = copy;
	copy = (struct outcome){0};
	return 0;
}

/* --- encoding --- */

static bool outcome_encode_warnings(cJSON *json, const struct outcome *o)
{
	cJSON *warnings = NULL;

	if (o->warning_count == 0)
		return true;
	warnings = cJSON_AddArrayToObject(json, "warnings");
	if (!warnings)
		return false;
	for (size_t i = 0; i < o->warning_count; i++) {
		cJSON *sentence = cJSON_CreateString(o->warnings[i]);

		if (!cJSON_AddItemToArray(warnings, sentence)) {
			cJSON_Delete(sentence);
			return false;
		}
	}
	return true;
}

static bool lib_outcome_encode(cJSON *json, const struct outcome *o)
{
	if (!cJSON_AddStringToObject(json, "kind", kinds[o->kind]))
		return false;
	if (o->line > 0 &&
		!cJSON_AddNumberToObject(json, "line", (double)o->line))
		return false;
	if (!cJSON_AddBoolToObject(json, "accepted", o->accepted))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++) {
		const struct text_field *f = &text_fields[i];
		const char *text = outcome_text_in(o, f);

		/* What must be there is, be it empty. */
		if (!text && f->required)
			text = "";
		if (text && !cJSON_AddStringToObject(json, f->name, text))
			return false;
	}
	return outcome_encode_warnings(json, o);
}

cJSON *outcome_encode(const struct outcome *o)
{
	cJSON *json = cJSON_CreateObject();

	assert((unsigned)o->kind < OUTCOME__END);
	if (json && !lib_outcome_encode(json, o)) {
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

/* --- decoding --- */

/* A member that is absent and one that is null mean the same. */
static const cJSON *outcome_member(const cJSON *json, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, name);

	return item && !cJSON_IsNull(item) ? item : NULL;
}

static int outcome_decode_text(
	const cJSON *json, const struct text_field *f, struct outcome *o)
{
	const cJSON *item = outcome_member(json, f->name);

	if (!item)
		return f->required ? -EINVAL : 0;
	if (!cJSON_IsString(item))
		return -EINVAL;
	return string_replace(outcome_text_of(o, f), item->valuestring);
}

static int outcome_decode_line(const cJSON *json, struct outcome *o)
{
	const cJSON *item = outcome_member(json, "line");

	if (!item)
		return 0;
	if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0) ||
		item->valuedouble > OUTCOME_MAX_LINE ||
		item->valuedouble != (double)(int64_t)item->valuedouble)
		return -EINVAL;
	o->line = (int64_t)item->valuedouble;
	return 0;
}

static int outcome_decode_warnings(const cJSON *json, struct outcome *o)
{
	const cJSON *items = outcome_member(json, "warnings");
	const cJSON *item = NULL;

	if (!items)
		return 0;
	if (!cJSON_IsArray(items))
		return -EINVAL;
	cJSON_ArrayForEach(item, items)
	{
		int r = -EINVAL;

		if (cJSON_IsString(item))
			r = outcome_add_warning(o, item->valuestring);
		if (r < 0)
			return r == -ENOSPC ? -EINVAL : r;
	}
	return 0;
}

static int outcome_decode_rest(const cJSON *json, struct outcome *o)
{
	const cJSON *kind = outcome_member(json, "kind");
	const cJSON *accepted = outcome_member(json, "accepted");

	if (!kind || !accepted || !cJSON_IsString(kind) ||
		!cJSON_IsBool(accepted) ||
		outcome_kind_find(kind->valuestring, &o->kind) < 0)
		return -EINVAL;
	o->accepted = cJSON_IsTrue(accepted);
	return outcome_decode_line(json, o);
}

/* Every member has to be one of an Outcome, once. */
static bool outcome_members_are_known(const cJSON *json)
{
	static const char *const others[] = {
		"kind", "line", "accepted", "warnings"};
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, json)
	{
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
			known = known ||
				strcmp(item->string, text_fields[i].name) == 0;
		for (size_t i = 0; i < ARRAY_SIZE(others); i++)
			known = known || strcmp(item->string, others[i]) == 0;
		if (!known ||
			cJSON_GetObjectItemCaseSensitive(json, item->string) !=
				item)
			return false;
	}
	return true;
}

int outcome_decode(const cJSON *json, struct outcome *ret)
{
	CLEANUP(outcome_done) struct outcome o = {0};
	int r = 0;

	if (!cJSON_IsObject(json) || !outcome_members_are_known(json))
		return -EINVAL;
	r = outcome_decode_rest(json, &o);
	for (size_t i = 0; i < ARRAY_SIZE(text_fields) && r == 0; i++)
		r = outcome_decode_text(json, &text_fields[i], &o);
	if (r == 0)
		r = outcome_decode_warnings(json, &o);
	if (r < 0)
		return r;
	*ret = o;
	o = (struct outcome){0};
	return 0;
}
