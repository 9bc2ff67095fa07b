/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several firmware versions make of the same document, side by side: one
 * row for each certificate, one column for each version, and below it the
 * reasons for what was refused. Compares and prints; judges nothing.
 */
#ifndef CERTPROVCTL_CHECK_MATRIX_H
#define CERTPROVCTL_CHECK_MATRIX_H

#include "daemon/certprovctl/output/screen.h"
#include "lib/base/macros.h"
#include "lib/provisioning/outcome.h"

/* Named maximum of outcomes of all versions; one more is -ENOSPC. */
#define MATRIX_MAX_OUTCOMES ((size_t)1024 * 1024)

struct matrix;

/* The texts of the versions stay the caller's. 0, -ENOMEM. */
int matrix_new(const char *const *versions, size_t count, struct matrix **ret);
struct matrix *matrix_free(struct matrix *m); /* NULL is fine */
DEFINE_CLEANUP(struct matrix, matrix_free);

/* An outcome of the version with this index, in order of decision; taken.
 * Settings and documents that were read are passed over. 0, -ENOMEM,
 * -ENOSPC. */
int matrix_add(struct matrix *m, size_t version, struct outcome *outcome);
/* Something was refused, by any version. */
bool matrix_has_refused(const struct matrix *m);
/* As table_print. */
int matrix_print(struct matrix *m, const struct screen *s);

#endif
