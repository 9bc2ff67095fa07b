/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker arguments_tests;
test_case_maker certificates_tests;
test_case_maker chain_tests;
test_case_maker changes_tests;
test_case_maker check_list_tests;
test_case_maker check_matrix_tests;
test_case_maker check_run_tests;
test_case_maker check_tests;
test_case_maker connection_tests;
test_case_maker device_tests;
test_case_maker document_file_tests;
test_case_maker expiring_tests;
test_case_maker fingerprint_tests;
test_case_maker metrics_tests;
test_case_maker monitor_tests;
test_case_maker peer_report_tests;
test_case_maker peer_tests;
test_case_maker presented_tests;
test_case_maker progress_tests;
test_case_maker runs_tests;
test_case_maker screen_tests;
test_case_maker service_tests;
test_case_maker starttls_tests;
test_case_maker state_tests;
test_case_maker table_tests;
test_case_maker text_width_tests;
test_case_maker verbs_tests;
test_case_maker verify_tests;
test_case_maker view_tests;
test_case_maker when_tests;

static test_case_maker *const makers[] = {
	arguments_tests,
	certificates_tests,
	chain_tests,
	changes_tests,
	check_list_tests,
	check_matrix_tests,
	check_run_tests,
	check_tests,
	connection_tests,
	device_tests,
	document_file_tests,
	expiring_tests,
	fingerprint_tests,
	metrics_tests,
	monitor_tests,
	peer_report_tests,
	peer_tests,
	presented_tests,
	progress_tests,
	runs_tests,
	screen_tests,
	service_tests,
	starttls_tests,
	state_tests,
	table_tests,
	text_width_tests,
	verbs_tests,
	verify_tests,
	view_tests,
	when_tests,
};

int main(void)
{
	return run_test_cases("certprovctl", makers, ARRAY_SIZE(makers));
}
