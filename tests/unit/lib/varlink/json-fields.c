/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "lib/varlink/json-check.h"
#include "tests/unit/runner.h"

static const char *const colours[] = {"red", "green", NULL};

struct inner {
	int64_t x;
	const char *note;
};

struct all {
	const char *text;
	int colour;
	bool flag;
	int64_t number;
	int64_t when;
	const char *hex;
	struct json_sha256 digest;
	const cJSON *list;
	const cJSON *map;
	const cJSON *object;
	const cJSON *rows;
	struct bytes der;
	struct json_bytes_list chain;
	int64_t any;
	uint8_t key[SHA256_BYTES];
	int animal;
	struct json_texts texts;
	struct inner inner;
	struct json_structs inners;
};

/* An enum whose names are somebody else's. */
static const char *animal_name(int animal)
{
	return animal == 3 ? "cat" : "dog";
}

static int animal_find(const char *name, int *ret)
{
	if (strcmp(name, "cat") != 0)
		return -EINVAL;
	*ret = 3;
	return 0;
}

static const struct json_names animals = {animal_name, animal_find};

static const struct json_field inner_fields[] = {
	JSON_FIELD(struct inner, x, JSON_INT64, JSON_MUST),
	JSON_FIELD(struct inner, note, JSON_STRING),
};
static const struct json_table inner_table =
	JSON_TABLE(struct inner, inner_fields);

static const struct json_field fields[] = {
	JSON_FIELD(struct all, text, JSON_STRING, .required = true, .max = 4),
	JSON_FIELD(struct all, colour, JSON_CHOICE, .choices = colours),
	JSON_FIELD(struct all, flag, JSON_BOOL),
	JSON_FIELD(struct all, number, JSON_INT64, .min = 1, .max = 10),
	JSON_FIELD(struct all, when, JSON_TIME),
	JSON_FIELD(struct all, hex, JSON_SHA256_TEXT),
	JSON_FIELD(struct all, digest, JSON_SHA256),
	JSON_FIELD(struct all, list, JSON_STRINGS, .max = 2),
	JSON_FIELD(struct all, map, JSON_STRING_MAP, .max = 1),
	JSON_FIELD(struct all, object, JSON_OBJECT),
	JSON_FIELD(struct all, rows, JSON_ARRAY, .max = 1),
	JSON_FIELD(struct all, der, JSON_BYTES, .max = 3),
	JSON_FIELD(
		struct all, chain, JSON_BYTES_LIST, .max = 4, .max_items = 2),
	JSON_FIELD(struct all, any, JSON_INT64),
	JSON_FIELD(struct all, key, JSON_DIGEST),
	JSON_FIELD(struct all, animal, JSON_NAME, .names = &animals),
	JSON_FIELD(struct all, texts, JSON_TEXTS, .max = 2),
	JSON_FIELD(struct all, inner, JSON_STRUCT, .nested = &inner_table),
	JSON_FIELD(struct all, inners, JSON_STRUCTS, .nested = &inner_table,
		.max = 2),
};

static void all_done(struct all *a)
{
	json_fields_done(fields, ARRAY_SIZE(fields), a);
}

DEFINE_CLEANUP_EMBEDDED(struct all, all_done);

#define DIGEST                                                                 \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const char everything[] =
	"{\"text\":\"abcd\",\"colour\":\"green\",\"flag\":true,"
	"\"number\":10,\"when\":\"1970-01-01T00:01:00Z\","
	"\"hex\":\"" DIGEST "\",\"digest\":\"" DIGEST "\","
	"\"list\":[\"a\",\"b\"],\"map\":{\"k\":\"v\"},\"object\":{},"
	"\"rows\":[{}],\"der\":\"AQID\",\"chain\":[\"AQI=\",\"AwQ=\"],"
	"\"any\":-9007199254740992,\"key\":\"" DIGEST "\","
	"\"animal\":\"cat\",\"texts\":[\"t\",\"u\"],"
	"\"inner\":{\"x\":1},\"inners\":[{\"x\":2,\"note\":\"n\"}]}";

START_TEST(every_type_is_decoded)
{
	CLEANUP(json_free) cJSON *object = cJSON_Parse(everything);
	CLEANUP(all_done) struct all a = {0};
	const char *wrong = NULL;

	ck_assert_int_eq(json_fields_decode(fields, ARRAY_SIZE(fields), object,
				 &a, &wrong),
		0);
	ck_assert_str_eq(a.text, "abcd");
	ck_assert_int_eq(a.colour, 1);
	ck_assert(a.flag);
	ck_assert_int_eq(a.number, 10);
	ck_assert_int_eq(a.when, 60);
	ck_assert_str_eq(a.hex, DIGEST);
	ck_assert(a.digest.set);
	ck_assert_uint_eq(a.digest.bytes[31], 0xff);
	ck_assert_int_eq(cJSON_GetArraySize(a.list), 2);
	ck_assert_str_eq(a.map->child->string, "k");
	ck_assert_ptr_nonnull(a.object);
	ck_assert_int_eq(cJSON_GetArraySize(a.rows), 1);
	ck_assert_mem_eq(a.der.data, "\1\2\3", 3);
	ck_assert_uint_eq(a.chain.count, 2);
	ck_assert_mem_eq(a.chain.items[1].data, "\3\4", 2);
	ck_assert_int_eq(a.any, -JSON_MAX_INTEGER);
	ck_assert_uint_eq(a.key[31], 0xff);
	ck_assert_int_eq(a.animal, 3);
	ck_assert_uint_eq(a.texts.count, 2);
	ck_assert_str_eq(a.texts.items[1], "u");
	ck_assert_int_eq(a.inner.x, 1);
	ck_assert_uint_eq(a.inners.count, 1);
	ck_assert_str_eq(((const struct inner *)a.inners.items)->note, "n");
}
END_TEST

START_TEST(what_was_decoded_is_encoded_as_it_came)
{
	CLEANUP(json_free) cJSON *object = cJSON_Parse(everything);
	CLEANUP(json_free) cJSON *encoded = NULL;
	CLEANUP(all_done) struct all a = {0};
	CLEANUP(free) char *text = NULL;
	const char *wrong = NULL;

	ck_assert_int_eq(json_fields_decode(fields, ARRAY_SIZE(fields), object,
				 &a, &wrong),
		0);
	ck_assert_int_eq(
		json_fields_encode(fields, ARRAY_SIZE(fields), &a, &encoded),
		0);
	text = cJSON_PrintUnformatted(encoded);
	ck_assert_str_eq(text, everything);
}
END_TEST

struct part {
	const char *url;
	int64_t line;
	int64_t ends;
	int colour;
	int animal;
	struct json_sha256 digest;
	struct bytes der;
	struct json_texts texts;
	struct inner *inner;
};

static int part_rewrite(const char *text, char **ret)
{
	return string_format(ret, "<%s>", text);
}

static const struct json_field part_fields[] = {
	JSON_FIELD(struct part, url, JSON_STRING, .rewrite = part_rewrite),
	JSON_FIELD(struct part, line, JSON_INT64, .absent = -1),
	JSON_FIELD(struct part, ends, JSON_TIME, .absent = INT64_MAX),
	JSON_FIELD(struct part, colour, JSON_CHOICE, .choices = colours),
	JSON_FIELD(struct part, animal, JSON_NAME, .names = &animals),
	JSON_FIELD(struct part, digest, JSON_SHA256),
	JSON_FIELD(struct part, der, JSON_BYTES),
	JSON_FIELD(struct part, texts, JSON_TEXTS),
	JSON_FIELD(struct part, inner, JSON_STRUCT_AT, .nested = &inner_table),
};

static void assert_encoded(const struct json_field *table, size_t count,
	const void *from, const char *expected)
{
	CLEANUP(json_free) cJSON *object = NULL;
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(json_fields_encode(table, count, from, &object), 0);
	text = cJSON_PrintUnformatted(object);
	ck_assert_str_eq(text, expected);
}

START_TEST(what_is_not_there_is_left_out)
{
	const struct part part = {
		.line = -1, .ends = INT64_MAX, .colour = -1, .animal = -1};

	assert_encoded(part_fields, ARRAY_SIZE(part_fields), &part, "{}");
}
END_TEST

START_TEST(what_is_there_is_written_even_when_it_is_zero)
{
	struct inner inner = {0};
	const struct part part = {
		.url = "u",
		.animal = 3,
		.der = {(uint8_t *)"", 0},
		.inner = &inner,
	};

	assert_encoded(part_fields, ARRAY_SIZE(part_fields), &part,
		"{\"url\":\"<u>\",\"line\":0,"
		"\"ends\":\"1970-01-01T00:00:00Z\",\"colour\":\"red\","
		"\"animal\":\"cat\",\"der\":\"\",\"inner\":{\"x\":0}}");
}
END_TEST

struct lists {
	struct json_bytes_list chain;
	struct json_texts texts;
	struct json_structs inners;
};

START_TEST(a_required_list_is_written_empty)
{
	static const struct json_field table[] = {
		JSON_FIELD(struct lists, chain, JSON_BYTES_LIST, JSON_MUST),
		JSON_FIELD(struct lists, texts, JSON_TEXTS, JSON_MUST),
		JSON_FIELD(struct lists, inners, JSON_STRUCTS, JSON_MUST,
			.nested = &inner_table),
	};
	const struct lists lists = {0};

	assert_encoded(table, ARRAY_SIZE(table), &lists,
		"{\"chain\":[],\"texts\":[],\"inners\":[]}");
}
END_TEST

START_TEST(what_is_absent_or_null_leaves_the_default)
{
	CLEANUP(json_free)
	cJSON *object = cJSON_Parse("{\"text\":\"a\",\"number\":null}");
	CLEANUP(all_done) struct all a = {.number = 5, .colour = -1};
	const char *wrong = NULL;

	ck_assert_int_eq(json_fields_decode(fields, ARRAY_SIZE(fields), object,
				 &a, &wrong),
		0);
	ck_assert_int_eq(a.number, 5);
	ck_assert_int_eq(a.colour, -1);
	ck_assert(!a.digest.set);
	ck_assert_ptr_null(a.der.data);
}
END_TEST

static const struct wrong {
	const char *member;
	const char *name;
} wrongs[] = {
	{"\"text\":\"abcde\"", "text"},
	{"\"text\":1", "text"},
	{"\"text\":null", "text"},
	{"\"text\":\"a\",\"colour\":\"blue\"", "colour"},
	{"\"text\":\"a\",\"colour\":1", "colour"},
	{"\"text\":\"a\",\"flag\":\"true\"", "flag"},
	{"\"text\":\"a\",\"flag\":0", "flag"},
	{"\"text\":\"a\",\"number\":0", "number"},
	{"\"text\":\"a\",\"number\":11", "number"},
	{"\"text\":\"a\",\"number\":1.5", "number"},
	{"\"text\":\"a\",\"number\":\"1\"", "number"},
	{"\"text\":\"a\",\"any\":9007199254740994", "any"},
	{"\"text\":\"a\",\"any\":1e300", "any"},
	{"\"text\":\"a\",\"when\":\"yesterday\"", "when"},
	{"\"text\":\"a\",\"when\":60", "when"},
	{"\"text\":\"a\",\"hex\":\"00\"", "hex"},
	{"\"text\":\"a\",\"hex\":7", "hex"},
	{"\"text\":\"a\",\"digest\":\"A0112233445566778899aabbccddeeff"
	 "00112233445566778899aabbccddeeff\"",
		"digest"},
	{"\"text\":\"a\",\"list\":[1]", "list"},
	{"\"text\":\"a\",\"list\":\"a\"", "list"},
	{"\"text\":\"a\",\"list\":[\"a\",\"b\",\"c\"]", "list"},
	{"\"text\":\"a\",\"map\":{\"a\":1}", "map"},
	{"\"text\":\"a\",\"map\":{\"a\":\"1\",\"b\":\"2\"}", "map"},
	{"\"text\":\"a\",\"map\":[\"a\"]", "map"},
	{"\"text\":\"a\",\"object\":[]", "object"},
	{"\"text\":\"a\",\"rows\":[1]", "rows"},
	{"\"text\":\"a\",\"rows\":[{},{}]", "rows"},
	{"\"text\":\"a\",\"der\":\"AQIDBA==\"", "der"},
	{"\"text\":\"a\",\"der\":\"AQI\"", "der"},
	{"\"text\":\"a\",\"der\":[]", "der"},
	{"\"text\":\"a\",\"der\":\"AQID\",\"chain\":[\"AQI=\",\"?\"]", "chain"},
	{"\"text\":\"a\",\"chain\":[\"AQ==\",\"AQ==\",\"AQ==\"]", "chain"},
	{"\"text\":\"a\",\"chain\":[\"AQID\",\"AQI=\"]", "chain"},
	{"\"text\":\"a\",\"chain\":\"AQ==\"", "chain"},
	{"\"text\":\"a\",\"Flag\":true", "Flag"},
	{"\"flag\":true", "text"},
	{"\"text\":\"a\",\"key\":\"00\"", "key"},
	{"\"text\":\"a\",\"animal\":\"cow\"", "animal"},
	{"\"text\":\"a\",\"animal\":1", "animal"},
	{"\"text\":\"a\",\"texts\":[1]", "texts"},
	{"\"text\":\"a\",\"texts\":[\"a\",\"b\",\"c\"]", "texts"},
	{"\"text\":\"a\",\"inner\":1", "inner"},
	{"\"text\":\"a\",\"texts\":[\"a\"],\"inner\":{}", "inner"},
	{"\"text\":\"a\",\"inners\":[{\"x\":1},{}]", "inners"},
	{"\"text\":\"a\",\"inners\":{}", "inners"},
};

START_TEST(the_wrong_member_is_named_and_nothing_leaks)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(json_free) cJSON *object = NULL;
	struct all a = {0};
	const char *wrong = NULL;

	ck_assert_int_eq(string_format(&text, "{%s}", wrongs[_i].member), 0);
	object = cJSON_Parse(text);
	ck_assert_ptr_nonnull(object);
	ck_assert_msg(json_fields_decode(fields, ARRAY_SIZE(fields), object, &a,
			      &wrong) == -EINVAL,
		"%s", text);
	ck_assert_str_eq(wrong, wrongs[_i].name);
	ck_assert_ptr_null(a.der.data);
	ck_assert_ptr_null(a.chain.items);
}
END_TEST

START_TEST(without_an_object_only_what_is_required_is_missed)
{
	struct all a = {0};
	const char *wrong = NULL;

	ck_assert_int_eq(
		json_fields_decode(fields + 1, 3, NULL, &a, &wrong), 0);
	ck_assert_int_eq(
		json_fields_decode(fields, 3, NULL, &a, &wrong), -EINVAL);
	ck_assert_str_eq(wrong, "text");
}
END_TEST

START_TEST(a_newer_peer_may_say_more)
{
	CLEANUP(json_free)
	cJSON *object = cJSON_Parse("{\"text\":\"a\",\"news\":1}");
	CLEANUP(all_done) struct all a = {0};
	const char *wrong = NULL;

	ck_assert_int_eq(json_fields_decode_known(fields, ARRAY_SIZE(fields),
				 object, &a, &wrong),
		0);
	ck_assert_str_eq(a.text, "a");
}
END_TEST

static void assert_written(struct json_writer *w, const char *expected)
{
	CLEANUP(json_free) cJSON *object = NULL;
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(json_take(w, &object), 0);
	text = cJSON_PrintUnformatted(object);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(json_check(text, strlen(text), NULL), 0);
}

START_TEST(a_writer_writes_every_kind)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_done) struct json_writer inner = {0};
	CLEANUP(json_done) struct json_writer row = {0};

	json_put_string(&w, "s", "x");
	json_put_string(&w, "none", NULL);
	json_put_bool(&w, "b", false);
	json_put_int(&w, "i", -7);
	json_put_int(&w, "big", 1000000000000000LL);
	json_put_int(&w, "max", JSON_MAX_INTEGER);
	json_put_time(&w, "t", 0);
	json_put_base64(&w, "d", "\1\2", 2);
	json_put_base64(&w, "nothing", NULL, 0);
	json_put_hex(&w, "h", "\xab", 1);
	json_put_null(&w, "n");
	json_put_object(&w, "o", &inner);
	json_put_array(&w, "e");
	json_append_string(&w, "a", "1");
	json_append_base64(&w, "a", "\1", 1);
	json_put_int(&row, "k", 1);
	json_append_object(&w, "r", &row);
	assert_written(&w,
		"{\"s\":\"x\",\"b\":false,\"i\":-7,\"big\":1000000000000000,"
		"\"max\":9007199254740992,\"t\":\"1970-01-01T00:00:00Z\","
		"\"d\":\"AQI=\",\"h\":\"ab\",\"n\":null,\"o\":{},\"e\":[],"
		"\"a\":[\"1\",\"AQ==\"],\"r\":[{\"k\":1}]}");
}
END_TEST

START_TEST(text_that_is_not_utf8_is_written_with_replacements)
{
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_string(&w, "s", "a\xff\xc3(b\xe2\x82");
	assert_written(&w,
		"{\"s\":\"a\xef\xbf\xbd\xef\xbf\xbd(b\xef\xbf\xbd\xef\xbf\xbd\"}");
}
END_TEST

START_TEST(a_bool_may_be_left_out_when_it_is_false)
{
	static const struct json_field bools[] = {
		{.name = "a", .type = JSON_BOOL},
		{.name = "b", .type = JSON_BOOL, .omit_false = true},
	};
	CLEANUP(json_done) struct json_writer w = {0};

	json_put_fields(&w, bools, ARRAY_SIZE(bools), &(bool){false});
	assert_written(&w, "{\"a\":false}");
	json_done(&w);
	json_put_fields(&w, bools, ARRAY_SIZE(bools), &(bool){true});
	assert_written(&w, "{\"a\":true,\"b\":true}");
}
END_TEST
START_TEST(structs_are_appended_to_an_array_that_is_wrapped)
{
	static const struct json_field field = {.name = "a", .type = JSON_BOOL};
	CLEANUP(json_done) struct json_writer w = {0};
	cJSON *array = cJSON_CreateArray();

	ck_assert_int_eq(json_fields_append(array, &field, 1, &(bool){1}), 0);
	ck_assert_int_eq(json_fields_append(array, &field, 1, &(bool){0}), 0);
	ck_assert_int_eq(json_wrap("r", array, &w.object), 0);
	assert_written(&w, "{\"r\":[{\"a\":true},{\"a\":false}]}");
	ck_assert_int_eq(json_wrap("r", NULL, &w.object), -ENOMEM);
}
END_TEST
START_TEST(a_failure_sticks_until_the_end)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_done) struct json_writer outer = {0};
	cJSON *object = NULL;

	json_put_item(&w, "x", NULL);
	json_put_int(&w, "i", 1);
	json_put_object(&outer, "w", &w);
	ck_assert_int_eq(json_take(&outer, &object), -ENOMEM);
	ck_assert_ptr_null(object);
}
END_TEST

TCase *json_fields_tests(void);

TCase *json_fields_tests(void)
{
	TCase *tc = tcase_create("json-fields");

	tcase_add_test(tc, every_type_is_decoded);
	tcase_add_test(tc, what_was_decoded_is_encoded_as_it_came);
	tcase_add_test(tc, what_is_not_there_is_left_out);
	tcase_add_test(tc, what_is_there_is_written_even_when_it_is_zero);
	tcase_add_test(tc, a_required_list_is_written_empty);
	tcase_add_test(tc, what_is_absent_or_null_leaves_the_default);
	tcase_add_loop_test(tc, the_wrong_member_is_named_and_nothing_leaks, 0,
		ARRAY_SIZE(wrongs));
	tcase_add_test(tc, without_an_object_only_what_is_required_is_missed);
	tcase_add_test(tc, a_newer_peer_may_say_more);
	tcase_add_test(tc, a_writer_writes_every_kind);
	tcase_add_test(tc, text_that_is_not_utf8_is_written_with_replacements);
	tcase_add_test(tc, a_bool_may_be_left_out_when_it_is_false);
	tcase_add_test(tc, structs_are_appended_to_an_array_that_is_wrapped);
	tcase_add_test(tc, a_failure_sticks_until_the_end);
	return tc;
}
