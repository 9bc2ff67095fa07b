/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

struct text_sample {
	const char *in;
	const char *out;
};

/* Spelt out, for the sake of those who read this file. */
static const char right_to_left[] = {'\xe2', '\x80', '\xae', 0};

static const struct text_sample samples[] = {
	{"", ""},
	{"Gr\xc3\xbc\xc3\x9f"
	 "e \xf0\x9f\x93\x9e",
		"Gr\xc3\xbc\xc3\x9f"
		"e \xf0\x9f\x93\x9e"},
	{"a\tb\x7f", "a\\x09b\\x7F"},
	{"\xc2\x85", "\\u0085"},
	{right_to_left, "\\u202E"},
	{"\xf3\xa0\x80\x81", "\\U000E0001"},
	/* Overlong, surrogate, past the end, cut short, lone continuation. */
	{"\xc0\x80", "\\xC0\\x80"},
	{"\xe0\x80\x80", "\\xE0\\x80\\x80"},
	{"\xed\xa0\x80", "\\xED\\xA0\\x80"},
	{"\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},
	{"x\xe2\x82", "x\\xE2\\x82"},
	{"\xbf", "\\xBF"},
};

START_TEST(what_is_not_printable_utf_8_is_escaped)
{
	CLEANUP(free) char *text = NULL;
	const struct text_sample *s = &samples[_i];

	ck_assert_int_eq(text_escape(s->in, strlen(s->in), 100, &text), 0);
	ck_assert_str_eq(text, s->out);
}
END_TEST

START_TEST(zero_bytes_do_not_end_a_text)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(text_escape("a\0b", 3, 100, &text), 0);
	ck_assert_str_eq(text, "a\\x00b");
}
END_TEST

START_TEST(long_text_is_cut_between_characters_and_says_so)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(text_escape("12345678", 8, 8, &text), 0);
	ck_assert_str_eq(text, "12345678");
	free(TAKE_PTR(text));
	ck_assert_int_eq(text_escape("123456789", 9, 8, &text), 0);
	ck_assert_str_eq(text, "12345...");
	free(TAKE_PTR(text));
	ck_assert_int_eq(
		text_escape("1234\xc3\xbc\xc3\xbc\xc3\xbc", 10, 8, &text), 0);
	ck_assert_str_eq(text, "1234...");
}
END_TEST

/* One character after the other. */
static void escape_slowly(
	const char *data, size_t len, size_t max_bytes, char ret[128])
{
	char all[128] = "";
	size_t used = 0;
	size_t fits = 0;

	for (size_t i = 0; i < len;) {
		i += text_piece(data + i, len - i, all + used);
		used += strlen(all + used);
		if (used <= max_bytes - strlen(TEXT_CUT))
			fits = used;
	}
	if (used > max_bytes)
		memcpy(all + fits, TEXT_CUT, sizeof(TEXT_CUT));
	memcpy(ret, all, sizeof(all));
}

START_TEST(text_of_any_kind_is_cut_at_any_length_as_if_read_slowly)
{
	static const char *const texts[] = {"12345678901234567890",
		("1234\xc3\xbc"
		 "567\t90123\xc3\xbc"
		 "7"),
		("\xe2\x80\x8b 34\xff"
		 "678901"),
		"\a\b\t\n\v", "~ \x7f\x80~ \x1f ~"};

	for (size_t max = strlen(TEXT_CUT); max < 40; max++) {
		CLEANUP(free) char *text = NULL;
		const char *in = texts[_i];
		char slowly[128];

		escape_slowly(in, strlen(in), max, slowly);
		ck_assert_int_eq(text_escape(in, strlen(in), max, &text), 0);
		ck_assert_str_eq(text, slowly);
	}
}
END_TEST

TCase *text_tests(void);

TCase *text_tests(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, what_is_not_printable_utf_8_is_escaped, 0,
		(int)ARRAY_SIZE(samples));
	tcase_add_test(tc, zero_bytes_do_not_end_a_text);
	tcase_add_test(tc, long_text_is_cut_between_characters_and_says_so);
	tcase_add_loop_test(tc,
		text_of_any_kind_is_cut_at_any_length_as_if_read_slowly, 0, 5);
	return tc;
}
