/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something happened since the start, for monitoring. There are as
 * many counters as there are results, whoever asks.
 */
#ifndef CERTPROVD_COUNTERS_H
#define CERTPROVD_COUNTERS_H

#include <stdint.h>

#include "lib/verdict/verdict.h"

/* Zeroed counts from now on. */
struct counters {
	int64_t since;                   /* the start, by the clock of then */
	uint64_t verdicts[VERDICT__END]; /* given by Verify, VerifyDigest */
	uint64_t reported[VERDICT__END]; /* claimed by ReportRejection */
};

/* By the identifier of the result; one that is not in the table is left out. */
void counters_count(uint64_t counters[VERDICT__END], const char *result);

#endif
