/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-text.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/table.h"
#include "lib/base/string.h"

/* What a cell takes of places, with room to say how many there are besides. */
#define PLACES_MAX_BYTES (TABLE_MAX_CELL_BYTES - 64)

/* --- the elements --- */

static const enum style styles[] = {
	[MATRIX_GOOD] = STYLE_GOOD,
	[MATRIX_SKIPPED] = STYLE_PLAIN,
	[MATRIX_WARNED] = STYLE_WARNING,
	[MATRIX_REFUSED] = STYLE_BAD,
};

static bool check_text_is_wanted(
	const struct matrix *m, size_t row, enum check_rows rows)
{
	enum outcome_kind kind = matrix_known(m, row)->kind;

	if (rows == CHECK_ROWS_ALL || matrix_row_state(m, row) != MATRIX_GOOD)
		return true;
	return rows == CHECK_ROWS_USUAL &&
		(kind == OUTCOME_CERTIFICATE || kind == OUTCOME_PEER);
}

static void check_text_put_cell(
	struct table *t, const struct matrix *m, size_t row, size_t version)
{
	const struct outcome *o = matrix_cell(m, row, version);

	if (!o)
		table_put(t, STYLE_PLAIN, "-");
	else
		table_put(t, styles[matrix_cell_state(m, row, version)],
			outcome_result_name(o));
}

static int check_text_put_row(
	struct table *t, const struct matrix *m, size_t row)
{
	const struct outcome *o = matrix_known(m, row);
	CLEANUP(free) char *place = NULL;
	CLEANUP(free) char *what = NULL;
	int r = problem_place_of(o, &place);

	if (r == 0)
		r = problem_subject_of(o, &what);
	table_put(t, STYLE_PLAIN, place);
	table_put(t, STYLE_PLAIN, what);
	for (size_t i = 0; i < matrix_version_count(m); i++)
		check_text_put_cell(t, m, row, i);
	return r;
}

int check_text_matrix(
	const struct matrix *m, enum check_rows rows, const struct screen *s)
{
	CLEANUP(table_free) struct table *t = NULL;
	struct column columns[TABLE_MAX_COLUMNS] = {
		{.title = "Where", .fit = FIT_TAIL, .least = 14},
		{.title = "What", .fit = FIT_ENDS, .least = 12},
	};
	size_t versions = matrix_version_count(m);
	int r = 0;

	assert(versions + 2 <= TABLE_MAX_COLUMNS);
	for (size_t i = 0; i < versions; i++)
		columns[2 + i].title = matrix_version(m, i);
	r = table_new(columns, versions + 2, &t);
	for (size_t i = 0; r == 0 && i < matrix_row_count(m); i++)
		if (check_text_is_wanted(m, i, rows))
			r = check_text_put_row(t, m, i);
	if (r == 0 && table_rows(t) > 0)
		r = table_print(t, s);
	return r < 0 ? r : (int)table_rows(t);
}

/* --- what there is to say --- */

/* "5 places", "5 places in 3 files", or the one place. */
static int check_text_count(
	const struct problems *p, size_t first, size_t count, char **ret)
{
	size_t files = 1;

	if (count == 1)
		return string_replace(ret, p->list[first].place);
	for (size_t i = first + 1; i < first + count; i++)
		files += p->list[i].file != p->list[i - 1].file;
	return files == 1
		? string_format(ret, "%zu places", count)
		: string_format(ret, "%zu places in %zu files", count, files);
}

/* The places of a group, with blanks between them to be wrapped at; if there
 * are more than a cell can hold, how many. */
static int check_text_join_places(
	const struct problems *p, size_t first, size_t count, char **ret)
{
	char all[PLACES_MAX_BYTES];
	size_t len = 0;
	size_t i = first;

	for (; i < first + count; i++) {
		const char *place = p->list[i].place;

		if (strlen(place) + strlen(", ") >= sizeof(all) - len)
			break;
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s",
			i > first ? ", " : "", place);
	}
	if (i == first + count)
		return string_format(ret, "%s", all);
	return string_format(ret, "%.*s%sand %zu more (--format=json)",
		(int)len, all, len > 0 ? ", " : "", first + count - i);
}

static int check_text_put_group(
	struct table *t, const struct problems *p, size_t first, size_t count)
{
	const struct problem *problem = &p->list[first];
	CLEANUP(free) char *where = NULL;
	CLEANUP(free) char *outcome = NULL;
	CLEANUP(free) char *places = NULL;
	int r = check_text_count(p, first, count, &where);

	if (r == 0)
		r = string_format(&outcome, "%s%s",
			problem->state == MATRIX_WARNED ? "warning " : "",
			problem->identifier);
	if (r == 0 && count > 1)
		r = check_text_join_places(p, first, count, &places);
	table_put(t, STYLE_PLAIN, where);
	table_put(t, styles[problem->state], outcome);
	table_put(t, STYLE_PLAIN, problem->versions);
	table_put(t, STYLE_PLAIN, problem->sentence);
	table_put(t, STYLE_PLAIN, problem->remedy);
	/* The column is there only if some group has several. */
	if (table_column(t, 5))
		table_put(t, STYLE_PLAIN, places);
	return r;
}

static bool check_text_has_groups(const struct problems *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (problems_group_size(p, i) > 1)
			return true;
	return false;
}

int check_text_problems(const struct problems *p, const struct screen *s)
{
	static const struct column columns[] = {
		{.title = "Where", .fit = FIT_TAIL, .least = 18},
		{.title = "Outcome", .fit = FIT_WHOLE},
		{.title = "Firmware", .fit = FIT_WRAP, .least = 12},
		{.title = "Reason",
			.fit = FIT_WRAP,
			.least = 30,
			.below = true},
		{.title = "Remedy",
			.fit = FIT_WRAP,
			.least = 26,
			.below = true},
		{.title = "Places",
			.fit = FIT_WRAP,
			.least = 26,
			.below = true},
	};
	CLEANUP(table_free) struct table *t = NULL;
	size_t count = ARRAY_SIZE(columns) - !check_text_has_groups(p);
	size_t n = 0;
	int r = table_new(columns, count, &t);

	for (size_t i = 0; r == 0 && i < p->count; i += n) {
		n = problems_group_size(p, i);
		r = check_text_put_group(t, p, i, n);
	}
	if (r < 0 || table_rows(t) == 0)
		return r;
	(void)fputc('\n', s->out);
	return table_print(t, s);
}
