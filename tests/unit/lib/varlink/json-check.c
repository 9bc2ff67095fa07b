/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-check.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "tests/unit/runner.h"

#define SMILE "\xf0\x9f\x98\x80"

static int check(const char *text)
{
	return json_check(text, strlen(text), NULL);
}

static const char *const good[] = {
	"{}",
	" [ ] \r\n\t",
	"0",
	"-0",
	"9007199254740992",
	"-9007199254740992",
	"1e+2",
	"-1.0e+28",
	"123.456e-400",
	"1e307",
	"\"\"",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
	"\"\\ud83d\\ude00\"",
	("\"" SMILE "\x7f\""),
	"{\"a\":{\"a\":[{\"a\":1},{\"a\":1}]},\"b\":null}",
	"{\"a\":1,\"A\":1,\"aa\":1,\"\":1}",
	"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
};

START_TEST(what_rfc_8259_and_our_limits_allow_is_accepted)
{
	ck_assert_msg(check(good[_i]) == 0, "%s", good[_i]);
}
END_TEST

static const struct json_refusal {
	const char *text;
	const char *reason;
	size_t offset;
} bad[] = {
	{"", "something that is no value", 0},
	{"{} {}", "something after the value", 3},
	{"nul", "something that is no value", 0},
	{"[1,]", "something that is no value", 3},
	{"[1 2]", "no comma or end after a value", 3},
	{"[1}", "no comma or end after a value", 2},
	{"{\"a\":1,}", "no key where one must be", 7},
	{"{\"a\" 1}", "a key without a colon", 5},
	{"\"a", "a string without its end", 2},
	{"\"\t\"", "a control character in a string", 1},
	{"\"\\x41\"", "an unknown escape", 2},
	{"\"\\u12\"", "\\u without four hex digits", 3},
	{"\"\\u0000\"", "the character U+0000", 3},
	{"\"\\ud800\"", "a lone surrogate", 7},
	{"\"\\ud800\\u0041\"", "a lone surrogate", 9},
	{"\"\\udc00\"", "a lone surrogate", 3},
	{"\"\xc0\x80\"", "invalid UTF-8", 1},
	{"\"\xed\xa0\x80\"", "invalid UTF-8", 1},
	{"\"\xf4\x90\x80\x80\"", "invalid UTF-8", 1},
	{"\"\xe2\x82\"", "invalid UTF-8", 1},
	{"\"\x80\"", "invalid UTF-8", 1},
	{"\xef\xbb\xbf{}", "something that is no value", 0},
	{"01", "a number with a leading zero", 2},
	{"1.", "a fraction without digits", 2},
	{"1e", "an exponent without digits", 2},
	{"9007199254740993", "an integer beyond 2^53", 16},
	{"-9007199254740993", "an integer beyond 2^53", 17},
	{"99999999999999999999999999", "an integer beyond 2^53", 26},
	{"1e308", "a number out of range", 5},
	{"10e307", "a number out of range", 6},
	{"1e99999999999999999999", "a number out of range", 22},
	{"0.00000000000000000000000000000000000000000000000000000000000001",
		"a number too long", 64},
	{"[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "nested too deep", 16},
	{"{\"a\":1,\"a\":2}", "a key twice in one object", 13},
	{"{\"a\":1,\"b\":{},\"\\u0061\":2}", "a key twice in one object", 25},
	{"{\"" SMILE "\":1,\"\\ud83d\\ude00\":2}", "a key twice in one object",
		27},
	{"{\"/\":1,\"\\/\":2}", "a key twice in one object", 14},
	{"{\"\\n\":1,\"\\u000A\":2}", "a key twice in one object", 19},
	{"[{\"\":1,\"\":2}]", "a key twice in one object", 12},
};

START_TEST(what_is_refused_says_why_and_where)
{
	struct json_fault fault = {0};
	const struct json_refusal *b = &bad[_i];

	ck_assert_msg(json_check(b->text, strlen(b->text), &fault) == -EBADMSG,
		"%s", b->text);
	ck_assert_str_eq(fault.reason, b->reason);
	ck_assert_uint_eq(fault.offset, b->offset);
}
END_TEST

/* Characters are looked at eight at once where that goes; none hides there. */
START_TEST(a_byte_counts_wherever_it_stands)
{
	char text[24] = "";

	for (unsigned c = 0; c <= UINT8_MAX; c++)
		for (size_t at = 1; at < sizeof(text) - 1; at++) {
			bool fits =
				c >= ' ' && c < 0x80 && c != '"' && c != '\\';

			memset(text, 'A', sizeof(text));
			text[0] = text[sizeof(text) - 1] = '"';
			text[at] = (char)c;
			ck_assert_msg((json_check(text, sizeof(text), NULL) ==
					      0) == fits,
				"0x%02x at %zu", c, at);
		}
}
END_TEST

START_TEST(zero_bytes_anywhere_are_refused)
{
	ck_assert_int_eq(json_check("[]\0", 3, NULL), -EBADMSG);
	ck_assert_int_eq(json_check("\"a\0b\"", 5, NULL), -EBADMSG);
	ck_assert_int_eq(json_check("{\0}", 3, NULL), -EBADMSG);
}
END_TEST

/* {"k0":0,"k1":0,...} with the last key given. */
static char *object_with_keys(size_t count, const char *last)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	(void)fputc('{', f);
	for (size_t i = 0; i + 1 < count; i++)
		(void)fprintf(f, "\"k%zu\":0,", i);
	(void)fprintf(f, "\"%s\":0}", last);
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

START_TEST(as_many_keys_as_the_limit_are_accepted_and_one_more_is_not)
{
	CLEANUP(free) char *most = object_with_keys(JSON_MAX_KEYS, "x");
	CLEANUP(free) char *more = object_with_keys(JSON_MAX_KEYS + 1, "x");
	struct json_fault fault = {0};

	ck_assert_int_eq(check(most), 0);
	ck_assert_int_eq(json_check(more, strlen(more), &fault), -EBADMSG);
	ck_assert_str_eq(fault.reason, "too many keys");
}
END_TEST

START_TEST(a_key_twice_among_very_many_is_found_quickly)
{
	CLEANUP(free) char *text = object_with_keys(JSON_MAX_KEYS, "\\u006b17");
	clock_t begin = clock();

	ck_assert_int_eq(check(text), -EBADMSG);
	/* Pairwise comparison would be two thousand million of them. */
	ck_assert_int_lt((clock() - begin) / CLOCKS_PER_SEC, 2);
}
END_TEST

/* JSONTestSuite's "must accept" that our limits refuse on purpose. */
static const char *const stricter[] = {
	"y_number_double_close_to_zero.json",
	"y_object_duplicated_key.json",
	"y_object_duplicated_key_and_value.json",
	"y_object_escaped_null_in_key.json",
	"y_string_null_escape.json",
};

static int expected(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(stricter); i++)
		if (strcmp(stricter[i], name) == 0)
			return -EBADMSG;
	return name[0] == 'y' ? 0 : -EBADMSG;
}

static void check_file(const char *dir, const char *name)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	CLEANUP(free) char *path = NULL;
	int r = 0;

	ck_assert_int_eq(string_format(&path, "%s/%s", dir, name), 0);
	ck_assert_int_eq(fd_read_file(path, 1 << 20, &text), 0);
	r = json_check((const char *)text.data, text.len, NULL);
	if (name[0] == 'i')
		ck_assert(r == 0 || r == -EBADMSG);
	else
		ck_assert_msg(r == expected(name), "%s: %d", name, r);
}

START_TEST(jsontestsuite_is_answered_as_it_expects)
{
	const char *corpora = corpora_or_skip("JSONTestSuite");
	CLEANUP(free) char *dir = NULL;
	const struct dirent *entry = NULL;
	size_t count = 0;
	DIR *d = NULL;

	if (!corpora)
		return;
	ck_assert_int_eq(
		string_format(&dir, "%s/json/test_parsing", corpora), 0);
	d = opendir(dir);
	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		if (!strstr(entry->d_name, ".json"))
			continue;
		check_file(dir, entry->d_name);
		count++;
	}
	(void)closedir(d);
	ck_assert_uint_ge(count, 300);
}
END_TEST

START_TEST(call_has_as_many_values_as_the_limit_and_not_one_more)
{
	/* An array of strings is one value more. */
	size_t count = JSON_MAX_VALUES_OF_CALL - 1;
	CLEANUP(free) char *text = malloc(3 * count + 8);
	struct json_fault fault = {0};
	size_t at = 0;

	ck_assert_ptr_nonnull(text);
	text[at++] = '[';
	for (size_t i = 0; i < count; i++) {
		memcpy(text + at, i > 0 ? ",\"\"" : "\"\"", i > 0 ? 3 : 2);
		at += i > 0 ? 3 : 2;
	}
	text[at] = ']';
	ck_assert_int_eq(json_check_call(text, at + 1, NULL), 0);
	memcpy(text + at, ",0]", 3);
	ck_assert_int_eq(json_check(text, at + 3, NULL), 0);
	ck_assert_int_eq(json_check_call(text, at + 3, &fault), -EBADMSG);
	ck_assert_str_eq(fault.reason, "more values than a call has");
}
END_TEST

TCase *json_check_tests(void);

TCase *json_check_tests(void)
{
	TCase *tc = tcase_create("json-check");

	tcase_add_loop_test(tc, what_rfc_8259_and_our_limits_allow_is_accepted,
		0, ARRAY_SIZE(good));
	tcase_add_loop_test(
		tc, what_is_refused_says_why_and_where, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, a_byte_counts_wherever_it_stands);
	tcase_add_test(tc, zero_bytes_anywhere_are_refused);
	tcase_add_test(
		tc, as_many_keys_as_the_limit_are_accepted_and_one_more_is_not);
	tcase_add_test(tc, a_key_twice_among_very_many_is_found_quickly);
	tcase_add_test(tc, jsontestsuite_is_answered_as_it_expects);
	tcase_add_test(
		tc, call_has_as_many_values_as_the_limit_and_not_one_more);
	return tc;
}
