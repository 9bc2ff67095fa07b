/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/utf8.h"

#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define SMILE "\xf0\x9f\x98\x80"

static const struct {
	const char *bytes;
	size_t length;
	uint32_t c;
} characters[] = {
	{"a", 1, 'a'},
	{"\xc2\x80", 2, 0x80},
	{"\xdf\xbf", 2, 0x7ff},
	{"\xe0\xa0\x80", 3, 0x800},
	{"\xed\x9f\xbf", 3, 0xd7ff},
	{"\xee\x80\x80", 3, 0xe000},
	{"\xef\xbf\xbf", 3, 0xffff},
	{"\xf0\x90\x80\x80", 4, 0x10000},
	{"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	/* Lone, overlong, surrogate, past the end, cut short. */
	{"\x80", 0, 0},
	{"\xc1\xbf", 0, 0},
	{"\xe0\x9f\xbf", 0, 0},
	{"\xed\xa0\x80", 0, 0},
	{"\xf0\x8f\xbf\xbf", 0, 0},
	{"\xf4\x90\x80\x80", 0, 0},
	{"\xf5\x80\x80\x80", 0, 0},
	{"\xc2", 0, 0},
	{"\xe2\x82", 0, 0},
	{"\xf0\x9f\x98", 0, 0},
	{"\xe2\x82"
	 "a",
		0, 0},
};

START_TEST(only_well_formed_sequences_are_characters)
{
	uint32_t c = 0;

	ck_assert_uint_eq(utf8_next(characters[_i].bytes,
				  strlen(characters[_i].bytes), &c),
		characters[_i].length);
	ck_assert_uint_eq(c, characters[_i].c);
}
END_TEST

START_TEST(valid_utf8_is_counted_up_to_the_first_bad_byte)
{
	ck_assert_uint_eq(utf8_valid_bytes("", 0), 0);
	ck_assert_uint_eq(utf8_valid_bytes("a" SMILE, 5), 5);
	ck_assert_uint_eq(utf8_valid_bytes("a" SMILE, 4), 1);
	ck_assert_uint_eq(utf8_valid_bytes("ab\xff", 3), 2);
	ck_assert_uint_eq(utf8_valid_bytes("a\0b", 3), 1);
}
END_TEST

static const struct {
	uint32_t first, last; /* unprintable, their neighbours are not */
} hidden[] = {
	{0x7f, 0x9f},       /* DEL and C1 */
	{0xad, 0xad},       /* soft hyphen */
	{0x61c, 0x61c},     /* Arabic letter mark */
	{0x200b, 0x200f},   /* zero width, marks of direction */
	{0x2028, 0x202e},   /* separators, embeddings, overrides */
	{0x2060, 0x206f},   /* joiner, isolates, shaping */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xfff9, 0xfffb},   /* annotations */
	{0x1d173, 0x1d17a}, /* musical formats */
	{0xe0020, 0xe007f}, /* tags */
};

START_TEST(what_steers_instead_of_showing_is_not_printable)
{
	ck_assert(utf8_is_printable(hidden[_i].first - 1));
	ck_assert(utf8_is_printable(hidden[_i].last + 1));
	for (uint32_t c = hidden[_i].first; c <= hidden[_i].last; c++)
		ck_assert_msg(!utf8_is_printable(c), "U+%04X", c);
}
END_TEST

START_TEST(what_is_written_reads_the_same)
{
	static const uint32_t points[] = {
		0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		uint8_t text[UTF8_MAX_BYTES];
		uint32_t c = ~points[i];
		size_t len = (size_t)(utf8_put(text, points[i]) - text);

		ck_assert_uint_eq(utf8_next(text, len, &c), len);
		ck_assert_uint_eq(c, points[i]);
	}
}
END_TEST

START_TEST(c0_is_not_printable)
{
	for (uint32_t c = 0; c < ' '; c++)
		ck_assert(!utf8_is_printable(c));
	ck_assert(utf8_is_printable(' '));
}
END_TEST

TCase *utf8_tests(void);

TCase *utf8_tests(void)
{
	TCase *tc = tcase_create("utf8");

	tcase_add_loop_test(tc, only_well_formed_sequences_are_characters, 0,
		ARRAY_SIZE(characters));
	tcase_add_test(tc, valid_utf8_is_counted_up_to_the_first_bad_byte);
	tcase_add_loop_test(tc, what_steers_instead_of_showing_is_not_printable,
		0, ARRAY_SIZE(hidden));
	tcase_add_test(tc, what_is_written_reads_the_same);
	tcase_add_test(tc, c0_is_not_printable);
	return tc;
}
