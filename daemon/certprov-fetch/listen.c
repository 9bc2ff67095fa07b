/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/listen.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/macros.h"

#define BACKLOG 16
#define TURN_MS 1000

struct child {
	pid_t pid;     /* 0: none */
	int64_t until; /* by listen_now() */
};

struct listen_listener {
	const struct listen_options *options;
	struct allowed_peer peer;
	int fd;
	int signals;
	sigset_t before; /* the mask we came with */
	struct child children[LISTEN_MAX_RUNS];
	bool stop;
};

static int listen_complain(const char *what, int error)
{
	(void)fprintf(
		stderr, "certprov-fetch: %s: %s\n", what, strerror(-error));
	return error;
}

int listen_find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *entry = getpwnam(name);
	char *end = NULL;
	unsigned long number = 0;

	if (!entry) {
		number = strtoul(name, &end, 10);
		if (!*name || *end || number >= (uid_t)-1)
			return -ENOENT;
		*ret_uid = (uid_t)number;
		*ret_gid = (gid_t)number;
		return 0;
	}
	*ret_uid = entry->pw_uid;
	*ret_gid = entry->pw_gid;
	return 0;
}

static int64_t listen_now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* --- set-up --- */

/* Left by a listener that died; nothing but a socket is removed. */
static void listen_remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		(void)unlink(path);
}

static int fetcher_listen_bind_socket(struct listen_listener *l)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(l->options->path);
	mode_t mask = 0;
	int r = 0;

	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, l->options->path, len + 1);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	listen_remove_stale(l->options->path);
	mask = umask(0177);
	r = bind(l->fd, (struct sockaddr *)&address, sizeof(address));
	r = r < 0 ? -errno : 0;
	(void)umask(mask);
	if (r == 0 && listen(l->fd, BACKLOG) < 0)
		r = -errno;
	return r;
}

static int listen_give_socket_to_peer(struct listen_listener *l)
{
	gid_t gid = 0;
	int r = 0;

	if (!l->options->peer)
		return 0;
	r = listen_find_user(l->options->peer, &l->peer.uid, &gid);
	if (r < 0)
		return r;
	l->peer.has_uid = true;
	/* Not through a link: the directory may belong to the peer, and root
	 * must not change the owner of a file that the peer chose. */
	if (geteuid() == 0 &&
		lchown(l->options->path, l->peer.uid, (gid_t)-1) < 0)
		return -errno;
	return 0;
}

static int listen_become_user(const struct listen_listener *l)
{
	uid_t uid = 0;
	gid_t gid = 0;
	int r = 0;

	if (!l->options->user)
		return 0;
	r = listen_find_user(l->options->user, &uid, &gid);
	if (r < 0)
		return r;
	if (geteuid() != 0)
		return uid == geteuid() ? 0 : -EPERM;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
		setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

static int listen_watch_signals(struct listen_listener *l)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, &l->before) < 0)
		return -errno;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? -errno : 0;
}

static int listen_set_up(struct listen_listener *l)
{
	int r = fetcher_listen_bind_socket(l);

	if (r < 0)
		return listen_complain(l->options->path, r);
	r = listen_give_socket_to_peer(l);
	if (r < 0)
		return listen_complain("--peer", r);
	r = listen_become_user(l);
	if (r < 0)
		return listen_complain("--user", r);
	r = listen_watch_signals(l);
	return r < 0 ? listen_complain("signals", r) : 0;
}

/* --- runs --- */

/* In the new process. Without its parent nothing would limit its time. */
static _Noreturn void listen_serve(
	struct listen_listener *l, int fd, pid_t parent)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(EXIT_RUN_FAILED);
	(void)fd_close(l->fd);
	(void)fd_close(l->signals);
	(void)sigprocmask(SIG_SETMASK, &l->before, NULL);
	exit((int)connection_serve(fd, &l->peer));
}

static struct child *listen_free_place(struct listen_listener *l)
{
	for (size_t i = 0; i < LISTEN_MAX_RUNS; i++)
		if (l->children[i].pid == 0)
			return &l->children[i];
	return NULL;
}

static void listen_accept_one(struct listen_listener *l)
{
	CLEANUP(fd_close)
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	struct child *place = listen_free_place(l);
	pid_t parent = getpid();
	pid_t pid = -1;

	if (fd < 0)
		return;
	if (!place) {
		(void)listen_complain("too many connections", -EBUSY);
		return;
	}
	pid = fork();
	if (pid == 0)
		listen_serve(l, fd_take(&fd), parent);
	if (pid < 0) {
		(void)listen_complain("fork", -errno);
		return;
	}
	*place = (struct child){
		.pid = pid,
		.until = listen_now() + LISTEN_MAX_SECONDS,
	};
}

static void listen_reap(struct listen_listener *l)
{
	for (size_t i = 0; i < LISTEN_MAX_RUNS; i++) {
		struct child *c = &l->children[i];

		if (c->pid > 0 && waitpid(c->pid, NULL, WNOHANG) == c->pid)
			c->pid = 0;
	}
}

/* By pid, and only while it is ours to reap. */
static void listen_end_late(struct listen_listener *l, int64_t when)
{
	for (size_t i = 0; i < LISTEN_MAX_RUNS; i++)
		if (l->children[i].pid > 0 && l->children[i].until <= when)
			(void)kill(l->children[i].pid, SIGKILL);
}

static void listen_on_signal(struct listen_listener *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			l->stop = true;
	listen_reap(l);
}

static int listen_turn(struct listen_listener *l)
{
	struct pollfd fds[] = {
		{.fd = l->signals, .events = POLLIN},
		{.fd = l->fd, .events = POLLIN},
	};

	if (poll(fds, ARRAY_SIZE(fds), TURN_MS) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents)
		listen_on_signal(l);
	if (fds[1].revents && !l->stop)
		listen_accept_one(l);
	listen_end_late(l, listen_now());
	return 0;
}

static void listen_tear_down(struct listen_listener *l)
{
	for (size_t i = 0; i < LISTEN_MAX_RUNS; i++) {
		if (l->children[i].pid <= 0)
			continue;
		(void)kill(l->children[i].pid, SIGKILL);
		(void)waitpid(l->children[i].pid, NULL, 0);
	}
	/* May fail as another user; the next listener removes it. */
	if (l->fd >= 0)
		(void)unlink(l->options->path);
	l->fd = fd_close(l->fd);
	l->signals = fd_close(l->signals);
}

int listen_run(const struct listen_options *options)
{
	struct listen_listener l = {
		.options = options, .fd = -1, .signals = -1};
	int r = listen_set_up(&l);

	while (r == 0 && !l.stop) {
		r = listen_turn(&l);
		if (r < 0)
			(void)listen_complain("poll", r);
	}
	listen_tear_down(&l);
	return r < 0 ? EXIT_RUN_FAILED : EXIT_RUN_FINISHED;
}
