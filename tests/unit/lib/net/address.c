/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = 80};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = 80};

	if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
		memcpy(&storage, &in, sizeof(in));
		return storage;
	}
	ck_assert_int_eq(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	memcpy(&storage, &in6, sizeof(in6));
	return storage;
}

static const struct {
	const char *text;
	bool local;
} addresses[] = {
	{"127.0.0.1", true},
	{"127.255.255.254", true},
	{"128.0.0.1", false},
	{"0.0.0.0", true},
	{"0.1.2.3", true},
	{"1.0.0.0", false},
	{"169.254.0.1", true},
	{"169.253.0.1", false},
	{"169.255.0.1", false},
	{"192.168.1.1", false},
	{"::", true},
	{"::1", true},
	{"fe80::1", true},
	{"febf::1", true},
	{"fec0::1", false},
	{"fe7f::1", false},
	{"2001:db8::1", false},
	{"::ffff:127.0.0.1", true},
	{"::ffff:192.0.2.1", false},
	{"::127.0.0.1", true},
	{"64:ff9b::7f00:1", true},
	{"64:ff9b::a9fe:1", true},
	{"64:ff9b::c000:201", false},
	{"64:ff9b:1::7f00:1", false},
};

START_TEST(local_addresses_are_known_in_every_form)
{
	struct sockaddr_storage s = address_of(addresses[_i].text);

	ck_assert_msg(
		address_is_local((struct sockaddr *)&s) == addresses[_i].local,
		"%s", addresses[_i].text);
}
END_TEST

START_TEST(own_addresses_are_known_whatever_port_or_mapping)
{
	const struct sockaddr_storage own[] = {
		address_of("192.0.2.7"),
		address_of("2001:db8::7"),
	};
	struct sockaddr_storage s = address_of("192.0.2.7");

	((struct sockaddr_in *)&s)->sin_port = 443;
	ck_assert(address_is_own((struct sockaddr *)&s, own, 2));
	s = address_of("::ffff:192.0.2.7");
	ck_assert(address_is_own((struct sockaddr *)&s, own, 2));
	s = address_of("64:ff9b::192.0.2.7");
	ck_assert(address_is_own((struct sockaddr *)&s, own, 2));
	s = address_of("2001:db8::7");
	ck_assert(address_is_own((struct sockaddr *)&s, own, 2));
	s = address_of("2001:db8::8");
	ck_assert(!address_is_own((struct sockaddr *)&s, own, 2));
	s = address_of("127.0.0.1");
	ck_assert(address_is_own((struct sockaddr *)&s, own, 0));
}
END_TEST

START_TEST(what_is_not_an_ip_address_counts_as_local)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	ck_assert(address_is_local((struct sockaddr *)&un));
	ck_assert(address_is_own((struct sockaddr *)&un, NULL, 0));
}
END_TEST

TCase *address_tests(void);

TCase *address_tests(void)
{
	TCase *tc = tcase_create("address");

	tcase_add_loop_test(tc, local_addresses_are_known_in_every_form, 0,
		ARRAY_SIZE(addresses));
	tcase_add_test(tc, own_addresses_are_known_whatever_port_or_mapping);
	tcase_add_test(tc, what_is_not_an_ip_address_counts_as_local);
	return tc;
}
