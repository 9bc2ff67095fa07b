/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker answers_tests;
test_case_maker client_tests;
test_case_maker identity_tests;
test_case_maker local_answers_tests;
test_case_maker local_tests;
test_case_maker monitor_tests;
test_case_maker openssl_tests;

static test_case_maker *const makers[] = {
	answers_tests,
	client_tests,
	identity_tests,
	local_answers_tests,
	local_tests,
	monitor_tests,
	openssl_tests,
};

int main(void)
{
	return run_test_cases("client", makers, ARRAY_SIZE(makers));
}
