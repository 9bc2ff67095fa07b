/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what: users, their sessions, tokens against forged requests, and
 * how often anybody may try to log in.
 */
#ifndef CERTPROV_WEB_ACCESS_H
#define CERTPROV_WEB_ACCESS_H

#include <stdbool.h>

#include "daemon/certprov-web/http/exchange.h"

enum access_role {
	ACCESS_LOOK,
	ACCESS_CHANGE,
};

struct access;

struct access_config {
	/* The file of users; NULL: none, and then nothing is shown. */
	const char *users_path;
	/* Seconds. */
	unsigned idle_end;
	unsigned absolute_end;
};

int access_new(const struct access_config *config, struct access **ret);
struct access *access_free(struct access *a);

/* Who asks, for as long as the exchange lives. */
struct access_user {
	const char *name;
	enum access_role role;
};

/*
 * May who asks do what needs this role? 0 and the user; or -EACCES, and the
 * exchange has been answered (not signed in, role, token, origin, no users).
 * changes: the token and the origin are checked as well.
 */
int access_check(struct access *a, struct exchange *e, enum access_role needed,
	bool changes, struct access_user *ret);

/* GET, POST and DELETE /session. Answers. */
void access_handle_session(struct access *a, struct exchange *e);

/* Read the users again (SIGHUP); on an error the former stay. Sessions of
 * users who are gone, or whose hash or role differs, end. */
int access_reload(struct access *a);

#endif
