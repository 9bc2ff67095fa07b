/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What memory is the daemon's own after 3,000 questions, against an empty
 * program with the same libraries, and dirmngr after the same questions:
 *
 *	bench-memory DIRECTORY DAEMON-SOCKET DAEMON-PID EMPTY-PID DIRMNGR-HOME
 *
 * Each is about another leaf of RSA.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/dirmngr.h"
#include "tests/bench/question.h"

#define QUESTIONS 3000
_Static_assert(QUESTIONS <= BENCH_LEAVES, "a leaf for each");

static struct question_set set;

static void ask_daemon(const char *path)
{
	int fd = bench_connect(path);

	for (size_t i = 0; i < QUESTIONS; i++)
		if (!question_is_trusted(bench_exchange(fd, &set.messages[i])))
			die("leaf %zu is not trusted", i);
	(void)close(fd);
}

static bool ask_dirmngr(struct dirmngr *d)
{
	for (size_t i = 0; i < QUESTIONS; i++)
		if (!dirmngr_validate(d, &set.leaves[i], &set.intermediate))
			return false;
	return true;
}

static void print(const char *name, const char *what, double over, double under)
{
	struct figure f = {.name = name, .unit = "KiB", .what = what};
	double o[BENCH_ROUNDS];
	double u[BENCH_ROUNDS];

	for (size_t i = 0; i < BENCH_ROUNDS; i++) {
		o[i] = over;
		u[i] = under;
	}
	bench_ratio(&f, o, u);
}

int main(int argc, char **argv)
{
	struct dirmngr *d = NULL;
	double ours = 0;

	if (argc != 6)
		die("usage: bench-memory DIRECTORY DAEMON PID EMPTY DIRMNGR");
	question_load(argv[1], "rsa", &set);
	bench_begin();
	ask_daemon(argv[2]);
	ours = bench_private_dirty_kib((pid_t)strtol(argv[3], NULL, 10));
	print("memory-used",
		"private dirty memory after 3,000 verdicts / of an empty "
		"program",
		ours,
		bench_private_dirty_kib((pid_t)strtol(argv[4], NULL, 10)));
	if (strcmp(argv[5], "-") != 0)
		d = dirmngr_start(argv[5]);
	if (d && ask_dirmngr(d))
		print("memory-dirmngr",
			"private dirty memory of dirmngr / of the daemon, both "
			"after 3,000 verdicts",
			bench_private_dirty_kib(dirmngr_pid(d)), ours);
	else
		bench_skip("memory-dirmngr", NULL,
			"dirmngr is not here, or does not validate this");
	dirmngr_stop(d);
	question_set_done(&set);
	return 0;
}
