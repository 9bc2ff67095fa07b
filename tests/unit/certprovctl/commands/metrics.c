/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

#define SHA256                                                                 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define STATUS                                                                 \
	{                                                                      \
		.method = "io.certprov.trust.Status", .replies = {             \
			"{\"parameters\":{\"version\":\"0.1.0\","              \
			"\"firmware\":\"10.1.33.33\",\"generation\":7,"        \
			"\"servers\":2,\"unknown\":3,\"clockTrusted\":true,"   \
			"\"lastRun\":\"2026-05-28T20:26:40Z\","                \
			"\"concerns\":["                                       \
			"{\"identifier\":\"a\",\"sentence\":\"B.\"},"          \
			"{\"identifier\":\"c\",\"sentence\":\"D.\"},"          \
			"{\"identifier\":\"a\",\"sentence\":\"E.\"}]}}"        \
		}                                                              \
	}
#define COUNTERS                                                               \
	{                                                                      \
		.method = "io.certprov.trust.Counters", .replies = {           \
			"{\"parameters\":{\"since\":\"2026-05-28T00:00:00Z\"," \
			"\"verdicts\":[{\"result\":\"trusted\",\"count\":5}]," \
			"\"reported\":[],"                                     \
			"\"runs\":[{\"result\":\"failed\",\"count\":1}],"      \
			"\"storeBytes\":40960}}"                               \
		}                                                              \
	}
#define ENDINGS                                                                \
	{                                                                      \
		.method = "io.certprov.trust.ListEndings", .replies = {        \
			"{\"parameters\":{\"ending\":{\"kind\":\"server\","    \
			"\"sha256\":\"" SHA256 "\","                           \
			"\"subject\":\"CN=A \\\"quoted\\\\name\\n\","          \
			"\"ends\":\"2026-06-03T20:26:40Z\",\"endsIn\":1}}}"    \
		}                                                              \
	}

static void serve(void)
{
	CANNED(STATUS, COUNTERS, ENDINGS);
}

START_TEST(figures_are_in_the_openmetrics_format)
{
	serve();
	ck_assert_int_eq(paper_run("metrics"), EXIT_COMPLETE);
	paper_prints("# TYPE certprov_build_info gauge\n");
	paper_prints("certprov_build_info{version=\"0.1.0\","
		     "firmware=\"10.1.33.33\"");
	paper_prints("certprov_generation 7\n");
	paper_prints("certprov_certificates{list=\"unknown\"} 3\n");
	paper_prints("certprov_concerns{identifier=\"a\"} 2\n"
		     "certprov_concerns{identifier=\"c\"} 1\n");
	paper_prints("certprov_last_run_timestamp_seconds 1780000000\n");
	paper_prints("# TYPE certprov_verdicts counter\n"
		     "# HELP certprov_verdicts Verdicts that certprovd gave, "
		     "by result.\n"
		     "certprov_verdicts_total{result=\"trusted\"} 5\n");
	paper_prints("certprov_runs_total{result=\"failed\"} 1\n");
	paper_prints("# UNIT certprov_store_size_bytes bytes\n");
	paper_prints("certprov_store_size_bytes 40960\n");
	paper_prints("certprov_expiry_timestamp_seconds{kind=\"server\","
		     "sha256=\"" SHA256 "\","
		     "subject=\"CN=A \\\"quoted\\\\name\\\\x0A\"} "
		     "1780518400\n");
	ck_assert_str_eq(
		paper_out() + strlen(paper_out()) - strlen("0\n# EOF\n"),
		"0\n# EOF\n");
}
END_TEST

START_TEST(a_file_is_replaced_as_a_whole)
{
	const char *file = scrap_new();
	char words[256];
	char content[64] = "";
	struct stat st = {0};
	FILE *in = NULL;

	scrap_add_text(file, "before");
	serve();
	(void)snprintf(words, sizeof(words), "metrics --output %s", file);
	ck_assert_int_eq(paper_run(words), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "");
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0644);
	in = fopen(file, "re");
	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(fgets(content, sizeof(content), in));
	ck_assert_int_eq(fclose(in), 0);
	ck_assert_str_eq(content, "# TYPE certprov_build_info gauge\n");
}
END_TEST

START_TEST(a_file_stays_when_certprovd_does_not_answer)
{
	const char *file = scrap_new();
	char words[256];
	struct stat st = {0};

	scrap_add_text(file, "before");
	(void)snprintf(words, sizeof(words),
		"metrics --socket-dir /nowhere --timeout 1 -o %s", file);
	ck_assert_int_eq(paper_run(words), EXIT_NO_DAEMON);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_size, strlen("before"));
}
END_TEST

/* Nothing takes the place of a device. */
START_TEST(what_is_no_file_is_written_to_and_stays)
{
	char link[256];
	struct stat st = {0};

	serve();
	(void)snprintf(link, sizeof(link), "%s.link", scrap_new());
	ck_assert_int_eq(symlink("/dev/null", link), 0);
	ck_assert_int_eq(paper_run(scrap_words("metrics --output", link)),
		EXIT_COMPLETE);
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_int_eq(unlink(link), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_an_error)
{
	serve();
	ck_assert_int_eq(
		paper_run("metrics --output /nowhere/x.prom"), EXIT_TROUBLE);
	paper_says("/nowhere/x.prom");
}
END_TEST

static void setup(void)
{
	scrap_setup();
	canned_setup();
}

static void teardown(void)
{
	canned_teardown();
	scrap_teardown();
}

TCase *metrics_tests(void);

TCase *metrics_tests(void)
{
	TCase *tc = tcase_create("metrics");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, figures_are_in_the_openmetrics_format);
	tcase_add_test(tc, a_file_is_replaced_as_a_whole);
	tcase_add_test(tc, a_file_stays_when_certprovd_does_not_answer);
	tcase_add_test(tc, what_is_no_file_is_written_to_and_stays);
	tcase_add_test(tc, a_file_that_cannot_be_written_is_an_error);
	return tc;
}
