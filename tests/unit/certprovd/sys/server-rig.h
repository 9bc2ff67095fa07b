/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with a small service on real sockets in a directory of its own,
 * and clients of it in the same process: nothing happens on the other side
 * but in settle() and rig_turn(), so that no test waits for time to pass.
 */
#ifndef CERTPROV_TESTS_SERVER_RIG_H
#define CERTPROV_TESTS_SERVER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/sys/server.h"

#define RIG_BIG_BYTES ((size_t)100 * 1024) /* in an answer to Big */
#define RIG_COSTLY_WORK 600
#define RIG_MAX_TURNS 100000 /* more before it settles is a busy loop */

/*
 * The service a.b: Echo(text), Note() counts, Big() answers many bytes,
 * Costly() says that it cost RIG_COSTLY_WORK, Lend() has a descriptor with its
 * answer, Keep() is kept in rig.held, one at
 * a time.
 */
struct server_rig {
	sd_event *event;
	struct server *server;
	struct varlink_request *held;
	unsigned noted;
	unsigned big;
	unsigned lent;
	unsigned costly;
	unsigned kept;
	unsigned gone;
	unsigned drained;
	unsigned turns;  /* of the request that is kept */
	bool holds_back; /* drained sends a last answer */
};

extern struct server_rig rig;
extern const struct varlink_service rig_service;

/* As fixtures of a case. */
void rig_setup(void);
void rig_teardown(void);
/* Start again with these limits. */
void rig_limit(const struct server_limits *limits);

/* One turn of the loop, without waiting: whether anything was done. */
bool rig_turn(void);
/* Turn until nothing is left to do; how often. */
unsigned settle(void);

/* A new connection, not accepted before the loop turns. */
struct varlink_socket connect_trust(void);
struct varlink_socket connect_admin(void);

/* Send a message with the zero byte that ends it. */
void say(struct varlink_socket *c, const char *text);
/* Send as much as there is room for; how much that was. */
size_t say_some(struct varlink_socket *c, const void *data, size_t len);
/* The next message is there and is this one. */
void hear(struct varlink_socket *c, const char *text);
/* The next message, which has been there for reading; NULL: there is none. */
const char *hear_next(struct varlink_socket *c, size_t *ret_len);
/* The next one is an answer to Big. */
void hear_big(struct varlink_socket *c);
/* Nothing is there, but the connection is. */
void hear_nothing(struct varlink_socket *c);
/* The other side has closed, and nothing came before that. */
void hear_end(struct varlink_socket *c);
/* Echo works on this connection. */
void check_served(struct varlink_socket *c);

#endif
