/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/counters.h"

void counters_count(uint64_t counters[VERDICT__END], const char *result)
{
	enum verdict verdict = VERDICT__END;

	if (verdict_find(result, &verdict) == 0)
		counters[verdict]++;
}
