/* SPDX-License-Identifier: Apache-2.0 */
/* What is told of a document that is none, or is wrong: the identifier, the
 * line, the mistake that decides the remedy, and the facts in the sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document.h"
#include "lib/base/utf8.h"
#include "tests/unit/certprov-fetch/document-log.h"
#include "tests/unit/runner.h"

static const struct document_fault_case {
	const char *bytes;
	size_t len; /* 0: to the first zero byte */
	enum verdict verdict;
	int64_t line;
	enum mistake mistake;
	const char *fact; /* part of the detail; empty: there is none */
} cases[] = {
	/* No xml. */
	{"<html><head><title>404</title></head><body>x<br></body></html>", 0,
		VERDICT_NOT_XML, 1, MISTAKE_WEB_PAGE, "titled \"404\""},
	{"<!DOCTYPE html>\n<html><title>Log in</title>", 0, VERDICT_NOT_XML, 2,
		MISTAKE_WEB_PAGE, "titled \"Log in\""},
	{"<!doctype html>\n<html>", 0, VERDICT_NOT_XML, 1, MISTAKE_WEB_PAGE,
		"a web page"},
	{"<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\" \"y\">\n<html/>",
		0, VERDICT_NOT_XML, 1, MISTAKE_WEB_PAGE, "a web page"},
	{"<HTML><BODY><H1>Forbidden</H1>", 0, VERDICT_NOT_XML, 1,
		MISTAKE_WEB_PAGE, "titled \"Forbidden\""},
	{"<html xmlns=\"http://www.w3.org/1999/xhtml\"/>", 0, VERDICT_NOT_XML,
		1, MISTAKE_WEB_PAGE, "a web page"},
	{"<br />\n<b>Notice</b>: x in <b>p.php</b> on line <b>3</b><br />\n<settings/>",
		0, VERDICT_NOT_XML, 2, MISTAKE_PHP_MESSAGE,
		"\"Notice: x in p.php on line 3\", before the XML"},
	{"PHP Warning:  x in p.php on line 3\n<?xml version=\"1.0\"?>\n<settings/>",
		0, VERDICT_NOT_XML, 1, MISTAKE_PHP_MESSAGE,
		"\"PHP Warning: x in p.php on line 3\", before"},
	{"<?php echo '<settings/>';", 0, VERDICT_NOT_XML, 1, MISTAKE_PHP_SOURCE,
		"did not execute"},
	{"\n<?php echo 1; ?>\n<settings/>", 0, VERDICT_NOT_XML, 1,
		MISTAKE_PHP_SOURCE, "did not execute"},
	{"<?xml version=\"1.0\"?><?php x ?><settings/>", 0, VERDICT_PROCESSED,
		0, MISTAKE_NONE, ""},
	{"<br />\n<b>Fatal error</b>:  Uncaught Error: x in /p.php:3\n<settings/>",
		0, VERDICT_NOT_XML, 2, MISTAKE_PHP_MESSAGE,
		"\"Fatal error: Uncaught Error: x in /p.php:3\", before the XML"},
	{"{\"error\":\"unknown\"}", 0, VERDICT_NOT_XML, 1, MISTAKE_JSON,
		"JSON that begins with \"{\"error\""},
	{"{\"user\":\"a\",\"password\":\"x9\"}", 0, VERDICT_NOT_XML, 1,
		MISTAKE_JSON, "begins with \"{\"user\":\"a\",\"\""},
	{"{\"pin\":\"1234\"}", 0, VERDICT_NOT_XML, 1, MISTAKE_JSON,
		"JSON that begins with \"{\"\""},
	{"<? echo 1; ?>\n<settings/>", 0, VERDICT_NOT_XML, 1,
		MISTAKE_PHP_SOURCE, "did not execute"},
	{"[General]\nlanguage=de\n", 0, VERDICT_NOT_XML, 1,
		MISTAKE_OTHER_SETTINGS,
		"an INI file that begins with \"[General]\""},
	{"# c\npassword=x9\n", 0, VERDICT_NOT_XML, 2, MISTAKE_OTHER_SETTINGS,
		"lines of name=value"},
	{"Access denied\n", 0, VERDICT_NOT_XML, 1, MISTAKE_PLAIN_TEXT,
		"text that begins with \"Access denied\""},
	{"error: unknown device\n", 0, VERDICT_NOT_XML, 1, MISTAKE_PLAIN_TEXT,
		"\"error: unknown device\""},
	{"\x1f\x8b\x08", 0, VERDICT_NOT_XML, 1, MISTAKE_COMPRESSED,
		"gzip data"},
	{"-----BEGIN CERTIFICATE-----\n", 0, VERDICT_NOT_XML, 1,
		MISTAKE_CERTIFICATE_FILE, "a PEM file"},
	{"-----BEGIN EC PRIVATE KEY-----\n", 0, VERDICT_NOT_XML, 1,
		MISTAKE_PRIVATE_KEY, "a private key"},
	{"\xff\xfeH\x00i\x00", 6, VERDICT_NOT_XML, 1, MISTAKE_PLAIN_TEXT,
		"UTF-16 text"},
	{"<\x00s\x00/\x00>\x00", 8, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_ENCODING, "UTF-16 without a byte order mark"},
	{"", 0, VERDICT_NO_ROOT, 0, MISTAKE_NONE, "an empty file"},
	{" \n", 0, VERDICT_NO_ROOT, 0, MISTAKE_NONE, "nothing but white space"},
	{"<!--> a --><html><title>t</title></html>", 0, VERDICT_NOT_XML, 1,
		MISTAKE_WEB_PAGE, "server, titled \"t\""},
	{"<!--> Phone unknown -->", 0, VERDICT_NO_ROOT, 0, MISTAKE_NONE,
		"declaration: \"Phone unknown\""},
	{"<!-- Phone unknown -->", 0, VERDICT_NO_ROOT, 0, MISTAKE_NONE,
		"nothing but comments or a declaration: \"Phone unknown\""},
	{"name!: x\n", 0, VERDICT_TEXT_FORMAT, 1, MISTAKE_NONE, ""},
	/* Roots. */
	{"<setting/>", 0, VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_NAME,
		"<setting>, where <settings> is probably meant"},
	{"\n<SETTINGS/>", 0, VERDICT_UNKNOWN_ROOT, 2, MISTAKE_ROOT_NAME,
		"<SETTINGS>, where <settings>"},
	{"<setting_files/>", 0, VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_NAME,
		"where <setting-files>"},
	{"<functionkeys/>", 0, VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_NAME,
		"where <functionKeys>"},
	{"<certificate type=\"base64\">MII</certificate>", 0,
		VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_ELEMENT,
		"it belongs into <certificates>"},
	{"<x:settings xmlns:x=\"urn:x\"/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_NAMESPACE,
		"<x:settings> of namespace urn:x, where <settings>"},
	{"<x:settings/>", 0, VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_NAMESPACE,
		"<x:settings>, where <settings> without prefix"},
	{"<settings xmlns=\"urn:x\"/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_NAMESPACE, "<settings> of namespace urn:x"},
	{"<IPPhoneDirectory/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_FOREIGN, "a phone book or menu"},
	{"<CiscoIPPhoneText/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_FOREIGN, "Cisco"},
	{"<rss/>", 0, VERDICT_UNKNOWN_ROOT, 1, MISTAKE_ROOT_FOREIGN,
		"<rss>, an RSS feed"},
	{"<e:Envelope xmlns:e=\"urn:e\"/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_FOREIGN,
		"<e:Envelope> of namespace urn:e, a SOAP message"},
	{"<error>no such device</error>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_FOREIGN, "an error message: \"no such device\""},
	{"<other xmlns=\"urn:o\"/>", 0, VERDICT_UNKNOWN_ROOT, 1,
		MISTAKE_ROOT_FOREIGN, "<other> of namespace urn:o"},
	{"<tbook><item/></tbook>", 0, VERDICT_PROCESSED, 0, MISTAKE_NONE, ""},
	/* Not well-formed. */
	{"<settings>\n<a>Sales & more</a></settings>", 0,
		VERDICT_NOT_WELL_FORMED, 2, MISTAKE_AMPERSAND,
		"bare & in the text of <a>, which has to be written &amp;"},
	{"<settings>\n<a b=\"?c=1&d=2\"/></settings>", 0,
		VERDICT_NOT_WELL_FORMED, 2, MISTAKE_AMPERSAND,
		"bare & in the tag <a>"},
	{"<settings>&nbsp;</settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_ENTITY,
		"&nbsp; in the text of <settings> is one of HTML and not defined in XML; write &#160;"},
	{"<settings><a b=\"&szlig;\"/></settings>", 0, VERDICT_NOT_WELL_FORMED,
		1, MISTAKE_ENTITY, "write &#223;"},
	{"<settings>&yuml;</settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_ENTITY, "write &#255;"},
	{"<settings>&own;</settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_ENTITY,
		"the entity &own; in the text of <settings> is not defined"},
	{"<settings>\n<a b=\"x<y\"/></settings>", 0, VERDICT_NOT_WELL_FORMED, 2,
		MISTAKE_LESS_THAN, "contains <"},
	{"<certificates>\n<certificate url=\"http://h/a/>\n</certificates>", 0,
		VERDICT_NOT_WELL_FORMED, 3, MISTAKE_LESS_THAN,
		"in the tag <certificate> of line 2 contains <, or"},
	{"<settings>1 < 2</settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_LESS_THAN, "there is a < in the text of <settings>"},
	{"<settings><a b=1/></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_QUOTES, "in the tag <a> is not in quotation marks"},
	{"<settings><a b/></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_QUOTES, "the attribute b in the tag <a> has no value"},
	{"<settings><a b=\"1\" b=\"2\"/></settings>", 0,
		VERDICT_NOT_WELL_FORMED, 1, MISTAKE_ATTRIBUTE,
		"the attribute b in the tag <a> is given twice"},
	{"<settings><a b=\"1\"c=\"2\"/></settings>", 0, VERDICT_NOT_WELL_FORMED,
		1, MISTAKE_ATTRIBUTE,
		"a blank before an attribute in the tag <a> is missing"},
	{"<settings>\n<a>\n</b></settings>", 0, VERDICT_NOT_WELL_FORMED, 3,
		MISTAKE_END_TAG, "</b> stands where <a> of line 2 has to end"},
	{"<settings>\n<a>\n</settings>", 0, VERDICT_NOT_WELL_FORMED, 3,
		MISTAKE_END_TAG,
		"<a> of line 2 has no end tag before </settings>"},
	{"<settings><a></A></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_END_TAG, "upper and lower case count"},
	{"<settings>\n<a>\n<b>x\n\n", 0, VERDICT_NOT_WELL_FORMED, 3,
		MISTAKE_CUT_OFF,
		"ends here, within <b> of line 3; the root <settings> of line 1"},
	{"<settings>\n<a b=\"1", 0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_CUT_OFF,
		"the root <settings> of line 1 has no end tag"},
	{"<settings", 0, VERDICT_NOT_WELL_FORMED, 1, MISTAKE_CUT_OFF,
		"the file ends here"},
	{"\n<?xml version=\"1.0\"?>\n<settings/>", 0, VERDICT_NOT_WELL_FORMED,
		2, MISTAKE_BEFORE_DECLARATION,
		"white space before the XML declaration"},
	{"Hello\n<?xml version=\"1.0\"?><settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 1, MISTAKE_BEFORE_DECLARATION,
		"text before <?xml of line 2: \"Hello\""},
	{"<?xml version=\"1.0\"?>\n<?xml version=\"1.0\"?><settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 2, MISTAKE_BEFORE_DECLARATION,
		"second XML declaration"},
	{"<!-- x -->\n<?xml version=\"1.0\"?><settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 2, MISTAKE_BEFORE_DECLARATION,
		"something before the XML declaration"},
	{"\xef\xbb\xbf\xef\xbb\xbf<?xml version=\"1.0\"?><settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 1, MISTAKE_BEFORE_DECLARATION,
		"two byte order marks"},
	{"<settings/>\n<tbook/>", 0, VERDICT_NOT_WELL_FORMED, 2,
		MISTAKE_AFTER_ROOT,
		"follows the end of the root <settings> of line 1"},
	{"<settings/>\nrest", 0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_AFTER_ROOT,
		"text after the end of the root <settings>"},
	{"<settings/></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_AFTER_ROOT, "one more end tag"},
	{"<settings/>\n<?xml version=\"1.0\"?><settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 2, MISTAKE_AFTER_ROOT,
		"a second document begins here"},
	{"<settings>\n\x08</settings>", 0, VERDICT_NOT_WELL_FORMED, 2,
		MISTAKE_CHARACTER,
		"a character U+0008 in the text of <settings>"},
	{"<settings>&#8;</settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_CHARACTER, "names the character U+0008"},
	{"<settings>\n<a>K\xfc"
	 "che</a></settings>",
		0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_ENCODING,
		"byte 0xFC is not UTF-8, which a document is in that declares nothing else; as ISO-8859-1 it is \"\xc3\xbc\""},
	{"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<settings>\x80</settings>",
		0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_ENCODING,
		"byte 0x80 is not UTF-8, which the document declares; the text is probably in windows-1252"},
	{"<?xml version=\"1.0\" encoding=\"US-ASCII\"?>\n<settings>\n<a>\xc3\xbc</a></settings>",
		0, VERDICT_NOT_WELL_FORMED, 3, MISTAKE_ENCODING,
		"byte 0xC3 is not US-ASCII, which the document declares; declare encoding=\"utf-8\""},
	{"<?xml version=\"1.0\" encoding=\"ascii\"?>\n<settings>\xfc</settings>",
		0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_ENCODING,
		"declare encoding=\"ISO-8859-1\""},
	{"<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n<settings>\n<a>\x80\x81</a></settings>",
		0, VERDICT_NOT_WELL_FORMED, 3, MISTAKE_ENCODING,
		"does not occur in the encoding of the document, windows-1252"},
	{"<?xml version=\"1.0\" encoding=\"windows-1252\"?>\n<settings>\n<a>\x80</a>",
		0, VERDICT_NOT_WELL_FORMED, 3, MISTAKE_CUT_OFF,
		"the root <settings> of line 2"},
	{"<?xml version=\"1.0\" encoding=\"foo\"?>\n<settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 1, MISTAKE_ENCODING,
		"the declared encoding \"foo\" is not known"},
	{"<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<settings/>", 0,
		VERDICT_NOT_WELL_FORMED, 1, MISTAKE_ENCODING,
		"it declares UTF-16"},
	{"<?xml version=\"1.0\">\n<settings/>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_DECLARATION, "the XML declaration"},
	{"<settings><!-- a -- b --></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_COMMENT, "a comment contains --"},
	{"<settings>\n<!-- a", 0, VERDICT_NOT_WELL_FORMED, 2, MISTAKE_COMMENT,
		"within a comment that has no -->"},
	{"<settings><![CDATA[ a", 0, VERDICT_NOT_WELL_FORMED, 1, MISTAKE_CDATA,
		"within a CDATA section"},
	{"<settings>]]></settings>", 0, VERDICT_NOT_WELL_FORMED, 1,
		MISTAKE_CDATA, "]]> in the text of <settings>"},
	/* Ends of lines. */
	{"<settings>\r<a>\r\r</b>\r</settings>", 0, VERDICT_NOT_WELL_FORMED, 4,
		MISTAKE_END_TAG, "<a> of line 2"},
	{"<settings>\r\n<a>\r\n</b></settings>", 0, VERDICT_NOT_WELL_FORMED, 3,
		MISTAKE_END_TAG, "<a> of line 2"},
	{"<settings>\n\r<a>\r\n\r</b></settings>", 0, VERDICT_NOT_WELL_FORMED,
		5, MISTAKE_END_TAG, "<a> of line 3"},
};

static void check_fault(
	const struct document_fault_case *c, size_t len, size_t piece)
{
	struct document_log log = {0};

	document_log_read(&log, c->bytes, len, piece);
	ck_assert_str_eq(
		verdict_name(log.result.verdict), verdict_name(c->verdict));
	ck_assert_int_eq(log.result.line, c->line);
	ck_assert_pstr_eq(
		mistake_name(log.result.mistake), mistake_name(c->mistake));
	ck_assert_msg(strstr(log.result.detail, c->fact) &&
			(*c->fact || !*log.result.detail),
		"'%s' is not in '%s'", c->fact, log.result.detail);
	/* Nothing of a password, or of the library. */
	ck_assert_ptr_null(strstr(log.result.detail, "x9"));
	ck_assert_ptr_null(strstr(log.result.detail, "xmlParse"));
}

START_TEST(a_document_is_told_what_it_is_and_what_is_wrong)
{
	const struct document_fault_case *c = &cases[_i];
	size_t len = c->len ? c->len : strlen(c->bytes);

	check_fault(c, len, SIZE_MAX);
	check_fault(c, len, 1);
}
END_TEST

/* The page's title is looked for so far. */
START_TEST(the_head_is_kept_so_far_and_no_further)
{
	static const char title[] = "<title>404</title>";
	char text[4096 + sizeof(title)];
	struct document_log log = {0};
	size_t room = 4096 - strlen(title);

	memset(text, ' ', sizeof(text));
	memcpy(text, "<html>", 6);
	memcpy(text + room, title, strlen(title));
	document_log_read(&log, text, sizeof(text), 100);
	ck_assert_ptr_nonnull(strstr(log.result.detail, "404"));
	memset(text + room, ' ', strlen(title));
	memcpy(text + 4096 - 8, title, strlen(title));
	document_log_read(&log, text, sizeof(text), 100);
	ck_assert_int_eq(log.result.verdict, VERDICT_NOT_XML);
	ck_assert_ptr_null(strstr(log.result.detail, "404"));
}
END_TEST

/* Names that are cut are cut between characters. */
START_TEST(a_detail_is_utf8_and_bounded_whatever_the_names_are)
{
	char text[2048] = "<settings>\n<a";
	struct document_log log = {0};
	size_t n = strlen(text);

	for (int i = 0; i < 300; i++)
		memcpy(text + n + 2 * (size_t)i, "\xc3\xbc", 2);
	(void)snprintf(
		text + n + 600, sizeof(text) - n - 600, "></b></settings>");
	document_log_read(&log, text, strlen(text), SIZE_MAX);
	ck_assert_int_eq(log.result.mistake, MISTAKE_END_TAG);
	n = strlen(log.result.detail);
	ck_assert_uint_lt(n, 200);
	ck_assert_uint_eq(utf8_valid_bytes(log.result.detail, n), n);
}
END_TEST

test_case_maker document_fault_tests;

TCase *document_fault_tests(void)
{
	TCase *tc = tcase_create("document-fault");

	tcase_add_loop_test(tc, a_document_is_told_what_it_is_and_what_is_wrong,
		0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tc, the_head_is_kept_so_far_and_no_further);
	tcase_add_test(tc, a_detail_is_utf8_and_bounded_whatever_the_names_are);
	return tc;
}
