/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/access.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/http/web-log.h"
#include "daemon/certprov-web/users/asker.h"
#include "daemon/certprov-web/users/sign-in.h"

#define MS 1000
/* Longer than any session of the configuration, and far from overflowing. */
#define MAX_SECONDS ((uint64_t)100 * 365 * 24 * 3600)

/* --- the file of users --- */

static void access_log_fault(
	const char *path, int r, const struct users_fault *fault)
{
	if (r == -EINVAL && fault->line > 0)
		web_log_own(
			LOG_ERR, "%s:%u: %s", path, fault->line, fault->reason);
	else
		web_log_own(LOG_ERR, "%s: %s", path,
			r == -EINVAL ? fault->reason : strerror(-r));
}

/* Whoever may do something else now, or signs in with something else, has to
 * sign in again. */
static void access_end_sessions(struct access *a, const struct users *now)
{
	for (size_t i = 0; i < a->users->count; i++) {
		const struct user_line *was = &a->users->lines[i];
		const struct user_line *is = users_find(now, was->name);

		if (!is || is->role != was->role ||
			strcmp(is->hash, was->hash) != 0)
			sessions_end_of_user(a->sessions, was->name);
	}
}

int access_reload(struct access *a)
{
	CLEANUP(users_free) struct users *now = NULL;
	struct users_fault fault = {0};
	int r = 0;

	if (!a->users_path)
		return 0;
	r = users_load(a->users_path, &now, &fault);
	a->is_wrong = r < 0 && r != -ENOENT;
	if (r < 0) {
		access_log_fault(a->users_path, r, &fault);
		return r;
	}
	access_end_sessions(a, now);
	SWAP(a->users, now);
	web_log_own(LOG_INFO, "%s: %zu users", a->users_path, a->users->count);
	return 0;
}

static int64_t access_ms(uint64_t seconds)
{
	return (int64_t)(seconds < MAX_SECONDS ? seconds : MAX_SECONDS) * MS;
}

int access_new(const struct access_config *config, struct access **ret)
{
	CLEANUP(access_free) struct access *a = calloc(1, sizeof(*a));
	int r = 0;

	if (!a)
		return -ENOMEM;
	a->users_path = config->users_path;
	a->now_ms = config->now_ms;
	a->users = calloc(1, sizeof(*a->users));
	r = a->users ? sessions_new(access_ms(config->idle_end),
			       access_ms(config->absolute_end), &a->sessions)
		     : -ENOMEM;
	if (r == 0)
		r = attempts_new(&a->attempts);
	if (r == 0)
		r = sessions_secret(a->key);
	if (r < 0)
		return r;
	(void)access_reload(a);
	*ret = TAKE_PTR(a);
	return 0;
}

struct access *access_free(struct access *a)
{
	if (!a)
		return NULL;
	users_free(a->users);
	sessions_free(a->sessions);
	attempts_free(a->attempts);
	OPENSSL_cleanse(a->key, sizeof(a->key));
	free(a);
	return NULL;
}

/* --- may they --- */

static bool access_role_has(enum access_role role, enum access_role needed)
{
	return role >= needed;
}

static bool access_has_role(struct exchange *e, const struct user_line *line,
	enum access_role needed)
{
	if (access_role_has(line->role, needed))
		return true;
	exchange_answer_error(e, 403, ASKER_DENIED,
		"This user may look, and change nothing", NULL);
	return false;
}

int access_check(struct access *a, struct exchange *e, enum access_role needed,
	bool changes, struct access_user *ret)
{
	struct access_asker asker = {0};

	if (!asker_is_ours(e, changes) || !asker_has_users(a, e))
		return -EACCES;
	if (asker_find(a, e, &asker) < 0) {
		asker_answer_stranger(e);
		return -EACCES;
	}
	exchange_is_of_user(e);
	if (!access_has_role(e, asker.line, needed) ||
		(changes && !asker_has_token(e, asker.token)))
		return -EACCES;
	ret->role = asker.line->role;
	ret->session = asker.session;
	memcpy(ret->name, asker.line->name, sizeof(ret->name));
	return 0;
}

bool access_knows(const struct access *a, const char *address)
{
	return attempts_knows(a->attempts, address);
}

void access_handle_session(struct access *a, struct exchange *e)
{
	sign_in_handle(a, e);
}

bool access_goes_on(struct access *a, const struct access_user *user)
{
	const struct user_line *line = users_find(a->users, user->name);

	return line && line->role == user->role &&
		(user->session == 0 ||
			sessions_go_on(
				a->sessions, user->session, asker_now_ms(a)));
}
