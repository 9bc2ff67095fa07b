/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/runner.h"

#define LEAST                                                                  \
	"\"kind\":\"certificate\",\"accepted\":true,\"result\":\"accepted\","  \
	"\"reason\":\"r\""
#define FULL                                                                   \
	"{\"kind\":\"certificate\",\"line\":7,\"accepted\":false,"             \
	"\"document\":\"http://h/d.xml\",\"url\":\"http://h/c.der\","          \
	"\"sha256\":\"ab\",\"subject\":\"CN=x\",\"name\":\"n\","               \
	"\"result\":\"expired\",\"reason\":\"It expired.\","                   \
	"\"remedy\":\"Renew it.\",\"warnings\":[\"one\",\"two\"]}"

static int decode(const char *text, struct outcome *ret)
{
	cJSON *json = cJSON_Parse(text);
	int r = outcome_decode(json, ret);

	cJSON_Delete(json);
	return r;
}

START_TEST(outcome_comes_back_as_it_went)
{
	CLEANUP(outcome_done) struct outcome o = {0};
	CLEANUP(outcome_done) struct outcome copy = {0};
	CLEANUP(free) char *text = NULL;
	cJSON *json = NULL;

	ck_assert_int_eq(decode(FULL, &o), 0);
	ck_assert_uint_eq(o.kind, OUTCOME_CERTIFICATE);
	ck_assert_int_eq(o.line, 7);
	ck_assert(!o.accepted);
	ck_assert_str_eq(o.document, "http://h/d.xml");
	ck_assert_str_eq(o.remedy, "Renew it.");
	ck_assert_uint_eq(o.warning_count, 2);
	ck_assert_int_eq(outcome_copy(&o, &copy), 0);
	outcome_done(&o);
	json = outcome_encode(&copy);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	ck_assert_str_eq(text, FULL);
}
END_TEST

START_TEST(what_is_not_known_is_left_out)
{
	CLEANUP(outcome_done) struct outcome o = {0};
	CLEANUP(free) char *text = NULL;
	cJSON *json = NULL;

	ck_assert_int_eq(
		decode("{" LEAST ",\"line\":null,\"url\":null}", &o), 0);
	ck_assert_ptr_null(o.url);
	json = outcome_encode(&o);
	text = cJSON_PrintUnformatted(json);
	cJSON_Delete(json);
	ck_assert_str_eq(text, "{" LEAST "}");
}
END_TEST

static const char *const refused[] = {
	"[]",
	"null",
	"{}",
	"{\"kind\":\"certificate\",\"accepted\":true,\"result\":\"a\"}",
	"{\"kind\":\"thing\",\"accepted\":true,\"result\":\"a\","
	"\"reason\":\"r\"}",
	"{\"kind\":\"peer\",\"accepted\":1,\"result\":\"a\",\"reason\":\"r\"}",
	"{" LEAST ",\"line\":-1}",
	"{" LEAST ",\"line\":1.5}",
	"{" LEAST ",\"line\":1e300}",
	"{" LEAST ",\"line\":\"1\"}",
	"{" LEAST ",\"url\":1}",
	"{" LEAST ",\"warnings\":\"w\"}",
	"{" LEAST ",\"warnings\":[1]}",
	"{" LEAST ",\"more\":1}",
	"{" LEAST ",\"reason\":\"again\"}",
};

START_TEST(what_is_no_outcome_is_refused_and_leaves_the_output)
{
	struct outcome o = {.line = 5};

	ck_assert_int_eq(decode(refused[_i], &o), -EINVAL);
	ck_assert_int_eq(o.line, 5);
	ck_assert_ptr_null(o.reason);
}
END_TEST

START_TEST(one_warning_too_many_is_refused)
{
	CLEANUP(outcome_done) struct outcome o = {0};
	CLEANUP(outcome_done) struct outcome again = {0};
	cJSON *json = NULL;

	for (unsigned i = 0; i < OUTCOME_MAX_WARNINGS; i++)
		ck_assert_int_eq(outcome_add_warning(&o, "w"), 0);
	ck_assert_int_eq(outcome_add_warning(&o, "w"), -ENOSPC);
	json = outcome_encode(&o);
	ck_assert_int_eq(outcome_decode(json, &again), 0);
	ck_assert(cJSON_AddItemToArray(
		cJSON_GetObjectItemCaseSensitive(json, "warnings"),
		cJSON_CreateString("w")));
	outcome_done(&again);
	ck_assert_int_eq(outcome_decode(json, &again), -EINVAL);
	cJSON_Delete(json);
}
END_TEST

START_TEST(kinds_are_found_by_their_names)
{
	enum outcome_kind kind = OUTCOME__END;

	for (unsigned i = 0; i < OUTCOME__END; i++) {
		ck_assert_int_eq(
			outcome_kind_find(
				outcome_kind_name((enum outcome_kind)i), &kind),
			0);
		ck_assert_uint_eq(kind, i);
	}
	ck_assert_int_eq(outcome_kind_find("", &kind), -ENOENT);
}
END_TEST

TCase *outcome_tests(void);

TCase *outcome_tests(void)
{
	TCase *tc = tcase_create("outcome");

	tcase_add_test(tc, outcome_comes_back_as_it_went);
	tcase_add_test(tc, what_is_not_known_is_left_out);
	tcase_add_loop_test(tc,
		what_is_no_outcome_is_refused_and_leaves_the_output, 0,
		(int)ARRAY_SIZE(refused));
	tcase_add_test(tc, one_warning_too_many_is_refused);
	tcase_add_test(tc, kinds_are_found_by_their_names);
	return tc;
}
