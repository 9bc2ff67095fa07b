/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/view.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/base/text.h"

struct view {
	const struct view_column *columns;
	size_t count;
	struct column plain[TABLE_MAX_COLUMNS];
	struct table *table;
};

const char *view_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(object, name));
}

int64_t view_number(const cJSON *object, const char *name, int64_t missing)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	/* Doubles are exact up to 2^53; the protocol has no more. */
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

/* Texts of an array with commas between; others are passed over. */
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
		&ret->text, "not trusted: it is earlier than it can be");
}

/* --- rows --- */

int view_new(const struct view_column *columns, size_t count, struct view **ret)
{
	CLEANUP(view_free) struct view *v = NULL;
	int r = 0;

	if (count > TABLE_MAX_COLUMNS)
		return -ENOSPC;
	v = calloc(1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->columns = columns;
	v->count = count;
	for (size_t i = 0; i < count; i++)
		v->plain[i] = columns[i].column;
	r = table_new(v->plain, count, &v->table);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(v);
	return 0;
}

struct view *view_free(struct view *v)
{
	if (!v)
		return NULL;
	table_free(v->table);
	free(v);
	return NULL;
}

int view_add(struct view *v, const cJSON *row)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct view_column *c = &v->columns[i];
		CLEANUP(view_cell_done) struct view_cell cell = {0};
		int r = c->make ? c->make(row, c->member, &cell)
				: view_plain(row, c->member, &cell);

		if (r < 0)
			return r;
		table_put(v->table, cell.style, cell.text);
	}
	return 0;
}

size_t view_rows(const struct view *v)
{
	return table_rows(v->table);
}

int view_print(const struct view *v, const struct screen *s)
{
	return table_print(v->table, s);
}

int view_print_blocks(const struct view *v, const struct screen *s)
{
	return table_print_blocks(v->table, s);
}

/* --- JSON --- */

/* The length of a UTF-8 sequence that starts so. */
static size_t view_sequence(uint8_t first)
{
	return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static uint32_t view_code_point(const uint8_t *p, size_t n)
{
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fU);
	return c;
}

/* Past U+FFFF JSON has two escapes for a character. */
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

/* One character, which is not ASCII: lib/text knows what is harmless. */
static int view_put_character(FILE *out, const char *text, size_t n)
{
	CLEANUP(free) char *clean = NULL;
	int r = text_escape(text, n, 16, &clean);

	if (r < 0)
		return r;
	if (strlen(clean) == n && memcmp(clean, text, n) == 0)
		(void)fwrite(text, 1, n, out);
	else
		view_put_escaped(
			out, view_code_point((const uint8_t *)text, n));
	return 0;
}

int view_print_json(const struct screen *s, const cJSON *object)
{
	CLEANUP(free) char *text = cJSON_PrintUnformatted(object);
	size_t n = 0;
	int r = 0;

	if (!text)
		return -ENOMEM;
	/* Controls below the blank are escaped by the printer. */
	for (size_t i = 0; text[i] && r == 0; i += n) {
		uint8_t first = (uint8_t)text[i];

		n = strnlen(text + i, view_sequence(first));
		if (first < 0x7f)
			(void)fputc(first, s->out);
		else
			r = view_put_character(s->out, text + i, n);
	}
	(void)fputc('\n', s->out);
	return r;
}
