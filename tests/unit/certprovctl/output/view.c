/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/view.h"

#include <string.h>

#include "lib/varlink/json-fields.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

static cJSON *object;
static struct view_cell cell;

static const cJSON *parse(const char *text)
{
	json_free(object);
	object = cJSON_Parse(text);
	ck_assert_ptr_nonnull(object);
	return object;
}

static void teardown(void)
{
	object = json_free(object);
	view_cell_done(&cell);
	paper_teardown();
}

static const struct {
	const char *value;
	const char *text; /* NULL: nothing */
} values[] = {
	{"\"a text\"", "a text"},
	{"true", "yes"},
	{"false", "no"},
	{"9007199254740991", "9007199254740991"},
	{"-7", "-7"},
	{"1e300", "0"},
	{"[\"a\",1,\"b\"]", "a, b"},
	{"[]", NULL},
	{"null", NULL},
	{"{\"a\":1}", NULL},
};

START_TEST(a_member_is_written_as_its_type_is)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "{\"x\":%s}", values[_i].value);
	ck_assert_int_eq(view_plain(parse(text), "x", &cell), 0);
	if (values[_i].text)
		ck_assert_str_eq(cell.text, values[_i].text);
	else
		ck_assert_ptr_null(cell.text);
}
END_TEST

START_TEST(what_is_missing_or_of_another_type_is_empty)
{
	const cJSON *o = parse("{\"x\":1,\"X\":\"y\"}");

	ck_assert_ptr_null(view_text(o, "x"));
	ck_assert_ptr_null(view_text(o, "y"));
	ck_assert_ptr_null(view_text(NULL, "x"));
	ck_assert_int_eq(view_number(o, "X", -1), -1);
	ck_assert_int_eq(view_number(o, "x", -1), 1);
	ck_assert(!view_flag(o, "x"));
	ck_assert_int_eq(view_time(o, "x", &cell), 0);
	ck_assert_int_eq(view_fingerprint(o, "x", &cell), 0);
	ck_assert_int_eq(view_place(o, "x", &cell), 0);
	ck_assert_ptr_null(cell.text);
}
END_TEST

START_TEST(a_time_is_written_without_its_letters)
{
	ck_assert_int_eq(view_time(parse("{\"t\":\"2026-05-28T20:26:40Z\"}"),
				 "t", &cell),
		0);
	ck_assert_str_eq(cell.text, "2026-05-28 20:26:40");
}
END_TEST

START_TEST(a_time_that_is_none_stays_as_it_is)
{
	ck_assert_int_eq(view_time(parse("{\"t\":\"soon\"}"), "t", &cell), 0);
	ck_assert_str_eq(cell.text, "soon");
}
END_TEST

START_TEST(a_place_is_a_document_and_a_line)
{
	ck_assert_int_eq(
		view_place(parse("{\"document\":\"http://a/b\",\"line\":12}"),
			NULL, &cell),
		0);
	ck_assert_str_eq(cell.text, "http://a/b:12");
	view_cell_done(&cell);
	ck_assert_int_eq(
		view_place(parse("{\"document\":\"b\"}"), NULL, &cell), 0);
	ck_assert_str_eq(cell.text, "b");
}
END_TEST

static const struct {
	const char *in;
	const char *out;
} lines[] = {
	{"{\"a\":[1,true,null]}", "{\"a\":[1,true,null]}\n"},
	{"{\"a\":\"M\u00fcller \u65e5\"}", "{\"a\":\"M\u00fcller \u65e5\"}\n"},
	{"{\"a\":\"\\u001b[2J\\n\"}", "{\"a\":\"\\u001b[2J\\n\"}\n"},
	{"{\"a\":\"\\u007f\\u0080\\u009b\"}",
		"{\"a\":\"\\u007f\\u0080\\u009b\"}\n"},
	{"{\"a\":\"\\u202e\"}", "{\"a\":\"\\u202e\"}\n"},
	{"{\"a\":\"\\udb40\\udc41\"}", "{\"a\":\"\\udb40\\udc41\"}\n"},
};

START_TEST(json_is_harmless_to_a_terminal_and_still_the_same)
{
	CLEANUP(json_free) cJSON *again = NULL;

	ck_assert_int_eq(
		view_print_json(paper_screen(0), parse(lines[_i].in)), 0);
	ck_assert_str_eq(paper_out(), lines[_i].out);
	again = cJSON_Parse(paper_out());
	ck_assert(cJSON_Compare(again, object, true));
}
END_TEST

test_case_maker view_tests;

TCase *view_tests(void)
{
	TCase *tc = tcase_create("view");

	tcase_add_checked_fixture(tc, paper_setup, teardown);
	tcase_add_loop_test(
		tc, a_member_is_written_as_its_type_is, 0, ARRAY_SIZE(values));
	tcase_add_test(tc, what_is_missing_or_of_another_type_is_empty);
	tcase_add_test(tc, a_time_is_written_without_its_letters);
	tcase_add_test(tc, a_time_that_is_none_stays_as_it_is);
	tcase_add_test(tc, a_place_is_a_document_and_a_line);
	tcase_add_loop_test(tc,
		json_is_harmless_to_a_terminal_and_still_the_same, 0,
		ARRAY_SIZE(lines));
	return tc;
}
