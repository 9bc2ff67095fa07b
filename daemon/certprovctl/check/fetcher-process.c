/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/fetcher-process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define NAME "certprov-fetch"
#define PASSED_FD 3
/* The exit status of a shell that could not start a program. */
#define EXIT_NOT_STARTED 127
#define PID_TEXT_SIZE 32

static int fetcher_beside_us(char **ret)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash = NULL;

	if (n < 0)
		return -errno;
	self[n] = 0;
	slash = strrchr(self, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	return string_format(ret, "%s/" NAME, self);
}

/* A build tree has a directory of that name. */
static bool fetcher_is_program(const char *path)
{
	struct stat st = {0};

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		access(path, X_OK) == 0;
}

int fetcher_find(char **ret)
{
	CLEANUP(free) char *path = NULL;
	int r = fetcher_beside_us(&path);

	if (path && fetcher_is_program(path)) {
		*ret = TAKE_PTR(path);
		return 0;
	}
	if (r == -ENOMEM)
		return r;
	if (!fetcher_is_program(CERTPROV_LIBEXECDIR "/" NAME))
		return -ENOENT;
	return string_replace(ret, CERTPROV_LIBEXECDIR "/" NAME);
}

/* --- start --- */

/* What the child is started with. It is made before the fork, as nothing may be
 * allocated between fork and exec. */
struct start {
	const char *path;
	char *argv[2];
	char **environment; /* the array is ours, the strings are not */
	char name[sizeof(NAME)];
	char fds[sizeof("LISTEN_FDS=1")];
	char pid[PID_TEXT_SIZE];
	sigset_t signals; /* none */
};

static void fetcher_start_done(struct start *s)
{
	free(s->environment);
}
DEFINE_CLEANUP_EMBEDDED(struct start, fetcher_start_done);

static bool fetcher_is_about_sockets(const char *variable)
{
	return strncmp(variable, "LISTEN_", strlen("LISTEN_")) == 0;
}

static int fetcher_prepare(const char *path, struct start *s)
{
	size_t count = 0;
	size_t kept = 0;

	while (environ[count])
		count++;
	s->environment = calloc(count + 3, sizeof(*s->environment));
	if (!s->environment)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (!fetcher_is_about_sockets(environ[i]))
			s->environment[kept++] = environ[i];
	memcpy(s->name, NAME, sizeof(s->name));
	memcpy(s->fds, "LISTEN_FDS=1", sizeof(s->fds));
	s->environment[kept++] = s->fds;
	s->environment[kept] = s->pid;
	s->path = path;
	(void)sigemptyset(&s->signals);
	s->argv[0] = s->name;
	return 0;
}

/* In the child; does not return. */
static _Noreturn void fetcher_become(struct start *s, int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Onto its own number dup2 would leave it closed on exec. */
	bool passed = fd == PASSED_FD ? fcntl(fd, F_SETFD, 0) == 0
				      : dup2(fd, PASSED_FD) == PASSED_FD;

	/* Signals may be held back here, while several fetchers run. */
	(void)sigprocmask(SIG_SETMASK, &s->signals, NULL);
	(void)snprintf(
		s->pid, sizeof(s->pid), "LISTEN_PID=%ld", (long)getpid());
	if (passed && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
		dup2(null, STDOUT_FILENO) >= 0)
		(void)execve(s->path, s->argv, s->environment);
	_exit(EXIT_NOT_STARTED);
}

int fetcher_start(const char *path, struct fetcher *ret)
{
	CLEANUP(fetcher_start_done) struct start s = {0};
	int ends[2] = {-1, -1};
	pid_t pid = 0;
	int r = fetcher_prepare(path, &s);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		r = -errno;
	if (pid == 0)
		fetcher_become(&s, ends[1]);
	fd_close(ends[1]);
	if (r < 0) {
		fd_close(ends[0]);
		return r;
	}
	*ret = (struct fetcher){.pid = pid, .fd = ends[0]};
	return 0;
}

/* --- end --- */

/* Wait for the end of the process, for a limited time. */
static bool fetcher_ends_by_itself(pid_t pid)
{
	CLEANUP(fd_close) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd waiting = {.fd = fd, .events = POLLIN};

	return fd >= 0 && poll(&waiting, 1, FETCHER_END_MS) > 0;
}

int fetcher_end(struct fetcher *f)
{
	int status = 0;
	pid_t pid = f->pid;
	pid_t ended = 0;

	assert(pid > 0);
	f->fd = fd_close(f->fd);
	f->pid = 0;
	if (!fetcher_ends_by_itself(pid))
		(void)kill(pid, SIGKILL);
	do {
		ended = waitpid(pid, &status, 0);
	} while (ended < 0 && errno == EINTR);
	return ended < 0 ? -errno : status;
}

void fetcher_done(struct fetcher *f)
{
	if (f->pid > 0)
		(void)fetcher_end(f);
	f->fd = fd_close(f->fd);
}
