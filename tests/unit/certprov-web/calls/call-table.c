/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call-table.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprovd/api/io.certprov.admin.varlink.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "daemon/certprovd/api/io.certprov.trust.varlink.h"
#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define MAX_NAME 96
#define METHOD "\nmethod "

static const struct interface_text {
	const char *name;
	const char *text;
	enum call_socket socket;
} interfaces[] = {
	{"io.certprov.trust", varlink_trust_description, CALL_TRUST},
	{"io.certprov.admin", varlink_admin_description, CALL_ADMIN},
	{"io.certprov.identity", varlink_identity_description, CALL_IDENTITY},
};

/* What nobody may call over HTTP, and why. */
static const struct {
	const char *method;
	const char *why;
} forbidden[] = {
	{"io.certprov.trust.Snapshot", "a descriptor does not go over HTTP"},
	{"io.certprov.trust.ChangeCounter", "nor does this one"},
	{"io.certprov.trust.ReportRejection",
		"only what has verified from a snapshot has something to say"},
	{"io.certprov.admin.OfferSettingServer",
		"it is not in the history, where who did what has to be"},
	{"io.certprov.admin.ActFor", "certprov-web says itself for whom"},
	{"io.certprov.identity.GetKey", "a private key stays in the phone"},
	{"io.certprov.identity.Sign",
		"whoever may sign may pass for the phone"},
	{"io.certprov.identity.CreateRequest",
		"who the phone is, is not the page's to change"},
	{"io.certprov.identity.Install",
		"who the phone is, is not the page's to change"},
	{"io.certprov.identity.Rollback",
		"who the phone is, is not the page's to change"},
};

static const char *why_forbidden(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++)
		if (strcmp(forbidden[i].method, method) == 0)
			return forbidden[i].why;
	return NULL;
}

/* The next method of an interface behind at, with its interface; NULL: none. */
static const char *next_method(
	const struct interface_text *of, const char *at, char ret[MAX_NAME])
{
	const char *found = strstr(at, METHOD);

	if (!found)
		return NULL;
	found += strlen(METHOD);
	(void)snprintf(ret, MAX_NAME, "%s.%.*s", of->name,
		(int)strcspn(found, "("), found);
	return found;
}

/* The paragraph that it is in says so above it. */
static bool requires_more(const struct interface_text *of, const char *method)
{
	char line[MAX_NAME];
	const char *at = NULL;
	const char *before = NULL;

	(void)snprintf(line, sizeof(line), "\nmethod %s(",
		method + strlen(of->name) + 1);
	at = strstr(of->text, line);
	ck_assert_ptr_nonnull(at);
	before = at;
	while (before > of->text && strncmp(before, "\n\n", 2) != 0)
		before--;
	before = strstr(before, "Requires more");
	return before && before < at;
}

START_TEST(every_method_has_a_row_or_a_reason_to_have_none)
{
	size_t count = 0;
	size_t rows = 0;

	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		const char *at = interfaces[i].text;
		char method[MAX_NAME];

		while ((at = next_method(&interfaces[i], at, method))) {
			const struct call_row *row = call_table_find(method);

			ck_assert_msg(!row != !why_forbidden(method),
				"%s: needs a row in call-table.c, or a reason "
				"in this test why nobody may call it, not both",
				method);
			if (row)
				ck_assert_int_eq(
					row->socket, interfaces[i].socket);
			count++;
		}
	}
	(void)call_table_rows(&rows);
	/* So none is there twice, and none is of a method that is not there. */
	ck_assert_uint_eq(rows + ARRAY_SIZE(forbidden), count);
}
END_TEST

START_TEST(what_requires_more_is_a_stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
		const char *at = interfaces[i].text;
		char method[MAX_NAME];

		while ((at = next_method(&interfaces[i], at, method))) {
			const struct call_row *row = call_table_find(method);

			if (row)
				ck_assert_msg((row->replies >= CALL_STREAM) ==
						requires_more(
							&interfaces[i], method),
					"%s", method);
		}
	}
}
END_TEST

START_TEST(who_may_only_look_can_call_nothing_that_changes)
{
	static const char *const looks[] = {"Explain", "ListCertificates",
		"ListEndings", "Counters", "Get", "Monitor",
		"MonitorRejections", "Status", "Rules", "ListRuns", "GetRun",
		"ListDistrusted", "ListSettings", "History", "ListIdentities",
		"GetIdentity"};
	size_t count = 0;
	const struct call_row *rows = call_table_rows(&count);

	for (size_t i = 0; i < count; i++) {
		const char *name = strrchr(rows[i].method, '.') + 1;
		bool look = false;

		for (size_t k = 0; k < ARRAY_SIZE(looks); k++)
			look = look || strcmp(looks[k], name) == 0;
		ck_assert_msg(look == (rows[i].role == ACCESS_LOOK), "%s",
			rows[i].method);
		ck_assert_msg(look == !call_table_changes(&rows[i]), "%s",
			rows[i].method);
	}
}
END_TEST

START_TEST(only_the_two_monitors_are_shared)
{
	size_t count = 0;
	const struct call_row *rows = call_table_rows(&count);

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(call_table_is_shared(&rows[i]),
			strstr(rows[i].method, ".Monitor") != NULL);
}
END_TEST

START_TEST(a_name_that_is_almost_one_finds_nothing)
{
	ck_assert_ptr_nonnull(call_table_find("io.certprov.trust.Get"));
	ck_assert_ptr_null(call_table_find("io.certprov.trust.get"));
	ck_assert_ptr_null(call_table_find("io.certprov.trust.Get "));
	ck_assert_ptr_null(call_table_find("io.certprov.admin.Get"));
	ck_assert_ptr_null(call_table_find("Get"));
	ck_assert_ptr_null(call_table_find(""));
}
END_TEST

test_case_maker call_table_tests;

TCase *call_table_tests(void)
{
	TCase *tc = tcase_create("call-table");

	tcase_add_test(tc, every_method_has_a_row_or_a_reason_to_have_none);
	tcase_add_test(tc, what_requires_more_is_a_stream);
	tcase_add_test(tc, who_may_only_look_can_call_nothing_that_changes);
	tcase_add_test(tc, only_the_two_monitors_are_shared);
	tcase_add_test(tc, a_name_that_is_almost_one_finds_nothing);
	return tc;
}
