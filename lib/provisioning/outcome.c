/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"

static const char *const kinds[OUTCOME__END + 1] = {
	[OUTCOME_DOCUMENT] = "document",
	[OUTCOME_CERTIFICATE] = "certificate",
	[OUTCOME_SETTING] = "setting",
	[OUTCOME_PEER] = "peer",
	[OUTCOME_OMITTED] = "omitted",
};

const char *outcome_kind_name(enum outcome_kind kind)
{
	assert((unsigned)kind < OUTCOME__END);
	return kinds[kind];
}

const char *outcome_result_name(const struct outcome *o)
{
	if (o->kind == OUTCOME_SETTING && o->setting != SETTING_RESULT__END)
		return setting_result_get(o->setting)->name;
	return verdict_name(o->verdict);
}

void outcome_done(struct outcome *o)
{
	free(o->document);
	free(o->url);
	free(o->sha256);
	free(o->subject);
	free(o->name);
	free(o->value);
	free(o->former);
	free(o->reason);
	free(o->remedy);
	for (size_t i = 0; i < o->warning_count; i++)
		warning_words_done(&o->warnings[i]);
	free(o->warnings);
	*o = (struct outcome){0};
}

int outcome_add_warning(
	struct outcome *o, enum warning w, const struct facts *facts)
{
	int r = 0;

	if (o->warning_count >= OUTCOME_MAX_WARNINGS)
		return -ENOSPC;
	if (!o->warnings)
		o->warnings =
			calloc(OUTCOME_MAX_WARNINGS, sizeof(*o->warnings));
	if (!o->warnings)
		return -ENOMEM;
	r = warning_explain(w, facts, &o->warnings[o->warning_count]);
	if (r < 0)
		return r;
	o->warning_count++;
	return 0;
}

/* An outcome, and what is made of it for the interface. */
struct outcome_reply {
	struct outcome o;
	const char *result;
	const char *reason;
	struct json_structs warnings;
};

#define W(member, ...) JSON_FIELD(struct warning_words, member, __VA_ARGS__)
static const struct json_field warning_fields[] = {
	W(identifier, JSON_STRING, JSON_MUST),
	W(sentence, JSON_STRING, JSON_MUST),
	W(remedy, JSON_STRING),
};
#undef W
const struct json_table outcome_warning_table =
	JSON_TABLE(struct warning_words, warning_fields);

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct outcome_reply, member, __VA_ARGS__)
static const struct json_field fields[] = {
	F("kind", o.kind, JSON_CHOICE, JSON_MUST, .choices = kinds),
	F("line", o.line, JSON_INT64),
	F("accepted", o.accepted, JSON_BOOL, JSON_MUST),
	F("document", o.document, JSON_STRING),
	F("url", o.url, JSON_STRING),
	F("sha256", o.sha256, JSON_STRING),
	F("subject", o.subject, JSON_STRING),
	F("name", o.name, JSON_STRING),
	F("value", o.value, JSON_STRING),
	F("former", o.former, JSON_STRING),
	F("result", result, JSON_STRING, JSON_MUST),
	F("reason", reason, JSON_STRING, JSON_MUST),
	F("remedy", o.remedy, JSON_STRING),
	F("warnings", warnings, JSON_STRUCTS, .nested = &outcome_warning_table),
};
#undef F

cJSON *outcome_encode(const struct outcome *o)
{
	const struct outcome_reply reply = {
		.o = *o,
		.result = outcome_result_name(o),
		.reason = o->reason ? o->reason : "",
		.warnings = {o->warnings, o->warning_count},
	};
	cJSON *json = NULL;

	return json_fields_encode(fields, ARRAY_SIZE(fields), &reply, &json) < 0
		? NULL
		: json;
}
