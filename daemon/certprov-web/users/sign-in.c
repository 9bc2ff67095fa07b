/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/sign-in.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/certprov-web/http/web-log.h"
#include "daemon/certprov-web/users/asker.h"
#include "lib/base/string.h"
#include "lib/users/password.h"
#include "lib/varlink/json-check.h"

#define JSON "application/json"
#define COOKIE_ATTRIBUTES "; Path=/; HttpOnly; Secure; SameSite=Strict"
#define MS 1000

/* Of those who had the password. */
static struct web_log_budget sign_in_log;

static cJSON *sign_in_json_free(cJSON *json)
{
	cJSON_Delete(json);
	return NULL;
}
DEFINE_CLEANUP(cJSON, sign_in_json_free);

/* --- answers --- */

static void sign_in_answer_failure(struct exchange *e)
{
	exchange_answer_error(e, 503, ASKER_WEB "Failed",
		"There is not enough memory, or no randomness",
		"Try again in a while");
}

static void sign_in_answer_session(const struct access *a, struct exchange *e,
	const struct user_line *line, const char *token)
{
	CLEANUP(sign_in_json_free) cJSON *reply = cJSON_CreateObject();

	(void)cJSON_AddBoolToObject(
		reply, "usersConfigured", a->users->count > 0);
	(void)cJSON_AddBoolToObject(reply, "signedIn", line != NULL);
	if (line) {
		(void)cJSON_AddStringToObject(reply, "user", line->name);
		(void)cJSON_AddStringToObject(
			reply, "role", user_role_name(line->role));
		(void)cJSON_AddStringToObject(reply, "csrf", token);
		if (exchange_front_end_user(e))
			(void)cJSON_AddTrueToObject(reply, "frontEnd");
	}
	exchange_answer_json(e, 200, reply);
}

static void sign_in_answer_wait(struct exchange *e, int64_t wait_ms)
{
	char seconds[24];

	(void)snprintf(seconds, sizeof(seconds), "%lld",
		(long long)((wait_ms + MS - 1) / MS));
	(void)exchange_set_header(e, "Retry-After", seconds);
	exchange_answer_error(e, 429, ASKER_WEB "TooManyAttempts",
		"There were too many attempts to sign in",
		"Wait as many seconds as Retry-After says");
}

/* --- who is signed in --- */

static void sign_in_get_session(struct access *a, struct exchange *e)
{
	struct access_asker asker = {0};

	(void)asker_find(a, e, &asker);
	sign_in_answer_session(a, e, asker.line, asker.token);
}

/* --- signing in --- */

/* What was asked; the texts are in the JSON. */
struct sign_in_request {
	const char *user;
	const char *password;
};

static bool sign_in_is_json(const struct exchange *e)
{
	const char *type = exchange_header(e, "Content-Type");
	size_t len = strlen(JSON);

	return type && strncasecmp(type, JSON, len) == 0 &&
		(type[len] == '\0' || type[len] == ';' || type[len] == ' ');
}

/* Whatever it is of: an object of strings. */
static cJSON *sign_in_wipe(cJSON *json)
{
	for (cJSON *item = json ? json->child : NULL; item; item = item->next)
		if (cJSON_IsString(item))
			OPENSSL_cleanse(
				item->valuestring, strlen(item->valuestring));
	cJSON_Delete(json);
	return NULL;
}
DEFINE_CLEANUP(cJSON, sign_in_wipe);

/* NULL: it is none of these. */
static cJSON *sign_in_parse(
	const char *body, size_t size, struct sign_in_request *ret)
{
	CLEANUP(sign_in_wipe) cJSON *json = NULL;

	if (json_check(body, size, NULL) < 0)
		return NULL;
	json = cJSON_ParseWithLength(body, size);
	ret->user = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(json, "user"));
	ret->password = cJSON_GetStringValue(
		cJSON_GetObjectItemCaseSensitive(json, "password"));
	return ret->user && ret->password && cJSON_GetArraySize(json) == 2
		? TAKE_PTR(json)
		: NULL;
}

/* The body is taken out of the exchange, whatever it is; NULL: it is none, or
 * too long. */
static cJSON *sign_in_read(struct exchange *e, struct sign_in_request *ret)
{
	char body[SIGN_IN_MAX_BYTES];
	ssize_t size = exchange_take_body(e, body, sizeof(body));
	cJSON *json = NULL;

	if (size >= 0) {
		json = sign_in_parse(body, (size_t)size, ret);
		OPENSSL_cleanse(body, (size_t)size);
	}
	return json;
}

/* Who has this password; NULL: nobody. A name that is not there costs as much
 * as one that is. 0 or a negative errno. */
static int sign_in_find_user(const struct access *a,
	const struct sign_in_request *request, const struct user_line **ret)
{
	const struct user_line *line = users_find(a->users, request->user);
	bool has_hash = line && line->hash[0];
	bool matches = false;
	int r = password_check(has_hash ? line->hash : a->users->other,
		request->password, &matches);

	*ret = r == 0 && has_hash && matches ? line : NULL;
	return r;
}

/* The one that it had before ends. */
static void sign_in_begin_session(
	struct access *a, struct exchange *e, const struct user_line *line)
{
	char id[SESSIONS_SECRET_SIZE];
	char cookie[sizeof(ASKER_COOKIE "=" COOKIE_ATTRIBUTES) + sizeof(id)];
	const struct web_session *session = NULL;
	struct access_asker before = {0};

	(void)asker_find(a, e, &before);
	if (before.session)
		sessions_end(a->sessions, before.session);
	if (sessions_begin(a->sessions, line->name, asker_now_ms(a), id,
		    &session) < 0) {
		sign_in_answer_failure(e);
		return;
	}
	(void)snprintf(cookie, sizeof(cookie),
		ASKER_COOKIE "=%s" COOKIE_ATTRIBUTES, id);
	web_log_within(&sign_in_log, LOG_INFO, "%s signed in at %s", line->name,
		exchange_peer(e));
	if (exchange_set_header(e, "Set-Cookie", cookie) < 0)
		sign_in_answer_failure(e);
	else
		sign_in_answer_session(a, e, line, session->token);
	OPENSSL_cleanse(id, sizeof(id));
	OPENSSL_cleanse(cookie, sizeof(cookie));
}

static void sign_in_try(struct access *a, struct exchange *e,
	const struct sign_in_request *request)
{
	const char *address = exchange_peer(e);
	const struct user_line *line = NULL;
	int64_t wait_ms = attempts_take(
		a->attempts, request->user, address, asker_now_ms(a));

	if (wait_ms > 0) {
		sign_in_answer_wait(e, wait_ms);
		return;
	}
	if (sign_in_find_user(a, request, &line) < 0) {
		sign_in_answer_failure(e);
		return;
	}
	if (!line) {
		web_log(LOG_NOTICE, "%s could not sign in at %s",
			user_name_is(request->user) ? request->user : "nobody",
			address);
		exchange_answer_error(e, 401, ASKER_WEB "WrongPassword",
			"The name or the password is wrong", NULL);
		return;
	}
	attempts_succeeded(a->attempts, line->name, address, asker_now_ms(a));
	exchange_is_of_user(e);
	sign_in_begin_session(a, e, line);
}

static void sign_in_with_password(struct access *a, struct exchange *e)
{
	struct sign_in_request request = {0};
	CLEANUP(sign_in_wipe) cJSON *json = sign_in_read(e, &request);

	if (!sign_in_is_json(e)) {
		exchange_answer_error(e, 415, ASKER_WEB "NotJson",
			"The body of the request is not JSON",
			"Send Content-Type: " JSON);
		return;
	}
	if (!json) {
		exchange_answer_error(e, 400, ASKER_WEB "BodyMalformed",
			"The body is not a JSON object of user and password, "
			"of at most 4 KiB",
			NULL);
		return;
	}
	sign_in_try(a, e, &request);
}

/* --- signing out --- */

static void sign_in_end(struct access *a, struct exchange *e)
{
	struct access_asker asker = {0};

	if (asker_find(a, e, &asker) < 0) {
		asker_answer_stranger(e);
		return;
	}
	if (!asker_has_token(e, asker.token))
		return;
	sessions_end(a->sessions, asker.session);
	web_log_within(&sign_in_log, LOG_INFO, "%s signed out at %s",
		asker.line->name, exchange_peer(e));
	(void)exchange_set_header(
		e, "Set-Cookie", ASKER_COOKIE "=; Max-Age=0" COOKIE_ATTRIBUTES);
	exchange_answer(e, 204, NULL, NULL, 0);
}

/* --- all of it --- */

static void sign_in_refuse_front_end(struct exchange *e)
{
	exchange_answer_error(e, 409, ASKER_WEB "FrontEnd",
		"It is the web server in front of this page that signs users "
		"in and out",
		"Sign in or out there");
}

void sign_in_handle(struct access *a, struct exchange *e)
{
	enum exchange_method method = exchange_method(e);

	if (!asker_is_ours(e, method != EXCHANGE_GET))
		return;
	if (method == EXCHANGE_GET || method == EXCHANGE_HEAD)
		sign_in_get_session(a, e);
	else if (!asker_has_users(a, e))
		return;
	else if (!exchange_secure(e))
		sign_in_refuse_front_end(e);
	else if (method == EXCHANGE_POST)
		sign_in_with_password(a, e);
	else
		sign_in_end(a, e);
}
