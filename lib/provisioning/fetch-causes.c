/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-causes.h"

#include <assert.h>
#include <stddef.h>

#include "lib/base/macros.h"

const char *const fetch_cause_names[FETCH_CAUSE__END + 1] = {
	[FETCH_CAUSE_NONE] = "none",
	[FETCH_CAUSE_NAME_UNKNOWN] = "name-unknown",
	[FETCH_CAUSE_REFUSED] = "refused",
	[FETCH_CAUSE_UNREACHABLE] = "unreachable",
	[FETCH_CAUSE_CLOSED] = "closed",
	[FETCH_CAUSE_NOT_HTTP] = "not-http",
	[FETCH_CAUSE_PROXY] = "proxy",
	[FETCH_CAUSE_NAME_SLOW] = "name-slow",
	[FETCH_CAUSE_CONNECT_SLOW] = "connect-slow",
	[FETCH_CAUSE_HANDSHAKE_SLOW] = "handshake-slow",
	[FETCH_CAUSE_ANSWER_SLOW] = "answer-slow",
	[FETCH_CAUSE_BODY_SLOW] = "body-slow",
	[FETCH_CAUSE_NO_USER] = "no-user",
	[FETCH_CAUSE_USER_REFUSED] = "user-refused",
	[FETCH_CAUSE_SET_USER_REFUSED] = "set-user-refused",
	[FETCH_CAUSE_USER_WITHHELD] = "user-withheld",
	[FETCH_CAUSE_USER_NOT_CARRIED] = "user-not-carried",
	[FETCH_CAUSE_SCHEME] = "scheme",
	[FETCH_CAUSE_PROXY_USER] = "proxy-user",
	[FETCH_CAUSE_PROXY_BETWEEN] = "proxy-between",
	[FETCH_CAUSE_NAME_NOT_SERVED] = "name-not-served",
	[FETCH_CAUSE_WEAK_PARAMETERS] = "weak-parameters",
	[FETCH_CAUSE_MAY_WANT_CLIENT] = "may-want-client",
};

static const struct cause {
	enum verdict verdict;
	const char *advice;
} causes[FETCH_CAUSE__END] = {
	[FETCH_CAUSE_NONE] = {VERDICT__END, NULL},
	[FETCH_CAUSE_NAME_UNKNOWN] = {VERDICT_CONNECTION_FAILED,
		"Check how the host name is written, and that the phone's DNS "
		"server knows it"},
	[FETCH_CAUSE_REFUSED] = {VERDICT_CONNECTION_FAILED,
		"Check that the server is running and that the port in the URL "
		"is the one it listens on"},
	[FETCH_CAUSE_UNREACHABLE] = {VERDICT_CONNECTION_FAILED,
		"Check the phone's network and its default route, and whether "
		"a firewall is in between"},
	[FETCH_CAUSE_CLOSED] = {VERDICT_CONNECTION_FAILED,
		"Look in the server's log for why it closed the connection"},
	[FETCH_CAUSE_NOT_HTTP] = {VERDICT_CONNECTION_FAILED,
		"Check the port in the URL: something other than a web server "
		"answers there"},
	[FETCH_CAUSE_PROXY] = {VERDICT_CONNECTION_FAILED,
		"Check Proxy= in certprovd.conf, and the log of the proxy"},
	[FETCH_CAUSE_NAME_SLOW] = {VERDICT_TIMEOUT,
		"Check that the phone's DNS server answers"},
	[FETCH_CAUSE_CONNECT_SLOW] = {VERDICT_TIMEOUT,
		"Check that the server is running, that the port in the URL is "
		"right, and that no firewall drops the packets"},
	[FETCH_CAUSE_HANDSHAKE_SLOW] = {VERDICT_TIMEOUT,
		"Check that this port of the server speaks TLS, and its log"},
	[FETCH_CAUSE_ANSWER_SLOW] = {VERDICT_TIMEOUT,
		"Look in the server's log for why it does not answer"},
	[FETCH_CAUSE_BODY_SLOW] = {VERDICT_TIMEOUT,
		"Check the network between phone and server, and the load of "
		"the server"},
	[FETCH_CAUSE_NO_USER] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Put user and password into the URL, as in "
		"https://USER:PASSWORD@HOST/FILE, or for the setting server "
		"into http_client_user and http_client_pass, or let the server "
		"deliver the file without"},
	[FETCH_CAUSE_USER_REFUSED] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Correct user and password in the URL, or on the server"},
	[FETCH_CAUSE_SET_USER_REFUSED] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Correct http_client_user and http_client_pass, or the user on "
		"the server"},
	[FETCH_CAUSE_USER_WITHHELD] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Name the setting server in an authenticated document or in "
		"Url= of certprovd.conf, or put user and password into its "
		"URL"},
	[FETCH_CAUSE_USER_NOT_CARRIED] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Link to the final URL, with user and password in it: those of "
		"one server are never sent to another"},
	[FETCH_CAUSE_SCHEME] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Let the server accept Basic or Digest: nothing else is "
		"supported"},
	[FETCH_CAUSE_PROXY_USER] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Put the right user and password into Proxy= in "
		"certprovd.conf, as in http://USER:PASSWORD@HOST:PORT"},
	[FETCH_CAUSE_PROXY_BETWEEN] = {VERDICT_AUTHENTICATION_REQUIRED,
		"Let the network pass the phone's requests on as they are, or "
		"name its proxy in Proxy= of certprovd.conf, as in "
		"http://USER:PASSWORD@HOST:PORT"},
	[FETCH_CAUSE_NAME_NOT_SERVED] = {VERDICT_HANDSHAKE_FAILED,
		"Use a host name in the URL for which the server has a site, "
		"or give it one for this name (SNI)"},
	[FETCH_CAUSE_WEAK_PARAMETERS] = {VERDICT_HANDSHAKE_FAILED,
		"Configure the server as RFC 9325 recommends: ECDHE, and keys "
		"and DH parameters of at least 2048 bits"},
	[FETCH_CAUSE_MAY_WANT_CLIENT] = {VERDICT_HANDSHAKE_FAILED,
		"Look in the server's log; if it demands a client certificate, "
		"switch that off for these files"},
};

/* The first row that fits: a status, or any from min to max. */
static const struct status_advice {
	long min;
	long max;
	const char *advice;
} statuses[] = {
	{404, 404, "Publish the file under this URL, or correct the URL"},
	{410, 410, "Publish the file under this URL, or correct the URL"},
	{403, 403,
		"Allow the server to deliver the file: check its permissions "
		"and access rules"},
	{429, 429, "Let the server answer more requests of one phone"},
	{300, 399, "Link to the final URL"},
	{500, 599,
		"The fault is on the server: look in its log; certprovctl "
		"provision tries again"},
};

enum verdict fetch_cause_verdict(enum fetch_cause cause)
{
	assert((unsigned)cause < FETCH_CAUSE__END);
	return causes[cause].verdict;
}

const char *fetch_cause_advice(
	enum fetch_cause cause, enum verdict verdict, long status)
{
	if (cause != FETCH_CAUSE_NONE)
		return causes[cause].advice;
	if (verdict != VERDICT_HTTP_STATUS)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (status >= statuses[i].min && status <= statuses[i].max)
			return statuses[i].advice;
	return NULL;
}
