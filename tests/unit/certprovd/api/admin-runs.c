/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define MANY_OUTCOMES 300
/* More than a report has room for. */
#define TOO_MANY_OUTCOMES ((unsigned)(2 * STORE_MAX_REPORT_BYTES / 4096))

/* --- runs and their reports --- */

/* Each line has that many characters of a remedy. */
static int64_t store_long_lines(unsigned outcomes, int chars)
{
	struct store *store = the_api.store;
	struct store_run run = {
		.started = PKI_NOW,
		.url = "http://u:secret@pbx.example/",
		.firmware = "10.1.33.33",
	};

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	for (unsigned i = 0; i < outcomes; i++) {
		CLEANUP(free) char *json = NULL;

		ck_assert_int_eq(
			string_format(&json,
				"{\"kind\":\"certificate\",\"line\":%u,"
				"\"accepted\":false,\"result\":\"expired\","
				"\"reason\":\"It is over.\","
				"\"remedy\":\"%0*d\"}",
				i, chars, 0),
			0);
		ck_assert_int_eq(
			store_run_outcome(store, run.id,
				&(struct store_line){
					.kind = i % 3 ? "certificate" : "peer",
					.result = "expired",
					.json = json,
				}),
			0);
	}
	run.finished = PKI_NOW + 2;
	run.result = "partial";
	run.reason = "Not all was fetched.";
	run.accepted = 5;
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return run.id;
}

static int64_t store_a_run(unsigned outcomes)
{
	return store_long_lines(outcomes, 1);
}

START_TEST(runs_are_listed_newest_first)
{
	int64_t first = store_a_run(0);
	int64_t second = store_a_run(0);
	const cJSON *runs =
		member(reply(call("admin.ListRuns", "{}"), 0), "runs");
	const cJSON *run = cJSON_GetArrayItem(runs, 0);

	ck_assert_int_eq(cJSON_GetArraySize(runs), 2);
	ck_assert_int_eq(number(run, "id"), second);
	ck_assert_int_eq(number(cJSON_GetArrayItem(runs, 1), "id"), first);
	ck_assert_str_eq(text(run, "result"), "partial");
	ck_assert_str_eq(text(run, "reason"), "Not all was fetched.");
	ck_assert_str_eq(text(run, "finished"), "2026-05-28T20:26:42Z");
	ck_assert_int_eq(number(run, "accepted"), 5);
	ck_assert(cJSON_IsFalse(member(run, "dryRun")));
	ck_assert_ptr_null(strstr(text(run, "url"), "secret"));
}
END_TEST

START_TEST(no_runs_are_an_empty_list)
{
	ck_assert(cJSON_IsArray(
		member(reply(call("admin.ListRuns", "{}"), 0), "runs")));
}
END_TEST

START_TEST(the_run_under_way_is_listed_as_it_stands)
{
	int64_t id = store_a_run(0);
	const cJSON *run = NULL;

	provisioning.busy = true;
	provisioning.current = (struct run_summary){
		.id = id, .started = PKI_NOW, .documents = 9};
	run = cJSON_GetArrayItem(
		member(reply(call("admin.ListRuns", "{}"), 0), "runs"), 0);
	ck_assert_int_eq(number(run, "documents"), 9);
	ck_assert_ptr_null(member(run, "result"));
	ck_assert_ptr_null(member(run, "finished"));
}
END_TEST

START_TEST(a_report_is_the_run_and_then_its_lines_in_order)
{
	int64_t id = store_a_run(MANY_OUTCOMES);
	const struct caller *c =
		call_more("admin.GetRun", "{'id':%d}", (int)id);

	ck_assert_uint_eq(c->count, MANY_OUTCOMES + 1);
	ck_assert_int_eq(number(reply(c, 0), "run.id"), id);
	for (int i = 0; i < MANY_OUTCOMES; i++)
		ck_assert_int_eq(number(reply(c, i + 1), "outcome.line"), i);
	ck_assert(!continues(c, MANY_OUTCOMES));
	ck_assert(continues(c, MANY_OUTCOMES - 1));
}
END_TEST

START_TEST(a_report_that_is_not_whole_ends_with_the_counts_of_the_rest)
{
	int64_t id = store_long_lines(TOO_MANY_OUTCOMES, 4096);
	const cJSON *run = cJSON_GetArrayItem(
		member(reply(call("admin.ListRuns", "{}"), 0), "runs"), 0);
	const int64_t omitted = number(run, "omitted");
	const struct caller *c =
		call_more("admin.GetRun", "{'id':%d}", (int)id);
	unsigned kept = TOO_MANY_OUTCOMES - (unsigned)omitted;
	char peers[48];

	ck_assert_int_gt(omitted, 0);
	ck_assert_int_eq(number(reply(c, 0), "run.omitted"), omitted);
	ck_assert_uint_eq(c->count, kept + 2);
	ck_assert_str_eq(
		text(reply(c, (int)kept + 1), "outcome.kind"), "omitted");
	ck_assert_str_eq(text(reply(c, (int)kept + 1), "outcome.result"),
		"limit-exceeded");
	ck_assert(cJSON_IsFalse(
		member(reply(c, (int)kept + 1), "outcome.accepted")));
	(void)snprintf(peers, sizeof(peers), ", %lld peer expired.",
		(long long)((TOO_MANY_OUTCOMES + 2) / 3 - (kept + 2) / 3));
	ck_assert_msg(strstr(text(reply(c, (int)kept + 1), "outcome.reason"),
			      peers) != NULL,
		"%s", text(reply(c, (int)kept + 1), "outcome.reason"));
	ck_assert(!continues(c, (int)kept + 1));
}
END_TEST

START_TEST(a_report_is_sent_as_fast_as_it_is_read)
{
	static const struct caller slow = {.room = 3};
	int64_t id = store_a_run(MANY_OUTCOMES);
	struct caller *c = NULL;

	ck_assert_int_eq(id, 1);
	c = call_as(&slow, true, "admin.GetRun", "{'id':1}");
	ck_assert_uint_eq(c->count, 3);
	for (unsigned i = 0; i < MANY_OUTCOMES && c->req; i++)
		read_all_replies(c);
	ck_assert_uint_eq(c->count, MANY_OUTCOMES + 1);
	c = call_as(&slow, true, "admin.GetRun", "{'id':1}");
	hang_up(c);
	turn();
}
END_TEST

START_TEST(a_run_that_is_not_there_has_no_report_and_no_end)
{
	const struct caller *c = call_more("admin.GetRun", "{'id':7}");

	ck_assert_str_eq(error_of(c), "io.certprov.admin.NoSuchRun");
	ck_assert_int_eq(number(c->replies[0], "parameters.id"), 7);
	ck_assert_str_eq(error_of(call("admin.CancelRun", "{'id':7}")),
		"io.certprov.admin.NoSuchRun");
}
END_TEST

START_TEST(a_run_under_way_can_be_cancelled)
{
	provisioning.busy = true;
	provisioning.current = (struct run_summary){.id = 4};
	reply(call("admin.CancelRun", "{'id':4}"), 0);
	ck_assert_int_eq(provisioning.cancelled, 4);
}
END_TEST

/* --- history --- */

START_TEST(history_is_newest_first_and_as_long_as_asked_for)
{
	const struct caller *c = NULL;

	c = call_more("admin.History", "{}");
	ck_assert_uint_eq(c->count, 1);
	ck_assert_ptr_null(member(reply(c, 0), "change"));
	for (unsigned i = 1; i <= 3; i++)
		reply(call("admin.Distrust",
			      "{'kind':'certificate','sha256':'%064x'}", i),
			0);
	c = call_more("admin.History", "{'limit':2}");
	ck_assert_uint_eq(c->count, 2);
	ck_assert_int_gt(number(reply(c, 0), "change.generation"),
		number(reply(c, 1), "change.generation"));
	ck_assert_str_eq(error_of(call_more("admin.History", "{'limit':0}")),
		VARLINK_INVALID_PARAMETER);
	ck_assert_str_eq(
		error_of(call("admin.History", "{}")), VARLINK_EXPECTED_MORE);
}
END_TEST

TCase *admin_runs_tests(void);

TCase *admin_runs_tests(void)
{
	TCase *tc = tcase_create("admin-runs");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(tc, runs_are_listed_newest_first);
	tcase_add_test(tc, no_runs_are_an_empty_list);
	tcase_add_test(tc, the_run_under_way_is_listed_as_it_stands);
	tcase_add_test(tc, a_report_is_the_run_and_then_its_lines_in_order);
	tcase_add_test(tc,
		a_report_that_is_not_whole_ends_with_the_counts_of_the_rest);
	tcase_add_test(tc, a_report_is_sent_as_fast_as_it_is_read);
	tcase_add_test(tc, a_run_that_is_not_there_has_no_report_and_no_end);
	tcase_add_test(tc, a_run_under_way_can_be_cancelled);
	tcase_add_test(tc, history_is_newest_first_and_as_long_as_asked_for);
	return tc;
}
