/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which user and password a server may be sent, apart from those in a URL: the
 * phone's http_client_user and http_client_pass, which are for the origin of
 * the first URL of the job, and for the origin of a document that brings both
 * itself. Never sends anything, and never tells a password.
 */
#ifndef CERTPROV_FETCH_HTTP_USERS_H
#define CERTPROV_FETCH_HTTP_USERS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/macros.h"
#include "lib/net/url.h"
#include "lib/phone/settings-table.h"
#include "lib/provisioning/fetch-job.h"

/* Origins in a run; what further ones bring is not used. */
#define HTTP_USERS_MAX 8

struct http_user {
	struct url origin;
	char *user; /* NULL or empty: none */
	char *password;
};

/* Zeroed is empty. */
struct http_users {
	struct http_user entries[HTTP_USERS_MAX];
	size_t count;
	bool withheld; /* what is set is not for the first origin */
	bool has_job;  /* the first entry is the origin of the job */
};

/* For the job; 0 or -ENOMEM. http_users_done() it in any case. */
int http_users_init(const struct fetch_job *job, struct http_users *ret);
void http_users_done(struct http_users *u);
DEFINE_CLEANUP_EMBEDDED(struct http_users, http_users_done);

/* A document at url (NULL: it has none) brought a setting, and the daemon took
 * it. Does nothing for others than the two. 0 or -ENOMEM. */
int http_users_bring(struct http_users *u, const char *url, enum setting_id id,
	const char *value);

/* With a user; NULL: there is none for this origin. u may be NULL. */
const struct http_user *http_users_find(
	const struct http_users *u, const struct url *url);
/* There is one, which this origin must not be sent. */
bool http_users_withheld(const struct http_users *u, const struct url *url);
/* There is one for some origin. */
bool http_users_has_any(const struct http_users *u);

#endif
