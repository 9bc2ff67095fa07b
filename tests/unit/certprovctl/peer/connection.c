/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/varlink/varlink-client.h"
#include "tests/unit/runner.h"

static struct peer_connection connection;
static int server = -1;
static int peer = -1;
static char port[8];

static void teardown(void)
{
	peer_connection_done(&connection);
	server = fd_close(server);
	peer = fd_close(peer);
}

/* A socket of 127.0.0.1 that nobody listens at yet. */
static void setup(void)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	socklen_t size = sizeof(a);

	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(server, 0);
	ck_assert_int_eq(bind(server, (struct sockaddr *)&a, size), 0);
	ck_assert_int_eq(getsockname(server, (struct sockaddr *)&a, &size), 0);
	(void)snprintf(port, sizeof(port), "%u", ntohs(a.sin_port));
}

static int reach(const char *host, int64_t ms, const char **ret_cause)
{
	return peer_connection_connect(
		host, port, varlink_deadline(ms), &connection, ret_cause);
}

static void connected(int64_t ms)
{
	const char *cause = NULL;

	ck_assert_int_eq(listen(server, 1), 0);
	ck_assert_int_eq(reach("127.0.0.1", ms, &cause), 0);
	peer = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(peer, 0);
}

START_TEST(a_peer_is_named_by_its_address)
{
	char address[CONNECTION_ADDRESS_SIZE];

	connected(20000);
	(void)snprintf(address, sizeof(address), "127.0.0.1:%s", port);
	ck_assert_str_eq(connection.address, address);
}
END_TEST

START_TEST(where_nobody_listens_is_said_at_once)
{
	int64_t before = varlink_deadline(0);
	const char *cause = NULL;

	ck_assert_int_lt(reach("127.0.0.1", 20000, &cause), 0);
	ck_assert_str_eq(cause, "Connection refused");
	ck_assert_int_lt(varlink_deadline(0) - before, 10000);
}
END_TEST

START_TEST(a_name_without_an_address_is_said_by_the_resolver)
{
	const char *cause = NULL;

	ck_assert_int_lt(reach("127.0.0.1.x", 20000, &cause), 0);
	ck_assert_str_ne(cause, strerror(EIO));
	ck_assert_str_ne(cause, "");
}
END_TEST

START_TEST(a_line_comes_in_pieces_and_what_follows_stays)
{
	char line[CONNECTION_LINE_SIZE];
	char next = 0;

	connected(20000);
	if (fork() == 0) {
		(void)!write(peer, "+O", 2);
		(void)poll(NULL, 0, 50);
		(void)!write(peer, "K \0 ready\r\nT", 12);
		_exit(0);
	}
	ck_assert_int_eq(peer_connection_receive_line(&connection, line), 0);
	ck_assert_str_eq(line, "+OK ");
	ck_assert_int_eq(peer_connection_receive(&connection, &next, 1), 0);
	ck_assert_int_eq(next, 'T');
}
END_TEST

START_TEST(a_silent_peer_is_waited_for_until_the_deadline)
{
	char line[CONNECTION_LINE_SIZE];

	connected(100);
	ck_assert_int_eq(send(peer, "+O", 2, 0), 2);
	ck_assert_int_eq(
		peer_connection_receive_line(&connection, line), -ETIMEDOUT);
}
END_TEST

test_case_maker connection_tests;

TCase *connection_tests(void)
{
	TCase *tc = tcase_create("connection");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_peer_is_named_by_its_address);
	tcase_add_test(tc, where_nobody_listens_is_said_at_once);
	tcase_add_test(tc, a_name_without_an_address_is_said_by_the_resolver);
	tcase_add_test(tc, a_line_comes_in_pieces_and_what_follows_stays);
	tcase_add_test(tc, a_silent_peer_is_waited_for_until_the_deadline);
	return tc;
}
