/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection to a peer, to look at what it presents: every step ends at
 * the deadline, whatever the peer does. Knows no protocol.
 */
#ifndef CERTPROVCTL_CONNECTION_H
#define CERTPROVCTL_CONNECTION_H

#include <openssl/bio.h>
#include <stdint.h>

#include "lib/base/macros.h"

/* Room for a line of a peer with its end and a zero byte. */
#define CONNECTION_LINE_SIZE 2048
#define CONNECTION_ADDRESS_SIZE 72 /* "[2001:db8::1]:5061" */

struct peer_connection {
	BIO *bio;            /* does not block */
	int64_t deadline_ms; /* as of lib/varlink-client */
	char address[CONNECTION_ADDRESS_SIZE];
};
void peer_connection_done(struct peer_connection *c);
DEFINE_CLEANUP_EMBEDDED(struct peer_connection, peer_connection_done);

/*
 * Connects to the first address of the host that accepts. 0; -ETIMEDOUT past
 * the deadline; or another negative errno, and *ret_cause says why until
 * OpenSSL is called again. Only the system's resolver limits how long resolving
 * takes.
 */
int peer_connection_connect(const char *host, const char *port,
	int64_t deadline_ms, struct peer_connection *ret,
	const char **ret_cause);

static inline int peer_connection_fd(const struct peer_connection *c)
{
	return (int)BIO_get_fd(c->bio, NULL);
}

/* Waits until the descriptor can be read (POLLIN) or written (POLLOUT). 0 or
 * -ETIMEDOUT. */
int peer_connection_wait(int fd, int64_t deadline_ms, short events);
/* 0 or a negative errno. */
int peer_connection_send(
	const struct peer_connection *c, const void *data, size_t len);
/* Receives exactly len bytes. 0, -ECONNRESET at the end, ... */
int peer_connection_receive(
	const struct peer_connection *c, void *data, size_t len);
/* Receives a line, without its end, and no byte more. -EMSGSIZE if it is too
 * long. */
int peer_connection_receive_line(
	const struct peer_connection *c, char ret[CONNECTION_LINE_SIZE]);

#endif
