/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-service.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/provisioning/io.certprov.fetch.varlink.h"
#include "tests/unit/runner.h"

static struct trust *trust;
static struct bootstrap_policy bootstrap;
static struct settings settings;
static struct fetch_session *session;
static struct fetch_job job;
static int pipe_fds[2];

/* What travelled. */
static struct varlink_reply reply;
static size_t fds_sent;
static int violations;

static int on_send(
	void *connection, struct bytes *message, struct varlink_fds *fds)
{
	ck_assert_ptr_eq(connection, &reply);
	varlink_reply_done(&reply);
	ck_assert_int_eq(varlink_reply_decode((char *)message->data,
				 message->len - 1, &reply),
		0);
	fds_sent = fds ? fds->count : 0;
	bytes_done(message);
	if (fds)
		varlink_fds_done(fds);
	return 0;
}

static bool on_backlogged(void *connection)
{
	ck_assert_ptr_eq(connection, &reply);
	return false;
}

static void on_answered(void *connection, struct varlink_request *req)
{
	ck_assert_ptr_eq(connection, &reply);
	ck_assert_ptr_nonnull(req);
}

static const struct varlink_transport transport = {
	.send = on_send,
	.backlogged = on_backlogged,
	.answered = on_answered,
};

static void on_violated(void *userdata, const char *what)
{
	ck_assert_ptr_null(userdata);
	ck_assert_ptr_nonnull(what);
	violations++;
}

static const struct run_listener listener = {
	.violated = on_violated,
};

static void setup(void)
{
	struct fetch_session_config config = {
		.judge = {.bootstrap = &bootstrap},
		.settings = &settings,
		.job = &job,
		.fd_count = 1,
		.listener = &listener,
	};

	violations = 0;
	job = FETCH_JOB_INIT;
	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert_int_eq(trust_new(&trust), 0);
	config.judge.trust = trust;
	config.fds[0] = pipe_fds[0];
	ck_assert_int_eq(fetch_session_new(&config, &session), 0);
}

static void teardown(void)
{
	session = fetch_session_free(session);
	trust = trust_free(trust);
	varlink_reply_done(&reply);
	fd_close(pipe_fds[0]);
	fd_close(pipe_fds[1]);
}

static void call(const char *method)
{
	static const struct varlink_interface *const interfaces[] = {
		&fetch_service_interface,
	};
	const struct varlink_service service = {
		.product = "certprov",
		.version = "0",
		.url = "",
		.interfaces = interfaces,
		.n_interfaces = 1,
		.userdata = session,
	};
	CLEANUP(varlink_incoming_done)
	struct varlink_incoming in = {
		.transport = &transport,
		.connection = &reply,
	};
	struct varlink_request *req = NULL;

	ck_assert_int_eq(string_replace(&in.call.method, method), 0);
	ck_assert_int_eq(varlink_service_dispatch(&service, &in, &req), 0);
	ck_assert_ptr_null(req);
}

START_TEST(the_job_travels_with_a_copy_of_its_descriptor)
{
	call("io.certprov.fetch.GetJob");
	ck_assert_ptr_null(reply.error);
	ck_assert_uint_eq(fds_sent, 1);
	ck_assert_ptr_nonnull(cJSON_GetObjectItem(reply.parameters, "limits"));
	/* the owner's own is still open */
	ck_assert_int_eq(fd_write_full(pipe_fds[1], "x", 1), 0);
	call("io.certprov.fetch.GetJob");
	ck_assert_str_eq(reply.error, "io.certprov.fetch.NotNow");
	ck_assert_uint_eq(fds_sent, 0);
	ck_assert_int_eq(violations, 1);
}
END_TEST

START_TEST(the_trust_travels_as_a_copy_of_a_descriptor_made_for_it)
{
	int free_fd = dup(pipe_fds[0]);

	call("io.certprov.fetch.GetJob");
	fd_close(free_fd);
	call("io.certprov.fetch.GetTrust");
	ck_assert_ptr_null(reply.error);
	ck_assert_uint_eq(fds_sent, 1);
	/* None is left behind. */
	ck_assert_int_eq(dup(pipe_fds[0]), free_fd);
	fd_close(free_fd);
}
END_TEST

START_TEST(every_row_of_the_table_is_a_method_and_described)
{
	struct fetch_call_row row = {0};
	char method[64];
	size_t i = 0;

	for (; fetch_session_row(session, i, &row); i++) {
		ck_assert_str_eq(
			fetch_service_interface.methods[i].name, row.name);
		(void)snprintf(
			method, sizeof(method), "\nmethod %s(", row.name);
		ck_assert_ptr_nonnull(
			strstr(varlink_fetch_description, method));
	}
	ck_assert_uint_eq(fetch_service_interface.n_methods, i);
}
END_TEST

START_TEST(another_interface_is_not_served)
{
	call("io.certprov.admin.Provision");
	ck_assert_str_eq(reply.error, VARLINK_INTERFACE_NOT_FOUND);
	call("io.certprov.fetch.Install");
	ck_assert_str_eq(reply.error, VARLINK_METHOD_NOT_FOUND);
}
END_TEST

TCase *fetch_service_tests(void);

TCase *fetch_service_tests(void)
{
	TCase *tc = tcase_create("fetch-service");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_job_travels_with_a_copy_of_its_descriptor);
	tcase_add_test(
		tc, the_trust_travels_as_a_copy_of_a_descriptor_made_for_it);
	tcase_add_test(tc, every_row_of_the_table_is_a_method_and_described);
	tcase_add_test(tc, another_interface_is_not_served);
	return tc;
}
