/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-ask DIRECTORY SOCKET warm|cold COUNT [SKIP] - asks so many questions,
 * for whoever counts what the daemon does: warm, one leaf again and again;
 * cold, leaf and intermediate each for the first time, SKIP of them left out.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/question.h"

static struct question_set set;
static struct bytes cold[2 * BENCH_COLD];

static void ask(int fd, const struct bytes *message)
{
	const char *reply = bench_exchange(fd, message);

	if (!question_is_trusted(reply))
		die("not trusted: %s", reply);
}

static void ask_cold(const char *directory, int fd, size_t skip, size_t count)
{
	CLEANUP(bytes_done)
	struct bytes all = bench_read(directory, "rsa.cold");

	if (skip + count > BENCH_COLD)
		die("there are only %zu", BENCH_COLD);
	bench_split(&all, cold, ARRAY_SIZE(cold));
	for (size_t i = skip; i < skip + count; i++) {
		CLEANUP(bytes_done)
		struct bytes message =
			question_verify(&cold[2 * i], &cold[2 * i + 1]);

		ask(fd, &message);
	}
}

int main(int argc, char **argv)
{
	int fd = -1;
	size_t count = 0;

	if (argc < 5)
		die("usage: bench-ask DIRECTORY SOCKET warm|cold COUNT [SKIP]");
	fd = bench_connect(argv[2]);
	count = strtoul(argv[4], NULL, 10);
	if (strcmp(argv[3], "cold") == 0) {
		ask_cold(argv[1], fd, argc > 5 ? strtoul(argv[5], NULL, 10) : 0,
			count);
	} else {
		question_load(argv[1], "rsa", &set);
		for (size_t i = 0; i < count; i++)
			ask(fd, &set.messages[0]);
		question_set_done(&set);
	}
	(void)close(fd);
	return 0;
}
