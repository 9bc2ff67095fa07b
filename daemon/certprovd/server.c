/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/server-internal.h"

/* How long nobody is accepted when there was no descriptor for one. */
#define ACCEPT_AGAIN_US ((uint64_t)200 * 1000)

/* --- new connections --- */

static int read_peer(int fd, struct varlink_peer *ret)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return -errno;
	*ret = (struct varlink_peer){
		.uid = peer.uid, .gid = peer.gid, .pid = peer.pid};
	return 0;
}

static unsigned count_of(const struct server *s, uid_t uid)
{
	unsigned count = 0;

	for (const struct server_connection *c = s->connections; c; c = c->next)
		if (c->socket && !c->refused && c->peer.uid == uid)
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

	/* Whatever it is, somebody must be able to say so. */
	if (room < limits->for_admin)
		room = limits->for_admin;
	return room < limits->connections ? room : limits->connections;
}

/* The limit that one more connection would exceed, or NULL. */
static const char *find_limit(const struct server *s, const struct listener *l,
	uid_t uid, unsigned *ret_maximum)
{
	unsigned mine = uid == 0 ? s->limits.of_root : s->limits.per_uid;
	unsigned kept = l->socket.admin ? 0 : s->limits.for_admin;
	unsigned room = server_room(&s->limits);
	unsigned all = room > kept ? room - kept : 0;

	if (s->count >= all) {
		*ret_maximum = all;
		return "connections";
	}
	if (count_of(s, uid) >= mine) {
		*ret_maximum = mine;
		return "connections-per-uid";
	}
	return NULL;
}

static void accept_one(struct listener *l, int fd)
{
	struct server *s = l->server;
	struct server_connection *c = NULL;
	struct varlink_peer peer = {0};
	unsigned maximum = 0;
	const char *limit = NULL;

	if (read_peer(fd, &peer) < 0) {
		close_fd(fd);
		return;
	}
	limit = find_limit(s, l, peer.uid, &maximum);
	if (limit && s->refused >= SERVER_MAX_REFUSED) {
		close_fd(fd);
		return;
	}
	if (connection_open(s, fd, l->socket.service, &c) < 0)
		return;
	c->peer = peer;
	c->socket = &l->socket;
	c->refused = limit;
	c->maximum = maximum;
	if (limit)
		s->refused++;
	else
		s->count++;
}

static int on_accept(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct listener *l = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (client >= 0) {
		accept_one(l, client);
		return 0;
	}
	/* A peer that has gone again is nothing. Without descriptors or
	 * memory it stays in the queue, so looking at once is in vain. */
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
		errno != ENOMEM)
		return 0;
	if (sd_event_source_set_time_relative(l->again, ACCEPT_AGAIN_US) < 0 ||
		sd_event_source_set_enabled(l->again, SD_EVENT_ONESHOT) < 0)
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct listener *l = userdata;

	(void)source;
	(void)usec;
	(void)sd_event_source_set_enabled(l->source, SD_EVENT_ON);
	return 0;
}

static struct listener *listener_free(struct listener *l)
{
	sd_event_source_disable_unref(l->source);
	sd_event_source_disable_unref(l->again);
	close_fd(l->fd);
	free(l);
	return NULL;
}
DEFINE_CLEANUP(struct listener, listener_free);

int server_listen(struct server *s, int fd, const struct server_socket *socket)
{
	CLEANUP(listener_free) struct listener *l = calloc(1, sizeof(*l));
	int r = 0;

	if (!l) {
		close_fd(fd);
		return -ENOMEM;
	}
	l->server = s;
	l->socket = *socket;
	l->fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	r = sd_event_add_time(
		s->event, &l->again, CLOCK_MONOTONIC, 0, 0, on_again, l);
	if (r >= 0)
		r = sd_event_source_set_enabled(l->again, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(
			s->event, &l->source, fd, EPOLLIN, on_accept, l);
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
	struct server_connection *c = NULL;
	int r = connection_open(s, fd, service, &c);

	if (r < 0)
		return r;
	(void)read_peer(fd, &c->peer);
	c->hooks = *hooks;
	*ret = c;
	return 0;
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
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->event = sd_event_ref(event);
	s->limits = *limits;
	*ret = s;
	return 0;
}

struct server *server_free(struct server *s)
{
	if (!s)
		return NULL;
	/* First: who loses its connection comes back at once, and is not to be
	 * accepted, and lost again, by a daemon that ends. */
	while (s->listeners) {
		struct listener *l = s->listeners;

		s->listeners = l->next;
		listener_free(l);
	}
	while (s->connections)
		connection_close(s->connections);
	sd_event_unref(s->event);
	free(s);
	return NULL;
}

void server_set_limits(struct server *s, const struct server_limits *limits)
{
	s->limits = *limits;
}

size_t server_connections(const struct server *s)
{
	return s->count;
}
