/* SPDX-License-Identifier: Apache-2.0 */
/* What bench-worst-mint makes and bench-worst asks. */
#ifndef CERTPROV_TESTS_BENCH_WORST_H
#define CERTPROV_TESTS_BENCH_WORST_H

#include "tests/bench/bench.h"

/* The zeros are counted up. */
#define WORST_HOST "q000000.bench.example"
/* Of each kind of question in each round. */
#define WORST_A_ROUND ((size_t)5)
#define WORST_GOOD (BENCH_ROUNDS * WORST_A_ROUND)

#endif
