/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovctl/check/check-junit.h"
#include "daemon/certprovctl/check/check-map.h"
#include "daemon/certprovctl/check/check-sarif.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "tests/unit/runner.h"

/* --- what is checked; directories are tried by 51-check.sh --- */

START_TEST(one_file_more_than_fit_is_refused)
{
	CLEANUP(check_list_done) struct check_list l = {0};

	for (int i = 0; i < CHECK_LIST_MAX_FILES; i++)
		ck_assert_int_eq(check_list_add(&l, "a.xml"), 0);
	ck_assert_int_eq(check_list_add(&l, "a.xml"), -ENOSPC);
	ck_assert_uint_eq(l.count, CHECK_LIST_MAX_FILES);
}
END_TEST

START_TEST(a_url_is_what_has_a_scheme)
{
	ck_assert(check_list_is_url("https://a/b.xml"));
	ck_assert(!check_list_is_url("a:b/c.xml"));
}
END_TEST

/* --- maps --- */

static char path[] = "/tmp/check-map-XXXXXX";
static struct check_map map;
static char *problem;

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	fd_close(fd);
}

static void teardown(void)
{
	(void)unlink(path);
	check_map_done(&map);
	free(problem);
	problem = NULL;
}

static int read_map(const char *text)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
	return check_map_read(path, &map, &problem);
}

START_TEST(the_first_pattern_that_matches_counts)
{
	const struct check_rule *rule = NULL;

	ck_assert_int_eq(
		read_map(
			"# phones\n"
			"\n"
			"000413*.xml snomD785\t00:04:13:aa:bb:cc 10.1.33.33,8.9.3.40 # x\r\n"
			"a/b.xml - - -\n"
			"*.xml D1 - 8.9.3.41"),
		0);
	ck_assert_uint_eq(map.count, 3);
	rule = check_map_find(&map, "some/where/000413AABBCC.xml");
	ck_assert_ptr_nonnull(rule);
	ck_assert_str_eq(rule->phone.type, "snomD785");
	ck_assert_str_eq(rule->phone.mac, "000413AABBCC");
	ck_assert_uint_eq(rule->phone.versions.count, 2);
	ck_assert_str_eq(rule->phone.versions.texts[1], "8.9.3.40");
	ck_assert_uint_eq(check_map_find(&map, "a/b.xml")->line, 4);
	ck_assert_uint_eq(check_map_find(&map, "b.xml")->line, 5);
	ck_assert_ptr_null(check_map_find(&map, "b.txt"));
	ck_assert(map.rules[0].used);
}
END_TEST

static const struct {
	const char *text;
	const char *problem;
} wrong[] = {
	{"a b c\n", ":1: a line has four fields"},
	{"\n#\na b - 10.1 e\n", ":3: a line has four fields"},
	{"a b 0004 10.1.33.33\n", ":1: a MAC address has 12 hex digits"},
	{"a b - ten\n", ":1: a firmware is a version such as"},
	{"a b - ,\n", ":1: there is no firmware version"},
	{"a - - 1.1.1,1.1.2,1.1.3,1.1.4,1.1.5,1.1.6,1.1.7,1.1.8,1.1.9,1.1.10,"
	 "1.1.11,1.1.12,1.1.13,1.1.14,1.1.15,1.1.16,1.1.17\n",
		":1: more than 16 firmware versions"},
};

START_TEST(what_is_wrong_with_a_line_is_told_with_its_number)
{
	ck_assert_int_eq(read_map(wrong[_i].text), -EINVAL);
	ck_assert_msg(
		strstr(problem, wrong[_i].problem) != NULL, "%s", problem);
	ck_assert_int_eq(strncmp(problem, path, strlen(path)), 0);
	ck_assert_uint_eq(map.count, 0);
}
END_TEST

START_TEST(one_rule_more_than_fit_is_refused)
{
	char *text = malloc(CHECK_MAP_MAX_RULES * 8 + 16);
	char *end = text;

	ck_assert_ptr_nonnull(text);
	for (int i = 0; i < CHECK_MAP_MAX_RULES; i++)
		end = stpcpy(end, "a - - -\n");
	ck_assert_int_eq(read_map(text), 0);
	check_map_done(&map);
	(void)stpcpy(end, "a - - -\n");
	ck_assert_int_eq(read_map(text), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(problem, ":4097: there are more than 4096 rules"));
	free(text);
}
END_TEST

/* --- texts of formats --- */

static const struct {
	const char *text;
	const char *xml;
} texts[] = {
	{"a<b>&\"c\"'", "a&lt;b&gt;&amp;&quot;c&quot;'"},
	{"a\nb\tc\rd", "a&#10;b&#9;c&#13;d"},
	{"a\x01\x1b[1m", "a\xef\xbf\xbd\xef\xbf\xbd[1m"},
	{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
	{"a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd"},
	{"\xef\xbf\xbe\xef\xbf\xbf", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"]]>", "]]&gt;"},
};

START_TEST(every_text_becomes_one_of_xml)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	ck_assert_ptr_nonnull(f);
	check_junit_put_text(f, texts[_i].text);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(out, texts[_i].xml);
	free(out);
}
END_TEST

static const struct {
	const char *name;
	const char *uri;
} uris[] = {
	{"a/b.xml", "a/b.xml"},
	{"/a b.xml", "file:///a%20b.xml"},
	{"a:b.xml", "./a:b.xml"},
	{"a/b:c#d?e%f.xml", "a/b:c%23d%3Fe%25f.xml"},
	{"\xc3\xa4.xml", "%C3%A4.xml"},
	{"http://h:1/a%20b?c=d", "http://h:1/a%20b?c=d"},
	{"http://h/a b", "http://h/a%20b"},
};

START_TEST(every_name_becomes_a_uri_reference)
{
	CLEANUP(free) char *uri = NULL;

	ck_assert_int_eq(check_sarif_uri_of(uris[_i].name, &uri), 0);
	ck_assert_str_eq(uri, uris[_i].uri);
}
END_TEST

test_case_maker check_list_tests;

TCase *check_list_tests(void)
{
	TCase *tc = tcase_create("check-list");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_file_more_than_fit_is_refused);
	tcase_add_test(tc, a_url_is_what_has_a_scheme);
	tcase_add_test(tc, the_first_pattern_that_matches_counts);
	tcase_add_loop_test(tc,
		what_is_wrong_with_a_line_is_told_with_its_number, 0,
		ARRAY_SIZE(wrong));
	tcase_add_test(tc, one_rule_more_than_fit_is_refused);
	tcase_add_loop_test(
		tc, every_text_becomes_one_of_xml, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(
		tc, every_name_becomes_a_uri_reference, 0, ARRAY_SIZE(uris));
	return tc;
}
