/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config/phone.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

TCase *phone_tests(void);

static struct phone p;
static struct config c;

static void setup(void)
{
	scratch_setup();
	p = (struct phone){0};
	c = (struct config){0};
	ck_assert_int_eq(mkdir(scratch_path("eth0"), 0700), 0);
}

static void teardown(void)
{
	phone_done(&p);
	config_done(&c);
	scratch_teardown();
}

START_TEST(firmware_and_mac_come_from_where_the_configuration_points)
{
	c.firmware_file = strdup(scratch_path("version"));
	c.mac_interface = strdup("eth0");
	c.phone_type = strdup("snomD785");
	scratch_write("version", " snomD785-SIP 10.1.33.33 \r\nmore\n");
	scratch_write("eth0/address", "00:04:13:aa:bb:cc\n");
	ck_assert_int_eq(phone_read(&c, scratch(), &p), 0);
	ck_assert_str_eq(p.firmware, "snomD785-SIP 10.1.33.33");
	ck_assert_str_eq(p.mac, "000413AABBCC");
	ck_assert_str_eq(p.type, "snomD785");
	ck_assert_ptr_null(p.problem);
}
END_TEST

START_TEST(what_is_written_in_the_configuration_counts_first)
{
	c.firmware = strdup("8.9.3.40");
	c.firmware_file = strdup("/nonexistent/file");
	c.mac = strdup("000413000001");
	c.mac_interface = strdup("none0");
	ck_assert_int_eq(phone_read(&c, scratch(), &p), 0);
	ck_assert_str_eq(p.firmware, "8.9.3.40");
	ck_assert_str_eq(p.mac, "000413000001");
	ck_assert_ptr_null(p.problem);
}
END_TEST

static const char *const bad_addresses[] = {
	"",
	"00:00:00:00:00:00\n",
	"00:04:13:aa:bb\n",
	"00:04:13:aa:bb:cc:dd:ee\n",
	"none\n",
};

START_TEST(an_address_that_is_none_is_said_and_left_unknown)
{
	c.mac_interface = strdup("eth0");
	scratch_write("eth0/address", bad_addresses[_i]);
	ck_assert_int_eq(phone_read(&c, scratch(), &p), 0);
	ck_assert_ptr_null(p.mac);
	ck_assert_ptr_nonnull(strstr(p.problem, "MAC address"));
}
END_TEST

static const char *const bad_versions[] = {"", "\n", "\x01\x02\n"};

START_TEST(a_firmware_file_without_version_is_said_and_left_unknown)
{
	c.firmware_file = strdup(scratch_path("version"));
	if (_i >= 0)
		scratch_write("version", bad_versions[_i]);
	ck_assert_int_eq(phone_read(&c, scratch(), &p), 0);
	ck_assert_ptr_null(p.firmware);
	ck_assert_ptr_nonnull(strstr(p.problem, "firmware version"));
}
END_TEST

TCase *phone_tests(void)
{
	TCase *tc = tcase_create("phone");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, firmware_and_mac_come_from_where_the_configuration_points);
	tcase_add_test(tc, what_is_written_in_the_configuration_counts_first);
	tcase_add_loop_test(tc,
		an_address_that_is_none_is_said_and_left_unknown, 0,
		(int)ARRAY_SIZE(bad_addresses));
	/* -1: no file at all. */
	tcase_add_loop_test(tc,
		a_firmware_file_without_version_is_said_and_left_unknown, -1,
		(int)ARRAY_SIZE(bad_versions));
	return tc;
}
