/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bench asks the daemon: messages of io.certprov.trust with their NUL,
 * made before anything is measured.
 */
#ifndef CERTPROV_TESTS_BENCH_QUESTION_H
#define CERTPROV_TESTS_BENCH_QUESTION_H

#include <stdbool.h>

#include "tests/bench/bench.h"

/* bytes_done() each. */
struct bytes question_verify(
	const struct bytes *leaf, const struct bytes *intermediate);
struct bytes question_digest(
	const struct bytes *leaf, const struct bytes *intermediate);
struct bytes question_of(const char *method);

/* Nobody decodes a reply while time is taken. */
bool question_is_trusted(const char *reply);

/* leaves.NUMBER of a style, and the intermediate of all of them. */
struct question_set {
	struct bytes leaves[BENCH_LEAVES];
	struct bytes messages[BENCH_LEAVES]; /* Verify */
	struct bytes intermediate;
};
void question_load(
	const char *directory, const char *style, struct question_set *ret);
void question_set_done(struct question_set *s);

#endif
