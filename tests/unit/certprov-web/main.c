/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker access_tests;
test_case_maker attempts_tests;
test_case_maker call_table_tests;
test_case_maker call_tests;
test_case_maker calls_tests;
test_case_maker exchange_tests;
test_case_maker http_limits_tests;
test_case_maker http_server_tests;
test_case_maker http_turns_tests;
test_case_maker interface_schema_tests;
test_case_maker openapi_tests;
test_case_maker sessions_tests;
test_case_maker shared_tests;
test_case_maker users_file_tests;
test_case_maker web_config_tests;
test_case_maker web_log_tests;
test_case_maker web_time_tests;

static test_case_maker *const makers[] = {
	access_tests,
	attempts_tests,
	call_table_tests,
	call_tests,
	calls_tests,
	exchange_tests,
	http_limits_tests,
	http_server_tests,
	http_turns_tests,
	interface_schema_tests,
	openapi_tests,
	sessions_tests,
	shared_tests,
	users_file_tests,
	web_config_tests,
	web_log_tests,
	web_time_tests,
};

int main(void)
{
	return run_test_cases("certprov-web", makers, ARRAY_SIZE(makers));
}
