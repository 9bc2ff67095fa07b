/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/commands/exceptions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/base/util.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define LIST "io.certprov.trust.ListCertificates"
#define ADD "io.certprov.admin.AddException"
#define ONES                                                                   \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111111"
#define CHANGED "{\"parameters\":{\"store\":\"s\",\"generation\":42}}"
#define ENTRY(more)                                                            \
	"{\"sha256\":\"" ONES "\",\"lists\":[\"unknown\"],"                    \
	"\"origin\":\"connection\",\"subject\":\"CN=pbx\","                    \
	"\"issuer\":\"CN=Unknown CA\",\"names\":[\"DNS:pbx.example.com\"],"    \
	"\"firstSeen\":\"2026-05-01T00:00:00Z\","                              \
	"\"lastSeen\":\"2026-05-02T00:00:00Z\",\"seen\":3" more "}"
#define ROW(more)                                                              \
	"{\"parameters\":{\"certificate\":" ENTRY(                             \
		more) ",\"store\":\"s\",\"generation\":1}}"

static void prints(const char *part)
{
	ck_assert_msg(strstr(paper_out(), part) != NULL, "%s lacks %s",
		paper_out(), part);
}

static void says(const char *part)
{
	ck_assert_msg(strstr(paper_err(), part) != NULL, "%s lacks %s",
		paper_err(), part);
}

static void called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
}

START_TEST(trust_is_for_every_host_and_for_good_unless_it_says_otherwise)
{
	CANNED({.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_COMPLETE);
	ck_assert_str_eq(
		paper_out(), ONES ": trusted for every host (generation 42)\n");
	called("\"parameters\":{\"sha256\":\"" ONES "\"}");
}
END_TEST

START_TEST(trust_takes_a_host_and_an_end)
{
	CANNED({.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("trust " ONES " --host pbx.example.com "
				   "--expires 2099-01-31"),
		EXIT_COMPLETE);
	prints(": trusted for pbx.example.com until 2099-01-31 00:00:00 UTC ");
	called("{\"host\":\"pbx.example.com\","
	       "\"expires\":\"2099-01-31T00:00:00Z\",\"sha256\":\"" ONES "\"}");
}
END_TEST

START_TEST(a_span_counts_from_now_or_from_the_build_date)
{
	CANNED({.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(
		paper_run("trust " ONES " --expires 30d"), EXIT_COMPLETE);
	called("\"expires\":\"20");
}
END_TEST

START_TEST(trust_finds_its_certificate_by_its_first_digits)
{
	CANNED({.method = LIST, .replies = {ROW("")}},
		{.method = ADD, .replies = {CHANGED}});
	ck_assert_int_eq(paper_run("trust 111111"), EXIT_COMPLETE);
	ck_assert_uint_eq(canned_calls(), 2);
	called("\"sha256\":\"" ONES "\"");
}
END_TEST

/* One that is trusted already may get further hosts. */
START_TEST(trust_looks_for_its_certificate_in_every_list)
{
	CANNED({.method = LIST, .replies = {ROW("")}});
	ck_assert_int_eq(paper_run("trust 222222"), EXIT_REFUSED);
	ck_assert_ptr_null(strstr(canned_last_call(), "unknown"));
}
END_TEST

static const struct {
	const char *words;
	const char *problem;
} wrong[] = {
	{"trust 11", "is no SHA-256 fingerprint"},
	{"trust " ONES " --host .example.com", "a host name or an address"},
	{"trust " ONES " --expires soon", "or a span as 30d, 12h or 2w"},
	{"trust " ONES " --expires 2001-01-01", "is over already"},
	{"trust", "trust needs SHA256"},
	{"unknown 11", "is no SHA-256 fingerprint"},
};

START_TEST(what_cannot_be_meant_is_wrong_use)
{
	ck_assert_int_eq(paper_run(wrong[_i].words), EXIT_WRONG_USE);
	says(wrong[_i].problem);
}
END_TEST

START_TEST(what_no_exception_cures_is_explained_with_what_does)
{
	CANNED({.method = ADD,
		.replies = {"{\"error\":\"io.certprov.admin.NotRecoverable\","
			    "\"parameters\":{\"sha256\":\"" ONES
			    "\",\"result\":\"weak-signature\"}}"}});
	ck_assert_int_eq(paper_run("trust " ONES), EXIT_REFUSED);
	says("no exception can cure weak-signature of 1111");
	says(": The certificate is signed with a digest that can be forged");
	says("issued again with SHA-256");
}
END_TEST

START_TEST(the_unknown_are_told_with_the_command_that_trusts_them)
{
	CANNED({.method = LIST,
		.replies = {ROW(",\"hosts\":[\"pbx.example.com\"],"
				"\"purposes\":[\"sip\"],"
				"\"results\":[\"issuer-not-trusted\"],"
				"\"reporters\":[\"uid:1000\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	called("{\"list\":\"unknown\"}");
	prints("SHA-256      " ONES "\n");
	prints("Hosts        pbx.example.com\n");
	prints("Purposes     sip\n");
	prints("Results      issuer-not-trusted\n");
	prints("Reported by  uid:1000 (claimed)\n");
	prints("First seen   2026-05-01 00:00:00\n");
	prints("Last seen    2026-05-02 00:00:00\n");
	prints("Seen         3\n");
	prints("To trust it  certprovctl trust 1111111111111111 "
	       "--host pbx.example.com\n");
}
END_TEST

START_TEST(what_the_fetcher_saw_itself_is_observed)
{
	CANNED({.method = LIST,
		.replies = {ROW(",\"hosts\":[\"a.example\",\"b.example\"],"
				"\"reporters\":[\"uid:0\",\"fetcher\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	prints("Reported by  uid:0, fetcher (observed)\n");
	/* Several hosts: none is chosen for the administrator. */
	prints("To trust it  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(a_fatal_result_has_no_command)
{
	CANNED({.method = LIST,
		.replies = {ROW(",\"results\":[\"key-too-weak\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	prints("To trust it  no exception cures key-too-weak\n");
}
END_TEST

START_TEST(a_fatal_result_among_others_may_be_over)
{
	CANNED({.method = LIST,
		.replies = {ROW(",\"results\":[\"issuer-not-trusted\","
				"\"distrusted\"]")}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	prints("To trust it  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(one_unknown_is_asked_for_by_its_first_digits)
{
	CANNED({.method = LIST, .replies = {ROW("")}},
		{.method = "io.certprov.trust.Get", .replies = {ROW("")}});
	ck_assert_int_eq(paper_run("unknown 111111"), EXIT_COMPLETE);
	called("trust.Get\",\"parameters\":{\"sha256\":\"" ONES "\"}");
	prints("Subject      CN=pbx\n");
}
END_TEST

START_TEST(nothing_unknown_is_said_so)
{
	CANNED({.method = LIST,
		.replies = {"{\"parameters\":{\"store\":\"s\","
			    "\"generation\":1}}"}});
	ck_assert_int_eq(paper_run("unknown"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "No peer was rejected.\n");
}
END_TEST

/* Whoever may report a peer writes the host. */
static const char *const hostile[] = {"pbx;reboot", "$(reboot)", "pbx reboot",
	"pbx\nreboot", "-h", "`x`", ""};

START_TEST(a_command_to_be_copied_has_no_host_that_a_shell_would_read)
{
	CLEANUP(free) char *command = NULL;

	ck_assert_int_eq(exception_command(ONES, hostile[_i], &command), 0);
	ck_assert_str_eq(command, "certprovctl trust 1111111111111111");
}
END_TEST

test_case_maker exceptions_tests;

TCase *exceptions_tests(void)
{
	TCase *tc = tcase_create("exceptions");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc,
		trust_is_for_every_host_and_for_good_unless_it_says_otherwise);
	tcase_add_test(tc, trust_takes_a_host_and_an_end);
	tcase_add_test(tc, a_span_counts_from_now_or_from_the_build_date);
	tcase_add_test(tc, trust_finds_its_certificate_by_its_first_digits);
	tcase_add_test(tc, trust_looks_for_its_certificate_in_every_list);
	tcase_add_loop_test(
		tc, what_cannot_be_meant_is_wrong_use, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, what_no_exception_cures_is_explained_with_what_does);
	tcase_add_test(
		tc, the_unknown_are_told_with_the_command_that_trusts_them);
	tcase_add_test(tc, what_the_fetcher_saw_itself_is_observed);
	tcase_add_test(tc, a_fatal_result_has_no_command);
	tcase_add_test(tc, a_fatal_result_among_others_may_be_over);
	tcase_add_test(tc, one_unknown_is_asked_for_by_its_first_digits);
	tcase_add_test(tc, nothing_unknown_is_said_so);
	tcase_add_loop_test(tc,
		a_command_to_be_copied_has_no_host_that_a_shell_would_read, 0,
		ARRAY_SIZE(hostile));
	return tc;
}
