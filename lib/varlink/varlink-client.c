/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-client.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

/* A full queue of a Unix listener cannot be polled for. */
#define CONNECT_RETRY_MS 10
#define MS_PER_S 1000
#define NS_PER_MS 1000000

struct varlink_client {
	struct varlink_socket socket;
	unsigned waiting; /* calls whose last reply is to come */
	bool more;        /* the reply may say that another comes */
	bool broken;
	size_t max_fds;
};

static int64_t varlink_client_now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

int64_t varlink_deadline(int64_t timeout_ms)
{
	int64_t now = varlink_client_now_ms();

	return timeout_ms < VARLINK_FOREVER - now ? now + timeout_ms
						  : VARLINK_FOREVER;
}

/* For poll: what is left, never more than an int holds. */
static int varlink_client_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms == VARLINK_FOREVER
		? INT_MAX
		: deadline_ms - varlink_client_now_ms();

	if (left < 0)
		return 0;
	return left < INT_MAX ? (int)left : INT_MAX;
}

/* Returns 0 when something happened (or a signal came), -ETIMEDOUT. */
static int varlink_client_wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int left = varlink_client_left_ms(deadline_ms);
	int n = poll(&p, 1, left);

	if (n < 0 && errno != EINTR)
		return -errno;
	return n == 0 && left < INT_MAX ? -ETIMEDOUT : 0;
}

/* --- life --- */

int varlink_client_new(int fd, struct varlink_client **ret)
{
	struct varlink_client *client = calloc(1, sizeof(*client));

	if (!client) {
		(void)fd_close(fd);
		return -ENOMEM;
	}
	varlink_socket_init(&client->socket, fd);
	*ret = client;
	return 0;
}

struct varlink_client *varlink_client_free(struct varlink_client *client)
{
	if (!client)
		return NULL;
	varlink_socket_done(&client->socket);
	free(client);
	return NULL;
}

static int varlink_client_connect_until(
	int fd, const struct sockaddr_un *address, int64_t deadline_ms)
{
	for (;;) {
		int left = varlink_client_left_ms(deadline_ms);

		if (connect(fd, (const struct sockaddr *)address,
			    sizeof(*address)) == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (left == 0)
			return -ETIMEDOUT;
		(void)poll(NULL, 0,
			left < CONNECT_RETRY_MS ? left : CONNECT_RETRY_MS);
	}
}

int varlink_client_connect(
	const char *path, int64_t deadline_ms, struct varlink_client **ret)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(fd_close) int fd = -1;
	int r = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)stpcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = varlink_client_connect_until(fd, &address, deadline_ms);
	if (r < 0)
		return r;
	return varlink_client_new(fd_take(&fd), ret);
}

int varlink_client_fd(const struct varlink_client *client)
{
	return client->socket.fd;
}

/* --- calls --- */

void varlink_answer_done(struct varlink_answer *answer)
{
	varlink_reply_done(&answer->reply);
	varlink_fds_done(&answer->fds);
}

/* After anything but a timeout the stream cannot be trusted any more. */
static int varlink_client_break_client(struct varlink_client *client, int r)
{
	if (r < 0 && r != -ETIMEDOUT)
		client->broken = true;
	return r;
}

static int varlink_client_flush_until(
	struct varlink_client *client, int64_t deadline_ms)
{
	for (;;) {
		int r = varlink_socket_flush(&client->socket);

		if (r <= 0)
			return r;
		r = varlink_client_wait_for(
			client->socket.fd, POLLOUT, deadline_ms);
		if (r < 0)
			return r;
	}
}

static int varlink_client_send_it(struct varlink_client *client,
	const struct varlink_call *call, struct varlink_extra *extra,
	int64_t deadline_ms)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	CLEANUP(bytes_done) struct bytes message = {0};
	int r = 0;

	if (extra && extra->fd >= 0)
		(void)varlink_fds_add(&fds, fd_take(&extra->fd));
	if (client->broken)
		return -ENOTCONN;
	r = varlink_call_encode(call, &message);
	if (r < 0)
		return r;
	r = varlink_socket_queue(&client->socket, &message, &fds);
	if (r < 0)
		return r;
	client->waiting += !call->oneway;
	client->more = call->more;
	client->max_fds = extra ? extra->max_fds : 0;
	return varlink_client_break_client(
		client, varlink_client_flush_until(client, deadline_ms));
}

int varlink_client_send(struct varlink_client *client,
	const struct varlink_call *call, struct varlink_extra *extra,
	int64_t deadline_ms)
{
	if (client->waiting == 0)
		return varlink_client_send_it(client, call, extra, deadline_ms);
	if (extra && extra->fd >= 0)
		(void)fd_close(fd_take(&extra->fd));
	return client->broken ? -ENOTCONN : -EBUSY;
}

int varlink_client_send_behind(struct varlink_client *client,
	const struct varlink_call *call, int64_t deadline_ms)
{
	bool alone =
		client->waiting > 0 && (client->more || client->max_fds > 0);

	assert(!call->more);
	if (alone || client->waiting >= VARLINK_CLIENT_MAX_WAITING)
		return client->broken ? -ENOTCONN : -EBUSY;
	return varlink_client_send_it(client, call, NULL, deadline_ms);
}

/* A message is there: is it the reply we wait for? */
static int varlink_client_take_reply(struct varlink_client *client,
	const char *text, size_t len, struct varlink_fds *fds,
	struct varlink_answer *ret)
{
	struct varlink_reply reply = {0};
	int r = 0;

	if (!client->waiting || fds->count > client->max_fds)
		return -EBADMSG;
	r = varlink_reply_decode(text, len, &reply);
	if (r < 0)
		return r;
	if (reply.continues && !client->more) {
		varlink_reply_done(&reply);
		return -EBADMSG;
	}
	if (!reply.continues) {
		client->waiting--;
		client->more = false;
	}
	*ret = (struct varlink_answer){
		.reply = reply,
		.fds = varlink_fds_take(fds),
	};
	return 0;
}

/* Returns 1 when a reply was taken, 0 when more bytes are needed. */
static int varlink_client_take_next(
	struct varlink_client *client, struct varlink_answer *ret)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;
	int r = varlink_socket_next(&client->socket, &text, &len, &fds);

	if (r <= 0)
		return r;
	r = varlink_client_take_reply(client, text, len, &fds, ret);
	return r < 0 ? r : 1;
}

/* Bytes, once; 0 also when there were none before something else happened. */
static int varlink_client_receive_some(
	struct varlink_client *client, int64_t deadline_ms)
{
	ssize_t n = varlink_socket_receive(&client->socket);

	if (n == 0)
		return -ECONNRESET;
	if (n != -EAGAIN)
		return n < 0 ? (int)n : 0;
	return varlink_client_wait_for(client->socket.fd, POLLIN, deadline_ms);
}

int varlink_client_receive(struct varlink_client *client, int64_t deadline_ms,
	struct varlink_answer *ret)
{
	int r = 0;

	if (client->broken || !client->waiting)
		return -ENOTCONN;
	r = varlink_client_flush_until(client, deadline_ms);
	while (r >= 0) {
		r = varlink_client_take_next(client, ret);
		if (r > 0)
			return 0;
		if (r == 0)
			r = varlink_client_receive_some(client, deadline_ms);
	}
	return varlink_client_break_client(client, r);
}

int varlink_client_call(struct varlink_client *client, const char *method,
	cJSON *parameters, int64_t deadline_ms, struct varlink_answer *ret)
{
	CLEANUP(varlink_call_done)
	struct varlink_call call = {.parameters = parameters};
	int r = string_replace(&call.method, method);

	if (r < 0)
		return r;
	r = varlink_client_send(client, &call, NULL, deadline_ms);
	if (r < 0)
		return r;
	return varlink_client_receive(client, deadline_ms, ret);
}
