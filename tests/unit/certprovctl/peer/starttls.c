/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/starttls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/fd.h"
#include "lib/varlink/varlink-client.h"
#include "tests/unit/runner.h"

/* Both ends: what the peer says is there before it is asked. */
static struct peer_connection connection;
static int peer = -1;
static char *answer;

static void setup(void)
{
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0, fds),
		0);
	connection = (struct peer_connection){
		.bio = BIO_new_socket(fds[0], BIO_CLOSE),
		.deadline_ms = varlink_deadline(20000),
	};
	ck_assert_ptr_nonnull(connection.bio);
	peer = fds[1];
	answer = NULL;
}

static void teardown(void)
{
	peer_connection_done(&connection);
	peer = fd_close(peer);
	free(answer);
}

static int ask(const char *protocol, const void *said, size_t len)
{
	const struct starttls *s = starttls_find(protocol);

	ck_assert_ptr_nonnull(s);
	ck_assert_int_eq(send(peer, said, len, MSG_NOSIGNAL), (int)len);
	/* Who says too little has gone. */
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	return starttls_ask(s, &connection, &answer);
}

/* The peer has heard exactly this. */
static void heard(const char *text)
{
	char all[256] = "";

	ck_assert_int_ge(recv(peer, all, sizeof(all) - 1, 0), 0);
	ck_assert_str_eq(all, text);
}

static const struct {
	const char *protocol;
	const char *said;
	const char *heard;
} good[] = {
	{"smtp", "220 mx ESMTP\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n",
		"EHLO localhost\r\nSTARTTLS\r\n"},
	{"smtp", "220-mx\r\n220 ESMTP\r\n250 mx\r\n220 go\r\n",
		"EHLO localhost\r\nSTARTTLS\r\n"},
	{"imap", "* OK ready\r\n* CAPABILITY IMAP4\r\na OK begin\r\n",
		"a STARTTLS\r\n"},
	{"imap", "* ok ready\na ok begin\n", "a STARTTLS\r\n"},
	{"pop3", "+OK ready\r\n+OK begin\r\n", "STLS\r\n"},
};

START_TEST(a_peer_that_agrees_waits_for_tls)
{
	ck_assert_int_eq(
		ask(good[_i].protocol, good[_i].said, strlen(good[_i].said)),
		0);
	heard(good[_i].heard);
}
END_TEST

static const struct {
	const char *protocol;
	const char *said;
	const char *answer;
} bad[] = {
	{"smtp", "554 no service\r\n", "554 no service"},
	{"smtp", "220 mx\r\n250 mx\r\n502 not implemented\r\n",
		"502 not implemented"},
	{"imap", "* BYE\r\n", "* BYE"},
	{"imap", "* OK\r\na NO not here\r\n", "a NO not here"},
	{"pop3", "+OK\r\n-ERR unknown command\r\n", "-ERR unknown command"},
	{"pop3", "HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400 Bad Request"},
	{"ldap", "HTTP/1.1 400 Bad Request\r\n", "no LDAP message"},
};

START_TEST(a_peer_that_does_not_agree_is_quoted)
{
	ck_assert_int_eq(
		ask(bad[_i].protocol, bad[_i].said, strlen(bad[_i].said)),
		-EPROTO);
	ck_assert_str_eq(answer, bad[_i].answer);
}
END_TEST

START_TEST(a_peer_that_goes_is_no_answer)
{
	ck_assert_int_eq(ask("smtp", "220 mx\r\n", 8), -ECONNRESET);
	ck_assert_ptr_null(answer);
}
END_TEST

#define SUCCESS                                                                \
	0x02, 0x01, 0x01, 0x78, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00
static const uint8_t ldap_short[] = {0x30, 0x0c, SUCCESS};
/* As Active Directory writes lengths. */
static const uint8_t ldap_long[] = {0x30, 0x84, 0, 0, 0, 0x10, 0x02, 0x01, 0x01,
	0x78, 0x84, 0, 0, 0, 0x07, 0x0a, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00};
static const uint8_t ldap_refused[] = {0x30, 0x0c, 0x02, 0x01, 0x01, 0x78, 0x07,
	0x0a, 0x01, 0x34, 0x04, 0x00, 0x04, 0x00};
static const uint8_t ldap_huge[] = {0x30, 0x84, 0x7f, 0xff, 0xff, 0xff};
static const uint8_t ldap_over[] = {0x30, 0x82, 0x0f, 0xfd};

static const struct {
	const uint8_t *said;
	size_t len;
	int is;
	const char *answer;
} ldap[] = {
	{ldap_short, sizeof(ldap_short), 0, NULL},
	{ldap_long, sizeof(ldap_long), 0, NULL},
	{ldap_refused, sizeof(ldap_refused), -EPROTO, "LDAP result 52"},
	{ldap_huge, sizeof(ldap_huge), -EPROTO, "no LDAP message"},
	{ldap_over, sizeof(ldap_over), -EPROTO, "no LDAP message"},
	{ldap_short, sizeof(ldap_short) - 1, -ECONNRESET, NULL},
};

START_TEST(ldap_is_asked_by_its_extended_operation)
{
	char request[64] = "";

	ck_assert_int_eq(ask("ldap", ldap[_i].said, ldap[_i].len), ldap[_i].is);
	if (ldap[_i].answer)
		ck_assert_str_eq(answer, ldap[_i].answer);
	else
		ck_assert_ptr_null(answer);
	ck_assert_int_eq(recv(peer, request, sizeof(request), 0), 31);
	ck_assert_mem_eq(request + 9, "1.3.6.1.4.1.1466.20037", 22);
}
END_TEST

START_TEST(a_line_without_an_end_is_refused)
{
	char line[CONNECTION_LINE_SIZE + 1];

	memset(line, '+', sizeof(line));
	ck_assert_int_eq(ask("pop3", line, sizeof(line)), -EPROTO);
	ck_assert_str_eq(answer, "an endless line");
}
END_TEST

START_TEST(lines_without_an_end_are_refused)
{
	char lines[STARTTLS_MAX_LINES * 6];

	for (size_t i = 0; i < STARTTLS_MAX_LINES; i++)
		memcpy(lines + i * 6, "220-\r\n", 6);
	ck_assert_int_eq(ask("smtp", lines, sizeof(lines)), -EPROTO);
	ck_assert_str_eq(answer, "too many lines");
}
END_TEST

START_TEST(what_is_not_known_is_not_found)
{
	ck_assert_ptr_null(starttls_find("ftp"));
	ck_assert_str_eq(starttls_port(starttls_find("ldap")), "389");
	ck_assert_str_eq(starttls_name(starttls_find("ldap")), "ldap");
}
END_TEST

test_case_maker starttls_tests;

TCase *starttls_tests(void)
{
	TCase *tc = tcase_create("starttls");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_peer_that_agrees_waits_for_tls, 0, ARRAY_SIZE(good));
	tcase_add_loop_test(
		tc, a_peer_that_does_not_agree_is_quoted, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, a_peer_that_goes_is_no_answer);
	tcase_add_loop_test(tc, ldap_is_asked_by_its_extended_operation, 0,
		ARRAY_SIZE(ldap));
	tcase_add_test(tc, a_line_without_an_end_is_refused);
	tcase_add_test(tc, lines_without_an_end_are_refused);
	tcase_add_test(tc, what_is_not_known_is_not_found);
	return tc;
}
