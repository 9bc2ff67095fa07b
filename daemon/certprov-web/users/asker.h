/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and whether it is the page that does: for access.h and sign-in.h.
 */
#ifndef CERTPROV_WEB_ASKER_H
#define CERTPROV_WEB_ASKER_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/certprov-web/http/exchange.h"
#include "daemon/certprov-web/users/attempts.h"
#include "daemon/certprov-web/users/sessions.h"
#include "daemon/certprov-web/users/users-file.h"

#define ASKER_COOKIE "certprov_session"
#define ASKER_TOKEN_HEADER "X-CSRF-Token"
#define ASKER_WEB "io.certprov.web."
#define ASKER_DENIED "org.varlink.service.PermissionDenied"

/* Of access.h. */
struct access {
	const char *users_path;  /* or NULL */
	int64_t (*now_ms)(void); /* or NULL */
	struct users *users;     /* never NULL */
	bool is_wrong; /* the file of them, which may be why there are none */
	struct sessions *sessions;
	struct attempts *attempts;
	/* The tokens of users of the front end are made from it. */
	char key[SESSIONS_SECRET_SIZE];
};

/* Who asks, as far as it is known. */
struct access_asker {
	const struct user_line *line; /* NULL: nobody who is signed in */
	uint64_t session;             /* 0: of the front end */
	char token[SESSIONS_SECRET_SIZE];
};

int64_t asker_now_ms(const struct access *a);
/* There are users; otherwise the exchange has been answered. */
bool asker_has_users(const struct access *a, struct exchange *e);
/* 0; -ENOENT when it is nobody, or -EIO. */
int asker_find(
	struct access *a, const struct exchange *e, struct access_asker *ret);
/* It comes from the page itself, as far as the browser says; otherwise the
 * exchange has been answered. */
bool asker_is_ours(struct exchange *e, bool changes);
/* It has this token; otherwise the exchange has been answered. */
bool asker_has_token(struct exchange *e, const char *token);
/* Nobody is signed in: answers. */
void asker_answer_stranger(struct exchange *e);

#endif
