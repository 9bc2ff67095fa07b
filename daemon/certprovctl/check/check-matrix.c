/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-matrix.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
	bool offline;
	struct matrix_entry *entries;
	size_t count;
	size_t room;
	char **documents;
	size_t document_count;
	/* One row for each element, one column for each version: the index of
	 * the entry plus one, or 0 for none. */
	size_t *cells;
	size_t row_count;
};

int matrix_new(const char *const *versions, size_t count, bool offline,
	struct matrix **ret)
{
	struct matrix *m = calloc(1, sizeof(*m));

	assert(count > 0);
	if (!m)
		return -ENOMEM;
	m->versions = versions;
	m->version_count = count;
	m->offline = offline;
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

int matrix_add(struct matrix *m, size_t version, struct outcome *outcome)
{
	size_t document = 0;
	int r = 0;

	assert(version < m->version_count);
	r = matrix_make_room(m);
	if (r == 0)
		r = matrix_find_document(m,
			outcome->document ? outcome->document : "", &document);
	if (r < 0)
		return r;
	m->entries[m->count] = (struct matrix_entry){
		.outcome = TAKE_OBJECT(*outcome),
		.document = document,
		.version = version,
		.sequence = m->count,
	};
	m->count++;
	return 0;
}

const struct outcome *matrix_next(
	const struct matrix *m, size_t *i, size_t *ret_version)
{
	const struct matrix_entry *e = NULL;

	if (*i >= m->count)
		return NULL;
	e = &m->entries[(*i)++];
	*ret_version = e->version;
	return &e->outcome;
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
	if (c == 0)
		c = matrix_compare_texts(a->outcome.name, b->outcome.name);
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
int matrix_arrange(struct matrix *m)
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

/* --- reading --- */

size_t matrix_row_count(const struct matrix *m)
{
	return m->row_count;
}

size_t matrix_version_count(const struct matrix *m)
{
	return m->version_count;
}

const char *matrix_version(const struct matrix *m, size_t version)
{
	assert(version < m->version_count);
	return m->versions[version];
}

const struct outcome *matrix_cell(
	const struct matrix *m, size_t row, size_t version)
{
	const struct matrix_entry *e = matrix_entry_at(m, row, version);

	return e ? &e->outcome : NULL;
}

const struct outcome *matrix_known(const struct matrix *m, size_t row)
{
	const struct outcome *any = NULL;

	for (size_t i = 0; i < m->version_count; i++) {
		const struct outcome *o = matrix_cell(m, row, i);

		if (o && (!any || (!any->subject && o->subject)))
			any = o;
	}
	assert(any); /* what made the row */
	return any;
}

enum matrix_state matrix_cell_state(
	const struct matrix *m, size_t row, size_t version)
{
	const struct outcome *o = matrix_cell(m, row, version);

	if (!o || (o->accepted && o->warning_count == 0))
		return MATRIX_GOOD;
	if (o->accepted)
		return MATRIX_WARNED;
	return m->offline && o->verdict == VERDICT_NOT_ATTEMPTED
		? MATRIX_SKIPPED
		: MATRIX_REFUSED;
}

enum matrix_state matrix_row_state(const struct matrix *m, size_t row)
{
	enum matrix_state worst = MATRIX_GOOD;

	for (size_t i = 0; i < m->version_count; i++) {
		enum matrix_state state = matrix_cell_state(m, row, i);

		if (state > worst)
			worst = state;
	}
	return worst;
}
