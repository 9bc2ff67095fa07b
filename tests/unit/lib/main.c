/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/util.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker text_tests;
test_case_maker util_tests;
test_case_maker verdict_tests;

static test_case_maker *const makers[] = {
	text_tests,
	util_tests,
	verdict_tests,
};

int main(void)
{
	return run_test_cases("lib", makers, ARRAY_SIZE(makers));
}
