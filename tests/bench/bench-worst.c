/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the worst question costs that anybody can ask, against a good one:
 *
 *	bench-worst DIRECTORY DAEMON-SOCKET DAEMON-PID
 *
 * DIRECTORY is bench-worst-mint's. A cost is processor time of the daemon, by
 * its own clock, from the first byte of the message to the reply; good is a
 * chain of RSA-2048 seen for the first time. One line a question, ratios of
 * medians of a round; none may cost more than ten good ones.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "tests/bench/bench-worst.h"

#define NS_PER_US 1000.0
#define MAX_QUESTIONS 128
#define MAX_REPLY_BYTES 65536
#define SUFFIX ".worst"

static clockid_t daemon_clock;

static double spent_us(void)
{
	struct timespec t = {0};

	if (clock_gettime(daemon_clock, &t) != 0)
		die("the daemon's clock");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / NS_PER_US;
}

static const char *socket_path;
static int fd = -1;

/* Until the NUL, or until the daemon has had enough of us: what is no message
 * ends the connection. */
static const char *exchange(const struct bytes *message)
{
	static char reply[MAX_REPLY_BYTES];
	size_t len = 0;
	ssize_t n = 0;

	must(fd_write_full(fd, message->data, message->len), "sending");
	do {
		n = read(fd, reply + len, sizeof(reply) - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && reply[len - 1] != 0);
	if (n <= 0) {
		(void)close(fd);
		fd = bench_connect(socket_path);
		reply[0] = 0;
	}
	return reply;
}

static double ask(struct bytes *message, const char *expect)
{
	static unsigned asked;
	char number[7];
	uint8_t *host = memmem(message->data, message->len, "\"q", 2);
	double before = 0;
	double after = 0;
	const char *reply = NULL;

	if (!host)
		die("no host");
	(void)snprintf(number, sizeof(number), "%06u", ++asked);
	if (!expect)
		memcpy(host + 2, number, 6);
	before = spent_us();
	reply = exchange(message);
	after = spent_us();
	if (expect && !strstr(reply, expect))
		die("not %s: %s", expect, reply);
	return after - before;
}

struct question {
	char name[64];
	struct bytes message;
	double us[BENCH_ROUNDS];
};

static struct question questions[MAX_QUESTIONS];
static size_t question_count;
static double good_us[BENCH_ROUNDS];
static struct bytes good[WORST_GOOD];

static void load_good(const char *directory)
{
	struct bytes all = bench_read(directory, "good" SUFFIX);
	uint8_t *at = all.data;

	for (size_t i = 0; i < WORST_GOOD; i++) {
		size_t len = strlen((const char *)at) + 1;

		must(bytes_copy(at, len, &good[i]), "memory");
		at += len;
	}
	bytes_done(&all);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct question *)a)->name,
		((const struct question *)b)->name);
}

static void load(const char *directory)
{
	DIR *d = opendir(directory);
	const struct dirent *e = NULL;

	if (!d)
		die("%s: cannot be read", directory);
	while ((e = readdir(d)) != NULL) {
		const char *end = strstr(e->d_name, SUFFIX);
		struct question *q = &questions[question_count];

		if (!end || strcmp(end, SUFFIX) != 0 ||
			strcmp(e->d_name, "good" SUFFIX) == 0)
			continue;
		(void)snprintf(q->name, sizeof(q->name), "%.*s",
			(int)(end - e->d_name), e->d_name);
		q->message = bench_read(directory, e->d_name);
		question_count++;
	}
	(void)closedir(d);
	qsort(questions, question_count, sizeof(questions[0]), by_name);
	load_good(directory);
}

static void run_round(unsigned round)
{
	double us[WORST_A_ROUND];

	for (size_t i = 0; i < WORST_A_ROUND; i++)
		us[i] = ask(
			&good[round * WORST_A_ROUND + i], "\"trusted\":true");
	good_us[round] = median(us, WORST_A_ROUND);
	for (size_t k = 0; k < question_count; k++) {
		for (size_t i = 0; i < WORST_A_ROUND; i++)
			us[i] = ask(&questions[k].message, NULL);
		questions[k].us[round] = median(us, WORST_A_ROUND);
	}
}

static void report(struct question *q)
{
	CLEANUP(free) char *name = NULL;
	struct figure f = {.unit = "us"};

	must(string_format(&name, "worst-%s", q->name), "memory");
	f.name = name;
	f.what = "processor time of this question / of a good new RSA chain";
	bench_ratio(&f, q->us, good_us);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		die("usage: bench-worst DIRECTORY DAEMON PID");
	if (clock_getcpuclockid(
		    (pid_t)strtol(argv[3], NULL, 10), &daemon_clock) != 0)
		die("no such daemon");
	load(argv[1]);
	socket_path = argv[2];
	fd = bench_connect(socket_path);
	for (unsigned round = 0; round < BENCH_ROUNDS; round++)
		run_round(round);
	for (size_t i = 0; i < question_count; i++)
		report(&questions[i]);
	(void)close(fd);
	return 0;
}
