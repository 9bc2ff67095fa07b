/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs of `make bench` share: time, medians, one message there
 * and one back, and the lines of figures that tests/bench/run reads. They end
 * the program when anything is not as it should be: a wrong answer that came
 * quickly is no figure.
 */
#ifndef CERTPROV_TESTS_BENCH_H
#define CERTPROV_TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/bytes.h"

#define BENCH_ROUNDS 9
/* Of each thing in each round; the round's figure is their median. */
#define BENCH_A_ROUND 100
/* What several clients ask in a round, together: so many that the caches of
 * the processor, which are cold when a round begins, do not count. */
#define BENCH_CLIENTS 8
#define BENCH_A_CLIENT 96
/* One leaf more is asked about first, so that the intermediate is known. */
#define BENCH_LEAVES (1 + (size_t)BENCH_ROUNDS * BENCH_CLIENTS * BENCH_A_CLIENT)
/* Leaves with an intermediate of their own, in each round. */
#define BENCH_COLD_A_ROUND 20
#define BENCH_COLD ((size_t)BENCH_ROUNDS * BENCH_COLD_A_ROUND)
#define BENCH_HOST "pbx.bench.example"

/* Not _Noreturn, which cppcheck does not know. */
__attribute__((noreturn)) void die(const char *format, ...) PRINTF_LIKE(1, 2);
/* Dies unless r is 0 or more. */
void must(int r, const char *what);

int64_t now_ns(void); /* monotonic */
/* Sorts the values. */
double median(double *values, size_t count);

struct bytes bench_read(const char *directory, const char *name);
/* DER values that follow one another, as many as there have to be; copies. */
void bench_split(const struct bytes *all, struct bytes *ret, size_t count);

/* Of smaps_rollup: what only this process has, and no file. */
double bench_private_dirty_kib(pid_t pid);

int bench_connect(const char *path);
/* A negative errno instead of the end. */
int bench_try_connect(const char *path);
/* Send all of it and wait for what ends in NUL; borrowed until this thread's
 * next. */
const char *bench_exchange(int fd, const struct bytes *message);

/*
 * A figure: one value a round, for tests/bench/report.py; what it is to reach
 * stands in figures.py. over (ours) and under (the reference) are the medians
 * it is made of, in unit; under 0: there is none.
 */
struct figure {
	const char *name;
	const char *style; /* "rsa", "ec" or NULL */
	const char *unit;  /* of over and under */
	const char *what;
	double values[BENCH_ROUNDS];
	double over;
	double under;
};
void bench_print(const struct figure *f);
/* A figure of these two, round by round. */
void bench_ratio(const struct figure *f, const double over[BENCH_ROUNDS],
	const double under[BENCH_ROUNDS]);
/* What others did before this is not what follows was measured under. */
void bench_begin(void);
/* Where something cannot be measured here. */
void bench_skip(const char *name, const char *style, const char *why);

#endif
