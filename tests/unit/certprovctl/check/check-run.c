/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/check/fetcher-process.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

/* The fetchers here are scripts: each says what a test needs. */
static char dir[] = "/tmp/certprovctl-unit-XXXXXX";
static char program[64];
static struct anchors *authorities;
static int document_fd = -1;
static struct check_result result;
static char *told;

#define SAY                                                                    \
	"#!/usr/bin/python3\n"                                                 \
	"import array, json, os, socket\n"                                     \
	"s = socket.socket(fileno=3)\n"                                        \
	"def say(method, **parameters):\n"                                     \
	"    s.sendall(json.dumps({'method': 'io.certprov.fetch.' + method,\n" \
	"        'parameters': parameters}).encode() + b'\\0')\n"              \
	"    got, fds = b'', []\n"                                             \
	"    while not got.endswith(b'\\0'):\n"                                \
	"        data, more, _, _ = socket.recv_fds(s, 65536, 4)\n"            \
	"        got += data\n"                                                \
	"        fds += more\n"                                                \
	"    return json.loads(got[:-1]), fds\n"

static void write_fetcher(const char *text)
{
	int fd = open(program, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
	fd_close(fd);
}

static void setup(void)
{
	uint8_t text[] = "<settings/>";
	struct bytes document = {.data = text, .len = sizeof(text) - 1};

	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(program, sizeof(program), "%s/fetcher", dir);
	ck_assert_int_eq(anchors_new(&authorities), 0);
	ck_assert_int_eq(document_file_seal(&document, &document_fd), 0);
}

static void teardown(void)
{
	(void)unlink(program);
	ck_assert_int_eq(rmdir(dir), 0);
	authorities = anchors_free(authorities);
	document_fd = fd_close(document_fd);
	check_result_done(&result);
	free(told);
	told = NULL;
	pki_free_all();
}

/* Outcomes as one text: "a.xml:3 empty;". */
static int tell(void *userdata, struct outcome *o)
{
	CLEANUP(free) char *longer = NULL;

	(void)userdata;
	ck_assert_int_eq(string_format(&longer, "%s%s:%lld %s;",
				 told ? told : "", o->document,
				 (long long)o->line, outcome_result_name(o)),
		0);
	free(told);
	told = TAKE_PTR(longer);
	return 0;
}

static int run_as(const char *version, check_outcome *listener)
{
	const struct check_plan plan = {
		.fetcher = program,
		.authorities = authorities,
		.now = PKI_NOW,
		.mac = "000413AABBCC",
		.phone_type = "snomD785",
		.limits = FETCH_LIMITS_DEFAULT,
	};
	const struct check_subject subject = {
		.name = "a.xml", .document_fd = document_fd};
	struct firmware f = {0};

	ck_assert_int_eq(firmware_parse(version, &f), 0);
	return check_run(&plan, &subject, &f, listener, NULL, &result);
}

static int run(void)
{
	return run_as("10.1.33.33", tell);
}

START_TEST(a_fetcher_gets_the_job_and_is_heard_to_its_end)
{
	write_fetcher(SAY
		"job, fds = say('GetJob')\n"
		"job = job['parameters']\n"
		"assert job['urls'] == [] and len(fds) == 2\n"
		"assert os.read(fds[1], 99) == b'<settings/>'\n"
		"assert job['macAddress'] == '000413AABBCC'\n"
		"assert 'snomD785-SIP 10.1.33.33' in job['userAgent']\n"
		"assert job['limits']['depth'] == 1\n"
		"assert os.environ['LISTEN_FDS'] == '1'\n"
		"assert os.environ['LISTEN_PID'] == str(os.getpid())\n"
		"assert sorted(map(int, os.listdir('/proc/self/fd')))[:4] == "
		"[0, 1, 2, 3]\n"
		"say('ReportElement', document='inline', line=3, "
		"result='empty', reason='')\n"
		"say('Finish', result='complete')\n");
	ck_assert_int_eq(run(), 0);
	ck_assert_msg(result.finished, "%s", result.trouble);
	ck_assert_int_eq(result.result, FETCH_COMPLETE);
	ck_assert_str_eq(told, "a.xml:3 empty;");
}
END_TEST

START_TEST(a_certificate_is_judged_as_the_firmware_does)
{
	const struct pki_cert *ca = pki_root("Private CA");
	CLEANUP(free) char *base64 = NULL;
	CLEANUP(free) char *script = NULL;

	ck_assert_int_eq(base64_encode(ca->der.data, ca->der.len, &base64), 0);
	ck_assert_int_eq(
		string_format(&script,
			"%ssay('GetJob')\n"
			"say('OfferCertificate', der='%s', variant='base64', "
			"document='inline', line=5, authenticated=True)\n"
			"say('Finish', result='complete')\n",
			SAY, base64),
		0);
	write_fetcher(script);
	ck_assert_int_eq(run(), 0);
	ck_assert_msg(result.finished, "%s", result.trouble);
	check_result_done(&result);
	ck_assert_int_eq(run_as("8.9.3.40", tell), 0);
	ck_assert_str_eq(told,
		"a.xml:5 accepted;"
		"a.xml:5 base64-not-supported;");
}
END_TEST

START_TEST(a_certificate_that_waits_is_told_when_the_fetcher_is_lost)
{
	const struct pki_cert *ca = pki_root("Private CA");
	CLEANUP(free) char *base64 = NULL;
	CLEANUP(free) char *script = NULL;

	ck_assert_int_eq(base64_encode(ca->der.data, ca->der.len, &base64), 0);
	ck_assert_int_eq(
		string_format(&script,
			"%ssay('GetJob')\n"
			"say('OfferCertificate', der='%s', variant='url', "
			"document='inline', line=5, url='http://a/b.der', "
			"authenticated=True)\n"
			"os._exit(9)\n",
			SAY, base64),
		0);
	write_fetcher(script);
	ck_assert_int_eq(run_as("8.9.3.40", tell), 0);
	ck_assert(!result.finished);
	ck_assert_str_eq(result.trouble,
		"The fetcher ended too early, with exit status 9.");
	ck_assert_str_eq(told, "a.xml:5 fetcher-lost;");
}
END_TEST

static const struct {
	const char *script;
	const char *trouble;
} lost[] = {
	{"#!/bin/sh\nexit 0\n", "ended too early, with exit status 0."},
	{"#!/bin/sh\nkill -9 $$\n", "ended by signal 9."},
	{"not a program", "ended too early, with exit status 127."},
	{SAY "say('Finish', result='complete')\n",
		"made a call that it is not allowed to make: Finish in the phase starting."},
	{SAY "s.sendall(b'{nonsense\\0')\ns.recv(1)\n",
		"Talking to the fetcher failed: Bad message."},
	{SAY "say('GetJob')\ns.sendall(b'x' * 300000)\ns.recv(1)\n",
		"Talking to the fetcher failed: Message too long."},
};

START_TEST(a_fetcher_that_does_not_come_to_its_end_is_said_why)
{
	write_fetcher(lost[_i].script);
	ck_assert_int_eq(run(), 0);
	ck_assert(!result.finished);
	ck_assert_msg(strstr(result.trouble, lost[_i].trouble) != NULL, "%s",
		result.trouble);
}
END_TEST

START_TEST(a_fetcher_that_is_not_there_is_said_so)
{
	ck_assert_int_eq(run(), 0);
	ck_assert(!result.finished);
	ck_assert_ptr_nonnull(strstr(result.trouble, "exit status 127"));
}
END_TEST

static int refuse(void *userdata, struct outcome *o)
{
	(void)userdata;
	(void)o;
	return -ENOSPC;
}

START_TEST(a_listener_that_fails_ends_the_run)
{
	write_fetcher(SAY "say('GetJob')\n"
			  "r, _ = say('ReportElement', document='inline', "
			  "line=3, result='empty', reason='')\n"
			  "assert 'error' in r\n");
	ck_assert_int_eq(run_as("10.1.33.33", refuse), 0);
	ck_assert(!result.finished);
	ck_assert_str_eq(
		result.trouble, "Judging failed: No space left on device.");
}
END_TEST

START_TEST(a_fetcher_that_does_not_end_is_ended)
{
	struct fetcher f = FETCHER_NONE;

	write_fetcher("#!/bin/sh\nexec sleep 600\n");
	ck_assert_int_eq(fetcher_start(program, &f), 0);
	ck_assert_int_ge(f.fd, 0);
	ck_assert_int_eq(fetcher_end(&f) & 0x7f, 9);
	ck_assert_int_eq(f.pid, 0);
	ck_assert_int_eq(f.fd, -1);
}
END_TEST

test_case_maker check_run_tests;

TCase *check_run_tests(void)
{
	TCase *tc = tcase_create("check-run");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_fetcher_gets_the_job_and_is_heard_to_its_end);
	tcase_add_test(tc, a_certificate_is_judged_as_the_firmware_does);
	tcase_add_test(
		tc, a_certificate_that_waits_is_told_when_the_fetcher_is_lost);
	tcase_add_loop_test(tc,
		a_fetcher_that_does_not_come_to_its_end_is_said_why, 0,
		ARRAY_SIZE(lost));
	tcase_add_test(tc, a_fetcher_that_is_not_there_is_said_so);
	tcase_add_test(tc, a_listener_that_fails_ends_the_run);
	tcase_add_test(tc, a_fetcher_that_does_not_end_is_ended);
	return tc;
}
