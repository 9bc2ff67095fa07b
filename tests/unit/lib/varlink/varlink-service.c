/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/varlink/varlink-service.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/io.certprov.admin.varlink.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "daemon/certprovd/api/io.certprov.trust.varlink.h"
#include "lib/provisioning/io.certprov.fetch.varlink.h"
#include "lib/varlink/org.varlink.service.varlink.h"
#include "tests/unit/runner.h"

/* A connection that remembers the last message sent. */
static struct tested_connection {
	char *last;
	size_t sent;
	size_t n_fds;
	size_t answered;
	bool slow;
	int failure;
} connection;

static struct varlink_request *held;
static size_t times_gone;
static size_t times_drained;

static int on_send(
	void *userdata, struct bytes *message, struct varlink_fds *fds)
{
	struct tested_connection *c = userdata;

	ck_assert_uint_eq(message->data[message->len - 1], 0);
	free(c->last);
	c->last = (char *)TAKE_PTR(message->data);
	c->n_fds = fds->count;
	c->sent++;
	varlink_fds_done(fds);
	return c->failure;
}

static bool is_backlogged(void *userdata)
{
	return ((struct tested_connection *)userdata)->slow;
}

static void on_answered(void *userdata, struct varlink_request *req)
{
	((struct tested_connection *)userdata)->answered++;
	varlink_request_detach(req);
}

static const struct varlink_transport transport = {
	.send = on_send,
	.backlogged = is_backlogged,
	.answered = on_answered,
};

/* --- a small service --- */

struct service_echo {
	const char *text;
};

static const struct json_field echo_fields[] = {
	JSON_FIELD(struct service_echo, text, JSON_STRING, .required = true),
};
static const struct json_table echo_parameters =
	JSON_TABLE(struct service_echo, echo_fields);

static int on_echo(struct varlink_request *req, void *userdata)
{
	CLEANUP(json_done) struct json_writer w = {0};
	struct service_echo echo = {0};
	cJSON *reply = NULL;
	int r = varlink_request_decode(req, &echo);

	if (r != 0)
		return r;
	json_put_string(&w, "text", echo.text);
	json_put_string(&w, "userdata", userdata);
	json_put_int(&w, "uid", varlink_request_peer(req)->uid);
	r = json_take(&w, &reply);
	return r < 0 ? r : varlink_reply(req, reply);
}

static int on_count(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	for (int i = 0; i < 3; i++) {
		int r = varlink_reply_continues(req, NULL);

		if (r < 0)
			return r;
	}
	return varlink_reply(req, NULL);
}

static int on_fail(struct varlink_request *req, void *userdata)
{
	(void)req;
	(void)userdata;
	return -EIO;
}

static int on_large(struct varlink_request *req, void *userdata)
{
	CLEANUP(free) char *text = malloc(VARLINK_MESSAGE_MAX_BYTES + 1);

	(void)userdata;
	memset(text, 'x', VARLINK_MESSAGE_MAX_BYTES);
	text[VARLINK_MESSAGE_MAX_BYTES] = 0;
	return varlink_reply_member(req, "text", cJSON_CreateString(text));
}

static int on_swap_fd(struct varlink_request *req, void *userdata)
{
	int fd = varlink_request_take_fd(req, 0);

	(void)userdata;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(varlink_request_add_fd(req, fd), 0);
	return varlink_reply(req, NULL);
}

static void on_gone(struct varlink_request *req, void *userdata)
{
	ck_assert_ptr_eq(userdata, &held);
	ck_assert(!varlink_request_open(req));
	times_gone++;
	held = varlink_request_release(req);
}

static void on_drained(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	ck_assert_ptr_eq(req, held);
	times_drained++;
}

static int on_hold(struct varlink_request *req, void *userdata)
{
	(void)userdata;
	varlink_request_keep(req,
		&(struct varlink_watch){
			.gone = on_gone,
			.drained = on_drained,
			.userdata = &held,
		});
	held = req;
	return 0;
}

static const struct varlink_method methods[] = {
	{.name = "Echo", .handle = on_echo, .parameters = &echo_parameters},
	{.name = "Count", .handle = on_count, .more = true},
	{.name = "MaybeCount", .handle = on_count},
	{.name = "Fail", .handle = on_fail},
	{.name = "Large", .handle = on_large},
	{.name = "SwapFd", .handle = on_swap_fd, .takes_fd = true},
	{.name = "Hold", .handle = on_hold},
	{.name = "Later"},
};

static const struct varlink_interface test_interface = {
	.name = "io.certprov.test",
	.description = "interface io.certprov.test",
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};

static const struct varlink_interface *const interfaces[] = {
	&test_interface,
};

static char owner[] = "owner";

static const struct varlink_service service = {
	.product = "certprovd",
	.version = "1.2",
	.url = "https://certprov.example.com/",
	.interfaces = interfaces,
	.n_interfaces = ARRAY_SIZE(interfaces),
	.userdata = owner,
};

static void setup(void)
{
	connection = (struct tested_connection){0};
	held = NULL;
	times_gone = 0;
	times_drained = 0;
}

static void teardown(void)
{
	free(connection.last);
}

static struct varlink_incoming incoming(const char *text)
{
	struct varlink_incoming in = {
		.peer = {.uid = 1234},
		.transport = &transport,
		.connection = &connection,
	};

	ck_assert_int_eq(varlink_call_decode(text, strlen(text), &in.call), 0);
	return in;
}

/* Dispatch; what the call left open. */
static struct varlink_request *dispatch(const char *text)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = incoming(text);
	struct varlink_request *req = NULL;

	ck_assert_int_eq(varlink_service_dispatch(&service, &in, &req), 0);
	return req;
}

static const struct service_exchange {
	const char *call;
	const char *reply;
} exchanges[] = {
	{"{\"method\":\"io.certprov.test.Echo\",\"parameters\":{\"text\":"
	 "\"hi\"}}",
		"{\"parameters\":{\"text\":\"hi\",\"userdata\":\"owner\","
		"\"uid\":1234}}"},
	{"{\"method\":\"io.certprov.test.Echo\"}",
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"text\"}}"},
	{"{\"method\":\"io.certprov.test.Echo\",\"parameters\":{\"text\":"
	 "\"hi\",\"x\":1}}",
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"x\"}}"},
	{"{\"method\":\"io.certprov.test.Nothing\"}",
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\"io.certprov.test.Nothing\"}}"},
	{"{\"method\":\"io.certprov.test.\"}",
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\"io.certprov.test.\"}}"},
	{"{\"method\":\"Echo\"}",
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\"Echo\"}}"},
	{"{\"method\":\".Echo\"}",
		"{\"error\":\"org.varlink.service.MethodNotFound\","
		"\"parameters\":{\"method\":\".Echo\"}}"},
	{"{\"method\":\"io.certprov.tes.Echo\"}",
		"{\"error\":\"org.varlink.service.InterfaceNotFound\","
		"\"parameters\":{\"interface\":\"io.certprov.tes\"}}"},
	{"{\"method\":\"IO.certprov.test.Echo\"}",
		"{\"error\":\"org.varlink.service.InterfaceNotFound\","
		"\"parameters\":{\"interface\":\"IO.certprov.test\"}}"},
	{"{\"method\":\"io.certprov.test.Later\"}",
		"{\"error\":\"org.varlink.service.MethodNotImplemented\","
		"\"parameters\":{\"method\":\"io.certprov.test.Later\"}}"},
	{"{\"method\":\"io.certprov.test.Echo\",\"upgrade\":true}",
		"{\"error\":\"org.varlink.service.MethodNotImplemented\","
		"\"parameters\":{\"method\":\"io.certprov.test.Echo\"}}"},
	{"{\"method\":\"io.certprov.test.Count\"}",
		"{\"error\":\"org.varlink.service.ExpectedMore\","
		"\"parameters\":{}}"},
	{"{\"method\":\"io.certprov.test.Fail\"}",
		"{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":"
		"\"linux\",\"errno\":5}}"},
	{"{\"method\":\"io.certprov.test.Large\"}",
		"{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":"
		"\"linux\",\"errno\":90}}"},
	{"{\"method\":\"org.varlink.service.GetInfo\"}",
		"{\"parameters\":{\"vendor\":\"certprov\",\"product\":"
		"\"certprovd\",\"version\":\"1.2\",\"url\":"
		"\"https://certprov.example.com/\",\"interfaces\":"
		"[\"org.varlink.service\",\"io.certprov.test\"]}}"},
	{"{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{\"a\":"
	 "1}}",
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"a\"}}"},
	{"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	 "\"parameters\":{\"interface\":\"io.certprov.test\"}}",
		"{\"parameters\":{\"description\":\"interface "
		"io.certprov.test\"}}"},
	{"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	 "\"parameters\":{\"interface\":\"io.certprov\"}}",
		"{\"error\":\"org.varlink.service.InterfaceNotFound\","
		"\"parameters\":{\"interface\":\"io.certprov\"}}"},
};

START_TEST(every_call_is_answered_once_as_the_specification_says)
{
	ck_assert_ptr_null(dispatch(exchanges[_i].call));
	ck_assert_uint_eq(connection.sent, 1);
	ck_assert_str_eq(connection.last, exchanges[_i].reply);
	ck_assert_uint_eq(connection.answered, 0);
}
END_TEST

START_TEST(its_own_definition_is_told)
{
	(void)dispatch(
		"{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		"\"parameters\":{\"interface\":\"org.varlink.service\"}}");
	ck_assert_ptr_nonnull(strstr(connection.last, "method GetInfo()"));
}
END_TEST

static const struct embedded {
	const char *text;
	const char *name;
} embedded[] = {
	{varlink_admin_description, "interface io.certprov.admin\n"},
	{varlink_fetch_description, "interface io.certprov.fetch\n"},
	{varlink_identity_description, "interface io.certprov.identity\n"},
	{varlink_service_description, "interface org.varlink.service\n"},
	{varlink_trust_description, "interface io.certprov.trust\n"},
};

START_TEST(the_definitions_are_in_the_program_whole)
{
	const char *text = embedded[_i].text;

	ck_assert_ptr_nonnull(strstr(text, embedded[_i].name));
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
}
END_TEST

START_TEST(replies_that_continue_need_more)
{
	(void)dispatch("{\"method\":\"io.certprov.test.Count\",\"more\":true}");
	ck_assert_uint_eq(connection.sent, 4);
	ck_assert_str_eq(connection.last, "{\"parameters\":{}}");
	(void)dispatch("{\"method\":\"io.certprov.test.MaybeCount\"}");
	ck_assert_uint_eq(connection.sent, 5);
}
END_TEST

START_TEST(a_oneway_call_is_never_answered)
{
	(void)dispatch("{\"method\":\"io.certprov.test.Echo\",\"oneway\":true,"
		       "\"parameters\":{\"text\":\"x\"}}");
	(void)dispatch("{\"method\":\"a.B\",\"oneway\":true}");
	(void)dispatch(
		"{\"method\":\"io.certprov.test.Fail\",\"oneway\":true}");
	ck_assert_uint_eq(connection.sent, 0);
}
END_TEST

/* Knows one message. */
static int recall_one(
	void *userdata, const struct bytes *message, const struct bytes **ret)
{
	static uint8_t text[] = "known";
	static const struct bytes reply = {text, sizeof(text)};

	(void)userdata;
	if (message->len != 4 || memcmp(message->data, "same", 4) != 0)
		return 0;
	*ret = &reply;
	return 1;
}

static int recalled(const struct varlink_service *s, const char *text, int fd)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.transport = &transport,
		.connection = &connection,
	};
	CLEANUP(free) char *copy = strdup(text);

	if (fd >= 0)
		ck_assert_int_eq(varlink_fds_add(&in.fds, fd), 0);
	in.message = (struct bytes){(uint8_t *)copy, strlen(copy)};
	return varlink_service_recall(s, &in);
}

START_TEST(a_message_that_is_known_is_answered_unparsed_without_descriptors)
{
	struct varlink_service s = service;

	ck_assert_int_eq(recalled(&s, "same", -1), 0);
	s.recall = recall_one;
	ck_assert_int_eq(recalled(&s, "other", -1), 0);
	ck_assert_int_eq(
		recalled(&s, "same", open("/dev/null", O_RDONLY | O_CLOEXEC)),
		0);
	ck_assert_uint_eq(connection.sent, 0);
	ck_assert_int_eq(recalled(&s, "same", -1), 1);
	ck_assert_uint_eq(connection.sent, 1);
	ck_assert_str_eq(connection.last, "known");
}
END_TEST

static void dispatch_with_fd(const char *text)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = incoming(text);
	struct varlink_request *req = NULL;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(varlink_fds_add(&in.fds, fd), 0);
	ck_assert_int_eq(varlink_service_dispatch(&service, &in, &req), 0);
	ck_assert_ptr_null(req);
	/* Whatever the answer was, it is closed by now. */
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
}

START_TEST(a_descriptor_reaches_a_method_that_takes_one)
{
	dispatch_with_fd("{\"method\":\"io.certprov.test.SwapFd\"}");
	ck_assert_uint_eq(connection.n_fds, 1);
	ck_assert_str_eq(connection.last, "{\"parameters\":{}}");
}
END_TEST

START_TEST(a_descriptor_nobody_asked_for_is_closed_and_refused)
{
	dispatch_with_fd("{\"method\":\"io.certprov.test.MaybeCount\"}");
	ck_assert_uint_eq(connection.n_fds, 0);
	ck_assert_str_eq(connection.last,
		"{\"error\":\"org.varlink.service.InvalidParameter\","
		"\"parameters\":{\"parameter\":\"descriptors\"}}");
}
END_TEST

#define HOLD "{\"method\":\"io.certprov.test.Hold\",\"more\":true}"

START_TEST(a_kept_request_is_answered_later)
{
	struct varlink_request *req = dispatch(HOLD);

	ck_assert_ptr_nonnull(req);
	ck_assert_ptr_eq(req, held);
	ck_assert_uint_eq(connection.sent, 0);
	ck_assert_int_eq(varlink_reply_continues(held, NULL), 0);
	ck_assert_str_eq(
		connection.last, "{\"parameters\":{},\"continues\":true}");
	ck_assert(varlink_request_open(held));
	ck_assert_int_eq(varlink_reply(held, NULL), 0);
	ck_assert_uint_eq(connection.answered, 1);
	ck_assert(!varlink_request_open(held));
	held = varlink_request_release(held);
	ck_assert_uint_eq(times_gone, 0);
	ck_assert_uint_eq(connection.sent, 2);
}
END_TEST

START_TEST(a_request_released_without_an_answer_gets_an_error)
{
	(void)dispatch(HOLD);
	held = varlink_request_release(held);
	ck_assert_uint_eq(connection.answered, 1);
	ck_assert_str_eq(connection.last,
		"{\"error\":\"io.systemd.System\",\"parameters\":{\"origin\":"
		"\"linux\",\"errno\":125}}");
}
END_TEST

START_TEST(who_holds_a_request_learns_that_the_caller_has_gone)
{
	struct varlink_request *req = dispatch(HOLD);

	varlink_request_detach(req);
	ck_assert_uint_eq(times_gone, 1);
	ck_assert_ptr_null(held);
	ck_assert_uint_eq(connection.sent, 0);
	ck_assert_uint_eq(connection.answered, 0);
}
END_TEST

START_TEST(a_slow_caller_can_be_spared_and_is_told_of_later)
{
	struct varlink_request *req = dispatch(HOLD);

	ck_assert(!varlink_request_backlogged(held));
	connection.slow = true;
	ck_assert(varlink_request_backlogged(held));
	varlink_request_drained(req);
	ck_assert_uint_eq(times_drained, 1);
	held = varlink_request_release(held);
}
END_TEST

START_TEST(a_reply_that_cannot_be_sent_leaves_the_request_open)
{
	struct varlink_request *req = dispatch(HOLD);

	connection.failure = -ENOBUFS;
	ck_assert_int_eq(varlink_reply(held, NULL), -ENOBUFS);
	ck_assert(varlink_request_open(held));
	varlink_request_detach(req);
	ck_assert_uint_eq(times_gone, 1);
}
END_TEST

START_TEST(a_connection_that_is_not_served_can_say_why)
{
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = incoming("{\"method\":\"a.B\"}");
	cJSON *parameters = cJSON_CreateObject();

	ck_assert_ptr_nonnull(
		cJSON_AddNumberToObject(parameters, "maximum", 3));
	ck_assert_int_eq(varlink_service_refuse(&in,
				 "io.certprov.trust.LimitExceeded", parameters),
		0);
	ck_assert_str_eq(connection.last,
		"{\"error\":\"io.certprov.trust.LimitExceeded\",\"parameters\":"
		"{\"maximum\":3}}");
}
END_TEST

TCase *varlink_service_tests(void);

TCase *varlink_service_tests(void)
{
	TCase *tc = tcase_create("varlink-service");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
		every_call_is_answered_once_as_the_specification_says, 0,
		ARRAY_SIZE(exchanges));
	tcase_add_test(tc, its_own_definition_is_told);
	tcase_add_loop_test(tc, the_definitions_are_in_the_program_whole, 0,
		ARRAY_SIZE(embedded));
	tcase_add_test(tc, replies_that_continue_need_more);
	tcase_add_test(tc, a_oneway_call_is_never_answered);
	tcase_add_test(tc, a_descriptor_reaches_a_method_that_takes_one);
	tcase_add_test(tc, a_descriptor_nobody_asked_for_is_closed_and_refused);
	tcase_add_test(tc, a_kept_request_is_answered_later);
	tcase_add_test(tc, a_request_released_without_an_answer_gets_an_error);
	tcase_add_test(tc, who_holds_a_request_learns_that_the_caller_has_gone);
	tcase_add_test(tc, a_slow_caller_can_be_spared_and_is_told_of_later);
	tcase_add_test(tc, a_reply_that_cannot_be_sent_leaves_the_request_open);
	tcase_add_test(tc, a_connection_that_is_not_served_can_say_why);
	tcase_add_test(tc,
		a_message_that_is_known_is_answered_unparsed_without_descriptors);
	return tc;
}
