/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

static void note(const char *text)
{
	CLEANUP(free) char *longer = NULL;

	ck_assert_int_eq(
		string_format(&longer, "%s%s", told ? told : "", text), 0);
	free(told);
	told = TAKE_PTR(longer);
}

/* Outcomes as one text: "a.xml:3 empty;", "!" ahead of those of the document
 * itself. */
static int tell(void *userdata, size_t version, bool own, struct outcome *o)
{
	CLEANUP(free) char *text = NULL;

	(void)userdata;
	(void)version;
	ck_assert_int_eq(string_format(&text, "%s%s:%lld %s;", own ? "!" : "",
				 o->document, (long long)o->line,
				 outcome_result_name(o)),
		0);
	note(text);
	return 0;
}

static int refuse(void *userdata, size_t version, bool own, struct outcome *o)
{
	(void)userdata;
	(void)version;
	(void)own;
	(void)o;
	return -ENOSPC;
}

/* The result of the last version; those of others as " 0;" and " lost;". */
static int end(void *userdata, size_t version, const struct check_result *r)
{
	const size_t *count = userdata;
	const char *trouble = r->trouble;

	check_result_done(&result);
	result = *r;
	result.trouble = NULL;
	ck_assert_int_eq(string_replace(&result.trouble, trouble), 0);
	if (*count > 1)
		note(r->finished ? " ended;" : " lost;");
	ck_assert_uint_lt(version, *count);
	return 0;
}

static int run_all(const char *const *texts, size_t count, bool offline,
	const struct check_listener *listener)
{
	const struct check_plan plan = {
		.fetcher = program,
		.authorities = authorities,
		.now = PKI_NOW,
		.offline = offline,
		.limits = FETCH_LIMITS_DEFAULT,
	};
	struct firmware versions[4] = {0};
	const struct check_subject subject = {
		.name = "a.xml",
		.document_fd = document_fd,
		.mac = "000413AABBCC",
		.phone_type = "snomD785",
		.versions = versions,
		.version_count = count,
	};
	CLEANUP(check_run_free) struct check_run *run = NULL;
	int r = 0;

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(firmware_parse(texts[i], &versions[i]), 0);
	r = check_run_new(&plan, &subject, listener, &count, &run);
	while (r == 0 && !check_run_is_over(run)) {
		struct pollfd waiting = {.fd = check_run_fd(run),
			.events = check_run_events(run)};

		ck_assert_int_gt(poll(&waiting, 1, 20000), 0);
		r = check_run_step(run);
	}
	return r;
}

static int run_as(const char *version,
	int (*outcome)(void *, size_t, bool, struct outcome *))
{
	const struct check_listener listener = {outcome, end};

	return run_all(&version, 1, false, &listener);
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

/* Also for what the fetcher sent before it was told. */
START_TEST(a_listener_that_fails_ends_the_run)
{
	write_fetcher(SAY
		"say('GetJob')\n"
		"call = json.dumps({'method': 'io.certprov.fetch.ReportElement',\n"
		"    'parameters': {'document': 'inline', 'line': 3,\n"
		"        'result': 'empty', 'reason': ''}}).encode() + b'\\0'\n"
		"s.sendall(2 * call)\n"
		"got = b''\n"
		"while got.count(b'\\0') < 2:\n"
		"    got += s.recv(65536)\n"
		"assert got.count(b'SystemError') == 2\n");
	ck_assert_int_eq(run_as("10.1.33.33", refuse), 0);
	ck_assert(!result.finished);
	ck_assert_str_eq(
		result.trouble, "Judging failed: No space left on device.");
}
END_TEST

#define NEXT_JOB                                                               \
	"job, fds = say('GetJob')\n"                                           \
	"job = job['parameters']\n"                                            \
	"assert os.pread(fds[1], 99, 0) == b'<settings/>'\n"                   \
	"assert os.lseek(fds[1], 0, os.SEEK_CUR) == 0\n"                       \
	"os.lseek(fds[1], 5, os.SEEK_SET)\n"

START_TEST(one_fetcher_has_all_versions_as_jobs)
{
	static const char *const versions[] = {"8.9.3.40", "10.1.33.33"};
	const struct check_listener listener = {tell, end};

	write_fetcher(SAY NEXT_JOB
		"assert job['another'] and '8.9.3.40' in job['userAgent']\n"
		"say('ReportDocument', url='inline', bytes=3, "
		"result='no-root', authenticated=True)\n"
		"say('Finish', result='failed')\n" NEXT_JOB
		"assert not job['another']\n"
		"assert '10.1.33.33' in job['userAgent']\n"
		"say('ReportElement', document='inline', line=3, "
		"result='empty', reason='')\n"
		"say('Finish', result='complete')\n");
	ck_assert_int_eq(run_all(versions, 2, false, &listener), 0);
	ck_assert_str_eq(told, "!a.xml:0 no-root; ended;a.xml:3 empty; ended;");
}
END_TEST

START_TEST(a_fetcher_that_is_lost_is_followed_by_another)
{
	static const char *const versions[] = {
		"8.9.3.40", "8.9.3.41", "10.1.33.33"};
	const struct check_listener listener = {tell, end};

	write_fetcher(SAY "job, fds = say('GetJob')\n"
			  "agent = job['parameters']['userAgent']\n"
			  "if '8.9.3.41' in agent: os._exit(9)\n"
			  "say('Finish', result='complete')\n"
			  "if '8.9.3.40' in agent:\n"
			  "    say('GetJob')\n"
			  "    os._exit(9)\n");
	ck_assert_int_eq(run_all(versions, 3, false, &listener), 0);
	ck_assert_str_eq(told, " ended; lost; ended;");
}
END_TEST

START_TEST(offline_the_job_says_so_and_the_outcome_why)
{
	static const char *const versions[] = {"10.1.33.33"};
	const struct check_listener listener = {tell, end};

	write_fetcher(SAY "job, fds = say('GetJob')\n"
			  "assert job['parameters']['policy']['offline']\n"
			  "say('ReportElement', document='inline', line=3, "
			  "url='http://a/b.der', result='not-attempted', "
			  "reason='offline')\n"
			  "say('Finish', result='partial')\n");
	ck_assert_int_eq(run_all(versions, 1, true, &listener), 0);
	ck_assert_str_eq(told, "a.xml:3 not-attempted;");
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

	tcase_set_tags(tc, OWN_PROCESS);
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
	tcase_add_test(tc, one_fetcher_has_all_versions_as_jobs);
	tcase_add_test(tc, a_fetcher_that_is_lost_is_followed_by_another);
	tcase_add_test(tc, offline_the_job_says_so_and_the_outcome_why);
	tcase_add_test(tc, a_fetcher_that_does_not_end_is_ended);
	return tc;
}
