/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/http-users.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

static struct http_users users;
static struct fetch_job job;

static void setup(void)
{
	job = FETCH_JOB_INIT;
	users = (struct http_users){.count = 0};
	ck_assert_int_eq(
		fetch_job_add_url(&job, "https://prov.example/a/b.xml"), 0);
}

static void teardown(void)
{
	http_users_done(&users);
	fetch_job_done(&job);
}

static void have(const char *user, const char *password)
{
	ck_assert_int_eq(string_replace(&job.user, user), 0);
	ck_assert_int_eq(string_replace(&job.password, password), 0);
	ck_assert_int_eq(http_users_init(&job, &users), 0);
}

/* "user:password" for this URL; NULL: no user is sent. */
static void expect(const char *text, const char *expected)
{
	CLEANUP(url_done) struct url url = {0};
	CLEANUP(free) char *found = NULL;
	const struct http_user *user = NULL;

	ck_assert_int_eq(url_parse(text, &url), 0);
	user = http_users_find(&users, &url);
	if (user)
		ck_assert_int_eq(string_format(&found, "%s:%s", user->user,
					 user->password ? user->password : ""),
			0);
	ck_assert_pstr_eq(found, expected);
}

static void bring(const char *url, enum setting_id id, const char *value)
{
	ck_assert_int_eq(http_users_bring(&users, url, id, value), 0);
}

START_TEST(the_user_of_the_job_is_for_the_origin_of_its_first_url)
{
	have("u", "p");
	expect("https://prov.example/", "u:p");
	expect("https://PROV.example:443/x?y", "u:p");
	expect("http://prov.example/", NULL);
	expect("https://prov.example:8443/", NULL);
	expect("https://prov.example.org/", NULL);
	expect("https://www.prov.example/", NULL);
	ck_assert(http_users_has_any(&users));
}
END_TEST

START_TEST(without_a_user_nothing_is_sent)
{
	have(NULL, "p");
	expect("https://prov.example/", NULL);
	ck_assert(!http_users_has_any(&users));
	ck_assert(!http_users_has_any(NULL));
}
END_TEST

START_TEST(what_a_document_brings_is_for_the_phones_server_and_its_own)
{
	have("u", "p");
	bring("http://other.example/x", SETTING_HTTP_CLIENT_USER, " new\n");
	bring("http://other.example/y", SETTING_HTTP_CLIENT_PASS, "\tword ");
	expect("https://prov.example/", "new:word");
	expect("http://other.example/z", "new:word");
	expect("http://third.example/", NULL);
	bring("https://prov.example/x", SETTING_HTTP_CLIENT_USER, NULL);
	expect("https://prov.example/", NULL);
	expect("http://other.example/z", "new:word");
}
END_TEST

/* Or it could ask for it, with a name of its own. */
START_TEST(a_password_of_the_phone_goes_to_no_server_that_did_not_bring_it)
{
	have("u", "p");
	bring("http://evil.example/x", SETTING_HTTP_CLIENT_USER, "mine");
	expect("http://evil.example/x", "mine:");
	expect("https://prov.example/", "mine:p");
}
END_TEST

START_TEST(other_settings_and_documents_without_a_url_bring_nothing)
{
	have("u", "p");
	bring("http://other.example/", SETTING_UPDATE_POLICY, "x");
	expect("http://other.example/", NULL);
	bring(NULL, SETTING_HTTP_CLIENT_PASS, "q");
	expect("https://prov.example/", "u:q");
}
END_TEST

START_TEST(what_is_withheld_is_said_of_the_first_origin_alone)
{
	CLEANUP(url_done) struct url first = {0};
	CLEANUP(url_done) struct url other = {0};

	ck_assert_int_eq(url_parse("https://prov.example/", &first), 0);
	ck_assert_int_eq(url_parse("https://other.example/", &other), 0);
	job.user_withheld = true;
	have(NULL, NULL);
	ck_assert(http_users_withheld(&users, &first));
	ck_assert(!http_users_withheld(&users, &other));
	ck_assert(!http_users_withheld(NULL, &first));
	bring("https://prov.example/", SETTING_HTTP_CLIENT_USER, "its own");
	ck_assert(!http_users_withheld(&users, &first));
}
END_TEST

START_TEST(one_origin_too_many_is_sent_nothing)
{
	char url[64];

	have("u", "p");
	for (int i = 1; i <= HTTP_USERS_MAX; i++) {
		(void)snprintf(url, sizeof(url), "http://h%d.example/", i);
		bring(url, SETTING_HTTP_CLIENT_USER, "v");
		expect(url, i < HTTP_USERS_MAX ? "v:" : NULL);
	}
}
END_TEST

TCase *http_users_tests(void);

TCase *http_users_tests(void)
{
	TCase *tc = tcase_create("http-users");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, the_user_of_the_job_is_for_the_origin_of_its_first_url);
	tcase_add_test(tc, without_a_user_nothing_is_sent);
	tcase_add_test(tc,
		what_a_document_brings_is_for_the_phones_server_and_its_own);
	tcase_add_test(tc,
		a_password_of_the_phone_goes_to_no_server_that_did_not_bring_it);
	tcase_add_test(
		tc, other_settings_and_documents_without_a_url_bring_nothing);
	tcase_add_test(tc, what_is_withheld_is_said_of_the_first_origin_alone);
	tcase_add_test(tc, one_origin_too_many_is_sent_nothing);
	return tc;
}
