/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/macros.h"
#include "tests/unit/lib/x509/openssl-memory.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

/* One a line, sorted. */
test_case_maker address_tests;
test_case_maker anchors_tests;
test_case_maker authorities_tests;
test_case_maker backoff_tests;
test_case_maker password_tests;
test_case_maker provisioning_order_tests;
test_case_maker base64_tests;
test_case_maker candidates_tests;
test_case_maker certificate_tests;
test_case_maker change_counter_tests;
test_case_maker content_tests;
test_case_maker date_tests;
test_case_maker decode_corpora_tests;
test_case_maker decode_tests;
test_case_maker decoder_context_tests;
test_case_maker placed_key_tests;
test_case_maker der_arena_tests;
test_case_maker der_tests;
test_case_maker digest_tests;
test_case_maker distrust_tests;
test_case_maker duplicates_tests;
test_case_maker fd_tests;
test_case_maker fetch_calls_tests;
test_case_maker fetch_client_tests;
test_case_maker fetch_guard_tests;
test_case_maker fetch_handlers_tests;
test_case_maker fetch_job_tests;
test_case_maker guard_tests;
test_case_maker job_plan_tests;
test_case_maker fetch_messages_tests;
test_case_maker fetch_service_tests;
test_case_maker firmware_tests;
test_case_maker hex_tests;
test_case_maker identity_check_tests;
test_case_maker identity_sign_tests;
test_case_maker identity_tests;
test_case_maker provider_tests;
test_case_maker json_check_tests;
test_case_maker json_fields_tests;
test_case_maker judge_roles_tests;
test_case_maker judge_tests;
test_case_maker key_tests;
test_case_maker intermediate_cache_tests;
test_case_maker names_tests;
test_case_maker near_tests;
test_case_maker options_tests;
test_case_maker outcome_tests;
test_case_maker settings_tests;
test_case_maker settings_explain_tests;
test_case_maker tls_lists_tests;
test_case_maker settings_note_tests;
test_case_maker settings_names_tests;
test_case_maker reencode_tests;
test_case_maker sha256_tests;
test_case_maker signature_malleability_tests;
test_case_maker skeleton_issuer_tests;
test_case_maker skeleton_tests;
test_case_maker snapshot_tests;
test_case_maker string_tests;
test_case_maker text_tests;
test_case_maker trust_tests;
test_case_maker url_names_tests;
test_case_maker url_redact_tests;
test_case_maker url_tests;
test_case_maker user_line_tests;
test_case_maker utf8_tests;
test_case_maker varlink_client_tests;
test_case_maker varlink_service_tests;
test_case_maker varlink_socket_tests;
test_case_maker varlink_tests;
test_case_maker verdict_tests;
test_case_maker verify_bytes_tests;
test_case_maker verify_cost_tests;
test_case_maker verify_explain_tests;
test_case_maker verify_issued_tests;
test_case_maker verify_issuers_tests;
test_case_maker verify_names_tests;
test_case_maker verify_policy_tests;
test_case_maker verify_roles_tests;
test_case_maker verify_search_tests;
test_case_maker verify_table_tests;
test_case_maker verify_tests;

static test_case_maker *const makers[] = {
	address_tests,
	anchors_tests,
	authorities_tests,
	backoff_tests,
	password_tests,
	provisioning_order_tests,
	base64_tests,
	candidates_tests,
	certificate_tests,
	change_counter_tests,
	content_tests,
	date_tests,
	decode_corpora_tests,
	decode_tests,
	decoder_context_tests,
	placed_key_tests,
	der_arena_tests,
	der_tests,
	digest_tests,
	distrust_tests,
	duplicates_tests,
	fd_tests,
	fetch_calls_tests,
	fetch_client_tests,
	fetch_guard_tests,
	fetch_handlers_tests,
	fetch_job_tests,
	guard_tests,
	job_plan_tests,
	fetch_messages_tests,
	fetch_service_tests,
	firmware_tests,
	hex_tests,
	identity_check_tests,
	identity_sign_tests,
	identity_tests,
	provider_tests,
	json_check_tests,
	json_fields_tests,
	judge_roles_tests,
	judge_tests,
	key_tests,
	intermediate_cache_tests,
	names_tests,
	near_tests,
	options_tests,
	outcome_tests,
	settings_tests,
	settings_explain_tests,
	tls_lists_tests,
	settings_note_tests,
	settings_names_tests,
	reencode_tests,
	sha256_tests,
	signature_malleability_tests,
	skeleton_issuer_tests,
	skeleton_tests,
	snapshot_tests,
	string_tests,
	text_tests,
	trust_tests,
	url_names_tests,
	url_redact_tests,
	url_tests,
	user_line_tests,
	utf8_tests,
	varlink_client_tests,
	varlink_service_tests,
	varlink_socket_tests,
	varlink_tests,
	verdict_tests,
	verify_bytes_tests,
	verify_cost_tests,
	verify_explain_tests,
	verify_issued_tests,
	verify_issuers_tests,
	verify_names_tests,
	verify_policy_tests,
	verify_roles_tests,
	verify_search_tests,
	verify_table_tests,
	verify_tests,
};

int main(void)
{
	openssl_memory_install();
	pki_make_slow_keys();
	return run_test_cases("lib", makers, ARRAY_SIZE(makers));
}
