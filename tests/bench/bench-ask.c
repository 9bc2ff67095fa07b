/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-ask DIRECTORY SOCKET KIND COUNT [SKIP] - asks so many questions, for
 * whoever counts what the daemon does. KIND: warm, one leaf again and again;
 * new, leaves of one intermediate, each for the first time; cold, leaf and
 * intermediate each for the first time; ec-new and ec-cold, the same with keys
 * of P-256 instead of RSA. SKIP of them are left out.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/string.h"
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

static void ask_cold(const char *directory, const char *style, int fd,
	size_t skip, size_t count)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(bytes_done) struct bytes all = {0};

	must(string_format(&name, "%s.cold", style), "memory");
	all = bench_read(directory, name);
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

static void ask_known(const char *directory, const char *style, int fd,
	size_t skip, size_t count, bool again)
{
	if (skip + count > BENCH_LEAVES && !again)
		die("there are only %zu", BENCH_LEAVES);
	question_load(directory, style, &set);
	for (size_t i = skip; i < skip + count; i++)
		ask(fd, &set.messages[again ? 0 : i]);
	question_set_done(&set);
}

int main(int argc, char **argv)
{
	const char *style = "rsa";
	const char *kind = NULL;
	size_t count = 0;
	size_t skip = 0;
	int fd = -1;

	if (argc < 5)
		die("usage: bench-ask DIRECTORY SOCKET KIND COUNT [SKIP]");
	fd = bench_connect(argv[2]);
	kind = argv[3];
	count = strtoul(argv[4], NULL, 10);
	skip = argc > 5 ? strtoul(argv[5], NULL, 10) : 0;
	if (strncmp(kind, "ec-", 3) == 0) {
		style = "ec";
		kind += 3;
	}
	if (strcmp(kind, "cold") == 0)
		ask_cold(argv[1], style, fd, skip, count);
	else
		ask_known(argv[1], style, fd, skip, count,
			strcmp(kind, "warm") == 0);
	(void)close(fd);
	return 0;
}
