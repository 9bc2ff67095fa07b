/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/backoff.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/macros.h"
#include "tests/unit/runner.h"

#define SERIES 6
/* The waits after 1, 2, 3 ... failures with the least and the most random. */
static const struct {
	const char *text;
	uint32_t least[SERIES];
	uint32_t most[SERIES];
} series[] = {
	{"120", {120, 120, 120, 120, 120, 120}, {120, 120, 120, 120, 120, 120}},
	{"3,6:300", {3, 6, 12, 24, 48, 96}, {6, 12, 24, 48, 96, 192}},
	{"3,6:20", {3, 6, 12, 20, 20, 20}, {6, 12, 20, 20, 20, 20}},
	{"3,6:3600", {3, 6, 12, 24, 48, 96}, {6, 12, 24, 48, 96, 192}},
	{"5,10;10,20;20,40", {5, 10, 20, 20, 20, 20}, {10, 20, 40, 40, 40, 40}},
	{"5;10,20:50", {5, 10, 20, 40, 50, 50}, {5, 20, 40, 50, 50, 50}},
	{"7:100", {7, 14, 28, 56, 100, 100}, {7, 14, 28, 56, 100, 100}},
	{"100:10", {10, 10, 10, 10, 10, 10}, {10, 10, 10, 10, 10, 10}},
};

START_TEST(waits_follow_the_syntax)
{
	struct backoff b;

	ck_assert_int_eq(backoff_parse(series[_i].text, &b), 0);
	for (unsigned n = 0; n < SERIES; n++) {
		ck_assert_uint_eq(
			backoff_delay_s(&b, n + 1, 0), series[_i].least[n]);
		ck_assert_uint_eq(backoff_delay_s(&b, n + 1, UINT32_MAX),
			series[_i].most[n]);
	}
}
END_TEST

START_TEST(any_number_of_failures_ends_at_the_limit)
{
	struct backoff b;

	ck_assert_int_eq(backoff_parse(BACKOFF_DEFAULT, &b), 0);
	ck_assert_uint_eq(backoff_delay_s(&b, 12, 0), 3600);
	ck_assert_uint_eq(backoff_delay_s(&b, 1000, 0), 3600);
	ck_assert_uint_eq(backoff_delay_s(&b, UINT32_MAX, UINT32_MAX), 3600);
	ck_assert_uint_eq(backoff_delay_s(&b, 0, 0), 3);
	ck_assert_int_eq(backoff_parse("604800:604800", &b), 0);
	ck_assert_uint_eq(backoff_delay_s(&b, 99, UINT32_MAX), 604800);
}
END_TEST

static const char *const bad[] = {"", " ", "0", "0,5", "5,0", "6,3",
	"3,6:", "3,6:0", ":300", "3,", ",3", ";", "3;", ";3", "3;;4", "3,6,9",
	"3:4:5", "3:4;5", "-3", "+3", "3.5", "3 ", " 3", "3s", "604801",
	"3:604801", "9999999999", "3, 6"};

START_TEST(what_is_no_back_off_is_refused)
{
	struct backoff b = {.count = 77};

	ck_assert_msg(backoff_parse(bad[_i], &b) == -EINVAL, "%s", bad[_i]);
	ck_assert_uint_eq(b.count, 77);
}
END_TEST

START_TEST(one_range_more_than_a_back_off_has_is_refused)
{
	char text[2 * BACKOFF_MAX_RANGES + 2] = "1";
	struct backoff b = {.count = 0};
	size_t len = 1;

	for (size_t i = 1; i < BACKOFF_MAX_RANGES; i++) {
		memcpy(text + len, ";1", 2);
		len += 2;
	}
	ck_assert_int_eq(backoff_parse(text, &b), 0);
	ck_assert_uint_eq(b.count, BACKOFF_MAX_RANGES);
	memcpy(text + len, ";1", 2);
	ck_assert_int_eq(backoff_parse(text, &b), -EINVAL);
}
END_TEST

TCase *backoff_tests(void);

TCase *backoff_tests(void)
{
	TCase *tc = tcase_create("backoff");

	tcase_add_loop_test(tc, waits_follow_the_syntax, 0, ARRAY_SIZE(series));
	tcase_add_test(tc, any_number_of_failures_ends_at_the_limit);
	tcase_add_loop_test(
		tc, what_is_no_back_off_is_refused, 0, ARRAY_SIZE(bad));
	tcase_add_test(tc, one_range_more_than_a_back_off_has_is_refused);
	return tc;
}
