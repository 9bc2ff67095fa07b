/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Varlink services on Unix sockets, in an sd-event loop: connections, their
 * limits, one call at a time on each and one a turn of the loop, user by user
 * (turns.h), so that nobody waits on anybody. Calls that are pipelined wait in
 * the kernel, as do those of a user that has used up its work. Knows nothing of
 * what is served, and never logs.
 */
#ifndef CERTPROVD_SERVER_H
#define CERTPROVD_SERVER_H

#include <limits.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/sys/turns.h"
#include "lib/base/macros.h"
#include "lib/varlink/varlink-service.h"

/* Over a limit, this many at once get an error; others are just closed. */
#define SERVER_MAX_REFUSED 16
/* What a call costs its user besides its bytes and what its handler says. */
#define SERVER_CALL_WORK 30
/* From here on the next call waits for its peer to read, and requests that can
 * leave replies out should. Past VARLINK_BACKLOG_MAX_BYTES it is closed. */
#define SERVER_BACKLOG_BYTES ((size_t)64 * 1024)

/* With more connections than this, each call waits for a later turn of the
 * loop, so that no more than these are handled before anything else the loop
 * does. */
#define SERVER_MAX_AT_ONCE 16

/* Descriptors that one connection may hold: its own, what came with the call
 * under way and with the next one, and one to go with an answer. */
#define SERVER_MAX_DESCRIPTORS (2 + 2 * VARLINK_MAX_FDS)
/* Kept for everything else: listening, accepting, the store, exports, a run. */
#define SERVER_RESERVED_DESCRIPTORS 64

struct server_limits {
	unsigned connections;
	unsigned per_uid;
	unsigned of_root;
	unsigned for_admin; /* of connections, kept for admin sockets */
	size_t message_bytes;
	/* What the process may have open; with fewer than server_descriptors
	 * says there is room for fewer connections. */
	unsigned descriptors;
	struct turns_limits work; /* of each user */
};
#define SERVER_LIMITS_DEFAULT                                                  \
	((struct server_limits){.connections = 512,                            \
		.per_uid = 64,                                                 \
		.of_root = 256,                                                \
		.for_admin = 16,                                               \
		.message_bytes = VARLINK_MESSAGE_MAX_BYTES,                    \
		.descriptors = UINT_MAX,                                       \
		.work = TURNS_LIMITS_DEFAULT})
/* Descriptors for this many connections, and for those over a limit. */
unsigned server_descriptors(unsigned connections);
/* How many connections there is room for, those kept for admin included. */
unsigned server_room(const struct server_limits *limits);

struct server;
struct server_connection;

int server_new(sd_event *event, const struct server_limits *limits,
	struct server **ret);
/* Closes all of it; holders of requests are notified. NULL is fine. */
struct server *server_free(struct server *s);
DEFINE_CLEANUP(struct server, server_free);
void server_set_limits(struct server *s, const struct server_limits *limits);
/* Another clock than CLOCK_MONOTONIC, for tests. */
void server_set_clock(struct server *s, int64_t (*now_us)(void));

struct server_socket {
	const struct varlink_service *service; /* must live as long */
	bool admin;
	/* The error of the first call over a limit: {limit, maximum}. */
	const char *limit_error;
};

/* Serve on a listening socket; takes fd, also on failure. */
int server_listen(struct server *s, int fd, const struct server_socket *socket);

struct server_hooks {
	/* End of file or failure, after all before it was handled. The
	 * connection is gone. Not called by server_detach. */
	void (*closed)(void *userdata);
	void *userdata;
};

/* Serve on a connection made elsewhere, which counts for no limit; takes fd,
 * also on failure. The connection lasts until closed is called. */
int server_attach(struct server *s, int fd,
	const struct varlink_service *service, const struct server_hooks *hooks,
	struct server_connection **ret);
/* Close such a connection; not from one of its own handlers. NULL is fine;
 * returns NULL. */
struct server_connection *server_detach(struct server_connection *c);

size_t server_connections(const struct server *s);

#endif
