/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/outcome.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"

const char *outcome_kind_name(enum outcome_kind kind)
{
	static const char *const kinds[OUTCOME__END] = {
		[OUTCOME_DOCUMENT] = "document",
		[OUTCOME_CERTIFICATE] = "certificate",
		[OUTCOME_SETTING] = "setting",
		[OUTCOME_PEER] = "peer",
		[OUTCOME_OMITTED] = "omitted",
	};

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
	free(o->reason);
	free(o->remedy);
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

cJSON *outcome_encode(const struct outcome *o)
{
	CLEANUP(json_done) struct json_writer w = {0};
	cJSON *json = NULL;

	json_put_string(&w, "kind", outcome_kind_name(o->kind));
	if (o->line > 0)
		json_put_int(&w, "line", o->line);
	json_put_bool(&w, "accepted", o->accepted);
	json_put_string(&w, "document", o->document);
	json_put_string(&w, "url", o->url);
	json_put_string(&w, "sha256", o->sha256);
	json_put_string(&w, "subject", o->subject);
	json_put_string(&w, "name", o->name);
	json_put_string(&w, "result", outcome_result_name(o));
	json_put_string(&w, "reason", o->reason ? o->reason : "");
	json_put_string(&w, "remedy", o->remedy);
	for (size_t i = 0; i < o->warning_count; i++)
		json_append_string(&w, "warnings", o->warnings[i]);
	return json_take(&w, &json) < 0 ? NULL : json;
}
