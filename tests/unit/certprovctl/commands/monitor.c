/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define TRUST "io.certprov.trust.Monitor"
#define REJECTIONS "io.certprov.trust.MonitorRejections"
#define GENERATION(n)                                                          \
	"{\"parameters\":{\"store\":\"abc\",\"generation\":" n                 \
	"},\"continues\":true}"
#define NONE_YET "{\"parameters\":{},\"continues\":true}"
/* An error ends it at once. */
#define END                                                                    \
	"{\"error\":\"io.certprov.trust.LimitExceeded\","                      \
	"\"parameters\":{\"limit\":\"connections\",\"maximum\":64}}"
#define REJECTED                                                               \
	"{\"parameters\":{\"certificate\":{\"sha256\":\"0123456789abcdef"      \
	"0123456789abcdef\"},\"host\":\"pbx.example.com\","                    \
	"\"purpose\":\"sip\",\"result\":\"expired\","                          \
	"\"reason\":\"It\\u001b[31m expired.\"},\"continues\":true}"

START_TEST(monitor_says_each_generation)
{
	CANNED({.method = REJECTIONS, .replies = {NONE_YET}},
		{.method = TRUST,
			.replies = {GENERATION("1"), GENERATION("2")},
			.breaks = true},
		{.method = TRUST, .breaks = true});
	ck_assert_int_eq(paper_run("monitor --timeout 1"), EXIT_NO_DAEMON);
	paper_prints("Z store abc generation 1\n");
	paper_prints("Z store abc generation 2\n");
	paper_says(
		"certprovd closed the connection; waiting for it to come back\n");
	paper_says("certprovd did not come back: ");
}
END_TEST

START_TEST(monitor_says_each_rejection_and_escapes_it)
{
	CANNED({.method = REJECTIONS, .replies = {NONE_YET, REJECTED}},
		{.method = TRUST, .replies = {GENERATION("1")}, .breaks = true},
		{.method = TRUST, .replies = {END}});
	ck_assert_int_eq(paper_run("monitor"), EXIT_REFUSED);
	paper_prints("Z rejected 0123456789abcdef pbx.example.com sip expired "
		     "It\\x1B[31m expired.\n");
}
END_TEST

START_TEST(monitor_connects_again_to_one_that_comes_back)
{
	CANNED({.method = REJECTIONS, .replies = {NONE_YET}},
		{.method = TRUST, .replies = {GENERATION("1")}, .breaks = true},
		{.method = TRUST, .breaks = true},
		{.method = TRUST, .replies = {GENERATION("7")}, .breaks = true},
		{.method = TRUST, .replies = {END}});
	ck_assert_int_eq(paper_run("monitor"), EXIT_REFUSED);
	paper_prints("Z store abc generation 7\n");
	paper_says("certprovd is back; \"certprovctl unknown\" shows what "
		   "it has rejected meanwhile\n");
}
END_TEST

START_TEST(monitor_as_json_has_the_replies_of_both_streams)
{
	CANNED({.method = REJECTIONS, .replies = {NONE_YET, REJECTED}},
		{.method = TRUST, .replies = {GENERATION("1")}, .breaks = true},
		{.method = TRUST, .replies = {END}});
	ck_assert_int_eq(paper_run("monitor --json"), EXIT_REFUSED);
	paper_prints("{\"store\":\"abc\",\"generation\":1}\n");
	paper_prints("{\"certificate\":{\"sha256\":\"0123456789abcdef");
}
END_TEST

START_TEST(monitor_follows_trust_alone_where_rejections_are_not_told)
{
	CANNED({.method = REJECTIONS,
		       .replies = {"{\"error\":\"org.varlink.service."
				   "MethodNotImplemented\",\"parameters\":{"
				   "\"method\":\"x\"}}"}},
		{.method = TRUST, .replies = {GENERATION("1")}, .breaks = true},
		{.method = TRUST, .replies = {END}});
	ck_assert_int_eq(paper_run("monitor"), EXIT_REFUSED);
	paper_prints("Z store abc generation 1\n");
	paper_says("does not report rejected peers");
}
END_TEST

START_TEST(monitor_ends_by_an_error_it_is_answered_with)
{
	CANNED({.method = REJECTIONS,
		.replies = {"{\"error\":\"io.certprov.trust.LimitExceeded\","
			    "\"parameters\":{\"limit\":\"connections\","
			    "\"maximum\":64}}"}});
	ck_assert_int_eq(paper_run("monitor"), EXIT_REFUSED);
	paper_says("limit exceeded: connections, at most 64");
}
END_TEST

START_TEST(monitor_does_not_wait_for_one_that_was_never_there)
{
	ck_assert_int_eq(paper_run("monitor"), EXIT_NO_DAEMON);
	paper_says("certprovd is not running");
}
END_TEST

START_TEST(monitor_gives_up_on_one_that_never_answers)
{
	CANNED({.method = REJECTIONS});
	ck_assert_int_eq(paper_run("monitor --timeout 1"), EXIT_NO_DAEMON);
	paper_says("did not answer in time");
}
END_TEST

START_TEST(an_interrupted_monitor_has_done_what_was_asked)
{
	sigset_t interrupt;
	sigset_t before;

	CANNED({.method = REJECTIONS, .replies = {NONE_YET}},
		{.method = TRUST, .replies = {GENERATION("1")}});
	/* One that is pending when it begins is as good as one that comes. */
	ck_assert_int_eq(sigemptyset(&interrupt), 0);
	ck_assert_int_eq(sigaddset(&interrupt, SIGINT), 0);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &interrupt, &before), 0);
	ck_assert_int_eq(raise(SIGINT), 0);
	ck_assert_int_eq(paper_run("monitor"), EXIT_COMPLETE);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
	ck_assert_str_eq(paper_err(), "");
}
END_TEST

test_case_maker monitor_tests;

TCase *monitor_tests(void)
{
	TCase *tc = tcase_create("monitor");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, monitor_says_each_generation);
	tcase_add_test(tc, monitor_says_each_rejection_and_escapes_it);
	tcase_add_test(tc, monitor_connects_again_to_one_that_comes_back);
	tcase_add_test(tc, monitor_as_json_has_the_replies_of_both_streams);
	tcase_add_test(
		tc, monitor_follows_trust_alone_where_rejections_are_not_told);
	tcase_add_test(tc, monitor_ends_by_an_error_it_is_answered_with);
	tcase_add_test(tc, monitor_does_not_wait_for_one_that_was_never_there);
	tcase_add_test(tc, monitor_gives_up_on_one_that_never_answers);
	tcase_add_test(tc, an_interrupted_monitor_has_done_what_was_asked);
	return tc;
}
