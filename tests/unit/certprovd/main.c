/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker admin_api_tests;
test_case_maker admin_exception_tests;
test_case_maker admin_provision_tests;
test_case_maker admin_runs_tests;
test_case_maker admin_upload_tests;
test_case_maker authorities_change_tests;
test_case_maker clock_tests;
test_case_maker config_tests;
test_case_maker daemon_tests;
test_case_maker device_place_tests;
test_case_maker device_tests;
test_case_maker digest_tests;
test_case_maker durable_file_tests;
test_case_maker endings_tests;
test_case_maker export_files_tests;
test_case_maker export_record_tests;
test_case_maker export_set_tests;
test_case_maker export_tests;
test_case_maker firmware_change_tests;
test_case_maker fleet_tests;
test_case_maker group_tests;
test_case_maker identities_tests;
test_case_maker key_files_tests;
test_case_maker last_server_tests;
test_case_maker log_tests;
test_case_maker own_directory_tests;
test_case_maker verdict_cache_tests;
test_case_maker webserver_file_tests;
test_case_maker withdrawn_tests;
test_case_maker pass_tests;
test_case_maker sources_tests;
test_case_maker phone_tests;
test_case_maker rejections_tests;
test_case_maker daemon_rights_tests;
test_case_maker roles_tests;
test_case_maker schedule_tests;
test_case_maker server_at_once_tests;
test_case_maker server_limits_tests;
test_case_maker server_readers_tests;
test_case_maker server_tests;
test_case_maker server_turns_tests;
test_case_maker status_tests;
test_case_maker store_migration_tests;
test_case_maker store_power_tests;
test_case_maker store_recovery_tests;
test_case_maker store_reports_tests;
test_case_maker store_system_tests;
test_case_maker store_versions_tests;
test_case_maker store_wal_tests;
test_case_maker store_tests;
test_case_maker timekeeping_tests;
test_case_maker trust_api_tests;
test_case_maker trust_verify_tests;
test_case_maker turns_tests;
test_case_maker unknown_store_tests;
test_case_maker unknown_tests;

static test_case_maker *const makers[] = {
	admin_api_tests,
	admin_exception_tests,
	admin_provision_tests,
	admin_runs_tests,
	admin_upload_tests,
	authorities_change_tests,
	clock_tests,
	config_tests,
	daemon_tests,
	device_place_tests,
	device_tests,
	digest_tests,
	durable_file_tests,
	endings_tests,
	export_files_tests,
	export_record_tests,
	export_set_tests,
	export_tests,
	firmware_change_tests,
	fleet_tests,
	group_tests,
	identities_tests,
	key_files_tests,
	last_server_tests,
	log_tests,
	own_directory_tests,
	verdict_cache_tests,
	webserver_file_tests,
	withdrawn_tests,
	pass_tests,
	sources_tests,
	phone_tests,
	rejections_tests,
	daemon_rights_tests,
	roles_tests,
	schedule_tests,
	server_at_once_tests,
	server_limits_tests,
	server_readers_tests,
	server_tests,
	server_turns_tests,
	status_tests,
	store_migration_tests,
	store_power_tests,
	store_recovery_tests,
	store_reports_tests,
	store_system_tests,
	store_versions_tests,
	store_wal_tests,
	store_tests,
	timekeeping_tests,
	trust_api_tests,
	trust_verify_tests,
	turns_tests,
	unknown_store_tests,
	unknown_tests,
};

int main(void)
{
	return run_test_cases("certprovd", makers, ARRAY_SIZE(makers));
}
