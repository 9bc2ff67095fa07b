/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/http-users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"

static void http_user_wipe(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void http_users_done(struct http_users *u)
{
	for (size_t i = 0; i < u->count; i++) {
		url_done(&u->entries[i].origin);
		free(u->entries[i].user);
		http_user_wipe(&u->entries[i].password);
	}
	*u = (struct http_users){.count = 0};
}

static const struct http_user *http_users_entry(
	const struct http_users *u, const struct url *url)
{
	for (size_t i = 0; u && i < u->count; i++)
		if (url_same_origin(&u->entries[i].origin, url))
			return &u->entries[i];
	return NULL;
}

/* The entry of this origin, a new one if there is none; NULL in *ret when there
 * is no room. */
static int http_users_make(
	struct http_users *u, const char *url, struct http_user **ret)
{
	CLEANUP(url_done) struct url origin = {0};
	const struct http_user *there = NULL;
	int r = url_parse(url, &origin);

	*ret = NULL;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	there = http_users_entry(u, &origin);
	if (there)
		*ret = &u->entries[there - u->entries];
	else if (u->count < HTTP_USERS_MAX) {
		*ret = &u->entries[u->count++];
		**ret = (struct http_user){.origin = TAKE_OBJECT(origin)};
	}
	return 0;
}

int http_users_init(const struct fetch_job *job, struct http_users *ret)
{
	struct http_user *own = NULL;
	int r = 0;

	*ret = (struct http_users){.withheld = job->user_withheld};
	if (job->url_count > 0)
		r = http_users_make(ret, job->urls[0], &own);
	if (r < 0 || !own)
		return r;
	ret->has_job = true;
	r = string_replace(&own->user, job->user);
	return r < 0 ? r : string_replace(&own->password, job->password);
}

static int http_user_take(
	struct http_user *user, enum setting_id id, const char *value)
{
	if (id == SETTING_HTTP_CLIENT_USER)
		return string_replace(&user->user, value);
	http_user_wipe(&user->password);
	return string_replace(&user->password, value);
}

/* Without the white space around it, which does not count. */
static int http_users_trimmed(const char *value, char **ret)
{
	size_t len = 0;

	value += strspn(value, SETTING_BLANKS);
	len = strlen(value);
	while (len > 0 && strchr(SETTING_BLANKS, value[len - 1]))
		len--;
	*ret = strndup(value, len);
	return *ret ? 0 : -ENOMEM;
}

int http_users_bring(struct http_users *u, const char *url, enum setting_id id,
	const char *value)
{
	char *text = NULL;
	struct http_user *from = NULL;
	int r = 0;

	if (id != SETTING_HTTP_CLIENT_USER && id != SETTING_HTTP_CLIENT_PASS)
		return 0;
	r = http_users_trimmed(value ? value : "", &text);
	if (r == 0 && url)
		r = http_users_make(u, url, &from);
	if (r == 0 && from)
		r = http_user_take(from, id, text);
	/* It is the phone's from now on. */
	if (r == 0 && u->has_job && from != &u->entries[0])
		r = http_user_take(&u->entries[0], id, text);
	http_user_wipe(&text);
	return r;
}

const struct http_user *http_users_find(
	const struct http_users *u, const struct url *url)
{
	const struct http_user *user = http_users_entry(u, url);

	return user && user->user && *user->user ? user : NULL;
}

bool http_users_withheld(const struct http_users *u, const struct url *url)
{
	return u && u->withheld && u->has_job &&
		url_same_origin(&u->entries[0].origin, url) &&
		!http_users_find(u, url);
}

bool http_users_has_any(const struct http_users *u)
{
	for (size_t i = 0; u && i < u->count; i++)
		if (u->entries[i].user && *u->entries[i].user)
			return true;
	return false;
}
