/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the result of a transfer into words, and what a server or proxy said
 * about users.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/http-users.h"
#include "daemon/certprov-fetch/transfer-end.h"

void transfer_tell(struct transfer *t, enum verdict verdict,
	enum fetch_cause cause, const char *format, ...)
{
	va_list arguments;

	t->result.verdict = verdict;
	t->result.cause = cause;
	va_start(arguments, format);
	(void)vsnprintf(
		t->result.detail, sizeof(t->result.detail), format, arguments);
	va_end(arguments);
}

void transfer_refuse(
	struct transfer *t, enum verdict verdict, const char *detail)
{
	if (t->over)
		return;
	t->over = true;
	transfer_tell(t, verdict, FETCH_CAUSE_NONE, "%s", detail);
}

long transfer_status(const struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* --- users and passwords --- */

static const struct scheme {
	long bit;
	const char *name;
} schemes[] = {
	{CURLAUTH_BASIC, "Basic"},
	{CURLAUTH_DIGEST, "Digest"},
	{CURLAUTH_NTLM, "NTLM"},
	{CURLAUTH_NEGOTIATE, "Negotiate"},
	{CURLAUTH_BEARER, "Bearer"},
};

#define SCHEMES_SIZE 64

/* "Basic or Digest" */
static void transfer_name_schemes(long offered, char ret[SCHEMES_SIZE])
{
	size_t len = 0;

	ret[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (offered & schemes[i].bit)
			len += (size_t)snprintf(ret + len, SCHEMES_SIZE - len,
				"%s%s", len > 0 ? " or " : "", schemes[i].name);
}

static enum fetch_cause transfer_cause_of_user(
	const struct transfer *t, bool proxy, long offered)
{
	CLEANUP(url_done) struct url first = {0};

	if (proxy)
		return t->policy->proxy ? FETCH_CAUSE_PROXY_USER
					: FETCH_CAUSE_PROXY_BETWEEN;
	if (!(offered & (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST)))
		return FETCH_CAUSE_SCHEME;
	if (t->url.userinfo)
		return FETCH_CAUSE_USER_REFUSED;
	if (http_users_find(t->policy->users, &t->url))
		return FETCH_CAUSE_SET_USER_REFUSED;
	if (http_users_withheld(t->policy->users, &t->url))
		return FETCH_CAUSE_USER_WITHHELD;
	if (t->hops > 0 && url_parse(t->request->url, &first) == 0 &&
		first.userinfo)
		return FETCH_CAUSE_USER_NOT_CARRIED;
	return FETCH_CAUSE_NO_USER;
}

/* Without a proxy of ours, one that nobody told us of answers. */
static const char *transfer_source_of_status(
	const struct transfer *t, bool proxy)
{
	if (!proxy)
		return "";
	return t->policy->proxy ? " of the proxy"
				: ", which is that of a proxy, and Proxy= of "
				  "certprovd.conf names none";
}

/* What was sent, in words. */
static const char *transfer_user_sent(const struct transfer *t, bool proxy)
{
	const char *at =
		t->policy->proxy ? strchr(t->policy->proxy, '@') : NULL;

	if (proxy ? at != NULL : t->url.userinfo != NULL)
		return "the user that was sent was refused";
	if (proxy)
		return "no user was sent";
	if (http_users_find(t->policy->users, &t->url))
		return "the user of http_client_user was sent and was refused";
	if (http_users_withheld(t->policy->users, &t->url))
		return "no user was sent: http_client_user is not for a server "
		       "that an unauthenticated document named";
	return http_users_has_any(t->policy->users)
		? "no user was sent: http_client_user is for another server"
		: "no user was sent";
}

void transfer_explain_user(struct transfer *t, long status)
{
	bool proxy = status == TRANSFER_STATUS_PROXY_USER;
	char names[SCHEMES_SIZE];
	long offered = 0;

	(void)curl_easy_getinfo(t->easy,
		proxy ? CURLINFO_PROXYAUTH_AVAIL : CURLINFO_HTTPAUTH_AVAIL,
		&offered);
	transfer_name_schemes(offered, names);
	transfer_tell(t, VERDICT_AUTHENTICATION_REQUIRED,
		transfer_cause_of_user(t, proxy, offered),
		"HTTP status %ld%s, %s%s%s%s%s%s", status,
		transfer_source_of_status(t, proxy),
		transfer_user_sent(t, proxy), *names ? "; it accepts " : "",
		names, t->realm ? ", realm \"" : "", t->realm ? t->realm : "",
		t->realm ? "\"" : "");
}
