/* SPDX-License-Identifier: Apache-2.0 */
/* Elements that a person takes for ours, and what is said of each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/document.h"
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define LOG_SIZE 8192
/* As a certificate begins in base64. */
#define DER "MIIBzTCCAXOgAwIBAgIURafmzT7kSND2swa7cN6bCtMXGpUwCgYIKoZIzj0EAw"

struct stray_log {
	char text[LOG_SIZE];
	size_t len;
	unsigned count;
};

static int on_link(void *userdata, const char *url, int64_t line)
{
	(void)userdata;
	(void)url;
	(void)line;
	return 0;
}

static int on_certificate(void *userdata, const struct document_certificate *c)
{
	(void)userdata;
	(void)c;
	return 0;
}

static int on_setting(void *userdata, const struct document_setting *s)
{
	(void)userdata;
	(void)s;
	return 0;
}

static const char *const kinds[] = {
	[DOCUMENT_LINK] = "link",
	[DOCUMENT_CERTIFICATE] = "certificate",
	[DOCUMENT_SETTING] = "setting",
};

/* "LINE KIND VERDICT: DETAIL|WRONG|PARENT|MEANT" */
static int on_refused(void *userdata, const struct document_refusal *r)
{
	struct stray_log *log = userdata;
	size_t room = sizeof(log->text) - log->len;
	int n = 0;

	log->count++;
	n = snprintf(log->text + log->len, room,
		"%" PRId64 " %s %s: %s|%s|%s|%s\n", r->line, kinds[r->kind],
		verdict_name(r->verdict), r->detail,
		r->markup.wrong ? r->markup.wrong : "",
		r->markup.parent ? r->markup.parent : "",
		r->markup.meant ? r->markup.meant : "");
	if (n > 0 && (size_t)n < room)
		log->len += (size_t)n;
	else
		log->text[log->len] = 0;
	return 0;
}

static const struct document_handler handler = {
	.link = on_link,
	.certificate = on_certificate,
	.setting = on_setting,
	.refused = on_refused,
};

static enum verdict read_in_pieces(
	const char *text, size_t len, size_t piece, struct stray_log *log)
{
	CLEANUP(document_free) struct document *d = NULL;
	struct document_result result = {0};

	*log = (struct stray_log){0};
	document_prepare();
	ck_assert_int_eq(document_new(&handler, log, &d), 0);
	for (size_t at = 0; at < len; at += piece)
		ck_assert_int_eq(document_push(d, text + at,
					 piece < len - at ? piece : len - at),
			0);
	ck_assert_int_eq(document_finish(d, &result), 0);
	return result.verdict;
}

static const struct {
	const char *document;
	const char *told;
} strays[] = {
	/* --- names --- */
	{"<settings>\n<Certificates>\n<Certificate url=\"a\"/></Certificates>"
	 "</settings>",
		"3 certificate unknown-element: <Certificate> is not "
		"<certificate>, since case counts; around it, <Certificates> "
		"(line 2) is not <certificates>, since case counts"
		"|<Certificate>||certificate\n"},
	{"<settings>\n<certificates>\n<cert url=\"a\"/></certificates>"
	 "</settings>",
		"3 certificate unknown-element: <cert> is unknown, and may be "
		"meant as <certificate>|<cert>||certificate\n"},
	{"<certificates><certificat url=\"a\"/>\n<certifcate url=\"b\"/>\n"
	 "<CERTIFICATE/>\n<x509-certificate/></certificates>",
		"1 certificate unknown-element: <certificat> is unknown, and "
		"may be meant as <certificate>|<certificat>||certificate\n"
		"2 certificate unknown-element: <certifcate> is unknown, and "
		"may be meant as <certificate>|<certifcate>||certificate\n"
		"3 certificate unknown-element: <CERTIFICATE> is not "
		"<certificate>, since case counts|<CERTIFICATE>||certificate\n"
		"4 certificate unknown-element: <x509-certificate> is unknown, "
		"and may be meant as <certificate>"
		"|<x509-certificate>||certificate\n"},
	{"<settings>\n<certificats>\n<certificate url=\"a\"/></certificats>\n"
	 "<certs>\n<certificate url=\"a\"/></certs></settings>",
		"3 certificate unknown-element: around it, <certificats> (line "
		"2) is unknown, and may be meant as <certificates>"
		"|<certificats>||certificates\n"
		"5 certificate unknown-element: around it, <certs> (line 4) is "
		"unknown, and may be meant as <certificates>"
		"|<certs>||certificates\n"},
	{"<settings>\n<certificate-s/></settings>",
		"2 certificate unknown-element: <certificate-s> is unknown, "
		"and may be meant as <certificates>"
		"|<certificate-s>||certificates\n"},
	{"<certificates>\n<ca>" DER "</ca>\n<file url=\"x.der\"/>"
	 "</certificates>",
		"2 certificate unknown-element: <ca> is unknown, and may be "
		"meant as <certificate>|<ca>||certificate\n"
		"3 certificate unknown-element: <file> is not <certificate>"
		"|<file>||certificate\n"},
	/* --- namespaces --- */
	{"<settings><x:certificates xmlns:x=\"urn:x\">\n"
	 "<x:certificate url=\"a\"/></x:certificates></settings>",
		"2 certificate unknown-element: <x:certificate> is in the "
		"namespace urn:x; around it, <x:certificates> (line 1) is in "
		"the namespace urn:x|<x:certificate>||certificate\n"},
	{"<certificates>\n<certificate xmlns=\"urn:x\" url=\"a\"/>"
	 "</certificates>",
		"2 certificate unknown-element: <certificate> is in the "
		"namespace urn:x|<certificate xmlns=\"...\">||certificate\n"},
	{"<settings><certificates xmlns=\"urn:x\">\n"
	 "<certificate url=\"a\"/></certificates></settings>",
		"2 certificate unknown-element: <certificate> is in the "
		"namespace urn:x; around it, <certificates> (line 1) is in the "
		"namespace urn:x|<certificates xmlns=\"...\">||certificates\n"},
	{"<certificates>\n<x:certificate url=\"a\"/></certificates>",
		"2 certificate unknown-element: <x:certificate> has a prefix"
		"|<x:certificate>||certificate\n"},
	{"<certificates>\n<certificate xmlns:x=\"urn:x\" x:url=\"a\"/>"
	 "</certificates>",
		"2 certificate empty: the url is in x:url=\"...\""
		"|x:url=\"...\"||url\n"},
	/* --- places --- */
	{"<settings>\n<certificate url=\"a\"/></settings>",
		"2 certificate misplaced: <certificate> stands directly in "
		"<settings>|||certificates\n"},
	{"<settings>\n<acme>\n<certificates>\n<certificate url=\"a\"/>"
	 "</certificates></acme></settings>",
		"4 certificate misplaced: <certificates> (line 3) stands in "
		"<acme> (line 2), which is unknown|<certificates>|<acme>|\n"},
	{"<settings>\n<tbook>\n<certificate url=\"a\"/></tbook></settings>",
		"3 certificate misplaced: <certificate> (line 3) stands in "
		"<tbook> (line 2)|<certificate>|<tbook>|\n"},
	{"<setting-files>\n<certificates>\n<certificate url=\"a\"/>"
	 "</certificates></setting-files>",
		"3 certificate misplaced: <certificates> (line 2) stands in "
		"<setting-files> (line 1)|<certificates>|<setting-files>|\n"},
	{"<phone-settings>\n<certificates>\n<certificate url=\"a\"/>"
	 "</certificates>\n<certificate url=\"b\"/></phone-settings>",
		"3 certificate misplaced: <certificates> (line 2) stands in "
		"<phone-settings> (line 1)|<certificates>|<phone-settings>|\n"
		"4 certificate misplaced: <certificate> (line 4) stands in "
		"<phone-settings> (line 1)|<certificate>|<phone-settings>|\n"},
	{"<settings><uploads><file url=\"u\"/>\n<certificate url=\"a\"/>"
	 "</uploads></settings>",
		"2 certificate misplaced: <certificate> (line 2) stands in "
		"<uploads> (line 1)|<certificate>|<uploads>|\n"},
	{"<phone-settings><foo>\n<certificate url=\"a\"/></foo>"
	 "</phone-settings>",
		"2 certificate misplaced: <certificate> (line 2) stands in "
		"<foo> (line 1), which is unknown|<certificate>|<foo>|\n"
		"1 setting ambiguous: another element inside|||\n"},
	{"<certificates>\n<certificate>\n<certificate url=\"a\"/>"
	 "</certificate></certificates>",
		"3 certificate misplaced: <certificate> (line 3) stands in "
		"<certificate> (line 2)|<certificate>|<certificate>|\n"
		"2 certificate empty: what there is, is in a child, "
		"<certificate> (line 3)|||\n"},
	{"<certificates>\n<certificates>\n<certificate url=\"a\"/>"
	 "</certificates></certificates>",
		"3 certificate misplaced: <certificates> (line 2) stands in "
		"<certificates> (line 1)|<certificates>|<certificates>|\n"},
	{"<certificates>\n" DER "</certificates>",
		"1 certificate misplaced: text stands directly in "
		"<certificates>|||certificate\n"},
	{"<settings>\n<certificates url=\"a\"/></settings>",
		"2 certificate misplaced: <certificates> has attributes of a "
		"<certificate>|its attributes|<certificates>|\n"},
	{"<settings>\n<cert url=\"a\"/></settings>",
		"2 certificate unknown-element: <cert> is unknown, and may be "
		"meant as <certificate>; and it stands in <settings> (line 1), "
		"not in <certificates>|<cert>||certificate\n"},
	{"<settings><acme>\n<root>" DER "</root></acme></settings>",
		"2 certificate unknown-element: <root> is not <certificate>; "
		"and it stands in <acme> (line 1), not in <certificates>"
		"|<root>||certificate\n"},
	{"<settings><acme><cert>\n<data>" DER
	 "</data></cert></acme></settings>",
		"1 certificate unknown-element: <cert> is unknown, and may be "
		"meant as <certificate>; and it stands in <acme> (line 1), "
		"not in <certificates>|<cert>||certificate\n"},
	/* --- what is in it --- */
	{"<certificates>\n<certificate href=\"http://h/a\"/>\n"
	 "<certificate URL=\"a\"/>\n<certificate src=\"a\"/>\n"
	 "<certificate file=\"ca.der\"/></certificates>",
		"2 certificate empty: the url is in href=\"...\""
		"|href=\"...\"||url\n"
		"3 certificate empty: the url is in URL=\"...\""
		"|URL=\"...\"||url\n"
		"4 certificate empty: the url is in src=\"...\""
		"|src=\"...\"||url\n"
		"5 certificate empty: the url is in file=\"...\""
		"|file=\"...\"||url\n"},
	{"<certificates>\n<certificate type=\"base64\" data=\"" DER "\"/>"
	 "</certificates>",
		"2 certificate empty: the base64 is in data=\"...\""
		"|data=\"...\"||text\n"},
	{"<certificates><certificate>\n<url>a</url></certificate>"
	 "<certificate type=\"base64\">\n<data>" DER "</data></certificate>"
	 "</certificates>",
		"1 certificate empty: the url is in a child, <url> (line 2)"
		"|<url>||url\n"
		"2 certificate empty: the base64 is in a child, <data> (line "
		"3)|<data>||text\n"},
	{"<certificates><certificate/>\n<certificate name=\"x\"/>\n"
	 "<certificate><x/></certificate></certificates>",
		"1 certificate empty: |||\n"
		"2 certificate empty: |||\n"
		"3 certificate empty: what there is, is in a child, <x> (line "
		"3)|||\n"},
	{"<certificates><certificate type=\"base64\">MIIa<br/>bbbb\n<br/>"
	 "</certificate></certificates>",
		"1 certificate not-base64: interrupted by <br> (line 1, after "
		"4 characters)|||\n"},
	{"<certificates><certificate type=\"base64\">\nMI Ia\n<x>bb</x>"
	 "</certificate></certificates>",
		"1 certificate not-base64: interrupted by <x> (line 3, after 4 "
		"characters)|||\n"},
	{"<certificates><certificate url=\"a\">MII</certificate>\n"
	 "<certificate url=\"a\" type=\"base64\"/>\n"
	 "<certificate url=\"a\"><data>MII</data></certificate>\n"
	 "<certificate url=\"a\"><x/></certificate></certificates>",
		"1 certificate ambiguous: a url and text|||\n"
		"2 certificate ambiguous: a url and type=\"base64\", which is "
		"for text|||\n"
		"3 certificate ambiguous: a url and text in <data> (line 3)"
		"|||\n"
		"4 certificate unknown-element: <x> (line 4) stands in "
		"<certificate>|||\n"},
	{"<certificates>\n<certificate Type=\"base64\">MII</certificate>"
	 "</certificates>",
		"2 certificate type-unknown: no type|Type=\"...\"||type\n"},
	{"<certificates>\n<certificate>\nhttp://h/ca.der</certificate>"
	 "</certificates>",
		"2 certificate type-unknown: no type, and its text looks like "
		"a URL|text||url\n"},
	/* A message that a script printed there. */
	{"<certificates>\n<b>Warning</b></certificates>",
		"2 certificate unknown-element: <b> is not <certificate>|||\n"},
	/* --- links --- */
	{"<setting-files>\n<File url=\"a\"/>\n<file href=\"b\"/>\n"
	 "<file>c</file>\n<file><url>d</url></file>\n<link url=\"e\"/>\n"
	 "<note/></setting-files>",
		"2 link unknown-element: <File> is not <file>, since case "
		"counts|<File>||file\n"
		"3 link empty: the url is in href=\"...\"|href=\"...\"||url\n"
		"4 link empty: there is text instead of a url attribute"
		"|text||url\n"
		"5 link empty: the url is in a child, <url> (line 5)"
		"|<url>||url\n"
		"6 link unknown-element: <link> is not <file>|<link>||file\n"},
	{"<settings>\n<setting_files>\n<file url=\"a\"/></setting_files>\n"
	 "<Setting-Files/>\n<file url=\"b\"/></settings>",
		"3 link unknown-element: around it, <setting_files> (line 2) "
		"is unknown, and may be meant as <setting-files>"
		"|<setting_files>||setting-files\n"
		"4 link unknown-element: <Setting-Files> is not "
		"<setting-files>, since case counts"
		"|<Setting-Files>||setting-files\n"
		"5 link unknown-element: <file> stands directly in <settings>, "
		"without <setting-files> around it|||setting-files\n"},
	/* --- settings --- */
	{"<settings>\n<phone_settings>\n<language>x</language>"
	 "</phone_settings>\n<phonesettings>\n<setting_server/>"
	 "</phonesettings></settings>",
		"2 setting unknown-element: <phone_settings> is unknown, and "
		"may be meant as <phone-settings>"
		"|<phone_settings>||phone-settings\n"
		"5 setting misplaced: <setting_server> (line 5) stands in "
		"<phonesettings> (line 4), which is unknown"
		"|<setting_server>|<phonesettings>|\n"},
	{"<settings>\n<setting_server/><certificates>\n<webserver_cert/>"
	 "</certificates></settings>",
		"2 setting misplaced: <setting_server> (line 2) stands in "
		"<settings> (line 1)|<setting_server>|<settings>|\n"
		"3 setting misplaced: <webserver_cert> (line 3) stands in "
		"<certificates> (line 2)|<webserver_cert>|<certificates>|\n"},
	{"<phone-settings>\n<x:setting_server xmlns:x=\"urn:x\"/>"
	 "</phone-settings>",
		"2 setting unknown-element: <x:setting_server> is in the "
		"namespace urn:x|<x:setting_server>||\n"},
	/* --- no more than that --- */
	{"<settings><phone-settings><webserver_cert>" DER "</webserver_cert>"
	 "<check_fqdn_against_server_cert/><phone_cert_type>x</phone_cert_type>"
	 "<cert>x</cert></phone-settings></settings>",
		""},
	{"<settings><tbook><item><cert>x</cert><certs/><file url=\"a\"/>"
	 "</item></tbook><functionKeys><fkey><url target=\"x\">http://h/"
	 "</url></fkey></functionKeys></settings>",
		""},
	{"<settings><gui-languages><certificate>Zertifikat</certificate>"
	 "<setting_server>x</setting_server></gui-languages><phrases>"
	 "<certificates>Zertifikate</certificates></phrases></settings>",
		""},
	{"<settings><acme/><!-- <certificate url=\"a\"/> --><certificates/>"
	 "<firmware-settings><update_policy>x</update_policy>"
	 "</firmware-settings></settings>",
		""},
	{"<certificates><certificate type=\"base64\"><![CDATA[MII]]><!-- x -->"
	 "</certificate></certificates>",
		""},
};

START_TEST(what_looks_like_ours_is_told_with_line_and_cause)
{
	const char *text = strays[_i].document;
	struct stray_log whole;
	struct stray_log bytewise;

	ck_assert_int_eq(read_in_pieces(text, strlen(text), SIZE_MAX, &whole),
		VERDICT_PROCESSED);
	ck_assert_str_eq(whole.text, strays[_i].told);
	ck_assert_int_eq(read_in_pieces(text, strlen(text), 1, &bytewise),
		VERDICT_PROCESSED);
	ck_assert_str_eq(bytewise.text, whole.text);
}
END_TEST

/* Neither names nor namespaces, however long, make a long line, nor one with
 * half a character in it. */
START_TEST(long_names_are_cut_between_characters)
{
	char text[4096];
	char name[1024] = "";
	struct stray_log log;

	for (size_t i = 0; i < 200; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 3);
	(void)snprintf(text, sizeof(text),
		"<certificates><%s/><x:certificate xmlns:x=\"urn:%s\"/>"
		"<x%s/></certificates>",
		name, name, name);
	ck_assert_int_eq(read_in_pieces(text, strlen(text), SIZE_MAX, &log),
		VERDICT_PROCESSED);
	ck_assert_uint_eq(log.count, 3);
	ck_assert_uint_lt(log.len, 3 * (size_t)320);
	for (size_t i = 0; i + 1 < log.len; i++)
		if (log.text[i] == '\xc3')
			ck_assert_int_eq(log.text[i + 1], '\xa4');
}
END_TEST

/* A million of them: no memory for each, and no second look at a name. */
START_TEST(a_million_strays_are_told_one_by_one)
{
	static const char one[] = "<certifikate/>";
	const size_t count = times_here(1000000);
	CLEANUP(document_free) struct document *d = NULL;
	struct stray_log log = {0};
	struct document_result result = {0};

	document_prepare();
	ck_assert_int_eq(document_new(&handler, &log, &d), 0);
	ck_assert_int_eq(document_push(d, "<certificates>", 14), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(document_push(d, one, sizeof(one) - 1), 0);
	ck_assert_int_eq(document_push(d, "</certificates>", 15), 0);
	ck_assert_int_eq(document_finish(d, &result), 0);
	ck_assert_int_eq(result.verdict, VERDICT_PROCESSED);
	ck_assert_uint_eq(log.count, count);
}
END_TEST

test_case_maker document_stray_tests;

TCase *document_stray_tests(void)
{
	TCase *tc = tcase_create("document-stray");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc,
		what_looks_like_ours_is_told_with_line_and_cause, 0,
		(int)ARRAY_SIZE(strays));
	tcase_add_test(tc, long_names_are_cut_between_characters);
	tcase_add_test(tc, a_million_strays_are_told_one_by_one);
	return tc;
}
