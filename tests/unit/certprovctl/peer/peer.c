/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/peer.h"

#include "tests/unit/runner.h"

static const struct {
	const char *text;
	const char *host;
	const char *port;
} targets[] = {
	{"pbx.example.com", "pbx.example.com", ""},
	{"pbx.example.com:5061", "pbx.example.com", "5061"},
	{"192.0.2.1:443", "192.0.2.1", "443"},
	{"2001:db8::1", "2001:db8::1", ""},
	{"[2001:db8::1]", "2001:db8::1", ""},
	{"[2001:db8::1]:5061", "2001:db8::1", "5061"},
	{"[fe80::1%eth0]:65535", "fe80::1%eth0", "65535"},
	{"::1", "::1", ""},
};

START_TEST(a_target_is_a_host_and_perhaps_a_port)
{
	struct peer_target t = {0};

	ck_assert_int_eq(peer_target_parse(targets[_i].text, &t), 0);
	ck_assert_str_eq(t.host, targets[_i].host);
	ck_assert_str_eq(t.port, targets[_i].port);
}
END_TEST

static const char *const none[] = {"", ":443", "pbx:", "pbx:0", "pbx:65536",
	"pbx:443x", "pbx:https", "pbx:-1", "pbx:99999999999999999999", "[::1",
	"[::1]443", "[]:443", "a b", "https://pbx/", ".example.com:1",
	"[::1]:443:443"};

START_TEST(what_is_no_target_is_refused)
{
	struct peer_target t = {0};

	ck_assert_int_lt(peer_target_parse(none[_i], &t), 0);
	ck_assert_str_eq(t.host, "");
}
END_TEST

test_case_maker peer_tests;

TCase *peer_tests(void)
{
	TCase *tc = tcase_create("peer");

	tcase_add_loop_test(tc, a_target_is_a_host_and_perhaps_a_port, 0,
		ARRAY_SIZE(targets));
	tcase_add_loop_test(
		tc, what_is_no_target_is_refused, 0, ARRAY_SIZE(none));
	return tc;
}
