/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/near.h"

#include <ctype.h>
#include <string.h>

/* Shorter names are near only in another case. */
#define ONE_EDIT_BYTES 4
#define TWO_EDITS_BYTES 8

/* The rows of the table of edits that are still needed. */
struct near_rows {
	const unsigned *before;
	const unsigned *above;
	unsigned *row;
};

static int near_fold(const char *text, size_t i)
{
	return tolower((unsigned char)text[i]);
}

static unsigned near_allowed(size_t known_len)
{
	if (known_len < ONE_EDIT_BYTES)
		return 0;
	return known_len < TWO_EDITS_BYTES ? 1 : NEAR_MAX_EDITS;
}

static unsigned near_smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* One field: a[0..i) made of b[0..j). */
static unsigned near_field(const struct near_rows *rows, const char *a,
	size_t i, const char *b, size_t j)
{
	unsigned other = near_fold(a, i - 1) != near_fold(b, j - 1);
	unsigned least = near_smaller(rows->above[j], rows->row[j - 1]) + 1;

	least = near_smaller(least, rows->above[j - 1] + other);
	if (i > 1 && j > 1 && near_fold(a, i - 1) == near_fold(b, j - 2) &&
		near_fold(a, i - 2) == near_fold(b, j - 1))
		least = near_smaller(least, rows->before[j - 2] + 1);
	return least;
}

/* Optimal string alignment. */
static unsigned near_count(
	const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned cells[3][NEAR_MAX_BYTES + 1] = {{0}};
	struct near_rows rows = {cells[1], cells[2], cells[0]};

	for (size_t j = 0; j <= b_len; j++)
		cells[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		rows.before = cells[(i + 1) % 3];
		rows.above = cells[(i - 1) % 3];
		rows.row = cells[i % 3];
		rows.row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++)
			rows.row[j] = near_field(&rows, a, i, b, j);
	}
	return rows.row[b_len];
}

unsigned near_edits(const char *name, const char *known)
{
	size_t known_len = strnlen(known, NEAR_MAX_BYTES + 1);
	size_t len = strnlen(name, NEAR_MAX_BYTES + 1);
	unsigned allowed = near_allowed(known_len);
	unsigned edits = 0;

	if (len > NEAR_MAX_BYTES || known_len > NEAR_MAX_BYTES ||
		len > known_len + allowed || known_len > len + allowed)
		return NEAR_NOT;
	edits = near_count(name, len, known, known_len);
	return edits <= allowed ? edits : NEAR_NOT;
}

const char *near_find(const char *name, const char *const known[], size_t count)
{
	const char *nearest = NULL;
	unsigned least = NEAR_NOT;

	for (size_t i = 0; i < count; i++) {
		unsigned edits = near_edits(name, known[i]);

		if (edits >= least)
			continue;
		least = edits;
		nearest = known[i];
	}
	return nearest;
}
