/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/server.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* How long nobody is accepted when there was no descriptor for one. */
#define ACCEPT_AGAIN_US ((uint64_t)200 * 1000)
/* What the kernel counts for anything unread is more: each buffer with its
 * own bookkeeping, and one while it frees the last of them. */
#define UNREAD_MIN_BYTES 64

struct listener {
	struct listener *next;
	struct server *server;
	struct server_socket socket;
	int fd;
	sd_event_source *source;
	sd_event_source *again; /* listens again later */
};

struct server_connection {
	struct server_connection *next;
	struct server_connection *prev;
	struct server *server;
	const struct varlink_service *service;
	const struct server_socket *socket; /* NULL: attached */
	struct server_hooks hooks;
	struct varlink_peer peer;
	struct varlink_socket wire;
	sd_event_source *io;
	sd_event_source *turn;
	struct varlink_request *request; /* under way, or NULL */
	bool answered; /* it has been: let go of it at the next turn */
	bool broken;   /* not to be served on: close at the next turn */
	/* Nobody reads: what it said before is handled, answers are dropped. */
	bool deaf;
	bool waiting; /* something was left to send, drained was not told */
	/* An answer with a descriptor is out, and it or what came after it
	 * was not read: nothing is handled until then. */
	bool lent;
	bool watched; /* the loop hears of each answer that is read */
	/* Over this limit: the first call is told so, then it is closed. */
	const char *refused;
	unsigned maximum;
};

struct server {
	sd_event *event;
	struct server_limits limits;
	struct listener *listeners;
	struct server_connection *connections;
	size_t count;   /* accepted and served */
	size_t refused; /* accepted and to be told a limit */
};

/* --- one connection --- */

static void unlink_connection(struct server_connection *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		c->server->connections = c->next;
	if (c->next)
		c->next->prev = c->prev;
	if (c->refused)
		c->server->refused--;
	else if (c->socket)
		c->server->count--;
}

static void close_connection(struct server_connection *c)
{
	unlink_connection(c);
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->turn);
	if (c->request)
		varlink_request_detach(c->request);
	varlink_socket_done(&c->wire);
	free(c);
}

static int on_turn(sd_event_source *source, void *userdata);

/* Its end came from the other side. */
static void lose_connection(struct server_connection *c)
{
	struct server_hooks hooks = c->hooks;

	close_connection(c);
	if (hooks.closed)
		hooks.closed(hooks.userdata);
}

/* A new source each time: sd-event serves what is pending longest, and counts
 * a defer source from when it was made, so an old one would go before all
 * others for ever. Without memory that is better than nothing. */
static void want_turn(struct server_connection *c)
{
	sd_event_source *fresh = NULL;

	if (sd_event_source_get_enabled(c->turn, NULL) > 0)
		return;
	if (sd_event_add_defer(c->server->event, &fresh, on_turn, c) < 0) {
		(void)sd_event_source_set_enabled(c->turn, SD_EVENT_ONESHOT);
		return;
	}
	sd_event_source_disable_unref(c->turn);
	c->turn = fresh;
}

/* It has answers enough to read before it gets more. */
static bool is_full(const struct server_connection *c)
{
	return c->wire.backlog > SERVER_BACKLOG_BYTES && !c->deaf;
}

/* The answers with their descriptors are read, all of them: one that nobody
 * reads keeps its descriptor open in the kernel. */
static bool is_read(const struct server_connection *c)
{
	int unread = 0;

	return c->wire.backlog == 0 &&
		ioctl(c->wire.fd, SIOCOUTQ, &unread) == 0 &&
		unread < UNREAD_MIN_BYTES;
}

static void take_back(struct server_connection *c)
{
	if (c->lent && (c->deaf || is_read(c)))
		c->lent = false;
}

/* Each time that something is read there is room again, and an edge. Asked
 * for once: to ask again is an edge as well. */
static void watch_reader(struct server_connection *c)
{
	if (c->watched)
		return;
	c->watched = true;
	(void)sd_event_source_set_io_events(c->io, EPOLLOUT | EPOLLET);
}

/* Input only while no call is under way and answers are read: what is
 * pipelined waits in the kernel. Output only while something is left. */
static void want_io(struct server_connection *c, bool input)
{
	uint32_t events = 0;

	if (c->lent && !c->deaf && c->wire.backlog == 0) {
		watch_reader(c);
		return;
	}
	c->watched = false;
	if (input && !c->request && !c->wire.ended && !is_full(c) && !c->lent)
		events |= EPOLLIN;
	if (c->wire.backlog > 0 && !c->deaf)
		events |= EPOLLOUT;
	(void)sd_event_source_set_io_events(c->io, events);
}

/* A negative errno when nobody reads any more. */
static int flush(struct server_connection *c)
{
	int r = varlink_socket_flush(&c->wire);

	if (r < 0)
		c->deaf = true;
	if (r > 0)
		c->waiting = true;
	if (r < 0 || (r == 0 && c->waiting))
		want_turn(c);
	return r;
}

/* --- what varlink-service wants of a connection --- */

static int transport_send(
	void *connection, struct bytes *message, struct varlink_fds *fds)
{
	struct server_connection *c = connection;
	bool lends = fds->count > 0;
	int r = 0;

	if (c->broken || c->deaf) {
		bytes_done(message);
		varlink_fds_done(fds);
		return -ENOTCONN;
	}
	r = varlink_socket_queue(&c->wire, message, fds);
	if (r < 0) {
		c->broken = true;
		want_turn(c);
		return r;
	}
	c->lent = c->lent || lends;
	r = flush(c);
	if (r < 0)
		return -ENOTCONN;
	want_io(c, false);
	return 0;
}

static bool transport_backlogged(void *connection)
{
	const struct server_connection *c = connection;

	return c->wire.backlog > SERVER_BACKLOG_BYTES;
}

static void transport_answered(void *connection, struct varlink_request *req)
{
	struct server_connection *c = connection;

	(void)req;
	c->answered = true;
	want_turn(c);
}

static const struct varlink_transport transport = {
	.send = transport_send,
	.backlogged = transport_backlogged,
	.answered = transport_answered,
};

/* --- one call --- */

static int refuse(struct server_connection *c, struct varlink_incoming *in)
{
	CLEANUP(json_done) struct json_writer w = {0};
	cJSON *parameters = NULL;
	int r = 0;

	json_put_string(&w, "limit", c->refused);
	json_put_int(&w, "maximum", c->maximum);
	r = json_take(&w, &parameters);
	if (r == 0)
		r = varlink_service_refuse(
			in, c->socket->limit_error, parameters);
	c->broken = true;
	return r;
}

static int handle(struct server_connection *c, const char *text, size_t len,
	struct varlink_fds fds)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.fds = fds,
		.peer = c->peer,
		.transport = &transport,
		.connection = c,
	};
	int r = varlink_call_decode(text, len, &in.call);

	if (r < 0)
		return r;
	if (c->refused)
		return refuse(c, &in);
	c->answered = false;
	return varlink_service_dispatch(c->service, &in, &c->request);
}

/* The next call, if one is there whole. 1 when there was one. */
static int handle_next(struct server_connection *c)
{
	struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;
	int r = varlink_socket_next(&c->wire, &text, &len, &fds);

	if (r <= 0)
		return r;
	r = handle(c, text, len, fds);
	return r < 0 ? r : 1;
}

/* Let go of a request that is answered, or whose answer nobody will hear. */
static void let_go(struct server_connection *c)
{
	struct varlink_request *req = c->request;

	if (req && (c->answered || c->deaf)) {
		c->request = NULL;
		varlink_request_detach(req);
	}
	c->answered = false;
}

static void tell_drained(struct server_connection *c)
{
	if (!c->waiting || c->wire.backlog > 0)
		return;
	c->waiting = false;
	if (c->request)
		varlink_request_drained(c->request);
}

/* All that was said is handled, all answers are sent or in vain. */
static bool is_over(const struct server_connection *c)
{
	return c->wire.ended && !c->request &&
		(c->wire.backlog == 0 || c->deaf);
}

/* One call, and what follows from it: another turn, or waiting. */
static int on_turn(sd_event_source *source, void *userdata)
{
	struct server_connection *c = userdata;
	int r = 0;

	(void)source;
	let_go(c);
	tell_drained(c);
	take_back(c);
	if (!c->broken && !c->request && !is_full(c) && !c->lent)
		r = handle_next(c);
	if (r < 0 || c->broken || (r == 0 && is_over(c))) {
		lose_connection(c);
		return 0;
	}
	if (r == 1 && (!c->request || c->deaf))
		want_turn(c);
	want_io(c, r == 0);
	return 0;
}

/* --- bytes --- */

static void on_readable(struct server_connection *c)
{
	ssize_t n = varlink_socket_receive(&c->wire);

	if (n < 0 && n != -EAGAIN)
		c->broken = true;
	want_io(c, false);
}

static int on_io(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct server_connection *c = userdata;

	(void)source;
	(void)fd;
	if (revents & EPOLLOUT)
		(void)flush(c);
	if (revents & (EPOLLHUP | EPOLLERR))
		c->deaf = true;
	if (revents & EPOLLIN)
		on_readable(c);
	want_turn(c);
	return 0;
}

/* --- new connections --- */

static int open_connection(struct server *s, int fd,
	const struct varlink_service *service, struct server_connection **ret)
{
	struct server_connection *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c) {
		close_fd(fd);
		return -ENOMEM;
	}
	c->server = s;
	c->service = service;
	varlink_socket_init(&c->wire, fd);
	c->wire.input.max_bytes = s->limits.message_bytes;
	r = sd_event_add_io(s->event, &c->io, fd, EPOLLIN, on_io, c);
	if (r >= 0)
		r = sd_event_add_defer(s->event, &c->turn, on_turn, c);
	if (r >= 0)
		r = sd_event_source_set_enabled(c->turn, SD_EVENT_OFF);
	if (r < 0) {
		sd_event_source_disable_unref(c->io);
		sd_event_source_disable_unref(c->turn);
		varlink_socket_done(&c->wire);
		free(c);
		return r;
	}
	c->next = s->connections;
	if (c->next)
		c->next->prev = c;
	s->connections = c;
	*ret = c;
	return 0;
}

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
	if (open_connection(s, fd, l->socket.service, &c) < 0)
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
	int r = open_connection(s, fd, service, &c);

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
		close_connection(c);
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
		close_connection(s->connections);
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
