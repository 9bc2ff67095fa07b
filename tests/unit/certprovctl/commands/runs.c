/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/session/session.h"
#include "lib/base/fd.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define PROVISION "io.certprov.admin.Provision"
#define RUN(result)                                                            \
	"\"run\":{\"id\":3,\"url\":\"http://p/\",\"started\":"                 \
	"\"2026-05-28T20:26:40Z\",\"finished\":\"2026-05-28T20:26:41Z\","      \
	"\"result\":\"" result "\",\"dryRun\":false,\"documents\":1,"          \
	"\"certificates\":2,\"accepted\":1,\"refused\":1,\"bytes\":9}"
#define STEP(phase, done, total, more)                                         \
	"{\"parameters\":{\"phase\":\"" phase "\",\"done\":" #done             \
	",\"total\":" #total more "},\"continues\":true}"
#define ACCEPTED                                                               \
	",\"outcome\":{\"kind\":\"certificate\",\"document\":\"http://p/\","   \
	"\"line\":3,\"subject\":\"CN=CA\",\"accepted\":true,\"result\":"       \
	"\"accepted\",\"reason\":\"It is good.\"}"
#define REFUSED                                                                \
	",\"outcome\":{\"kind\":\"certificate\",\"document\":\"http://p/\","   \
	"\"line\":9,\"url\":\"http://p/x.der\",\"accepted\":false,"            \
	"\"result\":\"not-der\",\"reason\":\"It is PEM.\",\"remedy\":"         \
	"\"Convert it.\"}"
#define END(result)                                                            \
	"{\"parameters\":{\"phase\":\"finished\",\"done\":2,\"total\":2," RUN( \
		result) "}}"

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
	"\"documents\":1,\"accepted\":1,\"refused\":0,\"lastComplete\":true}]}}"

static char path[] = "/tmp/certprovctl-unit-file-XXXXXX";
static bool written;

/* A document of so many bytes. */
static void write_document(const char *text, size_t blanks)
{
	int fd = mkstemp(path);

	written = true;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
	while (blanks-- > 0)
		ck_assert_int_eq(fd_write_full(fd, " ", 1), 0);
	fd_close(fd);
}

static void teardown(void)
{
	if (written)
		ck_assert_int_eq(unlink(path), 0);
	canned_teardown();
}

static int run_with(const char *words)
{
	char all[256];

	(void)snprintf(all, sizeof(all), "%s %s", words, path);
	return paper_run(all);
}

START_TEST(the_report_follows_the_progress)
{
	CANNED({.method = PROVISION,
		.replies = {STEP("documents", 0, 1, ""),
			STEP("documents", 1, 1, ACCEPTED),
			STEP("downloads", 1, 1, REFUSED), END("partial")}});
	ck_assert_int_eq(paper_run("provision"), EXIT_PARTIAL);
	ck_assert_str_eq(paper_err(),
		"reading documents: 0 of 1\n"
		"reading documents: 1 of 1\n"
		"fetching certificates: 1 of 1\n"
		"finished: 2 of 2\n");
	ck_assert_str_eq(paper_out(),
		"Where        What            Outcome   Reason      Remedy\n"
		"http://p/:3  CN=CA           accepted\n"
		"http://p/:9  http://p/x.der  not-der   It is PEM.  "
		"Convert it.\n"
		"\n"
		"Run       3\n"
		"From      http://p/\n"
		"Started   2026-05-28 20:26:40\n"
		"Finished  2026-05-28 20:26:41\n"
		"Result    partial\n"
		"Found     1 documents, 2 certificates: 1 accepted, "
		"1 refused\n");
	canned_called("\"more\":true");
	ck_assert_ptr_null(strstr(canned_last_call(), "url"));
	ck_assert_ptr_null(strstr(canned_last_call(), "dryRun"));
}
END_TEST

static const struct {
	const char *reply;
	int status;
} ends[] = {
	{END("complete"), EXIT_COMPLETE},
	{END("partial"), EXIT_PARTIAL},
	{END("failed"), EXIT_FAILED},
	{END("cancelled"), EXIT_FAILED},
	{"{\"parameters\":{\"phase\":\"finished\",\"done\":0,\"total\":0}}",
		EXIT_FAILED},
	{"{\"error\":\"io.certprov.admin.RunInProgress\",\"parameters\":"
	 "{\"id\":1}}",
		EXIT_REFUSED},
};

START_TEST(the_exit_status_is_how_the_run_ended)
{
	struct canned table = {
		.method = PROVISION, .replies = {ends[_i].reply}};

	canned_serve(&table, 1);
	ck_assert_int_eq(paper_run("provision"), ends[_i].status);
}
END_TEST

START_TEST(with_json_the_exit_status_is_the_same)
{
	CANNED({.method = PROVISION, .replies = {END("partial")}});
	ck_assert_int_eq(paper_run("provision --json"), EXIT_PARTIAL);
	ck_assert_str_eq(paper_err(), "");
	ck_assert_ptr_nonnull(strstr(paper_out(), "\"result\":\"partial\""));
	ck_assert_ptr_null(strstr(paper_out(), "Result"));
}
END_TEST

START_TEST(what_was_heard_before_the_end_is_printed)
{
	CANNED({.method = PROVISION,
		.replies = {STEP("documents", 1, 1, REFUSED)},
		.breaks = true});
	ck_assert_int_eq(paper_run("provision"), EXIT_NO_DAEMON);
	ck_assert_ptr_nonnull(strstr(paper_out(), "not-der"));
	ck_assert_ptr_nonnull(strstr(paper_err(), "closed the connection"));
}
END_TEST

START_TEST(a_url_is_told_to_the_daemon)
{
	CANNED({.method = PROVISION, .replies = {END("complete")}});
	ck_assert_int_eq(
		paper_run("provision http://p/{mac}.xml -n -f 8.9.3.40"),
		EXIT_COMPLETE);
	canned_called("{\"url\":\"http://p/{mac}.xml\",\"dryRun\":true,"
		      "\"firmware\":\"8.9.3.40\"}");
}
END_TEST

START_TEST(a_small_document_goes_into_the_call)
{
	CANNED({.method = PROVISION, .replies = {END("complete")}});
	write_document("<settings>\u00fc</settings>", 0);
	ck_assert_int_eq(run_with("provision"), EXIT_COMPLETE);
	canned_called("{\"document\":\"<settings>\u00fc</settings>\"}");
	ck_assert_ptr_null(canned_last_document());
}
END_TEST

START_TEST(a_large_document_goes_as_a_descriptor)
{
	CANNED({.method = PROVISION, .replies = {END("complete")}});
	write_document("<settings/>", DOCUMENT_FILE_MAX_INLINE_BYTES);
	ck_assert_int_eq(run_with("provision"), EXIT_COMPLETE);
	ck_assert_ptr_null(strstr(canned_last_call(), "document"));
	ck_assert_ptr_nonnull(canned_last_document());
	ck_assert_uint_eq(strlen(canned_last_document()),
		DOCUMENT_FILE_MAX_INLINE_BYTES + strlen("<settings/>"));
}
END_TEST

START_TEST(a_document_in_another_encoding_goes_as_a_descriptor)
{
	CANNED({.method = PROVISION, .replies = {END("complete")}});
	write_document("<settings>\xfc</settings>", 0);
	ck_assert_int_eq(run_with("provision"), EXIT_COMPLETE);
	ck_assert_str_eq(canned_last_document(), "<settings>\xfc</settings>");
}
END_TEST

START_TEST(a_document_that_is_not_there_is_said_so)
{
	ck_assert_int_eq(
		paper_run("provision /nowhere/at/all.xml"), EXIT_TROUBLE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "/nowhere/at/all.xml"));
	ck_assert_ptr_nonnull(strstr(paper_err(), "http://"));
}
END_TEST

START_TEST(another_firmware_needs_a_dry_run)
{
	ck_assert_int_eq(paper_run("provision -f 8.9.3.40"), EXIT_WRONG_USE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "--dry-run"));
	ck_assert_int_eq(
		paper_run("provision -n -f 1.2.3 -f 1.2.4"), EXIT_WRONG_USE);
}
END_TEST

START_TEST(runs_are_a_table)
{
	CANNED({.method = LIST_RUNS, .replies = {RUNS}});
	ck_assert_int_eq(paper_run("runs"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Run  Started (UTC)        Result            Documents  "
		"Accepted  Refused  From\n  8  2026-05-28 20:26:40  "
		"failed (dry run)          2         3        4  "
		"http://p/\n  9  2026-05-29 20:26:40  in progress        "
		"       0         0        0\n  7  2026-05-27 20:26:40  "
		"complete (last)           1         1        0\n");
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
				"\"reason\":\"It is so.\",\"warnings\":["
				"{\"identifier\":\"a\",\"sentence\":"
				"\"One.\",\"remedy\":\"Do.\"},{\"identifier\":"
				"\"b\",\"sentence\":\"Two.\"}]}}}"}});
	ck_assert_int_eq(paper_run("report"), EXIT_COMPLETE);
	canned_called("\"parameters\":{\"id\":9}");
	ck_assert_str_eq(paper_out(),
		"Run       9\nResult    in progress\nFound     1 "
		"documents, 0 certificates: 0 accepted, 0 "
		"refused\n\nWhere        What                   Outcome  "
		"Reason                     Remedy\n"
		"http://p/:4  setting update_policy  "
		"applied  It is so. a: One. b: Two.  Do.\n");
}
END_TEST

START_TEST(the_last_complete_run_is_reported_when_that_is_wanted)
{
	CANNED({.method = LIST_RUNS, .replies = {RUNS}},
		{.method = GET_RUN,
			.replies = {"{\"parameters\":{\"run\":{\"id\":7,"
				    "\"documents\":1}}}"}});
	ck_assert_int_eq(paper_run("report --complete"), EXIT_COMPLETE);
	canned_called("\"parameters\":{\"id\":7}");
	ck_assert_int_eq(paper_run("report 7 --complete"), EXIT_WRONG_USE);
}
END_TEST

START_TEST(a_run_that_is_named_is_not_looked_for)
{
	CANNED({.method = GET_RUN,
		.replies = {"{\"error\":\"io.certprov.admin.NoSuchRun\","
			    "\"parameters\":{\"id\":12}}"}});
	ck_assert_int_eq(paper_run("report 12"), EXIT_REFUSED);
	canned_called("\"parameters\":{\"id\":12}");
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
	canned_called("\"parameters\":{\"id\":9}");
	ck_assert_str_eq(paper_out(), "run 9: cancelled\n");
}
END_TEST

START_TEST(without_a_run_there_is_nothing_to_cancel_or_report)
{
	CANNED({.method = LIST_RUNS,
		.replies = {"{\"parameters\":{\"runs\":[]}}"}});
	ck_assert_int_eq(paper_run("cancel"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "no run is in progress"));
	ck_assert_int_eq(paper_run("report"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "there are no runs yet"));
	ck_assert_int_eq(paper_run("report --complete"), EXIT_REFUSED);
	ck_assert_ptr_nonnull(strstr(paper_err(), "no run was complete yet"));
	ck_assert_int_eq(paper_run("runs"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "There are no runs yet.\n");
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
	canned_called("\"parameters\":{\"limit\":3}");
	ck_assert_str_eq(paper_out(),
		"When (UTC)           Who    What  SHA-256  Name           "
		"Run  Generation\n"
		"2026-05-28 20:26:40  uid:0  set            update_policy  "
		"              5\n");
	ck_assert_int_eq(paper_run("history"), EXIT_COMPLETE);
	ck_assert_ptr_null(strstr(canned_last_call(), "limit"));
}
END_TEST

START_TEST(on_a_narrow_screen_history_still_tells_for_whom)
{
	CANNED({.method = HISTORY,
		.replies = {"{\"parameters\":{\"change\":{\"when\":"
			    "\"2026-05-28T20:26:40Z\",\"who\":\"uid:990 "
			    "pid:1234 certprov-web.service for alice at "
			    "192.0.2.7\",\"what\":\"set\",\"name\":"
			    "\"update_policy\",\"generation\":5}},"
			    "\"continues\":true}",
			"{}"}});
	ck_assert_int_eq(setenv("COLUMNS", "80", 1), 0);
	ck_assert_int_eq(paper_run("history"), EXIT_COMPLETE);
	ck_assert_int_eq(unsetenv("COLUMNS"), 0);
	paper_prints("alice");
	paper_prints("192.0.2.7");
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

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, canned_setup, teardown);
	tcase_add_test(tc, the_report_follows_the_progress);
	tcase_add_loop_test(
		tc, the_exit_status_is_how_the_run_ended, 0, ARRAY_SIZE(ends));
	tcase_add_test(tc, with_json_the_exit_status_is_the_same);
	tcase_add_test(tc, what_was_heard_before_the_end_is_printed);
	tcase_add_test(tc, a_url_is_told_to_the_daemon);
	tcase_add_test(tc, a_small_document_goes_into_the_call);
	tcase_add_test(tc, a_large_document_goes_as_a_descriptor);
	tcase_add_test(tc, a_document_in_another_encoding_goes_as_a_descriptor);
	tcase_add_test(tc, a_document_that_is_not_there_is_said_so);
	tcase_add_test(tc, another_firmware_needs_a_dry_run);
	tcase_add_test(tc, runs_are_a_table);
	tcase_add_test(tc, the_last_run_is_reported_when_none_is_named);
	tcase_add_test(
		tc, the_last_complete_run_is_reported_when_that_is_wanted);
	tcase_add_test(tc, a_run_that_is_named_is_not_looked_for);
	tcase_add_loop_test(tc, a_run_has_a_number, 0, ARRAY_SIZE(numbers));
	tcase_add_test(tc, the_run_under_way_is_cancelled_when_none_is_named);
	tcase_add_test(tc, without_a_run_there_is_nothing_to_cancel_or_report);
	tcase_add_test(tc, history_tells_who_changed_what);
	tcase_add_test(tc, on_a_narrow_screen_history_still_tells_for_whom);
	tcase_add_test(tc, a_limit_is_a_number_from_one);
	return tc;
}
