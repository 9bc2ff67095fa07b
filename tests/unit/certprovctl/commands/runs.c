/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define LIST_RUNS "io.certprov.admin.ListRuns"
#define GET_RUN "io.certprov.admin.GetRun"
#define CANCEL "io.certprov.admin.CancelRun"
#define HISTORY "io.certprov.admin.History"
#define RUNS                                                                   \
	"{\"parameters\":{\"runs\":["                                          \
	"{\"id\":8,\"started\":\"2026-05-28T20:26:40Z\",\"finished\":"         \
	"\"2026-05-28T20:26:41Z\",\"result\":\"failed\",\"dryRun\":true,"      \
	"\"documents\":2,\"accepted\":3,\"refused\":4,\"url\":\"http://p/\"}," \
	"{\"id\":9,\"started\":\"2026-05-29T20:26:40Z\",\"dryRun\":false,"     \
	"\"documents\":0,\"accepted\":0,\"refused\":0},"                       \
	"{\"id\":7,\"started\":\"2026-05-27T20:26:40Z\",\"finished\":"         \
	"\"2026-05-27T20:26:41Z\",\"result\":\"complete\",\"dryRun\":false,"   \
	"\"documents\":1,\"accepted\":1,\"refused\":0}]}}"

static void called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
}

START_TEST(runs_are_a_table)
{
	CANNED({.method = LIST_RUNS, .replies = {RUNS}});
	ck_assert_int_eq(paper_run("runs"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Run  Started (UTC)        Result            Documents  "
		"Accepted  Refused  From\n"
		"  8  2026-05-28 20:26:40  failed (dry run)          2  "
		"       3        4  http://p/\n"
		"  9  2026-05-29 20:26:40  under way                 0  "
		"       0        0\n"
		"  7  2026-05-27 20:26:40  complete                  1  "
		"       1        0\n");
}
END_TEST

START_TEST(the_last_run_is_reported_when_none_is_named)
{
	CANNED({.method = LIST_RUNS, .replies = {RUNS}},
		{.method = GET_RUN,
			.replies = {"{\"parameters\":{\"run\":{\"id\":9,"
				    "\"documents\":1}},\"continues\":true}",
				"{\"parameters\":{\"outcome\":{\"kind\":"
				"\"setting\",\"name\":\"update_policy\","
				"\"document\":\"http://p/\",\"line\":4,"
				"\"accepted\":true,\"result\":\"applied\","
				"\"warnings\":[\"One.\",\"Two.\"]}}}"}});
	ck_assert_int_eq(paper_run("report"), EXIT_COMPLETE);
	called("\"parameters\":{\"id\":9}");
	ck_assert_str_eq(paper_out(),
		"Run       9\n"
		"Result    under way\n"
		"Found     1 documents, 0 certificates: 0 accepted, 0 refused\n"
		"\n"
		"Where        What                   Outcome  Reason      "
		"Remedy\n"
		"http://p/:4  setting update_policy  applied  One., Two.\n");
}
END_TEST

START_TEST(a_run_that_is_named_is_not_looked_for)
{
	CANNED({.method = GET_RUN,
		.replies = {"{\"error\":\"io.certprov.admin.NoSuchRun\","
			    "\"parameters\":{\"id\":12}}"}});
	ck_assert_int_eq(paper_run("report 12"), EXIT_REFUSED);
	called("\"parameters\":{\"id\":12}");
	ck_assert_uint_eq(canned_calls(), 1);
	ck_assert_ptr_nonnull(strstr(paper_err(), "there is no run 12"));
}
END_TEST

static const char *const numbers[] = {
	"x", "-1", "1x", "9007199254740992", "99999999999999999999999"};

START_TEST(a_run_has_a_number)
{
	char words[64];

	(void)snprintf(words, sizeof(words), "report -- %s", numbers[_i]);
	ck_assert_int_eq(paper_run(words), EXIT_WRONG_USE);
}
END_TEST

START_TEST(the_run_under_way_is_cancelled_when_none_is_named)
{
	CANNED({.method = LIST_RUNS, .replies = {RUNS}},
		{.method = CANCEL, .replies = {"{}"}});
	ck_assert_int_eq(paper_run("cancel"), EXIT_COMPLETE);
	called("\"parameters\":{\"id\":9}");
	ck_assert_str_eq(paper_out(), "run 9: cancelled\n");
}
END_TEST

START_TEST(without_a_run_there_is_nothing_to_cancel_or_report)
{
	CANNED({.method = LIST_RUNS,
		.replies = {"{\"parameters\":{\"runs\":[]}}"}});
	ck_assert_int_eq(paper_run("cancel"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "no run is under way"));
	ck_assert_int_eq(paper_run("report"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "there was no run yet"));
	ck_assert_int_eq(paper_run("runs"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "There was no run yet.\n");
}
END_TEST

START_TEST(history_tells_who_changed_what)
{
	CANNED({.method = HISTORY,
		.replies = {"{\"parameters\":{\"change\":{\"when\":"
			    "\"2026-05-28T20:26:40Z\",\"who\":\"uid:0\","
			    "\"what\":\"set\",\"name\":\"update_policy\","
			    "\"generation\":5}},\"continues\":true}",
			"{}"}});
	ck_assert_int_eq(paper_run("history --limit 3"), EXIT_COMPLETE);
	called("\"parameters\":{\"limit\":3}");
	ck_assert_str_eq(paper_out(),
		"When (UTC)           Who    What  SHA-256  Name           "
		"Run  Generation\n"
		"2026-05-28 20:26:40  uid:0  set            update_policy  "
		"              5\n");
	ck_assert_int_eq(paper_run("history"), EXIT_COMPLETE);
	ck_assert_ptr_null(strstr(canned_last_call(), "limit"));
}
END_TEST

START_TEST(a_limit_is_a_number_from_one)
{
	ck_assert_int_eq(paper_run("history --limit 0"), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("history --limit all"), EXIT_WRONG_USE);
}
END_TEST

test_case_maker runs_tests;

TCase *runs_tests(void)
{
	TCase *tc = tcase_create("runs");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, runs_are_a_table);
	tcase_add_test(tc, the_last_run_is_reported_when_none_is_named);
	tcase_add_test(tc, a_run_that_is_named_is_not_looked_for);
	tcase_add_loop_test(tc, a_run_has_a_number, 0, ARRAY_SIZE(numbers));
	tcase_add_test(tc, the_run_under_way_is_cancelled_when_none_is_named);
	tcase_add_test(tc, without_a_run_there_is_nothing_to_cancel_or_report);
	tcase_add_test(tc, history_tells_who_changed_what);
	tcase_add_test(tc, a_limit_is_a_number_from_one);
	return tc;
}
