/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/json-build.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/varlink/json-check.h"
#include "lib/varlink/json-writer.h"
#include "tests/unit/runner.h"

static const char *const texts[] = {
	"{}",
	" [ ] \r\n\t",
	"0",
	" -12.5e3 ",
	"true",
	"\"\"",
	"\"plain\"",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
	"\"ends with a backslash\\\\\"",
	"\"\xf0\x9f\x98\x80\x7f\"",
	"[1,\"a\" , null,[],{},[[false]] ,\"b\\n\"]",
	"{\"a\":{\"a\":[{\"a\":1},{\"a\" : 1}]},\"b\":null, \"c\":\"]}\"}",
	"{\"a\\u0062\" : 1,\"A\":1,\"aa\":\"\\\\\",\"\":[]}",
	"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
	"[9007199254740992,-9007199254740992,1e307,123.456e-400,-0]",
};

/* Walked backwards as well, as cJSON does to append. */
static size_t count_backwards(const cJSON *list)
{
	const cJSON *first = list->child;
	size_t count = first ? 1 : 0;

	for (const cJSON *i = first ? first->prev : NULL; i && i != first;
		i = i->prev)
		count++;
	return count;
}

/* As deep as the texts above. NOLINTNEXTLINE(misc-no-recursion) */
static void same(const cJSON *ours, const cJSON *theirs)
{
	const cJSON *other = theirs->child;
	const cJSON *item = NULL;

	ck_assert_int_eq(ours->type, theirs->type);
	ck_assert_int_eq(ours->valueint, theirs->valueint);
	ck_assert(ours->valuedouble == theirs->valuedouble);
	ck_assert_pstr_eq(ours->string, theirs->string);
	ck_assert_pstr_eq(ours->valuestring, theirs->valuestring);
	ck_assert_int_eq((int)count_backwards(ours), cJSON_GetArraySize(ours));
	cJSON_ArrayForEach(item, ours)
	{
		ck_assert_ptr_nonnull(other);
		same(item, other);
		other = other->next;
	}
	ck_assert_ptr_null(other);
}

START_TEST(tree_is_the_one_that_cjson_makes)
{
	size_t len = strlen(texts[_i]);
	/* No byte behind it, for the sanitizers. */
	CLEANUP(free) char *text = malloc(len);
	CLEANUP(json_free) cJSON *theirs = cJSON_Parse(texts[_i]);
	CLEANUP(json_free) cJSON *ours = NULL;

	ck_assert_ptr_nonnull(text);
	memcpy(text, texts[_i], len);
	ck_assert_int_eq(json_check(text, len, NULL), 0);
	ours = json_build(text, len);
	ck_assert_ptr_nonnull(ours);
	ck_assert_ptr_nonnull(theirs);
	same(ours, theirs);
}
END_TEST

TCase *json_build_tests(void);

TCase *json_build_tests(void)
{
	TCase *tc = tcase_create("json-build");

	tcase_add_loop_test(
		tc, tree_is_the_one_that_cjson_makes, 0, ARRAY_SIZE(texts));
	return tc;
}
