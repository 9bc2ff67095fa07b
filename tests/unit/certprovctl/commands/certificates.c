/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define LIST "io.certprov.trust.ListCertificates"
#define GET "io.certprov.trust.Get"
#define ONES                                                                   \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111111"
#define ONES_AND_2                                                             \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111112"
#define ROW(digits, more)                                                                \
	"{\"parameters\":{\"certificate\":{\"sha256\":\"" digits                         \
	"\",\"lists\":[\"servers\"],\"role\":\"anchor\",\"origin\":\"provisioned-url\"," \
	"\"subject\":\"CN=pbx\",\"notAfter\":\"2027-01-01T00:00:00Z\"" more              \
	"},"                                                                             \
	"\"store\":\"s\",\"generation\":1},\"continues\":true}"
#define NO_ROW "{\"parameters\":{\"store\":\"s\",\"generation\":1}}"
#define UNKNOWN_ENTRY(more)                                                    \
	"{\"sha256\":\"" ONES "\",\"lists\":[\"unknown\"],"                    \
	"\"origin\":\"connection\",\"subject\":\"CN=pbx\","                    \
	"\"issuer\":\"CN=Unknown CA\",\"names\":[\"DNS:pbx.example.com\"],"    \
	"\"firstSeen\":\"2026-05-01T00:00:00Z\","                              \
	"\"lastSeen\":\"2026-05-02T00:00:00Z\",\"seen\":3" more "}"
#define UNKNOWN(more)                                                          \
	"{\"parameters\":{\"certificate\":" UNKNOWN_ENTRY(                     \
		more) ",\"store\":\"s\",\"generation\":1}}"

START_TEST(a_list_is_a_table_of_its_certificates)
{
	CANNED({.method = LIST,
		.replies = {ROW(ONES,
				    ",\"lastRun\":4,\"lastSeen\":"
				    "\"2026-05-02T00:00:00Z\""),
			ROW(ONES_AND_2,
				",\"lastRun\":2,\"lastSeen\":"
				"\"2026-05-01T00:00:00Z\",\"missingRun\":3"),
			NO_ROW}});
	ck_assert_int_eq(paper_run("list servers"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"SHA-256           Subject  List     Role    "
		"Origin           Expires (UTC)        Note  Last found (UTC)\n"
		"1111111111111111  CN=pbx   servers  anchor  "
		"provisioned-url  2027-01-01 00:00:00        "
		"2026-05-02 00:00:00\n"
		"1111111111111111  CN=pbx   servers  anchor  "
		"provisioned-url  2027-01-01 00:00:00        "
		"2026-05-01 00:00:00, not since run 3\n");
	canned_called("\"parameters\":{\"list\":\"servers\"}");
	canned_called("\"more\":true");
}
END_TEST

START_TEST(a_list_marks_what_ends)
{
	CANNED({.method = LIST,
		.replies = {ROW(ONES, ",\"expiresIn\":777600"),
			ROW(ONES, ",\"expiresIn\":-1"),
			ROW(ONES,
				",\"expiresIn\":-1,\"exceptionExpiresIn\":"
				"172800"),
			ROW(ONES, ",\"exceptionExpiresIn\":-5"), NO_ROW}});
	ck_assert_int_eq(paper_run("list servers"), EXIT_COMPLETE);
	paper_prints("2027-01-01 00:00:00  in 9 days\n");
	paper_prints("2027-01-01 00:00:00  expired\n");
	paper_prints("2027-01-01 00:00:00  expired; exception in 2 days\n");
	paper_prints("2027-01-01 00:00:00  exception expired\n");
}
END_TEST

START_TEST(a_certificate_is_shown_with_what_is_new_since_its_exception)
{
	CANNED({.method = GET,
		.replies = {"{\"parameters\":{\"certificate\":{\"sha256\":"
			    "\"" ONES "\",\"expiresIn\":-5,"
			    "\"newSince\":[\"expired\"]}}}"}});
	ck_assert_int_eq(paper_run("show " ONES), EXIT_COMPLETE);
	paper_prints("Note               expired\n");
	paper_prints("New since          expired\n");
}
END_TEST

START_TEST(all_lists_are_asked_for_by_none)
{
	CANNED({.method = LIST, .replies = {NO_ROW}});
	ck_assert_int_eq(paper_run("list"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "There are no certificates.\n");
	ck_assert_ptr_null(strstr(canned_last_call(), "\"list\""));
}
END_TEST

START_TEST(a_list_there_is_not_is_wrong_use)
{
	ck_assert_int_eq(paper_run("list distrusted"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "unknown list \"distrusted\""));
}
END_TEST

START_TEST(a_certificate_is_shown_with_where_it_came_from_and_when)
{
	CANNED({.method = GET,
		.replies = {
			"{\"parameters\":{\"certificate\":{\"sha256\":\"" ONES
			"\",\"keyType\":\"ec\",\"keyBits\":256,\"ca\":true,"
			"\"names\":[\"DNS:a\",\"IP:1.2.3.4\"],"
			"\"document\":\"http://p/x.xml\",\"line\":7,"
			"\"url\":\"http://p/ca.der\","
			"\"added\":\"2026-05-28T20:26:40Z\",\"run\":5,"
			"\"namesLeftOut\":3}}}"}});
	ck_assert_int_eq(paper_run("show " ONES), EXIT_COMPLETE);
	paper_prints("SHA-256            " ONES "\n");
	paper_prints("Names              DNS:a, IP:1.2.3.4 and 3 more\n");
	paper_prints("Key                ec, 256 bits\n");
	paper_prints("By run             5\n");
	paper_prints("From document      http://p/x.xml:7\n");
	paper_prints("From URL           http://p/ca.der\n");
	paper_prints("Added              2026-05-28 20:26:40\n");
	canned_called("\"sha256\":\"" ONES "\"");
	ck_assert_uint_eq(canned_calls(), 1);
}
END_TEST

START_TEST(the_first_digits_are_enough_when_one_certificate_has_them)
{
	CANNED({.method = LIST,
		       .replies = {ROW(ONES, ""), ROW(ONES, ""), NO_ROW}},
		{.method = GET,
			.replies = {"{\"parameters\":{}}"},
			.wrong = true});
	ck_assert_int_eq(paper_run("show 11:11:11"), EXIT_COMPLETE);
	ck_assert_uint_eq(canned_calls(), 2);
	canned_called("\"sha256\":\"" ONES "\"");
	paper_prints("The reply has no certificate.");
}
END_TEST

START_TEST(digits_that_two_certificates_begin_with_are_refused)
{
	CANNED({.method = LIST,
		.replies = {ROW(ONES, ""), ROW(ONES_AND_2, ""), NO_ROW}});
	ck_assert_int_eq(paper_run("show 111111"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "Give more digits."));
}
END_TEST

START_TEST(digits_that_no_certificate_begins_with_are_refused)
{
	CANNED({.method = LIST, .replies = {ROW(ONES, ""), NO_ROW}});
	ck_assert_int_eq(paper_run("show --json 222222"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "no fingerprint begins with 222222"));
	/* What was only looked up is no answer. */
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

START_TEST(what_is_distrusted_is_a_table)
{
	CANNED({.method = "io.certprov.admin.ListDistrusted",
		.replies = {"{\"parameters\":{\"distrusted\":[{\"kind\":"
			    "\"certificate\",\"sha256\":\"" ONES
			    "\",\"added\":\"2026-05-28T20:26:40Z\",\"by\":"
			    "\"uid:0\",\"reason\":\"stolen\"}]}}"}});
	ck_assert_int_eq(paper_run("distrusted"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"SHA-256           Kind         Since (UTC)          By     "
		"Reason\n"
		"1111111111111111  certificate  2026-05-28 20:26:40  uid:0  "
		"stolen\n");
}
END_TEST

START_TEST(the_unknown_are_told_with_the_command_that_trusts_them)
{
	CANNED({.method = LIST,
		.replies = {UNKNOWN(",\"hosts\":[\"pbx.example.com\"],"
				    "\"purposes\":[\"sip\"],"
				    "\"results\":[\"issuer-not-trusted\"],"
				    "\"reporters\":[\"uid:1000\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	canned_called("{\"list\":\"unknown\"}");
	paper_prints("SHA-256      " ONES "\n");
	paper_prints("Hosts        pbx.example.com\n");
	paper_prints("Purposes     sip\n");
	paper_prints("Results      issuer-not-trusted\n");
	paper_prints("Reported by  uid:1000 (claimed)\n");
	paper_prints("First seen   2026-05-01 00:00:00\n");
	paper_prints("Last seen    2026-05-02 00:00:00\n");
	paper_prints("Seen         3\n");
	paper_prints("To trust it  certprovctl trust 1111111111111111 "
		     "--host pbx.example.com\n");
}
END_TEST

START_TEST(what_the_fetcher_saw_itself_is_observed)
{
	CANNED({.method = LIST,
		.replies = {UNKNOWN(",\"hosts\":[\"a.example\",\"b.example\"],"
				    "\"reporters\":[\"uid:0\",\"fetcher\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	paper_prints("Reported by  uid:0, fetcher (observed)\n");
	/* Several hosts: none is chosen for the administrator. */
	paper_prints("To trust it  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(a_fatal_result_has_no_command)
{
	CANNED({.method = LIST,
		.replies = {UNKNOWN(",\"results\":[\"key-too-weak\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	paper_prints("To trust it  not possible: key-too-weak\n");
}
END_TEST

START_TEST(a_fatal_result_among_others_may_be_over)
{
	CANNED({.method = LIST,
		.replies = {UNKNOWN(",\"results\":[\"issuer-not-trusted\","
				    "\"distrusted\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	paper_prints("To trust it  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(one_unknown_is_asked_for_by_its_first_digits)
{
	CANNED({.method = LIST, .replies = {UNKNOWN("")}},
		{.method = "io.certprov.trust.Get",
			.replies = {
				"{\"parameters\":{\"certificate\":" UNKNOWN_ENTRY(
					"") "}}"}});
	ck_assert_int_eq(paper_run("unknown 111111"), EXIT_COMPLETE);
	canned_called("trust.Get\",\"parameters\":{\"sha256\":\"" ONES "\"}");
	paper_prints("Subject      CN=pbx\n");
}
END_TEST

START_TEST(nothing_unknown_is_said_so)
{
	CANNED({.method = LIST,
		.replies = {"{\"parameters\":{\"store\":\"s\","
			    "\"generation\":1}}"}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "There are no rejected peers.\n");
}
END_TEST

test_case_maker certificates_tests;

TCase *certificates_tests(void)
{
	TCase *tc = tcase_create("certificates");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, a_list_is_a_table_of_its_certificates);
	tcase_add_test(tc, a_list_marks_what_ends);
	tcase_add_test(tc,
		a_certificate_is_shown_with_what_is_new_since_its_exception);
	tcase_add_test(tc, all_lists_are_asked_for_by_none);
	tcase_add_test(tc, a_list_there_is_not_is_wrong_use);
	tcase_add_test(
		tc, a_certificate_is_shown_with_where_it_came_from_and_when);
	tcase_add_test(
		tc, the_first_digits_are_enough_when_one_certificate_has_them);
	tcase_add_test(tc, digits_that_two_certificates_begin_with_are_refused);
	tcase_add_test(tc, digits_that_no_certificate_begins_with_are_refused);
	tcase_add_test(tc, what_is_distrusted_is_a_table);
	tcase_add_test(
		tc, the_unknown_are_told_with_the_command_that_trusts_them);
	tcase_add_test(tc, what_the_fetcher_saw_itself_is_observed);
	tcase_add_test(tc, a_fatal_result_has_no_command);
	tcase_add_test(tc, a_fatal_result_among_others_may_be_over);
	tcase_add_test(tc, one_unknown_is_asked_for_by_its_first_digits);
	tcase_add_test(tc, nothing_unknown_is_said_so);
	return tc;
}
