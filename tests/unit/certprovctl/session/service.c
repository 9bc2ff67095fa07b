/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/service.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define STATUS "io.certprov.trust.Status"

START_TEST(a_daemon_that_is_not_there_is_said_with_how_to_start_it)
{
	ck_assert_int_eq(paper_run("status"), EXIT_NO_DAEMON);
	paper_says("certprovd is not running");
	paper_says(canned_dir());
	paper_says("systemctl start certprovd");
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

START_TEST(the_directory_of_the_sockets_can_be_given)
{
	ck_assert_int_eq(paper_run("status --socket-dir /nowhere/at/all"),
		EXIT_NO_DAEMON);
	paper_says("/nowhere/at/all/io.certprov.trust");
}
END_TEST

START_TEST(a_directory_too_long_for_a_socket_is_said_so)
{
	char words[256] = "status --socket-dir /";

	memset(words + strlen(words), 'x', 200);
	ck_assert_int_eq(paper_run(words), EXIT_NO_DAEMON);
	paper_says("the path of the socket is too long");
}
END_TEST

START_TEST(a_daemon_that_does_not_answer_is_not_waited_for_without_end)
{
	CANNED({.method = STATUS});
	ck_assert_int_eq(paper_run("status --timeout 1"), EXIT_NO_DAEMON);
	paper_says("did not answer in time");
	paper_says("--timeout");
}
END_TEST

START_TEST(a_connection_that_ends_too_early_is_said)
{
	CANNED({.method = STATUS, .breaks = true});
	ck_assert_int_eq(paper_run("status"), EXIT_NO_DAEMON);
	paper_says("closed the connection");
	paper_says("journalctl -u certprovd");
}
END_TEST

START_TEST(what_is_not_varlink_is_said)
{
	CANNED({.method = STATUS,
		.replies = {"HTTP/1.1 400 Bad Request"},
		.wrong = true});
	ck_assert_int_eq(paper_run("status"), EXIT_NO_DAEMON);
	paper_says("not Varlink");
}
END_TEST

static const char *const timeouts[] = {
	"0", "x", "-1", "1s", "86401", "99999999999999999999"};

START_TEST(a_timeout_is_a_number_of_seconds)
{
	char words[64];

	(void)snprintf(
		words, sizeof(words), "status --timeout %s", timeouts[_i]);
	ck_assert_int_eq(paper_run(words), EXIT_WRONG_USE);
	paper_says("--timeout takes a number of seconds from 1 to 86400");
}
END_TEST

/* What certprovd answers, and what a person reads. */
static const struct {
	const char *error;
	const char *parameters;
	const char *cause;
	const char *remedy;
} errors[] = {
	{"org.varlink.service.MethodNotImplemented",
		"{\"method\":\"io.certprov.admin.Upload\"}",
		"cannot do io.certprov.admin.Upload yet", "later version"},
	{"org.varlink.service.PermissionDenied", "{}", "not permitted",
		"certprov-admin"},
	{"org.varlink.service.InvalidParameter", "{\"parameter\":\"url\"}",
		"does not accept url", "certprovctl(1)"},
	{"io.certprov.trust.NoSuchCertificate", "{\"sha256\":\"abc\"}",
		"there is no certificate abc", "certprovctl list"},
	{"io.certprov.admin.NoSettingServer", "{}",
		"no provisioning server is configured",
		"set setting_server URL"},
	{"io.certprov.admin.LimitExceeded",
		"{\"limit\":\"distrusted\",\"maximum\":1024}",
		"limit exceeded: distrusted, at most 1024", "\n"},
	{"io.certprov.admin.RunInProgress", "{\"id\":7}",
		"run 7 is in progress", "certprovctl cancel"},
	{"io.certprov.admin.WouldLockOut",
		"{\"url\":\"https://p/\",\"result\":\"expired\","
		"\"reason\":\"because\"}",
		"https://p/ would no longer be trusted: expired: because",
		"--force"},
	{"io.certprov.admin.NoSuchRun", "{}", "there is no run (not given)",
		"certprovctl runs"},
	{"io.systemd.System", "{\"origin\":\"linux\",\"errno\":28}",
		"No space left on device", "journalctl"},
	{"io.systemd.System", "{\"errno\":-1}", "no reason given",
		"journalctl"},
	{"com.example.New", "{\"a\":1}", "com.example.New {\"a\":1}",
		"may differ in version"},
	{"com.example.\\u001b[2J", "{}", "com.example.\\x1B[2J",
		"may differ in version"},
};

START_TEST(an_error_is_explained_with_what_helps)
{
	char reply[512];
	/* Some are of other methods, or of no interface. */
	struct canned table = {
		.method = STATUS, .replies = {reply}, .wrong = true};

	(void)snprintf(reply, sizeof(reply),
		"{\"error\":\"%s\",\"parameters\":%s}", errors[_i].error,
		errors[_i].parameters);
	canned_serve(&table, 1);
	ck_assert_int_eq(paper_run("status"), EXIT_REFUSED);
	paper_says(errors[_i].cause);
	paper_says(errors[_i].remedy);
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

static const int troubles[] = {ENOENT, ECONNREFUSED, EACCES, ETIMEDOUT,
	ECONNRESET, EPIPE, EBADMSG, EMSGSIZE};

START_TEST(every_trouble_with_a_socket_has_a_remedy)
{
	for (enum service i = 0; i < SERVICE__END; i++)
		ck_assert_int_eq(service_explain_errno(paper_screen(0), i, "/s",
					 -troubles[_i]),
			EXIT_NO_DAEMON);
	paper_says(": /s\n  ");
}
END_TEST

START_TEST(who_lacks_the_group_is_told_which)
{
	(void)service_explain_errno(
		paper_screen(0), SERVICE_ADMIN, "/s", -EACCES);
	paper_says("you are not permitted to use the socket: /s\n");
	paper_says("usermod -aG certprov-admin");
}
END_TEST

START_TEST(with_json_each_reply_is_a_line_as_it_came)
{
	CANNED({.method = "io.certprov.trust.ListCertificates",
		.replies = {"{\"parameters\":{\"store\":\"a\",\"generation\":1,"
			    "\"new\":[1,null]},\"continues\":true}",
			"{\"parameters\":{\"generation\":2}}"},
		.wrong = true});
	ck_assert_int_eq(paper_run("list --json"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"{\"store\":\"a\",\"generation\":1,\"new\":[1,null]}\n"
		"{\"generation\":2}\n");
	ck_assert_ptr_nonnull(strstr(canned_last_call(), "\"more\":true"));
}
END_TEST

START_TEST(a_reply_without_parameters_is_an_empty_object)
{
	CANNED({.method = STATUS, .replies = {"{}"}, .wrong = true});
	ck_assert_int_eq(paper_run("status -j"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "{}\n");
}
END_TEST

test_case_maker service_tests;

TCase *service_tests(void)
{
	TCase *tc = tcase_create("service");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(
		tc, a_daemon_that_is_not_there_is_said_with_how_to_start_it);
	tcase_add_test(tc, the_directory_of_the_sockets_can_be_given);
	tcase_add_test(tc, a_directory_too_long_for_a_socket_is_said_so);
	tcase_add_test(tc,
		a_daemon_that_does_not_answer_is_not_waited_for_without_end);
	tcase_add_test(tc, a_connection_that_ends_too_early_is_said);
	tcase_add_test(tc, what_is_not_varlink_is_said);
	tcase_add_loop_test(
		tc, a_timeout_is_a_number_of_seconds, 0, ARRAY_SIZE(timeouts));
	tcase_add_loop_test(tc, an_error_is_explained_with_what_helps, 0,
		ARRAY_SIZE(errors));
	tcase_add_loop_test(tc, every_trouble_with_a_socket_has_a_remedy, 0,
		ARRAY_SIZE(troubles));
	tcase_add_test(tc, who_lacks_the_group_is_told_which);
	tcase_add_test(tc, with_json_each_reply_is_a_line_as_it_came);
	tcase_add_test(tc, a_reply_without_parameters_is_an_empty_object);
	return tc;
}
