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
#define CHANGED "{\"parameters\":{\"store\":\"s\",\"generation\":42}}"
#define ROW(digits)                                                                      \
	"{\"parameters\":{\"certificate\":{\"sha256\":\"" digits                         \
	"\",\"lists\":[\"servers\"],\"role\":\"anchor\",\"origin\":\"provisioned-url\"," \
	"\"subject\":\"CN=pbx\",\"notAfter\":\"2027-01-01T00:00:00Z\"},"                 \
	"\"store\":\"s\",\"generation\":1},\"continues\":true}"
#define NO_ROW "{\"parameters\":{\"store\":\"s\",\"generation\":1}}"

static void prints(const char *part)
{
	ck_assert_msg(strstr(paper_out(), part) != NULL, "%s lacks %s",
		paper_out(), part);
}

static void called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
}

START_TEST(a_list_is_a_table_of_its_certificates)
{
	CANNED({.method = LIST,
		.replies = {ROW(ONES), ROW(ONES_AND_2), NO_ROW}});
	ck_assert_int_eq(paper_run("list servers"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"SHA-256           Subject  List     Role    "
		"Origin           Expires (UTC)\n"
		"1111111111111111  CN=pbx   servers  anchor  "
		"provisioned-url  2027-01-01 00:00:00\n"
		"1111111111111111  CN=pbx   servers  anchor  "
		"provisioned-url  2027-01-01 00:00:00\n");
	called("\"parameters\":{\"list\":\"servers\"}");
	called("\"more\":true");
}
END_TEST

START_TEST(all_lists_are_asked_for_by_none)
{
	CANNED({.method = LIST, .replies = {NO_ROW}});
	ck_assert_int_eq(paper_run("list"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "There is no certificate.\n");
	ck_assert_ptr_null(strstr(canned_last_call(), "\"list\""));
}
END_TEST

START_TEST(a_list_there_is_not_is_wrong_use)
{
	ck_assert_int_eq(paper_run("list distrusted"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "there is no list \"distrusted\""));
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
	prints("SHA-256            " ONES "\n");
	prints("Names              DNS:a, IP:1.2.3.4 and 3 more\n");
	prints("Key                ec, 256 bits\n");
	prints("By run             5\n");
	prints("From document      http://p/x.xml:7\n");
	prints("From URL           http://p/ca.der\n");
	prints("Added              2026-05-28 20:26:40\n");
	called("\"sha256\":\"" ONES "\"");
	ck_assert_uint_eq(canned_calls(), 1);
}
END_TEST

START_TEST(the_first_digits_are_enough_when_one_certificate_has_them)
{
	CANNED({.method = LIST, .replies = {ROW(ONES), ROW(ONES), NO_ROW}},
		{.method = GET, .replies = {"{\"parameters\":{}}"}});
	ck_assert_int_eq(paper_run("show 11:11:11"), EXIT_COMPLETE);
	ck_assert_uint_eq(canned_calls(), 2);
	called("\"sha256\":\"" ONES "\"");
	prints("The reply has no certificate.");
}
END_TEST

START_TEST(digits_that_two_certificates_begin_with_are_refused)
{
	CANNED({.method = LIST,
		.replies = {ROW(ONES), ROW(ONES_AND_2), NO_ROW}});
	ck_assert_int_eq(paper_run("show 111111"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "Give more digits."));
}
END_TEST

START_TEST(digits_that_no_certificate_begins_with_are_refused)
{
	CANNED({.method = LIST, .replies = {ROW(ONES), NO_ROW}});
	ck_assert_int_eq(paper_run("show --json 222222"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(
		strstr(paper_err(), "no fingerprint there begins with 222222"));
	/* What was only looked up is no answer. */
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

START_TEST(remove_says_what_was_done)
{
	CANNED({.method = LIST, .replies = {ROW(ONES), NO_ROW}},
		{.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("remove servers 111111"), EXIT_COMPLETE);
	ck_assert_str_eq(
		paper_out(), ONES ": removed from servers (generation 42)\n");
	called("{\"list\":\"servers\",\"sha256\":\"" ONES "\"}");
}
END_TEST

START_TEST(remove_with_force_says_so_to_the_daemon)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove --force unknown " ONES), EXIT_COMPLETE);
	called("\"force\":true");
}
END_TEST

START_TEST(remove_with_a_host_ends_one_exception)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove servers " ONES " --host pbx.example"),
		EXIT_COMPLETE);
	called("{\"list\":\"servers\",\"sha256\":\"" ONES
	       "\",\"host\":\"pbx.example\"}");
	ck_assert_str_eq(paper_out(),
		ONES
		": the exception for pbx.example removed (generation 42)\n");
}
END_TEST

START_TEST(remove_with_a_star_ends_the_exception_for_every_host)
{
	CANNED({.method = "io.certprov.admin.Remove", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("remove servers " ONES " --host *"), EXIT_COMPLETE);
	called("\"host\":\"*\"");
	ck_assert_str_eq(paper_out(),
		ONES
		": the exception for every host removed (generation 42)\n");
}
END_TEST

START_TEST(what_is_no_host_has_no_exception_to_remove)
{
	ck_assert_int_eq(paper_run("remove servers " ONES " --host .pbx"),
		EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \".pbx\""));
	ck_assert_int_eq(paper_run("remove unknown " ONES " --host pbx"),
		EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "only servers"));
}
END_TEST

START_TEST(nothing_is_removed_from_other_lists)
{
	ck_assert_int_eq(paper_run("remove authorities " ONES), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not from \"authorities\""));
}
END_TEST

START_TEST(distrust_is_of_a_certificate_unless_it_says_otherwise)
{
	CANNED({.method = "io.certprov.admin.Distrust", .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("distrust " ONES " --reason stolen"), EXIT_COMPLETE);
	called("{\"kind\":\"certificate\",\"sha256\":\"" ONES
	       "\",\"reason\":\"stolen\"}");
	ck_assert_int_eq(
		paper_run("distrust -k public-key " ONES), EXIT_COMPLETE);
	called("{\"kind\":\"public-key\",\"sha256\":\"" ONES "\"}");
	ck_assert_str_eq(paper_out(), ONES ": distrusted (generation 42)\n");
}
END_TEST

START_TEST(a_public_key_needs_its_whole_digest)
{
	ck_assert_int_eq(
		paper_run("distrust -k public-key 111111"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "must be whole"));
}
END_TEST

START_TEST(a_kind_there_is_not_is_wrong_use)
{
	ck_assert_int_eq(paper_run("lift -k key " ONES), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("distrust -k key " ONES), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "not \"key\""));
}
END_TEST

START_TEST(lift_finds_its_digest_among_those_of_the_kind)
{
	CANNED({.method = "io.certprov.admin.ListDistrusted",
		       .replies = {"{\"parameters\":{\"distrusted\":["
				   "{\"kind\":\"public-key\",\"sha256\":"
				   "\"" ONES_AND_2 "\"},"
				   "{\"kind\":\"certificate\",\"sha256\":"
				   "\"" ONES "\"}]}}"}},
		{.method = "io.certprov.admin.LiftDistrust",
			.replies = {CHANGED}});
	ck_assert_int_eq(paper_run("lift 111111"), EXIT_COMPLETE);
	called("{\"kind\":\"certificate\",\"sha256\":\"" ONES "\"}");
	ck_assert_str_eq(
		paper_out(), ONES ": no longer distrusted (generation 42)\n");
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

test_case_maker certificates_tests;

TCase *certificates_tests(void)
{
	TCase *tc = tcase_create("certificates");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, a_list_is_a_table_of_its_certificates);
	tcase_add_test(tc, all_lists_are_asked_for_by_none);
	tcase_add_test(tc, a_list_there_is_not_is_wrong_use);
	tcase_add_test(
		tc, a_certificate_is_shown_with_where_it_came_from_and_when);
	tcase_add_test(
		tc, the_first_digits_are_enough_when_one_certificate_has_them);
	tcase_add_test(tc, digits_that_two_certificates_begin_with_are_refused);
	tcase_add_test(tc, digits_that_no_certificate_begins_with_are_refused);
	tcase_add_test(tc, remove_says_what_was_done);
	tcase_add_test(tc, remove_with_force_says_so_to_the_daemon);
	tcase_add_test(tc, remove_with_a_host_ends_one_exception);
	tcase_add_test(
		tc, remove_with_a_star_ends_the_exception_for_every_host);
	tcase_add_test(tc, what_is_no_host_has_no_exception_to_remove);
	tcase_add_test(tc, nothing_is_removed_from_other_lists);
	tcase_add_test(
		tc, distrust_is_of_a_certificate_unless_it_says_otherwise);
	tcase_add_test(tc, a_public_key_needs_its_whole_digest);
	tcase_add_test(tc, a_kind_there_is_not_is_wrong_use);
	tcase_add_test(tc, lift_finds_its_digest_among_those_of_the_kind);
	tcase_add_test(tc, what_is_distrusted_is_a_table);
	return tc;
}
