/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/when.h"

#include "tests/unit/runner.h"

#define NOW 1780000000

static const struct {
	const char *text;
	int64_t is;
} good[] = {
	{"2027-01-31T12:00:00Z", 1801396800},
	{"2027-01-31", 1801353600},
	{"90m", NOW + 5400},
	{"12h", NOW + 43200},
	{"30d", NOW + 2592000},
	{"2w", NOW + 1209600},
	{"36500d", NOW + 36500LL * 86400},
};

START_TEST(moments_days_and_spans_are_understood)
{
	int64_t is = 0;

	ck_assert_int_eq(when_parse(good[_i].text, NOW, &is), 0);
	ck_assert_int_eq(is, good[_i].is);
}
END_TEST

static const char *const bad[] = {"", "30", "d", "0d", "-1d", "30x", "30dd",
	"36501d", "99999999999999999999w", "52560001m", "tomorrow",
	"2027-13-01", "2027-01-31T12:00:00", "2027-1-31", " 30d",
	"2027-01-31 "};

START_TEST(what_is_none_is_refused)
{
	int64_t is = 7;

	ck_assert_int_lt(when_parse(bad[_i], NOW, &is), 0);
	ck_assert_int_eq(is, 7);
}
END_TEST

test_case_maker when_tests;

TCase *when_tests(void)
{
	TCase *tc = tcase_create("when");

	tcase_add_loop_test(tc, moments_days_and_spans_are_understood, 0,
		sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(
		tc, what_is_none_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
	return tc;
}
