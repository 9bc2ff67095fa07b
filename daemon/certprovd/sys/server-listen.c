/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in, and the server as a whole. */
#include "daemon/certprovd/sys/server-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/sys/clock.h"
#include "lib/base/fd.h"

/* How long nobody is accepted after descriptors ran out. */
#define ACCEPT_AGAIN_US ((uint64_t)200 * 1000)

/* --- new connections --- */

static int server_read_peer(int fd, struct varlink_peer *ret)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	*ret = (struct varlink_peer){
		.uid = peer.uid, .gid = peer.gid, .pid = peer.pid};
	return 0;
}

static unsigned server_count_of(const struct server *s, uid_t uid)
{
	unsigned count = 0;

	for (const struct server_connection *c = s->connections; c; c = c->next)
		if (c->from.socket && !c->from.refused &&
			c->from.peer.uid == uid)
			count++;
	return count;
}

unsigned server_descriptors(unsigned connections)
{
	return SERVER_RESERVED_DESCRIPTORS +
		SERVER_MAX_DESCRIPTORS * (connections + SERVER_MAX_REFUSED);
}

unsigned server_room(const struct server_limits *limits)
{
	unsigned none = server_descriptors(0);
	unsigned room = limits->descriptors > none
		? (limits->descriptors - none) / SERVER_MAX_DESCRIPTORS
		: 0;

	/* However few there are, an admin must be able to ask why. */
	if (room < limits->for_admin)
		room = limits->for_admin;
	return room < limits->connections ? room : limits->connections;
}

/* The limit that one more connection would exceed, or NULL. */
static const char *server_find_limit(const struct server *s,
	const struct listener *l, uid_t uid, unsigned *ret_maximum)
{
	unsigned mine = uid == 0 ? s->limits.of_root : s->limits.per_uid;
	unsigned kept = l->socket.admin ? 0 : s->limits.for_admin;
	unsigned room = server_room(&s->limits);
	unsigned all = room > kept ? room - kept : 0;

	if (s->count >= all) {
		*ret_maximum = all;
		return "connections";
	}
	if (server_count_of(s, uid) >= mine) {
		*ret_maximum = mine;
		return "connections-per-uid";
	}
	return NULL;
}

static void server_accept_one(struct listener *l, int fd)
{
	struct server *s = l->server;
	struct server_connection *c = NULL;
	struct connection_origin from = {
		.service = l->socket.service,
		.socket = &l->socket,
	};

	if (server_read_peer(fd, &from.peer) < 0) {
		fd_close(fd);
		return;
	}
	from.refused = server_find_limit(s, l, from.peer.uid, &from.maximum);
	if (from.refused && s->refused >= SERVER_MAX_REFUSED) {
		fd_close(fd);
		return;
	}
	if (connection_open(s, fd, &from, &c) < 0)
		return;
	if (from.refused)
		s->refused++;
	else
		s->count++;
}

static int server_on_accept(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct listener *l = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (client >= 0) {
		server_accept_one(l, client);
		return 0;
	}
	/* A peer may have gone again: no matter. Without descriptors or memory
	 * it stays in the queue, and looking again at once is useless. */
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
		errno != ENOMEM)
		return 0;
	if (sd_event_source_set_time_relative(l->again, ACCEPT_AGAIN_US) < 0 ||
		sd_event_source_set_enabled(l->again, SD_EVENT_ONESHOT) < 0)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int server_on_again(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct listener *l = userdata;

	(void)source;
	(void)usec;
	(void)sd_event_source_set_enabled(l->source, SD_EVENT_ON);
	return 0;
}

static struct listener *server_listener_free(struct listener *l)
{
	sd_event_source_disable_unref(l->source);
	sd_event_source_disable_unref(l->again);
	fd_close(l->fd);
	free(l);
	return NULL;
}
DEFINE_CLEANUP(struct listener, server_listener_free);

int server_listen(struct server *s, int fd, const struct server_socket *socket)
{
	CLEANUP(server_listener_free)
	struct listener *l = calloc(1, sizeof(*l));
	int r = 0;

	if (!l) {
		fd_close(fd);
		return -ENOMEM;
	}
	l->server = s;
	l->socket = *socket;
	l->fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = sd_event_add_time(
		s->event, &l->again, CLOCK_MONOTONIC, 0, 0, server_on_again, l);
	if (r >= 0)
		r = sd_event_source_set_enabled(l->again, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(
			s->event, &l->source, fd, EPOLLIN, server_on_accept, l);
	if (r < 0)
		return r;
	l->next = s->listeners;
	s->listeners = TAKE_PTR(l);
	return 0;
}

int server_attach(struct server *s, int fd,
	const struct varlink_service *service, const struct server_hooks *hooks,
	struct server_connection **ret)
{
	struct connection_origin from = {
		.service = service,
		.hooks = *hooks,
	};

	(void)server_read_peer(fd, &from.peer);
	return connection_open(s, fd, &from, ret);
}

struct server_connection *server_detach(struct server_connection *c)
{
	if (c)
		connection_close(c);
	return NULL;
}

/* --- the server --- */

int server_new(sd_event *event, const struct server_limits *limits,
	struct server **ret)
{
	CLEANUP(server_free) struct server *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	s->limits = *limits;
	s->now_us = clock_monotonic_us;
	s->give_turn = connection_turn;
	r = turns_new(&limits->work, &s->turns);
	if (r == 0)
		r = server_add_turns(s);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(s);
	return 0;
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	/* Listeners first: who loses a connection may come back at once, and
	 * must not be accepted and lost again by a daemon that ends. */
	while (s->listeners) {
		struct listener *l = s->listeners;

		s->listeners = l->next;
		server_listener_free(l);
	}
	while (s->connections)
		connection_close(s->connections);
	sd_event_source_disable_unref(s->turn);
	sd_event_source_disable_unref(s->refill);
	turns_free(s->turns);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}

void server_set_limits(struct server *s, const struct server_limits *limits)
{
	s->limits = *limits;
	turns_set_limits(s->turns, &limits->work);
	server_schedule(s);
}

void server_set_clock(struct server *s, int64_t (*now_us)(void))
{
	s->now_us = now_us;
}

size_t server_connections(const struct server *s)
{
	return s->count;
}
