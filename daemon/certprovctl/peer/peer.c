/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/peer.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/peer/handshake.h"
#include "lib/base/string.h"

#define MAX_PORT 65535

void peer_done(struct peer *p)
{
	chain_done(&p->chain);
	*p = (struct peer){0};
}

/* --- where --- */

static bool peer_parse_port(const char *text, char ret[PEER_PORT_SIZE])
{
	char *end = NULL;
	unsigned long port =
		*text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (port == 0 || port > MAX_PORT || *end)
		return false;
	(void)snprintf(ret, PEER_PORT_SIZE, "%lu", port);
	return true;
}

/* Finds the host of a target, and returns what follows: "" or ":PORT". */
static const char *peer_split(
	const char *text, const char **ret_host, size_t *len)
{
	const char *colon = strchr(text, ':');
	const char *close = strchr(text, ']');

	*ret_host = text;
	if (*text == '[' && close) {
		*ret_host = text + 1;
		*len = (size_t)(close - *ret_host);
		return close + 1;
	}
	/* With several colons it is an address without brackets and port. */
	*len = colon && !strchr(colon + 1, ':') ? (size_t)(colon - text)
						: strlen(text);
	return text + *len;
}

int peer_target_parse(const char *text, struct peer_target *ret)
{
	struct peer_target target = {0};
	struct host parsed = {0};
	const char *host = NULL;
	size_t len = 0;
	const char *rest = peer_split(text, &host, &len);

	if (len >= sizeof(target.host))
		return -EINVAL;
	memcpy(target.host, host, len);
	if (host_parse(target.host, &parsed) < 0)
		return -EINVAL;
	if (*rest && (*rest != ':' || !peer_parse_port(rest + 1, target.port)))
		return -EINVAL;
	*ret = target;
	return 0;
}

/* --- what goes wrong --- */

/* A peer that is being asked. */
struct peer_question {
	const struct session *session;
	const struct peer_target *target;
	const struct starttls *starttls;
	struct peer_connection connection;
};

static void peer_question_done(struct peer_question *a)
{
	peer_connection_done(&a->connection);
}
DEFINE_CLEANUP_EMBEDDED(struct peer_question, peer_question_done);

static enum exit_status peer_say(
	const struct peer_question *a, const char *what, const char *remedy)
{
	bool v6 = strchr(a->target->host, ':') != NULL;

	screen_complainf(&a->session->screen, remedy, "%s%s%s:%s: %s",
		v6 ? "[" : "", a->target->host, v6 ? "]" : "", a->target->port,
		what);
	return EXIT_TROUBLE;
}

#define WAIT_LONGER "Wait longer with --timeout SECONDS."
#define OTHER_PORT                                                             \
	"Does TLS start at once on this port? If it starts in plain text, "    \
	"use --starttls PROTOCOL."

static enum exit_status peer_say_errno(const struct peer_question *a, int error)
{
	if (error == -ETIMEDOUT)
		return peer_say(
			a, "the peer did not answer in time", WAIT_LONGER);
	if (error == -ECONNRESET)
		return peer_say(
			a, "the peer closed the connection", OTHER_PORT);
	return peer_say(a, strerror(-error), NULL);
}

static enum exit_status peer_say_starttls(
	const struct peer_question *a, const char *answer, int error)
{
	CLEANUP(free) char *text = NULL;

	if (error != -EPROTO)
		return peer_say_errno(a, error);
	if (string_format(&text, "the peer does not start TLS in %s: %s",
		    starttls_name(a->starttls), answer ? answer : "") < 0)
		return session_trouble(a->session, "verify", -ENOMEM);
	return peer_say(a, text,
		"Is it the right port, and is STARTTLS enabled there?");
}

static enum exit_status peer_say_too_long(const struct peer_question *a)
{
	return peer_say(a,
		"the peer sends more certificates than a chain may have", NULL);
}

/* What OpenSSL says of a port with another protocol. */
static bool peer_is_no_tls(unsigned long error)
{
	static const int reasons[] = {
		SSL_R_WRONG_VERSION_NUMBER,
		SSL_R_PACKET_LENGTH_TOO_LONG,
		SSL_R_HTTP_REQUEST,
		SSL_R_BAD_LENGTH,
		SSL_R_UNEXPECTED_MESSAGE,
		SSL_R_UNKNOWN_PROTOCOL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (ERR_GET_REASON(error) == reasons[i])
			return true;
	return false;
}

/* An error of OpenSSL before the peer has presented its chain. */
static enum exit_status peer_say_tls(
	const struct peer_question *a, unsigned long error)
{
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	CLEANUP(free) char *text = NULL;

	if (error && peer_is_no_tls(error))
		return peer_say(a, "the answer is not TLS", OTHER_PORT);
	if (!error ||
		ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return peer_say_errno(a, -ECONNRESET);
	if (string_format(&text, "the TLS handshake failed: %s",
		    reason ? reason : "no reason given") < 0)
		return session_trouble(a->session, "verify", -ENOMEM);
	return peer_say(a, text, NULL);
}

/* --- the handshake --- */

static const char *peer_reason_of(const struct peer_report *report)
{
	const char *reason = report->tls_error
		? ERR_reason_error_string((unsigned long)report->tls_error)
		: "the peer closed the connection";

	if (report->error != -EPROTO)
		return strerror(-report->error);
	return reason ? reason : "no reason given";
}

static enum exit_status peer_take_answers(const struct peer_question *a,
	struct peer_report *report, struct peer *ret)
{
	bool finished = report->error == 0;

	if (report->chain.count == 0 && report->error == -EPROTO)
		return peer_say_tls(a, (unsigned long)report->tls_error);
	if (report->chain.count == 0)
		return finished
			? peer_say(a, "the peer has no certificate", NULL)
			: peer_say_errno(a, report->error);
	if (!finished)
		screen_complainf(&a->session->screen,
			"It may have asked for the phone's own certificate. What "
			"it presented is judged anyway.",
			"the handshake ended after the peer had presented its "
			"chain: %s",
			peer_reason_of(report));
	ret->finished = finished;
	ret->chain = TAKE_OBJECT(report->chain);
	memcpy(ret->version, report->version, sizeof(ret->version));
	memcpy(ret->cipher, report->cipher, sizeof(ret->cipher));
	return EXIT_COMPLETE;
}

static enum exit_status peer_take_report(const struct peer_question *a,
	struct peer_report *report, struct peer *ret)
{
	switch (report->stage) {
	case PEER_CONFINING:
		return session_trouble(a->session,
			"giving up rights for the handshake", report->error);
	case PEER_STARTTLS:
		return peer_say_starttls(a, report->answer, report->error);
	case PEER_PREPARING:
		return session_trouble(a->session, "TLS", report->error);
	case PEER_TAKING_CHAIN:
		if (report->error == -E2BIG)
			return peer_say_too_long(a);
		return session_trouble(a->session, "verify", report->error);
	case PEER_SHAKING_HANDS:
	case PEER_STAGE__END:
		break;
	}
	return peer_take_answers(a, report, ret);
}

static enum exit_status peer_shake_hands(
	const struct peer_question *a, const char *name, struct peer *ret)
{
	CLEANUP(peer_report_done) struct peer_report report = {0};
	int r = handshake_make(&a->connection, a->starttls, name, &report);

	if (r == -ETIMEDOUT)
		return peer_say_errno(a, r);
	if (r == -E2BIG)
		return peer_say_too_long(a);
	if (r == -EPROTO)
		return peer_say(a,
			"the process that talks to the peer ended before it reported",
			NULL);
	if (r < 0)
		return session_trouble(a->session, "the handshake", r);
	return peer_take_report(a, &report, ret);
}

static enum exit_status peer_open_connection(
	struct peer_question *a, int64_t deadline_ms)
{
	const char *cause = NULL;
	int r = peer_connection_connect(a->target->host, a->target->port,
		deadline_ms, &a->connection, &cause);

	if (r == -ETIMEDOUT)
		return peer_say(a,
			"the peer did not accept the connection in time",
			WAIT_LONGER);
	return r < 0 ? peer_say(a, cause, NULL) : EXIT_COMPLETE;
}

enum exit_status peer_ask(const struct session *s,
	const struct peer_target *target, const struct starttls *starttls,
	const char *name, int64_t deadline_ms, struct peer *ret)
{
	CLEANUP(peer_question_done)
	struct peer_question a = {
		.session = s,
		.target = target,
		.starttls = starttls,
	};
	CLEANUP(peer_done) struct peer peer = {0};
	enum exit_status status = peer_open_connection(&a, deadline_ms);

	if (status)
		return status;
	memcpy(peer.address, a.connection.address, sizeof(peer.address));
	status = peer_shake_hands(&a, name, &peer);
	if (status)
		return status;
	*ret = TAKE_OBJECT(peer);
	return EXIT_COMPLETE;
}
