/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several firmware versions make of the same document, side by side: one
 * row for each element, one column for each version. Compares; judges and
 * prints nothing.
 */
#ifndef CERTPROVCTL_CHECK_MATRIX_H
#define CERTPROVCTL_CHECK_MATRIX_H

#include "lib/base/macros.h"
#include "lib/provisioning/outcome.h"

/* Named maximum of outcomes of all versions; one more is -ENOSPC. */
#define MATRIX_MAX_OUTCOMES ((size_t)1024 * 1024)

struct matrix;

/* The texts of the versions stay the caller's. offline: that nothing was
 * fetched is as it should be. 0, -ENOMEM. */
int matrix_new(const char *const *versions, size_t count, bool offline,
	struct matrix **ret);
struct matrix *matrix_free(struct matrix *m); /* NULL is fine */
DEFINE_CLEANUP(struct matrix, matrix_free);

/* An outcome of the version with this index, in order of decision; taken. 0,
 * -ENOMEM, -ENOSPC. */
int matrix_add(struct matrix *m, size_t version, struct outcome *outcome);
/* The outcomes one after the other, from *i 0 on; NULL after the last. Until
 * they are arranged, in the order in which they came. */
const struct outcome *matrix_next(
	const struct matrix *m, size_t *i, size_t *ret_version);

/* Makes the rows, once all is added. 0, -ENOMEM. */
int matrix_arrange(struct matrix *m);
size_t matrix_row_count(const struct matrix *m);
size_t matrix_version_count(const struct matrix *m);
const char *matrix_version(const struct matrix *m, size_t version);
/* NULL when this version says nothing of the element. */
const struct outcome *matrix_cell(
	const struct matrix *m, size_t row, size_t version);
/* What is known of an element, by the version that knows most; never NULL. */
const struct outcome *matrix_known(const struct matrix *m, size_t row);

/* From the best to the worst. */
enum matrix_state {
	MATRIX_GOOD,
	MATRIX_SKIPPED, /* not fetched, because nothing was to be */
	MATRIX_WARNED,  /* accepted, with a warning */
	MATRIX_REFUSED,
};
enum matrix_state matrix_cell_state(
	const struct matrix *m, size_t row, size_t version);
/* The worst of all versions. */
enum matrix_state matrix_row_state(const struct matrix *m, size_t row);

#endif
