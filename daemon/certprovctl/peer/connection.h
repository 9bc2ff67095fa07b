/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TCP connection to a peer that is to be looked at: every step ends at the
 * deadline, whatever the peer does. Knows no protocol.
 */
#ifndef CERTPROVCTL_CONNECTION_H
#define CERTPROVCTL_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/util.h"

/* A line of a peer that is longer is no answer; its end included. */
#define WIRE_MAX_LINE 2048
#define WIRE_ADDRESS_SIZE 72 /* "[2001:db8::1]:5061" */

struct peer_connection {
	int fd;
	int64_t deadline_ms; /* as of lib/varlink-client */
	char address[WIRE_ADDRESS_SIZE];
};
void peer_connection_done(struct peer_connection *w);
DEFINE_CLEANUP_EMBEDDED(struct peer_connection, peer_connection_done);

/*
 * To the first address of the host that takes it. 0; or a negative errno of
 * the last one tried, -ETIMEDOUT past the deadline, -ENODATA when the name
 * has none; then *ret_cause is a constant text. Resolving goes by the time
 * limits of the system's resolver.
 */
int peer_connection_connect(const char *host, const char *port,
	int64_t deadline_ms, struct peer_connection *ret,
	const char **ret_cause);

/* Until it can be read from (POLLIN) or written to (POLLOUT): 0,
 * -ETIMEDOUT. */
int peer_connection_wait(const struct peer_connection *w, short events);
/* 0 or a negative errno. */
int peer_connection_send(
	const struct peer_connection *w, const void *data, size_t len);
/* Exactly so many bytes, none more: 0, -ECONNRESET at the end, ... */
int peer_connection_receive(
	const struct peer_connection *w, void *data, size_t len);
/* A line without its end; -EMSGSIZE past WIRE_MAX_LINE. */
int peer_connection_receive_line(
	const struct peer_connection *w, char ret[WIRE_MAX_LINE]);

#endif
