/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is signed in. A session is found by an id that only its browser has: here
 * is its SHA-256. Pure: time is a parameter, in milliseconds of any clock that
 * does not go back.
 */
#ifndef CERTPROV_WEB_SESSIONS_H
#define CERTPROV_WEB_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/users/user-line.h"

/* In all, and of a user; beyond, the one that was used longest ago ends. */
#define SESSIONS_MAX 64
#define SESSIONS_MAX_OF_USER 8
/* Of an id, and of a token: 256 random bits in hex. */
#define SESSIONS_SECRET_BYTES 32
#define SESSIONS_SECRET_SIZE (2 * SESSIONS_SECRET_BYTES + 1)

struct web_session {
	uint64_t number; /* of no other session; 0: no session */
	char user[USER_MAX_NAME + 1];
	char token[SESSIONS_SECRET_SIZE];
	uint8_t id_sha256[SHA256_BYTES];
	int64_t begun_ms;
	int64_t used_ms;
};

struct sessions;

/* How long a session lasts without being used, and at most. 0 or -ENOMEM. */
int sessions_new(int64_t idle_ms, int64_t longest_ms, struct sessions **ret);
struct sessions *sessions_free(struct sessions *s);
DEFINE_CLEANUP(struct sessions, sessions_free);

/* A new one: 0 and its id; -EIO when there is no randomness. */
int sessions_begin(struct sessions *s, const char *user, int64_t now_ms,
	char ret_id[SESSIONS_SECRET_SIZE], const struct web_session **ret);
/* NULL: there is none, or it has ended. Finding it is using it. */
const struct web_session *sessions_find(
	struct sessions *s, const char *id, int64_t now_ms);
/* Whether it goes on; this is no use of it. */
bool sessions_go_on(struct sessions *s, uint64_t number, int64_t now_ms);
void sessions_end(struct sessions *s, uint64_t number);
/* Of all its sessions. */
void sessions_end_of_user(struct sessions *s, const char *user);

/* Random bits in hex; 0 or -EIO. */
int sessions_secret(char ret[SESSIONS_SECRET_SIZE]);

#endif
