/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare round trip: a server of the daemon's kind, sd-event on an AF_UNIX
 * stream with messages that end in NUL, and nothing in it. The first message
 * of a connection is what it answers all later ones with, so that the bytes
 * there and back are those of the daemon; it is answered with itself.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/bench/bench.h"

#define MAX_MESSAGE_BYTES ((size_t)256 * 1024)

struct echo_connection {
	char in[MAX_MESSAGE_BYTES];
	size_t len;
	struct bytes reply;
};

static void end(sd_event_source *source, struct echo_connection *c)
{
	sd_event_source_disable_unref(source);
	bytes_done(&c->reply);
	free(c);
}

static int answer(int fd, struct echo_connection *c)
{
	int r = 0;

	if (!c->reply.data)
		r = bytes_copy(c->in, c->len, &c->reply);
	c->len = 0;
	return r < 0 ? r : fd_write_full(fd, c->reply.data, c->reply.len);
}

static int on_readable(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct echo_connection *c = userdata;
	ssize_t n = read(fd, c->in + c->len, sizeof(c->in) - c->len);

	(void)revents;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		end(source, c);
		return 0;
	}
	c->len += (size_t)n;
	if (c->in[c->len - 1] == 0 && answer(fd, c) < 0)
		end(source, c);
	return 0;
}

static int on_connection(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	sd_event *event = userdata;
	sd_event_source *one = NULL;
	struct echo_connection *c = calloc(1, sizeof(*c));
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source;
	(void)revents;
	if (!c || peer < 0)
		die("cannot accept");
	must(sd_event_add_io(event, &one, peer, EPOLLIN, on_readable, c),
		"event loop");
	must(sd_event_source_set_io_fd_own(one, true), "event loop");
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		die("%s: no socket", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 8) < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

int main(int argc, char **argv)
{
	sd_event *event = NULL;

	if (argc != 2)
		die("usage: bench-echo SOCKET");
	must(sd_event_new(&event), "event loop");
	must(sd_event_add_io(event, NULL, listen_at(argv[1]), EPOLLIN,
		     on_connection, event),
		"event loop");
	(void)sd_notify(0, "READY=1");
	return sd_event_loop(event) < 0 ? 1 : 0;
}
