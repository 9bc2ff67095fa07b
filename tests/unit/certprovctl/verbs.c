/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/verbs.h"

#include <string.h>

#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

START_TEST(help_names_every_command)
{
	ck_assert_int_eq(paper_run("help"), EXIT_COMPLETE);
	for (const struct verb *v = verbs_next(NULL); v; v = verbs_next(v)) {
		paper_prints(v->name);
		paper_prints(v->summary);
	}
	paper_prints("  64         the command line is wrong");
	ck_assert_str_eq(paper_err(), "");
	ck_assert_int_eq(paper_run("--help"), EXIT_COMPLETE);
	paper_prints("Exit status");
}
END_TEST

/* Of two with the same place, the help would leave out one. */
START_TEST(no_two_commands_have_the_same_place)
{
	static const struct verb *const tables[] = {certificates_verbs,
		changes_verbs, check_verbs, monitor_verbs, runs_verbs,
		state_verbs, verify_verbs};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct verb *v = tables[i]; v->name; v++) {
			const struct verb *found = NULL;

			while ((found = verbs_next(found)) && found != v)
				;
			ck_assert_msg(found, "%s: another command has place %u",
				v->name, v->place);
		}
}
END_TEST

START_TEST(every_command_has_help_that_names_its_options)
{
	for (const struct verb *v = verbs_next(NULL); v; v = verbs_next(v)) {
		uint64_t takes = v->options | verbs_common_options();
		char words[64];

		(void)snprintf(words, sizeof(words), "%s --help", v->name);
		ck_assert_int_eq(paper_run(words), EXIT_COMPLETE);
		for (enum option_id id = 0; id < OPTION__END; id++) {
			char option[32];

			(void)snprintf(option, sizeof(option), " --%s",
				argument_option(id)->name);
			ck_assert_msg((strstr(paper_out(), option) != NULL) ==
					((takes & OPTION_BIT(id)) != 0),
				"%s%s", v->name, option);
		}
		(void)snprintf(words, sizeof(words), "help %s", v->name);
		ck_assert_int_eq(paper_run(words), EXIT_COMPLETE);
	}
}
END_TEST

START_TEST(the_version_is_printed)
{
	ck_assert_int_eq(paper_run("--version"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "certprovctl " CERTPROV_VERSION "\n");
}
END_TEST

static const struct {
	const char *words;
	const char *problem;
} wrong[] = {
	{"", "no command given"},
	{"frobnicate", "unknown command \"frobnicate\""},
	{"help frobnicate", "unknown command \"frobnicate\""},
	{"status now", "status takes no arguments"},
	{"show", "show needs SHA256"},
	{"remove servers", "remove needs servers|unknown SHA256"},
	{"list servers unknown",
		"list takes [authorities|servers|unknown|anchors]"},
	{"status --dry-run", "status has no option --dry-run"},
	{"list --firmware 8.7.5", "list has no option --firmware"},
	{"status --frob", "unknown option --frob"},
};

START_TEST(what_is_wrong_with_the_command_line_is_said)
{
	ck_assert_int_eq(paper_run(wrong[_i].words), EXIT_WRONG_USE);
	ck_assert_msg(strstr(paper_err(), wrong[_i].problem) != NULL, "%s",
		paper_err());
	ck_assert_ptr_nonnull(strstr(paper_err(), "certprovctl help"));
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

START_TEST(what_cannot_be_written_is_no_success)
{
	char program[] = "certprovctl";
	char word[] = "help";
	char *argv[] = {program, word, NULL};
	FILE *full = fopen("/dev/full", "we");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(
		verbs_main(2, argv, full, paper_screen(0)->err), EXIT_TROUBLE);
	ck_assert_ptr_nonnull(strstr(paper_err(), "writing: No space left"));
	(void)fclose(full);
}
END_TEST

test_case_maker verbs_tests;

TCase *verbs_tests(void)
{
	TCase *tc = tcase_create("verbs");

	tcase_add_checked_fixture(tc, paper_setup, paper_teardown);
	tcase_add_test(tc, help_names_every_command);
	tcase_add_test(tc, no_two_commands_have_the_same_place);
	tcase_add_test(tc, every_command_has_help_that_names_its_options);
	tcase_add_test(tc, the_version_is_printed);
	tcase_add_loop_test(tc, what_is_wrong_with_the_command_line_is_said, 0,
		ARRAY_SIZE(wrong));
	tcase_add_test(tc, what_cannot_be_written_is_no_success);
	return tc;
}
