/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/job-plan.h"

#include <errno.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

static struct settings settings;
static struct trust *trust;
static struct fetch_job job;
static struct job_plan plan;

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	ck_assert_int_eq(
		firmware_parse("10.1.33.33", &trust->policy.firmware), 0);
	job = FETCH_JOB_INIT;
	plan = (struct job_plan){
		.settings = &settings,
		.trust = trust,
		.mac = "000413AABBCC",
		.phone_type = "snomD785",
		.limits = FETCH_LIMITS_DEFAULT,
	};
}

static void teardown(void)
{
	fetch_job_done(&job);
	settings_done(&settings);
	trust = trust_free(trust);
}

static void set(enum setting_id id, const char *value, enum setting_origin by)
{
	ck_assert_int_eq(string_replace(&settings.values[id].value, value), 0);
	settings.values[id].origin = by;
}

START_TEST(the_user_agent_has_model_version_and_the_mac_if_it_may)
{
	plan.mac_in_user_agent = true;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_str_eq(job.user_agent,
		"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 "
		"certprov-" CERTPROV_VERSION " 000413AABBCC)");
	fetch_job_done(&job);
	plan.mac_in_user_agent = false;
	plan.phone_type = NULL;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_str_eq(job.user_agent,
		"Mozilla/4.0 (compatible; snom-SIP 10.1.33.33 "
		"certprov-" CERTPROV_VERSION ")");
}
END_TEST

START_TEST(a_local_server_is_asked_only_if_its_source_is_trusted)
{
	struct job_server server = {.url = "http://127.0.0.1:8080/a.xml"};

	plan.server = &server;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_uint_eq(job.url_count, 2);
	ck_assert_ptr_null(job.local_origin);
	fetch_job_done(&job);
	server.trusted = true;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_str_eq(job.local_origin, "http://127.0.0.1:8080");
	fetch_job_done(&job);
	server.url = "no url";
	ck_assert_int_eq(job_build(&plan, &job), -EINVAL);
}
END_TEST

static void assert_server(const char *requested, const char *configured,
	const char *url, bool trusted, bool authenticated)
{
	struct job_server s =
		job_find_server(requested, &settings, false, configured);

	if (url)
		ck_assert_str_eq(s.url, url);
	else
		ck_assert_ptr_null(s.url);
	ck_assert_int_eq(s.trusted, trusted);
	ck_assert_int_eq(s.authenticated, authenticated);
}

START_TEST(the_server_is_the_requested_one_or_the_setting_or_the_configured)
{
	assert_server(NULL, NULL, NULL, true, true);
	assert_server(NULL, "http://c", "http://c", true, true);
	set(SETTING_SETTING_SERVER, "", SETTING_FROM_PROVISIONING);
	assert_server(NULL, "http://c", "http://c", true, true);
	set(SETTING_SETTING_SERVER, "http://s", SETTING_FROM_PROVISIONING);
	assert_server(NULL, "http://c", "http://s", false, false);
	assert_server("http://r", "http://c", "http://r", true, true);
	ck_assert(job_find_server(NULL, &settings, true, NULL).authenticated);
	set(SETTING_SETTING_SERVER, "http://s", SETTING_FROM_ADMIN);
	assert_server(NULL, "http://c", "http://s", true, true);
}
END_TEST

START_TEST(never_update_leaves_documents_unless_an_admin_says_so)
{
	const struct firmware *f = &trust->policy.firmware;

	ck_assert_int_eq(job_find_scope(&settings, f, true), FETCH_SCOPE_ALL);
	set(SETTING_UPDATE_POLICY, "never_update", SETTING_FROM_PROVISIONING);
	ck_assert_int_eq(
		job_find_scope(&settings, f, false), FETCH_SCOPE_DOCUMENTS);
	ck_assert_int_eq(job_find_scope(&settings, f, true), FETCH_SCOPE_FIRST);
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_int_eq(job.scope, FETCH_SCOPE_DOCUMENTS);
	set(SETTING_UPDATE_POLICY, "never_update", SETTING_FROM_ADMIN);
	ck_assert_int_eq(
		job_find_scope(&settings, f, true), FETCH_SCOPE_NOTHING);
}
END_TEST

test_case_maker job_plan_tests;

/* Who set the password, whether they were believed, whether the server's name
 * is, and whether it may be sent the user. */
static const struct {
	enum setting_origin origin;
	bool user_authenticated;
	bool server_authenticated;
	bool sent;
} users[] = {
	{SETTING_FROM_ADMIN, false, true, true},
	{SETTING_FROM_ADMIN, false, false, false},
	{SETTING_FROM_PROVISIONING, true, true, true},
	{SETTING_FROM_PROVISIONING, true, false, false},
	{SETTING_FROM_PROVISIONING, false, false, true},
	{SETTING_FROM_PROVISIONING, false, true, true},
};

START_TEST(a_password_is_not_for_a_server_that_anybody_can_name)
{
	struct job_server server = {.url = "https://h/",
		.authenticated = users[_i].server_authenticated};

	set(SETTING_HTTP_CLIENT_USER, "u", users[_i].origin);
	set(SETTING_HTTP_CLIENT_PASS, "p", users[_i].origin);
	plan.user_authenticated = users[_i].user_authenticated;
	plan.server = &server;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_int_eq(job.user_withheld, !users[_i].sent);
	ck_assert_pstr_eq(job.user, users[_i].sent ? "u" : NULL);
	ck_assert_pstr_eq(job.password, users[_i].sent ? "p" : NULL);
	plan.server = NULL;
}
END_TEST

START_TEST(a_password_without_a_user_or_for_no_server_is_not_sent)
{
	struct job_server server = {.url = "https://h/", .authenticated = true};

	set(SETTING_HTTP_CLIENT_PASS, "p", SETTING_FROM_ADMIN);
	plan.server = &server;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_ptr_null(job.password);
	ck_assert(!job.user_withheld);
	fetch_job_done(&job);
	set(SETTING_HTTP_CLIENT_USER, "u", SETTING_FROM_ADMIN);
	plan.server = NULL;
	ck_assert_int_eq(job_build(&plan, &job), 0);
	ck_assert_ptr_null(job.password);
}
END_TEST

TCase *job_plan_tests(void)
{
	TCase *tc = tcase_create("job-plan");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, the_user_agent_has_model_version_and_the_mac_if_it_may);
	tcase_add_test(
		tc, a_local_server_is_asked_only_if_its_source_is_trusted);
	tcase_add_test(tc,
		the_server_is_the_requested_one_or_the_setting_or_the_configured);
	tcase_add_test(
		tc, never_update_leaves_documents_unless_an_admin_says_so);
	tcase_add_loop_test(tc,
		a_password_is_not_for_a_server_that_anybody_can_name, 0,
		ARRAY_SIZE(users));
	tcase_add_test(
		tc, a_password_without_a_user_or_for_no_server_is_not_sent);
	return tc;
}
