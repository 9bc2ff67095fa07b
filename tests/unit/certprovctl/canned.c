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

#include "lib/util.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define CALL_SIZE ((size_t)512 * 1024)
#define DOCUMENT_SIZE ((size_t)512 * 1024)
/* Nothing of a test takes that long. */
#define PATIENCE_MS 20000

static const char *const sockets[] = {"io.certprov.trust", "io.certprov.admin"};

static struct {
	const struct canned *table;
	size_t count;
	char dir[64];
	int listeners[ARRAY_SIZE(sockets)];
	int stop[2]; /* a pipe: its end of file ends the thread */
	pthread_t thread;
	bool running;
	/* Written by the thread before it answers, read after the answer. */
	char call[CALL_SIZE];
	char document[DOCUMENT_SIZE];
	bool with_document;
	size_t calls;
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

static const struct canned *answer_to(const char *call)
{
	for (size_t i = 0; i < server.count; i++) {
		char member[128];

		(void)snprintf(member, sizeof(member), "\"method\":\"%s\"",
			server.table[i].method);
		if (strstr(call, member))
			return &server.table[i];
	}
	return NULL;
}

static bool answer(int fd)
{
	const struct canned *c = answer_to(server.call);

	server.calls++;
	if (!c)
		return false;
	for (size_t i = 0; i < CANNED_MAX_REPLIES && c->replies[i]; i++) {
		size_t len = strlen(c->replies[i]) + 1;

		if (send(fd, c->replies[i], len, MSG_NOSIGNAL) != (ssize_t)len)
			return false;
	}
	if (c->hangs)
		(void)wait_readable(fd);
	return !c->breaks && !c->hangs;
}

static void serve_one(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	while (fd >= 0 && receive_call(fd) && answer(fd))
		continue;
	close_fd(fd);
}

static void *serve(void *unused)
{
	struct pollfd fds[] = {
		{.fd = server.listeners[0], .events = POLLIN},
		{.fd = server.listeners[1], .events = POLLIN},
		{.fd = server.stop[0], .events = POLLIN},
	};

	(void)unused;
	while (poll(fds, ARRAY_SIZE(fds), PATIENCE_MS) > 0 && !fds[2].revents)
		for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
			if (fds[i].revents)
				serve_one(fds[i].fd);
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

void canned_serve(const struct canned *table, size_t count)
{
	ck_assert(!server.running);
	server.table = table;
	server.count = count;
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
		close_fd(server.stop[1]);
		ck_assert_int_eq(pthread_join(server.thread, NULL), 0);
		close_fd(server.stop[0]);
	}
	for (size_t i = 0; server.running && i < ARRAY_SIZE(sockets); i++) {
		close_fd(server.listeners[i]);
		path_of(i, path, sizeof(path));
		ck_assert_int_eq(unlink(path), 0);
	}
	server.running = false;
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

size_t canned_calls(void)
{
	return server.calls;
}

const char *canned_last_document(void)
{
	return server.with_document ? server.document : NULL;
}
