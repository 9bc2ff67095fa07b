/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/client/certprov.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/client/client-internal.h"
#include "tests/unit/lib/client/service.h"
#include "tests/unit/runner.h"

#define STATE(store, generation)                                               \
	"{\"parameters\":{\"store\":\"" store "\",\"generation\":" generation  \
	"},\"continues\":true}"

static struct service service;
static struct certprov *handle;
static struct certprov_monitor *monitor;

/* What was told, one line an event. */
static char told[16384];
static unsigned events;

static void setup(void)
{
	service_init(&service);
	handle = service_handle(&service);
	told[0] = 0;
	events = 0;
}

static void teardown(void)
{
	monitor = certprov_monitor_free(monitor);
	handle = certprov_free(handle);
	service_done(&service);
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

static void on_event(const struct certprov_event *e, void *userdata)
{
	char line[256];
	const struct certprov_certificate *c = NULL;

	ck_assert_ptr_eq(userdata, told);
	events++;
	switch (certprov_event_kind(e)) {
	case CERTPROV_EVENT_TRUST:
		(void)snprintf(line, sizeof(line), "trust %s %llu\n",
			certprov_event_store(e),
			(unsigned long long)certprov_event_generation(e));
		break;
	case CERTPROV_EVENT_REJECTION:
		c = certprov_event_certificate(e);
		(void)snprintf(line, sizeof(line), "rejected %s %s %s %s %s\n",
			certprov_certificate_subject(c),
			or_none(certprov_event_host(e)),
			or_none(certprov_event_purpose(e)),
			or_none(certprov_event_result(e)),
			or_none(certprov_event_reason(e)));
		break;
	case CERTPROV_EVENT_CONNECTED:
		(void)snprintf(line, sizeof(line), "connected\n");
		break;
	case CERTPROV_EVENT_LOST:
		(void)snprintf(line, sizeof(line), "lost\n");
		break;
	}
	if (strlen(told) + strlen(line) < sizeof(told))
		(void)stpcpy(told + strlen(told), line);
}

static void make(enum certprov_what what)
{
	ck_assert_int_eq(
		certprov_monitor_new(handle, what, on_event, told, &monitor),
		0);
}

/* As a program would, until so much was told. */
static void run_until(const char *expected)
{
	int64_t deadline_ms = varlink_deadline(PATIENCE_MS);

	while (strcmp(told, expected) != 0 &&
		varlink_deadline(0) < deadline_ms) {
		struct pollfd p = {
			.fd = certprov_monitor_fd(monitor),
			.events = certprov_monitor_events(monitor),
		};

		if (poll(&p, 1, PATIENCE_MS) > 0)
			ck_assert_int_eq(certprov_monitor_process(monitor), 0);
	}
	ck_assert_str_eq(told, expected);
}

static enum manners say_state(struct service_connection *c, const char *text)
{
	ck_assert_str_eq(text,
		"{\"method\":\"io.certprov.trust.Monitor\",\"more\":true}");
	service_say(c, STATE("aa", "1"));
	return STAY;
}

START_TEST(the_state_is_told_at_first_and_then_each_change)
{
	service_start(&service, say_state, NULL);
	make(CERTPROV_MONITOR_TRUST);
	run_until("trust aa 1\n");
	service_push(&service, 0, STATE("aa", "2"));
	service_push(&service, 0, STATE("bb", "0"));
	run_until("trust aa 1\ntrust aa 2\ntrust bb 0\n");
	ck_assert_uint_eq(service.accepted, 1);
}
END_TEST

START_TEST(nothing_is_done_before_it_is_processed)
{
	service_start(&service, say_state, NULL);
	make(CERTPROV_MONITOR_TRUST);
	(void)poll(NULL, 0, MOMENT_MS);
	ck_assert_uint_eq(service.accepted, 0);
}
END_TEST

START_TEST(without_news_the_descriptor_is_quiet_and_processing_does_nothing)
{
	struct pollfd p = {.events = POLLIN};

	service_start(&service, say_state, NULL);
	make(CERTPROV_MONITOR_TRUST);
	run_until("trust aa 1\n");
	p.fd = certprov_monitor_fd(monitor);
	ck_assert_int_eq(poll(&p, 1, MOMENT_MS), 0);
	ck_assert_int_eq(certprov_monitor_process(monitor), 0);
	ck_assert_uint_eq(events, 1);
}
END_TEST

START_TEST(a_daemon_that_was_restarted_is_found_again)
{
	int fd = -1;

	service_start(&service, say_state, NULL);
	make(CERTPROV_MONITOR_TRUST);
	fd = certprov_monitor_fd(monitor);
	run_until("trust aa 1\n");
	service_stop(&service);
	run_until("trust aa 1\nlost\n");
	service_start(&service, say_state, NULL);
	run_until("trust aa 1\nlost\ntrust aa 1\n");
	ck_assert_int_eq(certprov_monitor_fd(monitor), fd);
}
END_TEST

START_TEST(a_daemon_that_is_not_there_is_told_once_and_found_later)
{
	make(CERTPROV_MONITOR_TRUST);
	run_until("lost\n");
	for (int i = 0; i < 2; i++) {
		struct pollfd p = {certprov_monitor_fd(monitor), POLLIN, 0};

		ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
		ck_assert_int_eq(certprov_monitor_process(monitor), 0);
	}
	service_start(&service, say_state, NULL);
	run_until("lost\ntrust aa 1\n");
}
END_TEST

START_TEST(attempts_to_connect_become_rarer)
{
	make(CERTPROV_MONITOR_TRUST);
	run_until("lost\n");
	for (int i = 0; i < 3; i++) {
		struct pollfd p = {certprov_monitor_fd(monitor), POLLIN, 0};
		int64_t begin = varlink_deadline(0);

		ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
		ck_assert_int_ge(varlink_deadline(0) - begin, (100 << i) - 1);
		ck_assert_int_eq(certprov_monitor_process(monitor), 0);
	}
}
END_TEST

static enum manners say_userdata(struct service_connection *c, const char *text)
{
	(void)text;
	service_say(c, c->service->userdata);
	return STAY;
}

static char no_such_method[] =
	"{\"error\":\"org.varlink.service.MethodNotImplemented\"}";
static char over_the_limit[] =
	"{\"error\":\"io.certprov.trust.LimitExceeded\"}";
static char without_store[] =
	"{\"parameters\":{\"generation\":1},\"continues\":true}";
static char garbage[] = "...";
static char *const refusals[] = {
	no_such_method,
	over_the_limit,
	without_store,
	garbage,
};

START_TEST(what_is_no_state_is_a_daemon_that_is_not_there)
{
	service.may_be_wrong =
		refusals[_i] == without_store || refusals[_i] == garbage;
	service_start(&service, say_userdata, refusals[_i]);
	make(CERTPROV_MONITOR_TRUST);
	run_until("lost\n");
}
END_TEST

static char last_word[] =
	"{\"parameters\":{\"store\":\"aa\",\"generation\":1}}";

START_TEST(a_daemon_that_says_no_more_is_asked_again)
{
	service_start(&service, say_userdata, last_word);
	make(CERTPROV_MONITOR_TRUST);
	run_until("trust aa 1\nlost\ntrust aa 1\nlost\n");
}
END_TEST

#define FLOOD 700

static enum manners say_much(struct service_connection *c, const char *text)
{
	static const char state[] = STATE("aa", "1");
	static char all[FLOOD * sizeof(state)];

	(void)text;
	for (size_t i = 0; i < FLOOD; i++)
		memcpy(all + i * sizeof(state), state, sizeof(state));
	ck_assert_int_eq(fd_write_full(c->socket.fd, all, sizeof(all)), 0);
	return STAY;
}

/* Edge-triggered: what is read but not told must raise an edge of its own. */
START_TEST(a_flood_is_told_in_portions_also_to_an_edge_triggered_loop)
{
	CLEANUP(fd_close) int loop = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	unsigned most = 0;

	service_start(&service, say_much, NULL);
	make(CERTPROV_MONITOR_TRUST);
	ck_assert_int_eq(epoll_ctl(loop, EPOLL_CTL_ADD,
				 certprov_monitor_fd(monitor), &event),
		0);
	while (events < FLOOD) {
		unsigned before = events;

		ck_assert_int_eq(epoll_wait(loop, &event, 1, PATIENCE_MS), 1);
		ck_assert_int_eq(certprov_monitor_process(monitor), 0);
		most = events - before > most ? events - before : most;
	}
	ck_assert_uint_eq(events, FLOOD);
	ck_assert_uint_le(most, 256);
}
END_TEST

static char rejections[] = "{\"parameters\":{},\"continues\":true}";
#define CERTIFICATE                                                              \
	"\"certificate\":{\"sha256\":\"0123456789abcdef0123456789abcdef"         \
	"0123456789abcdef0123456789abcdef\",\"lists\":[\"unknown\"],"            \
	"\"origin\":\"connection\",\"subject\":\"CN=pbx\",\"issuer\":\"CN=ca\"," \
	"\"serial\":\"01\",\"notBefore\":\"2026-01-01T00:00:00Z\","              \
	"\"notAfter\":\"2027-01-01T00:00:00Z\",\"keyType\":\"ec\","              \
	"\"keyBits\":256,\"ca\":false,\"names\":[]}"

START_TEST(rejections_are_told_with_certificate_host_and_reason)
{
	service_start(&service, say_userdata, rejections);
	make(CERTPROV_MONITOR_REJECTIONS);
	run_until("connected\n");
	ck_assert_str_eq(service_message(&service, 0),
		"{\"method\":\"io.certprov.trust.MonitorRejections\","
		"\"more\":true}");
	service_push(&service, 0,
		"{\"parameters\":{" CERTIFICATE
		",\"host\":\"pbx.example.com\",\"purpose\":\"sip\","
		"\"result\":\"expired\",\"reason\":\"Over.\"},"
		"\"continues\":true}");
	service_push(&service, 0,
		"{\"parameters\":{" CERTIFICATE "},\"continues\":true}");
	run_until("connected\n"
		  "rejected CN=pbx pbx.example.com sip expired Over.\n"
		  "rejected CN=pbx - - - -\n");
}
END_TEST

START_TEST(a_monitor_of_nothing_is_refused)
{
	ck_assert_int_eq(certprov_monitor_new(handle, (enum certprov_what)7,
				 on_event, told, &monitor),
		-EINVAL);
	ck_assert_int_eq(certprov_monitor_new(handle, CERTPROV_MONITOR_TRUST,
				 NULL, told, &monitor),
		-EINVAL);
}
END_TEST

TCase *monitor_tests(void);

TCase *monitor_tests(void)
{
	TCase *tc = tcase_create("monitor");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_state_is_told_at_first_and_then_each_change);
	tcase_add_test(tc, nothing_is_done_before_it_is_processed);
	tcase_add_test(tc,
		without_news_the_descriptor_is_quiet_and_processing_does_nothing);
	tcase_add_test(tc, a_daemon_that_was_restarted_is_found_again);
	tcase_add_test(
		tc, a_daemon_that_is_not_there_is_told_once_and_found_later);
	tcase_add_test(tc, attempts_to_connect_become_rarer);
	tcase_add_loop_test(tc, what_is_no_state_is_a_daemon_that_is_not_there,
		0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, a_daemon_that_says_no_more_is_asked_again);
	tcase_add_test(
		tc, a_flood_is_told_in_portions_also_to_an_edge_triggered_loop);
	tcase_add_test(
		tc, rejections_are_told_with_certificate_host_and_reason);
	tcase_add_test(tc, a_monitor_of_nothing_is_refused);
	return tc;
}
