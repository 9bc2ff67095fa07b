/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

static struct table *table;

static void teardown(void)
{
	table = table_free(table);
	paper_teardown();
}

static const struct column columns[] = {
	{.title = "Where", .fit = FIT_TAIL, .least = 6},
	{.title = "Outcome", .fit = FIT_WHOLE},
	{.title = "Reason", .fit = FIT_WRAP, .least = 12, .below = true},
};

static void make(const char *where, const char *outcome, const char *reason)
{
	if (!table)
		ck_assert_int_eq(
			table_new(columns, ARRAY_SIZE(columns), &table), 0);
	table_put(table, STYLE_PLAIN, where);
	table_put(table, STYLE_PLAIN, outcome);
	table_put(table, STYLE_PLAIN, reason);
}

static void make_two(void)
{
	make("a.xml:1", "accepted", NULL);
	make("http://host/b.xml:20", "expired",
		"It expired on 2020-01-01, long ago.");
}

START_TEST(a_table_is_as_wide_as_it_needs_to_be)
{
	make_two();
	ck_assert_int_eq(table_print(table, paper_screen(0)), 0);
	ck_assert_str_eq(paper_out(),
		"Where                 Outcome   Reason\n"
		"a.xml:1               accepted\n"
		"http://host/b.xml:20  expired   "
		"It expired on 2020-01-01, long ago.\n");
}
END_TEST

START_TEST(a_narrow_screen_wraps_and_shortens_the_widest_columns)
{
	make_two();
	ck_assert_int_eq(table_print(table, paper_screen(46)), 0);
	ck_assert_str_eq(paper_out(),
		"Where              Outcome   Reason\n"
		"a.xml:1            accepted\n"
		"\u2026://host/b.xml:20  expired   It expired on\n"
		"                             2020-01-01, long\n"
		"                             ago.\n");
}
END_TEST

START_TEST(what_may_goes_below_its_row_where_there_is_no_room)
{
	make_two();
	ck_assert_int_eq(table_print(table, paper_screen(28)), 0);
	ck_assert_str_eq(paper_out(),
		"Where               Outcome\n"
		"a.xml:1             accepted\n"
		"\u2026p://host/b.xml:20  expired\n"
		"    Reason  It expired on\n"
		"            2020-01-01, long\n"
		"            ago.\n");
}
END_TEST

START_TEST(what_is_cut_in_the_middle_keeps_both_ends)
{
	static const struct column ends[] = {
		{.title = "What", .fit = FIT_ENDS, .least = 13},
	};

	ck_assert_int_eq(table_new(ends, ARRAY_SIZE(ends), &table), 0);
	table_put(table, STYLE_PLAIN, "document https://host/1.xml");
	table_put(table, STYLE_PLAIN, "document https://host/2.xml");
	table_put(table, STYLE_PLAIN, "it just fits.");
	/* wide characters are not cut in two */
	table_put(table, STYLE_PLAIN, "\u4e00\u4e00\u4e00\u4e00\u4e00\u4e00xy");
	ck_assert_int_eq(table_print(table, paper_screen(13)), 0);
	ck_assert_str_eq(paper_out(),
		"What\n"
		"docu\u2026st/1.xml\n"
		"docu\u2026st/2.xml\n"
		"it just fits.\n"
		"\u4e00\u4e00\u2026\u4e00\u4e00\u4e00xy\n");
}
END_TEST

START_TEST(rows_become_blocks_when_nothing_else_helps)
{
	static const struct column whole[] = {
		{.title = "One", .fit = FIT_WHOLE},
		{.title = "Another", .fit = FIT_WHOLE},
	};

	ck_assert_int_eq(table_new(whole, ARRAY_SIZE(whole), &table), 0);
	table_put(table, STYLE_PLAIN, "0123456789012345");
	table_put(table, STYLE_PLAIN, "a text that is long");
	table_put(table, STYLE_PLAIN, "second");
	table_end_row(table);
	ck_assert_int_eq(table_print(table, paper_screen(22)), 0);
	ck_assert_str_eq(paper_out(),
		"One      0123456789012345\n"
		"Another  a text that\n"
		"         is long\n"
		"\n"
		"One      second\n");
}
END_TEST

START_TEST(numbers_stand_under_each_other)
{
	static const struct column numbers[] = {
		{.title = "Run", .fit = FIT_WHOLE, .right = true},
		{.title = "Name", .fit = FIT_WHOLE},
	};

	ck_assert_int_eq(table_new(numbers, ARRAY_SIZE(numbers), &table), 0);
	table_put(table, STYLE_PLAIN, "7");
	table_put(table, STYLE_PLAIN, "a");
	table_put(table, STYLE_PLAIN, "10000");
	table_put(table, STYLE_PLAIN, "b");
	ck_assert_int_eq(table_print(table, paper_screen(0)), 0);
	ck_assert_str_eq(paper_out(),
		"  Run  Name\n"
		"    7  a\n"
		"10000  b\n");
}
END_TEST

START_TEST(every_line_of_a_table_fits_the_screen)
{
	size_t width = (size_t)_i;
	const char *line = NULL;

	make_two();
	ck_assert_int_eq(table_print(table, paper_screen(width)), 0);
	line = paper_out();
	for (; *line; line += strcspn(line, "\n") + 1) {
		/* An ellipsis has three bytes. */
		size_t len = strcspn(line, "\n");
		size_t extra = memmem(line, len, "\u2026", 3) ? 2 : 0;

		ck_assert_uint_le(len - extra, width);
	}
}
END_TEST

/* Of the cells of a table that is wrapped. */
static const char *const words[] = {"certificates", "of", "the",
	"provisioning-server", "expired,", "long", "ago."};

START_TEST(no_word_is_broken_however_narrow_the_screen)
{
	static const struct column wrapped[] = {
		{.title = "Some words", .fit = FIT_WRAP, .least = 4},
		{.title = "Others", .fit = FIT_WRAP, .least = 4},
	};

	ck_assert_int_eq(table_new(wrapped, ARRAY_SIZE(wrapped), &table), 0);
	table_put(table, STYLE_PLAIN,
		"certificates of the "
		"provisioning-server");
	table_put(table, STYLE_PLAIN, "expired, long ago.");
	ck_assert_int_eq(table_print(table, paper_screen((size_t)_i)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		paper_prints(words[i]);
	paper_prints("Some");
	paper_prints("words");
	paper_prints("Others");
}
END_TEST

START_TEST(a_column_is_as_wide_as_its_longest_word)
{
	static const struct column wrapped[] = {
		{.title = "What", .fit = FIT_WRAP, .least = 4},
		{.title = "Name", .fit = FIT_HEAD, .least = 4},
	};

	ck_assert_int_eq(table_new(wrapped, ARRAY_SIZE(wrapped), &table), 0);
	table_put(table, STYLE_PLAIN, "an issuer-not-trusted one");
	table_put(table, STYLE_PLAIN, "0123456789");
	ck_assert_int_eq(table_print(table, paper_screen(26)), 0);
	ck_assert_str_eq(paper_out(),
		"What                Name\n"
		"an                  01234\u2026\n"
		"issuer-not-trusted\n"
		"one\n");
}
END_TEST

START_TEST(what_could_move_a_cursor_is_escaped)
{
	make("a\033[2Jb\nc", "accepted", NULL);
	ck_assert_int_eq(table_print(table, paper_screen(0)), 0);
	ck_assert_ptr_null(strchr(paper_out(), '\033'));
	ck_assert_ptr_nonnull(strstr(paper_out(), "a\\x1B[2Jb\\x0Ac"));
}
END_TEST

START_TEST(styles_are_colours_only_on_a_screen_that_has_them)
{
	struct screen *s = paper_screen(0);

	ck_assert_int_eq(table_new(columns, 1, &table), 0);
	table_put(table, STYLE_BAD, "x");
	ck_assert_int_eq(table_print(table, s), 0);
	ck_assert_str_eq(paper_out(), "Where\nx\n");
	s->colour = true;
	ck_assert_int_eq(table_print(table, s), 0);
	ck_assert_str_eq(paper_out(),
		"Where\nx\n\033[1mWhere\033[0m\n\033[31mx\033[0m\n");
}
END_TEST

START_TEST(one_column_more_than_there_may_be_is_refused)
{
	static const struct column many[TABLE_MAX_COLUMNS + 1];

	ck_assert_int_eq(
		table_new(many, TABLE_MAX_COLUMNS + 1, &table), -ENOSPC);
	ck_assert_ptr_null(table);
}
END_TEST

START_TEST(one_row_more_than_there_may_be_is_refused)
{
	static const struct column one = {.title = "", .fit = FIT_WHOLE};

	ck_assert_int_eq(table_new(&one, 1, &table), 0);
	for (size_t i = 0; i <= TABLE_MAX_ROWS; i++)
		table_put(table, STYLE_PLAIN, NULL);
	ck_assert_uint_eq(table_rows(table), TABLE_MAX_ROWS);
	ck_assert_int_eq(table_print(table, paper_screen(0)), -ENOSPC);
}
END_TEST

START_TEST(a_cell_that_is_too_long_is_cut)
{
	CLEANUP(free) char *text = calloc(1, TABLE_MAX_CELL_BYTES + 2);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', TABLE_MAX_CELL_BYTES + 1);
	ck_assert_int_eq(table_new(columns, 1, &table), 0);
	table_put(table, STYLE_PLAIN, text);
	ck_assert_int_eq(table_print(table, paper_screen(0)), 0);
	ck_assert_uint_eq(strlen(paper_out()),
		strlen("Where\n") + TABLE_MAX_CELL_BYTES + 1);
	ck_assert_ptr_nonnull(strstr(paper_out(), "x...\n"));
}
END_TEST

test_case_maker table_tests;

TCase *table_tests(void)
{
	TCase *tc = tcase_create("table");

	tcase_add_checked_fixture(tc, paper_setup, teardown);
	tcase_add_test(tc, a_table_is_as_wide_as_it_needs_to_be);
	tcase_add_test(
		tc, a_narrow_screen_wraps_and_shortens_the_widest_columns);
	tcase_add_test(tc, what_may_goes_below_its_row_where_there_is_no_room);
	tcase_add_test(tc, what_is_cut_in_the_middle_keeps_both_ends);
	tcase_add_test(tc, rows_become_blocks_when_nothing_else_helps);
	tcase_add_test(tc, numbers_stand_under_each_other);
	/* On a narrower one the URL has no room, which is one word. */
	tcase_add_loop_test(tc, every_line_of_a_table_fits_the_screen,
		SCREEN_MIN_WIDTH + 9, 100);
	tcase_add_loop_test(tc, no_word_is_broken_however_narrow_the_screen,
		SCREEN_MIN_WIDTH, 60);
	tcase_add_test(tc, a_column_is_as_wide_as_its_longest_word);
	tcase_add_test(tc, what_could_move_a_cursor_is_escaped);
	tcase_add_test(tc, styles_are_colours_only_on_a_screen_that_has_them);
	tcase_add_test(tc, one_column_more_than_there_may_be_is_refused);
	tcase_add_test(tc, one_row_more_than_there_may_be_is_refused);
	tcase_add_test(tc, a_cell_that_is_too_long_is_cut);
	return tc;
}
