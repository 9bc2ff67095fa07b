/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/asker.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/base/hex.h"

#define MS 1000

int64_t asker_now_ms(const struct access *a)
{
	struct timespec t = {0};

	if (a->now_ms)
		return a->now_ms();
	/* Which goes on while the phone sleeps. */
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * MS + t.tv_nsec / 1000000;
}

/* --- who asks --- */

bool asker_has_users(const struct access *a, struct exchange *e)
{
	if (a->users->count > 0)
		return true;
	if (a->is_wrong) {
		exchange_answer_error(e, 503, ASKER_WEB "UsersWrong",
			"The file of this page's users is wrong, so there are "
			"none",
			"See what is wrong with it on the phone: journalctl -u "
			"certprov-web; then systemctl reload certprov-web");
		return false;
	}
	exchange_answer_error(e, 503, ASKER_WEB "NoUsers",
		"This page has no users yet",
		a->users_path
			? "Make one on the phone: certprovctl web-password "
			  "NAME --role change >> the file that Users= names in "
			  "certprov-web.conf, then systemctl reload "
			  "certprov-web"
			: "Name a file with Users= in certprov-web.conf, put "
			  "in it what certprovctl web-password NAME --role "
			  "change prints, and restart certprov-web");
	return false;
}

/* The session of a cookie, if it is ours and has one; RFC 6265 5.4. */
static const struct web_session *asker_find_of_cookie(
	struct access *a, const char *cookie, size_t len)
{
	const char *name = ASKER_COOKIE "=";
	const struct web_session *session = NULL;
	char id[SESSIONS_SECRET_SIZE];

	if (strncmp(cookie, name, strlen(name)) != 0 ||
		len - strlen(name) != sizeof(id) - 1)
		return NULL;
	memcpy(id, cookie + strlen(name), sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	session = sessions_find(a->sessions, id, asker_now_ms(a));
	OPENSSL_cleanse(id, sizeof(id));
	return session;
}

/* There may be several of our name: other servers of this host can have set
 * them, and their order says nothing (RFC 6265 4.2.2). Those that are no
 * session are none of ours; of two that are, none is believed. */
static const struct web_session *asker_find_of_cookies(
	struct access *a, const char *header)
{
	const struct web_session *found = NULL;

	while (header && *header) {
		size_t len = strcspn(header, ";");
		const struct web_session *session =
			asker_find_of_cookie(a, header, len);

		if (session && found && session != found)
			return NULL;
		if (session)
			found = session;
		header += len;
		header += strspn(header, "; ");
	}
	return found;
}

static int asker_find_session(
	struct access *a, const struct exchange *e, struct access_asker *ret)
{
	const struct web_session *session =
		asker_find_of_cookies(a, exchange_header(e, "Cookie"));

	if (!session)
		return -ENOENT;
	ret->line = users_find(a->users, session->user);
	ret->session = session->number;
	memcpy(ret->token, session->token, sizeof(ret->token));
	return ret->line ? 0 : -ENOENT;
}

/* Whom the web server in front lets in has no session here: his token is made
 * from his name. */
static int asker_find_front_end(
	struct access *a, const struct exchange *e, struct access_asker *ret)
{
	const char *name = exchange_front_end_user(e);
	uint8_t token[SESSIONS_SECRET_BYTES];
	unsigned size = 0;

	ret->line = name ? users_find(a->users, name) : NULL;
	if (!ret->line)
		return -ENOENT;
	if (!HMAC(EVP_sha256(), a->key, (int)strlen(a->key),
		    (const unsigned char *)name, strlen(name), token, &size)) {
		ERR_clear_error();
		ret->line = NULL;
		return -EIO;
	}
	hex_format(token, sizeof(token), ret->token);
	return 0;
}

int asker_find(
	struct access *a, const struct exchange *e, struct access_asker *ret)
{
	*ret = (struct access_asker){0};
	return exchange_secure(e) ? asker_find_session(a, e, ret)
				  : asker_find_front_end(a, e, ret);
}

void asker_answer_stranger(struct exchange *e)
{
	const char *name = exchange_front_end_user(e);

	if (exchange_secure(e))
		exchange_answer_error(e, 401, ASKER_WEB "NotSignedIn",
			"Nobody is signed in, or the session has ended",
			"Sign in");
	else if (name)
		exchange_answer_error(e, 403, ASKER_DENIED,
			"The user whom the web server in front names is not in "
			"the file of users",
			"Add a line NAME:look:* or NAME:change:* to the file "
			"that Users= names in certprov-web.conf, then "
			"systemctl reload certprov-web");
	else
		exchange_answer_error(e, 401, ASKER_WEB "NotSignedIn",
			"The web server in front does not say who asks",
			"Have it send the user in the header that UserHeader= "
			"names in certprov-web.conf");
}

/* --- where a request comes from --- */

static bool asker_origin_is(
	const char *origin, const char *scheme, const char *host)
{
	size_t len = strlen(scheme);

	return strncasecmp(origin, scheme, len) == 0 &&
		strcasecmp(origin + len, host) == 0;
}

bool asker_is_ours(struct exchange *e, bool changes)
{
	const char *origin = exchange_header(e, "Origin");
	const char *host = exchange_header(e, "Host");
	const char *site = exchange_header(e, "Sec-Fetch-Site");
	bool ours = true;

	if (origin)
		ours = host &&
			(asker_origin_is(origin, "https://", host) ||
				(!exchange_secure(e) &&
					asker_origin_is(
						origin, "http://", host)));
	if (changes && site && strcmp(site, "same-origin") != 0)
		ours = false;
	if (!ours)
		exchange_answer_error(e, 403, ASKER_WEB "ForeignOrigin",
			"The request was made by a page of another site",
			"Open this page itself; a web server in front has to "
			"pass Host as the browser sent it");
	return ours;
}

bool asker_has_token(struct exchange *e, const char *token)
{
	const char *given = exchange_header(e, ASKER_TOKEN_HEADER);

	if (given && strlen(given) == strlen(token) &&
		CRYPTO_memcmp(given, token, strlen(token)) == 0)
		return true;
	exchange_answer_error(e, 403, ASKER_WEB "TokenMissing",
		given ? "The token of the request is not that of the session"
		      : "The request has no token",
		"Send csrf of GET /session in the header " ASKER_TOKEN_HEADER);
	return false;
}
