/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/fd.h"

/* --- descriptors --- */

void varlink_fds_done(struct varlink_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++)
		(void)fd_close(fds->fds[i]);
	fds->count = 0;
}

int varlink_fds_add(struct varlink_fds *fds, int fd)
{
	if (fds->count >= VARLINK_MAX_FDS) {
		(void)fd_close(fd);
		return -ENOSPC;
	}
	fds->fds[fds->count++] = fd;
	return 0;
}

struct varlink_fds varlink_fds_take(struct varlink_fds *fds)
{
	struct varlink_fds taken = *fds;

	fds->count = 0;
	return taken;
}

int varlink_fds_take_one(struct varlink_fds *fds, size_t index)
{
	return index < fds->count ? fd_take(&fds->fds[index]) : -1;
}

/* --- life --- */

void varlink_socket_init(struct varlink_socket *s, int fd)
{
	*s = (struct varlink_socket){.fd = fd};
}

static void varlink_socket_drop_first(struct varlink_socket *s)
{
	struct varlink_output *out = s->first;

	s->backlog -= out->message.len - out->sent;
	s->first = out->next;
	if (!s->first)
		s->last = NULL;
	/* It may have had a private key. */
	if (!s->input.plain)
		explicit_bzero(out->message.data, out->message.len);
	bytes_done(&out->message);
	varlink_fds_done(&out->fds);
	free(out);
}

void varlink_socket_done(struct varlink_socket *s)
{
	while (s->first)
		varlink_socket_drop_first(s);
	varlink_fds_done(&s->fds);
	varlink_input_done(&s->input);
	s->fd = fd_close(s->fd);
}

/* --- receiving --- */

/* Room for the descriptors of one message, aligned as the kernel requires. */
union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(sizeof(int) * VARLINK_MAX_FDS)];
};

static int varlink_socket_add_received(
	struct varlink_fds *fds, const struct cmsghdr *c)
{
	size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		int fd = -1;

		memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
		if (varlink_fds_add(fds, fd) < 0)
			r = -EBADMSG;
	}
	return r;
}

/* Everything the kernel put into our table is found, so that what is refused
 * is closed. */
static int varlink_socket_collect_fds(struct msghdr *m, struct varlink_fds *ret)
{
	int r = (m->msg_flags & MSG_CTRUNC) ? -EBADMSG : 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		if (varlink_socket_add_received(ret, c) < 0)
			r = -EBADMSG;
	}
	return r;
}

/* The message that is being received may have descriptors once. */
static int varlink_socket_keep_fds(
	struct varlink_socket *s, struct varlink_fds *fds)
{
	if (fds->count == 0)
		return 0;
	if (s->fds.count > 0)
		return -EBADMSG;
	s->fds = varlink_fds_take(fds);
	s->fds_at = s->received - 1;
	return 0;
}

ssize_t varlink_socket_receive(struct varlink_socket *s)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	union control control;
	UNINITIALIZED char data[VARLINK_READ_BYTES]; /* n of them are used */
	struct iovec part = {.iov_base = data, .iov_len = sizeof(data)};
	struct msghdr m = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n = 0;
	int r = 0;

	do
		n = recvmsg(s->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	r = varlink_socket_collect_fds(&m, &fds);
	if (r < 0)
		return r;
	s->ended = n == 0;
	if (s->ended)
		return 0;
	s->received += (uint64_t)n;
	r = varlink_socket_keep_fds(s, &fds);
	if (r < 0)
		return r;
	r = varlink_input_append(&s->input, data, (size_t)n);
	if (!s->input.plain)
		explicit_bzero(data, (size_t)n);
	return r < 0 ? r : n;
}

int varlink_socket_next(struct varlink_socket *s, const char **ret,
	size_t *ret_len, struct varlink_fds *ret_fds)
{
	int r = varlink_input_next(&s->input, ret, ret_len);
	uint64_t end = s->received - (s->input.len - s->input.start);

	if (r <= 0)
		return r;
	*ret_fds = (struct varlink_fds){0};
	if (s->fds.count > 0 && s->fds_at < end)
		*ret_fds = varlink_fds_take(&s->fds);
	return 1;
}

/* --- sending --- */

static int varlink_socket_enqueue(struct varlink_socket *s,
	struct bytes *message, struct varlink_fds *fds)
{
	struct varlink_output *out = NULL;

	if (message->len > VARLINK_BACKLOG_MAX_BYTES - s->backlog)
		return -ENOBUFS;
	out = calloc(1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	out->message = *message;
	*message = (struct bytes){0};
	out->fds = varlink_fds_take(fds);
	if (s->last)
		s->last->next = out;
	else
		s->first = out;
	s->last = out;
	s->backlog += out->message.len;
	return 0;
}

int varlink_socket_queue(struct varlink_socket *s, struct bytes *message,
	struct varlink_fds *fds)
{
	struct varlink_fds none = {0};
	int r = varlink_socket_enqueue(s, message, fds ? fds : &none);

	bytes_done(message);
	if (fds)
		varlink_fds_done(fds);
	return r;
}

static void varlink_socket_add_control(
	struct msghdr *m, union control *control, const struct varlink_fds *fds)
{
	struct cmsghdr *c = &control->align;

	*control = (union control){.room = {0}};
	m->msg_control = control->room;
	m->msg_controllen = CMSG_SPACE(sizeof(int) * fds->count);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * fds->count);
	memcpy(CMSG_DATA(c), fds->fds, sizeof(int) * fds->count);
}

static ssize_t varlink_socket_send_once(
	int fd, const struct varlink_output *out)
{
	union control control;
	struct iovec part = {
		.iov_base = out->message.data + out->sent,
		.iov_len = out->message.len - out->sent,
	};
	struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t n = 0;

	if (out->fds.count > 0)
		varlink_socket_add_control(&m, &control, &out->fds);
	do
		n = sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int varlink_socket_flush(struct varlink_socket *s)
{
	while (s->first) {
		ssize_t n = varlink_socket_send_once(s->fd, s->first);

		if (n == -EAGAIN)
			return 1;
		if (n < 0)
			return (int)n;
		s->first->sent += (size_t)n;
		s->backlog -= (size_t)n;
		varlink_fds_done(&s->first->fds);
		if (s->first->sent == s->first->message.len)
			varlink_socket_drop_first(s);
	}
	return 0;
}
