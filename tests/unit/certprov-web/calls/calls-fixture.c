/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-web/calls/calls-fixture.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/certprov-web/calls/calls.h"
#include "lib/base/fd.h"
#include "tests/unit/certprov-web/http/http-fixture.h"

#define MAX_SAID ((size_t)1024 * 1024)
#define MAX_OPENED 512

struct access *calls_access;
const struct call_times *calls_times;

static struct calls *calls;
static char directory[] = "/tmp/certprov-calls-XXXXXX";
static char paths[CALL_SOCKET__END][64];
static char users_path[64];
static int listeners[CALL_SOCKET__END];
static char said[MAX_SAID];
/* All that are open, clients and connections of the daemon. */
static int opened[MAX_OPENED];
static size_t opened_count;

static int keep(int fd)
{
	ck_assert_uint_lt(opened_count, MAX_OPENED);
	opened[opened_count++] = fd;
	return fd;
}

static void drop(int fd)
{
	for (size_t i = 0; i < opened_count; i++)
		if (opened[i] == fd)
			opened[i] = -1;
	(void)close(fd);
	http_fixture_turn();
}

static void on_request(struct exchange *e, void *userdata)
{
	(void)userdata;
	if (strncmp(exchange_path(e), CALLS_PREFIX, strlen(CALLS_PREFIX)) == 0)
		calls_handle(calls, e);
	else
		access_handle_session(calls_access, e);
}

void calls_users_are(const char *text)
{
	FILE *file = fopen(users_path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	if (calls_access)
		ck_assert_int_eq(access_reload(calls_access), 0);
}

static void open_socket(enum call_socket socket_of)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ck_assert_int_ge(fd, 0);
	(void)snprintf(paths[socket_of], sizeof(paths[socket_of]), "%s/%d",
		directory, (int)socket_of);
	memcpy(address.sun_path, paths[socket_of],
		strlen(paths[socket_of]) + 1);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
	listeners[socket_of] = fd;
}

void calls_fixture_start(void)
{
	static struct access_config access_config;
	const struct calls_config config = {
		.trust_socket = paths[CALL_TRUST],
		.admin_socket = paths[CALL_ADMIN],
		.identity_socket = paths[CALL_IDENTITY],
		.times = calls_times,
	};

	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	for (int i = 0; i < CALL_SOCKET__END; i++)
		open_socket((enum call_socket)i);
	(void)snprintf(users_path, sizeof(users_path), "%s/users", directory);
	calls_users_are("alice:change:*\nbob:look:*\ncarol:change:*\n");
	access_config = (struct access_config){
		.users_path = users_path,
		.idle_end = 3600,
		.absolute_end = 3600,
	};
	ck_assert_int_eq(access_new(&access_config, &calls_access), 0);
	http_config = (struct http_config){.user_header = "X-User"};
	http_fixture_start(on_request, NULL);
	ck_assert_int_eq(
		calls_new(http_base, &config, calls_access, &calls), 0);
}

void calls_fixture_stop(void)
{
	for (size_t i = 0; i < opened_count; i++)
		(void)fd_close(opened[i]);
	opened_count = 0;
	/* All exchanges end. */
	http_fixture_turn();
	calls = calls_free(calls);
	http_fixture_stop();
	calls_access = access_free(calls_access);
	for (int i = 0; i < CALL_SOCKET__END; i++)
		calls_daemon_end((enum call_socket)i);
	(void)unlink(users_path);
	(void)rmdir(directory);
	calls_times = NULL;
}

/* --- clients --- */

int calls_ask_with(const char *user, const char *method, const char *headers,
	const char *parameters)
{
	int client = http_client();
	char head[1024];

	ck_assert_int_ge(client, 0);
	(void)keep(client);
	(void)snprintf(head, sizeof(head),
		"POST " CALLS_PREFIX "%s HTTP/1.1\r\nHost: phone\r\n"
		"X-User: %s\r\n%sContent-Length: %zu\r\n\r\n",
		method, user, headers, strlen(parameters));
	http_client_say(client, head);
	http_client_say(client, parameters);
	return client;
}

int calls_ask(const char *user, const char *method, const char *parameters)
{
	char headers[256];

	(void)snprintf(headers, sizeof(headers),
		"Content-Type: application/json\r\nX-CSRF-Token: %s\r\n",
		calls_token(user));
	return calls_ask_with(user, method, headers, parameters);
}

int calls_listen(const char *user, const char *method)
{
	return calls_ask_with(
		user, method, "Accept: text/event-stream\r\n", "");
}

const char *calls_hear(int client)
{
	(void)http_client_hear(client, said, sizeof(said));
	return said;
}

void calls_leave(int client)
{
	drop(client);
}

const char *calls_token(const char *user)
{
	static char token[128];
	char request[256];
	const char *at = NULL;

	(void)snprintf(request, sizeof(request),
		"GET /session HTTP/1.1\r\nHost: phone\r\nX-User: %s\r\n"
		"Connection: close\r\n\r\n",
		user);
	at = strstr(http_client_ask(request), "\"csrf\":\"");
	*token = 0;
	if (at)
		(void)snprintf(token, sizeof(token), "%.*s",
			(int)strcspn(at + 8, "\""), at + 8);
	return token;
}

/* --- the daemon --- */

int calls_daemon_accept(enum call_socket socket)
{
	int fd = -1;

	http_fixture_turn();
	fd = accept4(
		listeners[socket], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return fd < 0 ? -1 : keep(fd);
}

/* Messages are small, and come one at a time. */
const char *calls_daemon_hear(int connection)
{
	ssize_t n = 0;

	http_fixture_turn();
	n = recv(connection, said, sizeof(said), 0);
	if (n <= 0)
		return NULL;
	ck_assert_int_eq(said[n - 1], 0);
	ck_assert_uint_eq(strlen(said), (size_t)n - 1);
	return said;
}

bool calls_daemon_say(int connection, const char *message)
{
	size_t size = strlen(message) + 1;
	ssize_t n = send(connection, message, size, MSG_NOSIGNAL);

	/* A stream socket of the kernel takes all of such a message or none. */
	ck_assert(n == (ssize_t)size || n < 0);
	http_fixture_turn();
	return n > 0;
}

void calls_daemon_hang_up(int connection)
{
	drop(connection);
}

bool calls_daemon_is_left(int connection)
{
	char byte = 0;

	http_fixture_turn();
	return recv(connection, &byte, 1, MSG_PEEK) == 0;
}

void calls_daemon_die(enum call_socket socket)
{
	listeners[socket] = fd_close(listeners[socket]);
}

void calls_daemon_end(enum call_socket socket)
{
	calls_daemon_die(socket);
	(void)unlink(paths[socket]);
}

int calls_daemon_meet(enum call_socket socket)
{
	int connection = calls_daemon_accept(socket);

	ck_assert_int_ge(connection, 0);
	ck_assert_ptr_nonnull(calls_daemon_hear(connection));
	if (socket != CALL_ADMIN)
		return connection;
	ck_assert_ptr_nonnull(strstr(said, ".ActFor\""));
	ck_assert(calls_daemon_say(connection, "{\"parameters\":{}}"));
	ck_assert_ptr_nonnull(calls_daemon_hear(connection));
	return connection;
}
