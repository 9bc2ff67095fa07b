/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-matrix.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/check/check-problems.h"
#include "daemon/certprovctl/check/check-text.h"
#include "lib/base/string.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

static const char *const versions[] = {"8.9.3.40", "10.1.33.33"};
static struct matrix *matrix;

static void setup(void)
{
	paper_setup();
	ck_assert_int_eq(
		matrix_new(versions, ARRAY_SIZE(versions), false, &matrix), 0);
}

static void teardown(void)
{
	matrix = matrix_free(matrix);
	paper_teardown();
}

/* What an outcome is made of here; texts are lent. */
struct say {
	enum outcome_kind kind;
	const char *document;
	int64_t line;
	const char *url;
	const char *sha256;
	const char *subject;
	const char *result;
	const char *reason;
	const char *remedy;
	const char *name; /* of a setting */
	enum setting_result setting;
	bool warned; /* its key is short */
};

static void put(char **text, const char *value)
{
	ck_assert_int_eq(string_replace(text, value), 0);
}

static void add(size_t version, const struct say *say)
{
	CLEANUP(outcome_done)
	struct outcome o = {
		.kind = say->kind,
		.line = say->line,
		.setting = say->setting,
	};

	if (say->kind == OUTCOME_SETTING)
		o.accepted = setting_result_get(say->setting)->good;
	else
		ck_assert_int_eq(verdict_find(say->result, &o.verdict), 0);
	if (say->result)
		o.accepted = verdict_is_positive(o.verdict);
	if (say->warned)
		ck_assert_int_eq(
			outcome_add_warning(&o, WARNING_KEY_SHORT, NULL), 0);
	put(&o.document, say->document ? say->document : "a.xml");
	put(&o.url, say->url);
	put(&o.sha256, say->sha256);
	put(&o.subject, say->subject);
	put(&o.reason, say->reason);
	put(&o.remedy, say->remedy);
	put(&o.name, say->name);
	ck_assert_int_eq(matrix_add(matrix, version, &o), 0);
}
#define SAY(version, ...) add(version, &(const struct say){__VA_ARGS__})
#define ADD(version, ...) SAY(version, .kind = OUTCOME_CERTIFICATE, __VA_ARGS__)

/* All of it as text, as the command prints it. */
static void print(enum check_rows rows)
{
	CLEANUP(problems_done) struct problems problems = {0};

	ck_assert_int_eq(matrix_arrange(matrix), 0);
	ck_assert_int_ge(check_text_matrix(matrix, rows, paper_screen(0)), 0);
	ck_assert_int_eq(problems_add(&problems, matrix, 0), 0);
	problems_group(&problems);
	ck_assert_int_eq(check_text_problems(&problems, paper_screen(0)), 0);
}

static void prints(const char *expected)
{
	print(CHECK_ROWS_USUAL);
	ck_assert_str_eq(paper_out(), expected);
}

static void prints_also(const char *expected)
{
	print(CHECK_ROWS_USUAL);
	ck_assert_msg(strstr(paper_out(), expected) != NULL, "%s", paper_out());
}

START_TEST(a_row_is_an_element_and_a_column_a_version)
{
	ADD(0, .line = 9, .subject = "CN=CA", .result = "issuer-not-trusted",
		.reason = "Its issuer is unknown.", .remedy = "Add it.");
	ADD(0, .line = 3, .result = "empty", .reason = "It is empty.");
	ADD(1, .line = 3, .result = "empty", .reason = "It is empty.");
	ADD(1, .line = 9, .subject = "CN=CA", .result = "accepted");
	prints("Where    What         8.9.3.40            10.1.33.33\n"
	       "a.xml:3  certificate  empty               empty\n"
	       "a.xml:9  CN=CA        issuer-not-trusted  accepted\n"
	       "\n"
	       "Where    Outcome             Firmware              "
	       "Reason                  Remedy\n"
	       "a.xml:3  empty               8.9.3.40, 10.1.33.33  "
	       "It is empty.\n"
	       "a.xml:9  issuer-not-trusted  8.9.3.40              "
	       "Its issuer is unknown.  Add it.\n");
	ck_assert_int_eq(matrix_row_state(matrix, 0), MATRIX_REFUSED);
}
END_TEST

START_TEST(without_a_refusal_there_are_no_reasons)
{
	ADD(0, .line = 9, .url = "http://a/ca.der", .result = "accepted");
	ADD(1, .line = 9, .url = "http://a/ca.der", .result = "accepted");
	prints("Where    What             8.9.3.40  10.1.33.33\n"
	       "a.xml:9  http://a/ca.der  accepted  accepted\n");
	ck_assert_int_eq(matrix_row_state(matrix, 0), MATRIX_GOOD);
}
END_TEST

START_TEST(a_version_that_never_answered_is_a_hyphen)
{
	ADD(1, .line = 9, .subject = "CN=CA", .result = "accepted");
	prints("Where    What   8.9.3.40  10.1.33.33\n"
	       "a.xml:9  CN=CA  -         accepted\n");
}
END_TEST

START_TEST(documents_stand_in_the_order_they_were_found)
{
	ADD(0, .document = "z.xml", .line = 9, .result = "accepted");
	ADD(0, .document = "b.xml", .line = 1, .result = "accepted");
	ADD(1, .document = "b.xml", .line = 1, .result = "accepted");
	ADD(1, .document = "z.xml", .line = 9, .result = "accepted");
	prints("Where    What         8.9.3.40  10.1.33.33\n"
	       "z.xml:9  certificate  accepted  accepted\n"
	       "b.xml:1  certificate  accepted  accepted\n");
}
END_TEST

START_TEST(elements_of_one_line_are_told_apart_by_their_fingerprints)
{
	ADD(0, .line = 1, .sha256 = "aa", .subject = "CN=A",
		.result = "accepted");
	ADD(0, .line = 1, .sha256 = "bb", .subject = "CN=B",
		.result = "accepted");
	/* Decided in another order: B waited for nothing. */
	ADD(1, .line = 1, .sha256 = "bb", .subject = "CN=B",
		.result = "accepted");
	ADD(1, .line = 1, .sha256 = "aa", .subject = "CN=A",
		.result = "expired", .reason = "Long ago.");
	prints("Where    What  8.9.3.40  10.1.33.33\n"
	       "a.xml:1  CN=A  accepted  expired\n"
	       "a.xml:1  CN=B  accepted  accepted\n"
	       "\n"
	       "Where    Outcome  Firmware    Reason     Remedy\n"
	       "a.xml:1  expired  10.1.33.33  Long ago.\n");
}
END_TEST

START_TEST(elements_without_fingerprints_keep_their_order)
{
	ADD(0, .line = 1, .result = "base64-not-supported", .reason = "No.");
	ADD(0, .line = 1, .result = "base64-not-supported", .reason = "No.");
	ADD(1, .line = 1, .sha256 = "aa", .subject = "CN=A",
		.result = "accepted");
	ADD(1, .line = 1, .sha256 = "bb", .subject = "CN=B",
		.result = "accepted");
	prints_also("a.xml:1  CN=A  base64-not-supported  accepted\n"
		    "a.xml:1  CN=B  base64-not-supported  accepted\n");
}
END_TEST

START_TEST(one_reason_of_several_versions_is_said_once)
{
	ADD(0, .line = 1, .result = "expired",
		.reason = "The firmware 8.9.3.40 says no.");
	ADD(1, .line = 1, .result = "expired",
		.reason = "The firmware 10.1.33.33 says no.");
	ADD(0, .line = 2, .result = "empty",
		.reason = "Not on firmware 8.9.3.40, ever.");
	ADD(1, .line = 2, .result = "empty",
		.reason = "Not on firmware 10.1.33.33, ever.");
	prints_also("expired  8.9.3.40, 10.1.33.33  The firmware says no.\n");
	prints_also("empty    8.9.3.40, 10.1.33.33  "
		    "Not on this firmware, ever.\n");
}
END_TEST

START_TEST(what_is_fine_with_settings_and_documents_is_shown_when_asked_for)
{
	SAY(0, .kind = OUTCOME_SETTING, .line = 1, .name = "update_policy",
		.setting = SETTING_APPLIED);
	SAY(0, .kind = OUTCOME_DOCUMENT, .url = "a.xml", .result = "processed");
	prints("");
	print(CHECK_ROWS_ALL);
	ck_assert_str_eq(paper_out(),
		"Where    What                   8.9.3.40         10.1.33.33\n"
		"a.xml    a.xml                  processed        -\n"
		"a.xml:1  setting update_policy  setting-applied  -\n");
}
END_TEST

START_TEST(a_setting_that_does_not_count_is_shown_like_a_certificate)
{
	SAY(0, .kind = OUTCOME_SETTING, .line = 1, .name = "update_policy",
		.setting = SETTING_INVALID, .reason = "No such policy.",
		.remedy = "Choose.");
	SAY(1, .kind = OUTCOME_SETTING, .line = 1, .name = "update_policy",
		.setting = SETTING_INVALID, .reason = "No such policy.",
		.remedy = "Choose.");
	prints("Where    What                   8.9.3.40         10.1.33.33\n"
	       "a.xml:1  setting update_policy  setting-invalid  "
	       "setting-invalid\n"
	       "\n"
	       "Where    Outcome          Firmware              "
	       "Reason           Remedy\n"
	       "a.xml:1  setting-invalid  8.9.3.40, 10.1.33.33  "
	       "No such policy.  Choose.\n");
	ck_assert_int_eq(matrix_row_state(matrix, 0), MATRIX_REFUSED);
}
END_TEST

START_TEST(a_warning_is_said_once_for_all_versions_with_its_identifier)
{
	ADD(0, .line = 9, .subject = "CN=A", .result = "accepted",
		.warned = true);
	ADD(1, .line = 9, .subject = "CN=A", .result = "accepted",
		.warned = true);
	prints_also("\na.xml:9  warning key-short  8.9.3.40, 10.1.33.33  "
		    "Its key is short");
	ck_assert_int_eq(matrix_row_state(matrix, 0), MATRIX_WARNED);
}
END_TEST

START_TEST(equal_problems_are_one_with_all_their_places)
{
	for (int64_t i = 1; i <= 3; i++)
		ADD(1, .line = i, .result = "expired", .reason = "Long ago.");
	ADD(0, .line = 2, .result = "empty", .reason = "Nothing.");
	prints_also("\n3 places  expired  10.1.33.33  Long ago.          "
		    "a.xml:1, a.xml:2, a.xml:3\n"
		    "a.xml:2   empty    8.9.3.40    Nothing.\n");
}
END_TEST

START_TEST(of_more_places_than_fit_the_number_is_told)
{
	for (int64_t i = 1; i <= 5000; i++)
		ADD(1, .line = i, .result = "expired", .reason = "Long ago.");
	print(CHECK_ROWS_USUAL);
	ck_assert_ptr_nonnull(strstr(paper_out(), "\n5000 places  expired "));
	ck_assert_ptr_nonnull(
		strstr(paper_out(), " a.xml:1, a.xml:2, a.xml:3, "));
	ck_assert_ptr_nonnull(strstr(paper_out(), ", and 4624 more "));
}
END_TEST

START_TEST(offline_what_was_not_fetched_is_no_refusal)
{
	matrix = matrix_free(matrix);
	ck_assert_int_eq(
		matrix_new(versions, ARRAY_SIZE(versions), true, &matrix), 0);
	ADD(0, .line = 1, .result = "not-attempted", .reason = "Offline.");
	ADD(0, .line = 2, .result = "expired", .reason = "Long ago.");
	ck_assert_int_eq(matrix_arrange(matrix), 0);
	ck_assert_int_eq(matrix_row_state(matrix, 0), MATRIX_SKIPPED);
	ck_assert_int_eq(matrix_row_state(matrix, 1), MATRIX_REFUSED);
}
END_TEST

START_TEST(one_outcome_more_than_fit_is_refused)
{
	struct outcome o = {.kind = OUTCOME_SETTING, .line = 1};

	for (size_t i = 0; i < MATRIX_MAX_OUTCOMES; i++)
		ck_assert_int_eq(matrix_add(matrix, 0, &o), 0);
	ck_assert_int_eq(matrix_add(matrix, 0, &o), -ENOSPC);
}
END_TEST

START_TEST(a_document_that_was_not_read_is_a_row)
{
	SAY(0, .kind = OUTCOME_DOCUMENT, .line = 7, .url = "a.xml",
		.result = "not-well-formed", .reason = "Tags.");
	prints_also("a.xml:7  a.xml  not-well-formed  -\n");
}
END_TEST

START_TEST(ten_thousand_elements_take_no_time)
{
	for (int64_t i = 10000; i > 0; i--) {
		ADD(0, .line = i, .result = "accepted");
		ADD(1, .line = i, .result = "accepted");
	}
	prints_also("a.xml:1      certificate");
}
END_TEST

test_case_maker check_matrix_tests;

TCase *check_matrix_tests(void)
{
	TCase *tc = tcase_create("check-matrix");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_row_is_an_element_and_a_column_a_version);
	tcase_add_test(tc, without_a_refusal_there_are_no_reasons);
	tcase_add_test(tc, a_version_that_never_answered_is_a_hyphen);
	tcase_add_test(tc, documents_stand_in_the_order_they_were_found);
	tcase_add_test(
		tc, elements_of_one_line_are_told_apart_by_their_fingerprints);
	tcase_add_test(tc, elements_without_fingerprints_keep_their_order);
	tcase_add_test(tc, one_reason_of_several_versions_is_said_once);
	tcase_add_test(tc,
		what_is_fine_with_settings_and_documents_is_shown_when_asked_for);
	tcase_add_test(
		tc, a_setting_that_does_not_count_is_shown_like_a_certificate);
	tcase_add_test(tc,
		a_warning_is_said_once_for_all_versions_with_its_identifier);
	tcase_add_test(tc, equal_problems_are_one_with_all_their_places);
	tcase_add_test(tc, of_more_places_than_fit_the_number_is_told);
	tcase_add_test(tc, offline_what_was_not_fetched_is_no_refusal);
	tcase_add_test(tc, one_outcome_more_than_fit_is_refused);
	tcase_add_test(tc, a_document_that_was_not_read_is_a_row);
	tcase_add_test(tc, ten_thousand_elements_take_no_time);
	return tc;
}
