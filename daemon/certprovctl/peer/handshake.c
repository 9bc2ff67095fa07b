/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/handshake.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/certprovctl/peer/handshake-rights.h"
#include "lib/base/fd.h"
#include "lib/varlink/varlink-client.h"
#include "lib/x509/names.h"

DEFINE_CLEANUP(SSL_CTX, SSL_CTX_free);
DEFINE_CLEANUP(SSL, SSL_free);

/* --- in the process without rights --- */

static int handshake_confine(const struct peer_connection *peer, int pipe_fd)
{
	const int keep[] = {peer_connection_fd(peer), pipe_fd};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 ||
		signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	return handshake_rights_give_up(keep, ARRAY_SIZE(keep));
}

/* Believes everything, and so judges nobody: a server that is too weak is to be
 * seen, and its chain goes to certprovd, whose verdict is the command's. No
 * data is sent over the connection, which ends behind the handshake. */
static int handshake_make_context(SSL_CTX **ret)
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

static int handshake_make_connection(
	const struct peer_connection *peer, const char *name, SSL **ret)
{
	CLEANUP(SSL_CTX_free) SSL_CTX *context = NULL;
	CLEANUP(SSL_free) SSL *connection = NULL;
	struct host host = {0};
	int r = handshake_make_context(&context);

	if (r < 0)
		return r;
	connection = SSL_new(context);
	if (!connection || BIO_up_ref(peer->bio) != 1)
		return -ENOMEM;
	SSL_set_bio(connection, peer->bio, peer->bio);
	/* RFC 6066 3: addresses are no server names. */
	if (host_parse(name, &host) == 0 && host.kind == HOST_DNS &&
		SSL_set_tlsext_host_name(connection, host.name) != 1)
		return -ENOMEM;
	*ret = TAKE_PTR(connection);
	return 0;
}

/* 0; -EPROTO if OpenSSL's error queue says why, or is empty because the peer
 * has gone; -ETIMEDOUT and the like. */
static int handshake_shake_hands(
	const struct peer_connection *peer, SSL *connection)
{
	for (;;) {
		int error = 0;
		int r = 0;

		ERR_clear_error();
		r = SSL_connect(connection);
		if (r == 1)
			return 0;
		error = SSL_get_error(connection, r);
		if (error != SSL_ERROR_WANT_READ &&
			error != SSL_ERROR_WANT_WRITE)
			return -EPROTO;
		r = peer_connection_wait(peer_connection_fd(peer),
			peer->deadline_ms,
			error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT);
		if (r < 0)
			return r;
	}
}

static int handshake_take_chain(const SSL *connection, struct chain *ret)
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

static int handshake_end_at(
	struct peer_report *report, enum peer_stage stage, int error)
{
	report->stage = stage;
	report->error = error;
	return error;
}

static int handshake_ask_for_tls(const struct peer_connection *peer,
	const struct starttls *starttls, struct peer_report *report)
{
	CLEANUP(free) char *answer = NULL;
	int r = starttls ? starttls_ask(starttls, peer, &answer) : 0;

	if (answer)
		(void)snprintf(
			report->answer, sizeof(report->answer), "%s", answer);
	return handshake_end_at(report, PEER_STARTTLS, r);
}

static void handshake_speak_tls(const struct peer_connection *peer,
	SSL *connection, struct peer_report *report)
{
	int r = 0;

	(void)handshake_end_at(report, PEER_SHAKING_HANDS,
		handshake_shake_hands(peer, connection));
	report->tls_error = ERR_peek_last_error();
	(void)snprintf(report->version, sizeof(report->version), "%s",
		SSL_get_version(connection));
	if (report->error == 0)
		(void)snprintf(report->cipher, sizeof(report->cipher), "%s",
			SSL_get_cipher_name(connection));
	r = handshake_take_chain(connection, &report->chain);
	if (r < 0)
		(void)handshake_end_at(report, PEER_TAKING_CHAIN, r);
	if (report->error == 0)
		(void)SSL_shutdown(connection);
}

/* Libraries read their files before the rights are given up, and nothing is
 * read from the peer before. */
static int handshake_speak(const struct peer_connection *peer,
	const struct starttls *starttls, const char *name, int pipe_fd)
{
	CLEANUP(peer_report_done) struct peer_report report = {0};
	CLEANUP(SSL_free) SSL *connection = NULL;
	int r = handshake_make_connection(peer, name, &connection);

	(void)handshake_end_at(&report, PEER_PREPARING, r);
	if (r == 0)
		r = handshake_end_at(&report, PEER_CONFINING,
			handshake_confine(peer, pipe_fd));
	if (r == 0)
		r = handshake_ask_for_tls(peer, starttls, &report);
	if (r == 0)
		handshake_speak_tls(peer, connection, &report);
	return peer_report_write(pipe_fd, &report);
}

/* --- in the one that started it --- */

/* Reads all of the report, within the time and size limits; -EPROTO if it is
 * too long. */
static int handshake_listen_to(int fd, int64_t deadline_ms, struct bytes *ret)
{
	size_t size = PEER_REPORT_MAX_BYTES + 1;
	CLEANUP(bytes_done) struct bytes said = {.data = malloc(size)};

	if (!said.data)
		return -ENOMEM;
	while (said.len < size) {
		int r = peer_connection_wait(fd, deadline_ms, POLLIN);
		ssize_t n = 0;

		if (r < 0)
			return r;
		n = read(fd, said.data + said.len, size - said.len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			break;
		said.len += n > 0 ? (size_t)n : 0;
	}
	if (said.len == size)
		return -EPROTO;
	*ret = TAKE_OBJECT(said);
	return 0;
}

static void handshake_end_process(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int handshake_hear(int fd, int64_t deadline_ms, struct peer_report *ret)
{
	CLEANUP(bytes_done) struct bytes said = {0};
	int r = handshake_listen_to(
		fd, deadline_ms + HANDSHAKE_GRACE_MS, &said);

	if (r < 0)
		return r;
	r = peer_report_decode(said.data, said.len, ret);
	return r == -EBADMSG ? -EPROTO : r;
}

int handshake_make(const struct peer_connection *peer,
	const struct starttls *starttls, const char *name,
	struct peer_report *ret)
{
	int ends[2] = {-1, -1};
	pid_t pid = -1;
	int r = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	r = pid < 0 ? -errno : 0;
	if (pid == 0)
		_exit(handshake_speak(peer, starttls, name, ends[1]) < 0
				? EXIT_FAILURE
				: EXIT_SUCCESS);
	(void)fd_close(ends[1]);
	if (r == 0) {
		r = handshake_hear(ends[0], peer->deadline_ms, ret);
		handshake_end_process(pid);
	}
	(void)fd_close(ends[0]);
	return r;
}
