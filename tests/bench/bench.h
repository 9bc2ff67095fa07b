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

#include "lib/base/bytes.h"

#define BENCH_ROUNDS 5
/* Of each thing in each round; the round's figure is their median. */
#define BENCH_A_ROUND 100
/* One leaf more is asked about first, so that the intermediate is known. */
#define BENCH_LEAVES (1 + BENCH_ROUNDS * BENCH_A_ROUND)
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

/* Verify of these two for BENCH_HOST, with its NUL; in new memory. */
struct bytes bench_verify_message(
	const struct bytes *leaf, const struct bytes *intermediate);

int bench_connect(const char *path);
/* Send all of it and wait for what ends in NUL; borrowed until the next. */
const char *bench_exchange(int fd, const struct bytes *message);

/*
 * A figure: one value a round, for tests/bench/run. over and under are the
 * medians it is made of, in unit, 0 when there are none. target is for
 * reading only: nothing fails by it.
 */
struct figure {
	const char *name;
	const char *style; /* "rsa", "ec" or NULL */
	const char *target;
	const char *unit; /* of over and under */
	const char *what;
	double values[BENCH_ROUNDS];
	double over;
	double under;
};
void bench_print(const struct figure *f);
/* Where something cannot be measured here. */
void bench_skip(const char *name, const char *style, const char *why);

#endif
