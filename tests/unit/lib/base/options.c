/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

struct given {
	const char *file;
	const char *place;
	bool loud;
	bool help;
};

static const struct options_row rows[] = {
	{"file", 'f', "FILE", "read this", offsetof(struct given, file)},
	{"place", 0, "HOST:PORT", "go there", offsetof(struct given, place)},
	{"loud", 'l', NULL, "say it", offsetof(struct given, loud)},
	{"help", 0, NULL, "show this", offsetof(struct given, help)},
};

/* As the rest of these words, after the program's name; NULL ends them. */
static int parse(const char *const words[], struct given *ret)
{
	char *argv[8] = {(char *)"program"};
	int argc = 1;

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	*ret = (struct given){0};
	optind = 0;
	opterr = 0;
	return options_parse(rows, ARRAY_SIZE(rows), argc, argv, ret);
}

START_TEST(what_is_given_is_kept_and_nothing_else)
{
	static const char *const words[] = {
		"--file=a", "--help", "--place", "b:1", NULL};
	struct given a;

	ck_assert_int_eq(parse(words, &a), 5);
	ck_assert_str_eq(a.file, "a");
	ck_assert_str_eq(a.place, "b:1");
	ck_assert(a.help);
	ck_assert(!a.loud);
}
END_TEST

START_TEST(a_letter_is_as_good_as_a_name)
{
	static const char *const words[] = {"-l", "-f", "a", NULL};
	struct given a;

	ck_assert_int_eq(parse(words, &a), 4);
	ck_assert_str_eq(a.file, "a");
	ck_assert(a.loud);
	ck_assert(!a.help);
}
END_TEST

START_TEST(the_last_of_two_counts)
{
	static const char *const words[] = {"--file=a", "-f", "b", NULL};
	struct given a;

	ck_assert_int_eq(parse(words, &a), 4);
	ck_assert_str_eq(a.file, "b");
}
END_TEST

START_TEST(the_first_that_is_no_option_is_told)
{
	static const char *const words[] = {"x", "--loud", "y", NULL};
	static const char *const none[] = {NULL};
	struct given a;

	ck_assert_int_eq(parse(words, &a), 2);
	ck_assert(a.loud);
	ck_assert_int_eq(parse(none, &a), 1);
}
END_TEST

static const char *const wrong[][3] = {
	{"--nothing"},
	{"-x"},
	{"--file"},
	{"-f"},
	{"--loud=1"},
	/* The letter of none. */
	{"-\x01"},
};

START_TEST(what_is_wrong_is_refused)
{
	struct given a;

	ck_assert_int_eq(parse(wrong[_i], &a), -EINVAL);
}
END_TEST

START_TEST(the_help_has_a_line_of_each)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(to);
	options_print_help(rows, ARRAY_SIZE(rows), to);
	ck_assert_int_eq(fclose(to), 0);
	ck_assert_str_eq(text,
		"  --file=FILE        read this\n"
		"  --place=HOST:PORT  go there\n"
		"  --loud             say it\n"
		"  --help             show this\n");
	free(text);
}
END_TEST

test_case_maker options_tests;

TCase *options_tests(void)
{
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, what_is_given_is_kept_and_nothing_else);
	tcase_add_test(tc, a_letter_is_as_good_as_a_name);
	tcase_add_test(tc, the_last_of_two_counts);
	tcase_add_test(tc, the_first_that_is_no_option_is_told);
	tcase_add_loop_test(
		tc, what_is_wrong_is_refused, 0, (int)ARRAY_SIZE(wrong));
	tcase_add_test(tc, the_help_has_a_line_of_each);
	return tc;
}
