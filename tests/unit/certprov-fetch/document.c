/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "tests/unit/certprov-fetch/document-log.h"
#include "tests/unit/runner.h"

/* Each a trap of deployed files, with all that may be found in it. */
static const struct reading {
	const char *document;
	const char *events;
	enum verdict verdict;
	int64_t line;
} readings[] = {
	{
		/* links, as root and inside settings, with &amp; */
		"<setting-files><file url=\"a?b=1&amp;mac={mac}\"/>\n"
		"<file url='b' type=\"tbook\"></file></setting-files>",
		"1 link a?b=1&mac={mac}\n2 link b\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		"<settings>\n<setting-files>\n<file url=\"a\"/>\n"
		"</setting-files>\n</settings>",
		"3 link a\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* a link without a url is said, not followed */
		"<setting-files><file/>\n<file url=\" \"/></setting-files>",
		"1 refused file empty\n2 refused file empty\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* file and url= elsewhere are not ours */
		"<settings><uploads><file url=\"u\"/></uploads>"
		"<gui-languages><language url=\"v\"/></gui-languages>"
		"<functionKeys><fkey><setting-files><file url=\"w\"/>"
		"</setting-files></fkey></functionKeys></settings>",
		"",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* both forms, as root; the text folded, the digest kept */
		"<certificates><certificate url=\"a.DER\" sha256=\"12\"/>\n"
		"<certificate type=\"base64\">\n  MIIa\r\n\t bQ==  \n"
		"</certificate></certificates>",
		"1 url a.DER sha256=12\n2 base64 MIIa\nbQ==\n\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* PEM lines left in stay what they are, to be named so */
		"<certificates><certificate type=\"base64\">\n"
		"  -----BEGIN  CERTIFICATE-----\n  MIIa\n"
		"</certificate></certificates>",
		"1 base64 -----BEGIN CERTIFICATE-----\nMIIa\n\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* comments that begin with what looks like their end; in
		 * CDATA none does */
		"<!--> a --><certificates><!--->b--><certificate "
		"type=\"base64\"><![CDATA[<!-->]]></certificate>"
		"</certificates>\n<!-->->-->",
		"1 base64 <!-->\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* text over CDATA, comment and character references */
		"<certificates><certificate type=\"base64\"><![CDATA[MI]]>I"
		"<!-- x -->&#97;b&#x51;</certificate></certificates>",
		"1 base64 MIIabQ\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		"<certificates><certificate url=\"a\">MII</certificate>\n"
		"<certificate url=\"a\" type=\"base64\"/>\n"
		"<certificate type=\"base64\">MI<b/>I</certificate>\n"
		"<certificate/>\n"
		"<certificate url=\"\" type=\"base64\"> \n </certificate>\n"
		"<certificate type=\"base64\"><b>MII</b></certificate>\n"
		"<certificate type=\"Base64\">MII</certificate>\n"
		"<certificate>MII</certificate></certificates>",
		"1 refused certificate ambiguous\n"
		"2 refused certificate ambiguous\n"
		"3 refused certificate not-base64\n"
		"4 refused certificate empty\n"
		"5 refused certificate empty\n"
		"7 refused certificate empty\n"
		"8 refused certificate type-unknown\n"
		"9 refused certificate type-unknown\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* no section, or inside phone-settings: said with its line */
		"<settings><phone-settings>\n<certificates>\n"
		"<certificate url=\"a\"/></certificates>\n"
		"<certificate url=\"b\"/></phone-settings>\n"
		"<certificate type=\"base64\">MII</certificate></settings>",
		"3 refused certificate misplaced\n"
		"4 refused certificate misplaced\n"
		"5 refused certificate misplaced\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* settings: empty in both spellings, attributes, entities */
		"<phone-settings e=\"2\"><a perm=\"\"/>\n<b></b>\n"
		"<c idx='2' perm=\"RW\" action=\"remove\">x &lt;&amp;&gt;"
		"&quot;&apos;</c></phone-settings>",
		"1 setting a= perm=\n2 setting b=\n"
		"3 setting c=x <&>\"' idx=2 perm=RW action=remove\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		"<phone-settings><a>x<b>y</b></a></phone-settings>",
		"1 refused a ambiguous\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* the line is the one the tag begins on */
		"<phone-settings>\n<a\n perm=\"R\"\n idx=\"1\"\n>x\n</a\n>"
		"<b/></phone-settings>",
		"2 setting a=x\n idx=1 perm=R\n7 setting b=\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* processing instructions are nothing */
		"<?xml version=\"1.0\"?>\n<?xml-stylesheet href=\"x\"?>"
		"<certificates><?certificate url=\"x\"?><certificate "
		"url=\"a\"><?x y?></certificate></certificates><?z?>",
		"2 url a\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* the same names in a namespace are other names, and told */
		"<settings><x:certificates xmlns:x=\"urn:x\"><certificate "
		"url=\"a\"/></x:certificates><certificates "
		"xmlns:y=\"urn:y\"><certificate y:url=\"b\"/></certificates>"
		"</settings>",
		"1 refused certificate unknown-element\n"
		"1 refused certificate empty\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		"<settings xmlns=\"urn:x\"><certificates/></settings>",
		"",
		VERDICT_UNKNOWN_ROOT,
		1,
	},
	{
		"<settings><xi:include xmlns:xi="
		"\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/"
		"hostname\" parse=\"text\"/></settings>",
		"",
		VERDICT_PROCESSED,
		0,
	},
	{
		"\xef\xbb\xbf<certificates>\r\n<certificate "
		"url=\"a\"/>\r\n</certificates>\r\n",
		"2 url a\n",
		VERDICT_PROCESSED,
		0,
	},
	{
		/* what stood before the mistake counts */
		"<certificates><certificate url=\"a\"/>\n"
		"<certificate url=\"b\"/></certificate></certificates>",
		"1 url a\n2 url b\n",
		VERDICT_NOT_WELL_FORMED,
		2,
	},
	{
		"<settings>\n<certificates>\n",
		"",
		VERDICT_NOT_WELL_FORMED,
		2,
	},
	{
		"<settings/>\n<settings/>",
		"",
		VERDICT_NOT_WELL_FORMED,
		2,
	},
	{
		"\n<?xml version=\"1.0\"?><settings/>",
		"",
		VERDICT_NOT_WELL_FORMED,
		2,
	},
	{
		"<!-- Phone not found -->\n",
		"",
		VERDICT_NO_ROOT,
		0,
	},
	{
		"",
		"",
		VERDICT_NO_ROOT,
		0,
	},
	{
		"Not found",
		"",
		VERDICT_NOT_XML,
		1,
	},
	{
		"<?xml version=\"1.0\"?>\n<error>unknown device</error>",
		"",
		VERDICT_UNKNOWN_ROOT,
		2,
	},
	{
		"<html><pre>\n# x\nlanguage!: Deutsch\na&: b=1&c=2\n</pre>",
		"",
		VERDICT_TEXT_FORMAT,
		1,
	},
	{
		"# a comment\nlanguage!: Deutsch\n",
		"",
		VERDICT_TEXT_FORMAT,
		1,
	},
	{
		"<html></html>",
		"",
		VERDICT_NOT_XML,
		1,
	},
	{
		"<!DOCTYPE html>\n<html><body>404<hr></body></html>",
		"",
		VERDICT_NOT_XML,
		1,
	},
	{
		"<!DOCTYPE s [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\n"
		"<phone-settings><a>&e;</a></phone-settings>",
		"",
		VERDICT_DOCTYPE_REFUSED,
		1,
	},
	{
		"<phone-settings><a>&nbsp;</a></phone-settings>",
		"",
		VERDICT_NOT_WELL_FORMED,
		1,
	},
};

START_TEST(a_document_says_what_is_in_it_and_no_more)
{
	const struct reading *expected = &readings[_i];
	struct document_log log = {0};

	document_log_read_text(&log, expected->document);
	ck_assert_str_eq(log.text, expected->events);
	ck_assert_str_eq(verdict_name(log.result.verdict),
		verdict_name(expected->verdict));
	ck_assert_int_eq(log.result.line, expected->line);
}
END_TEST

START_TEST(a_mistake_is_told_with_line_column_and_cause)
{
	struct document_log log = {0};

	document_log_read_text(&log, "<settings>\n  <a></b>\n</settings>");
	ck_assert_int_eq(log.result.verdict, VERDICT_NOT_WELL_FORMED);
	ck_assert_int_eq(log.result.line, 2);
	ck_assert_int_eq(log.result.column, 10);
	ck_assert_ptr_nonnull(strstr(log.result.detail,
		"</b> stands where <a> of line 2 has to end"));
}
END_TEST

static int refuse_certificate(
	void *userdata, const struct document_certificate *c)
{
	int *calls = userdata;

	(void)c;
	(*calls)++;
	return -ECONNRESET;
}

START_TEST(an_error_of_a_call_back_ends_the_document_at_once)
{
	static const char text[] =
		"<certificates><certificate url=\"a\"/><certificate url=\"b\"/>"
		"</certificates>";
	struct document_handler handler = document_log_handler;
	CLEANUP(document_free) struct document *d = NULL;
	struct document_result result;
	int calls = 0;

	handler.certificate = refuse_certificate;
	document_prepare();
	ck_assert_int_eq(document_new(&handler, &calls, &d), 0);
	ck_assert_int_eq(document_push(d, text, sizeof(text) - 1), -ECONNRESET);
	ck_assert_int_eq(calls, 1);
	ck_assert(document_is_decided(d));
	ck_assert_int_eq(document_finish(d, &result), -ECONNRESET);
}
END_TEST

static int count_certificate(
	void *userdata, const struct document_certificate *c)
{
	(void)c;
	++*(int *)userdata;
	return 0;
}

START_TEST(a_certificate_is_delivered_before_the_next_byte_is_there)
{
	static const char text[] = "<certificates><certificate "
				   "type=\"base64\">MII</certificate>";
	struct document_handler handler = document_log_handler;
	CLEANUP(document_free) struct document *d = NULL;
	int calls = 0;

	handler.certificate = count_certificate;
	document_prepare();
	ck_assert_int_eq(document_new(&handler, &calls, &d), 0);
	ck_assert_int_eq(document_push(d, text, sizeof(text) - 2), 0);
	ck_assert_int_eq(calls, 0);
	ck_assert_int_eq(document_push(d, ">", 1), 0);
	ck_assert_int_eq(calls, 1);
}
END_TEST

/* Latin-1 by declaration, UTF-16 by its mark: what libxml2 knows is read. */
START_TEST(declared_encodings_arrive_as_utf8)
{
	static const char latin1[] =
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
		"<certificates><certificate url=\"\xfc.der\"/></certificates>";
	static const char ascii[] =
		"<certificates>\n<certificate url=\"a\"/></certificates>";
	char utf16[2 * sizeof(ascii)] = {'\xff', '\xfe'};
	struct document_log one = {0};
	struct document_log two = {0};

	document_log_read_text(&one, latin1);
	ck_assert_str_eq(one.text, "2 url \xc3\xbc.der\n");
	for (size_t i = 0; i + 1 < sizeof(ascii); i++)
		utf16[2 + 2 * i] = ascii[i];
	document_log_read(&two, utf16, sizeof(utf16), 7);
	ck_assert_str_eq(two.text, "2 url a\n");
	ck_assert_int_eq(two.result.verdict, VERDICT_PROCESSED);
}
END_TEST

/* --- outside data --- */

static void check_corpus_file(const char *path, const char *const *columns)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	struct document_log log = {0};
	struct document_log bytewise = {0};
	const char *const counts[] = {columns[6], columns[7], columns[8]};
	unsigned found[3];

	ck_assert_int_eq(fd_read_file(path, 4U << 20, &file), 0);
	document_log_read(&log, file.data, file.len, 16384);
	document_log_read(&bytewise, file.data, file.len, 1);
	ck_assert_str_eq(log.text, bytewise.text);
	ck_assert_ptr_null(strstr(log.text, "root:"));
	if (strcmp(counts[0], "-") == 0) {
		/* Not UTF-8, yet declared by its mark: read. */
		ck_assert_msg((log.result.verdict == VERDICT_PROCESSED) ==
				(strstr(path, "08-utf16") ||
					strstr(path, "09-proc")),
			"%s: %s", path, verdict_name(log.result.verdict));
		return;
	}
	found[0] = log.links;
	/* The table counts elements, also those whose text is elsewhere. */
	found[1] = log.base64 +
		(strstr(log.text, "refused certificate empty") != NULL);
	found[2] = log.urls;
	for (size_t i = 0; i < ARRAY_SIZE(found); i++)
		ck_assert_msg(found[i] == strtoul(counts[i], NULL, 10),
			"%s: %u in column %zu, not %s\n%s", path, found[i], i,
			counts[i], log.text);
}

START_TEST(documents_from_outside_give_what_their_table_says)
{
	const char *dir = corpora_or_skip("documents from outside");
	CLEANUP(bytes_done) struct bytes table = {0};
	CLEANUP(free) char *path = NULL;
	char *lines = NULL;
	char *line = NULL;
	unsigned files = 0;

	if (!dir)
		return;
	ck_assert_int_eq(string_format(&path, "%s/xml/SOURCES.tsv", dir), 0);
	ck_assert_int_eq(fd_read_file(path, 1U << 20, &table), 0);
	lines = (char *)table.data;
	(void)strsep(&lines, "\n");
	while ((line = strsep(&lines, "\n")) && *line) {
		const char *columns[10] = {0};
		CLEANUP(free) char *file = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(columns) && line; i++)
			columns[i] = strsep(&line, "\t");
		ck_assert_ptr_nonnull(columns[8]);
		ck_assert_int_eq(
			string_format(&file, "%s/xml/%s", dir, columns[0]), 0);
		check_corpus_file(file, columns);
		files++;
	}
	ck_assert_uint_ge(files, 40);
}
END_TEST

test_case_maker document_tests;

TCase *document_tests(void)
{
	TCase *tc = tcase_create("document");

	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, a_document_says_what_is_in_it_and_no_more, 0,
		(int)ARRAY_SIZE(readings));
	tcase_add_test(tc, a_mistake_is_told_with_line_column_and_cause);
	tcase_add_test(tc, an_error_of_a_call_back_ends_the_document_at_once);
	tcase_add_test(
		tc, a_certificate_is_delivered_before_the_next_byte_is_there);
	tcase_add_test(tc, declared_encodings_arrive_as_utf8);
	tcase_add_test(tc, documents_from_outside_give_what_their_table_says);
	return tc;
}
