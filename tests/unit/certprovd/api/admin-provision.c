/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define MANY 50

static struct run_summary summary(enum run_result result)
{
	return (struct run_summary){
		.id = 4,
		.url = (char *)"http://u:secret@pbx.example/",
		.started = PKI_NOW,
		.finished = result == RUN_UNDER_WAY ? 0 : PKI_NOW + 1,
		.result = result,
		.accepted = 2,
	};
}

static void run_is_under_way(void)
{
	provisioning.busy = true;
	provisioning.current = summary(RUN_UNDER_WAY);
	provisioning.id = 4;
}

static void tell_outcome(int64_t line)
{
	struct outcome o = {
		.kind = OUTCOME_CERTIFICATE,
		.line = line,
		.verdict = VERDICT_ACCEPTED,
		.reason = (char *)"It is accepted.",
		.accepted = true,
	};

	if (provisioning.watcher)
		provisioning.watcher->outcome(provisioning.userdata, &o);
}

static void tell_progress(const char *phase, int64_t done, int64_t total)
{
	if (provisioning.watcher)
		provisioning.watcher->progress(
			provisioning.userdata, phase, done, total);
}

static void tell_finished(enum run_result result)
{
	struct run_summary s = summary(result);

	provisioning.busy = false;
	if (provisioning.watcher)
		provisioning.watcher->finished(provisioning.userdata, &s);
}

START_TEST(without_parameters_it_provisions_from_the_setting_server)
{
	struct caller *c = NULL;

	run_is_under_way();
	c = call("admin.Provision", "{}");
	ck_assert_uint_eq(provisioning.starts, 1);
	ck_assert_ptr_null(provisioning.url);
	ck_assert_ptr_null(provisioning.document);
	ck_assert_int_eq(provisioning.document_fd, -1);
	ck_assert(!provisioning.dry_run);
	ck_assert_uint_eq(c->count, 0);
	tell_outcome(1);
	ck_assert_uint_eq(c->count, 0);
	tell_finished(RUN_COMPLETE);
	ck_assert_uint_eq(c->count, 1);
	ck_assert_str_eq(text(reply(c, 0), "phase"), "finished");
	ck_assert_str_eq(text(reply(c, 0), "run.result"), "complete");
	ck_assert_int_eq(number(reply(c, 0), "run.id"), 4);
	ck_assert_ptr_null(strstr(text(reply(c, 0), "run.url"), "secret"));
	ck_assert_ptr_null(c->req);
	ck_assert_uint_eq(provisioning.unwatched, 1);
}
END_TEST

START_TEST(with_more_a_run_is_told_as_it_goes)
{
	struct caller *c = NULL;

	run_is_under_way();
	c = call_more("admin.Provision", "{'url':'http://pbx.example/'}");
	ck_assert_str_eq(provisioning.url, "http://pbx.example/");
	ck_assert_str_eq(text(reply(c, 0), "phase"), "queued");
	ck_assert_int_eq(number(reply(c, 0), "run.id"), 4);
	ck_assert_ptr_null(member(reply(c, 0), "run.result"));
	tell_progress("documents", 1, 3);
	tell_outcome(17);
	tell_finished(RUN_PARTIAL);
	ck_assert_uint_eq(c->count, 4);
	ck_assert_str_eq(text(reply(c, 1), "phase"), "documents");
	ck_assert_int_eq(number(reply(c, 1), "done"), 1);
	ck_assert_int_eq(number(reply(c, 1), "total"), 3);
	ck_assert_int_eq(number(reply(c, 2), "outcome.line"), 17);
	ck_assert_str_eq(text(reply(c, 3), "run.result"), "partial");
	ck_assert(continues(c, 2) && !continues(c, 3));
}
END_TEST

START_TEST(a_slow_reader_gets_every_outcome_and_less_progress)
{
	static const struct caller slow = {.room = 4};
	struct caller *c = NULL;

	run_is_under_way();
	c = call_as(&slow, true, "admin.Provision", "{}");
	for (int64_t i = 1; i <= MANY; i++) {
		tell_outcome(i);
		tell_progress("documents", i, MANY);
	}
	tell_finished(RUN_COMPLETE);
	ck_assert_uint_eq(c->count, 4);
	for (unsigned i = 0; i < MANY && c->req; i++)
		read_all_replies(c);
	ck_assert_ptr_null(c->req);
	/* The greeting, one progress in time, the outcomes, the end. */
	ck_assert_uint_eq(c->count, MANY + 3);
	ck_assert_int_eq(number(reply(c, MANY + 1), "outcome.line"), MANY);
	ck_assert_str_eq(text(reply(c, -1), "run.result"), "complete");
}
END_TEST

START_TEST(a_caller_that_never_reads_is_dropped_and_the_run_goes_on)
{
	static const struct caller slow = {.room = 1};
	struct caller *c = NULL;
	int64_t told = 0;

	run_is_under_way();
	c = call_as(&slow, true, "admin.Provision", "{}");
	while (c->req && told < 1000000)
		tell_outcome(++told);
	ck_assert_ptr_null(c->req);
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_int_gt(told, 20000);
	ck_assert_ptr_null(provisioning.watcher);
	ck_assert_int_eq(provisioning.cancelled, 0);
}
END_TEST

START_TEST(a_caller_that_goes_away_does_not_stop_the_run)
{
	struct caller *c = NULL;

	run_is_under_way();
	c = call_more("admin.Provision", "{}");
	hang_up(c);
	ck_assert_uint_eq(provisioning.unwatched, 1);
	ck_assert_ptr_null(provisioning.watcher);
	ck_assert_int_eq(provisioning.cancelled, 0);
	c = call_more("admin.Provision", "{}");
	c->failure = -ENOBUFS;
	tell_outcome(1);
	ck_assert_uint_eq(provisioning.unwatched, 2);
}
END_TEST

START_TEST(a_document_comes_inline_or_as_a_file)
{
	struct caller *c = NULL;
	int fd = open(scratch_path("authorities.der"), O_RDONLY | O_CLOEXEC);

	run_is_under_way();
	call("admin.Provision", "{'document':'<settings/>','dryRun':true}");
	ck_assert_str_eq(provisioning.document, "<settings/>");
	ck_assert(provisioning.dry_run);
	c = call_with_fd(fd, "admin.Provision", "{}");
	ck_assert_ptr_null(provisioning.document);
	ck_assert_int_eq(provisioning.document_fd, fd);
	ck_assert_str_eq(text(reply(c, 0), "phase"), "queued");
}
END_TEST

START_TEST(a_document_larger_than_may_be_inline_is_refused)
{
	char document[66];
	const struct caller *c = NULL;

	memset(document, ' ', sizeof(document));
	document[65] = 0;
	c = call("admin.Provision", "{'document':'%s'}", document);
	ck_assert_str_eq(error_of(c), "io.certprov.admin.LimitExceeded");
	ck_assert_int_eq(number(c->replies[0], "parameters.maximum"), 64);
	ck_assert_uint_eq(provisioning.starts, 0);
	document[64] = 0;
	call("admin.Provision", "{'document':'%s'}", document);
	ck_assert_uint_eq(provisioning.starts, 1);
}
END_TEST

static const char *wrong_parameter(const struct caller *c)
{
	ck_assert_str_eq(error_of(c), VARLINK_INVALID_PARAMETER);
	ck_assert_uint_eq(provisioning.starts, 0);
	return text(c->replies[0], "parameters.parameter");
}

START_TEST(what_contradicts_itself_is_refused)
{
	int ends[2];

	ck_assert_str_eq(
		wrong_parameter(call("admin.Provision",
			"{'url':'http://a/','document':'<settings/>'}")),
		"url");
	ck_assert_str_eq(wrong_parameter(call("admin.Provision",
				 "{'firmware':'10.1.33.33'}")),
		"firmware");
	ck_assert_str_eq(wrong_parameter(call("admin.Provision",
				 "{'firmware':'latest','dryRun':true}")),
		"firmware");
	/* Nobody knows when a pipe ends. */
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_str_eq(
		wrong_parameter(call_with_fd(ends[0], "admin.Provision", "{}")),
		"document");
	fd_close(ends[1]);
	call("admin.Provision", "{'firmware':'8.9.3.80','dryRun':true}");
	ck_assert_str_eq(provisioning.firmware, "8.9.3.80");
}
END_TEST

START_TEST(why_a_run_does_not_start_is_told)
{
	static const struct {
		int error;
		const char *name;
	} reasons[] = {
		{-EBUSY, "io.certprov.admin.RunInProgress"},
		{-EDESTADDRREQ, "io.certprov.admin.NoSettingServer"},
		{-EUSERS, "io.certprov.admin.LimitExceeded"},
		{-EINVAL, VARLINK_INVALID_PARAMETER},
		{-EIO, VARLINK_SYSTEM_ERROR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		const struct caller *c = NULL;

		provisioning.result = reasons[i].error;
		provisioning.id = 12;
		c = call_more("admin.Provision", "{}");
		ck_assert_uint_eq(c->count, 1);
		ck_assert_str_eq(error_of(c), reasons[i].name);
		if (reasons[i].error == -EBUSY)
			ck_assert_int_eq(
				number(c->replies[0], "parameters.id"), 12);
	}
}
END_TEST

TCase *admin_provision_tests(void);

TCase *admin_provision_tests(void)
{
	TCase *tc = tcase_create("admin-provision");

	tcase_add_checked_fixture(tc, api_setup, api_teardown);
	tcase_add_test(
		tc, without_parameters_it_provisions_from_the_setting_server);
	tcase_add_test(tc, with_more_a_run_is_told_as_it_goes);
	tcase_add_test(tc, a_slow_reader_gets_every_outcome_and_less_progress);
	tcase_add_test(
		tc, a_caller_that_never_reads_is_dropped_and_the_run_goes_on);
	tcase_add_test(tc, a_caller_that_goes_away_does_not_stop_the_run);
	tcase_add_test(tc, a_document_comes_inline_or_as_a_file);
	tcase_add_test(tc, a_document_larger_than_may_be_inline_is_refused);
	tcase_add_test(tc, what_contradicts_itself_is_refused);
	tcase_add_test(tc, why_a_run_does_not_start_is_told);
	return tc;
}
