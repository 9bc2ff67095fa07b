/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/markup.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static const struct {
	const char *name;
	const char *words;
} meant_rows[MARKUP__END] = {
	[MARKUP_CERTIFICATE] = {"certificate", "<certificate>"},
	[MARKUP_CERTIFICATES] = {"certificates", "<certificates>"},
	[MARKUP_FILE] = {"file", "<file>"},
	[MARKUP_SETTING_FILES] = {"setting-files", "<setting-files>"},
	[MARKUP_PHONE_SETTINGS] = {"phone-settings", "<phone-settings>"},
	[MARKUP_URL] = {"url", "url=\"...\""},
	[MARKUP_TYPE] = {"type", "type=\"base64\""},
	[MARKUP_TEXT] = {"text", "the base64 directly into <certificate>"},
};

const char *markup_meant_name(enum markup_meant meant)
{
	assert((unsigned)meant < MARKUP__END);
	return meant_rows[meant].name;
}

const char *markup_words(const char *meant)
{
	for (size_t i = 0; i < MARKUP__END; i++)
		if (strcmp(meant_rows[i].name, meant) == 0)
			return meant_rows[i].words;
	return NULL;
}

void markup_facts_done(struct markup_facts *f)
{
	free(f->wrong);
	free(f->parent);
	*f = (struct markup_facts){0};
}

static int markup_clean(const char *text, char **ret)
{
	return text ? text_escape(text, strlen(text), MARKUP_MAX_BYTES, ret)
		    : 0;
}

int markup_put_facts(enum verdict verdict, const struct markup *m,
	struct markup_facts *texts, struct facts *facts)
{
	const char *words = m->meant ? markup_words(m->meant) : NULL;
	int r = markup_clean(m->wrong, &texts->wrong);

	if (r == 0)
		r = markup_clean(m->parent, &texts->parent);
	if (r < 0)
		return r;
	if (verdict == VERDICT_MISPLACED && !m->parent)
		facts->around = words;
	else
		facts->meant = words;
	facts->wrong = texts->wrong;
	facts->parent = texts->parent;
	return 0;
}
