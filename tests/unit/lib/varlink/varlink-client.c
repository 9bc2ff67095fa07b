/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/runner.h"

#define PATIENCE_MS 10000 /* for what must happen */
#define MOMENT_MS 20      /* for what must not */

static struct varlink_client *client;
static struct varlink_socket service;

static void setup(void)
{
	int pair[2] = {-1, -1};

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(varlink_client_new(pair[0], &client), 0);
	varlink_socket_init(&service, pair[1]);
}

static void teardown(void)
{
	client = varlink_client_free(client);
	varlink_socket_done(&service);
}

static int64_t soon(void)
{
	return varlink_deadline(PATIENCE_MS);
}

static void say(const char *text, size_t n_fds)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	struct varlink_fds fds = {0};

	ck_assert_int_eq(bytes_copy(text, strlen(text) + 1, &b), 0);
	for (size_t i = 0; i < n_fds; i++)
		(void)varlink_fds_add(
			&fds, open("/dev/null", O_RDONLY | O_CLOEXEC));
	ck_assert_int_eq(varlink_socket_queue(&service, &b, &fds), 0);
	ck_assert_int_eq(varlink_socket_flush(&service), 0);
}

/* What the service received; so many descriptors came along. */
static void expect(const char *text, size_t n_fds)
{
	CLEANUP(varlink_fds_done) struct varlink_fds fds = {0};
	const char *got = NULL;
	size_t len = 0;

	while (varlink_socket_next(&service, &got, &len, &fds) == 0)
		ck_assert_int_gt(varlink_socket_receive(&service), 0);
	ck_assert_str_eq(got, text);
	ck_assert_uint_eq(fds.count, n_fds);
}

static int send_call(bool more, bool oneway, struct varlink_extra *extra)
{
	static char method[] = "a.B";

	return varlink_client_send(client,
		&(struct varlink_call){
			.method = method, .more = more, .oneway = oneway},
		extra, soon());
}

START_TEST(a_call_gets_its_reply)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	cJSON *parameters = cJSON_Parse("{\"n\":1}");

	say("{\"parameters\":{\"m\":2}}", 0);
	ck_assert_int_eq(
		varlink_client_call(client, "a.B", parameters, soon(), &answer),
		0);
	ck_assert_str_eq(answer.reply.parameters->child->string, "m");
	expect("{\"method\":\"a.B\",\"parameters\":{\"n\":1}}", 0);
}
END_TEST

START_TEST(an_error_is_an_answer)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	say("{\"error\":\"a.E\"}", 0);
	ck_assert_int_eq(
		varlink_client_call(client, "a.B", NULL, soon(), &answer), 0);
	ck_assert_str_eq(answer.reply.error, "a.E");
}
END_TEST

START_TEST(replies_are_taken_until_one_does_not_continue)
{
	ck_assert_int_eq(send_call(true, false, NULL), 0);
	say("{\"continues\":true}", 0);
	say("{\"continues\":true}", 0);
	say("{}", 0);
	for (int i = 0; i < 3; i++) {
		CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

		ck_assert_int_eq(send_call(false, false, NULL), -EBUSY);
		ck_assert_int_eq(
			varlink_client_receive(client, soon(), &answer), 0);
		ck_assert_int_eq(answer.reply.continues, i < 2);
	}
	ck_assert_int_eq(send_call(false, false, NULL), 0);
}
END_TEST

static int send_behind(void)
{
	static char method[] = "a.C";

	return varlink_client_send_behind(
		client, &(struct varlink_call){.method = method}, soon());
}

START_TEST(calls_are_sent_behind_others_and_answered_in_order)
{
	static const char *const replies[] = {"{\"error\":\"a.E1\"}",
		"{\"error\":\"a.E2\"}", "{\"error\":\"a.E3\"}"};
	CLEANUP(varlink_answer_done) struct varlink_answer more = {0};

	ck_assert_int_eq(send_call(false, false, NULL), 0);
	ck_assert_int_eq(send_behind(), 0);
	ck_assert_int_eq(send_behind(), 0);
	expect("{\"method\":\"a.B\"}", 0);
	expect("{\"method\":\"a.C\"}", 0);
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

		ck_assert_int_eq(send_call(false, false, NULL), -EBUSY);
		say(replies[i], 0);
		ck_assert_int_eq(
			varlink_client_receive(client, soon(), &answer), 0);
		ck_assert_int_eq(answer.reply.error[3], '1' + (int)i);
	}
	say("{}", 0);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &more), -ENOTCONN);
	ck_assert_int_eq(send_call(false, false, NULL), 0);
}
END_TEST

START_TEST(so_many_calls_wait_for_their_replies)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	for (unsigned i = 0; i < VARLINK_CLIENT_MAX_WAITING; i++)
		ck_assert_int_eq(send_behind(), 0);
	ck_assert_int_eq(send_behind(), -EBUSY);
	say("{}", 0);
	ck_assert_int_eq(varlink_client_receive(client, soon(), &answer), 0);
	ck_assert_int_eq(send_behind(), 0);
}
END_TEST

START_TEST(nothing_is_sent_behind_a_call_that_says_more)
{
	ck_assert_int_eq(send_call(true, false, NULL), 0);
	say("{\"continues\":true}", 0);
	say("{}", 0);
	for (int i = 0; i < 2; i++) {
		CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

		ck_assert_int_eq(send_behind(), -EBUSY);
		ck_assert_int_eq(
			varlink_client_receive(client, soon(), &answer), 0);
	}
	ck_assert_int_eq(send_behind(), 0);
}
END_TEST

/* They would be refused with its reply. */
START_TEST(nothing_is_sent_behind_a_call_that_asks_for_descriptors)
{
	struct varlink_extra extra = {.fd = -1, .max_fds = 1};
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	ck_assert_int_eq(send_call(false, false, &extra), 0);
	ck_assert_int_eq(send_behind(), -EBUSY);
	say("{}", 1);
	ck_assert_int_eq(varlink_client_receive(client, soon(), &answer), 0);
	ck_assert_uint_eq(answer.fds.count, 1);
	ck_assert_int_eq(send_behind(), 0);
}
END_TEST

START_TEST(a_oneway_call_waits_for_nothing)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	ck_assert_int_eq(send_call(false, true, NULL), 0);
	expect("{\"method\":\"a.B\",\"oneway\":true}", 0);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -ENOTCONN);
	ck_assert_int_eq(send_call(false, false, NULL), 0);
}
END_TEST

START_TEST(descriptors_travel_both_ways)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	struct varlink_extra extra = {.max_fds = 2};

	extra.fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(send_call(false, false, &extra), 0);
	ck_assert_int_eq(extra.fd, -1);
	expect("{\"method\":\"a.B\"}", 1);
	say("{}", 2);
	ck_assert_int_eq(varlink_client_receive(client, soon(), &answer), 0);
	ck_assert_uint_eq(answer.fds.count, 2);
}
END_TEST

START_TEST(a_descriptor_not_asked_for_is_refused)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	struct varlink_extra extra = {.fd = -1, .max_fds = 1};

	ck_assert_int_eq(send_call(false, false, &extra), 0);
	say("{}", 2);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -EBADMSG);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -ENOTCONN);
	ck_assert_int_eq(send_call(false, false, NULL), -ENOTCONN);
}
END_TEST

static const char *const nonsense[] = {
	"", "[]", "{\"x\":1}",
	"{\"continues\":true}", /* the call did not say more */
};

START_TEST(a_service_that_talks_nonsense_is_a_protocol_error)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	ck_assert_int_eq(send_call(false, false, NULL), 0);
	say(nonsense[_i], 0);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -EBADMSG);
}
END_TEST

START_TEST(a_reply_nobody_waits_for_is_a_protocol_error)
{
	CLEANUP(varlink_answer_done) struct varlink_answer first = {0};
	CLEANUP(varlink_answer_done) struct varlink_answer second = {0};

	say("{}", 0);
	say("{}", 0);
	say("{}", 0);
	ck_assert_int_eq(
		varlink_client_call(client, "a.B", NULL, soon(), &first), 0);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &second), -ENOTCONN);
}
END_TEST

START_TEST(a_reply_longer_than_the_limit_is_refused)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	char block[VARLINK_READ_BYTES];

	memset(block, ' ', sizeof(block));
	ck_assert_int_eq(send_call(false, false, NULL), 0);
	for (size_t sent = 0; sent <= VARLINK_MESSAGE_MAX_BYTES;) {
		ssize_t n = send(service.fd, block, sizeof(block),
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			sent += (size_t)n;
		else
			ck_assert_int_eq(varlink_client_receive(client,
						 varlink_deadline(0), &answer),
				-ETIMEDOUT);
	}
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -EMSGSIZE);
}
END_TEST

START_TEST(a_silent_service_costs_no_more_than_the_deadline)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};
	int64_t begin = varlink_deadline(0);

	ck_assert_int_eq(varlink_client_call(client, "a.B", NULL,
				 varlink_deadline(MOMENT_MS), &answer),
		-ETIMEDOUT);
	ck_assert_int_ge(varlink_deadline(0) - begin, MOMENT_MS);
	ck_assert_int_lt(varlink_deadline(0) - begin, PATIENCE_MS);
	/* The reply may still come. */
	say("{}", 0);
	ck_assert_int_eq(varlink_client_receive(client, soon(), &answer), 0);
}
END_TEST

START_TEST(half_a_reply_does_not_hold_the_caller_past_the_deadline)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	ck_assert_int_eq(send_call(false, false, NULL), 0);
	ck_assert_int_eq(fd_write_full(service.fd, "{\"param", 7), 0);
	ck_assert_int_eq(varlink_client_receive(
				 client, varlink_deadline(MOMENT_MS), &answer),
		-ETIMEDOUT);
	ck_assert_int_eq(fd_write_full(service.fd, "eters\":{}}", 11), 0);
	ck_assert_int_eq(varlink_client_receive(client, soon(), &answer), 0);
}
END_TEST

START_TEST(a_service_that_goes_away_is_noticed)
{
	CLEANUP(varlink_answer_done) struct varlink_answer answer = {0};

	ck_assert_int_eq(send_call(false, false, NULL), 0);
	expect("{\"method\":\"a.B\"}", 0);
	service.fd = fd_close(service.fd);
	ck_assert_int_eq(
		varlink_client_receive(client, soon(), &answer), -ECONNRESET);
}
END_TEST

START_TEST(the_descriptor_can_be_polled)
{
	struct pollfd p = {
		.fd = varlink_client_fd(client),
		.events = POLLIN,
	};

	ck_assert_int_eq(poll(&p, 1, 0), 0);
	say("{}", 0);
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
}
END_TEST

/* --- connecting --- */

static char directory[] = "/tmp/certprov-client-XXXXXX";

static struct sockaddr_un socket_address(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)stpcpy(stpcpy(address.sun_path, directory), "/socket");
	return address;
}

static int listen_there(int backlog)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {0};

	ck_assert_ptr_nonnull(mkdtemp(directory));
	address = socket_address();
	ck_assert_int_eq(
		bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void remove_socket(void)
{
	(void)unlink(socket_address().sun_path);
	(void)rmdir(directory);
}

static int connect_there(int64_t timeout_ms, struct varlink_client **ret)
{
	return varlink_client_connect(
		socket_address().sun_path, varlink_deadline(timeout_ms), ret);
}

START_TEST(connecting_to_a_listener_works)
{
	CLEANUP(fd_close) int listener = listen_there(5);
	CLEANUP(varlink_client_free) struct varlink_client *c = NULL;

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(connect_there(PATIENCE_MS, &c), 0);
	ck_assert_int_eq(
		fcntl(varlink_client_fd(c), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	remove_socket();
}
END_TEST

START_TEST(a_full_queue_does_not_hold_the_caller_past_the_deadline)
{
	CLEANUP(fd_close) int listener = listen_there(0);
	CLEANUP(varlink_client_free) struct varlink_client *first = NULL;
	CLEANUP(varlink_client_free) struct varlink_client *second = NULL;

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(connect_there(PATIENCE_MS, &first), 0);
	ck_assert_int_eq(connect_there(MOMENT_MS, &second), -ETIMEDOUT);
	ck_assert_ptr_null(second);
	remove_socket();
}
END_TEST

START_TEST(nobody_there_has_its_own_errors)
{
	CLEANUP(fd_close) int listener = listen_there(-1);
	CLEANUP(varlink_client_free) struct varlink_client *c = NULL;
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];

	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(connect_there(PATIENCE_MS, &c), -ECONNREFUSED);
	remove_socket();
	ck_assert_int_eq(connect_there(PATIENCE_MS, &c), -ENOENT);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	ck_assert_int_eq(varlink_client_connect(longest, 0, &c), -ENAMETOOLONG);
	ck_assert_ptr_null(c);
}
END_TEST

TCase *varlink_client_tests(void);

TCase *varlink_client_tests(void)
{
	TCase *tc = tcase_create("varlink-client");

	tcase_set_tags(tc, OWN_PROCESS);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_call_gets_its_reply);
	tcase_add_test(tc, an_error_is_an_answer);
	tcase_add_test(tc, replies_are_taken_until_one_does_not_continue);
	tcase_add_test(tc, calls_are_sent_behind_others_and_answered_in_order);
	tcase_add_test(tc, so_many_calls_wait_for_their_replies);
	tcase_add_test(tc, nothing_is_sent_behind_a_call_that_says_more);
	tcase_add_test(
		tc, nothing_is_sent_behind_a_call_that_asks_for_descriptors);
	tcase_add_test(tc, a_oneway_call_waits_for_nothing);
	tcase_add_test(tc, descriptors_travel_both_ways);
	tcase_add_test(tc, a_descriptor_not_asked_for_is_refused);
	tcase_add_loop_test(tc,
		a_service_that_talks_nonsense_is_a_protocol_error, 0,
		ARRAY_SIZE(nonsense));
	tcase_add_test(tc, a_reply_nobody_waits_for_is_a_protocol_error);
	tcase_add_test(tc, a_reply_longer_than_the_limit_is_refused);
	tcase_add_test(tc, a_silent_service_costs_no_more_than_the_deadline);
	tcase_add_test(
		tc, half_a_reply_does_not_hold_the_caller_past_the_deadline);
	tcase_add_test(tc, a_service_that_goes_away_is_noticed);
	tcase_add_test(tc, the_descriptor_can_be_polled);
	tcase_add_test(tc, connecting_to_a_listener_works);
	tcase_add_test(
		tc, a_full_queue_does_not_hold_the_caller_past_the_deadline);
	tcase_add_test(tc, nobody_there_has_its_own_errors);
	return tc;
}
