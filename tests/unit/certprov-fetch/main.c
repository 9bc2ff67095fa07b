/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker connection_tests;
test_case_maker document_fault_tests;
test_case_maker document_limits_tests;
test_case_maker document_stray_tests;
test_case_maker document_tests;
test_case_maker download_tests;
test_case_maker http_users_tests;
test_case_maker queue_tests;
test_case_maker replay_tests;
test_case_maker rights_tests;
test_case_maker samples_tests;
test_case_maker session_tests;
test_case_maker tls_client_tests;
test_case_maker tls_level_tests;

static test_case_maker *const makers[] = {
	connection_tests,
	document_fault_tests,
	document_limits_tests,
	document_stray_tests,
	document_tests,
	download_tests,
	http_users_tests,
	queue_tests,
	replay_tests,
	rights_tests,
	samples_tests,
	session_tests,
	tls_client_tests,
	tls_level_tests,
};

int main(void)
{
	pki_make_slow_keys();
	return run_test_cases("certprov-fetch", makers, ARRAY_SIZE(makers));
}
