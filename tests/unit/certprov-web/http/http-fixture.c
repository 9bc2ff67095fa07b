/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-web/http/http-fixture.h"

#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprov-web/http/http-sockets.h"

#define TURNS 20
#define PATIENCE_MS 20000

struct event_base *http_base;
struct http_config http_config;

static struct web_server *server;
static char directory[] = "/tmp/certprov-http-XXXXXX";
static char path[64];

void http_fixture_start(http_handler *handler, void *userdata)
{
	int fd = -1;

	/* As the program does. */
	(void)signal(SIGPIPE, SIG_IGN);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	http_base = event_base_new();
	ck_assert_ptr_nonnull(http_base);
	ck_assert_int_eq(http_server_new(http_base, &http_config, handler,
				 userdata, &server),
		0);
	ck_assert_int_eq(http_sockets_open_unix(path, &fd), 0);
	ck_assert_int_eq(http_server_add(server, fd, HTTP_FRONT_END), 0);
}

/* One of the server's, which have no descriptor; those of connections that are
 * still being closed have. */
static int is_left(const struct event_base *base, const struct event *event,
	void *userdata)
{
	(void)base;
	(void)userdata;
	return event_get_fd(event) < 0;
}

void http_fixture_stop(void)
{
	server = http_server_free(server);
	ck_assert_int_eq(event_base_foreach_event(http_base, is_left, NULL), 0);
	event_base_free(http_base);
	http_base = NULL;
	http_config = (struct http_config){0};
	(void)unlink(path);
	(void)rmdir(directory);
}

void http_fixture_turn(void)
{
	for (int i = 0; i < TURNS; i++)
		ck_assert_int_ge(
			event_base_loop(http_base, EVLOOP_NONBLOCK), 0);
}

bool http_fixture_until(bool (*done)(void))
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < PATIENCE_MS; i++) {
		if (done())
			return true;
		http_fixture_turn();
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

int http_client_late(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int http_client(void)
{
	int fd = http_client_late();

	http_fixture_turn();
	return fd;
}

void http_client_send(int fd, const char *data, size_t size)
{
	size_t sent = 0;

	for (int stalls = 0; sent < size && stalls < TURNS;) {
		ssize_t n = send(fd, data + sent, size - sent, MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else if (errno != EAGAIN)
			return;
		stalls = n > 0 ? 0 : stalls + 1;
		http_fixture_turn();
	}
}

void http_client_say(int fd, const char *text)
{
	http_client_send(fd, text, strlen(text));
	http_fixture_turn();
}

bool http_client_hear(int fd, char *ret, size_t size)
{
	size_t got = 0;
	bool closed = false;

	for (int quiet = 0; quiet < 3 && !closed && got < size - 1;) {
		ssize_t n = recv(fd, ret + got, size - 1 - got, 0);

		closed = n == 0 || (n < 0 && errno != EAGAIN);
		quiet = n > 0 ? 0 : quiet + 1;
		got += n > 0 ? (size_t)n : 0;
		http_fixture_turn();
	}
	ret[got] = '\0';
	return closed;
}

const char *http_client_ask(const char *request)
{
	static char answer[64 * 1024];
	int fd = http_client();

	ck_assert_int_ge(fd, 0);
	http_client_say(fd, request);
	(void)http_client_hear(fd, answer, sizeof(answer));
	(void)close(fd);
	http_fixture_turn();
	return answer;
}
