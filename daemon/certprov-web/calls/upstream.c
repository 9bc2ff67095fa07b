/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/upstream.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/certprov-web/http/web-time.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/varlink/varlink-socket.h"

struct upstream {
	struct varlink_socket socket;
	struct event readable;
	struct event writable;
	struct event late;
	struct upstream_watcher watcher;
	int patience_ms; /* 0: for ever */
	bool waiting;    /* for a reply */
	bool more;       /* and it may say that another follows */
};

/* The watcher may free u: what calls this does nothing more. */
static void upstream_fail(struct upstream *u, int error)
{
	(void)event_del(&u->readable);
	(void)event_del(&u->writable);
	(void)event_del(&u->late);
	u->watcher.failed(error, u->watcher.userdata);
}

static void upstream_wait_on(struct upstream *u)
{
	if (u->patience_ms > 0)
		(void)web_time_add(&u->late, u->patience_ms);
}

/* --- replies --- */

/* The watcher may free u. */
static void upstream_take_reply(
	struct upstream *u, const struct varlink_reply *reply)
{
	u->waiting = reply->continues;
	(void)event_del(&u->late);
	if (u->waiting) {
		upstream_wait_on(u);
		/* There may be another in what was received. */
		event_active(&u->readable, EV_READ, 0);
	}
	u->watcher.reply(reply, u->watcher.userdata);
}

/* 1 and a reply, 0 when it is not there yet, or a negative errno. */
static int upstream_next(struct upstream *u, struct varlink_reply *ret)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;
	int r = varlink_socket_next(&u->socket, &text, &len, &fds);

	if (r <= 0)
		return r == -EMSGSIZE ? -EBADMSG : r;
	/* Nothing that is called here brings descriptors. */
	if (!u->waiting || fds.count > 0)
		return -EBADMSG;
	r = varlink_reply_decode(text, len, ret);
	if (r < 0)
		return r;
	return ret->continues && !u->more ? -EBADMSG : 1;
}

/* As upstream_next, having received once where that is needed. */
static int upstream_read(struct upstream *u, struct varlink_reply *ret)
{
	int r = upstream_next(u, ret);
	ssize_t n = 0;

	if (r != 0)
		return r;
	n = varlink_socket_receive(&u->socket);
	if (n == 0)
		return -ECONNRESET;
	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	return upstream_next(u, ret);
}

/* One reply a turn of the loop. */
static void upstream_on_readable(evutil_socket_t fd, short what, void *userdata)
{
	CLEANUP(varlink_reply_done) struct varlink_reply reply = {0};
	struct upstream *u = userdata;
	int r = upstream_read(u, &reply);

	(void)fd;
	(void)what;
	if (r < 0)
		upstream_fail(u, r);
	else if (r > 0)
		upstream_take_reply(u, &reply);
}

static void upstream_on_late(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	upstream_fail(userdata, -ETIMEDOUT);
}

void upstream_pause(struct upstream *u)
{
	(void)event_del(&u->readable);
	(void)event_del(&u->late);
}

void upstream_resume(struct upstream *u)
{
	(void)event_add(&u->readable, NULL);
	event_active(&u->readable, EV_READ, 0);
	if (u->waiting)
		upstream_wait_on(u);
}

/* --- calls --- */

static void upstream_on_writable(evutil_socket_t fd, short what, void *userdata)
{
	struct upstream *u = userdata;
	int r = varlink_socket_flush(&u->socket);

	(void)fd;
	(void)what;
	if (r > 0)
		(void)event_add(&u->writable, NULL);
	/* What it said before it went may still be there to be read. */
	if (r < 0 && r != -EPIPE)
		upstream_fail(u, r);
}

int upstream_call(struct upstream *u, const char *method, cJSON *parameters,
	bool more, int reply_ms)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(bytes_done) struct bytes message = {0};
	struct varlink_call call = {.parameters = parameters, .more = more};
	int r = string_replace(&name, method);

	call.method = name;
	if (r == 0)
		r = varlink_call_encode(&call, &message);
	if (r == 0)
		r = varlink_socket_queue(&u->socket, &message, NULL);
	if (r < 0)
		return r;
	u->waiting = true;
	u->more = more;
	u->patience_ms = reply_ms;
	upstream_wait_on(u);
	/* It fails from the loop, not from here. */
	event_active(&u->writable, EV_WRITE, 0);
	return 0;
}

/* --- life --- */

static int upstream_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(fd_close) int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)stpcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A Unix socket is connected at once or not at all. */
	if (fd < 0 ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return fd_take(&fd);
}

int upstream_open(struct event_base *base, const char *path,
	const struct upstream_watcher *watcher, struct upstream **ret)
{
	CLEANUP(fd_close) int fd = upstream_connect(path);
	struct upstream *u = NULL;

	if (fd < 0)
		return fd;
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	u->watcher = *watcher;
	(void)event_assign(&u->readable, base, fd, EV_READ | EV_PERSIST,
		upstream_on_readable, u);
	(void)event_assign(
		&u->writable, base, fd, EV_WRITE, upstream_on_writable, u);
	(void)evtimer_assign(&u->late, base, upstream_on_late, u);
	varlink_socket_init(&u->socket, fd_take(&fd));
	if (event_add(&u->readable, NULL) < 0) {
		(void)upstream_free(u);
		return -ENOMEM;
	}
	*ret = u;
	return 0;
}

struct upstream *upstream_free(struct upstream *u)
{
	if (!u)
		return NULL;
	(void)event_del(&u->readable);
	(void)event_del(&u->writable);
	(void)event_del(&u->late);
	varlink_socket_done(&u->socket);
	free(u);
	return NULL;
}
