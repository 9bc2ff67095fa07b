/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/certprov-fetch/document.h"
#include "tests/unit/certprov-fetch/document-log.h"
#include "tests/unit/runner.h"

/* Each limit: as much as it allows passes, one more does not. */

static char *repeat(const char *before, char c, size_t n, const char *after)
{
	size_t start = strlen(before);
	char *text = malloc(start + n + strlen(after) + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, before, start);
	memset(text + start, c, n);
	memcpy(text + start + n, after, strlen(after) + 1);
	return text;
}

static struct document_log read_repeated(
	const char *before, size_t n, const char *after)
{
	CLEANUP(free) char *text = repeat(before, 'x', n, after);
	struct document_log log = {0};

	document_log_read(&log, text, strlen(text), 16384);
	return log;
}

static void expect_limit(const struct document_log *log, const char *detail)
{
	ck_assert_str_eq(verdict_name(log->result.verdict), "limit-exceeded");
	ck_assert_str_eq(log->result.detail, detail);
	ck_assert_int_eq(log->result.line, 1);
}

/* The sentences have the numbers in words. */
_Static_assert(DOCUMENT_MAX_DEPTH == 64 && DOCUMENT_MAX_NAMES == 4096 &&
		DOCUMENT_MAX_NAME_BYTES == 524288 &&
		DOCUMENT_MAX_MARKUP_BYTES == 262144 &&
		DOCUMENT_MAX_ATTRIBUTE_BYTES == 65536,
	"as in document-events.h");

START_TEST(an_attribute_may_be_so_long_and_no_longer)
{
	struct document_log log = read_repeated("<phone-settings><a perm=\"",
		DOCUMENT_MAX_ATTRIBUTE_BYTES, "\"/></phone-settings>");

	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
	log = read_repeated("<phone-settings><a perm=\"",
		DOCUMENT_MAX_ATTRIBUTE_BYTES + 1, "\"/></phone-settings>");
	expect_limit(&log, DOCUMENT_TOO_LONG_ATTRIBUTE);
}
END_TEST

START_TEST(markup_may_be_so_long_and_no_longer)
{
	struct document_log log = read_repeated("<settings><!--",
		DOCUMENT_MAX_MARKUP_BYTES - 7, "--></settings>");

	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
	log = read_repeated("<settings><!--", DOCUMENT_MAX_MARKUP_BYTES + 8192,
		"--></settings>");
	expect_limit(&log, DOCUMENT_TOO_LONG_MARKUP);
}
END_TEST

START_TEST(certificate_text_may_be_so_long_and_no_longer)
{
	static const char before[] =
		"<certificates><certificate type=\"base64\">";
	static const char after[] =
		"</certificate><certificate url=\"b\"/></certificates>";
	struct document_log log =
		read_repeated(before, DOCUMENT_MAX_CERTIFICATE_BYTES, after);

	ck_assert_uint_eq(log.base64, 1);
	ck_assert_uint_eq(log.urls, 1);
	log = read_repeated(before, DOCUMENT_MAX_CERTIFICATE_BYTES + 1, after);
	ck_assert_str_eq(
		log.text, "1 refused certificate too-large\n1 url b\n");
	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
}
END_TEST

START_TEST(a_setting_may_be_so_long_and_no_longer)
{
	static const char after[] = "</a><b/></phone-settings>";
	struct document_log log = read_repeated(
		"<phone-settings><a>", DOCUMENT_MAX_SETTING_BYTES, after);

	ck_assert_uint_eq(log.settings, 2);
	log = read_repeated(
		"<phone-settings><a>", DOCUMENT_MAX_SETTING_BYTES + 1, after);
	ck_assert_str_eq(log.text, "1 refused a too-large\n1 setting b=\n");
}
END_TEST

static struct document_log read_nested(size_t depth)
{
	CLEANUP(free) char *text = malloc(depth * 7 + 64);
	struct document_log log = {0};
	char *p = text;

	ck_assert_ptr_nonnull(text);
	p = stpcpy(p, "<settings>");
	for (size_t i = 1; i < depth; i++)
		p = stpcpy(p, "<x>");
	for (size_t i = 1; i < depth; i++)
		p = stpcpy(p, "</x>");
	(void)stpcpy(p, "</settings>");
	document_log_read(&log, text, strlen(text), 16384);
	return log;
}

START_TEST(elements_may_nest_so_deep_and_no_deeper)
{
	struct document_log log = read_nested(DOCUMENT_MAX_DEPTH);

	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
	log = read_nested(DOCUMENT_MAX_DEPTH + 1);
	expect_limit(&log, DOCUMENT_TOO_DEEP);
	log = read_nested(100000);
	expect_limit(&log, DOCUMENT_TOO_DEEP);
}
END_TEST

static struct document_log read_names(size_t names, size_t name_bytes)
{
	CLEANUP(free) char *text = malloc(names * (name_bytes + 8) + 64);
	struct document_log log = {0};
	char *p = text;

	ck_assert_ptr_nonnull(text);
	p = stpcpy(p, "<settings>");
	for (size_t i = 1; i < names; i++)
		p += sprintf(p, "<n%0*zu/>", (int)name_bytes - 1, i);
	(void)stpcpy(p, "</settings>");
	document_log_read(&log, text, strlen(text), 16384);
	return log;
}

START_TEST(names_may_be_so_many_and_so_long_and_no_more)
{
	/* The parser itself knows three: xml, xmlns and its namespace. */
	struct document_log log = read_names(DOCUMENT_MAX_NAMES - 3, 6);

	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
	log = read_names(DOCUMENT_MAX_NAMES + 1, 6);
	expect_limit(&log, DOCUMENT_TOO_MANY_NAMES);
	log = read_names(400, 40000);
	expect_limit(&log, DOCUMENT_TOO_LONG_NAMES);
}
END_TEST

START_TEST(line_four_hundred_thousand_is_told_as_such)
{
	CLEANUP(free)
	char *text = repeat("<certificates>", '\n', 399999,
		"<certificate url=\"a\"/>\n</wrong>");
	struct document_log log = {0};

	document_log_read(&log, text, strlen(text), 16384);
	ck_assert_str_eq(log.text, "400000 url a\n");
	ck_assert_int_eq(log.result.verdict, VERDICT_NOT_WELL_FORMED);
	ck_assert_int_eq(log.result.line, 400001);
}
END_TEST

#define MANY 20000
#define CERTIFICATE_CHARS 1536

/* Twenty thousand certificates, 30 MB, grow the process by less than 1 MiB. */
START_TEST(memory_does_not_grow_with_the_document)
{
	CLEANUP(free)
	char *one = repeat("<certificate type=\"base64\">\n", 'M',
		CERTIFICATE_CHARS, "\n</certificate>\n");
	CLEANUP(document_free) struct document *d = NULL;
	struct document_log log = {0};
	struct rusage before;
	struct rusage after;
	int r = 0;

	document_prepare();
	ck_assert_int_eq(document_new(&document_log_handler, &log, &d), 0);
	ck_assert_int_eq(document_push(d, "<certificates>", 14), 0);
	ck_assert_int_eq(document_push(d, one, strlen(one)), 0);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
	for (int i = 1; i < MANY && r == 0; i++)
		r = document_push(d, one, strlen(one));
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(document_push(d, "</certificates>", 15), 0);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
	ck_assert_int_eq(document_finish(d, &log.result), 0);
	ck_assert_int_eq(log.result.verdict, VERDICT_PROCESSED);
	ck_assert_uint_eq(log.base64, MANY);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory */
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 1024);
#endif
}
END_TEST

test_case_maker document_limits_tests;

TCase *document_limits_tests(void)
{
	TCase *tc = tcase_create("document-limits");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_attribute_may_be_so_long_and_no_longer);
	tcase_add_test(tc, markup_may_be_so_long_and_no_longer);
	tcase_add_test(tc, certificate_text_may_be_so_long_and_no_longer);
	tcase_add_test(tc, a_setting_may_be_so_long_and_no_longer);
	tcase_add_test(tc, elements_may_nest_so_deep_and_no_deeper);
	tcase_add_test(tc, names_may_be_so_many_and_so_long_and_no_more);
	tcase_add_test(tc, line_four_hundred_thousand_is_told_as_such);
	tcase_add_test(tc, memory_does_not_grow_with_the_document);
	return tc;
}
