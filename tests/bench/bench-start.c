/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long certprovd takes from exec to READY=1, and what memory is its own
 * then, against bench-empty, which is ready when it reaches main, and
 * dirmngr, which is when it greets:
 *
 *	bench-start EMPTY CERTPROVD CONFIG-WITH-1000 CONFIG CONFIG-WITH-10000
 *		DER-BYTES DIRMNGR-HOME
 *
 * The stores are there already (a daemon's second start). Each is started
 * STARTS times in every round, in turn; the time is that from just before
 * fork. Memory is Private_Dirty of smaps_rollup at READY=1; DER-BYTES are the
 * 10,000 authorities'.
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
#include "tests/bench/dirmngr.h"

#define STARTS 3
#define PATIENCE_MS 30000

/* Server certificates and authorities: 1,000 and few, none and few, none and
 * 10,000. */
enum program { EMPTY, FEW, NONE, MANY, PROGRAM__END };

struct start_results {
	double ms[PROGRAM__END][BENCH_ROUNDS];
	double kib[PROGRAM__END][BENCH_ROUNDS];
	double dirmngr_ms[BENCH_ROUNDS];
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

static double start(char *const argv[], double *ret_kib)
{
	int64_t since = now_ns();
	pid_t pid = spawn(argv);
	int64_t until = 0;

	if (pid < 0)
		die("cannot fork");
	wait_for_ready(argv[0]);
	until = now_ns();
	*ret_kib = bench_private_dirty_kib(pid);
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

/* Until it says that it is there; no memory is asked for. */
static double start_dirmngr(const char *home)
{
	double ms[STARTS];

	for (size_t i = 0; i < STARTS; i++) {
		int64_t since = now_ns();
		struct dirmngr *d = dirmngr_start(home);

		ms[i] = (double)(now_ns() - since) / 1e6;
		if (!d)
			die("dirmngr does not start");
		dirmngr_stop(d);
	}
	return median(ms, STARTS);
}

static void report(const struct start_results *r, double der_kib, bool dirmngr)
{
	struct figure entry = {.name = "memory-entry",
		.unit = "KiB",
		.what = "private dirty memory more with 10,000 authorities / "
			"their DER"};
	double more[BENCH_ROUNDS];
	double der[BENCH_ROUNDS];

	bench_ratio(&(struct figure){.name = "start",
			    .unit = "ms",
			    .what = "exec to READY=1, 1,000 server "
				    "certificates / exec to main of an empty "
				    "program"},
		r->ms[FEW], r->ms[EMPTY]);
	if (dirmngr)
		bench_ratio(
			&(struct figure){.name = "start-dirmngr",
				.unit = "ms",
				.what = "dirmngr's start / exec to READY=1"},
			r->dirmngr_ms, r->ms[FEW]);
	else
		bench_skip("start-dirmngr", NULL, "dirmngr is not here");
	bench_ratio(&(struct figure){.name = "start-10000",
			    .unit = "ms",
			    .what = "exec to READY=1 with 10,000 authorities / "
				    "with those of this system"},
		r->ms[MANY], r->ms[NONE]);
	bench_ratio(
		&(struct figure){.name = "memory",
			.unit = "KiB",
			.what = "private dirty memory when ready, no "
				"server certificates / of an empty program"},
		r->kib[NONE], r->kib[EMPTY]);
	for (size_t i = 0; i < BENCH_ROUNDS; i++) {
		more[i] = r->kib[MANY][i] - r->kib[NONE][i];
		der[i] = der_kib;
	}
	bench_ratio(&entry, more, der);
}

int main(int argc, char **argv)
{
	static struct start_results r;

	if (argc != 8)
		die("usage: bench-start EMPTY CERTPROVD CONFIG-WITH-1000 "
		    "CONFIG CONFIG-WITH-10000 DER-BYTES DIRMNGR");
	char *const programs[][4] = {
		[EMPTY] = {argv[1]},
		[FEW] = {argv[2], "--config", argv[3]},
		[NONE] = {argv[2], "--config", argv[4]},
		[MANY] = {argv[2], "--config", argv[5]},
	};
	bool dirmngr = strcmp(argv[7], "-") != 0;

	listen_for_ready();
	bench_begin();
	for (size_t round = 0; round < BENCH_ROUNDS; round++) {
		for (enum program p = 0; p < PROGRAM__END; p++)
			measure(programs[p], &r.ms[p][round], &r.kib[p][round]);
		if (dirmngr)
			r.dirmngr_ms[round] = start_dirmngr(argv[7]);
	}
	report(&r, strtod(argv[6], NULL) / 1024, dirmngr);
	return 0;
}
