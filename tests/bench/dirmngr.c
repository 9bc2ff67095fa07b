/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/dirmngr.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/varlink/json-fields.h"
#include "tests/bench/bench.h"

#define PEM_COLUMNS 64
#define LISTENING_FD 3
#define BACKLOG 64
/* For an answer. */
#define PATIENCE_SECONDS 10

struct dirmngr {
	pid_t pid;
	int fd;
	char in[4096];
	size_t len;
};

/* --- lines --- */

static bool has_line(const struct dirmngr *d)
{
	return memchr(d->in, '\n', d->len) != NULL;
}

/* The next line, without its end; false at the end of the connection. */
static bool read_line(struct dirmngr *d, char *ret, size_t size)
{
	size_t len = 0;

	while (!has_line(d)) {
		ssize_t n = read(d->fd, d->in + d->len, sizeof(d->in) - d->len);

		if (n <= 0)
			return false;
		d->len += (size_t)n;
	}
	len = (size_t)((char *)memchr(d->in, '\n', d->len) - d->in);
	(void)snprintf(ret, size, "%.*s", (int)len, d->in);
	d->len -= len + 1;
	memmove(d->in, d->in + len + 1, d->len);
	return true;
}

/* Up to OK, ERR or INQUIRE; comments and status lines are passed over. */
static bool answered_with(struct dirmngr *d, const char *expected)
{
	char line[1024];

	do {
		if (!read_line(d, line, sizeof(line)))
			return false;
	} while (line[0] == '#' || line[0] == 'S');
	return strncmp(line, expected, strlen(expected)) == 0;
}

/* --- life --- */

/* 0 in the child, which ends with its parent. */
static pid_t dirmngr_fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	return 0;
}

static pid_t dirmngr_spawn(const char *home, int fd)
{
	pid_t pid = dirmngr_fork();

	if (pid != 0)
		return pid;
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(127);
	(void)execlp("dirmngr", "dirmngr", "--server", "--homedir", home,
		"--quiet", (char *)NULL);
	_exit(127);
}

/* It takes its socket as a manager gives it. */
static pid_t dirmngr_spawn_listening(const char *home, int fd)
{
	char pid_text[24];
	pid_t pid = dirmngr_fork();

	if (pid != 0)
		return pid;
	(void)snprintf(pid_text, sizeof(pid_text), "%ld", (long)getpid());
	if (dup2(fd, LISTENING_FD) < 0 ||
		setenv("LISTEN_PID", pid_text, 1) < 0 ||
		setenv("LISTEN_FDS", "1", 1) < 0)
		_exit(127);
	(void)execlp("dirmngr", "dirmngr", "--supervised", "--homedir", home,
		"--quiet", (char *)NULL);
	_exit(127);
}

/* It greets who connects; from now on it is not waited for without end. */
static bool dirmngr_is_there(struct dirmngr *d)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECONDS};

	return setsockopt(d->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) == 0 &&
		answered_with(d, "OK");
}

struct dirmngr *dirmngr_start(const char *home)
{
	struct dirmngr *d = calloc(1, sizeof(*d));
	int fds[2];

	if (!d || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		die("no socket pair");
	d->fd = fds[0];
	d->pid = dirmngr_spawn(home, fds[1]);
	(void)close(fds[1]);
	if (d->pid > 0 && dirmngr_is_there(d))
		return d;
	dirmngr_stop(d);
	return NULL;
}

/* Listens at this place, whatever was there before. Not with the descriptor
 * that dirmngr is to have it as: dup2() of that onto itself would leave it to
 * be closed by exec. */
static int dirmngr_socket(const struct sockaddr_un *a)
{
	int first = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = fcntl(first, F_DUPFD_CLOEXEC, LISTENING_FD + 1);

	(void)close(first);
	(void)unlink(a->sun_path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)a, sizeof(*a)) < 0 ||
		listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

struct dirmngr *dirmngr_listen(const char *home, const char *path)
{
	struct dirmngr *d = calloc(1, sizeof(*d));
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = -1;

	if (!d || strlen(path) >= sizeof(a.sun_path))
		die("no place for dirmngr");
	memcpy(a.sun_path, path, strlen(path) + 1);
	fd = dirmngr_socket(&a);
	if (fd < 0)
		die("%s: no socket", path);
	d->fd = -1;
	d->pid = dirmngr_spawn_listening(home, fd);
	/* Where dirmngr has gone, nobody can connect any more. */
	(void)close(fd);
	return d;
}

struct dirmngr *dirmngr_connect(const char *path)
{
	struct dirmngr *d = calloc(1, sizeof(*d));

	if (!d)
		die("memory");
	d->fd = bench_try_connect(path);
	if (d->fd >= 0 && dirmngr_is_there(d))
		return d;
	dirmngr_stop(d);
	return NULL;
}

pid_t dirmngr_pid(const struct dirmngr *d)
{
	return d->pid;
}

void dirmngr_stop(struct dirmngr *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		(void)close(d->fd);
	if (d->pid > 0) {
		(void)kill(d->pid, SIGTERM);
		(void)waitpid(d->pid, NULL, 0);
	}
	free(d);
}

/* --- VALIDATE --- */

/* As lines of data: neither base64 nor the frame has what is to be escaped
 * but the ends of lines. */
static void print_pem(FILE *out, const struct bytes *der)
{
	CLEANUP(free) char *text = NULL;
	size_t len = 0;

	must(base64_encode(der->data, der->len, &text), "memory");
	len = strlen(text);
	(void)fputs("D -----BEGIN CERTIFICATE-----%0A\n", out);
	for (size_t at = 0; at < len; at += PEM_COLUMNS)
		(void)fprintf(out, "D %.*s%%0A\n", PEM_COLUMNS, text + at);
	(void)fputs("D -----END CERTIFICATE-----%0A\n", out);
}

bool dirmngr_validate(struct dirmngr *d, const struct bytes *leaf,
	const struct bytes *intermediate)
{
	static const char command[] = "VALIDATE --systrust --tls --no-crl\n";
	CLEANUP(bytes_done) struct bytes data = {0};
	FILE *out = open_memstream((char **)&data.data, &data.len);

	if (!out)
		die("memory");
	print_pem(out, leaf);
	print_pem(out, intermediate);
	(void)fputs("END\n", out);
	(void)fclose(out);
	if (fd_write_full(d->fd, command, strlen(command)) < 0 ||
		!answered_with(d, "INQUIRE CERTLIST") ||
		fd_write_full(d->fd, data.data, data.len) < 0)
		return false;
	return answered_with(d, "OK");
}
