/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the JSON of a reply to what a person reads: a table says which member
 * stands in which column and how it is written. A member that is missing or
 * of another type is empty: a newer or older certprovd is no reason to fail.
 */
#ifndef CERTPROVCTL_VIEW_H
#define CERTPROVCTL_VIEW_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "daemon/certprovctl/output/table.h"
#include "lib/base/macros.h"

/* Enough of a fingerprint to point with. */
#define VIEW_FINGERPRINT_DIGITS 16

/* Borrowed; NULL when there is no such text. */
const char *view_text(const cJSON *object, const char *name);
/* Whole numbers; otherwise what is given as missing. */
int64_t view_number(const cJSON *object, const char *name, int64_t missing);
bool view_flag(const cJSON *object, const char *name);

void view_cell_done(struct view_cell *c);
DEFINE_CLEANUP_EMBEDDED(struct view_cell, view_cell_done);

/* --- for struct column: how a member is written --- */

/* A value as it is: text, number, yes or no, texts with commas between. */
int view_plain(const cJSON *row, const char *member, struct view_cell *ret);
/* The first VIEW_FINGERPRINT_DIGITS of a fingerprint. */
int view_fingerprint(
	const cJSON *row, const char *member, struct view_cell *ret);
/* "2026-05-28 20:26:40" for an RFC 3339 time: all are UTC. */
int view_time(const cJSON *row, const char *member, struct view_cell *ret);
/* document and line: "http://a/b.xml:12". */
int view_place(const cJSON *row, const char *member, struct view_cell *ret);
/* clockTrusted, with what it means when it is not. */
int view_clock(const cJSON *row, const char *member, struct view_cell *ret);

/* A row, by the members of its columns. 0 or -ENOMEM. */
int view_add(struct table *t, const cJSON *row);

/*
 * The object on one line, with everything that could do something to a
 * terminal as \uNNNN: the same JSON. 0 or -ENOMEM.
 */
int view_print_json(const struct screen *s, const cJSON *object);

#endif
