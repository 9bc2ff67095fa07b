/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/provisioning-order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/runner.h"

/* "pnp+ dhcp": + for proceed. */
static const char *read_order(const char *value)
{
	static char text[128];
	struct provisioning_order order;
	size_t used = 0;

	provisioning_order_read(value, &order);
	*text = 0;
	for (size_t i = 0; i < order.count; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s%s", i > 0 ? " " : "",
			provisioning_source_name(order.steps[i].source),
			order.steps[i].proceed ? "+" : "");
	return text;
}

START_TEST(the_order_is_that_of_the_value_with_stop_or_proceed)
{
	ck_assert_str_eq(
		read_order("redirection:stop pnp:stop dhcp:stop tr69:stop"),
		"redirection pnp dhcp tr69");
	ck_assert_str_eq(read_order("tr69:proceed dhcp114:stop pnp:proceed"),
		"tr69+ dhcp114 pnp+");
	ck_assert_str_eq(
		read_order("\n  dhcp:proceed\r\n\tpnp  "), "dhcp+ pnp");
	ck_assert_str_eq(read_order(""), "");
	ck_assert_str_eq(read_order("dhcp"), "dhcp");
}
END_TEST

START_TEST(of_a_source_that_comes_twice_the_first_counts)
{
	ck_assert_str_eq(
		read_order("dhcp:proceed pnp:stop dhcp:stop"), "dhcp+ pnp");
}
END_TEST

START_TEST(a_source_of_a_newer_phone_is_passed_over)
{
	ck_assert_str_eq(
		read_order("dhcp6:stop dhcp1:proceed pnp:stop d:stop"), "pnp");
}
END_TEST

START_TEST(sources_are_found_by_their_whole_name)
{
	enum provisioning_source s = PROVISIONING_SOURCE__END;

	for (enum provisioning_source i = 0; i < PROVISIONING_SOURCE__END;
		i++) {
		ck_assert_int_eq(provisioning_source_find(
					 provisioning_source_name(i), &s),
			0);
		ck_assert_int_eq(s, i);
	}
	ck_assert_int_eq(provisioning_source_find("dhcp11", &s), -ENOENT);
	ck_assert_int_eq(provisioning_source_find("DHCP", &s), -ENOENT);
	ck_assert_int_eq(provisioning_source_find("", &s), -ENOENT);
}
END_TEST

test_case_maker provisioning_order_tests;

TCase *provisioning_order_tests(void)
{
	TCase *tc = tcase_create("provisioning-order");

	tcase_add_test(tc, the_order_is_that_of_the_value_with_stop_or_proceed);
	tcase_add_test(tc, of_a_source_that_comes_twice_the_first_counts);
	tcase_add_test(tc, a_source_of_a_newer_phone_is_passed_over);
	tcase_add_test(tc, sources_are_found_by_their_whole_name);
	return tc;
}
