/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/content.h"

#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define KEY "-----BEGIN RSA PRIVATE KEY-----\nMII\n"
#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nMII\n"

static const struct content_sample {
	const char *bytes;
	size_t len; /* 0: to the first zero byte */
	enum content_kind kind;
	const char *excerpt;
	size_t line;
} samples[] = {
	{"", 0, CONTENT_EMPTY, "", 0},
	{" \r\n\t", 0, CONTENT_BLANK, "", 0},
	{"\xef\xbb\xbf\n", 0, CONTENT_BLANK, "", 0},
	/* Web pages. */
	{"<html><head><title>404</title>", 0, CONTENT_WEB_PAGE, "404", 1},
	{"<!DOCTYPE HTML PUBLIC \"x\">\n<HTML>\n<TITLE\n>Not\n  Found</TITLE>",
		0, CONTENT_WEB_PAGE, "Not Found", 3},
	{"\xef\xbb\xbf\n<!doctype html>", 0, CONTENT_WEB_PAGE, "", 0},
	{"<!-- x -->\n<?xml version=\"1.0\"?><!DOCTYPE html>", 0,
		CONTENT_WEB_PAGE, "", 0},
	{"<h1>Not Found</h1>", 0, CONTENT_WEB_PAGE, "Not Found", 1},
	{"<html><body>no title", 0, CONTENT_WEB_PAGE, "", 0},
	{"<html><title>cut", 0, CONTENT_WEB_PAGE, "", 0},
	{"<a href=\"x\">x</a>", 0, CONTENT_WEB_PAGE, "", 0},
	/* PHP. */
	{"<br />\n<b>Warning</b>:  Undefined variable $x in <b>p.php</b> on "
	 "line <b>73</b><br />\n<?xml version=\"1.0\"?>",
		0, CONTENT_PHP_MESSAGE,
		"Warning: Undefined variable $x in p.php on line 73", 2},
	{"PHP Notice:  Undefined index: mac in p.php on line 3\n<settings/>", 0,
		CONTENT_PHP_MESSAGE,
		"PHP Notice: Undefined index: mac in p.php on line 3", 1},
	{"\nFatal error: Uncaught Error in /p.php on line 9\n  thrown", 0,
		CONTENT_PHP_MESSAGE,
		"Fatal error: Uncaught Error in /p.php on line 9", 2},
	{"<br />\n<b>Fatal error</b>:  Uncaught Error: x in /db.inc:3\n", 0,
		CONTENT_PHP_MESSAGE,
		"Fatal error: Uncaught Error: x in /db.inc:3", 2},
	{"Warning: your account expires soon", 0, CONTENT_TEXT,
		"Warning: your account expires soon", 1},
	{"<?\necho 1; ?>", 0, CONTENT_PHP_SOURCE, "", 0},
	{"<?php echo 1;", 0, CONTENT_PHP_SOURCE, "", 0},
	{"<html><body><b>Warning</b>: low paper", 0, CONTENT_WEB_PAGE, "", 0},
	/* JSON, settings, text. */
	{"{\"error\":\"unknown device\"}", 0, CONTENT_JSON,
		"{\"error\":\"unknown device\"}", 1},
	{" [ {\"a\":1} ]", 0, CONTENT_JSON, "[ {\"a\":1} ]", 1},
	{"null\n", 0, CONTENT_JSON, "null", 1},
	{"; x\n[General]\nlanguage=de\n", 0, CONTENT_INI, "[General]", 2},
	{"#!version:1.0.0.1\naccount.1.enable = 1\n", 0, CONTENT_ASSIGNMENTS,
		"account.1.enable = 1", 2},
	{"Access denied\nfor you\n", 0, CONTENT_TEXT, "Access denied", 1},
	{"\r\rAccess denied\r", 0, CONTENT_TEXT, "Access denied", 3},
	{"//%%FLAG%%:1\n", 0, CONTENT_TEXT, "//%%FLAG%%:1", 1},
	{"{{ template }}", 0, CONTENT_TEXT, "{{ template }}", 1},
	/* Files. */
	{"\x1f\x8b\x08", 0, CONTENT_GZIP, "", 0},
	{"PK\x03\x04", 0, CONTENT_ZIP, "", 0},
	{"BZh9", 0, CONTENT_COMPRESSED, "", 0},
	{"\xff\xfe<", 0, CONTENT_UTF16, "", 0},
	{"<\0s\0", 4, CONTENT_UTF16, "", 0},
	{"\0<\0s", 4, CONTENT_UTF16, "", 0},
	{"%PDF-1.4", 0, CONTENT_PDF, "", 0},
	{"\x7f"
	 "ELF\x02\x01",
		0, CONTENT_BINARY, "", 0},
	{"text and a zero\0byte", 20, CONTENT_BINARY, "", 0},
	{CERTIFICATE, 0, CONTENT_PEM_CERTIFICATE, "", 0},
	{"Bag Attributes\n" CERTIFICATE KEY, 0, CONTENT_KEY, "", 0},
	/* XML stays XML, whatever is in it. */
	{"<settings>" CERTIFICATE, 0, CONTENT_XML, "", 0},
	{"<?xml version=\"1.0\"?>\n<settings/>", 0, CONTENT_XML, "", 0},
	{"<!-- x -->", 0, CONTENT_MARKUP, "", 0},
};

START_TEST(bytes_are_told_by_how_they_begin)
{
	const struct content_sample *s = &samples[_i];
	struct content is;

	content_recognise(s->bytes, s->len ? s->len : strlen(s->bytes), &is);
	ck_assert_int_eq(is.kind, s->kind);
	ck_assert_str_eq(is.excerpt, s->excerpt);
	ck_assert_uint_eq(is.line, s->line);
	ck_assert_ptr_nonnull(content_name(is.kind));
}
END_TEST

START_TEST(an_excerpt_may_be_so_long_and_no_longer)
{
	char text[CONTENT_EXCERPT_SIZE + 1] = "";
	struct content is;

	memset(text, 'x', CONTENT_EXCERPT_SIZE);
	text[0] = '-';
	content_recognise(text, CONTENT_EXCERPT_SIZE - 1, &is);
	ck_assert_uint_eq(strlen(is.excerpt), CONTENT_EXCERPT_SIZE - 1);
	content_recognise(text, CONTENT_EXCERPT_SIZE, &is);
	ck_assert_uint_eq(strlen(is.excerpt), CONTENT_EXCERPT_SIZE - 1);
}
END_TEST

TCase *content_tests(void);

TCase *content_tests(void)
{
	TCase *tc = tcase_create("content");

	tcase_add_loop_test(tc, bytes_are_told_by_how_they_begin, 0,
		(int)ARRAY_SIZE(samples));
	tcase_add_test(tc, an_excerpt_may_be_so_long_and_no_longer);
	return tc;
}
