/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people, as wide as they need to be or as the screen is. Cells are
 * printed beside each other, wrapped or shortened, or under each other, as
 * lines "Title text". If there is no room for all beside each other, the last
 * columns go under their row; if that is not enough, all columns do. Words are
 * never broken.
 */
#ifndef CERTPROVCTL_TABLE_H
#define CERTPROVCTL_TABLE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "daemon/certprovctl/output/screen.h"
#include "lib/base/macros.h"

/* Named maxima: one more row or column is -ENOSPC, a longer cell is cut. */
#define TABLE_MAX_COLUMNS 32
#define TABLE_MAX_ROWS ((size_t)64 * 1024)
#define TABLE_MAX_CELL_BYTES ((size_t)4096)

/* What happens to a cell if there is no room for it. */
enum fit {
	FIT_WHOLE, /* never narrowed */
	FIT_WRAP,  /* on several lines, at blanks */
	FIT_HEAD,  /* shortened, the beginning stays */
	FIT_TAIL,  /* shortened, the end stays */
	FIT_ENDS,  /* shortened, a third stays of the beginning, the rest of the
		      end: what rows that begin alike do not have in common */
};

/* What a cell says. Zeroed is empty. */
struct view_cell {
	char *text;
	enum style style;
};

struct column {
	const char *title;
	enum fit fit;
	/* The narrowest it may get; 0: eight. If it is wrapped, it also keeps
	 * room for its longest word. */
	size_t least;
	bool right; /* aligned to the right, for numbers */
	bool below; /* may go under the row; such columns are the last */
	/* For view_add(): the member of an object, and what writes it when it
	 * is not written as it is; member may be NULL then. 0 or -ENOMEM. */
	const char *member;
	int (*make)(
		const cJSON *row, const char *member, struct view_cell *ret);
};

struct table;

/* The columns are borrowed as long as the table lives. 0, -ENOMEM, or -ENOSPC
 * past TABLE_MAX_COLUMNS. */
int table_new(const struct column *columns, size_t count, struct table **ret);
struct table *table_free(struct table *t); /* NULL is fine */
DEFINE_CLEANUP(struct table, table_free);

/*
 * Adds cells from left to right, row by row; after the last column a new row
 * begins. The text is copied and escaped; NULL is empty. Failures stick:
 * table_print() returns them.
 */
void table_put(struct table *t, enum style style, const char *text);
/* Fills up the row with empty cells. */
void table_end_row(struct table *t);
size_t table_rows(const struct table *t);
/* NULL past the last. */
const struct column *table_column(const struct table *t, size_t index);

/* 0, or -ENOMEM or -ENOSPC from an earlier step. */
int table_print(const struct table *t, const struct screen *s);
/* Prints the columns that may go under their row there, however wide the screen
 * is. */
int table_print_under_rows(const struct table *t, const struct screen *s);
/* Prints all cells under each other, except empty ones, with a blank line
 * between rows. */
int table_print_blocks(const struct table *t, const struct screen *s);

#endif
