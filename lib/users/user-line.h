/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of the file of users, NAME:ROLE:HASH. Whoever only comes through the
 * web server in front needs no password: the hash is then *.
 */
#ifndef CERTPROV_USER_LINE_H
#define CERTPROV_USER_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/users/password.h"

/* Letters, digits and . _ @ - */
#define USER_MAX_NAME 64

enum access_role {
	ACCESS_LOOK,
	ACCESS_CHANGE,
};

/* "look" or "change" */
const char *user_role_name(enum access_role role);
/* 0 or -EINVAL */
int user_role_find(const char *name, enum access_role *ret);

bool user_name_is(const char *name);

struct user_line {
	char name[USER_MAX_NAME + 1];
	enum access_role role;
	/* Empty: there is no password. */
	char hash[PASSWORD_MAX_HASH + 1];
};

/* NULL, or what is wrong with the line, a clause; then *ret is undefined. */
const char *user_line_parse(
	const char *line, size_t len, struct user_line *ret);

#endif
