/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/openapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/calls/call-table.h"
#include "lib/varlink/json-writer.h"
#include "tests/unit/runner.h"

static cJSON *document;

static void setup(void)
{
	ck_assert_int_eq(openapi_make(&document), 0);
}

static void teardown(void)
{
	document = json_free(document);
}

/* What is at these names, one after the other. */
#define AT(...) at((const char *const[]){__VA_ARGS__, NULL})

static const cJSON *at(const char *const *names)
{
	const cJSON *item = document;

	for (; *names; names++)
		item = cJSON_GetObjectItemCaseSensitive(item, *names);
	return item;
}

static const cJSON *operation(const char *method)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/call/%s", method);
	return AT("paths", path, "post");
}

static const cJSON *content(const cJSON *op, const char *type)
{
	const cJSON *ok = cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(op, "responses"), "200");

	return cJSON_GetObjectItemCaseSensitive(
		cJSON_GetObjectItemCaseSensitive(ok, "content"), type);
}

START_TEST(each_row_of_the_table_has_a_path_and_there_are_two_more)
{
	size_t count = 0;
	const struct call_row *rows = call_table_rows(&count);

	for (size_t i = 0; i < count; i++)
		ck_assert_msg(operation(rows[i].method) != NULL, "%s",
			rows[i].method);
	ck_assert_int_eq(cJSON_GetArraySize(AT("paths")), (int)count + 2);
	ck_assert_ptr_nonnull(AT("paths", "/session", "get"));
	ck_assert_ptr_nonnull(AT("paths", "/openapi.json", "get"));
}
END_TEST

START_TEST(a_method_that_changes_needs_the_token)
{
	const cJSON *looks = cJSON_GetArrayItem(
		cJSON_GetObjectItemCaseSensitive(
			operation("io.certprov.trust.Status"), "security"),
		0);
	const cJSON *changes = cJSON_GetArrayItem(
		cJSON_GetObjectItemCaseSensitive(
			operation("io.certprov.admin.Upload"), "security"),
		0);

	ck_assert(cJSON_HasObjectItem(looks, "session"));
	ck_assert(!cJSON_HasObjectItem(looks, "token"));
	ck_assert(cJSON_HasObjectItem(changes, "session"));
	ck_assert(cJSON_HasObjectItem(changes, "token"));
}
END_TEST

START_TEST(a_reply_is_json_or_events_or_either)
{
	static const struct {
		const char *method;
		bool json;
		bool events;
	} rows[] = {
		{"io.certprov.trust.Status", true, false},
		{"io.certprov.trust.ListCertificates", false, true},
		{"io.certprov.trust.Monitor", false, true},
		{"io.certprov.admin.Provision", true, true},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const cJSON *op = operation(rows[i].method);

		ck_assert(rows[i].json ==
			(content(op, "application/json") != NULL));
		ck_assert(rows[i].events ==
			(content(op, "text/event-stream") != NULL));
	}
}
END_TEST

START_TEST(each_reference_is_to_a_schema_or_an_answer)
{
	CLEANUP(free) char *text = cJSON_PrintUnformatted(document);
	const char *key = "\"$ref\":\"#/components/";
	size_t count = 0;

	ck_assert_ptr_nonnull(text);
	for (const char *p = text; (p = strstr(p, key)); count++) {
		char kind[16];
		char name[80];

		p += strlen(key);
		ck_assert_int_eq(sscanf(p, "%15[a-z]/%79[^\"]", kind, name), 2);
		ck_assert_msg(AT("components", kind, name) != NULL, "%s/%s",
			kind, name);
	}
	ck_assert_uint_gt(count, 100);
}
END_TEST

START_TEST(comments_and_errors_of_the_interfaces_are_in_it)
{
	ck_assert_ptr_nonnull(strstr(
		cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			operation("io.certprov.admin.Upload"), "description")),
		"Manual upload"));
	ck_assert_ptr_nonnull(AT("components", "schemas",
		"io.certprov.admin.WouldLockOut", "properties", "url"));
	ck_assert_str_eq(
		cJSON_GetStringValue(AT("info", "version")), CERTPROV_VERSION);
}
END_TEST

test_case_maker openapi_tests;
TCase *openapi_tests(void)
{
	TCase *tc = tcase_create("openapi");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, each_row_of_the_table_has_a_path_and_there_are_two_more);
	tcase_add_test(tc, a_method_that_changes_needs_the_token);
	tcase_add_test(tc, a_reply_is_json_or_events_or_either);
	tcase_add_test(tc, each_reference_is_to_a_schema_or_an_answer);
	tcase_add_test(tc, comments_and_errors_of_the_interfaces_are_in_it);
	return tc;
}
