/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/connection.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/varlink/varlink-client.h"

DEFINE_CLEANUP(struct addrinfo, freeaddrinfo);

void peer_connection_done(struct peer_connection *w)
{
	w->fd = close_fd(w->fd);
}

int peer_connection_wait(const struct peer_connection *w, short events)
{
	for (;;) {
		struct pollfd p = {.fd = w->fd, .events = events};
		int64_t left = w->deadline_ms - varlink_deadline(0);
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

/* --- connecting --- */

static void peer_connection_name_address(
	const struct addrinfo *a, char ret[WIRE_ADDRESS_SIZE])
{
	char host[WIRE_ADDRESS_SIZE - 9] = "";
	char port[6] = "";
	bool bracketed = a->ai_family == AF_INET6;

	(void)getnameinfo(a->ai_addr, a->ai_addrlen, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	(void)snprintf(ret, WIRE_ADDRESS_SIZE, "%s%s%s:%s",
		bracketed ? "[" : "", host, bracketed ? "]" : "", port);
}

static int peer_connection_finish_connect(const struct peer_connection *w)
{
	int error = 0;
	socklen_t size = sizeof(error);
	int r = peer_connection_wait(w, POLLOUT);

	if (r < 0)
		return r;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	return -error;
}

static int peer_connection_try_address(const struct addrinfo *a,
	int64_t deadline_ms, struct peer_connection *ret)
{
	CLEANUP(peer_connection_done)
	struct peer_connection w = {
		.fd = socket(a->ai_family,
			a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
			a->ai_protocol),
		.deadline_ms = deadline_ms,
	};
	int r = 0;

	if (w.fd < 0)
		return -errno;
	peer_connection_name_address(a, w.address);
	if (connect(w.fd, a->ai_addr, a->ai_addrlen) < 0)
		r = errno == EINPROGRESS ? peer_connection_finish_connect(&w)
					 : -errno;
	if (r < 0)
		return r;
	*ret = w;
	w.fd = -1;
	return 0;
}

static int peer_connection_try_all(const struct addrinfo *all,
	int64_t deadline_ms, struct peer_connection *ret)
{
	int r = -EADDRNOTAVAIL;

	for (const struct addrinfo *a = all; a; a = a->ai_next) {
		r = peer_connection_try_address(a, deadline_ms, ret);
		if (r == 0 || r == -ETIMEDOUT)
			break;
	}
	return r;
}

int peer_connection_connect(const char *host, const char *port,
	int64_t deadline_ms, struct peer_connection *ret,
	const char **ret_cause)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	CLEANUP(freeaddrinfo) struct addrinfo *all = NULL;
	int r = getaddrinfo(host, port, &hints, &all);

	if (r != 0) {
		*ret_cause = gai_strerror(r);
		return -ENODATA;
	}
	r = peer_connection_try_all(all, deadline_ms, ret);
	if (r < 0)
		*ret_cause = strerror(-r);
	return r;
}

/* --- bytes --- */

int peer_connection_send(
	const struct peer_connection *w, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = send(w->fd, p, len, MSG_NOSIGNAL);
		int r = 0;

		if (n < 0 && errno == EAGAIN)
			r = peer_connection_wait(w, POLLOUT);
		else if (n < 0 && errno != EINTR)
			r = -errno;
		if (r < 0)
			return r;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

int peer_connection_receive(
	const struct peer_connection *w, void *data, size_t len)
{
	uint8_t *p = data;

	while (len > 0) {
		ssize_t n = recv(w->fd, p, len, 0);
		int r = 0;

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno == EAGAIN)
			r = peer_connection_wait(w, POLLIN);
		else if (n < 0 && errno != EINTR)
			r = -errno;
		if (r < 0)
			return r;
		p += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A byte at a time: what follows the line is the TLS of somebody else. */
int peer_connection_receive_line(
	const struct peer_connection *w, char ret[WIRE_MAX_LINE])
{
	size_t len = 0;

	for (;;) {
		int r = len == WIRE_MAX_LINE
			? -EMSGSIZE
			: peer_connection_receive(w, ret + len, 1);

		if (r < 0)
			return r;
		if (ret[len] == '\n')
			break;
		len++;
	}
	if (len > 0 && ret[len - 1] == '\r')
		len--;
	ret[len] = 0;
	return 0;
}
