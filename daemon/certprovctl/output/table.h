/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people: as wide as they need to be, or as the screen is; then
 * columns are wrapped or shortened, then some go below their row, and when
 * even that is not enough each row becomes a block of lines. Knows nothing of
 * what stands in them.
 */
#ifndef CERTPROVCTL_TABLE_H
#define CERTPROVCTL_TABLE_H

#include <stddef.h>

#include "daemon/certprovctl/output/screen.h"
#include "lib/base/macros.h"

/* Named maxima: one more row or column is -ENOSPC, a longer cell is cut. */
#define TABLE_MAX_COLUMNS 32
#define TABLE_MAX_ROWS ((size_t)64 * 1024)
#define TABLE_MAX_CELL_BYTES ((size_t)4096)

/* What becomes of a cell for which there is no room. */
enum fit {
	FIT_WHOLE, /* it gets the room */
	FIT_WRAP,  /* on several lines */
	FIT_HEAD,  /* shortened, the beginning stays */
	FIT_TAIL,  /* shortened, the end stays */
};

struct column {
	const char *title;
	enum fit fit;
	size_t least; /* columns it can be narrowed to; 0: eight */
	bool right;   /* aligned so, for numbers */
	/* Where there is no room for all: on lines of its own under the row.
	 * Such columns are the last ones. */
	bool below;
};

struct table;

/* The columns stay the caller's and must live as long. 0, -ENOMEM, -ENOSPC
 * past TABLE_MAX_COLUMNS. */
int table_new(const struct column *columns, size_t count, struct table **ret);
struct table *table_free(struct table *t); /* NULL is fine */
DEFINE_CLEANUP(struct table, table_free);

/*
 * Cells from left to right, row by row: behind the last column a new row
 * begins. The text is copied and escaped; NULL is empty. Failures stick:
 * put everything, look once, at table_print.
 */
void table_put(struct table *t, enum style style, const char *text);
/* Fill the row that has begun with empty cells. */
void table_end_row(struct table *t);
size_t table_rows(const struct table *t);

/* 0, -ENOMEM or -ENOSPC when something before did not work. */
int table_print(const struct table *t, const struct screen *s);
/* Each row as a block of lines "Title  text", empty cells left out. */
int table_print_blocks(const struct table *t, const struct screen *s);

#endif
