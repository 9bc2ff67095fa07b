/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker unknown_tests;

static test_case_maker *const makers[] = {
	unknown_tests,
};

int main(void)
{
	return run_test_cases("certprovd", makers, ARRAY_SIZE(makers));
}
