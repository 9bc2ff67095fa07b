/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/session/session.h"
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

static char path[] = "/tmp/certprovctl-unit-file-XXXXXX";
static bool written;

/* A document of so many bytes. */
static void write_document(const char *text, size_t blanks)
{
	int fd = mkstemp(path);

	written = true;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write_full(fd, text, strlen(text)), 0);
	while (blanks-- > 0)
		ck_assert_int_eq(write_full(fd, " ", 1), 0);
	close_fd(fd);
}

static void teardown(void)
{
	if (written)
		ck_assert_int_eq(unlink(path), 0);
	canned_teardown();
}

static void called(const char *part)
{
	ck_assert_msg(strstr(canned_last_call(), part) != NULL, "%s lacks %s",
		canned_last_call(), part);
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
	called("\"more\":true");
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
	called("{\"url\":\"http://p/{mac}.xml\",\"dryRun\":true,"
	       "\"firmware\":\"8.9.3.40\"}");
}
END_TEST

START_TEST(a_small_document_goes_into_the_call)
{
	CANNED({.method = PROVISION, .replies = {END("complete")}});
	write_document("<settings>\u00fc</settings>", 0);
	ck_assert_int_eq(run_with("provision"), EXIT_COMPLETE);
	called("{\"document\":\"<settings>\u00fc</settings>\"}");
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

test_case_maker provision_tests;

TCase *provision_tests(void)
{
	TCase *tc = tcase_create("provision");

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
	return tc;
}
