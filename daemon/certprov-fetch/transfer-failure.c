/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a transfer without a whole answer failed: no connection, no handshake, a
 * body that was cut off. What libcurl says in one word is told apart by what
 * was seen on the connection.
 */
#include <ctype.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprov-fetch/transfer-end.h"
#include "lib/tls/tls-lists.h"

#define ALERT_NAME_SIZE 64

/* --- timeouts --- */

static bool transfer_reached(const struct transfer *t, CURLINFO phase)
{
	curl_off_t microseconds = 0;

	(void)curl_easy_getinfo(t->easy, phase, &microseconds);
	return microseconds > 0;
}

static void transfer_explain_timeout(struct transfer *t)
{
	if (t->result.bytes > 0)
		transfer_tell(t, VERDICT_TIMEOUT, FETCH_CAUSE_BODY_SLOW,
			"only %llu bytes came in time",
			(unsigned long long)t->result.bytes);
	else if (transfer_reached(t, CURLINFO_PRETRANSFER_TIME_T))
		transfer_tell(t, VERDICT_TIMEOUT, FETCH_CAUSE_ANSWER_SLOW,
			"there was a connection, but no answer");
	else if (t->url.https && t->tls.seen) /* from the ClientHello on */
		transfer_tell(t, VERDICT_TIMEOUT, FETCH_CAUSE_HANDSHAKE_SLOW,
			"there was a connection, but the TLS handshake did not "
			"end");
	else if (transfer_reached(t, CURLINFO_NAMELOOKUP_TIME_T))
		transfer_tell(t, VERDICT_TIMEOUT, FETCH_CAUSE_CONNECT_SLOW,
			"no connection was made");
	else
		transfer_tell(t, VERDICT_TIMEOUT, FETCH_CAUSE_NAME_SLOW,
			"the host name was not resolved");
}

/* --- no connection --- */

static void transfer_explain_connect(struct transfer *t)
{
	const char *whom = t->policy->proxy ? "the proxy" : "the server";
	long number = 0;
	enum fetch_cause cause = FETCH_CAUSE_UNREACHABLE;

	(void)curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	if (number == ECONNREFUSED)
		cause = FETCH_CAUSE_REFUSED;
	if (t->policy->proxy)
		cause = FETCH_CAUSE_PROXY;
	if (number == ECONNREFUSED)
		transfer_tell(t, VERDICT_CONNECTION_FAILED, cause,
			"%s refused it: nothing listens on that port", whom);
	else if (number == ENETUNREACH || number == EHOSTUNREACH)
		transfer_tell(t, VERDICT_CONNECTION_FAILED, cause,
			"there is no route to %s", whom);
	else
		transfer_tell(t, VERDICT_CONNECTION_FAILED, cause,
			"%s could not be reached%s%s", whom,
			number > 0 ? ": " : "",
			number > 0 ? strerror((int)number) : "");
}

/* What a proxy answered to CONNECT; 0: nothing, or it went well. */
static long transfer_proxy_status(const struct transfer *t)
{
	long status = 0;

	(void)curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 ? status : 0;
}

static bool transfer_explain_proxy(struct transfer *t)
{
	long status = transfer_proxy_status(t);

	if (status == 0)
		return false;
	if (status == TRANSFER_STATUS_PROXY_USER)
		transfer_explain_user(t, status);
	else
		transfer_tell(t, VERDICT_CONNECTION_FAILED, FETCH_CAUSE_PROXY,
			"the proxy did not connect to the server: HTTP status "
			"%ld",
			status);
	return true;
}

/* A server of TLS that is sent a request in the clear often says nothing at
 * all, so whether it is one is found out. */
static struct transfer_end transfer_explain_closed(
	struct transfer *t, CURLcode code)
{
	struct transfer_end end = {.transient = true};
	const char *requested = "";

	if (t->tls.seen && t->tls.seen->requested)
		requested = t->tls.seen->client == FETCH_CLIENT_SENT
			? "; it had asked for a client certificate, and was "
			  "sent this phone's"
			: "; it had asked for a client certificate, and this "
			  "phone sent none";
	end.look = !t->url.https && !t->policy->proxy && t->header_bytes == 0;
	if (code == CURLE_UNSUPPORTED_PROTOCOL ||
		code == CURLE_WEIRD_SERVER_REPLY) {
		end.transient = false;
		transfer_tell(t, VERDICT_CONNECTION_FAILED,
			FETCH_CAUSE_NOT_HTTP,
			"what answered does not speak HTTP");
	} else {
		transfer_tell(t, VERDICT_CONNECTION_FAILED, FETCH_CAUSE_CLOSED,
			"it was closed before the server answered%s",
			requested);
	}
	return end;
}

/* --- a body that was cut off --- */

static void transfer_explain_cut(struct transfer *t)
{
	curl_off_t announced = -1;

	(void)curl_easy_getinfo(
		t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
	if (announced > 0)
		transfer_tell(t, VERDICT_INCOMPLETE_TRANSFER, FETCH_CAUSE_NONE,
			"%llu of %lld bytes came",
			(unsigned long long)t->result.bytes,
			(long long)announced);
	else
		transfer_tell(t, VERDICT_INCOMPLETE_TRANSFER, FETCH_CAUSE_NONE,
			"%llu bytes came, and the end was missing",
			(unsigned long long)t->result.bytes);
}

/* --- handshakes --- */

/* "unrecognized_name" of OpenSSL's "unrecognized name". */
static void transfer_name_alert(int alert, char ret[ALERT_NAME_SIZE])
{
	const char *text = SSL_alert_desc_string_long(alert);
	size_t len = 0;

	if (alert == SSL_AD_CERTIFICATE_REQUIRED)
		text = "certificate required";
	if (strcmp(text, "unknown") == 0)
		text = "unknown to this phone";
	for (; len < ALERT_NAME_SIZE - 1 && text[len]; len++)
		ret[len] = (char)(text[len] == ' '
				? '_'
				: tolower((unsigned char)text[len]));
	ret[len] = 0;
}

/* What a server says about a certificate after it asked for one is about ours,
 * or that there was none; before TLS 1.3 a mere handshake_failure may say it.
 */
static bool transfer_is_about_client(const struct tls_seen *s)
{
	static const int alerts[] = {SSL_AD_HANDSHAKE_FAILURE,
		SSL_AD_NO_CERTIFICATE, SSL_AD_BAD_CERTIFICATE,
		SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
		SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN,
		SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED};

	if (s->alert == SSL_AD_CERTIFICATE_REQUIRED)
		return true;
	for (size_t i = 0; s->requested && i < ARRAY_SIZE(alerts); i++)
		if (alerts[i] == s->alert)
			return true;
	return false;
}

static void transfer_explain_client(
	struct transfer *t, const struct tls_seen *s)
{
	char name[ALERT_NAME_SIZE];

	transfer_name_alert(s->alert, name);
	transfer_tell(t,
		s->client == FETCH_CLIENT_SENT
			? VERDICT_CLIENT_CERTIFICATE_REFUSED
			: VERDICT_CLIENT_CERTIFICATE_REQUIRED,
		FETCH_CAUSE_NONE, "alert %s (%d)", name, s->alert);
}

/* What greets a client that speaks TLS to the wrong port. */
static void transfer_explain_not_tls(
	struct transfer *t, const struct tls_seen *s)
{
	static const struct greeting {
		const char *head;
		const char *what;
	} greetings[] = {
		{"HTTP/", "it answers in plain HTTP"},
		{"<", "it answers in plain HTTP"},
		{"SSH-", "an SSH server answers"},
		{"220", "a mail or FTP server answers"},
		{"* OK", "an IMAP server answers"},
		{"+OK", "a POP3 server answers"},
		{"SIP/", "a SIP server answers without TLS"},
	};
	const uint8_t *h = s->head;

	for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
		if (memcmp(h, greetings[i].head, strlen(greetings[i].head)) !=
			0)
			continue;
		transfer_tell(t, VERDICT_NOT_TLS, FETCH_CAUSE_NONE, "%s",
			greetings[i].what);
		return;
	}
	transfer_tell(t, VERDICT_NOT_TLS, FETCH_CAUSE_NONE,
		"its answer begins with the bytes %02x %02x %02x %02x %02x",
		h[0], h[1], h[2], h[3], h[4]);
}

static void transfer_explain_version(
	struct transfer *t, const struct tls_seen *s)
{
	const char *minimum = tls_minimum_names[t->policy->tls->offer->minimum];

	if (s->answered)
		transfer_tell(t, VERDICT_PROTOCOL_VERSION, FETCH_CAUSE_NONE,
			"it chose TLS %s, and this phone requires TLS %s or "
			"later",
			tls_version_name(s->version), minimum);
	else
		transfer_tell(t, VERDICT_PROTOCOL_VERSION, FETCH_CAUSE_NONE,
			"it refused TLS %s and everything later", minimum);
}

static bool transfer_is_version_trouble(const struct tls_seen *s)
{
	int reason = ERR_GET_REASON(s->error);

	return s->alert == SSL_AD_PROTOCOL_VERSION ||
		reason == SSL_R_UNSUPPORTED_PROTOCOL ||
		reason == SSL_R_WRONG_SSL_VERSION;
}

static struct transfer_end transfer_explain_alert(
	struct transfer *t, const struct tls_seen *s)
{
	struct transfer_end end = {0};
	char name[ALERT_NAME_SIZE];
	enum fetch_cause cause = FETCH_CAUSE_NONE;

	/* Which of what was offered it lacks is found out. */
	end.look = !s->answered &&
		(s->alert == SSL_AD_HANDSHAKE_FAILURE ||
			s->alert == SSL_AD_INSUFFICIENT_SECURITY);
	if (s->alert == SSL_AD_UNRECOGNIZED_NAME)
		cause = FETCH_CAUSE_NAME_NOT_SERVED;
	else if (s->requested)
		cause = FETCH_CAUSE_MAY_WANT_CLIENT;
	transfer_name_alert(s->alert, name);
	transfer_tell(t, VERDICT_HANDSHAKE_FAILED, cause,
		"the server ended it with the alert %s (%d)", name, s->alert);
	return end;
}

static struct transfer_end transfer_explain_own_error(
	struct transfer *t, const struct tls_seen *s)
{
	int reason = ERR_GET_REASON(s->error);
	const char *text = ERR_reason_error_string(s->error);
	enum fetch_cause cause = FETCH_CAUSE_NONE;

	if (reason == SSL_R_DH_KEY_TOO_SMALL ||
		reason == SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED ||
		reason == SSL_R_WRONG_SIGNATURE_TYPE)
		cause = FETCH_CAUSE_WEAK_PARAMETERS;
	transfer_tell(t, VERDICT_HANDSHAKE_FAILED, cause,
		"this phone ended it: %s", text ? text : "of unknown reason");
	return (struct transfer_end){0};
}

/* Without an alert and without an error of ours. */
static struct transfer_end transfer_explain_silence(
	struct transfer *t, const struct tls_seen *s)
{
	struct transfer_end end = {.transient = true, .look = !s->head_came};

	if (s->requested)
		transfer_tell(t, VERDICT_HANDSHAKE_FAILED,
			FETCH_CAUSE_MAY_WANT_CLIENT,
			"the server closed the connection after it had asked "
			"for a client certificate, and this phone sent %s",
			s->client == FETCH_CLIENT_SENT ? "its own" : "none");
	else
		transfer_tell(t, VERDICT_HANDSHAKE_FAILED, FETCH_CAUSE_NONE,
			"the server closed the connection %s",
			s->head_came ? "in the middle of it"
				     : "without an answer");
	return end;
}

static bool transfer_ended_silently(const struct tls_seen *s)
{
	return s->error == 0 || ERR_SYSTEM_ERROR(s->error) ||
		ERR_GET_REASON(s->error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
}

/* Our own signature was wanting. */
static bool transfer_could_not_sign(
	const struct transfer *t, const struct tls_seen *s)
{
	return s->client == FETCH_CLIENT_SENT && t->policy->client &&
		tls_client_has_failed(t->policy->client);
}

struct transfer_end transfer_explain_handshake(struct transfer *t)
{
	static const struct tls_seen nothing = {.alert = TLS_NO_ALERT};
	const struct tls_seen *s = t->tls.seen ? t->tls.seen : &nothing;

	if (transfer_is_about_client(s)) {
		transfer_explain_client(t, s);
		return (struct transfer_end){0};
	}
	if (transfer_could_not_sign(t, s)) {
		t->result.client = FETCH_CLIENT_FAILED;
		transfer_tell(t, VERDICT_CLIENT_CERTIFICATE_REQUIRED,
			FETCH_CAUSE_NONE, "%s", "");
		return (struct transfer_end){0};
	}
	if (s->head_came && !tls_is_record(s)) {
		transfer_explain_not_tls(t, s);
		return (struct transfer_end){0};
	}
	if (transfer_is_version_trouble(s)) {
		transfer_explain_version(t, s);
		return (struct transfer_end){.look = !s->answered};
	}
	if (s->alert != TLS_NO_ALERT)
		return transfer_explain_alert(t, s);
	if (transfer_ended_silently(s))
		return transfer_explain_silence(t, s);
	return transfer_explain_own_error(t, s);
}

/* --- a look at what the server offers --- */

/* What was seen when everything was offered, beside what was told before. */
bool transfer_explain_look(struct transfer *t)
{
	const struct tls_seen *s = t->tls.seen;
	const struct tls_verifier *v = t->policy->tls;

	if (!s || !tls_is_record(s))
		return false;
	if (!t->url.https)
		transfer_tell(t, VERDICT_HTTPS_REQUIRED, FETCH_CAUSE_NONE, "%s",
			t->result.status > 0
				? "it answered a request in the clear with "
				  "HTTP status 400"
				: "a request in the clear was not answered");
	else if (s->answered &&
		s->version < tls_minimum_number(v->offer->minimum))
		transfer_explain_version(t, s);
	else if (s->answered && !tls_offers(v, s->cipher))
		transfer_tell(t, VERDICT_NO_COMMON_CIPHER, FETCH_CAUSE_NONE,
			"it wants %s, which this phone does not offer",
			s->suite ? s->suite : "a suite unknown here");
	else
		return false;
	return true;
}

/* --- all of it --- */

/* Within the handshake, or in TLS 1.3 right behind our end of it. */
static bool transfer_failed_in_handshake(
	const struct transfer *t, CURLcode code)
{
	if (!t->url.https || t->header_bytes > 0)
		return false;
	return code == CURLE_SSL_CONNECT_ERROR ||
		code == CURLE_PEER_FAILED_VERIFICATION ||
		code == CURLE_SSL_CIPHER ||
		(t->tls.seen && t->tls.seen->alert != TLS_NO_ALERT);
}

struct transfer_end transfer_explain_failure(struct transfer *t, CURLcode code)
{
	struct transfer_end end = {.transient = true};

	if (t->address_refused && code == CURLE_COULDNT_CONNECT) {
		transfer_tell(t, VERDICT_ADDRESS_REFUSED, FETCH_CAUSE_NONE,
			"%s", t->host);
		return (struct transfer_end){0};
	}
	if (t->body_delivered && code != CURLE_OPERATION_TIMEDOUT) {
		transfer_explain_cut(t);
		return end;
	}
	if (transfer_explain_proxy(t))
		return (struct transfer_end){0};
	if (transfer_failed_in_handshake(t, code))
		return transfer_explain_handshake(t);
	if (code == CURLE_OPERATION_TIMEDOUT)
		transfer_explain_timeout(t);
	else if (code == CURLE_COULDNT_CONNECT)
		transfer_explain_connect(t);
	else if (code == CURLE_COULDNT_RESOLVE_HOST)
		transfer_tell(t, VERDICT_CONNECTION_FAILED,
			FETCH_CAUSE_NAME_UNKNOWN,
			"the host name %s could not be resolved", t->host);
	else if (code == CURLE_COULDNT_RESOLVE_PROXY)
		transfer_tell(t, VERDICT_CONNECTION_FAILED, FETCH_CAUSE_PROXY,
			"the host name of the proxy could not be resolved");
	else if (code == CURLE_PARTIAL_FILE)
		transfer_explain_cut(t);
	else
		return transfer_explain_closed(t, code);
	return end;
}
