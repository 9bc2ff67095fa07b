/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovctl/canned.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/varlink/json-writer.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/contract.h"
#include "tests/unit/runner.h"

#define CALL_SIZE ((size_t)512 * 1024)
#define DOCUMENT_SIZE ((size_t)512 * 1024)
/* At a time: no command has more. */
#define MAX_CONNECTIONS 4
/* Nothing of a test takes that long. */
#define PATIENCE_MS 20000

static const char *const sockets[] = {
	"io.certprov.trust", "io.certprov.admin", "io.certprov.identity"};

static struct {
	const struct canned *table;
	size_t count;
	char dir[64];
	int listeners[ARRAY_SIZE(sockets)];
	int connections[MAX_CONNECTIONS]; /* -1: none */
	size_t answered[CANNED_MAX_ROWS]; /* how often each row was */
	int stop[2]; /* a pipe: its end of file ends the thread */
	pthread_t thread;
	bool running;
	/* Written by the thread before it answers, read after the answer. */
	char call[CALL_SIZE];
	char document[DOCUMENT_SIZE];
	bool with_document;
	size_t calls;
	char *replies[CANNED_MAX_ROWS][CANNED_MAX_REPLIES]; /* as sent */
	char fault[512]; /* the first call that is not as the interface says */
} server;

/* --- the thread: no claims here, a test that fails says more --- */

static void keep_document(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	int fd = -1;
	ssize_t n = 0;
	size_t len = 0;

	if (!c || c->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	do {
		len += (size_t)n;
		n = read(fd, server.document + len, DOCUMENT_SIZE - 1 - len);
	} while (n > 0);
	server.document[len] = 0;
	server.with_document = true;
	close(fd);
}

/* Wait until fd can be read; false when the test ends before. */
static bool wait_readable(int fd)
{
	struct pollfd fds[] = {
		{.fd = fd, .events = POLLIN},
		{.fd = server.stop[0], .events = POLLIN},
	};

	return poll(fds, ARRAY_SIZE(fds), PATIENCE_MS) > 0 && !fds[1].revents;
}

static bool receive_call(int fd)
{
	size_t len = 0;

	while (len < CALL_SIZE && wait_readable(fd)) {
		char control[CMSG_SPACE(sizeof(int))] = {0};
		struct iovec part = {
			.iov_base = server.call + len,
			.iov_len = CALL_SIZE - len,
		};
		struct msghdr message = {
			.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

		if (n <= 0)
			return false;
		if (len == 0)
			server.with_document = false;
		keep_document(&message);
		len += (size_t)n;
		if (!server.call[len - 1])
			return true;
	}
	return false;
}

static void check_call(const char *text)
{
	CLEANUP(json_free) cJSON *call = cJSON_Parse(text);
	const char *fault = contract_call_message(call);

	if (fault && !*server.fault)
		(void)snprintf(server.fault, sizeof(server.fault), "%s", fault);
}

/* The row of this method whose turn it is: the last stays. */
static const struct canned *answer_to(const char *call)
{
	size_t row = server.count;

	for (size_t i = 0; i < server.count; i++) {
		char member[128];

		(void)snprintf(member, sizeof(member), "\"method\":\"%s\"",
			server.table[i].method);
		if (!strstr(call, member))
			continue;
		row = i;
		if (server.answered[i] == 0)
			break;
	}
	if (row == server.count)
		return NULL;
	server.answered[row]++;
	return &server.table[row];
}

/* False when the connection is to end. */
static bool answer(int fd)
{
	const struct canned *c = answer_to(server.call);
	bool breaks = false;
	size_t row = 0;

	server.calls++;
	check_call(server.call);
	if (!c)
		return false;
	/* Once it has the last one the test may end, and its table with it. */
	breaks = c->breaks;
	row = (size_t)(c - server.table);
	for (size_t i = 0; i < CANNED_MAX_REPLIES && server.replies[row][i];
		i++) {
		const char *reply = server.replies[row][i];
		size_t len = strlen(reply) + 1;

		if (send(fd, reply, len, MSG_NOSIGNAL) != (ssize_t)len)
			return false;
	}
	return !breaks;
}

static void accept_one(int listener)
{
	for (size_t i = 0; i < MAX_CONNECTIONS; i++) {
		if (server.connections[i] >= 0)
			continue;
		server.connections[i] =
			accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		return;
	}
}

static void serve_one(int *connection)
{
	if (!receive_call(*connection) || !answer(*connection))
		*connection = fd_close(*connection);
}

/* The first is what ends the thread. */
#define FDS (1 + ARRAY_SIZE(sockets) + MAX_CONNECTIONS)

static void fill(struct pollfd fds[FDS])
{
	size_t n = 0;

	fds[n++] = (struct pollfd){.fd = server.stop[0], .events = POLLIN};
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		fds[n++] = (struct pollfd){
			.fd = server.listeners[i], .events = POLLIN};
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		fds[n++] = (struct pollfd){
			.fd = server.connections[i], .events = POLLIN};
}

static void *serve(void *unused)
{
	struct pollfd fds[FDS];

	(void)unused;
	for (;;) {
		fill(fds);
		if (poll(fds, FDS, PATIENCE_MS) <= 0 || fds[0].revents)
			break;
		for (size_t i = 0; i < MAX_CONNECTIONS; i++)
			if (fds[1 + ARRAY_SIZE(sockets) + i].revents)
				serve_one(&server.connections[i]);
		for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
			if (fds[1 + i].revents)
				accept_one(fds[1 + i].fd);
	}
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		server.connections[i] = fd_close(server.connections[i]);
	return NULL;
}

/* --- the test --- */

static void path_of(size_t i, char *ret, size_t size)
{
	ck_assert_int_lt(snprintf(ret, size, "%s/%s", server.dir, sockets[i]),
		(int)size);
}

static int listen_at(size_t i)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	path_of(i, address.sun_path, sizeof(address.sun_path));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	return fd;
}

void canned_setup(void)
{
	paper_setup();
	memset(&server, 0, sizeof(server));
	strcpy(server.dir, "/tmp/certprovctl-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(server.dir));
	ck_assert_int_eq(setenv("CERTPROV_RUNTIME_DIR", server.dir, 1), 0);
}

/* What the daemon would never answer proves nothing about its reader: each
 * reply keeps to the interface, or is wrong on purpose. */
static void prepare_replies(size_t row)
{
	const struct canned *c = &server.table[row];

	for (size_t i = 0; i < CANNED_MAX_REPLIES && c->replies[i]; i++) {
		if (c->wrong)
			server.replies[row][i] = strdup(c->replies[i]);
		else
			ASSERT_CONTRACT(contract_complete(c->method,
				c->replies[i], &server.replies[row][i]));
	}
}

void canned_serve(const struct canned *table, size_t count)
{
	ck_assert(!server.running);
	server.table = table;
	ck_assert_uint_le(count, CANNED_MAX_ROWS);
	server.count = count;
	for (size_t i = 0; i < count; i++)
		prepare_replies(i);
	for (size_t i = 0; i < MAX_CONNECTIONS; i++)
		server.connections[i] = -1;
	ck_assert_int_eq(pipe2(server.stop, O_CLOEXEC), 0);
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		server.listeners[i] = listen_at(i);
	ck_assert_int_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
	server.running = true;
}

void canned_teardown(void)
{
	char path[128];

	if (server.running) {
		fd_close(server.stop[1]);
		ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
		fd_close(server.stop[0]);
	}
	ck_assert_msg(!*server.fault, "%s", server.fault);
	for (size_t i = 0; server.running && i < ARRAY_SIZE(sockets); i++) {
		fd_close(server.listeners[i]);
		path_of(i, path, sizeof(path));
		ck_assert_int_eq(unlink(path), 0);
	}
	server.running = false;
	for (size_t i = 0; i < CANNED_MAX_ROWS; i++)
		for (size_t n = 0; n < CANNED_MAX_REPLIES; n++)
			free(server.replies[i][n]);
	ck_assert_int_eq(rmdir(server.dir), 0);
	paper_teardown();
}

const char *canned_dir(void)
{
	return server.dir;
}

const char *canned_last_call(void)
{
	return server.call;
}

void canned_called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
}

size_t canned_calls(void)
{
	return server.calls;
}

const char *canned_last_document(void)
{
	return server.with_document ? server.document : NULL;
}
