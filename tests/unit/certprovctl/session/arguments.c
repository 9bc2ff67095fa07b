/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define MAX_WORDS 64

static char *argv_copy[MAX_WORDS];
static struct arguments parsed;
static char *problem;

static void teardown(void)
{
	for (size_t i = 0; i < MAX_WORDS; i++)
		free(argv_copy[i]);
	memset(argv_copy, 0, sizeof(argv_copy));
	free(problem);
	problem = NULL;
}

/* A command line, ended by NULL. */
static int parse(const char *const *words)
{
	/* What was parsed points into it. */
	static char *argv[MAX_WORDS];
	int argc = 0;

	for (; words[argc]; argc++) {
		ck_assert_int_lt(argc, MAX_WORDS);
		argv_copy[argc] = strdup(words[argc]);
		argv[argc] = argv_copy[argc];
	}
	return arguments_parse(argc, argv, &parsed, &problem);
}
#define PARSE(...)                                                             \
	parse((const char *const[]){"certprovctl", __VA_ARGS__, NULL})

START_TEST(options_may_stand_anywhere)
{
	ck_assert_int_eq(PARSE("--json", "check", "-f", "8.9.3.40", "a.xml",
				 "--follow", "--firmware=10.1", "b.xml"),
		0);
	ck_assert(arguments_has(&parsed, OPTION_JSON));
	ck_assert(arguments_has(&parsed, OPTION_FOLLOW));
	ck_assert(!arguments_has(&parsed, OPTION_FORCE));
	ck_assert_uint_eq(parsed.firmware_count, 2);
	ck_assert_str_eq(parsed.firmware[0], "8.9.3.40");
	ck_assert_str_eq(parsed.firmware[1], "10.1");
	ck_assert_uint_eq(parsed.word_count, 3);
	ck_assert_str_eq(parsed.words[0], "check");
	ck_assert_str_eq(parsed.words[1], "a.xml");
	ck_assert_str_eq(parsed.words[2], "b.xml");
}
END_TEST

START_TEST(behind_two_hyphens_nothing_is_an_option)
{
	ck_assert_int_eq(PARSE("check", "--", "--json", "-"), 0);
	ck_assert(!arguments_has(&parsed, OPTION_JSON));
	ck_assert_uint_eq(parsed.word_count, 3);
	ck_assert_str_eq(parsed.words[1], "--json");
	ck_assert_str_eq(parsed.words[2], "-");
}
END_TEST

START_TEST(a_single_hyphen_is_a_word)
{
	ck_assert_int_eq(PARSE("provision", "-"), 0);
	ck_assert_str_eq(parsed.words[1], "-");
}
END_TEST

START_TEST(letters_and_beginnings_are_read_as_by_other_programs)
{
	ck_assert_int_eq(PARSE("check", "-jf8.9.3.40", "--foll", "a.xml"), 0);
	ck_assert(arguments_has(&parsed, OPTION_JSON));
	ck_assert(arguments_has(&parsed, OPTION_FOLLOW));
	ck_assert_str_eq(parsed.firmware[0], "8.9.3.40");
	ck_assert_uint_eq(parsed.word_count, 2);
}
END_TEST

START_TEST(a_value_may_be_empty_or_look_like_an_option)
{
	ck_assert_int_eq(PARSE("distrust", "--reason=", "--mac", "--json"), 0);
	ck_assert_str_eq(parsed.value[OPTION_REASON], "");
	ck_assert_str_eq(parsed.value[OPTION_MAC], "--json");
}
END_TEST

static const struct {
	const char *words[3];
	const char *problem;
} wrong[] = {
	{{"list", "--jsonx"}, "unknown option --jsonx"},
	{{"list", "--="}, "unknown option --="},
	{{"list", "--fo"}, "unknown option --fo"}, /* --follow or --force */
	{{"list", "-x"}, "unknown option -x"},
	{{"list", "-jx"}, "unknown option -x"},
	{{"list", "--json=1"}, "--json takes no value"},
	{{"list", "--firmware"}, "--firmware needs a value"},
	{{"list", "-f"}, "-f needs a value"},
	{{"list", "-jf"}, "-f needs a value"},
};

START_TEST(what_is_no_option_is_named)
{
	struct arguments before = parsed;

	ck_assert_int_eq(
		PARSE(wrong[_i].words[0], wrong[_i].words[1]), -EINVAL);
	ck_assert_str_eq(problem, wrong[_i].problem);
	ck_assert_mem_eq(&before, &parsed, sizeof(parsed));
}
END_TEST

START_TEST(one_firmware_more_than_there_may_be_is_refused)
{
	const char *words[ARGUMENTS_MAX_FIRMWARE + 4] = {
		"certprovctl", "check", "a.xml"};

	for (size_t i = 0; i < ARGUMENTS_MAX_FIRMWARE; i++)
		words[2 + i] = "--firmware=1.2.3";
	ck_assert_int_eq(parse(words), 0);
	teardown();
	words[2 + ARGUMENTS_MAX_FIRMWARE] = "--firmware=1.2.3";
	ck_assert_int_eq(parse(words), -EINVAL);
	ck_assert_str_eq(problem, "--firmware can be given 16 times at most");
}
END_TEST

START_TEST(every_option_has_a_name_and_help)
{
	const struct option_info *o = argument_option((enum option_id)_i);

	ck_assert_ptr_nonnull(o->name);
	ck_assert_ptr_nonnull(o->help);
	for (int i = 0; i < _i; i++) {
		const struct option_info *other =
			argument_option((enum option_id)i);

		ck_assert_str_ne(o->name, other->name);
		if (o->letter)
			ck_assert_int_ne(o->letter, other->letter);
	}
}
END_TEST

test_case_maker arguments_tests;

TCase *arguments_tests(void)
{
	TCase *tc = tcase_create("arguments");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, options_may_stand_anywhere);
	tcase_add_test(tc, behind_two_hyphens_nothing_is_an_option);
	tcase_add_test(tc, a_single_hyphen_is_a_word);
	tcase_add_test(
		tc, letters_and_beginnings_are_read_as_by_other_programs);
	tcase_add_test(tc, a_value_may_be_empty_or_look_like_an_option);
	tcase_add_loop_test(
		tc, what_is_no_option_is_named, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, one_firmware_more_than_there_may_be_is_refused);
	tcase_add_loop_test(
		tc, every_option_has_a_name_and_help, 0, OPTION__END);
	return tc;
}
