/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/connection.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/string.h"
#include "lib/varlink/varlink-client.h"

DEFINE_CLEANUP(BIO, BIO_free);

void peer_connection_done(struct peer_connection *c)
{
	BIO_free(c->bio);
	c->bio = NULL;
}

int peer_connection_wait(int fd, int64_t deadline_ms, short events)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		int64_t left = deadline_ms - varlink_deadline(0);
		int n = 0;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* After a call of the BIO that failed: waits for what it needs, so that the
 * call can be repeated. Or a negative errno. */
static int peer_connection_wait_for_bio(const struct peer_connection *c)
{
	if (BIO_should_retry(c->bio))
		return peer_connection_wait(peer_connection_fd(c),
			c->deadline_ms,
			BIO_should_read(c->bio) ? POLLIN : POLLOUT);
	if (BIO_eof(c->bio))
		return -ECONNRESET;
	return errno ? -errno : -EIO;
}

/* --- connecting --- */

static int peer_connection_new_bio(
	const char *host, const char *port, BIO **ret)
{
	bool v6 = strchr(host, ':') != NULL;
	CLEANUP(BIO_free) BIO *bio = BIO_new(BIO_s_connect());
	CLEANUP(free) char *name = NULL;

	if (!bio || string_format(&name, v6 ? "[%s]" : "%s", host) < 0 ||
		BIO_set_conn_hostname(bio, name) != 1 ||
		BIO_set_conn_port(bio, port) != 1)
		return -ENOMEM;
	(void)BIO_set_nbio(bio, 1);
	*ret = TAKE_PTR(bio);
	return 0;
}

static void peer_connection_name_address(struct peer_connection *c)
{
	const BIO_ADDR *address = BIO_get_conn_address(c->bio);
	char *host = BIO_ADDR_hostname_string(address, 1);
	char *port = BIO_ADDR_service_string(address, 1);
	bool v6 = BIO_ADDR_family(address) == AF_INET6;

	(void)snprintf(c->address, sizeof(c->address), "%s%s%s:%s",
		v6 ? "[" : "", host ? host : "", v6 ? "]" : "",
		port ? port : "");
	OPENSSL_free(host);
	OPENSSL_free(port);
}

/* Why there is no connection: what the system says, or the resolver. */
static const char *peer_connection_cause(int error)
{
	const char *text = NULL;
	int flags = 0;
	unsigned long first = ERR_peek_error_data(&text, &flags);

	if (ERR_SYSTEM_ERROR(first))
		return strerror(ERR_GET_REASON(first));
	return text && *text ? text : strerror(-error);
}

/* Not with BIO_do_connect_retry(): it repeats a refused connection until its
 * timeout, and the reason is lost. */
int peer_connection_connect(const char *host, const char *port,
	int64_t deadline_ms, struct peer_connection *ret,
	const char **ret_cause)
{
	CLEANUP(peer_connection_done)
	struct peer_connection c = {.deadline_ms = deadline_ms};
	int r = peer_connection_new_bio(host, port, &c.bio);

	ERR_clear_error();
	while (r == 0 && BIO_do_connect(c.bio) != 1)
		r = peer_connection_wait_for_bio(&c);
	if (r < 0) {
		*ret_cause = peer_connection_cause(r);
		return r;
	}
	peer_connection_name_address(&c);
	*ret = TAKE_OBJECT(c);
	return 0;
}

/* --- bytes --- */

int peer_connection_send(
	const struct peer_connection *c, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t n = 0;

	for (; len > 0; p += n, len -= n) {
		int r = 0;

		if (BIO_write_ex(c->bio, p, len, &n) == 1)
			continue;
		n = 0;
		r = peer_connection_wait_for_bio(c);
		if (r < 0)
			return r;
	}
	return 0;
}

int peer_connection_receive(
	const struct peer_connection *c, void *data, size_t len)
{
	uint8_t *p = data;
	size_t n = 0;

	for (; len > 0; p += n, len -= n) {
		int r = 0;

		if (BIO_read_ex(c->bio, p, len, &n) == 1)
			continue;
		n = 0;
		r = peer_connection_wait_for_bio(c);
		if (r < 0)
			return r;
	}
	return 0;
}

/* BIO_get_line() reads a byte at a time: what follows the line is TLS. */
int peer_connection_receive_line(
	const struct peer_connection *c, char ret[CONNECTION_LINE_SIZE])
{
	size_t len = 0;

	for (;;) {
		int r = BIO_get_line(
			c->bio, ret + len, CONNECTION_LINE_SIZE - (int)len);

		/* For an incomplete line it does not return the length. */
		len += r > 0 ? (size_t)r : strlen(ret + len);
		if (len > 0 && ret[len - 1] == '\n')
			break;
		if (len == CONNECTION_LINE_SIZE - 1)
			return -EMSGSIZE;
		r = r < 0 ? peer_connection_wait_for_bio(c) : -ECONNRESET;
		if (r < 0)
			return r;
	}
	ret[strcspn(ret, "\r\n")] = 0;
	return 0;
}
