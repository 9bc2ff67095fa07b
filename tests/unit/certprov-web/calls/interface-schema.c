/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/interface-schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/varlink/json-writer.h"
#include "tests/unit/runner.h"

/* The description as JSON, with ' for ". */
static void same(const char *text, const char *expected)
{
	CLEANUP(json_free) cJSON *found = NULL;
	CLEANUP(json_free) cJSON *wanted = NULL;
	char json[4096];

	(void)snprintf(json, sizeof(json), "%s", expected);
	for (char *quote = json; (quote = strchr(quote, '\''));)
		*quote = '"';
	ck_assert_int_eq(interface_schema_parse(text, &found), 0);
	wanted = cJSON_Parse(json);
	ck_assert_ptr_nonnull(wanted);
	if (!cJSON_Compare(found, wanted, true))
		ck_abort_msg("%s", cJSON_Print(found));
}

START_TEST(an_interface_may_have_nothing_in_it)
{
	same("# Text.\ninterface a.b\n",
		"{'name': 'a.b', 'description': 'Text.', 'types': {}, "
		"'methods': {}, 'errors': {}}");
}
END_TEST

START_TEST(structs_enums_optionals_arrays_and_maps)
{
	same("interface a\n"
	     "type Kind (one, two)\n"
	     "type All (s: string, i: ?int, b: bool, f: float, o: object,\n"
	     "  k: ?Kind, l: []Kind, m: [string]int, lm: ?[][string]bool)\n",
		"{'name': 'a', 'types': {"
		"'Kind': {'enum': ['one', 'two'], 'type': 'string'},"
		"'All': {'required': ['s', 'b', 'f', 'o', 'l', 'm'],"
		"'type': 'object', 'properties': {"
		"'s': {'type': 'string'},"
		"'i': {'type': 'integer', 'format': 'int64'},"
		"'b': {'type': 'boolean'}, 'f': {'type': 'number'},"
		"'o': {'type': 'object'},"
		"'k': {'$ref': '#/components/schemas/a.Kind'},"
		"'l': {'type': 'array', 'items': "
		"{'$ref': '#/components/schemas/a.Kind'}},"
		"'m': {'type': 'object', 'additionalProperties': "
		"{'type': 'integer', 'format': 'int64'}},"
		"'lm': {'type': 'array', 'items': {'type': 'object', "
		"'additionalProperties': {'type': 'boolean'}}}}}},"
		"'methods': {}, 'errors': {}}");
}
END_TEST

START_TEST(methods_and_errors)
{
	same("interface a\n"
	     "method Do() -> (done: bool)\n"
	     "error No (why: string)\n"
	     "error Never ()\n",
		"{'name': 'a', 'types': {}, 'methods': {'Do': {"
		"'parameters': {'type': 'object', 'properties': {}},"
		"'reply': {'required': ['done'], 'type': 'object', "
		"'properties': {'done': {'type': 'boolean'}}}}},"
		"'errors': {'No': {'required': ['why'], 'type': 'object', "
		"'properties': {'why': {'type': 'string'}}},"
		"'Never': {'type': 'object', 'properties': {}}}}");
}
END_TEST

START_TEST(comments_are_descriptions_of_what_follows_at_once)
{
	same("# Of nothing.\n\n# Of\n#  a.\ninterface a\n"
	     "# Of nothing.\n\n"
	     "# Of S.\ntype S (\n  # Of x,\n  # and more.\n  x: int,\n"
	     "  y: int\n)\n"
	     "# Of E.\nerror E ()\n# At the end.\n",
		"{'name': 'a', 'description': 'Of a.', 'types': {'S': "
		"{'description': 'Of S.', 'required': ['x', 'y'], "
		"'type': 'object', 'properties': {'x': {'description': "
		"'Of x, and more.', 'type': 'integer', 'format': 'int64'}, "
		"'y': {'type': 'integer', 'format': 'int64'}}}}, "
		"'methods': {}, 'errors': {'E': {'description': 'Of E.', "
		"'type': 'object', 'properties': {}}}}");
}
END_TEST

static const char *const malformed[] = {
	"",
	"# interface a\n",
	"interfac a",
	"interface",
	"interface (",
	"interface a type",
	"interface a type T",
	"interface a type T (",
	"interface a type T (x",
	"interface a type T (x: ",
	"interface a type T (x: int",
	"interface a type T (x: int,",
	"interface a type T (x: int y: int)",
	"interface a type T (x: int, y)",
	"interface a type T (x, y: int)",
	"interface a type T (x: integer)",
	"interface a type T (x: (y: int))",
	"interface a type T (x: []?int)",
	"interface a type T (x: [][][][][]int)",
	"interface a method M (",
	"interface a method M ()",
	"interface a method M () -> ",
	"interface a methods M () -> ()",
	"interface a error E",
	"interface a nothing",
};

START_TEST(what_is_no_description_is_refused)
{
	cJSON *ret = NULL;

	ck_assert_int_eq(interface_schema_parse(malformed[_i], &ret), -EINVAL);
	ck_assert_ptr_null(ret);
}
END_TEST

/* An array of a map, INTERFACE_SCHEMA_MAX_PREFIXES times over; a name. */
START_TEST(as_long_as_they_may_be)
{
	char name[INTERFACE_SCHEMA_MAX_NAME + 1] = {0};
	char text[4 * INTERFACE_SCHEMA_MAX_NAME];
	cJSON *ret = NULL;

	memset(name, 'a', INTERFACE_SCHEMA_MAX_NAME - 1);
	(void)snprintf(text, sizeof(text),
		"interface %s type T (x: [][][][]int)", name);
	ck_assert_int_eq(interface_schema_parse(text, &ret), 0);
	ret = json_free(ret);
	memset(name, 'a', INTERFACE_SCHEMA_MAX_NAME);
	(void)snprintf(text, sizeof(text), "interface %s", name);
	ck_assert_int_eq(interface_schema_parse(text, &ret), -EINVAL);
}
END_TEST

test_case_maker interface_schema_tests;
TCase *interface_schema_tests(void)
{
	TCase *tc = tcase_create("interface-schema");

	tcase_add_test(tc, an_interface_may_have_nothing_in_it);
	tcase_add_test(tc, structs_enums_optionals_arrays_and_maps);
	tcase_add_test(tc, methods_and_errors);
	tcase_add_test(tc, comments_are_descriptions_of_what_follows_at_once);
	tcase_add_loop_test(tc, what_is_no_description_is_refused, 0,
		(int)(sizeof(malformed) / sizeof(*malformed)));
	tcase_add_test(tc, as_long_as_they_may_be);
	return tc;
}
