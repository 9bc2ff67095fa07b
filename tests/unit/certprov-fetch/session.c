/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/certprov-fetch/download.h"
#include "lib/base/base64.h"
#include "lib/base/digest.h"
#include "lib/base/fd.h"
#include "tests/unit/certprov-fetch/http-server.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define LOG_SIZE 16384

/* A daemon that writes down what it is told. */
static char log_text[LOG_SIZE];
static size_t log_len;
static bool good;
static unsigned accepted_lists; /* as what the daemon accepts */
static struct fetch_job job;
static struct trust *trust;
static struct session_config config;
static char document[8192];

static void note(const char *format, ...) PRINTF_LIKE(1, 2);

static void note(const char *format, ...)
{
	va_list arguments;
	int n = 0;

	va_start(arguments, format);
	n = vsnprintf(
		log_text + log_len, LOG_SIZE - log_len, format, arguments);
	va_end(arguments);
	ck_assert_int_ge(n, 0);
	log_len += (size_t)n;
	ck_assert_uint_lt(log_len, LOG_SIZE);
}

/* Offers that were not waited for, and what is to be said of them. */
static struct offer_answer unanswered[DAEMON_MAX_UNANSWERED];
static unsigned unanswered_count;
static unsigned most_unanswered;

/* All of them are answered before anything else is said. */
static void *nothing_is_open(void *daemon)
{
	ck_assert_uint_eq(unanswered_count, 0);
	return daemon;
}

static int report_document(void *daemon, const struct fetch_document *d)
{
	(void)nothing_is_open(daemon);
	note("document %s %s%s\n",
		strrchr(d->url, '/') ? strrchr(d->url, '/') : d->url,
		verdict_name(d->result), d->authenticated ? " auth" : "");
	return 0;
}

static int report_element(void *daemon, const struct fetch_element *e)
{
	(void)nothing_is_open(daemon);
	note("element %lld %s\n", (long long)e->line, verdict_name(e->result));
	return 0;
}

static int report_peer(void *daemon, const struct fetch_peer *p)
{
	(void)nothing_is_open(daemon);
	note("peer %s %s %zu\n", p->host, verdict_name(p->result),
		p->chain.count);
	return 0;
}

static int report_server(void *daemon, const struct fetch_guarded *g)
{
	(void)nothing_is_open(daemon);
	note("server %s %zu\n", g->host, g->chain.count);
	return 0;
}

/* The first certificate waits, and each other one is its issuer. */
static bool first_waits;
static char waiting[SHA256_HEX_SIZE];

static void make_wait(const struct candidate *c, struct offer_answer *ret)
{
	if (!waiting[0]) {
		ret->verdict = VERDICT_PENDING;
		ck_assert_int_eq(
			digest_sha256_hex(c->der.data, c->der.len, waiting), 0);
		return;
	}
	ret->woken = calloc(1, sizeof(*ret->woken));
	ck_assert_ptr_nonnull(ret->woken);
	memcpy(ret->woken[0], waiting, sizeof(waiting));
	ret->woken_count = 1;
}

static void judge_offer(const struct candidate *c, struct offer_answer *ret)
{
	note("offer %lld %s %zu%s%s%s\n", (long long)c->from.line,
		c->from.variant == CANDIDATE_BASE64 ? "base64" : "url",
		c->der.len, c->from.sha256 ? " sha256" : "",
		c->from.authenticated ? " auth" : "",
		c->from.validator ? " validator" : "");
	ret->good = good;
	ret->verdict = good ? VERDICT_ACCEPTED : VERDICT_ISSUER_NOT_TRUSTED;
	ret->lists = good ? accepted_lists : 0;
	if (first_waits)
		make_wait(c, ret);
}

static int offer_certificate(void *daemon, const struct candidate *c)
{
	(void)daemon;
	ck_assert_uint_lt(unanswered_count, DAEMON_MAX_UNANSWERED);
	judge_offer(c, &unanswered[unanswered_count++]);
	if (unanswered_count > most_unanswered)
		most_unanswered = unanswered_count;
	return 0;
}

static unsigned refused_answer; /* the how many-th, from 1; 0: none */

static int await_offer(void *daemon, struct offer_answer *ret)
{
	(void)daemon;
	ck_assert_uint_gt(unanswered_count, 0);
	if (refused_answer > 0 && --refused_answer == 0)
		return -EPERM;
	*ret = TAKE_OBJECT(unanswered[0]);
	unanswered_count--;
	memmove(unanswered, unanswered + 1,
		unanswered_count * sizeof(*unanswered));
	return 0;
}

/* As the daemon says after update_policy of this run. */
static int offer_setting(void *daemon, const struct fetch_setting *s,
	enum fetch_scope *ret_scope, bool *ret_good)
{
	(void)nothing_is_open(daemon);
	*ret_good = true;
	note("setting %s=%s%s%s\n", s->name, s->value ? s->value : "(none)",
		s->misplaced ? " misplaced: " : "",
		s->misplaced ? s->misplaced : "");
	*ret_scope = s->value && strstr(s->value, "never_update")
		? FETCH_SCOPE_FIRST
		: FETCH_SCOPE_ALL;
	return 0;
}

/* Once the log has this, the server's certificate is distrusted, and told with
 * the next answer. */
static const char *distrusted_after;
static struct distrusted distrusted;
static unsigned progress_calls;

static int progress(void *daemon, const struct fetch_progress *p,
	struct fetch_distrusted *ret)
{
	(void)nothing_is_open(daemon);
	(void)p;
	progress_calls++;
	if (!distrusted_after || !strstr(log_text, distrusted_after))
		return 0;
	distrusted_after = NULL;
	ret->entries = malloc(sizeof(*ret->entries));
	ck_assert_ptr_nonnull(ret->entries);
	ret->entries[0] = distrusted;
	ret->count = 1;
	return 0;
}

/* What the daemon has accepted, if it was to be asked. */
static char accepted_text[4096];
static unsigned trust_calls;

static int get_trust(void *daemon, struct trust **ret)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	(void)nothing_is_open(daemon);
	trust_calls++;
	ck_assert_int_eq(trust_new(ret), 0);
	ck_assert_int_eq(base64_decode(accepted_text,
				 SESSION_MAX_CERTIFICATE_BYTES, &der),
		0);
	ck_assert_int_eq(
		anchors_add((*ret)->anchors, der.data, der.len, ANCHOR_SERVER),
		0);
	return 0;
}

static int finish(void *daemon, const struct fetch_finish *f)
{
	(void)nothing_is_open(daemon);
	note("finish %s\n", fetch_result_name(f->result));
	return 0;
}

static const struct daemon_client_calls calls = {
	.report_document = report_document,
	.report_element = report_element,
	.report_peer = report_peer,
	.report_server = report_server,
	.offer_certificate = offer_certificate,
	.await_offer = await_offer,
	.offer_setting = offer_setting,
	.progress = progress,
	.get_trust = get_trust,
	.finish = finish,
};

static char user_agent[] = "agent/1";

static void setup(void)
{
	ck_assert_int_eq(download_prepare(), 0);
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy.verification = VERIFICATION_FORCED;
	job = FETCH_JOB_INIT;
	job.user_agent = user_agent;
	job.allow_local = true;
	good = true;
	trust_calls = 0;
	accepted_lists = ANCHOR_SERVER;
	config = (struct session_config){.job = &job,
		.trust = trust,
		.document_fd = -1,
		.watch_fd = -1,
		.calls = &calls,
		.retry_ms = 1};
}

static void teardown(void)
{
	for (size_t i = 0; i < job.url_count; i++)
		free(job.urls[i]);
	free(job.urls);
	trust = trust_free(trust);
	http_server_stop();
}

static void add_url(const struct http_server *s, const char *path)
{
	char url[256];

	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s",
		http_server_port(s), path);
	ck_assert_int_eq(fetch_job_add_url(&job, url), 0);
}

static void expect_log(const char *expected)
{
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_str_eq(log_text, expected);
}

#define OK "HTTP/1.1 200 OK\r\n\r\n"

static const struct http_route tree[] = {
	{.path = "/a",
		.response =
			OK "<settings><phone-settings>\n"
			   "<update_policy>settings_only</update_policy>\n"
			   "<language>x</language></phone-settings>\n"
			   "<certificates><certificate url=\"one\"/>\n"
			   "<certificate url=\"two\" sha256=\"ab\"/>\n"
			   "<certificate url=\"one\"/>\n"
			   "<certificate url=\"none\"/>\n"
			   "<certificate type=\"base64\">AAEC</certificate>\n"
			   "<certificate type=\"base64\">!</certificate>\n"
			   "<certificate/></certificates><setting-files>"
			   "<file url=\"c\"/><file url=\"b\"/>"
			   "<file url=\"ftp://x/y\"/>"
			   "</setting-files></settings>"},
	{.path = "/b", .response = OK "<certificates>\n"},
	{.path = "/c", .response = OK "<certificates/>"},
	{.path = "/one", .hold = true, .response = OK "12345"},
	{.path = "/two", .response = "HTTP/1.1 200 OK\r\nETag: x\r\n\r\n123"},
	{0},
};

START_TEST(a_run_tells_everything_in_document_order)
{
	struct http_server *s = http_server_start(tree, false);

	add_url(s, "/a");
	add_url(s, "/b");
	expect_log("setting update_policy=settings_only\n"
		   "element 6 duplicate-url\n"
		   "offer 8 base64 3\n"
		   "element 9 not-base64\n"
		   "element 10 empty\n"
		   "document /b duplicate-url\n"
		   "document /y url-not-supported\n"
		   "document /a processed\n"
		   "document /b not-well-formed\n"
		   "document /c processed\n"
		   "offer 4 url 5\n"
		   "offer 5 url 3 sha256 validator\n"
		   "element 7 connection-failed\n"
		   "finish partial\n");
}
END_TEST

static void use_document(const char *text)
{
	(void)snprintf(document, sizeof(document), "%s", text);
	job.document = document;
}

#define SMALL "<certificate type=\"base64\">AAEC</certificate>"
#define SMALL_4 SMALL SMALL SMALL SMALL
#define OFFER "offer 1 base64 3 auth\n"
#define OFFER_4 OFFER OFFER OFFER OFFER

/* One more than may be open, and then each kind of thing that is said while a
 * document is read. */
START_TEST(so_many_offers_of_a_document_are_open_at_once)
{
	use_document(
		"<settings><certificates>" SMALL_4 SMALL_4 SMALL_4 SMALL_4 SMALL
		"</certificates>"
		"<phone-settings><update_policy>settings_only</update_policy>"
		"</phone-settings>"
		"<certificates>" SMALL "</certificates>"
		"<setting-files><file url=\"ftp://x/y\"/></setting-files>"
		"<certificates>" SMALL
		"<certificate type=\"base64\">!</certificate>" SMALL
		"</certificates></settings>");
	expect_log(OFFER_4 OFFER_4 OFFER_4 OFFER_4 OFFER
		"setting update_policy=settings_only\n" OFFER
		"document /y url-not-supported\n" OFFER
		"element 1 not-base64\n" OFFER
		"document inline processed auth\n"
		"finish partial\n");
	ck_assert_uint_eq(most_unanswered, DAEMON_MAX_UNANSWERED);
}
END_TEST

/* Two pieces, with three offers each. */
START_TEST(what_a_piece_of_a_document_offers_is_answered_before_the_next)
{
	static const char begin[] = "<certificates>" SMALL SMALL SMALL;
	static const char end[] = SMALL SMALL SMALL "</certificates>";
	static char comment[16384];
	CLEANUP(fd_close) int fd = memfd_create("document", MFD_CLOEXEC);

	memset(comment, 'x', sizeof(comment));
	memcpy(comment, "<!--", 4);
	memcpy(comment + sizeof(comment) - 3, "-->", 3);
	ck_assert_int_eq(fd_write_full(fd, begin, strlen(begin)), 0);
	ck_assert_int_eq(fd_write_full(fd, comment, sizeof(comment)), 0);
	ck_assert_int_eq(fd_write_full(fd, end, strlen(end)), 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	config.document_fd = fd;
	expect_log(OFFER OFFER OFFER OFFER OFFER OFFER
		"document inline processed auth\nfinish complete\n");
	ck_assert_uint_eq(most_unanswered, 3);
}
END_TEST

START_TEST(an_offer_that_is_refused_ends_the_run)
{
	static char text[] = "<certificates>" SMALL_4 SMALL_4 "</certificates>";

	job.document = text;
	refused_answer = 3;
	ck_assert_int_eq(session_run(&config), -EPERM);
	ck_assert_str_eq(log_text, OFFER_4 OFFER_4);
}
END_TEST

static void write_element(
	const char *before, const char *behind, char *ret, size_t size)
{
	const struct pki_cert *c = pki_root("Root");
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(base64_encode(c->der.data, c->der.len, &text), 0);
	(void)snprintf(ret, size,
		"%s<certificates><certificate type=\"base64\">%s</certificate>"
		"%s</certificates>",
		before, text, behind);
	pki_free_all();
}

START_TEST(what_waits_is_trusted_once_an_offer_behind_it_wakes_it)
{
	write_element("", SMALL, document, sizeof(document));
	job.document = document;
	first_waits = true;
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_uint_eq(most_unanswered, 2);
	ck_assert_uint_eq(
		anchors_count(trust->anchors, ANCHOR_INTERMEDIATE), 1);
}
END_TEST

START_TEST(an_accepted_offer_is_as_authenticated_as_its_document)
{
	static char response[sizeof(document)];
	static const struct http_route route[] = {
		{.path = "/a", .response = response}, {0}};

	write_element(_i ? OK : "", "", response, sizeof(response));
	if (_i)
		add_url(http_server_start(route, false), "/a");
	else
		job.document = response;
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_uint_eq(anchors_count(trust->anchors, ANCHOR_SERVER), 1);
	ck_assert_int_eq(
		(int)anchors_count_unauthenticated(trust->anchors), _i);
}
END_TEST

/* The value of a setting that is not ours may be a password or a key. */
START_TEST(settings_that_are_told_and_not_used_keep_their_values)
{
	use_document("<settings><phone-settings>\n"
		     "<Setting_Server>http://u:p@h/</Setting_Server>\n"
		     "<cert_provisioning_service>KEY"
		     "</cert_provisioning_service>\n"
		     "<cert_provisioning_service/>\n"
		     "<user_pass>secret</user_pass>\n"
		     "</phone-settings>\n"
		     "<webserver_cert>KEY</webserver_cert>\n"
		     "<update_policy>never_update</update_policy>\n"
		     "</settings>");
	expect_log("setting Setting_Server=(none)\n"
		   "setting cert_provisioning_service=(none)\n"
		   "setting webserver_cert=(none) misplaced: <webserver_cert> "
		   "(line 7) stands in <settings> (line 1)\n"
		   "setting update_policy=(none) misplaced: <update_policy> "
		   "(line 8) stands in <settings> (line 1)\n"
		   "document inline processed auth\n"
		   "finish complete\n");
	job.document = NULL;
}
END_TEST

/* All of it was judged, but what could not be read of a link is missing. */
START_TEST(a_link_that_is_written_otherwise_is_missing_in_the_run)
{
	use_document("<settings><setting-files>\n"
		     "<File url=\"http://u:p@h/a.xml\"/></setting-files>\n"
		     "<Certificates><certificate/></Certificates></settings>");
	expect_log("document /a.xml unknown-element\n"
		   "element 3 unknown-element\n"
		   "document inline processed auth\n"
		   "finish partial\n");
	job.document = NULL;
}
END_TEST

/* They count as certificates do; of the rest one is told. */
START_TEST(elements_in_the_wrong_place_have_the_same_maximum)
{
	char text[4096] = "<settings><tbook>";
	size_t len = strlen(text);

	job.limits.certificates = 3;
	for (unsigned i = 0; i < 100; i++)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "<certificate/>\n");
	(void)snprintf(text + len, sizeof(text) - len, "</tbook></settings>");
	use_document(text);
	expect_log("element 1 misplaced\n"
		   "element 2 misplaced\n"
		   "element 3 misplaced\n"
		   "element 4 limit-exceeded\n"
		   "document inline processed auth\n"
		   "finish partial\n");
	job.document = NULL;
}
END_TEST

static const struct http_route names[] = {
	{.path = "/name", .response = OK "<certificates/>"},
	{.path = "/name-MAC", .response = "HTTP/1.1 404 Not Found\r\n\r\n"},
	{.path = "/none", .response = "HTTP/1.1 404 Not Found\r\n\r\n"},
	{0},
};

START_TEST(a_server_need_not_have_every_name_made_of_one_url)
{
	struct http_server *s = http_server_start(names, false);

	add_url(s, "/name");
	add_url(s, "/name-MAC");
	expect_log("document /name processed\n"
		   "document /name-MAC http-status\n"
		   "finish complete\n");
}
END_TEST

START_TEST(a_server_that_has_none_of_the_names_fails_the_run)
{
	struct http_server *s = http_server_start(names, false);

	add_url(s, "/none");
	add_url(s, "/name-MAC");
	expect_log("document /none http-status\n"
		   "document /name-MAC http-status\n"
		   "finish failed\n");
}
END_TEST

START_TEST(where_an_admin_forbids_downloads_nothing_is_fetched)
{
	struct http_server *s = http_server_start(tree, false);
	CLEANUP(free) char *requests = NULL;

	job.scope = FETCH_SCOPE_NOTHING;
	add_url(s, "/a");
	expect_log("document /a not-attempted\nfinish failed\n");
	requests = http_server_requests(s);
	ck_assert_str_eq(requests, "");
}
END_TEST

static const struct http_route policies[] = {
	{.path = "/plain",
		.response = OK "<settings><certificates>\n"
			       "<certificate url=\"one\"/></certificates>"
			       "<setting-files><file url=\"empty\"/>"
			       "</setting-files></settings>"},
	{.path = "/lifts",
		.response = OK "<settings><phone-settings><update_policy>"
			       "auto_update</update_policy></phone-settings>"
			       "<certificates>\n<certificate url=\"one\"/>"
			       "</certificates></settings>"},
	{.path = "/says",
		.response =
			OK "<settings><phone-settings><update_policy>"
			   "never_update</update_policy></phone-settings>"
			   "<certificates>\n<certificate url=\"one\"/>"
			   "</certificates><setting-files><file url=\"empty\"/>"
			   "</setting-files></settings>"},
	{.path = "/empty", .response = OK "<certificates/>"},
	{.path = "/one", .response = OK "12345"},
	{0},
};

START_TEST(never_update_of_an_earlier_run_stops_certificates_not_documents)
{
	struct http_server *s = http_server_start(policies, false);

	job.scope = FETCH_SCOPE_DOCUMENTS;
	add_url(s, "/plain");
	expect_log("document /plain processed\n"
		   "document /empty processed\n"
		   "element 2 not-attempted\n"
		   "finish partial\n");
}
END_TEST

START_TEST(a_document_lifts_never_update_for_the_same_run)
{
	struct http_server *s = http_server_start(policies, false);

	job.scope = FETCH_SCOPE_DOCUMENTS;
	add_url(s, "/lifts");
	expect_log("setting update_policy=auto_update\n"
		   "document /lifts processed\n"
		   "offer 2 url 5\n"
		   "finish complete\n");
}
END_TEST

START_TEST(never_update_of_this_run_stops_links_but_not_the_first_documents)
{
	struct http_server *s = http_server_start(policies, false);

	add_url(s, "/says");
	add_url(s, "/plain");
	expect_log("setting update_policy=never_update\n"
		   "document /says processed\n"
		   "element 2 duplicate-url\n"
		   "document /empty duplicate-url\n"
		   "document /plain processed\n"
		   "document /empty not-attempted\n"
		   "element 2 not-attempted\n"
		   "finish partial\n");
}
END_TEST

START_TEST(never_update_on_lines_of_its_own_ends_downloads_of_the_same_run)
{
	static char text[] =
		"<settings><phone-settings><update_policy>\n never_update\n"
		"</update_policy></phone-settings><certificates>\n"
		"<certificate url=\"http://127.0.0.1:9/a\"/>\n"
		"</certificates></settings>";

	job.document = text;
	expect_log("setting update_policy=\n never_update\n\n"
		   "document inline processed auth\n"
		   "element 4 not-attempted\n"
		   "finish partial\n");
	job.document = NULL;
}
END_TEST

START_TEST(a_run_without_time_tells_what_it_never_reached)
{
	struct http_server *s = http_server_start(tree, false);

	job.limits.seconds = 0;
	add_url(s, "/a");
	expect_log("document /a limit-exceeded\nfinish failed\n");
}
END_TEST

/* --- trust within a run --- */

static const struct http_route over_tls[] = {
	{.path = "/next", .response = OK "<certificates/>"},
	{.path = "/ca", .response = OK "x"},
	{0},
};

static const struct http_route two_over_tls[] = {
	{.path = "/next", .response = OK "<certificates/>"},
	{.path = "/later", .response = OK "<certificates/>"},
	{.path = "/hop",
		.response = "HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n"},
	{0},
};

static void write_document(struct http_server *s, const char *certificates)
{
	(void)snprintf(document, sizeof(document),
		"<settings><certificates>%s</certificates><setting-files>"
		"<file url=\"https://localhost:%u/next\"/></setting-files>"
		"</settings>",
		certificates, http_server_port(s));
	job.document = document;
}

START_TEST(a_ca_in_the_text_authenticates_a_later_document_of_the_run)
{
	struct http_server *s = http_server_start(over_tls, true);
	char element[4096];

	(void)snprintf(element, sizeof(element),
		"<certificate type=\"base64\">%s</certificate>",
		http_server_certificate(s));
	write_document(s, element);
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(strstr(log_text, "offer 1 base64"));
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next processed auth\n"));
	ck_assert_ptr_nonnull(strstr(log_text, "finish complete\n"));
}
END_TEST

START_TEST(a_refused_ca_authenticates_nothing)
{
	struct http_server *s = http_server_start(over_tls, true);
	char element[4096];

	good = false;
	(void)snprintf(element, sizeof(element),
		"<certificate type=\"base64\">%s</certificate>",
		http_server_certificate(s));
	write_document(s, element);
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(strstr(log_text, "peer localhost "));
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next tls-rejected\n"));
}
END_TEST

/* The server's own root, accepted for who signed it: nobody did. */
START_TEST(an_intermediate_in_the_text_authenticates_nothing_by_itself)
{
	struct http_server *s = http_server_start(over_tls, true);
	char element[4096];

	accepted_lists = ANCHOR_INTERMEDIATE;
	(void)snprintf(element, sizeof(element),
		"<certificate type=\"base64\">%s</certificate>",
		http_server_certificate(s));
	write_document(s, element);
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next tls-rejected\n"));
}
END_TEST

START_TEST(a_ca_to_download_comes_too_late_for_the_run)
{
	struct http_server *s = http_server_start(over_tls, true);
	char element[256];

	(void)snprintf(element, sizeof(element),
		"<certificate url=\"https://localhost:%u/ca\"/>",
		http_server_port(s));
	write_document(s, element);
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next tls-rejected\n"));
	ck_assert_ptr_nonnull(strstr(log_text, "element 1 tls-rejected\n"));
}
END_TEST

static const char element_of[] =
	"<certificate type=\"base64\">%s</certificate>";

/* So many bytes that are accepted, and behind or ahead of them the CA of the
 * server, which the daemon has as well. */
static void write_much(struct http_server *s, size_t kept, bool ahead)
{
	static char text[SESSION_MAX_KEPT_BYTES * 2];
	static char one[SESSION_MAX_KEPT_BYTES / 3 * 4 + 5];
	static const char *const rests[] = {"", "AA==", "AAA="};
	char ca[sizeof(accepted_text) + sizeof(element_of)];
	size_t n = 0;

	(void)snprintf(accepted_text, sizeof(accepted_text), "%s",
		http_server_certificate(s));
	(void)snprintf(ca, sizeof(ca), element_of, accepted_text);
	n = (size_t)snprintf(text, sizeof(text), "<settings><certificates>%s",
		ahead ? ca : "");
	for (size_t left = kept; left > 0;) {
		size_t bytes = left < SESSION_MAX_CERTIFICATE_BYTES / 2
			? left
			: SESSION_MAX_CERTIFICATE_BYTES / 2;

		memset(one, 'A', bytes / 3 * 4);
		(void)snprintf(one + bytes / 3 * 4, 5, "%s", rests[bytes % 3]);
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, element_of, one);
		left -= bytes;
	}
	n += (size_t)snprintf(text + n, sizeof(text) - n,
		"%s</certificates><setting-files>"
		"<file url=\"https://localhost:%u/next\"/>"
		"<file url=\"https://localhost:%u/later\"/>"
		"</setting-files></settings>",
		ahead ? "" : ca, http_server_port(s), http_server_port(s));
	ck_assert_uint_lt(n, sizeof(text));
	job.document = text;
}

static size_t ca_bytes(const struct http_server *s)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	ck_assert_int_eq(base64_decode(http_server_certificate(s),
				 SESSION_MAX_CERTIFICATE_BYTES, &der),
		0);
	return der.len;
}

static void expect_trusted(unsigned calls_then)
{
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next processed auth\n"));
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /later processed auth\n"));
	ck_assert_uint_eq(trust_calls, calls_then);
}

START_TEST(so_many_bytes_of_what_was_accepted_are_kept)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_much(s, SESSION_MAX_KEPT_BYTES - ca_bytes(s), false);
	expect_trusted(0);
}
END_TEST

START_TEST(with_one_byte_more_the_daemon_is_asked_for_its_trust_once)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_much(s, SESSION_MAX_KEPT_BYTES - ca_bytes(s) + 1, false);
	expect_trusted(1);
}
END_TEST

START_TEST(the_daemon_is_not_asked_about_a_server_that_is_trusted_without)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_much(s, SESSION_MAX_KEPT_BYTES, true);
	expect_trusted(0);
}
END_TEST

/* What it issued may be trusted by what is kept, so that nobody would ask. */
START_TEST(the_daemon_is_asked_when_something_was_distrusted)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_much(s, SESSION_MAX_KEPT_BYTES, true);
	memset(distrusted.sha256, 1, sizeof(distrusted.sha256));
	distrusted_after = "offer 1";
	expect_trusted(1);
}
END_TEST

/* --- distrusted within a run --- */

/* The CA of the server in the text, links to these two; the server's
 * certificate is distrusted once the log has these words. */
static void write_links(struct http_server *s, const char *first,
	const char *second, const char *after)
{
	CLEANUP(bytes_done) struct bytes der = {0};

	(void)snprintf(document, sizeof(document),
		"<settings><certificates><certificate type=\"base64\">%s"
		"</certificate></certificates><setting-files>"
		"<file url=\"https://localhost:%u%s\"/>"
		"<file url=\"https://localhost:%u%s\"/>"
		"</setting-files></settings>",
		http_server_certificate(s), http_server_port(s), first,
		http_server_port(s), second);
	job.document = document;
	ck_assert_int_eq(base64_decode(http_server_certificate(s),
				 SESSION_MAX_CERTIFICATE_BYTES, &der),
		0);
	ck_assert_int_eq(
		digest_sha256(der.data, der.len, distrusted.sha256), 0);
	distrusted_after = after;
}

START_TEST(a_server_distrusted_meanwhile_is_rejected_from_the_next_document_on)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_links(s, "/next", "/later", "document /next");
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next processed auth\n"));
	ck_assert_ptr_nonnull(
		strstr(log_text, "peer localhost distrusted 1\n"));
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /later tls-rejected\n"));
	ck_assert_ptr_nonnull(strstr(log_text, "finish partial\n"));
}
END_TEST

/* Nothing else is said between the text and the first document. */
START_TEST(who_is_distrusted_is_asked_ahead_of_the_first_connection)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_links(s, "/next", "/later", "offer 1");
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /next tls-rejected\n"));
	ck_assert_ptr_nonnull(
		strstr(log_text, "document /later tls-rejected\n"));
}
END_TEST

/* Ahead of each of three, behind two documents, at the downloads. */
START_TEST(each_hop_over_tls_asks_who_is_distrusted)
{
	struct http_server *s = http_server_start(two_over_tls, true);

	write_links(s, "/hop", "/later", NULL);
	ck_assert_int_eq(session_run(&config), 0);
	ck_assert_ptr_nonnull(strstr(log_text, "finish complete\n"));
	ck_assert_uint_eq(progress_calls, 3 + 2 + 1);
}
END_TEST

START_TEST(what_cannot_be_distrusted_ends_the_run)
{
	struct http_server *s = http_server_start(two_over_tls, true);
	uint8_t sha256[SHA256_BYTES] = {0};

	for (unsigned i = 0; i < TRUST_MAX_DISTRUSTED; i++) {
		sha256[0] = (uint8_t)i;
		sha256[1] = (uint8_t)(i >> 8);
		ck_assert_int_eq(trust_add_distrusted(
					 trust, DISTRUST_CERTIFICATE, sha256),
			0);
	}
	write_links(s, "/next", "/later", "document /next");
	ck_assert_int_eq(session_run(&config), -ENOSPC);
	ck_assert_ptr_null(strstr(log_text, "/later"));
	ck_assert_ptr_null(strstr(log_text, "finish"));
}
END_TEST

test_case_maker session_tests;

TCase *session_tests(void)
{
	TCase *tc = tcase_create("session");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_run_tells_everything_in_document_order);
	tcase_add_test(tc, so_many_offers_of_a_document_are_open_at_once);
	tcase_add_test(tc,
		what_a_piece_of_a_document_offers_is_answered_before_the_next);
	tcase_add_test(tc, an_offer_that_is_refused_ends_the_run);
	tcase_add_test(
		tc, what_waits_is_trusted_once_an_offer_behind_it_wakes_it);
	tcase_add_loop_test(tc,
		an_accepted_offer_is_as_authenticated_as_its_document, 0, 2);
	tcase_add_test(
		tc, settings_that_are_told_and_not_used_keep_their_values);
	tcase_add_test(
		tc, a_link_that_is_written_otherwise_is_missing_in_the_run);
	tcase_add_test(tc, elements_in_the_wrong_place_have_the_same_maximum);
	tcase_add_test(tc, a_server_need_not_have_every_name_made_of_one_url);
	tcase_add_test(tc, a_server_that_has_none_of_the_names_fails_the_run);
	tcase_add_test(tc, where_an_admin_forbids_downloads_nothing_is_fetched);
	tcase_add_test(tc,
		never_update_of_an_earlier_run_stops_certificates_not_documents);
	tcase_add_test(tc, a_document_lifts_never_update_for_the_same_run);
	tcase_add_test(tc,
		never_update_of_this_run_stops_links_but_not_the_first_documents);
	tcase_add_test(tc,
		never_update_on_lines_of_its_own_ends_downloads_of_the_same_run);
	tcase_add_test(tc, a_run_without_time_tells_what_it_never_reached);
	tcase_add_test(
		tc, a_ca_in_the_text_authenticates_a_later_document_of_the_run);
	tcase_add_test(tc, a_refused_ca_authenticates_nothing);
	tcase_add_test(tc,
		an_intermediate_in_the_text_authenticates_nothing_by_itself);
	tcase_add_test(tc, a_ca_to_download_comes_too_late_for_the_run);
	tcase_add_test(tc,
		a_server_distrusted_meanwhile_is_rejected_from_the_next_document_on);
	tcase_add_test(tc, so_many_bytes_of_what_was_accepted_are_kept);
	tcase_add_test(
		tc, with_one_byte_more_the_daemon_is_asked_for_its_trust_once);
	tcase_add_test(tc,
		the_daemon_is_not_asked_about_a_server_that_is_trusted_without);
	tcase_add_test(tc, the_daemon_is_asked_when_something_was_distrusted);
	tcase_add_test(
		tc, who_is_distrusted_is_asked_ahead_of_the_first_connection);
	tcase_add_test(tc, each_hop_over_tls_asks_who_is_distrusted);
	tcase_add_test(tc, what_cannot_be_distrusted_ends_the_run);
	return tc;
}
