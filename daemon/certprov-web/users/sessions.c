/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/sessions.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

struct sessions {
	int64_t idle_ms;
	int64_t longest_ms;
	uint64_t last_number;
	struct web_session all[SESSIONS_MAX];
};

int sessions_new(int64_t idle_ms, int64_t longest_ms, struct sessions **ret)
{
	struct sessions *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->idle_ms = idle_ms;
	s->longest_ms = longest_ms;
	*ret = s;
	return 0;
}

struct sessions *sessions_free(struct sessions *s)
{
	if (s)
		OPENSSL_cleanse(s, sizeof(*s));
	free(s);
	return NULL;
}

int sessions_secret(char ret[SESSIONS_SECRET_SIZE])
{
	uint8_t bytes[SESSIONS_SECRET_BYTES];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
		ERR_clear_error();
		return -EIO;
	}
	hex_format(bytes, sizeof(bytes), ret);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return 0;
}

static void session_clear(struct web_session *session)
{
	OPENSSL_cleanse(session, sizeof(*session));
}

static bool session_is_over(const struct sessions *s,
	const struct web_session *session, int64_t now_ms)
{
	return now_ms - session->used_ms >= s->idle_ms ||
		now_ms - session->begun_ms >= s->longest_ms;
}

static void sessions_end_those_over(struct sessions *s, int64_t now_ms)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number && session_is_over(s, &s->all[i], now_ms))
			session_clear(&s->all[i]);
}

/* --- room for one more --- */

struct session_count {
	size_t count;
	struct web_session *oldest;
};

static struct session_count sessions_count(struct sessions *s, const char *user)
{
	struct session_count c = {0};

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct web_session *session = &s->all[i];

		if (!session->number ||
			(user && strcmp(session->user, user) != 0))
			continue;
		c.count++;
		if (!c.oldest || session->used_ms < c.oldest->used_ms)
			c.oldest = session;
	}
	return c;
}

static struct web_session *sessions_make_room(
	struct sessions *s, const char *user)
{
	const struct session_count mine = sessions_count(s, user);
	const struct session_count all = sessions_count(s, NULL);

	if (mine.count >= SESSIONS_MAX_OF_USER)
		session_clear(mine.oldest);
	else if (all.count >= SESSIONS_MAX)
		session_clear(all.oldest);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (!s->all[i].number)
			return &s->all[i];
	return NULL;
}

int sessions_begin(struct sessions *s, const char *user, int64_t now_ms,
	char ret_id[SESSIONS_SECRET_SIZE], const struct web_session **ret)
{
	struct web_session made = {
		.number = s->last_number + 1,
		.begun_ms = now_ms,
		.used_ms = now_ms,
	};
	struct web_session *place = NULL;

	(void)snprintf(made.user, sizeof(made.user), "%s", user);
	if (sessions_secret(ret_id) < 0 || sessions_secret(made.token) < 0 ||
		digest_sha256(ret_id, strlen(ret_id), made.id_sha256) < 0)
		return -EIO;
	sessions_end_those_over(s, now_ms);
	place = sessions_make_room(s, user);
	*place = made;
	s->last_number = made.number;
	*ret = place;
	return 0;
}

/* --- finding and ending --- */

const struct web_session *sessions_find(
	struct sessions *s, const char *id, int64_t now_ms)
{
	uint8_t sha256[SHA256_BYTES];

	if (strlen(id) != SESSIONS_SECRET_SIZE - 1 ||
		digest_sha256(id, strlen(id), sha256) < 0)
		return NULL;
	sessions_end_those_over(s, now_ms);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct web_session *session = &s->all[i];

		if (!session->number ||
			CRYPTO_memcmp(session->id_sha256, sha256,
				sizeof(sha256)) != 0)
			continue;
		session->used_ms = now_ms;
		return session;
	}
	return NULL;
}

bool sessions_go_on(struct sessions *s, uint64_t number, int64_t now_ms)
{
	sessions_end_those_over(s, now_ms);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number && s->all[i].number == number)
			return true;
	return false;
}

void sessions_end(struct sessions *s, uint64_t number)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number && s->all[i].number == number)
			session_clear(&s->all[i]);
}

void sessions_end_of_user(struct sessions *s, const char *user)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->all[i].number && strcmp(s->all[i].user, user) == 0)
			session_clear(&s->all[i]);
}
