/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked documents as tables for people: the elements of one file, a column
 * for each version; and what there is to say of them, equal things once.
 */
#ifndef CERTPROVCTL_CHECK_TEXT_H
#define CERTPROVCTL_CHECK_TEXT_H

#include "daemon/certprovctl/check/check-matrix.h"
#include "daemon/certprovctl/check/check-problems.h"
#include "daemon/certprovctl/output/screen.h"

/* Which rows of a matrix are printed. */
enum check_rows {
	CHECK_ROWS_PROBLEMS, /* refused or with a warning */
	CHECK_ROWS_USUAL,    /* and all certificates */
	CHECK_ROWS_ALL,      /* and settings and documents that are fine */
};

/* Prints an arranged matrix. Returns the number of rows, which may be none, or
 * what table_print() does. */
int check_text_matrix(
	const struct matrix *m, enum check_rows rows, const struct screen *s);
/* Prints grouped problems, with a blank line ahead if there are any; as
 * table_print(). */
int check_text_problems(const struct problems *p, const struct screen *s);

#endif
