/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evhttp has no hook for a new connection, only one that makes its bufferevent,
 * before that has a descriptor. So a connection of ours begins there, and is
 * looked at as soon as evhttp is done with it, before a byte is read. Its end
 * is told by evhttp's own callback for that, which needs evhttp's connection:
 * that is what the callbacks of the bufferevent are called with.
 */
#include "daemon/certprov-web/http/http-server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprov-web/http/exchange-internal.h"
#include "daemon/certprov-web/http/http-headers.h"
#include "daemon/certprov-web/http/http-limits.h"
#include "daemon/certprov-web/http/http-lines.h"
#include "daemon/certprov-web/http/http-turns.h"
#include "daemon/certprov-web/http/web-log.h"
#include "daemon/certprov-web/http/web-time.h"
#include "daemon/certprov-web/http/web-tls.h"
#include "lib/base/fd.h"

#define MAX_SOCKETS 16
/* Accepted, and not looked at yet: which of all is given up is known then. */
#define MAX_BEGINNING 16
#define MAX_PLACES (HTTP_MAX_CONNECTIONS + MAX_BEGINNING)
/* From so many on, memory is returned when three quarters of them have gone. */
#define MIN_CROWD 8

struct http_front {
	struct web_server *server;
	enum http_way way;
	struct evhttp *evhttp;
};

struct http_socket {
	struct evconnlistener *listener;
	enum http_way way;
};

struct web_connection {
	struct http_front *front; /* NULL: no connection */
	struct bufferevent *bufferevent;
	SSL *ssl;                        /* of the bufferevent; NULL: plain */
	struct evhttp_connection *evcon; /* NULL: not looked at yet */
	struct event start;
	struct event deadline;
	bool handshaking; /* the deadline is that of the handshake */
	struct http_headers headers;
	struct http_lines lines;
	struct http_peer *peer; /* NULL: not let in */
	struct http_claim claim;
	struct http_turn turn;
	struct web_tls_handshake handshake;
	short enabled; /* of the bufferevent, once it is its turn */
	struct exchange_way way;
	char address[INET6_ADDRSTRLEN];
	struct exchange *exchange; /* the one under way, or NULL */
};

struct web_server {
	struct event_base *base;
	const struct http_config *config;
	http_handler *handler;
	void *userdata;
	struct http_limits *limits;
	struct http_turns turns;
	struct http_front fronts[HTTP_WAYS];
	struct http_socket sockets[MAX_SOCKETS];
	size_t socket_count;
	struct event pause;     /* of all sockets */
	struct event tls_pause; /* of those for TLS */
	struct event trim;
	int most; /* connections since memory was returned */
	/* As many as there may be: none of them can lack memory. */
	struct web_connection connections[MAX_PLACES];
};

static const struct http_times http_times_otherwise = {
	.handshake_ms = HTTP_HANDSHAKE_MS,
	.request_ms = HTTP_REQUEST_MS,
	.idle_ms = HTTP_IDLE_MS,
	.stalled_ms = HTTP_STALLED_MS,
	.answer_ms = HTTP_ANSWER_MS,
};

static const struct http_times *http_times_of(const struct web_server *s)
{
	return s->config->times ? s->config->times : &http_times_otherwise;
}

static int64_t http_now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- listeners --- */

static bool http_is_paused(const struct web_server *s, enum http_way way)
{
	return event_pending(&s->pause, EV_TIMEOUT, NULL) ||
		(way == HTTP_TLS &&
			event_pending(&s->tls_pause, EV_TIMEOUT, NULL));
}

static struct web_connection *http_place(struct web_server *s)
{
	for (size_t i = 0; i < MAX_PLACES; i++)
		if (!s->connections[i].front)
			return &s->connections[i];
	return NULL;
}

/* Where there is room, and it is of use. Who comes elsewhere waits in the queue
 * of the socket. */
static void http_listen(struct web_server *s)
{
	bool has_room = http_place(s) != NULL;

	for (size_t i = 0; i < s->socket_count; i++) {
		struct http_socket *socket = &s->sockets[i];
		bool on = has_room && !http_is_paused(s, socket->way);

		(void)(on ? evconnlistener_enable(socket->listener)
			  : evconnlistener_disable(socket->listener));
	}
}

static void http_on_pause_end(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	http_listen(userdata);
}

/* Without a certificate those who come are not served. */
static void http_pause_tls(struct web_server *s)
{
	int ms = web_tls_pause(s->config->tls);

	if (ms)
		(void)web_time_add(&s->tls_pause, ms);
}

/* Perhaps too early: libevent's clock stood still while the daemon was asked.
 */
static void http_on_tls_pause_end(
	evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	http_pause_tls(userdata);
	http_listen(userdata);
}

/* evhttp calls it with something of its own. There is one server a process. */
static struct web_server *http_accepting;

/* Out of descriptors, for example: the socket would say so again at once. */
static void http_on_accept_error(
	struct evconnlistener *listener, void *userdata)
{
	int error = errno;

	(void)listener;
	(void)userdata;
	web_log(LOG_WARNING, "cannot accept a connection: %s", strerror(error));
	(void)web_time_add(&http_accepting->pause, HTTP_ACCEPT_PAUSE_MS);
	http_listen(http_accepting);
}

/* --- the life of a connection --- */

static void http_set_deadline(struct web_connection *c, int ms)
{
	(void)web_time_add(&c->deadline, ms);
}

static void http_on_handshake(void *userdata)
{
	struct web_connection *c = userdata;

	http_turn_end(&c->turn, c->handshake.is_signed);
}

static void http_on_trim(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	(void)userdata;
	(void)malloc_trim(0);
}

static void http_note_coming(struct web_server *s)
{
	int count = http_limits_count(s->limits);

	if (count > s->most)
		s->most = count;
}

/* What they needed is freed when the callbacks under way have returned. */
static void http_note_leaving(struct web_server *s)
{
	int left = http_limits_count(s->limits);

	if (s->most < MIN_CROWD || 4 * left > s->most)
		return;
	s->most = left;
	event_active(&s->trim, EV_TIMEOUT, 0);
}

static void http_release(struct web_connection *c)
{
	struct web_server *s = c->front->server;

	(void)event_del(&c->start);
	(void)event_del(&c->deadline);
	http_on_handshake(c);
	if (c->peer) {
		http_limits_leave(s->limits, c->peer);
		http_note_leaving(s);
	}
	*c = (struct web_connection){0};
	http_listen(s);
}

/* evhttp is about to free its connection. */
static void http_on_close(struct evhttp_connection *evcon, void *userdata)
{
	struct web_connection *c = userdata;
	struct exchange *e = TAKE_PTR(c->exchange);

	(void)evcon;
	/* evhttp would not say that this was all. */
	if (c->ssl && SSL_is_init_finished(c->ssl))
		(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
	if (e)
		exchange_lose(e);
	http_release(c);
}

static void http_on_deadline(evutil_socket_t fd, short what, void *userdata)
{
	struct web_connection *c = userdata;
	const struct http_times *times = http_times_of(c->front->server);

	(void)fd;
	/* Another event is http_lines': at once. */
	if (what == EV_TIMEOUT && c->handshaking &&
		SSL_is_init_finished(c->ssl)) {
		c->handshaking = false;
		http_set_deadline(c, times->request_ms - times->handshake_ms);
		return;
	}
	evhttp_connection_free(c->evcon);
}

/* The address as text, and an IPv4 address as one. */
static void http_name_peer(
	struct web_connection *c, const struct sockaddr *address)
{
	struct sockaddr_in v4 = {0};
	struct sockaddr_in6 v6 = {0};
	const void *bytes = &v4.sin_addr;
	int family = AF_INET;

	if (address->sa_family == AF_INET)
		memcpy(&v4, address, sizeof(v4));
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		bytes = &v6.sin6_addr;
		family = AF_INET6;
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
			bytes = v6.sin6_addr.s6_addr + 12;
			family = AF_INET;
		}
	}
	c->way.peer = c->address;
	if (address->sa_family == AF_UNIX ||
		!inet_ntop(family, bytes, c->address, sizeof(c->address)))
		c->way.peer = "local";
}

/* Whoever may connect to the socket of a front end can say who its user is. */
static bool http_is_front_end(const struct web_connection *c, int fd)
{
	const struct http_config *config = c->front->server->config;
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() ||
		(config->has_front_end_uid &&
			peer.uid == config->front_end_uid))
		return true;
	web_log(LOG_WARNING,
		"a process of user %u (pid %d) may not connect as a front "
		"end: FrontEndUser= is not that user",
		(unsigned)peer.uid, (int)peer.pid);
	return false;
}

static bool http_knows(const struct web_connection *c)
{
	const struct http_config *config = c->front->server->config;

	return config->knows && config->knows(c->way.peer, config->userdata);
}

static int http_enter(struct web_connection *c, const struct sockaddr *address)
{
	int64_t now_ms = http_now_ms();
	int r = http_limits_enter(
		c->front->server->limits, address, now_ms, &c->peer);

	if (r == -EUSERS)
		web_log(LOG_NOTICE,
			"%s has as many connections as it may have: closed one",
			c->way.peer);
	if (r == -EAGAIN)
		web_log(LOG_NOTICE, "%s connects too fast: closed one",
			c->way.peer);
	if (r < 0)
		return r;
	http_note_coming(c->front->server);
	if (http_knows(c))
		http_limits_know(c->peer);
	c->claim = (struct http_claim){
		.peer = c->peer,
		.since_ms = now_ms,
	};
	return 0;
}

/* 0, or a negative errno: the connection is not for us. */
static int http_admit(struct web_connection *c)
{
	struct sockaddr_storage address = {0};
	socklen_t len = sizeof(address);
	int fd = bufferevent_getfd(c->bufferevent);

	/* There was no certificate, or no memory. */
	if (c->front->way == HTTP_TLS && !c->ssl)
		return -ENODATA;
	if (http_headers_add(c->bufferevent, &c->headers) < 0 ||
		http_lines_add(c->bufferevent, &c->lines, &c->deadline) < 0)
		return -ENOMEM;
	if (getpeername(fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	http_name_peer(c, (struct sockaddr *)&address);
	if (c->front->way == HTTP_FRONT_END && !http_is_front_end(c, fd))
		return -EACCES;
	return http_enter(c, (struct sockaddr *)&address);
}

/* Of the others; NULL when there is none. */
static struct web_connection *http_first_to_go(
	struct web_server *s, const struct web_connection *comes)
{
	struct web_connection *first = NULL;

	for (size_t i = 0; i < MAX_PLACES; i++) {
		struct web_connection *c = &s->connections[i];

		if (c->peer && c != comes &&
			(!first ||
				http_limits_gives_up(&c->claim, &first->claim)))
			first = c;
	}
	return first;
}

/* There is one too many. */
static void http_make_room(struct web_server *s, struct web_connection *comes)
{
	struct web_connection *goes = http_first_to_go(s, comes);

	if (!goes || !http_limits_may_take(&comes->claim, &goes->claim))
		goes = comes;
	web_log(LOG_NOTICE,
		"there are as many connections as there may be: closed one of "
		"%s",
		goes->way.peer);
	evhttp_connection_free(goes->evcon);
}

static void http_on_turn(void *userdata)
{
	struct web_connection *c = userdata;

	(void)bufferevent_enable(c->bufferevent, c->enabled);
}

/* Until it is its turn, libevent does not read. 0 or -ENOMEM. */
static int http_await_turn(struct web_connection *c)
{
	c->handshaking = true;
	c->enabled = bufferevent_get_enabled(c->bufferevent);
	(void)bufferevent_disable(c->bufferevent, c->enabled);
	return http_turn_await(&c->front->server->turns, &c->turn,
		bufferevent_getfd(c->bufferevent), &c->claim, http_on_turn, c);
}

static void http_on_start(evutil_socket_t fd, short what, void *userdata)
{
	struct web_connection *c = userdata;
	struct web_server *s = c->front->server;
	const struct http_times *times = http_times_of(s);
	struct bufferevent *bufferevent = c->bufferevent;
	bufferevent_event_cb on_event = NULL;
	void *evcon = NULL;

	(void)fd;
	(void)what;
	bufferevent_getcb(bufferevent, NULL, NULL, &on_event, &evcon);
	/* From here on it is evhttp's alone: what is freed below has to leave
	 * the loop before its descriptor is closed. */
	(void)bufferevent_decref(bufferevent);
	/* evhttp may have freed it at once, for lack of memory. */
	if (!on_event) {
		http_release(c);
		return;
	}
	c->evcon = evcon;
	evhttp_connection_set_closecb(c->evcon, http_on_close, c);
	if (http_admit(c) < 0 || (c->ssl && http_await_turn(c) < 0)) {
		evhttp_connection_free(c->evcon);
		return;
	}
	/* A body is taken out when it is there in full. */
	bufferevent_setwatermark(bufferevent, EV_READ, 0,
		EXCHANGE_MAX_BODY_BYTES + EXCHANGE_MAX_HEADER_BYTES);
	(void)web_time_limit_writing(bufferevent, times->stalled_ms);
	http_set_deadline(c, c->ssl ? times->handshake_ms : times->request_ms);
	/* At last: it may be this one. */
	if (http_limits_are_exceeded(s->limits))
		http_make_room(s, c);
}

/* NULL: without TLS a connection is not served, see http_admit. */
static struct bufferevent *http_new_tls(
	struct web_connection *c, struct event_base *base)
{
	SSL *ssl = web_tls_accept(c->front->server->config->tls, &c->handshake);
	/* Takes the SSL, also on failure. */
	struct bufferevent *b = ssl
		? bufferevent_openssl_socket_new(base, -1, ssl,
			  BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE)
		: NULL;

	c->ssl = b ? ssl : NULL;
	http_pause_tls(c->front->server);
	return b;
}

/* evhttp asks for a bufferevent: there is a new connection. */
static struct bufferevent *http_on_connection(
	struct event_base *base, void *userdata)
{
	struct http_front *front = userdata;
	struct web_connection *c = http_place(front->server);
	const struct http_config *config = front->server->config;
	struct bufferevent *b = NULL;

	assert(c);
	c->front = front;
	c->handshake.done = http_on_handshake;
	c->handshake.userdata = c;
	if (front->way == HTTP_TLS)
		b = http_new_tls(c, base);
	if (!b)
		b = bufferevent_socket_new(base, -1, 0);
	if (!b) {
		*c = (struct web_connection){0};
		return NULL;
	}
	c->bufferevent = b;
	c->headers.hsts_seconds = c->ssl ? config->hsts_seconds : 0;
	c->way = (struct exchange_way){
		.secure = c->ssl != NULL,
		.front_end = front->way == HTTP_FRONT_END,
		.user_header = config->user_header,
	};
	(void)event_assign(&c->start, base, -1, 0, http_on_start, c);
	(void)evtimer_assign(&c->deadline, base, http_on_deadline, c);
	bufferevent_incref(b);
	event_active(&c->start, EV_TIMEOUT, 1);
	http_listen(front->server);
	return b;
}

/* --- requests --- */

static void http_on_answered(void *userdata)
{
	struct web_connection *c = userdata;

	http_set_deadline(c, http_times_of(c->front->server)->answer_ms);
}

static void http_on_ended(void *userdata)
{
	struct web_connection *c = userdata;

	c->exchange = NULL;
	c->headers.ours = false;
	c->headers.begun = false;
	c->claim.of_user = false;
	http_lines_reset(&c->lines, c->bufferevent);
	http_set_deadline(c, http_times_of(c->front->server)->idle_ms);
}

static void http_on_user(void *userdata)
{
	struct web_connection *c = userdata;

	c->claim.of_user = true;
	http_limits_know(c->peer);
}

static void http_refuse(
	struct exchange *e, const struct exchange_refusal *refusal)
{
	/* What is behind it may be no request. */
	(void)exchange_set_header(e, "Connection", "close");
	exchange_answer_error(e, refusal->status, refusal->error,
		refusal->sentence, refusal->remedy);
}

static void http_handle(struct web_connection *c, struct evhttp_request *req)
{
	static const struct exchange_refusal no_path = {
		400,
		"io.certprov.web.PathMalformed",
		"The request is not for a path of this server",
		NULL,
	};
	static const struct exchange_refusal too_many = {
		429,
		"io.certprov.web.TooManyRequests",
		"There are too many requests from this address",
		"Wait a second, then try again",
	};
	const struct web_server *s = c->front->server;
	const struct exchange_refusal *refusal = exchange_check(req, &c->lines);
	struct exchange *e = c->exchange;

	if (!refusal && !exchange_has_path(e))
		refusal = &no_path;
	if (!refusal && !http_limits_ask(c->peer, http_now_ms())) {
		(void)exchange_set_header(e, "Retry-After", "1");
		refusal = &too_many;
	}
	if (refusal)
		http_refuse(e, refusal);
	else
		s->handler(e, s->userdata);
}

/* Reads nothing, but notices when the peer goes, as evhttp does while it
 * writes. */
static void http_watch_close(struct web_connection *c)
{
	bufferevent_data_cb on_write = NULL;
	bufferevent_event_cb on_event = NULL;
	void *userdata = NULL;

	bufferevent_getcb(
		c->bufferevent, NULL, &on_write, &on_event, &userdata);
	bufferevent_setcb(c->bufferevent, NULL, on_write, on_event, userdata);
	(void)bufferevent_enable(c->bufferevent, EV_READ);
}

static struct web_connection *http_find(
	struct web_server *s, const struct evhttp_connection *evcon)
{
	for (size_t i = 0; i < MAX_PLACES; i++)
		if (s->connections[i].front && s->connections[i].evcon == evcon)
			return &s->connections[i];
	return NULL;
}

static void http_on_request(struct evhttp_request *req, void *userdata)
{
	struct http_front *front = userdata;
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);
	struct web_connection *c = http_find(front->server, evcon);
	const struct exchange_owner owner = {
		.answered = http_on_answered,
		.ended = http_on_ended,
		.of_user = http_on_user,
		.userdata = c,
	};

	/* It has none of ours when there was no memory: then evhttp made a
	 * bufferevent itself, and that is never TLS. Behind CONNECT it would
	 * keep the connection, whatever is answered. */
	if (!c || http_lines_has_long_version(&c->lines) ||
		evhttp_request_get_command(req) == EVHTTP_REQ_CONNECT ||
		exchange_new(req, &c->way, &owner, &c->exchange) < 0) {
		evhttp_connection_free(evcon);
		return;
	}
	(void)event_del(&c->deadline);
	c->handshaking = false;
	c->headers.ours = true;
	http_handle(c, req);
	if (c->front && c->exchange && exchange_is_open(c->exchange) &&
		!exchange_is_stream(c->exchange))
		http_watch_close(c);
}

/* --- the server --- */

static int http_open_front(struct web_server *s, enum http_way way)
{
	struct http_front *front = &s->fronts[way];

	front->server = s;
	front->way = way;
	front->evhttp = evhttp_new(s->base);
	if (!front->evhttp)
		return -ENOMEM;
	evhttp_set_bevcb(front->evhttp, http_on_connection, front);
	evhttp_set_gencb(front->evhttp, http_on_request, front);
	evhttp_set_max_headers_size(
		front->evhttp, (ev_ssize_t)EXCHANGE_MAX_HEADER_BYTES);
	evhttp_set_max_body_size(
		front->evhttp, (ev_ssize_t)EXCHANGE_MAX_BODY_BYTES);
	evhttp_set_default_content_type(front->evhttp, NULL);
	/* The others are refused in our words. */
	evhttp_set_allowed_methods(front->evhttp,
		EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
			EVHTTP_REQ_DELETE | EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH |
			EVHTTP_REQ_OPTIONS | EVHTTP_REQ_CONNECT);
	/* Who sends too much can read that it was. */
	return evhttp_set_flags(front->evhttp, EVHTTP_SERVER_LINGERING_CLOSE) ==
			0
		? 0
		: -EINVAL;
}

int http_server_new(struct event_base *base, const struct http_config *config,
	http_handler *handler, void *userdata, struct web_server **ret)
{
	CLEANUP(http_server_free)
	struct web_server *s = calloc(1, sizeof(*s));
	int r = s ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	s->base = base;
	s->config = config;
	s->handler = handler;
	s->userdata = userdata;
	http_accepting = s;
	(void)evtimer_assign(&s->pause, base, http_on_pause_end, s);
	(void)evtimer_assign(&s->tls_pause, base, http_on_tls_pause_end, s);
	(void)evtimer_assign(&s->trim, base, http_on_trim, s);
	http_turns_begin(&s->turns, base, http_now_ms);
	r = http_limits_new(&s->limits);
	for (unsigned way = 0; r == 0 && way < HTTP_WAYS; way++)
		r = http_open_front(s, (enum http_way)way);
	if (r == 0)
		*ret = TAKE_PTR(s);
	return r;
}

/* Those that were accepted and not looked at: evhttp does not say of them that
 * they have gone. */
static void http_forget_those_not_begun(struct web_server *s)
{
	for (size_t i = 0; i < MAX_PLACES; i++) {
		struct web_connection *c = &s->connections[i];

		if (!c->front || c->evcon)
			continue;
		(void)event_del(&c->start);
		(void)bufferevent_decref(c->bufferevent);
	}
}

struct web_server *http_server_free(struct web_server *s)
{
	if (!s)
		return NULL;
	/* evhttp frees them. */
	s->socket_count = 0;
	http_forget_those_not_begun(s);
	for (size_t i = 0; i < HTTP_WAYS; i++)
		if (s->fronts[i].evhttp)
			evhttp_free(s->fronts[i].evhttp);
	if (event_initialized(&s->pause))
		(void)event_del(&s->pause);
	if (event_initialized(&s->tls_pause))
		(void)event_del(&s->tls_pause);
	if (event_initialized(&s->trim))
		(void)event_del(&s->trim);
	http_turns_done(&s->turns);
	s->limits = http_limits_free(s->limits);
	free(s);
	return NULL;
}

/* Who vanishes without a word is noticed: what is accepted inherits this. */
static void http_keep_alive(int fd)
{
	const int on = 1;
	const int idle_s = HTTP_ALIVE_SECONDS;

	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(
		fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	(void)setsockopt(
		fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle_s, sizeof(idle_s));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int http_server_add(struct web_server *s, int fd, enum http_way way)
{
	CLEANUP(fd_close) int owned = fd;
	struct evconnlistener *listener = NULL;

	if (s->socket_count == MAX_SOCKETS)
		return -ENOSPC;
	if (evutil_make_socket_nonblocking(owned) < 0)
		return -errno;
	if (way == HTTP_TLS)
		http_keep_alive(owned);
	listener = evconnlistener_new(s->base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, owned);
	if (!listener)
		return -ENOMEM;
	(void)fd_take(&owned);
	if (!evhttp_bind_listener(s->fronts[way].evhttp, listener)) {
		evconnlistener_free(listener);
		return -ENOMEM;
	}
	evconnlistener_set_error_cb(listener, http_on_accept_error);
	s->sockets[s->socket_count++] = (struct http_socket){listener, way};
	return 0;
}
