/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PORT 65535

DEFINE_CLEANUP(SSL_CTX, SSL_CTX_free);
DEFINE_CLEANUP(SSL, SSL_free);

void peer_done(struct peer *p)
{
	chain_done(&p->chain);
	*p = (struct peer){0};
}

/* --- where --- */

static bool parse_port(const char *text, char ret[PEER_PORT_SIZE])
{
	char *end = NULL;
	unsigned long port =
		*text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (port == 0 || port > MAX_PORT || *end)
		return false;
	(void)snprintf(ret, PEER_PORT_SIZE, "%lu", port);
	return true;
}

/* The host of a target, and what stands behind it: "" or ":PORT". */
static const char *split(const char *text, const char **ret_host, size_t *len)
{
	const char *colon = strchr(text, ':');
	const char *close = strchr(text, ']');

	*ret_host = text;
	if (*text == '[' && close) {
		*ret_host = text + 1;
		*len = (size_t)(close - *ret_host);
		return close + 1;
	}
	/* More than one is an address without brackets and port. */
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
	const char *rest = split(text, &host, &len);

	if (len >= sizeof(target.host))
		return -EINVAL;
	memcpy(target.host, host, len);
	if (host_parse(target.host, &parsed) < 0)
		return -EINVAL;
	if (*rest && (*rest != ':' || !parse_port(rest + 1, target.port)))
		return -EINVAL;
	*ret = target;
	return 0;
}

/* --- what goes wrong --- */

/* A question under way. */
struct asking {
	const struct session *session;
	const struct peer_target *target;
	const struct starttls *starttls;
	struct wire wire;
};

static void asking_done(struct asking *a)
{
	wire_done(&a->wire);
}
DEFINE_CLEANUP_EMBEDDED(struct asking, asking_done);

static enum exit_status say(
	const struct asking *a, const char *what, const char *remedy)
{
	bool v6 = strchr(a->target->host, ':') != NULL;

	screen_complainf(&a->session->screen, remedy, "%s%s%s:%s: %s",
		v6 ? "[" : "", a->target->host, v6 ? "]" : "", a->target->port,
		what);
	return EXIT_TROUBLE;
}

#define WAIT_LONGER "Wait longer with --timeout SECONDS."
#define OTHER_PORT                                                             \
	"Is it the port where TLS begins at once? Where it begins in plain "   \
	"text: --starttls PROTOCOL."

static enum exit_status say_errno(const struct asking *a, int error)
{
	if (error == -ETIMEDOUT)
		return say(a, "the peer does not answer in time", WAIT_LONGER);
	if (error == -ECONNRESET)
		return say(a, "the peer has closed the connection", OTHER_PORT);
	return say(a, strerror(-error), NULL);
}

static enum exit_status say_starttls(
	const struct asking *a, const char *answer, int error)
{
	CLEANUP(free) char *text = NULL;

	if (error != -EPROTO)
		return say_errno(a, error);
	if (format_string(&text, "the peer does not begin TLS in %s: %s",
		    starttls_name(a->starttls), answer ? answer : "") < 0)
		return session_trouble(a->session, "verify", -ENOMEM);
	return say(a, text,
		"Is it the right port, and is STARTTLS switched on there?");
}

/* What comes back from a port that speaks something else. */
static bool is_no_tls(unsigned long error)
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

/* What OpenSSL makes of it, before the peer has shown its chain. */
static enum exit_status say_tls(const struct asking *a, unsigned long error)
{
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	CLEANUP(free) char *text = NULL;

	if (error && is_no_tls(error))
		return say(a, "what answers there is not TLS", OTHER_PORT);
	if (!error ||
		ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return say_errno(a, -ECONNRESET);
	if (format_string(&text, "there is no TLS connection: %s",
		    reason ? reason : "it is not said why") < 0)
		return session_trouble(a->session, "verify", -ENOMEM);
	return say(a, text, NULL);
}

/* --- the handshake --- */

/* Believes everything: it is certprovd that judges. */
static int make_context(SSL_CTX **ret)
{
	CLEANUP(SSL_CTX_free)
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());

	if (!context)
		return -ENOMEM;
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_security_level(context, 0);
	(void)SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	if (SSL_CTX_set_min_proto_version(context, 0) != 1 ||
		SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") != 1)
		return -EIO;
	*ret = TAKE_PTR(context);
	return 0;
}

static int make_connection(const struct wire *wire, const char *name, SSL **ret)
{
	CLEANUP(SSL_CTX_free) SSL_CTX *context = NULL;
	CLEANUP(SSL_free) SSL *connection = NULL;
	struct host host = {0};
	int r = make_context(&context);

	if (r < 0)
		return r;
	connection = SSL_new(context);
	if (!connection || SSL_set_fd(connection, wire->fd) != 1)
		return -ENOMEM;
	/* RFC 6066 3: addresses are no server names. */
	if (host_parse(name, &host) == 0 && host.kind == HOST_DNS &&
		SSL_set_tlsext_host_name(connection, host.name) != 1)
		return -ENOMEM;
	*ret = TAKE_PTR(connection);
	return 0;
}

/* 0; -EPROTO when OpenSSL's queue says why, or says nothing and the peer has
 * gone; -ETIMEDOUT and its kin. */
static int shake_hands(const struct wire *wire, SSL *connection)
{
	for (;;) {
		int done = 0;
		int r = 0;

		ERR_clear_error();
		done = SSL_connect(connection);
		if (done == 1)
			return 0;
		switch (SSL_get_error(connection, done)) {
		case SSL_ERROR_WANT_READ:
			r = wire_wait(wire, POLLIN);
			break;
		case SSL_ERROR_WANT_WRITE:
			r = wire_wait(wire, POLLOUT);
			break;
		default:
			r = -EPROTO;
		}
		if (r < 0)
			return r;
	}
}

static int take_chain(const SSL *connection, struct chain *ret)
{
	STACK_OF(X509) *sent = SSL_get_peer_cert_chain(connection);

	for (int i = 0; i < sk_X509_num(sent); i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(sent, i), &der);
		int r = len > 0 ? chain_add(ret, der, (size_t)len) : -EIO;

		OPENSSL_free(der);
		if (r < 0)
			return r;
	}
	return 0;
}

static enum exit_status take_answers(
	const struct asking *a, SSL *connection, int shaken, struct peer *ret)
{
	unsigned long error = ERR_peek_last_error();
	int r = take_chain(connection, &ret->chain);

	ERR_clear_error();
	if (r == -E2BIG)
		return say(a,
			"the peer sends more certificates than a chain "
			"has",
			NULL);
	if (r < 0)
		return session_trouble(a->session, "verify", r);
	if (ret->chain.count == 0 && shaken == -EPROTO)
		return say_tls(a, error);
	if (ret->chain.count == 0)
		return shaken < 0 ? say_errno(a, shaken)
				  : say(a, "the peer has no certificate", NULL);
	ret->finished = shaken == 0;
	if (shaken < 0)
		screen_complainf(&a->session->screen,
			"Perhaps it asks for the phone's own certificate. What "
			"it presented is judged all the same.",
			"the handshake ended after the peer had presented its "
			"chain: %s",
			shaken != -EPROTO ? strerror(-shaken)
				: error   ? ERR_reason_error_string(error)
					  : "the peer closed the connection");
	return EXIT_COMPLETE;
}

/* A peer that has gone is not to end this program. */
static void ignore_broken_pipes(struct sigaction *ret_before)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGPIPE, &ignore, ret_before);
}

static enum exit_status speak_tls(
	const struct asking *a, const char *name, struct peer *ret)
{
	CLEANUP(SSL_free) SSL *connection = NULL;
	struct sigaction before = {0};
	enum exit_status status = EXIT_COMPLETE;
	int r = make_connection(&a->wire, name, &connection);

	if (r < 0)
		return session_trouble(a->session, "TLS", r);
	ignore_broken_pipes(&before);
	r = shake_hands(&a->wire, connection);
	status = take_answers(a, connection, r, ret);
	ret->version = SSL_get_version(connection);
	ret->cipher = SSL_get_cipher_name(connection);
	if (r == 0)
		(void)SSL_shutdown(connection);
	ERR_clear_error();
	(void)sigaction(SIGPIPE, &before, NULL);
	return status;
}

static enum exit_status open_wire(struct asking *a, int64_t deadline_ms)
{
	CLEANUP(free) char *answer = NULL;
	const char *cause = NULL;
	int r = wire_connect(a->target->host, a->target->port, deadline_ms,
		&a->wire, &cause);

	if (r == -ETIMEDOUT)
		return say(
			a, "nobody takes the connection in time", WAIT_LONGER);
	if (r < 0)
		return say(a, cause, NULL);
	if (!a->starttls)
		return EXIT_COMPLETE;
	r = starttls_ask(a->starttls, &a->wire, &answer);
	return r < 0 ? say_starttls(a, answer, r) : EXIT_COMPLETE;
}

enum exit_status peer_ask(const struct session *s,
	const struct peer_target *target, const struct starttls *starttls,
	const char *name, int64_t deadline_ms, struct peer *ret)
{
	CLEANUP(asking_done)
	struct asking a = {
		.session = s,
		.target = target,
		.starttls = starttls,
		.wire = {.fd = -1},
	};
	CLEANUP(peer_done) struct peer peer = {0};
	enum exit_status status = open_wire(&a, deadline_ms);

	if (status)
		return status;
	memcpy(peer.address, a.wire.address, sizeof(peer.address));
	status = speak_tls(&a, name, &peer);
	if (status)
		return status;
	*ret = TAKE_OBJECT(peer);
	return EXIT_COMPLETE;
}
