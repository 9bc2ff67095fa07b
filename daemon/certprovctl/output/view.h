/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the JSON of a reply to a table that a person reads: the columns say
 * which member they show and how. A missing member, or one of another type, is
 * empty, so that a newer or older certprovd can be used.
 */
#ifndef CERTPROVCTL_VIEW_H
#define CERTPROVCTL_VIEW_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "daemon/certprovctl/output/table.h"
#include "lib/base/macros.h"

/* Enough of a fingerprint to identify a certificate. */
#define VIEW_FINGERPRINT_DIGITS 16

/* Borrowed; NULL when there is no such text. */
const char *view_text(const cJSON *object, const char *name);
/* A whole number, or else missing. */
int64_t view_number(const cJSON *object, const char *name, int64_t missing);
bool view_flag(const cJSON *object, const char *name);

void view_cell_done(struct view_cell *c);
DEFINE_CLEANUP_EMBEDDED(struct view_cell, view_cell_done);

/* --- for struct column: how a member is written --- */

/* A value unchanged: text, number, yes or no, texts joined with commas. */
int view_plain(const cJSON *row, const char *member, struct view_cell *ret);
/* The first VIEW_FINGERPRINT_DIGITS of a fingerprint. */
int view_fingerprint(
	const cJSON *row, const char *member, struct view_cell *ret);
/* "2026-05-28 20:26:40" for an RFC 3339 time: all are UTC. */
int view_time(const cJSON *row, const char *member, struct view_cell *ret);
/* document and line: "http://a/b.xml:12". */
int view_place(const cJSON *row, const char *member, struct view_cell *ret);
/* clockTrusted, explained if it is false. */
int view_clock(const cJSON *row, const char *member, struct view_cell *ret);

/* A row, by the members of its columns. 0 or -ENOMEM. */
int view_add(struct table *t, const cJSON *row);

/*
 * Prints the object on one line, with \uNNNN for everything that could affect a
 * terminal: the same JSON. 0 or -ENOMEM.
 */
int view_print_json(const struct screen *s, const cJSON *object);

#endif
