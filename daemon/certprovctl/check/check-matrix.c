/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-matrix.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/table.h"
#include "lib/base/string.h"

/* What one version says of one element. */
struct matrix_entry {
	struct outcome outcome;
	size_t document; /* documents are numbered as they come */
	size_t version;
	size_t sequence; /* in the order of decision */
};

struct matrix {
	const char *const *versions;
	size_t version_count;
	struct matrix_entry *entries;
	size_t count;
	size_t room;
	char **documents;
	size_t document_count;
	bool refused;
	/* One row for each element, one column for each version: the index of
	 * the entry plus one, or 0 for none. */
	size_t *cells;
	size_t row_count;
};

int matrix_new(const char *const *versions, size_t count, struct matrix **ret)
{
	struct matrix *m = calloc(1, sizeof(*m));

	assert(count > 0);
	if (!m)
		return -ENOMEM;
	m->versions = versions;
	m->version_count = count;
	*ret = m;
	return 0;
}

struct matrix *matrix_free(struct matrix *m)
{
	if (!m)
		return NULL;
	free(m->cells);
	for (size_t i = 0; i < m->count; i++)
		outcome_done(&m->entries[i].outcome);
	free(m->entries);
	for (size_t i = 0; i < m->document_count; i++)
		free(m->documents[i]);
	free(m->documents);
	free(m);
	return NULL;
}

/* --- adding --- */

/* Documents come in order: it is nearly always the last one. */
static int matrix_find_document(struct matrix *m, const char *name, size_t *ret)
{
	char **documents = NULL;
	char *copy = NULL;

	for (size_t i = m->document_count; i > 0; i--)
		if (strcmp(m->documents[i - 1], name) == 0) {
			*ret = i - 1;
			return 0;
		}
	documents = reallocarray(
		m->documents, m->document_count + 1, sizeof(*m->documents));
	if (!documents)
		return -ENOMEM;
	m->documents = documents;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	*ret = m->document_count;
	m->documents[m->document_count++] = copy;
	return 0;
}

static int matrix_make_room(struct matrix *m)
{
	size_t room = m->room ? 2 * m->room : 64;
	struct matrix_entry *entries = NULL;

	if (m->count >= MATRIX_MAX_OUTCOMES)
		return -ENOSPC;
	if (m->count < m->room)
		return 0;
	entries = reallocarray(m->entries, room, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	m->entries = entries;
	m->room = room;
	return 0;
}

static bool matrix_is_wanted(const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_CERTIFICATE:
	case OUTCOME_PEER:
		return true;
	case OUTCOME_DOCUMENT:
		return !o->accepted;
	case OUTCOME_SETTING:
	case OUTCOME_OMITTED:
	case OUTCOME__END:
		break;
	}
	return false;
}

int matrix_add(struct matrix *m, size_t version, struct outcome *outcome)
{
	size_t document = 0;
	int r = 0;

	assert(version < m->version_count);
	if (!matrix_is_wanted(outcome))
		return 0;
	r = matrix_make_room(m);
	if (r == 0)
		r = matrix_find_document(m,
			outcome->document ? outcome->document : "", &document);
	if (r < 0)
		return r;
	m->refused = m->refused || !outcome->accepted;
	m->entries[m->count] = (struct matrix_entry){
		.outcome = TAKE_OBJECT(*outcome),
		.document = document,
		.version = version,
		.sequence = m->count,
	};
	m->count++;
	return 0;
}

bool matrix_has_refused(const struct matrix *m)
{
	return m->refused;
}

/* --- rows --- */

static int matrix_compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int matrix_compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* The element they are about. */
static int matrix_compare_places(
	const struct matrix_entry *a, const struct matrix_entry *b)
{
	int c = matrix_compare_numbers(a->document, b->document);

	if (c == 0)
		c = matrix_compare_numbers(
			(uint64_t)a->outcome.line, (uint64_t)b->outcome.line);
	if (c == 0)
		c = matrix_compare_numbers(a->outcome.kind, b->outcome.kind);
	if (c == 0)
		c = matrix_compare_texts(a->outcome.url, b->outcome.url);
	return c;
}

static int matrix_compare_entries(const void *left, const void *right)
{
	const struct matrix_entry *a = left;
	const struct matrix_entry *b = right;
	int c = matrix_compare_places(a, b);

	if (c == 0)
		c = matrix_compare_numbers(a->version, b->version);
	return c ? c : matrix_compare_numbers(a->sequence, b->sequence);
}

/* NULL when this version says nothing of the element. */
static const struct matrix_entry *matrix_entry_at(
	const struct matrix *m, size_t row, size_t version)
{
	size_t place = m->cells[row * m->version_count + version];

	return place ? &m->entries[place - 1] : NULL;
}

/* The fingerprint of a row, as far as any version could tell it. */
static const char *matrix_fingerprint_of(const struct matrix *m, size_t row)
{
	const char *sha256 = NULL;

	for (size_t i = 0; !sha256 && i < m->version_count; i++) {
		const struct matrix_entry *e = matrix_entry_at(m, row, i);

		if (e)
			sha256 = e->outcome.sha256;
	}
	return sha256;
}

/*
 * Several elements may stand on one line, and versions decide about them in
 * different orders: the fingerprint tells them apart. Where there is none,
 * the first row that has no answer of this version yet; at last a new one.
 */
static size_t matrix_find_row(
	const struct matrix *m, size_t first, const struct matrix_entry *e)
{
	size_t possible = m->row_count;

	for (size_t i = first; i < m->row_count; i++) {
		const char *sha256 = matrix_fingerprint_of(m, i);

		if (matrix_entry_at(m, i, e->version))
			continue;
		if (sha256 && string_equal(sha256, e->outcome.sha256))
			return i;
		if (possible == m->row_count && (!sha256 || !e->outcome.sha256))
			possible = i;
	}
	return possible;
}

/* Entries of one element stand together once they are sorted. */
static int matrix_make_rows(struct matrix *m)
{
	size_t first = 0;

	free(m->cells);
	m->row_count = 0;
	m->cells = calloc(m->count + 1, m->version_count * sizeof(*m->cells));
	if (!m->cells)
		return -ENOMEM;
	if (m->count > 0)
		qsort(m->entries, m->count, sizeof(*m->entries),
			matrix_compare_entries);
	for (size_t i = 0; i < m->count; i++) {
		const struct matrix_entry *e = &m->entries[i];
		size_t row = 0;

		if (i > 0 && matrix_compare_places(e - 1, e) != 0)
			first = m->row_count;
		row = matrix_find_row(m, first, e);
		m->cells[row * m->version_count + e->version] = i + 1;
		if (row == m->row_count)
			m->row_count++;
	}
	return 0;
}

/* --- printing --- */

/* What is known of an element; one that knows the subject tells more. */
static const struct outcome *matrix_any_of(const struct matrix *m, size_t row)
{
	const struct outcome *any = NULL;

	for (size_t i = 0; i < m->version_count; i++) {
		const struct matrix_entry *e = matrix_entry_at(m, row, i);

		if (e && (!any || (!any->subject && e->outcome.subject)))
			any = &e->outcome;
	}
	assert(any); /* what made the row */
	return any;
}

static int matrix_put_place(struct table *t, const struct outcome *o)
{
	CLEANUP(free) char *place = NULL;
	const char *document = o->document ? o->document : o->url;

	if (!document)
		document = "";
	if (o->line > 0 &&
		string_format(&place, "%s:%" PRId64, document, o->line) < 0)
		return -ENOMEM;
	table_put(t, STYLE_PLAIN, place ? place : document);
	return 0;
}

static const char *matrix_what_of(const struct outcome *o)
{
	if (o->subject)
		return o->subject;
	if (o->url)
		return o->url;
	return o->sha256 ? o->sha256 : outcome_kind_name(o->kind);
}

static void matrix_put_cell(struct table *t, const struct matrix_entry *e)
{
	if (!e)
		table_put(t, STYLE_PLAIN, "-");
	else if (!e->outcome.accepted)
		table_put(t, STYLE_BAD, outcome_result_name(&e->outcome));
	else
		table_put(t,
			e->outcome.warning_count > 0 ? STYLE_WARNING
						     : STYLE_GOOD,
			outcome_result_name(&e->outcome));
}

static int matrix_print_outcomes(const struct matrix *m, const struct screen *s)
{
	CLEANUP(table_free) struct table *t = NULL;
	struct column columns[TABLE_MAX_COLUMNS] = {
		{.title = "Where", .fit = FIT_TAIL, .least = 14},
		{.title = "What", .fit = FIT_ENDS, .least = 12},
	};
	int r = 0;

	assert(m->version_count + 2 <= TABLE_MAX_COLUMNS);
	for (size_t i = 0; i < m->version_count; i++)
		columns[2 + i].title = m->versions[i];
	r = table_new(columns, m->version_count + 2, &t);
	for (size_t i = 0; r == 0 && i < m->row_count; i++) {
		const struct outcome *o = matrix_any_of(m, i);

		r = matrix_put_place(t, o);
		table_put(t, STYLE_PLAIN, matrix_what_of(o));
		for (size_t v = 0; v < m->version_count; v++)
			matrix_put_cell(t, matrix_entry_at(m, i, v));
	}
	return r < 0 ? r : table_print(t, s);
}

/* The reason of a cell without the version it is under: "The firmware 8.4.35
 * does not" is said of several at once. 0 or -ENOMEM. */
static int matrix_reason_of(
	const struct matrix *m, const struct matrix_entry *e, char **ret)
{
	const char *reason = e->outcome.reason ? e->outcome.reason : "";
	const char *version = m->versions[e->version];
	const char *at = strstr(reason, version);

	if (!at || at == reason || at[-1] != ' ')
		return string_replace(ret, reason);
	return string_format(ret, "%.*s%s", (int)(at - reason - 1), reason,
		at + strlen(version));
}

/* They have the same result and the same reason. */
static bool matrix_is_same(const struct matrix *m, const struct matrix_entry *a,
	const struct matrix_entry *b)
{
	CLEANUP(free) char *left = NULL;
	CLEANUP(free) char *right = NULL;

	if (a->outcome.verdict != b->outcome.verdict ||
		!string_equal(a->outcome.remedy, b->outcome.remedy))
		return false;
	/* When out of memory it is printed twice. */
	return matrix_reason_of(m, a, &left) == 0 &&
		matrix_reason_of(m, b, &right) == 0 && strcmp(left, right) == 0;
}

/* Has nothing to explain, or an earlier version has said it. */
static bool matrix_is_said(const struct matrix *m, size_t row, size_t version)
{
	const struct matrix_entry *e = matrix_entry_at(m, row, version);

	if (!e || e->outcome.accepted)
		return true;
	for (size_t i = 0; i < version; i++) {
		const struct matrix_entry *earlier = matrix_entry_at(m, row, i);

		if (earlier && matrix_is_same(m, earlier, e))
			return true;
	}
	return false;
}

/* All versions that say the same as the first, with commas between. */
static int matrix_join_versions(
	const struct matrix *m, size_t row, size_t first, char **ret)
{
	CLEANUP(free) char *all = NULL;
	const struct matrix_entry *e = matrix_entry_at(m, row, first);

	for (size_t i = first; i < m->version_count; i++) {
		CLEANUP(free) char *longer = NULL;
		const struct matrix_entry *other = matrix_entry_at(m, row, i);

		if (!other || !matrix_is_same(m, other, e))
			continue;
		if (string_format(&longer, "%s%s%s", all ? all : "",
			    all ? ", " : "", m->versions[i]) < 0)
			return -ENOMEM;
		free(all);
		all = TAKE_PTR(longer);
	}
	*ret = TAKE_PTR(all);
	return 0;
}

static int matrix_put_reason(
	struct table *t, const struct matrix *m, size_t row, size_t version)
{
	const struct matrix_entry *e = matrix_entry_at(m, row, version);
	CLEANUP(free) char *versions = NULL;
	CLEANUP(free) char *reason = NULL;
	int r = matrix_put_place(t, &e->outcome);

	if (r == 0)
		r = matrix_join_versions(m, row, version, &versions);
	if (r == 0)
		r = matrix_reason_of(m, e, &reason);
	if (r < 0)
		return r;
	table_put(t, STYLE_BAD, outcome_result_name(&e->outcome));
	table_put(t, STYLE_PLAIN, versions);
	table_put(t, STYLE_PLAIN, reason);
	table_put(t, STYLE_PLAIN, e->outcome.remedy);
	return 0;
}

static int matrix_print_reasons(const struct matrix *m, const struct screen *s)
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
	};
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(columns, ARRAY_SIZE(columns), &t);

	for (size_t i = 0; i < m->row_count; i++)
		for (size_t v = 0; r == 0 && v < m->version_count; v++)
			if (!matrix_is_said(m, i, v))
				r = matrix_put_reason(t, m, i, v);
	if (r < 0 || table_rows(t) == 0)
		return r;
	(void)fputc('\n', s->out);
	return table_print(t, s);
}

int matrix_print(struct matrix *m, const struct screen *s)
{
	int r = matrix_make_rows(m);

	if (r < 0)
		return r;
	if (m->row_count == 0) {
		(void)fputs("There is no certificate in it.\n", s->out);
		return 0;
	}
	r = matrix_print_outcomes(m, s);
	return r < 0 ? r : matrix_print_reasons(m, s);
}
