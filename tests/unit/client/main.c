/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker client_tests;

static test_case_maker *const makers[] = {
	client_tests,
};

int main(void)
{
	return run_test_cases("client", makers, ARRAY_SIZE(makers));
}
