/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of the phone feels of everybody who looks at the page:
 *
 *	bench-crowd DIRECTORY DAEMON-SOCKET CROWD-PID
 *
 * DIRECTORY is bench-mint's. A question each CROWD_EVERY_NS, whether the last
 * one was answered quickly or not; a time is from when it was due, so that who
 * has to wait is counted with all he waited. A round is CROWD_A_ROUND of them
 * while the crowd is stopped, and as many while it goes on; its figure is the
 * ratio of their 99th percentiles.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/question.h"

#define NS_PER_US 1000.0
#define NS_PER_S 1000000000
#define CROWD_A_ROUND 1500
#define CROWD_EVERY_NS 2000000
/* Not measured, before each half of a round: the crowd falls silent, or is in
 * full swing. */
#define CROWD_BEFORE 500
#define CROWD_PERCENT 99

static struct question_set set;
static int fd = -1;

static void wait_until(int64_t at_ns)
{
	const struct timespec at = {
		.tv_sec = at_ns / NS_PER_S,
		.tv_nsec = at_ns % NS_PER_S,
	};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void ask_many(size_t count, double *ret_us)
{
	int64_t due_ns = now_ns();

	for (size_t i = 0; i < count; i++, due_ns += CROWD_EVERY_NS) {
		wait_until(due_ns);
		if (!question_is_trusted(bench_exchange(
			    fd, &set.messages[i % BENCH_LEAVES])))
			die("leaf %zu is not trusted", i % BENCH_LEAVES);
		if (ret_us)
			ret_us[i] = (double)(now_ns() - due_ns) / NS_PER_US;
	}
}

static double percentile_us(void)
{
	static double us[CROWD_A_ROUND];
	size_t slowest = CROWD_A_ROUND * (100 - CROWD_PERCENT) / 100;

	ask_many(CROWD_BEFORE, NULL);
	ask_many(CROWD_A_ROUND, us);
	(void)median(us, CROWD_A_ROUND); /* sorts */
	return us[CROWD_A_ROUND - 1 - slowest];
}

static void must_signal(pid_t pid, int signal)
{
	if (kill(pid, signal) < 0)
		die("the crowd has gone");
}

int main(int argc, char **argv)
{
	double over[BENCH_ROUNDS];
	double under[BENCH_ROUNDS];
	pid_t crowd = 0;

	if (argc != 4)
		die("usage: bench-crowd DIRECTORY DAEMON CROWD");
	crowd = (pid_t)strtol(argv[3], NULL, 10);
	question_load(argv[1], "rsa", &set);
	fd = bench_connect(argv[2]);
	bench_begin();
	for (unsigned round = 0; round < BENCH_ROUNDS; round++) {
		must_signal(crowd, SIGSTOP);
		under[round] = percentile_us();
		must_signal(crowd, SIGCONT);
		over[round] = percentile_us();
	}
	bench_ratio(&(struct figure){.name = "crowd",
			    .unit = "us",
			    .what = "99th percentile of Verify, asked for each "
				    "2 ms, beside 50 open pages / beside none"},
		over, under);
	(void)close(fd);
	question_set_done(&set);
	return 0;
}
