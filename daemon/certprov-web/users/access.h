/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what: users, their sessions, tokens against forged requests, and
 * how often anybody may try to sign in.
 *
 * A user signs in with his password by TLS; behind a web server on the Unix
 * socket it is that server who says who he is, and the file of users has his
 * role. Whatever other sites make a browser send is refused: the Origin of a
 * request, if it has one, has to be the very host that its Host header names
 * (by TLS with https), so a foreign name that leads to this phone gets no
 * further than its own origin, for which no browser has a session; what changes
 * something needs the token of the session as well, and Sec-Fetch-Site, if it
 * is there, has to be same-origin.
 */
#ifndef CERTPROV_WEB_ACCESS_H
#define CERTPROV_WEB_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/certprov-web/http/exchange.h"
#include "lib/users/user-line.h"

struct access;

struct access_config {
	/* The file of users; NULL: none, and then nothing is shown. */
	const char *users_path;
	/* Of a session, in seconds. */
	uint64_t idle_end;
	uint64_t absolute_end;
	/* Milliseconds of a clock that does not go back; NULL: the system's. */
	int64_t (*now_ms)(void);
};

/* The path is borrowed. A file that is wrong or not there is said, and there
 * are no users. 0, -ENOMEM or -EIO. */
int access_new(const struct access_config *config, struct access **ret);
struct access *access_free(struct access *a);
DEFINE_CLEANUP(struct access, access_free);

/* Who asks. */
struct access_user {
	char name[USER_MAX_NAME + 1];
	enum access_role role;
	uint64_t session; /* 0: the web server in front says who it is */
};

/*
 * May who asks do what needs this role? 0 and the user; or -EACCES, and the
 * exchange has been answered (not signed in, role, token, origin, no users).
 * changes: the token and the origin are checked as well.
 */
int access_check(struct access *a, struct exchange *e, enum access_role needed,
	bool changes, struct access_user *ret);

/* Whether who was let in still is: his session goes on, and he has the role.
 * For what lasts, as a stream, before each piece of it. */
bool access_goes_on(struct access *a, const struct access_user *user);

/* Whether anybody signed in at this address before, see exchange_peer. */
bool access_knows(const struct access *a, const char *address);

/* GET, POST and DELETE /session. Answers. */
void access_handle_session(struct access *a, struct exchange *e);

/* Read the users again (SIGHUP); on an error, which is said, the former stay.
 * Sessions of users who are gone, or whose hash or role differs, end. */
int access_reload(struct access *a);

#endif
