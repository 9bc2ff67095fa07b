/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/replay.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-fetch/download.h"
#include "tests/unit/certprov-fetch/http-server.h"
#include "tests/unit/runner.h"

static struct tls_verdict peer;
static unsigned verified;
static struct tls_offer offer;
static struct tls_verifier verifier;
static struct download_policy policy;
static struct replay *replay;

/* What came of the last request. */
static char body[64];
static int body_error;
static struct download_result result;
static char validator[64];
static size_t peer_chain;

static int fake_verify(void *userdata, const struct bytes *chain, size_t count,
	const char *host, struct tls_verdict *ret)
{
	(void)userdata;
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_gt(chain[0].len, 100);
	ck_assert_str_eq(host, "localhost");
	verified++;
	*ret = peer;
	return 0;
}

static void setup(void)
{
	ck_assert_int_eq(download_prepare(), 0);
	ck_assert_int_eq(replay_new(&replay), 0);
	peer = (struct tls_verdict){
		.trusted = true, .verdict = VERDICT_TRUSTED};
	offer = TLS_OFFER_DEFAULT;
	verifier = (struct tls_verifier){
		.verify = fake_verify, .offer = &offer, .security_level = 1};
	policy = (struct download_policy){.user_agent = "agent/1",
		.allow_local = true,
		.parallel = 8,
		.per_host = 2,
		.tries = 1,
		.retry_ms = 1,
		.connect_ms = 5000,
		.idle_seconds = 30,
		.total_ms = 10000,
		.replay = replay,
		.tls = &verifier};
}

static void teardown(void)
{
	http_server_stop();
	replay = replay_free(replay);
}

static int on_body(void *userdata, const struct download_result *so_far,
	const void *data, size_t len)
{
	size_t at = strlen(body);

	(void)userdata;
	(void)so_far;
	ck_assert_uint_lt(at + len, sizeof(body));
	memcpy(body + at, data, len);
	body[at + len] = 0;
	return body_error;
}

static void on_done(void *userdata, const struct download_result *r)
{
	(void)userdata;
	result = *r;
	(void)snprintf(validator, sizeof(validator), "%s",
		r->validator ? r->validator : "");
	peer_chain = r->peer ? r->peer->chain_count : 0;
}

/* As a job of its own. */
static const char *fetch(
	const struct http_server *s, const char *scheme, const char *path)
{
	CLEANUP(downloader_free) struct downloader *d = NULL;
	char url[128];
	const struct download_request request = {
		.url = url, .max_bytes = 50, .body = on_body, .done = on_done};
	int r = downloader_new(&policy, -1, &d);

	(void)snprintf(url, sizeof(url), "%s://localhost:%u%s", scheme,
		http_server_port(s), path);
	body[0] = 0;
	if (r == 0)
		r = downloader_add(d, &request);
	for (int i = 0; i < 400 && r == 0 && downloader_active(d) > 0; i++)
		r = downloader_step(d, 100);
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(downloader_active(d), 0);
	return verdict_name(result.verdict);
}

static unsigned count_requests(struct http_server *s)
{
	CLEANUP(free) char *all = http_server_requests(s);
	unsigned n = 0;

	for (const char *at = all; (at = strstr(at, "GET ")); at++)
		n++;
	return n;
}

#define OK(n, text)                                                            \
	"HTTP/1.1 200 OK\r\nContent-Length: " #n "\r\nETag: \"v1\"\r\n\r\n" text

static const struct http_route routes[] = {
	{.path = "/ok", .response = OK(5, "hello")},
	{.path = "/404",
		.response = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/moved",
		.response = "HTTP/1.1 302 Found\r\nLocation: /ok\r\n"
			    "Content-Length: 0\r\n\r\n"},
	{.path = "/large",
		.response = "HTTP/1.1 200 OK\r\nContent-Length: 51\r\n\r\nx"},
	{0},
};

START_TEST(an_answer_counts_for_the_next_job)
{
	struct http_server *s = http_server_start(routes, false);

	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(fetch(s, "http", "/moved"), "processed");
		ck_assert_str_eq(body, "hello");
		ck_assert_str_eq(validator, "etag \"v1\"");
		ck_assert(!result.authenticated);
		ck_assert_str_eq(fetch(s, "http", "/404"), "http-status");
		ck_assert_int_eq(result.status, 404);
		ck_assert_str_eq(fetch(s, "http", "/large"), "too-large");
	}
	ck_assert_uint_eq(count_requests(s), 4);
}
END_TEST

START_TEST(each_job_verifies_the_peer_by_itself)
{
	struct http_server *s = http_server_start(routes, true);

	ck_assert_str_eq(fetch(s, "https", "/ok"), "processed");
	ck_assert(result.authenticated);
	peer.verdict = VERDICT_NOT_VERIFIED;
	ck_assert_str_eq(fetch(s, "https", "/ok"), "processed");
	ck_assert(!result.authenticated);
	peer = (struct tls_verdict){
		.verdict = VERDICT_EXPIRED, .reason = "It has expired."};
	ck_assert_str_eq(fetch(s, "https", "/ok"), "tls-rejected");
	ck_assert_str_eq(body, "");
	ck_assert_uint_eq(peer_chain, 1);
	ck_assert_uint_eq(verified, 3);
	ck_assert_uint_eq(count_requests(s), 1);
}
END_TEST

START_TEST(a_peer_that_was_refused_is_asked_by_a_job_that_trusts_it)
{
	struct http_server *s = http_server_start(routes, true);

	peer = (struct tls_verdict){
		.verdict = VERDICT_EXPIRED, .reason = "It has expired."};
	ck_assert_str_eq(fetch(s, "https", "/ok"), "tls-rejected");
	ck_assert_str_eq(fetch(s, "https", "/ok"), "tls-rejected");
	ck_assert_uint_eq(count_requests(s), 0);
	peer = (struct tls_verdict){
		.trusted = true, .verdict = VERDICT_TRUSTED};
	ck_assert_str_eq(fetch(s, "https", "/ok"), "processed");
	ck_assert(result.authenticated);
	ck_assert_str_eq(fetch(s, "https", "/ok"), "processed");
	ck_assert_uint_eq(count_requests(s), 1);
}
END_TEST

START_TEST(who_had_enough_of_a_body_has_enough_again)
{
	struct http_server *s = http_server_start(routes, false);

	body_error = -ECANCELED;
	for (int i = 0; i < 2; i++) {
		(void)fetch(s, "http", "/ok");
		ck_assert_str_eq(body, "hello");
		ck_assert_int_eq(result.error, -ECANCELED);
	}
	ck_assert_uint_eq(count_requests(s), 1);
	body_error = 0;
	ck_assert_str_eq(fetch(s, "http", "/ok"), "connection-failed");
}
END_TEST

START_TEST(what_one_job_alone_could_not_do_is_not_kept)
{
	struct http_server *s = http_server_start(routes, false);

	body_error = -ETIME;
	(void)fetch(s, "http", "/ok");
	body_error = 0;
	ck_assert_str_eq(fetch(s, "http", "/ok"), "processed");
	ck_assert_uint_eq(count_requests(s), 2);
}
END_TEST

static void keep(const char *url, size_t len)
{
	CLEANUP(replay_exchange_done)
	struct replay_exchange e = {.url = strdup(url), .answered = true};

	e.body.data = calloc(1, len + 1);
	e.body.len = len;
	ck_assert(e.url && e.body.data);
	ck_assert_int_eq(replay_keep(replay, &e), 0);
	ck_assert_ptr_null(e.url);
}

START_TEST(more_bytes_than_fit_are_not_kept)
{
	keep("http://a/", REPLAY_MAX_BYTES - 1);
	ck_assert_uint_eq(replay_room(replay), 1);
	keep("http://b/", 2);
	ck_assert_ptr_null(replay_find(replay, "http://b/", 0));
	keep("http://b/", 1);
	ck_assert_ptr_nonnull(replay_find(replay, "http://b/", 0));
	ck_assert_uint_eq(replay_room(replay), 0);
	ck_assert_ptr_null(replay_find(replay, "http://b/", 1));
}
END_TEST

START_TEST(more_exchanges_than_fit_are_not_kept)
{
	char url[32];

	for (int i = 0; i <= REPLAY_MAX_EXCHANGES; i++) {
		(void)snprintf(url, sizeof(url), "http://%d/", i);
		keep(url, 0);
	}
	ck_assert_ptr_null(replay_find(replay, url, 0));
	ck_assert_ptr_nonnull(replay_find(replay, "http://0/", 0));
	ck_assert_uint_eq(replay_room(replay), 0);
}
END_TEST

test_case_maker replay_tests;

TCase *replay_tests(void)
{
	TCase *tc = tcase_create("replay");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_counts_for_the_next_job);
	tcase_add_test(tc, each_job_verifies_the_peer_by_itself);
	tcase_add_test(
		tc, a_peer_that_was_refused_is_asked_by_a_job_that_trusts_it);
	tcase_add_test(tc, who_had_enough_of_a_body_has_enough_again);
	tcase_add_test(tc, what_one_job_alone_could_not_do_is_not_kept);
	tcase_add_test(tc, more_bytes_than_fit_are_not_kept);
	tcase_add_test(tc, more_exchanges_than_fit_are_not_kept);
	return tc;
}
