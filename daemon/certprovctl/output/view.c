/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/view.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/base/utf8.h"

const char *view_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(object, name));
}

int64_t view_number(const cJSON *object, const char *name, int64_t missing)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	/* Doubles are exact up to 2^53; the protocol has no larger numbers. */
	if (!cJSON_IsNumber(item) || !(fabs(item->valuedouble) <= 0x1p53))
		return missing;
	return (int64_t)item->valuedouble;
}

bool view_flag(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void view_cell_done(struct view_cell *c)
{
	free(c->text);
	*c = (struct view_cell){0};
}

/* --- cells --- */

/* Joins the texts of an array with commas and skips everything else. */
static int view_join(const cJSON *array, char **ret)
{
	CLEANUP(free) char *all = NULL;
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, array)
	{
		CLEANUP(free) char *longer = NULL;
		const char *text = cJSON_GetStringValue(item);

		if (!text)
			continue;
		if (string_format(&longer, "%s%s%s", all ? all : "",
			    all ? ", " : "", text) < 0)
			return -ENOMEM;
		free(all);
		all = TAKE_PTR(longer);
	}
	*ret = TAKE_PTR(all);
	return 0;
}

int view_plain(const cJSON *row, const char *member, struct view_cell *ret)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, member);

	if (cJSON_IsString(item))
		return string_replace(&ret->text, item->valuestring);
	if (cJSON_IsBool(item))
		return string_replace(
			&ret->text, cJSON_IsTrue(item) ? "yes" : "no");
	if (cJSON_IsNumber(item))
		return string_format(
			&ret->text, "%" PRId64, view_number(row, member, 0));
	if (cJSON_IsArray(item))
		return view_join(item, &ret->text);
	return 0;
}

int view_fingerprint(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *text = view_text(row, member);

	if (!text)
		return 0;
	return string_format(&ret->text, "%.*s", VIEW_FINGERPRINT_DIGITS, text);
}

int view_time(const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *text = view_text(row, member);
	int64_t seconds = 0;

	if (!text || date_parse(text, &seconds) < 0)
		return text ? string_replace(&ret->text, text) : 0;
	return string_format(&ret->text, "%.10s %.8s", text, text + 11);
}

int view_place(const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *document = view_text(row, "document");
	int64_t line = view_number(row, "line", 0);

	(void)member;
	if (!document)
		return 0;
	if (line <= 0)
		return string_replace(&ret->text, document);
	return string_format(&ret->text, "%s:%" PRId64, document, line);
}

int view_clock(const cJSON *row, const char *member, struct view_cell *ret)
{
	if (view_flag(row, member))
		return string_replace(&ret->text, "trusted");
	ret->style = STYLE_WARNING;
	return string_replace(
		&ret->text, "not trusted: it is earlier than possible");
}

int view_add(struct table *t, const cJSON *row)
{
	const struct column *c = NULL;

	for (size_t i = 0; (c = table_column(t, i)) != NULL; i++) {
		CLEANUP(view_cell_done) struct view_cell cell = {0};
		int r = (c->make ? c->make : view_plain)(row, c->member, &cell);

		if (r < 0)
			return r;
		table_put(t, cell.style, cell.text);
	}
	return 0;
}

/* --- JSON --- */

/* Above U+FFFF JSON has two escapes for a character. */
static void view_put_escaped(FILE *out, uint32_t c)
{
	if (c < 0x10000) {
		(void)fprintf(out, "\\u%04" PRIx32, c);
		return;
	}
	c -= 0x10000;
	(void)fprintf(out, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + (c >> 10),
		0xdc00 + (c & 0x3ff));
}

int view_print_json(const struct screen *s, const cJSON *object)
{
	CLEANUP(free) char *text = cJSON_PrintUnformatted(object);
	size_t len = text ? strlen(text) : 0;
	size_t n = 0;

	if (!text)
		return -ENOMEM;
	/* Controls below the blank are escaped by the printer. */
	for (size_t i = 0; i < len; i += n) {
		uint32_t c = (uint8_t)text[i];

		n = utf8_next(text + i, len - i, &c);
		if (n > 0 && utf8_is_printable(c))
			(void)fwrite(text + i, 1, n, s->out);
		else
			view_put_escaped(s->out, c);
		n = n > 0 ? n : 1;
	}
	(void)fputc('\n', s->out);
	return 0;
}
