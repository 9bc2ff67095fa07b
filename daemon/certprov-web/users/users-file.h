/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of users: a line each, as lib/users/user-line.h has it; empty lines
 * and lines that begin with # say nothing. A file with a line that is wrong is
 * wrong: who may do what is not guessed.
 */
#ifndef CERTPROV_WEB_USERS_FILE_H
#define CERTPROV_WEB_USERS_FILE_H

#include <stddef.h>

#include "lib/base/macros.h"
#include "lib/users/user-line.h"

#define USERS_MAX 64
#define USERS_MAX_FILE_BYTES ((size_t)64 * 1024)

struct users {
	size_t count;
	struct user_line lines[USERS_MAX];
	/* What a name that is not there is checked against, so that it takes as
	 * long; of the costliest there is. */
	char other[PASSWORD_MAX_HASH + 1];
};

/* What is wrong with a file, and where; line 0: with all of it. */
struct users_fault {
	unsigned line;
	const char *reason; /* static */
};

/* 0 and users in new memory; -EINVAL and the fault, -ENOENT, or another
 * negative errno. */
int users_load(const char *path, struct users **ret, struct users_fault *fault);
struct users *users_free(struct users *u);
DEFINE_CLEANUP(struct users, users_free);

/* The same from its text: 0 or -EINVAL; *ret is zeroed before. */
int users_parse(const char *text, size_t len, struct users *ret,
	struct users_fault *fault);

/* NULL: there is no such user. */
const struct user_line *users_find(const struct users *u, const char *name);

#endif
