/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long certprovd takes from exec to READY=1, and what memory is its own
 * then, against bench-empty, which is ready when it reaches main:
 *
 *	bench-start EMPTY CERTPROVD CONFIG CONFIG-WITH-10000
 *
 * The stores are there already (a daemon's second start). Each of the three
 * is started STARTS times in every round, in turn; the time is that from just
 * before fork. Memory is Private_Dirty of smaps_rollup at READY=1.
 */
#include <errno.h>
#include <poll.h>
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
#include "lib/base/string.h"
#include "tests/bench/bench.h"

#define STARTS 3
#define PATIENCE_MS 30000

enum program { EMPTY, FEW, MANY, PROGRAM__END };

struct start_results {
	double ms[PROGRAM__END][BENCH_ROUNDS];
	double kib[PROGRAM__END][BENCH_ROUNDS];
};

static int notifications;

static void listen_for_ready(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(a);

	/* A name of the kernel's choice, not in any directory. */
	notifications = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notifications < 0 ||
		bind(notifications, (struct sockaddr *)&a,
			sizeof(a.sun_family)) < 0 ||
		getsockname(notifications, (struct sockaddr *)&a, &len) < 0)
		die("no socket for notifications");
	a.sun_path[0] = '@';
	a.sun_path[len - offsetof(struct sockaddr_un, sun_path)] = 0;
	(void)setenv("NOTIFY_SOCKET", a.sun_path, 1);
}

static pid_t spawn(char *const argv[])
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent && freopen("/dev/null", "w", stderr))
		(void)execv(argv[0], argv);
	_exit(127);
}

static void wait_for_ready(const char *program)
{
	char text[4096] = "";

	while (strncmp(text, "READY=1", 7) != 0) {
		struct pollfd p = {.fd = notifications, .events = POLLIN};
		ssize_t n = 0;

		if (poll(&p, 1, PATIENCE_MS) != 1)
			die("%s is not ready", program);
		n = recv(notifications, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = 0;
	}
}

static double private_dirty_kib(pid_t pid)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(bytes_done) struct bytes text = {0};
	const char *at = NULL;

	must(string_format(&path, "/proc/%ld/smaps_rollup", (long)pid),
		"memory");
	must(fd_read_file(path, 65536, &text), path);
	at = strstr((char *)text.data, "Private_Dirty:");
	if (!at)
		die("%s: no Private_Dirty", path);
	return strtod(at + strlen("Private_Dirty:"), NULL);
}

static double start(char *const argv[], double *ret_kib)
{
	int64_t since = now_ns();
	pid_t pid = spawn(argv);
	int64_t until = 0;

	if (pid < 0)
		die("cannot fork");
	wait_for_ready(argv[0]);
	until = now_ns();
	*ret_kib = private_dirty_kib(pid);
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
	return (double)(until - since) / 1e6;
}

static void measure(char *const argv[], double *ret_ms, double *ret_kib)
{
	double ms[STARTS];
	double kib[STARTS];

	for (size_t i = 0; i < STARTS; i++)
		ms[i] = start(argv, &kib[i]);
	*ret_ms = median(ms, STARTS);
	*ret_kib = median(kib, STARTS);
}

static void report(const char *name, const char *target, const char *what,
	const char *unit, const double over[BENCH_ROUNDS],
	const double under[BENCH_ROUNDS])
{
	struct figure f = {
		.name = name, .target = target, .unit = unit, .what = what};
	double o[BENCH_ROUNDS];
	double u[BENCH_ROUNDS];

	for (size_t i = 0; i < BENCH_ROUNDS; i++) {
		o[i] = over[i];
		u[i] = under[i];
		f.values[i] = over[i] / under[i];
	}
	f.over = median(o, BENCH_ROUNDS);
	f.under = median(u, BENCH_ROUNDS);
	bench_print(&f);
}

int main(int argc, char **argv)
{
	struct start_results r = {0};

	if (argc != 5)
		die("usage: bench-start EMPTY CERTPROVD CONFIG CONFIG");
	char *const programs[][4] = {
		[EMPTY] = {argv[1]},
		[FEW] = {argv[2], "--config", argv[3]},
		[MANY] = {argv[2], "--config", argv[4]},
	};
	listen_for_ready();
	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		for (enum program p = 0; p < PROGRAM__END; p++)
			measure(programs[p], &r.ms[p][round], &r.kib[p][round]);
	report("start", "<= 1.8",
		"exec to READY=1 / exec to main of an empty program", "ms",
		r.ms[FEW], r.ms[EMPTY]);
	report("start-10000", "<= 8",
		"the same with 10,000 authorities / with those of this system",
		"ms", r.ms[MANY], r.ms[FEW]);
	report("memory", "<= 2",
		"private dirty memory when ready / of an empty program", "KiB",
		r.kib[FEW], r.kib[EMPTY]);
	report("memory-10000", NULL,
		"the same with 10,000 authorities / with those of this system",
		"KiB", r.kib[MANY], r.kib[FEW]);
	return 0;
}
