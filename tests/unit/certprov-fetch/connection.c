/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/connection.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/provisioning/fetch-job.h"
#include "lib/sandbox/sandbox.h"
#include "lib/trust/snapshot.h"
#include "lib/varlink/varlink-client.h"
#include "tests/unit/certprov-fetch/http-server.h"
#include "tests/unit/contract.h"
#include "tests/unit/runner.h"

/* A whole run over a socket, sandbox included: the fetcher is a process of
 * its own, the test is the daemon and the provisioning server. */

#define LOG_SIZE 4096
#define DEADLINE_MS 20000

static const struct http_route routes[] = {
	{.path = "/a.xml",
		.response = "HTTP/1.1 200 OK\r\n\r\n<settings><certificates>"
			    "<certificate type=\"base64\">AAEC</certificate>\n"
			    "<certificate url=\"/c.der\"/></certificates>"
			    "</settings>"},
	{.path = "/c.der", .response = "HTTP/1.1 200 OK\r\n\r\n12345"},
	{0},
};

static struct varlink_socket daemon_end;
static char methods[LOG_SIZE];
static unsigned calls;
static int large_fd = -1; /* goes along with the job */
static struct rusage usage;
static int status;

static pid_t start_fetcher(void)
{
	const struct allowed_peer nobody = {0};
	int fds[2];
	pid_t pid = -1;

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)close(fds[0]);
		_exit((int)connection_serve(fds[1], &nobody));
	}
	(void)close(fds[1]);
	varlink_socket_init(&daemon_end, fds[0]);
	return pid;
}

static void finish_fetcher(pid_t pid)
{
	varlink_socket_done(&daemon_end);
	ck_assert_int_eq(wait4(pid, &status, 0, &usage), pid);
	ck_assert(WIFEXITED(status));
}

static int snapshot(void)
{
	CLEANUP(trust_free) struct trust *trust = NULL;
	CLEANUP(bytes_done) struct bytes bytes = {0};
	int fd = -1;

	ck_assert_int_eq(trust_new(&trust), 0);
	(void)snprintf(trust->store, sizeof(trust->store), "%032d", 1);
	ck_assert_int_eq(snapshot_encode(trust, &bytes), 0);
	ck_assert_int_eq(snapshot_seal(&bytes, &fd), 0);
	return fd;
}

/* With port 0, a job whose document comes as a descriptor. */
static cJSON *make_job(uint16_t port)
{
	CLEANUP(fetch_job_done) struct fetch_job job = FETCH_JOB_INIT;
	cJSON *json = NULL;
	char url[64];

	(void)snprintf(url, sizeof(url), "http://localhost:%u/a.xml", port);
	if (port > 0)
		ck_assert_int_eq(fetch_job_add_url(&job, url), 0);
	ck_assert_int_eq(string_replace(&job.user_agent, "agent/1"), 0);
	(void)snprintf(url, sizeof(url), "%032d", 1);
	ck_assert_int_eq(string_replace(&job.store, url), 0);
	job.allow_local = true;
	ck_assert_int_eq(fetch_job_encode(&job, &json), 0);
	return json;
}

/* Of the last call; "" before. */
static char last_method[64];

static void send_reply(cJSON *parameters, const int *fds, size_t count)
{
	CLEANUP(bytes_done) struct bytes message = {0};
	struct varlink_reply reply = {.parameters = parameters};
	union {
		char bytes[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr header;
	} control = {0};
	struct iovec part;
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *rights = &control.header;

	ASSERT_CONTRACT(contract_reply(last_method, parameters));
	ck_assert_int_eq(varlink_reply_encode(&reply, &message), 0);
	cJSON_Delete(parameters);
	part = (struct iovec){.iov_base = message.data, .iov_len = message.len};
	if (count > 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
	}
	ck_assert_int_eq(sendmsg(daemon_end.fd, &header, MSG_NOSIGNAL),
		(ssize_t)message.len);
}

static void send_job(uint16_t port, int document_fd)
{
	const int fds[] = {snapshot(), document_fd};

	send_reply(make_job(port), fds, document_fd < 0 ? 1 : 2);
	(void)close(fds[0]);
}

static void note(const struct varlink_call *call)
{
	size_t len = strlen(methods);

	calls++;
	if (len < LOG_SIZE - 64)
		(void)snprintf(methods + len, sizeof(methods) - len, "%s ",
			strrchr(call->method, '.') + 1);
}

static void answer(const struct varlink_call *call, uint16_t port)
{
	note(call);
	if (strstr(call->method, "GetJob"))
		send_job(port, large_fd);
	else if (strstr(call->method, "Offer"))
		send_reply(cJSON_Parse("{\"good\":true,\"result\":"
				       "\"accepted\"}"),
			NULL, 0);
	else
		send_reply(NULL, NULL, 0);
}

/* The next call, or false when the fetcher has gone. */
static bool next_call(struct varlink_call *ret)
{
	struct pollfd readable = {.fd = daemon_end.fd, .events = POLLIN};
	struct varlink_fds fds = {0};
	const char *text = NULL;
	size_t len = 0;
	int r = 0;

	while ((r = varlink_socket_next(&daemon_end, &text, &len, &fds)) == 0) {
		ck_assert_int_eq(poll(&readable, 1, DEADLINE_MS), 1);
		if (varlink_socket_receive(&daemon_end) <= 0)
			return false;
	}
	ck_assert_int_eq(r, 1);
	ck_assert_int_eq(varlink_call_decode(text, len, ret), 0);
	ASSERT_CONTRACT(contract_call(ret->method, ret->parameters));
	(void)snprintf(last_method, sizeof(last_method), "%s", ret->method);
	return true;
}

/* Answer calls until this one was answered, or the fetcher has gone. */
static void serve_until(const char *last, uint16_t port)
{
	bool more = true;

	while (more) {
		CLEANUP(varlink_call_done) struct varlink_call call = {0};

		more = next_call(&call);
		if (more) {
			answer(&call, port);
			more = !strstr(call.method, last);
		}
	}
}

START_TEST(a_whole_run_works_inside_the_sandbox)
{
	struct http_server *s = NULL;
	pid_t pid = -1;

	if (emulator_lacks("a run inside the sandbox"))
		return;
	pid = start_fetcher();
	s = http_server_start(routes, false);
	serve_until("Finish", http_server_port(s));
	finish_fetcher(pid);
	ck_assert_str_eq(methods,
		"GetJob OfferCertificate ReportDocument Progress Progress "
		"OfferCertificate Progress Finish ");
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_RUN_FINISHED);
	http_server_stop();
}
END_TEST

START_TEST(a_daemon_that_goes_away_ends_the_run)
{
	struct http_server *s = NULL;
	pid_t pid = -1;

	if (emulator_lacks("a daemon that goes away during a run"))
		return;
	pid = start_fetcher();
	s = http_server_start(routes, false);
	serve_until("GetJob", http_server_port(s));
	finish_fetcher(pid);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_RUN_FAILED);
	http_server_stop();
}
END_TEST

START_TEST(without_a_snapshot_there_is_no_run)
{
	CLEANUP(varlink_call_done) struct varlink_call call = {0};
	pid_t pid = start_fetcher();

	ck_assert(next_call(&call));
	send_reply(make_job(1), NULL, 0);
	finish_fetcher(pid);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_RUN_FAILED);
}
END_TEST

#define MANY 20000
#define CERTIFICATE_CHARS 1536
#define MAX_MEMORY_KIB 24576L

static int large_document(void)
{
	static const char head[] = "<certificates>";
	static const char tail[] = "</certificates>";
	char one[CERTIFICATE_CHARS + 64];
	int fd = memfd_create("document", MFD_CLOEXEC);
	int n = 0;
	char text[CERTIFICATE_CHARS + 1];

	memset(text, 'M', CERTIFICATE_CHARS);
	text[CERTIFICATE_CHARS] = 0;
	n = snprintf(one, sizeof(one),
		"<certificate type=\"base64\">%s</certificate>\n", text);
	ck_assert_int_eq(fd_write_full(fd, head, sizeof(head) - 1), 0);
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(fd_write_full(fd, one, (size_t)n), 0);
	ck_assert_int_eq(fd_write_full(fd, tail, sizeof(tail) - 1), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

START_TEST(thirty_megabytes_of_certificates_need_little_memory)
{
	pid_t pid = -1;

	if (emulator_lacks("a large document inside the sandbox"))
		return;
	pid = start_fetcher();
	large_fd = large_document();
	serve_until("Finish", 0);
	finish_fetcher(pid);
	(void)close(large_fd);
	ck_assert_int_eq(WEXITSTATUS(status), EXIT_RUN_FINISHED);
	/* GetJob, the offers, ReportDocument, Progress, Finish. */
	ck_assert_msg(calls == MANY + 4U, "%u calls: %s", calls, methods);
	if (sandbox_is_strict())
		ck_assert_int_lt(usage.ru_maxrss, MAX_MEMORY_KIB);
}
END_TEST

test_case_maker connection_tests;

TCase *connection_tests(void)
{
	TCase *tc = tcase_create("connection");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_whole_run_works_inside_the_sandbox);
	tcase_add_test(tc, a_daemon_that_goes_away_ends_the_run);
	tcase_add_test(tc, without_a_snapshot_there_is_no_run);
	tcase_add_test(tc, thirty_megabytes_of_certificates_need_little_memory);
	return tc;
}
