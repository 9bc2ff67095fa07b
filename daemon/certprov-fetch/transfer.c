/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/transfer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "daemon/certprov-fetch/http-users.h"
#include "lib/base/string.h"
#include "lib/net/address.h"

/* The phone's own addresses; more interfaces than this are not looked at,
 * and then nothing is connected to that is not surely another machine. */
#define MAX_OWN_ADDRESSES 256

/* A look at what a server offers. */
#define TRANSFER_LOOK_MS 10000L

/* Which header the validator of an earlier run goes into. */
static const struct validator_form {
	const char *prefix;
	const char *response;
	const char *request;
} validator_forms[] = {
	{"etag ", "ETag:", "If-None-Match"},
	{"modified ", "Last-Modified:", "If-Modified-Since"},
};

struct transfer *transfer_free(struct transfer *t)
{
	if (!t)
		return NULL;
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	url_done(&t->url);
	tls_check_done(&t->tls);
	transfer_forget_kept(t);
	free(t->url_text);
	free(t->host);
	free(t->own);
	free(t->location);
	free(t->validator);
	free(t->retry_after);
	free(t->date);
	free(t->realm);
	free(t);
	return NULL;
}

/* --- which addresses it may connect to --- */

static int transfer_own_addresses(struct transfer *t)
{
	struct ifaddrs *all = NULL;
	size_t count = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	free(t->own);
	t->own_count = 0;
	t->own = calloc(MAX_OWN_ADDRESSES, sizeof(*t->own));
	for (struct ifaddrs *i = all; t->own && i && count < MAX_OWN_ADDRESSES;
		i = i->ifa_next) {
		int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;

		if (family == AF_INET)
			memcpy(&t->own[count++], i->ifa_addr,
				sizeof(struct sockaddr_in));
		else if (family == AF_INET6)
			memcpy(&t->own[count++], i->ifa_addr,
				sizeof(struct sockaddr_in6));
	}
	freeifaddrs(all);
	if (!t->own)
		return -ENOMEM;
	t->own_count = count;
	return count == MAX_OWN_ADDRESSES ? -ENOBUFS : 0;
}

static bool transfer_is_exempt(const struct transfer *t)
{
	CLEANUP(url_done) struct url origin = {0};

	if (t->policy->allow_local)
		return true;
	if (!t->policy->local_origin ||
		url_parse(t->policy->local_origin, &origin) < 0)
		return false;
	return url_same_origin(&origin, &t->url);
}

/* The host is written as an address of this phone: no name to resolve, and
 * a proxy would be asked for it. */
static bool transfer_is_own_literal(const struct transfer *t)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;

	if (url_host_is_local_literal(&t->url))
		return true;
	if (inet_pton(AF_INET, t->host, &v4->sin_addr) == 1)
		address.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, t->host, &v6->sin6_addr) == 1)
		address.ss_family = AF_INET6;
	else
		return false;
	return address_is_own(
		(const struct sockaddr *)&address, t->own, t->own_count);
}

/* The check on the very address that is connected to. */
static curl_socket_t transfer_on_open_socket(
	void *userdata, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = userdata;

	(void)purpose;
	/* Through a proxy, this is the proxy: configured, so exempt. */
	if (!t->exempt && !t->policy->proxy &&
		address_is_own(&address->addr, t->own, t->own_count)) {
		t->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		address->protocol);
}

/* --- what comes back --- */

static const char *transfer_header_value(const char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncasecmp(line, name, len) != 0)
		return NULL;
	return line + len + strspn(line + len, " \t");
}

/* Printable ASCII only: it is sent back as it came. */
static bool transfer_is_plain(const char *text, size_t max_chars)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len > 0 && len <= max_chars;
}

static int transfer_keep_validator(struct transfer *t, const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(validator_forms); i++) {
		const struct validator_form *form = &validator_forms[i];
		const char *value = transfer_header_value(line, form->response);

		/* The first form is the better one. */
		if (!value ||
			!transfer_is_plain(
				value, DOWNLOAD_MAX_VALIDATOR_CHARS) ||
			(t->validator && i > 0))
			continue;
		free(t->validator);
		t->validator = NULL;
		return string_format(
			&t->validator, "%s%s", form->prefix, value);
	}
	return 0;
}

/* NULL when it has no TLS. */
static const SSL *transfer_connection(const struct transfer *t)
{
	struct curl_tlssessioninfo *session = NULL;

	if (!t->url.https ||
		curl_easy_getinfo(t->easy, CURLINFO_TLS_SSL_PTR, &session) !=
			CURLE_OK ||
		!session)
		return NULL;
	return session->internals;
}

static int transfer_begin_response(struct transfer *t)
{
	const SSL *connection = transfer_connection(t);

	free(t->location);
	free(t->validator);
	free(t->retry_after);
	free(t->date);
	free(t->realm);
	t->location = NULL;
	t->validator = NULL;
	t->retry_after = NULL;
	t->date = NULL;
	t->realm = NULL;
	t->encoded = false;
	/* One that an earlier exchange made. */
	if (connection && !t->tls.seen)
		t->tls.seen = tls_seen_of(connection);
	if (!connection || !tls_is_authenticated(connection))
		t->authenticated = false;
	return connection ? transfer_keep_peer(t, connection) : 0;
}

/* The realm of the first challenge that has one. */
static int transfer_keep_realm(struct transfer *t, const char *line)
{
	const char *value = transfer_header_value(line, "WWW-Authenticate:");
	size_t len = 0;

	if (!value)
		value = transfer_header_value(line, "Proxy-Authenticate:");
	value = value && !t->realm ? strcasestr(value, "realm=\"") : NULL;
	if (!value)
		return 0;
	value += strlen("realm=\"");
	len = strcspn(value, "\"");
	if (len > TRANSFER_MAX_REALM_CHARS)
		len = TRANSFER_MAX_REALM_CHARS;
	t->realm = strndup(value, len);
	return t->realm ? 0 : -ENOMEM;
}

static int transfer_on_header_line(struct transfer *t, char *line)
{
	const char *value = NULL;

	int r = 0;

	line[strcspn(line, "\r\n")] = 0;
	if (strncmp(line, "HTTP/", 5) == 0)
		r = transfer_begin_response(t);
	if (r < 0)
		return r;
	value = transfer_header_value(line, "Location:");
	if (value)
		return string_replace(&t->location, value);
	value = transfer_header_value(line, "Retry-After:");
	if (value)
		return string_replace(&t->retry_after, value);
	value = transfer_header_value(line, "Date:");
	if (value)
		return string_replace(&t->date, value);
	value = transfer_header_value(line, "Content-Encoding:");
	if (value && *value && strcasecmp(value, "identity") != 0)
		t->encoded = true;
	return transfer_keep_realm(t, line) < 0
		? -ENOMEM
		: transfer_keep_validator(t, line);
}

static size_t transfer_on_header(
	char *data, size_t size, size_t count, void *userdata)
{
	struct transfer *t = userdata;
	size_t len = size * count;
	CLEANUP(free) char *line = NULL;

	t->header_bytes += len;
	if (t->header_bytes > DOWNLOAD_MAX_HEADER_BYTES) {
		transfer_refuse(t, VERDICT_TOO_LARGE, "header lines");
		return 0;
	}
	line = strndup(data, len);
	if (!line || transfer_on_header_line(t, line) < 0) {
		t->result.error = -ENOMEM;
		return 0;
	}
	return len;
}

/* What the whole of it may not be: known before any of it is used. */
static bool transfer_body_is_wanted(struct transfer *t)
{
	curl_off_t announced = -1;

	if (t->encoded) {
		transfer_refuse(t, VERDICT_ENCODING_REFUSED, "");
		return false;
	}
	(void)curl_easy_getinfo(
		t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
	if (announced > 0 && (uint64_t)announced > t->request->max_bytes) {
		transfer_refuse(t, VERDICT_TOO_LARGE, "announced length");
		return false;
	}
	return true;
}

/* How the body of an error begins, as a text. */
static void transfer_keep_ignored(
	struct transfer *t, const char *data, size_t len)
{
	size_t at = strlen(t->ignored);
	size_t room = sizeof(t->ignored) - 1 - at;

	if (t->ignored_bytes > at)
		return; /* it has a zero byte */
	if (len > room)
		len = room;
	memcpy(t->ignored + at, data, len);
	t->ignored[at + len] = 0;
}

static size_t transfer_on_body(
	char *data, size_t size, size_t count, void *userdata)
{
	struct transfer *t = userdata;
	size_t len = size * count;

	if (transfer_status(t) != TRANSFER_STATUS_OK) {
		transfer_keep_ignored(t, data, len);
		t->ignored_bytes += len;
		return t->ignored_bytes > DOWNLOAD_MAX_IGNORED_BYTES ? 0 : len;
	}
	if (!transfer_body_is_wanted(t))
		return 0;
	if (len > t->request->max_bytes - t->result.bytes) {
		transfer_refuse(t, VERDICT_TOO_LARGE, "");
		return 0;
	}
	t->result.error = transfer_keep_body(t, data, len);
	if (t->result.error < 0)
		return 0;
	t->result.bytes += len;
	t->result.url = t->url_text;
	t->result.authenticated = t->authenticated;
	t->body_delivered = true;
	t->result.error =
		t->request->body(t->request->userdata, &t->result, data, len);
	return t->result.error < 0 ? 0 : len;
}

static CURLcode transfer_on_ssl_context(
	CURL *easy, void *context, void *userdata)
{
	struct transfer *t = userdata;

	(void)easy;
	return tls_install(context, &t->tls) < 0 ? CURLE_SSL_CERTPROBLEM
						 : CURLE_OK;
}

/* --- set-up --- */

/* Everything that is off or bounded, whatever the request. */
static const struct number {
	CURLoption option;
	long value;
} numbers[] = {
	{CURLOPT_NOSIGNAL, 1},
	{CURLOPT_FOLLOWLOCATION, 0},
	{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	{CURLOPT_HTTP09_ALLOWED, 0},
	{CURLOPT_NETRC, CURL_NETRC_IGNORED},
	{CURLOPT_HSTS_CTRL, 0},
	/* Alt-Svc is off unless asked for; zero is no value of its option. */
	{CURLOPT_HTTPAUTH, (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST)},
	{CURLOPT_PROXYTYPE, CURLPROXY_HTTP},
	{CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
	{CURLOPT_SSL_VERIFYPEER, 1},
	/* The name is the verifier's, with the firmware's rules. */
	{CURLOPT_SSL_VERIFYHOST, 0},
	{CURLOPT_SSL_SESSIONID_CACHE, 0},
	{CURLOPT_LOW_SPEED_LIMIT, 16},
};

static const struct transfer_text {
	CURLoption option;
	const char *value;
} texts[] = {
	{CURLOPT_PROTOCOLS_STR, "http,https"},
	{CURLOPT_NOPROXY, ""},
	{CURLOPT_CAINFO, NULL},
	{CURLOPT_CAPATH, NULL},
};

static bool transfer_set_fixed(CURL *easy)
{
	bool ok = true;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		ok = ok &&
			curl_easy_setopt(easy, numbers[i].option,
				numbers[i].value) == CURLE_OK;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		ok = ok &&
			curl_easy_setopt(easy, texts[i].option,
				texts[i].value) == CURLE_OK;
	return ok;
}

static bool transfer_set_callbacks(struct transfer *t)
{
	CURL *e = t->easy;

	return curl_easy_setopt(e, CURLOPT_PRIVATE, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, transfer_on_body) ==
		CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HEADERFUNCTION,
			transfer_on_header) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION,
			transfer_on_open_socket) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION,
			transfer_on_ssl_context) == CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, t) == CURLE_OK;
}

static bool transfer_set_policy(struct transfer *t)
{
	const struct download_policy *p = t->policy;
	CURL *e = t->easy;

	/* An empty proxy is none, whatever the environment says. */
	return curl_easy_setopt(e, CURLOPT_PROXY, p->proxy ? p->proxy : "") ==
		CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_USERAGENT, p->user_agent) ==
		CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, p->connect_ms) ==
		CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, p->idle_seconds) ==
		CURLE_OK &&
		curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, p->total_ms) ==
		CURLE_OK;
}

static int transfer_set_user(
	struct transfer *t, const char *user, const char *password)
{
	return curl_easy_setopt(t->easy, CURLOPT_USERNAME, user) == CURLE_OK &&
			curl_easy_setopt(t->easy, CURLOPT_PASSWORD,
				password ? password : "") == CURLE_OK
		? 0
		: -ENOMEM;
}

/* User and password go to libcurl apart, so that they are no part of any
 * URL it handles or tells. Those of the URL come first. */
static int transfer_set_credentials(struct transfer *t)
{
	CLEANUP(free) char *user = NULL;
	CLEANUP(free) char *password = NULL;
	const struct http_user *set =
		http_users_find(t->policy->users, &t->url);
	int r = url_credentials(&t->url, &user, &password);

	if (r == -ENOENT)
		return set ? transfer_set_user(t, set->user, set->password) : 0;
	if (r == -EINVAL) {
		transfer_refuse(t, VERDICT_MALFORMED,
			"control characters in the user information");
		return 0;
	}
	return r < 0 ? r : transfer_set_user(t, user, password);
}

static int transfer_set_url(struct transfer *t)
{
	static char root[] = "/";
	struct url bare = t->url; /* borrowed but for what is not there */
	CLEANUP(free) char *text = NULL;
	int r = 0;

	bare.userinfo = NULL;
	if (t->looking) {
		bare.https = true;
		bare.path = root;
		bare.query = NULL;
	}
	r = url_format(&bare, &text);
	if (r < 0)
		return r;
	return curl_easy_setopt(t->easy, CURLOPT_URL, text) == CURLE_OK
		? 0
		: -ENOMEM;
}

static int transfer_set_condition(struct transfer *t)
{
	const char *validator = t->request->validator;

	curl_slist_free_all(t->headers);
	t->headers = NULL;
	for (size_t i = 0; validator && i < ARRAY_SIZE(validator_forms); i++) {
		const struct validator_form *form = &validator_forms[i];
		size_t len = strlen(form->prefix);
		CLEANUP(free) char *line = NULL;

		if (strncmp(validator, form->prefix, len) != 0 ||
			!transfer_is_plain(
				validator + len, DOWNLOAD_MAX_VALIDATOR_CHARS))
			continue;
		if (string_format(&line, "%s: %s", form->request,
			    validator + len) < 0)
			return -ENOMEM;
		t->headers = curl_slist_append(t->headers, line);
		if (!t->headers ||
			curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER,
				t->headers) != CURLE_OK)
			return -ENOMEM;
	}
	return 0;
}

/* The host as certificates and inet_pton know it: no brackets. */
static int transfer_set_host(struct transfer *t)
{
	size_t len = strlen(t->url.host);

	free(t->host);
	t->host = t->url.host[0] == '[' ? strndup(t->url.host + 1, len - 2)
					: strdup(t->url.host);
	return t->host ? 0 : -ENOMEM;
}

static void transfer_reset(struct transfer *t)
{
	tls_check_done(&t->tls);
	t->tls = (struct tls_check){
		.verifier = t->policy->tls,
		.host = t->host,
		.only_look = t->looking,
		.client = t->policy->client,
		.may_tell = t->policy->client &&
			tls_client_allows(t->policy->client, &t->url),
	};
	transfer_forget_kept(t);
	t->exempt = transfer_is_exempt(t);
	t->address_refused = false;
	t->header_bytes = 0;
	t->ignored_bytes = 0;
	t->ignored[0] = 0;
	t->over = false;
	if (!t->looking)
		t->result = (struct download_result){.cause = FETCH_CAUSE_NONE};
}

bool transfer_look(struct transfer *t)
{
	if (t->looked)
		return false;
	t->looked = true;
	t->looking = true;
	t->not_before_ms = 0;
	return true;
}

static int transfer_configure_look(struct transfer *t)
{
	return curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L) ==
				CURLE_OK &&
			curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L) ==
				CURLE_OK &&
			curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS,
				TRANSFER_LOOK_MS) == CURLE_OK
		? 0
		: -ENOMEM;
}

/* A connection on which the server was not told who the phone is does not do
 * once it may be. */
static bool transfer_must_be_fresh(const struct transfer *t)
{
	return t->policy->client && tls_client_has_changed(t->policy->client);
}

static int transfer_configure(struct transfer *t, bool fresh)
{
	int r = 0;

	if (!transfer_set_fixed(t->easy) || !transfer_set_callbacks(t) ||
		!transfer_set_policy(t) ||
		curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT,
			fresh || transfer_must_be_fresh(t) ? 1L : 0L) !=
			CURLE_OK)
		return -ENOMEM;
	r = transfer_set_url(t);
	if (t->looking)
		return r < 0 ? r : transfer_configure_look(t);
	if (r == 0)
		r = transfer_set_credentials(t);
	return r < 0 ? r : transfer_set_condition(t);
}

int transfer_begin(struct transfer *t, bool fresh)
{
	int r = 0;

	assert(!t->easy);
	free(t->url_text);
	t->url_text = NULL;
	r = url_format(&t->url, &t->url_text);
	if (r == 0)
		r = transfer_set_host(t);
	if (r == 0 && t->policy->client && t->request->authenticated &&
		t->authenticated)
		r = tls_client_allow(t->policy->client, &t->url);
	if (r < 0)
		return r;
	transfer_reset(t);
	if (!t->exempt) {
		r = transfer_own_addresses(t);
		if (r == -ENOMEM)
			return r;
		if (r < 0 || transfer_is_own_literal(t))
			transfer_refuse(t, VERDICT_ADDRESS_REFUSED, t->host);
	}
	if (t->over)
		return 0;
	t->easy = curl_easy_init();
	if (!t->easy)
		return -ENOMEM;
	r = transfer_configure(t, fresh);
	if (r < 0 || t->over) {
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	return r;
}
