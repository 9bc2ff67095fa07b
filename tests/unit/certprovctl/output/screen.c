/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

/* A terminal of 66 columns. */
static FILE *terminal;
static int other_end = -1;

static void setup(void)
{
	struct winsize size = {.ws_row = 24, .ws_col = 66};
	int fd = -1;

	paper_setup();
	ck_assert_int_eq(openpty(&other_end, &fd, NULL, NULL, &size), 0);
	terminal = fdopen(fd, "w");
	ck_assert_ptr_nonnull(terminal);
	ck_assert_int_eq(setenv("TERM", "xterm", 1), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(fclose(terminal), 0);
	other_end = fd_close(other_end);
	paper_teardown();
}

START_TEST(a_terminal_has_its_width_and_colours)
{
	struct screen s;

	screen_init(&s, terminal, terminal);
	ck_assert_uint_eq(s.width, 66);
	ck_assert(s.colour);
	ck_assert(s.live);
}
END_TEST

START_TEST(columns_decides_the_width)
{
	struct screen s;

	ck_assert_int_eq(setenv("COLUMNS", "120", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert_uint_eq(s.width, 120);
	ck_assert_int_eq(setenv("COLUMNS", "3", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert_uint_eq(s.width, SCREEN_MIN_WIDTH);
	ck_assert_int_eq(setenv("COLUMNS", "99999999999999999999", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert_uint_eq(s.width, SCREEN_MAX_WIDTH);
	ck_assert_int_eq(setenv("COLUMNS", "-5", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert_uint_eq(s.width, 66);
}
END_TEST

START_TEST(no_color_turns_colours_off)
{
	struct screen s;

	ck_assert_int_eq(setenv("NO_COLOR", "1", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert(!s.colour);
	ck_assert(s.live);
	ck_assert_int_eq(setenv("NO_COLOR", "", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert(s.colour);
}
END_TEST

START_TEST(a_dumb_terminal_has_neither_colours_nor_bars)
{
	struct screen s;

	ck_assert_int_eq(setenv("TERM", "dumb", 1), 0);
	screen_init(&s, terminal, terminal);
	ck_assert(!s.colour);
	ck_assert(!s.live);
}
END_TEST

START_TEST(what_is_no_terminal_is_plain_and_of_any_width)
{
	struct screen *paper = paper_screen(0);
	struct screen s;

	screen_init(&s, paper->out, paper->err);
	ck_assert_uint_eq(s.width, 0);
	ck_assert(!s.colour);
	ck_assert(!s.live);
}
END_TEST

START_TEST(a_complaint_has_a_cause_and_what_helps)
{
	struct screen *s = paper_screen(0);

	screen_complainf(s, "Do that.", "no %s", "file\033]0;x");
	ck_assert_str_eq(
		paper_err(), "certprovctl: no file\\x1B]0;x\n  Do that.\n");
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

test_case_maker screen_tests;

TCase *screen_tests(void)
{
	TCase *tc = tcase_create("screen");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_terminal_has_its_width_and_colours);
	tcase_add_test(tc, columns_decides_the_width);
	tcase_add_test(tc, no_color_turns_colours_off);
	tcase_add_test(tc, a_dumb_terminal_has_neither_colours_nor_bars);
	tcase_add_test(tc, what_is_no_terminal_is_plain_and_of_any_width);
	tcase_add_test(tc, a_complaint_has_a_cause_and_what_helps);
	return tc;
}
