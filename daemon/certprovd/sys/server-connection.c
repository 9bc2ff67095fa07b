/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: receives its calls, sends their answers. */
#include "daemon/certprovd/sys/server-internal.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include "daemon/certprovd/sys/peer-groups.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

/* Anything unread counts for more in the kernel, which adds its own bookkeeping
 * to each buffer. While it frees the last of them it counts one. */
#define UNREAD_MIN_BYTES 64

/* --- one connection --- */

static void connection_unlink(struct server_connection *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		c->server->connections = c->next;
	if (c->next)
		c->next->prev = c->prev;
	if (c->from.refused)
		c->server->refused--;
	else if (c->from.socket)
		c->server->count--;
}

void connection_close(struct server_connection *c)
{
	struct server *s = c->server;

	connection_unlink(c);
	sd_event_source_disable_unref(c->io);
	if (c->request)
		varlink_request_detach(c->request);
	turns_leave(s->turns, &c->turn, s->now_us());
	varlink_socket_done(&c->wire);
	free(c->acts_for);
	free(c);
}

/* The other side has closed it. */
static void connection_lose(struct server_connection *c)
{
	struct server_hooks hooks = c->from.hooks;

	connection_close(c);
	if (hooks.closed)
		hooks.closed(hooks.userdata);
}

static void connection_want_turn(struct server_connection *c)
{
	turns_want(c->server->turns, &c->turn);
	server_schedule(c->server);
}

static void connection_charge(
	struct server_connection *c, unsigned work, size_t bytes)
{
	struct server *s = c->server;

	turns_charge(s->turns, &c->turn, work, bytes, s->now_us());
}

/* It must read its answers before it gets more. */
static bool connection_is_full(const struct server_connection *c)
{
	return c->wire.backlog > SERVER_BACKLOG_BYTES && !c->deaf;
}

/* All answers are read. One that nobody reads keeps its descriptor open in the
 * kernel. */
static bool connection_is_read(const struct server_connection *c)
{
	int unread = 0;

	return c->wire.backlog == 0 &&
		ioctl(c->wire.fd, SIOCOUTQ, &unread) == 0 &&
		unread < UNREAD_MIN_BYTES;
}

static void connection_take_back(struct server_connection *c)
{
	if (c->lent && (c->deaf || connection_is_read(c)))
		c->lent = false;
}

/* Each time something is read there is room again, which is an edge. Asked for
 * only once, because asking again makes an edge as well. */
static void connection_watch_reader(struct server_connection *c)
{
	if (c->watched)
		return;
	c->watched = true;
	(void)sd_event_source_set_io_events(c->io, EPOLLOUT | EPOLLET);
}

/* Input only while no call is under way and answers are read: what is
 * pipelined waits in the kernel. Output only while something is left. */
static void connection_want_io(struct server_connection *c)
{
	uint32_t events = 0;

	if (c->hung)
		return;
	if (c->lent && !c->deaf && c->wire.backlog == 0) {
		connection_watch_reader(c);
		return;
	}
	c->watched = false;
	if (c->listens && !c->request && !c->wire.ended &&
		!connection_is_full(c) && !c->lent)
		events |= EPOLLIN;
	if (c->wire.backlog > 0 && !c->deaf)
		events |= EPOLLOUT;
	(void)sd_event_source_set_io_events(c->io, events);
}

static void connection_listen(struct server_connection *c, bool listens)
{
	c->listens = listens;
	connection_want_io(c);
}

/* A negative errno when nobody reads any more. */
static int connection_flush(struct server_connection *c)
{
	int r = varlink_socket_flush(&c->wire);

	if (r < 0)
		c->deaf = true;
	if (r > 0)
		c->waiting = true;
	if (r < 0 || (r == 0 && c->waiting))
		connection_want_turn(c);
	return r;
}

/* --- what varlink-service wants of a connection --- */

static int connection_transport_send(
	void *connection, struct bytes *message, struct varlink_fds *fds)
{
	struct server_connection *c = connection;
	bool lends = fds->count > 0;
	int r = 0;

	connection_charge(c, 0, message->len);
	if (c->broken || c->deaf) {
		bytes_done(message);
		varlink_fds_done(fds);
		return -ENOTCONN;
	}
	r = varlink_socket_queue(&c->wire, message, fds);
	if (r < 0) {
		c->broken = true;
		connection_want_turn(c);
		return r;
	}
	c->lent = c->lent || lends;
	r = connection_flush(c);
	if (r < 0)
		return -ENOTCONN;
	connection_want_io(c);
	return 0;
}

static bool connection_transport_backlogged(void *connection)
{
	const struct server_connection *c = connection;

	return c->wire.backlog > SERVER_BACKLOG_BYTES;
}

static void connection_transport_answered(
	void *connection, struct varlink_request *req)
{
	struct server_connection *c = connection;

	(void)req;
	c->answered = true;
	connection_want_turn(c);
}

static void connection_transport_want_turn(void *connection)
{
	struct server_connection *c = connection;

	c->yielded = true;
	connection_want_turn(c);
}

static void connection_transport_charge(void *connection, unsigned work)
{
	connection_charge(connection, work, 0);
}

static bool connection_transport_peer_is_in(void *connection, gid_t group)
{
	const struct server_connection *c = connection;

	return peer_groups_has(c->wire.fd, group);
}

static int connection_transport_act_for(void *connection, const char *whom)
{
	struct server_connection *c = connection;

	return string_replace(&c->acts_for, whom);
}

static const char *connection_transport_acts_for(void *connection)
{
	const struct server_connection *c = connection;

	return c->acts_for;
}

static const struct varlink_transport transport = {
	.send = connection_transport_send,
	.backlogged = connection_transport_backlogged,
	.answered = connection_transport_answered,
	.want_turn = connection_transport_want_turn,
	.charge = connection_transport_charge,
	.peer_is_in = connection_transport_peer_is_in,
	.act_for = connection_transport_act_for,
	.acts_for = connection_transport_acts_for,
};

/* --- one call --- */

static int connection_refuse(
	struct server_connection *c, struct varlink_incoming *in)
{
	cJSON *parameters = NULL;
	int r = varlink_limit_encode(
		c->from.refused, c->from.maximum, &parameters);

	if (r == 0)
		r = varlink_service_refuse(
			in, c->from.socket->limit_error, parameters);
	c->broken = true;
	return r;
}

/* It is read only; the type of bytes could do more. */
static void connection_borrow(const char *text, size_t len, struct bytes *ret)
{
	memcpy(&ret->data, &text, sizeof(ret->data));
	ret->len = len;
}

static int connection_handle(struct server_connection *c, const char *text,
	size_t len, struct varlink_fds fds)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.fds = fds,
		.peer = c->from.peer,
		.transport = &transport,
		.connection = c,
	};
	int r = 0;

	connection_borrow(text, len, &in.message);
	if (!c->from.refused && varlink_service_recall(c->from.service, &in))
		return 0;
	r = varlink_call_decode(text, len, &in.call);
	if (r < 0)
		return r;
	if (c->from.refused)
		return connection_refuse(c, &in);
	c->answered = false;
	return varlink_service_dispatch(c->from.service, &in, &c->request);
}

/* Receive once, if there is anything; returns whether there was. */
static bool connection_receive(struct server_connection *c)
{
	ssize_t n = 0;

	if ((!c->readable && !c->hung) || c->wire.ended)
		return false;
	c->readable = false;
	n = varlink_socket_receive(&c->wire);
	if (n < 0 && (n != -EAGAIN || c->hung))
		c->broken = true;
	if (n > 0)
		connection_charge(c, 0, (size_t)n);
	return n > 0;
}

/* Handle the next call if it has arrived whole; returns 1 when it had. */
static int connection_handle_next(struct server_connection *c)
{
	struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;
	int r = varlink_socket_next(&c->wire, &text, &len, &fds);

	if (r == 0 && connection_receive(c))
		r = varlink_socket_next(&c->wire, &text, &len, &fds);
	if (r <= 0)
		return r;
	connection_charge(c, SERVER_CALL_WORK, 0);
	r = connection_handle(c, text, len, fds);
	return r < 0 ? r : 1;
}

/* Let go of a request that is answered, or whose answer nobody will read. */
static void connection_let_go(struct server_connection *c)
{
	struct varlink_request *req = c->request;

	if (req && (c->answered || c->deaf)) {
		c->request = NULL;
		varlink_request_detach(req);
	}
	c->answered = false;
}

static void connection_tell_drained(struct server_connection *c)
{
	if (!c->waiting || c->wire.backlog > 0)
		return;
	c->waiting = false;
	if (c->request)
		varlink_request_drained(c->request);
}

/* All calls are handled, and all answers are sent or cannot be. */
static bool connection_is_over(const struct server_connection *c)
{
	return c->wire.ended && !c->request &&
		(c->wire.backlog == 0 || c->deaf);
}

static void connection_go_on(struct server_connection *c)
{
	bool yielded = c->yielded;

	c->yielded = false;
	if (yielded && c->request)
		varlink_request_turn(c->request);
}

/* All that has been received is answered, and the loop tells what comes next:
 * no turn is needed to find that there is nothing. */
static bool connection_is_idle(const struct server_connection *c)
{
	return !c->request && !c->deaf && !c->hung && !c->lent &&
		!c->wire.ended && c->wire.backlog == 0 &&
		!varlink_input_unfinished(&c->wire.input);
}

/* After this, another turn follows or the connection waits. */
void connection_turn(struct turn *turn)
{
	struct server_connection *c = (struct server_connection *)turn;
	int r = 0;

	_Static_assert(offsetof(struct server_connection, turn) == 0,
		"the connection is where its turn is");
	connection_let_go(c);
	connection_tell_drained(c);
	connection_take_back(c);
	connection_go_on(c);
	if (!c->broken && !c->request && !connection_is_full(c) && !c->lent)
		r = connection_handle_next(c);
	if (r < 0 || c->broken || (r == 0 && connection_is_over(c))) {
		connection_lose(c);
		return;
	}
	if (r == 1 && connection_is_idle(c))
		r = 0;
	else if (r == 1 ? !c->request || c->deaf : c->hung)
		connection_want_turn(c);
	connection_listen(c, r == 0);
}

/* --- the loop --- */

/* Nothing is received before the connection's turn, which may be now. */
static int connection_on_io(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct server_connection *c = userdata;

	(void)source;
	(void)fd;
	if (revents & EPOLLOUT)
		(void)connection_flush(c);
	if (revents & EPOLLIN)
		c->readable = true;
	if (revents == EPOLLIN && server_is_next(c->server, c)) {
		server_give_turn(c->server, &c->turn);
		return 0;
	}
	connection_listen(c, false);
	if (revents & (EPOLLHUP | EPOLLERR)) {
		c->deaf = true;
		c->hung = true;
		(void)sd_event_source_set_enabled(c->io, SD_EVENT_OFF);
	}
	connection_want_turn(c);
	return 0;
}

/* --- life --- */

static int connection_join(struct server_connection *c)
{
	const struct connection_origin *from = &c->from;
	const struct turns_who who = {
		.uid = from->peer.uid,
		.admin = from->socket && from->socket->admin,
		.run = !from->socket,
	};
	struct server *s = c->server;

	return turns_join(s->turns, &c->turn, &who, s->now_us());
}

int connection_open(struct server *s, int fd,
	const struct connection_origin *from, struct server_connection **ret)
{
	struct server_connection *c = calloc(1, sizeof(*c));
	int r = 0;

	if (!c) {
		fd_close(fd);
		return -ENOMEM;
	}
	c->server = s;
	c->from = *from;
	c->listens = true;
	varlink_socket_init(&c->wire, fd);
	c->wire.input.max_bytes = s->limits.message_bytes;
	c->wire.input.plain = from->service->plain;
	r = sd_event_add_io(s->event, &c->io, fd, EPOLLIN, connection_on_io, c);
	if (r >= 0)
		r = connection_join(c);
	if (r < 0) {
		sd_event_source_disable_unref(c->io);
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
