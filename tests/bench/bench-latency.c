/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a repeated Verify takes while nothing else happens, and while the
 * daemon has a provisioning run:
 *
 *	bench-latency DIRECTORY TRUST-SOCKET ADMIN-SOCKET URL
 *
 * prints the 99th percentile of both, in microseconds, and how many were asked
 * during the run; to stderr, more of the distribution and how long the run
 * took. Idle is as many questions as IDLE says.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "tests/bench/bench.h"
#include "tests/bench/question.h"

#define IDLE ((size_t)20000)
#define MOST ((size_t)1 << 20)
#define NS_PER_US 1000.0
#define NS_PER_MS 1e6

static struct question_set set;
static double took[MOST];

struct watched_run {
	int fd;
	char reply[65536]; /* the last one, up to its NUL */
	size_t len;
};

static void ask(int daemon, double *ret_us)
{
	int64_t since = now_ns();

	if (!question_is_trusted(bench_exchange(daemon, &set.messages[0])))
		die("not trusted");
	*ret_us = (double)(now_ns() - since) / NS_PER_US;
}

static double p99(const char *when, size_t count)
{
	double half = median(took, count); /* sorts */

	(void)fprintf(stderr, "%s: p50 %.1f p90 %.1f p99 %.1f max %.1f us\n",
		when, half, took[count * 90 / 100], took[count * 99 / 100],
		took[count - 1]);
	return took[count * 99 / 100];
}

static void begin_run(
	struct watched_run *run, const char *socket, const char *url)
{
	CLEANUP(free) char *text = NULL;

	must(string_format(&text,
		     "{\"method\":\"io.certprov.admin.Provision\",\"more\":"
		     "true,\"parameters\":{\"url\":\"%s\"}}",
		     url),
		"memory");
	run->fd = bench_connect(socket);
	must(fd_write_full(run->fd, text, strlen(text) + 1), "sending");
}

/* The last reply is the one that no other follows. */
static bool take_replies(struct watched_run *run)
{
	const char *end = NULL;

	while ((end = memchr(run->reply, 0, run->len)) != NULL) {
		size_t used = (size_t)(end - run->reply) + 1;

		if (!strstr(run->reply, "\"continues\":true")) {
			if (!strstr(run->reply, "\"result\":\"complete\""))
				die("the run failed: %s", run->reply);
			return true;
		}
		run->len -= used;
		memmove(run->reply, run->reply + used, run->len);
	}
	return false;
}

static bool has_ended(struct watched_run *run)
{
	ssize_t n = recv(run->fd, run->reply + run->len,
		sizeof(run->reply) - run->len, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n <= 0)
		die("the run is not told");
	run->len += (size_t)n;
	return take_replies(run);
}

int main(int argc, char **argv)
{
	static struct watched_run run;
	double idle = 0;
	double busy = 0;
	int64_t since = 0;
	size_t count = 0;
	int daemon = -1;

	if (argc != 5)
		die("usage: bench-latency DIRECTORY TRUST ADMIN URL");
	question_load(argv[1], "rsa", &set);
	daemon = bench_connect(argv[2]);
	for (size_t i = 0; i < IDLE; i++)
		ask(daemon, &took[i]);
	idle = p99("idle", IDLE);
	since = now_ns();
	begin_run(&run, argv[3], argv[4]);
	while (!has_ended(&run) && count < MOST)
		ask(daemon, &took[count++]);
	(void)fprintf(stderr, "the run: %.0f ms, %zu questions\n",
		(double)(now_ns() - since) / NS_PER_MS, count);
	busy = p99("during the run", count);
	(void)printf("%.2f %.2f %zu\n", idle, busy, count);
	(void)close(run.fd);
	(void)close(daemon);
	question_set_done(&set);
	return 0;
}
