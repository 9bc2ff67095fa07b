/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the server share, from bottom to top: server-turns.c gives
 * turns, server-connection.c has what one connection sends and receives,
 * server-listen.c accepts and knows the limits.
 */
#ifndef CERTPROVD_SERVER_INTERNAL_H
#define CERTPROVD_SERVER_INTERNAL_H

#include "daemon/certprovd/sys/server.h"

struct listener {
	struct listener *next;
	struct server *server;
	struct server_socket socket;
	int fd;
	sd_event_source *source;
	sd_event_source *again; /* listens again later */
};

/* Where a connection comes from. */
struct connection_origin {
	const struct varlink_service *service;
	const struct server_socket *socket; /* NULL: attached */
	struct server_hooks hooks;
	struct varlink_peer peer;
	/* Over this limit: the first call gets that error, then it is closed.
	 */
	const char *refused;
	unsigned maximum;
};

struct server_connection {
	struct turn turn; /* first: found by it */
	struct server_connection *next;
	struct server_connection *prev;
	struct server *server;
	struct connection_origin from;
	struct varlink_socket wire;
	sd_event_source *io;
	struct varlink_request *request; /* under way, or NULL */
	char *acts_for;                  /* varlink_request_act_for */
	bool answered; /* let go of the request at the next turn */
	bool broken;   /* close it at the next turn */
	/* Nobody reads: earlier calls are handled, answers are dropped. */
	bool deaf;
	bool listens;  /* the loop tells when there is input */
	bool readable; /* there is input to receive */
	bool hung;     /* the other side is closed: nothing to wait for */
	bool yielded;  /* the request under way goes on at the next turn */
	bool waiting;  /* something was left to send; drained is still to be
			  called */
	/* An answer with a descriptor, or one after it, has not been read:
	 * nothing is handled until it is. */
	bool lent;
	bool watched; /* the loop hears of each answer that is read */
};

struct server {
	sd_event *event;
	struct server_limits limits;
	struct listener *listeners;
	struct server_connection *connections;
	size_t count;   /* accepted and served */
	size_t refused; /* accepted, over a limit */
	struct turns *turns;
	sd_event_source *turn;   /* gives the next turn */
	sd_event_source *refill; /* when a budget is filled again */
	int64_t (*now_us)(void);
	void (*give_turn)(struct turn *turn); /* connection_turn */
};

/* The sources by which the loop gives turns. 0 or a negative errno. */
int server_add_turns(struct server *s);
/* This turn, now; what it is of may be gone afterwards. */
void server_give_turn(struct server *s, struct turn *turn);
/* Somebody waits for a turn: the loop gives it, now or when it may. */
void server_schedule(struct server *s);

/* This connection, whose input the loop has just told, may have its turn
 * without waiting: nobody waits, and nobody else whom the loop has to tell of
 * could be before it. */
bool server_is_next(const struct server *s, const struct server_connection *c);

/* Takes fd, also on failure. */
int connection_open(struct server *s, int fd,
	const struct connection_origin *from, struct server_connection **ret);
void connection_close(struct server_connection *c);
/* One call, or a part of a long answer, and what follows from it. */
void connection_turn(struct turn *turn);

#endif
