/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/download.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/certprov-fetch/http-users.h"
#include "lib/base/bytes.h"
#include "lib/base/string.h"
#include "tests/unit/certprov-fetch/http-server.h"
#include "tests/unit/runner.h"

#define MAX_STEPS 400
#define STEP_MS 100

/* One request and all that came of it. */
struct fetched {
	struct download_request request;
	char url[256];
	char body[256];
	size_t len;
	int body_error;
	unsigned restarts;
	unsigned done;
	struct download_result result;
	char from[256];
	char validator[256];
	size_t peer_chain;
};

static struct tls_verdict peer;
static char peer_host[256];
static struct tls_offer offer;
static struct tls_verifier verifier;
static struct download_policy policy;

static int fake_verify(void *userdata, const struct bytes *chain, size_t count,
	const char *host, struct tls_verdict *ret)
{
	(void)userdata;
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_gt(chain[0].len, 100);
	(void)snprintf(peer_host, sizeof(peer_host), "%s", host);
	*ret = peer;
	return 0;
}

static void setup(void)
{
	ck_assert_int_eq(download_prepare(), 0);
	peer = (struct tls_verdict){
		.trusted = true, .verdict = VERDICT_TRUSTED};
	offer = TLS_OFFER_DEFAULT;
	verifier = (struct tls_verifier){
		.verify = fake_verify, .offer = &offer, .security_level = 1};
	policy = (struct download_policy){.user_agent = "agent/1",
		.allow_local = true,
		.parallel = 8,
		.per_host = 2,
		.tries = 3,
		.retry_ms = 1,
		.connect_ms = 5000,
		.idle_seconds = 30,
		.total_ms = 10000,
		.tls = &verifier};
}

static int on_body(void *userdata, const struct download_result *so_far,
	const void *data, size_t len)
{
	struct fetched *f = userdata;

	ck_assert_ptr_nonnull(so_far->url);
	ck_assert_uint_lt(f->len + len, sizeof(f->body));
	memcpy(f->body + f->len, data, len);
	f->len += len;
	return f->body_error;
}

static void on_restart(void *userdata)
{
	struct fetched *f = userdata;

	f->len = 0;
	f->restarts++;
}

static void on_done(void *userdata, const struct download_result *result)
{
	struct fetched *f = userdata;

	f->done++;
	f->result = *result;
	f->peer_chain = result->peer ? result->peer->chain_count : 0;
	(void)snprintf(
		f->from, sizeof(f->from), "%s", result->url ? result->url : "");
	(void)snprintf(f->validator, sizeof(f->validator), "%s",
		result->validator ? result->validator : "");
}

static void prepare(
	struct fetched *f, const struct http_server *s, const char *format)
{
	const char *port = strstr(format, "{port}");

	(void)snprintf(f->url, sizeof(f->url), "%.*s%u%s", (int)(port - format),
		format, http_server_port(s), port + strlen("{port}"));
	f->request = (struct download_request){.url = f->url,
		.validator = f->request.validator,
		.max_bytes = 100,
		.body = on_body,
		.restart = on_restart,
		.done = on_done,
		.userdata = f};
}

static int run(struct fetched *all, size_t count, int watch_fd)
{
	CLEANUP(downloader_free) struct downloader *d = NULL;
	int r = downloader_new(&policy, watch_fd, &d);

	for (size_t i = 0; i < count && r == 0; i++)
		r = downloader_add(d, &all[i].request);
	for (int i = 0; i < MAX_STEPS && r == 0 && downloader_active(d) > 0;
		i++)
		r = downloader_step(d, STEP_MS);
	if (r == 0)
		ck_assert_uint_eq(downloader_active(d), 0);
	return r;
}

static struct fetched fetch(const struct http_server *s, const char *format)
{
	struct fetched f = {0};

	prepare(&f, s, format);
	ck_assert_int_eq(run(&f, 1, -1), 0);
	ck_assert_uint_eq(f.done, 1);
	f.body[f.len] = 0;
	return f;
}

static void expect(const struct fetched *f, const char *verdict)
{
	ck_assert_msg(strcmp(verdict_name(f->result.verdict), verdict) == 0,
		"%s: %s (%s), not %s", f->url, verdict_name(f->result.verdict),
		f->result.detail, verdict);
}

#define OK(headers, body) "HTTP/1.1 200 OK\r\n" headers "\r\n" body
#define LENGTH(n) "Content-Length: " #n "\r\n"
#define TO(target)                                                             \
	"HTTP/1.1 302 Found\r\nLocation: " target "\r\n" LENGTH(0) "\r\n"
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct http_route routes[] = {
	{.path = "/ok",
		.response = OK(LENGTH(5) "ETag: \"v1\"\r\n"
					 "Last-Modified: yesterday\r\n",
			"hello"),
		.if_head = "If-None-Match: \"v1\"",
		.then_response = "HTTP/1.1 304 Not Modified\r\n"
				 "ETag: \"v1\"\r\n\r\n"},
	{.path = "/hundred", .response = OK("", HUNDRED)},
	{.path = "/more", .response = OK("", HUNDRED "x")},
	{.path = "/announced", .response = OK(LENGTH(101), "x")},
	{.path = "/gzip", .response = OK("Content-Encoding: gzip\r\n", "x")},
	{.path = "/404",
		.response = "HTTP/1.1 404 No\r\n" LENGTH(4) "\r\nbody"},
	{.path = "/503", .response = "HTTP/1.1 503 No\r\n" LENGTH(0) "\r\n"},
	{.path = "/busy",
		.response = "HTTP/1.1 503 No\r\nretry-after:600\r\n" LENGTH(
			0) "\r\n"},
	{.path = "/many",
		.response = "HTTP/1.1 429 No\r\nRetry-After: 11 \r\n" LENGTH(
			0) "\r\n"},
	{.path = "/day",
		.response = "HTTP/1.1 503 No\r\nRetry-After: "
			    "99999999999999999999999\r\n" LENGTH(0) "\r\n"},
	/* The server's clock counts, not this phone's. */
	{.path = "/date",
		.response = "HTTP/1.1 503 No\r\n"
			    "Date: Thu, 01 Jan 2004 10:00:00 GMT\r\n"
			    "Retry-After: Thu, 01 Jan 2004 10:02:00 "
			    "GMT\r\n" LENGTH(0) "\r\n"},
	{.path = "/date-alone",
		.response = "HTTP/1.1 503 No\r\n"
			    "Retry-After: Thu, 01 Jan 2088 10:02:00 "
			    "GMT\r\n" LENGTH(0) "\r\n"},
	{.path = "/past",
		.response = "HTTP/1.1 503 No\r\n"
			    "Date: Thu, 01 Jan 2004 10:00:00 GMT\r\n"
			    "Retry-After: Thu, 01 Jan 2004 09:00:00 "
			    "GMT\r\n" LENGTH(0) "\r\n"},
	{.path = "/never",
		.response = "HTTP/1.1 503 No\r\nRetry-After: -5\r\n" LENGTH(
			0) "\r\n"},
	{.path = "/gone",
		.response = "HTTP/1.1 404 No\r\nRetry-After: 600\r\n" LENGTH(
			0) "\r\n"},
	{.path = "/twice", .fail_first = 2, .response = OK(LENGTH(2), "ok")},
	{.path = "/short", .response = OK(LENGTH(9), "half")},
	{.path = "/private",
		.response = "HTTP/1.1 401 No\r\n" LENGTH(
			0) "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
			   "qop=\"auth\", algorithm=MD5\r\n\r\n",
		.if_head = "Authorization: Digest username=\"us er\"",
		.then_response = OK(LENGTH(2), "in")},
	{.path = "/basic",
		.response = "HTTP/1.1 401 No\r\n" LENGTH(
			0) "WWW-Authenticate: Basic realm=\"r\"\r\n\r\n",
		/* us er:pw */
		.if_head = "Authorization: Basic dXMgZXI6cHc=",
		.then_response = OK(LENGTH(2), "in")},
	{.path = "/to-basic", .response = TO("/basic")},
	{.path = "/basic-elsewhere",
		.response = TO("http://127.0.0.2:{port}/basic")},
	{.path = "/to-ok", .response = TO("/ok")},
	{.path = "/loop", .response = TO("/loop")},
	{.path = "/file", .response = TO("file:///etc/hostname")},
	{.path = "/elsewhere", .response = TO("http://127.0.0.2:{port}/ok")},
	{.path = "/hold", .hold = true, .response = OK(LENGTH(2), "ok")},
	{0},
};

START_TEST(a_body_arrives_with_its_validator)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = fetch(s, "http://127.0.0.1:{port}/ok");
	CLEANUP(free) char *requests = http_server_requests(s);

	expect(&f, "processed");
	ck_assert_str_eq(f.body, "hello");
	ck_assert_str_eq(f.validator, "etag \"v1\"");
	ck_assert(!f.result.authenticated);
	ck_assert_ptr_nonnull(strstr(requests, "User-Agent: agent/1\r\n"));
	ck_assert_ptr_null(strcasestr(requests, "Accept-Encoding"));
}
END_TEST

START_TEST(what_was_not_modified_is_not_fetched_again)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {.request = {.validator = "etag \"v1\""}};

	prepare(&f, s, "http://127.0.0.1:{port}/ok");
	ck_assert_int_eq(run(&f, 1, -1), 0);
	expect(&f, "processed");
	ck_assert(f.result.not_modified);
	ck_assert_uint_eq(f.len, 0);
}
END_TEST

/* Each answer a server may give and what it is called. */
static const struct canned_answer {
	const char *url;
	const char *verdict;
	const char *detail;
	unsigned requests;
} answers[] = {
	{"http://127.0.0.1:{port}/hundred", "processed", "", 1},
	{"http://127.0.0.1:{port}/more", "too-large", "", 1},
	{"http://127.0.0.1:{port}/announced", "too-large", "announced", 1},
	{"http://127.0.0.1:{port}/gzip", "encoding-refused", "", 1},
	{"http://127.0.0.1:{port}/404", "http-status", "404", 1},
	{"http://127.0.0.1:{port}/503", "http-status", "503", 3},
	{"http://127.0.0.1:{port}/busy", "http-status",
		"503, and it asks to wait 600 seconds", 1},
	{"http://127.0.0.1:{port}/many", "http-status",
		"429, and it asks to wait 11 seconds", 1},
	{"http://127.0.0.1:{port}/day", "http-status",
		"503, and it asks to wait 86400 seconds", 1},
	{"http://127.0.0.1:{port}/date", "http-status",
		"503, and it asks to wait 120 seconds", 1},
	{"http://127.0.0.1:{port}/date-alone", "http-status", "HTTP status 503",
		3},
	{"http://127.0.0.1:{port}/past", "http-status", "HTTP status 503", 3},
	{"http://127.0.0.1:{port}/never", "http-status", "HTTP status 503", 3},
	{"http://127.0.0.1:{port}/gone", "http-status", "HTTP status 404", 1},
	{"http://127.0.0.1:{port}/twice", "processed", "", 3},
	{"http://127.0.0.1:{port}/short", "incomplete-transfer", "4 of 9 bytes",
		3},
	{"http://127.0.0.1:{port}/to-ok", "processed", "", 2},
	{"http://127.0.0.1:{port}/loop", "redirect-refused", "five", 6},
	{"http://127.0.0.1:{port}/file", "redirect-refused", "", 1},
	{"http://127.0.0.1:{port}/private", "authentication-required",
		"HTTP status 401, no user was sent; it accepts Digest, "
		"realm \"r\"",
		1},
	{"http://us%20er:pw@127.0.0.1:{port}/private", "processed", "", 2},
};

static unsigned count_of(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

START_TEST(every_answer_has_its_name)
{
	const struct canned_answer *a = &answers[_i];
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = fetch(s, a->url);
	CLEANUP(free) char *requests = http_server_requests(s);

	expect(&f, a->verdict);
	ck_assert_ptr_nonnull(strstr(f.result.detail, a->detail));
	ck_assert_uint_eq(count_of(requests, "GET /"), a->requests);
}
END_TEST

START_TEST(what_was_half_delivered_and_cannot_restart_is_not_retried)
{
	struct http_server *s = http_server_start(routes, false);
	CLEANUP(free) char *requests = NULL;
	struct fetched f = {0};

	prepare(&f, s, "http://127.0.0.1:{port}/short");
	f.request.restart = NULL;
	ck_assert_int_eq(run(&f, 1, -1), 0);
	expect(&f, "incomplete-transfer");
	requests = http_server_requests(s);
	ck_assert_uint_eq(count_of(requests, "GET /"), 1);
}
END_TEST

START_TEST(credentials_stay_with_their_origin)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f =
		fetch(s, "http://user:secret@127.0.0.1:{port}/elsewhere");
	CLEANUP(free) char *requests = http_server_requests(s);

	expect(&f, "processed");
	ck_assert_ptr_nonnull(strstr(f.from, "http://127.0.0.2:"));
	ck_assert_ptr_null(strstr(requests, "Authorization"));
	ck_assert_ptr_null(strstr(requests, "secret"));
}
END_TEST

/* The user is us er:pw, for 127.0.0.1 alone; which of them may ask. */
static const struct {
	const char *url;
	const char *verdict;
	const char *detail;
	const char *sent; /* in a header, or NULL: no user is */
} set_users[] = {
	{"http://127.0.0.1:{port}/basic", "processed", "",
		"Basic dXMgZXI6cHc="},
	{"http://127.0.0.1:{port}/private", "processed", "",
		"Digest username=\"us er\""},
	{"http://127.0.0.1:{port}/to-basic", "processed", "",
		"Basic dXMgZXI6cHc="},
	{"http://127.0.0.2:{port}/basic", "authentication-required",
		"no user was sent: http_client_user is for another server",
		NULL},
	{"http://127.0.0.1:{port}/basic-elsewhere", "authentication-required",
		"no user was sent: http_client_user is for another server",
		NULL},
	{"http://me:x@127.0.0.1:{port}/basic", "authentication-required",
		"the user that was sent was refused", "Basic bWU6eA=="},
};

START_TEST(the_phones_user_is_for_one_origin_and_that_of_a_url_comes_first)
{
	CLEANUP(http_users_done) struct http_users users = {.count = 0};
	CLEANUP(fetch_job_done) struct fetch_job job = FETCH_JOB_INIT;
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {0};
	CLEANUP(free) char *requests = NULL;

	prepare(&f, s, "http://127.0.0.1:{port}/x");
	ck_assert_int_eq(fetch_job_add_url(&job, f.url), 0);
	ck_assert_int_eq(string_replace(&job.user, "us er"), 0);
	ck_assert_int_eq(string_replace(&job.password, "pw"), 0);
	ck_assert_int_eq(http_users_init(&job, &users), 0);
	policy.users = &users;
	f = fetch(s, set_users[_i].url);
	expect(&f, set_users[_i].verdict);
	ck_assert_ptr_nonnull(strstr(f.result.detail, set_users[_i].detail));
	requests = http_server_requests(s);
	if (set_users[_i].sent)
		ck_assert_ptr_nonnull(strstr(requests, set_users[_i].sent));
	else
		ck_assert_ptr_null(strstr(requests, "Authorization"));
}
END_TEST

START_TEST(a_user_of_the_phone_that_is_refused_or_withheld_is_told)
{
	CLEANUP(http_users_done) struct http_users users = {.count = 0};
	CLEANUP(fetch_job_done) struct fetch_job job = FETCH_JOB_INIT;
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {0};

	prepare(&f, s, "http://127.0.0.1:{port}/x");
	ck_assert_int_eq(fetch_job_add_url(&job, f.url), 0);
	ck_assert_int_eq(string_replace(&job.user, "nobody"), 0);
	ck_assert_int_eq(http_users_init(&job, &users), 0);
	policy.users = &users;
	f = fetch(s, "http://127.0.0.1:{port}/basic");
	ck_assert_ptr_nonnull(strstr(f.result.detail,
		"the user of http_client_user was sent and was refused"));
	ck_assert_int_eq(f.result.cause, FETCH_CAUSE_SET_USER_REFUSED);
	http_users_done(&users);
	job.user_withheld = true;
	ck_assert_int_eq(string_replace(&job.user, NULL), 0);
	ck_assert_int_eq(http_users_init(&job, &users), 0);
	f = fetch(s, "http://127.0.0.1:{port}/basic");
	ck_assert_ptr_nonnull(strstr(f.result.detail,
		"no user was sent: http_client_user is not for a server"));
	ck_assert_int_eq(f.result.cause, FETCH_CAUSE_USER_WITHHELD);
}
END_TEST

START_TEST(an_error_of_the_body_call_back_ends_the_request)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {.body_error = -EPIPE};

	prepare(&f, s, "http://127.0.0.1:{port}/ok");
	ck_assert_int_eq(run(&f, 1, -1), 0);
	ck_assert_uint_eq(f.done, 1);
	ck_assert_int_eq(f.result.error, -EPIPE);
}
END_TEST

START_TEST(a_refused_connection_is_said_after_all_tries)
{
	struct fetched f = {0};

	(void)snprintf(f.url, sizeof(f.url), "http://127.0.0.1:1/");
	f.request = (struct download_request){
		.url = f.url, .body = on_body, .done = on_done, .userdata = &f};
	ck_assert_int_eq(run(&f, 1, -1), 0);
	expect(&f, "connection-failed");
}
END_TEST

/* --- timeouts --- */

/* Listens and never says a word. */
static int listen_mutely(uint16_t *ret_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static void expect_timeout(
	const struct fetched *f, enum fetch_cause cause, const char *words)
{
	expect(f, "timeout");
	ck_assert_str_eq(
		fetch_cause_names[f->result.cause], fetch_cause_names[cause]);
	ck_assert_msg(strstr(f->result.detail, words), "%s", f->result.detail);
}

static struct fetched fetch_from_port(const char *scheme, uint16_t port)
{
	struct fetched f = {0};

	(void)snprintf(f.url, sizeof(f.url), "%s://localhost:%u/x", scheme,
		(unsigned)port);
	f.request = (struct download_request){
		.url = f.url, .body = on_body, .done = on_done, .userdata = &f};
	ck_assert_int_eq(run(&f, 1, -1), 0);
	return f;
}

START_TEST(a_timeout_says_how_far_it_came)
{
	struct fetched f;
	uint16_t port = 0;
	int fd = listen_mutely(&port);

	policy.tries = 1;
	policy.total_ms = 500;
	f = fetch_from_port("http", port);
	expect_timeout(&f, FETCH_CAUSE_ANSWER_SLOW, "no answer");
	f = fetch_from_port("https", port);
	expect_timeout(
		&f, FETCH_CAUSE_HANDSHAKE_SLOW, "TLS handshake did not end");
	(void)close(fd);
}
END_TEST

/* Who calls works on the first for some time. */
START_TEST(the_next_is_asked_before_the_caller_hears_of_an_end)
{
	struct http_server *s = http_server_start(routes, false);
	CLEANUP(downloader_free) struct downloader *d = NULL;
	struct fetched first = {0};
	struct fetched next = {0};
	struct pollfd asked = {.events = POLLIN};
	uint16_t port = 0;

	asked.fd = listen_mutely(&port);
	policy.parallel = 1;
	prepare(&first, s, "http://127.0.0.1:{port}/ok");
	(void)snprintf(next.url, sizeof(next.url), "http://127.0.0.1:%u/x",
		(unsigned)port);
	next.request = (struct download_request){.url = next.url,
		.body = on_body,
		.done = on_done,
		.userdata = &next};
	ck_assert_int_eq(downloader_new(&policy, -1, &d), 0);
	ck_assert_int_eq(downloader_add(d, &first.request), 0);
	ck_assert_int_eq(downloader_add(d, &next.request), 0);
	for (int i = 0; i < MAX_STEPS && !first.done; i++)
		ck_assert_int_eq(downloader_step(d, STEP_MS), 0);
	expect(&first, "processed");
	ck_assert_int_eq(poll(&asked, 1, 5000), 1);
	(void)close(asked.fd);
}
END_TEST

/* --- who is asked --- */

static const char *const local_urls[] = {
	"http://127.0.0.1:{port}/ok",
	"http://127.0.0.2:{port}/ok",
	"http://localhost:{port}/ok",
	"http://[::ffff:127.0.0.1]:{port}/ok",
	"http://[64:ff9b::7f00:1]:{port}/ok",
	"http://0.0.0.0:{port}/ok",
	"http://169.254.1.1:{port}/ok",
};

START_TEST(the_phone_itself_is_never_asked)
{
	struct http_server *s = http_server_start(routes, false);
	CLEANUP(free) char *requests = NULL;
	struct fetched f = {0};

	policy.allow_local = false;
	f = fetch(s, local_urls[_i]);
	expect(&f, "address-refused");
	requests = http_server_requests(s);
	ck_assert_str_eq(requests, "");
}
END_TEST

START_TEST(the_exempt_origin_is_one_scheme_host_and_port)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {0};
	char origin[64];

	(void)snprintf(origin, sizeof(origin), "http://127.0.0.1:%u/x.xml",
		http_server_port(s));
	policy.allow_local = false;
	policy.local_origin = origin;
	f = fetch(s, "http://127.0.0.1:{port}/ok");
	expect(&f, "processed");
	f = fetch(s, "http://127.0.0.2:{port}/ok");
	expect(&f, "address-refused");
	f = fetch(s, "http://127.0.0.1:{port}/elsewhere");
	expect(&f, "address-refused");
	policy.local_origin = "http://127.0.0.1:1/";
	f = fetch(s, "http://127.0.0.1:{port}/ok");
	expect(&f, "address-refused");
}
END_TEST

START_TEST(a_configured_proxy_may_be_local_and_the_target_not)
{
	static const struct http_route proxy_routes[] = {
		{.path = "//prov.example.com/a",
			.response = OK(LENGTH(2), "ok")},
		{0},
	};
	struct http_server *s = http_server_start(proxy_routes, false);
	CLEANUP(free) char *requests = NULL;
	struct fetched f = {0};
	char proxy[64];

	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
		http_server_port(s));
	policy.allow_local = false;
	policy.proxy = proxy;
	policy.tries = 1;
	(void)snprintf(f.url, sizeof(f.url), "http://prov.example.com/a");
	f.request = (struct download_request){.url = f.url,
		.max_bytes = 9,
		.body = on_body,
		.done = on_done,
		.userdata = &f};
	ck_assert_int_eq(run(&f, 1, -1), 0);
	expect(&f, "processed");
	f = fetch(s, "http://127.0.0.1:{port}/ok");
	expect(&f, "address-refused");
	requests = http_server_requests(s);
	ck_assert_uint_eq(count_of(requests, "GET "), 1);
}
END_TEST

START_TEST(a_proxy_that_wants_a_user_is_told_apart_from_a_server)
{
	static const char challenge[] =
		"HTTP/1.1 407 Proxy Authentication Required\r\n"
		"Proxy-Authenticate: Basic realm=\"way out\"\r\n" LENGTH(
			0) "Connection: close\r\n\r\n";
	static const struct http_route challenges[] = {
		{.path = "//prov.example.com/a", .response = challenge},
		/* of CONNECT: what is behind HTTP */
		{.path = "/1.1", .response = challenge},
		{.path = "/a", .response = challenge},
		{0},
	};
	struct http_server *s = http_server_start(challenges, false);
	struct fetched f = {0};
	char proxy[64];

	policy.tries = 1;
	f = fetch(s, "http://127.0.0.1:{port}/a");
	expect(&f, "authentication-required");
	ck_assert_int_eq(f.result.cause, FETCH_CAUSE_PROXY_BETWEEN);
	ck_assert_ptr_nonnull(strstr(f.result.detail, "Proxy= of"));
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u",
		http_server_port(s));
	policy.proxy = proxy;
	for (int i = 0; i < 2; i++) {
		f = (struct fetched){0};
		(void)snprintf(f.url, sizeof(f.url), "%s://prov.example.com/a",
			i == 0 ? "http" : "https");
		f.request = (struct download_request){.url = f.url,
			.max_bytes = 9,
			.body = on_body,
			.done = on_done,
			.userdata = &f};
		ck_assert_int_eq(run(&f, 1, -1), 0);
		expect(&f, "authentication-required");
		ck_assert_int_eq(f.result.cause, FETCH_CAUSE_PROXY_USER);
		ck_assert_ptr_nonnull(strstr(
			f.result.detail, "407 of the proxy, no user was sent"));
	}
}
END_TEST

START_TEST(proxies_of_the_environment_are_not_used)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {0};

	ck_assert_int_eq(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	ck_assert_int_eq(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	f = fetch(s, "http://127.0.0.1:{port}/ok");
	expect(&f, "processed");
}
END_TEST

START_TEST(eight_run_at_a_time_and_two_at_a_host)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched all[20] = {0};

	for (size_t i = 0; i < 3; i++)
		prepare(&all[i], s, "http://127.0.0.1:{port}/hold");
	http_server_await_held(s, 2);
	ck_assert_int_eq(run(all, 3, -1), 0);
	ck_assert_uint_eq(http_server_max_held(s), 2);
	http_server_await_held(s, 8);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char url[64];

		(void)snprintf(url, sizeof(url),
			"http://127.0.0.%zu:{port}/hold", 1 + i % 10);
		all[i] = (struct fetched){0};
		prepare(&all[i], s, url);
	}
	ck_assert_int_eq(run(all, ARRAY_SIZE(all), -1), 0);
	ck_assert_uint_eq(http_server_max_held(s), 8);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		expect(&all[i], "processed");
}
END_TEST

START_TEST(end_of_file_on_the_watched_descriptor_ends_the_wait)
{
	struct http_server *s = http_server_start(routes, false);
	struct fetched f = {0};
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	(void)close(fds[1]);
	prepare(&f, s, "http://127.0.0.1:{port}/hold");
	ck_assert_int_eq(run(&f, 1, fds[0]), -ECONNRESET);
	ck_assert_uint_eq(f.done, 0);
	(void)close(fds[0]);
}
END_TEST

/* --- TLS --- */

START_TEST(a_trusted_peer_authenticates_what_it_sends)
{
	struct http_server *s = http_server_start(routes, true);
	struct fetched f = fetch(s, "https://localhost:{port}/to-ok");

	expect(&f, "processed");
	ck_assert_str_eq(f.body, "hello");
	ck_assert_str_eq(peer_host, "localhost");
	ck_assert(f.result.authenticated);
	peer.verdict = VERDICT_EXCEPTION;
	f = fetch(s, "https://127.0.0.1:{port}/ok");
	ck_assert(f.result.authenticated);
	ck_assert_str_eq(peer_host, "127.0.0.1");
}
END_TEST

START_TEST(an_unverified_peer_is_used_and_authenticates_nothing)
{
	struct http_server *s = http_server_start(routes, true);
	struct fetched f = {0};

	peer.verdict = VERDICT_NOT_VERIFIED;
	f = fetch(s, "https://localhost:{port}/ok");
	expect(&f, "processed");
	ck_assert(!f.result.authenticated);
}
END_TEST

START_TEST(a_rejected_peer_is_told_with_its_chain_and_gets_no_request)
{
	struct http_server *s = http_server_start(routes, true);
	CLEANUP(free) char *requests = NULL;
	struct fetched f = {0};

	peer = (struct tls_verdict){
		.verdict = VERDICT_EXPIRED, .reason = "It has expired."};
	f = fetch(s, "https://localhost:{port}/ok");
	expect(&f, "tls-rejected");
	ck_assert_str_eq(f.result.detail, "It has expired");
	ck_assert_uint_eq(f.peer_chain, 1);
	requests = http_server_requests(s);
	ck_assert_str_eq(requests, "");
}
END_TEST

START_TEST(https_never_redirects_to_http)
{
	struct http_server *s = http_server_start(routes, true);
	struct fetched f = fetch(s, "https://localhost:{port}/elsewhere");

	expect(&f, "redirect-refused");
	ck_assert_str_eq(f.result.detail, "from https to http");
}
END_TEST

START_TEST(an_older_tls_than_the_floor_is_refused)
{
	struct http_server *s = http_server_start(routes, true);
	struct fetched f = {0};

	offer.minimum = TLS_MINIMUM_1_3;
	f = fetch(s, "https://localhost:{port}/ok");
	expect(&f, "processed");
	ck_assert_str_eq(tls_version_name(TLS1_3_VERSION), "1.3");
	ck_assert_str_eq(tls_version_name(TLS1_3_VERSION + 1), "?");
}
END_TEST

/* The server has the usual ones. */
START_TEST(a_suite_that_is_not_in_the_list_is_not_offered)
{
	struct http_server *s = http_server_start(routes, true);
	struct fetched f = {0};

	offer.minimum = TLS_MINIMUM_1_3;
	(void)snprintf(
		offer.suites, sizeof(offer.suites), "TLS_AES_128_CCM_8_SHA256");
	f = fetch(s, "https://localhost:{port}/ok");
	expect(&f, "no-common-cipher");
	ck_assert(!tls_offers(&verifier, 0x1301));
	ck_assert(tls_offers(&verifier, 0x1305));
	offer.minimum = TLS_MINIMUM_1_2;
	(void)snprintf(offer.ciphers, sizeof(offer.ciphers), "AES256-SHA");
	ck_assert(tls_offers(&verifier, 0x0035));
	ck_assert(!tls_offers(&verifier, 0xc02f));
	(void)snprintf(offer.ciphers, sizeof(offer.ciphers), "no such");
	f = fetch(s, "https://localhost:{port}/ok");
	ck_assert_int_ne(f.result.verdict, VERDICT_PROCESSED);
}
END_TEST

START_TEST(back_off_doubles_within_half_of_itself)
{
	ck_assert_uint_eq(download_backoff_ms(500, 1, 0), 250);
	ck_assert_uint_eq(download_backoff_ms(500, 1, UINT32_MAX), 750);
	ck_assert_uint_eq(download_backoff_ms(500, 2, 0), 500);
	ck_assert_uint_eq(download_backoff_ms(500, 3, 0), 1000);
	ck_assert_uint_eq(download_backoff_ms(500, 99, 0), 16000);
}
END_TEST

test_case_maker download_tests;

TCase *download_tests(void)
{
	TCase *tc = tcase_create("download");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, http_server_stop);
	tcase_add_test(tc, a_body_arrives_with_its_validator);
	tcase_add_test(tc, what_was_not_modified_is_not_fetched_again);
	tcase_add_loop_test(
		tc, every_answer_has_its_name, 0, (int)ARRAY_SIZE(answers));
	tcase_add_test(
		tc, what_was_half_delivered_and_cannot_restart_is_not_retried);
	tcase_add_test(tc, credentials_stay_with_their_origin);
	tcase_add_loop_test(tc,
		the_phones_user_is_for_one_origin_and_that_of_a_url_comes_first,
		0, (int)ARRAY_SIZE(set_users));
	tcase_add_test(
		tc, a_user_of_the_phone_that_is_refused_or_withheld_is_told);
	tcase_add_test(tc, an_error_of_the_body_call_back_ends_the_request);
	tcase_add_test(tc, a_refused_connection_is_said_after_all_tries);
	tcase_add_loop_test(tc, the_phone_itself_is_never_asked, 0,
		(int)ARRAY_SIZE(local_urls));
	tcase_add_test(tc, the_exempt_origin_is_one_scheme_host_and_port);
	tcase_add_test(tc, a_configured_proxy_may_be_local_and_the_target_not);
	tcase_add_test(
		tc, a_proxy_that_wants_a_user_is_told_apart_from_a_server);
	tcase_add_test(tc, a_timeout_says_how_far_it_came);
	tcase_add_test(tc, the_next_is_asked_before_the_caller_hears_of_an_end);
	tcase_add_test(tc, proxies_of_the_environment_are_not_used);
	tcase_add_test(tc, eight_run_at_a_time_and_two_at_a_host);
	tcase_add_test(tc, end_of_file_on_the_watched_descriptor_ends_the_wait);
	tcase_add_test(tc, a_trusted_peer_authenticates_what_it_sends);
	tcase_add_test(
		tc, an_unverified_peer_is_used_and_authenticates_nothing);
	tcase_add_test(
		tc, a_rejected_peer_is_told_with_its_chain_and_gets_no_request);
	tcase_add_test(tc, https_never_redirects_to_http);
	tcase_add_test(tc, an_older_tls_than_the_floor_is_refused);
	tcase_add_test(tc, a_suite_that_is_not_in_the_list_is_not_offered);
	tcase_add_test(tc, back_off_doubles_within_half_of_itself);
	return tc;
}
