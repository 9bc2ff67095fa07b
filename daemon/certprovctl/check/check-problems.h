/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is to say of checked documents: refusals and warnings, with the
 * versions that say the same of one element put together, and equal ones of
 * several elements and files made groups. Prints nothing.
 */
#ifndef CERTPROVCTL_CHECK_PROBLEMS_H
#define CERTPROVCTL_CHECK_PROBLEMS_H

#include <stdint.h>

#include "daemon/certprovctl/check/check-matrix.h"
#include "lib/base/macros.h"

/* One thing said of one element. */
struct problem {
	enum matrix_state state;       /* never MATRIX_GOOD */
	const char *identifier;        /* of the verdict, result or warning */
	char *sentence;                /* without the version */
	const char *remedy;            /* or NULL; borrowed from the matrix */
	char *versions;                /* that say it: "8.9.3.40, 10.1.33.33" */
	char *place;                   /* "a.xml:3" */
	const struct outcome *outcome; /* borrowed from the matrix */
	size_t file;                   /* as it was added */
	size_t last_version;           /* of versions */
	size_t sequence;               /* as they were added */
	size_t group;
};

/* Zeroed is empty; borrows from the matrices. */
struct problems {
	struct problem *list;
	size_t count;
	size_t room;
};
void problems_done(struct problems *p);
DEFINE_CLEANUP_EMBEDDED(struct problems, problems_done);

/* Those of an arranged matrix, behind those that are there. 0, -ENOMEM. */
int problems_add(struct problems *p, const struct matrix *m, size_t file);

/*
 * Sorts them so that equal ones stand together, the groups in the order of
 * their first members. The place alone tells the members of a group apart.
 */
void problems_group(struct problems *p);
/* How many belong together from this one on. */
size_t problems_group_size(const struct problems *p, size_t first);

/* Where an outcome is: "a.xml:3", "a.xml". Caller frees. 0 or -ENOMEM. */
int problem_place_of(const struct outcome *o, char **ret);
/* What it is about, for people. Caller frees. 0 or -ENOMEM. */
int problem_subject_of(const struct outcome *o, char **ret);

#endif
