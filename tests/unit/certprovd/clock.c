/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/clock.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/util.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

#define BUILD INT64_C(1782864000) /* 2026-07-01 */
#define YEAR (365 * CLOCK_DAY_SECONDS)

TCase *clock_tests(void);

static struct clock c;

static void setup(void)
{
	scratch_setup();
	clock_init(&c, BUILD);
}

START_TEST(the_floor_starts_at_the_build_date)
{
	ck_assert_int_eq(clock_now(&c, 0), BUILD);
	ck_assert_int_eq(clock_now(&c, BUILD + 5), BUILD + 5);
	ck_assert(!clock_trusted(&c, BUILD - 1));
	ck_assert(clock_trusted(&c, BUILD));
	ck_assert_int_gt(clock_build_time(), INT64_C(1700000000));
}
END_TEST

START_TEST(a_clock_that_is_not_synchronised_moves_nothing)
{
	ck_assert(!clock_advance(&c, BUILD + YEAR, false));
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

START_TEST(the_floor_follows_a_synchronised_clock_by_400_days_at_most)
{
	ck_assert(clock_advance(&c, BUILD + 100 * CLOCK_DAY_SECONDS, true));
	ck_assert_int_eq(c.floor, BUILD + 100 * CLOCK_DAY_SECONDS);
	ck_assert(clock_advance(&c, BUILD + 10 * YEAR, true));
	ck_assert_int_eq(c.floor, BUILD + 500 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(the_floor_never_goes_back_nor_takes_small_steps)
{
	ck_assert(clock_advance(&c, BUILD + CLOCK_DAY_SECONDS, true));
	ck_assert(!clock_advance(&c, BUILD, true));
	ck_assert(!clock_advance(&c, INT64_MIN, true));
	ck_assert(!clock_advance(&c, BUILD + 2 * CLOCK_DAY_SECONDS - 1, true));
	ck_assert_int_eq(c.floor, BUILD + CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(the_floor_stays_within_20_years_of_the_build)
{
	int steps = 0;

	while (clock_advance(&c, INT64_MAX, true))
		ck_assert_int_lt(++steps, 30);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
	ck_assert_int_eq(clock_now(&c, BUILD), BUILD + CLOCK_MAX_AGE);
	clock_reset(&c);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

START_TEST(a_saved_floor_is_read_again)
{
	struct clock again;

	ck_assert(clock_advance(&c, BUILD + YEAR, true));
	ck_assert_int_eq(clock_save(&c, scratch_path("clock")), 0);
	clock_init(&again, BUILD);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(again.floor, BUILD + YEAR);
}
END_TEST

START_TEST(no_file_is_the_build_date)
{
	c.floor = BUILD + YEAR;
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

static const char *const damaged[] = {
	"",
	"certprov clock 1\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n",
	"certprov clock 1\n2027-07-01T00:00:00Z",
	"certprov clock 1\n2027-07-01T00:00:00Z\n\n",
	"certprov clock 1\n2027-02-30T00:00:00Z\n",
	"certprov clock 1\n2027-07-01 00:00:00Z\n",
};

START_TEST(a_damaged_file_is_the_build_date_and_said_so)
{
	scratch_write("clock", damaged[_i]);
	c.floor = BUILD + YEAR;
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), -EBADMSG);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

START_TEST(a_floor_beyond_the_limits_is_cut_to_them)
{
	scratch_write("clock", "certprov clock 1\n2099-07-01T00:00:00Z\n");
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
	/* A newer program than the one that saved: its build date counts. */
	scratch_write("clock", "certprov clock 1\n2020-07-01T00:00:00Z\n");
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

TCase *clock_tests(void)
{
	TCase *tc = tcase_create("clock");

	tcase_add_checked_fixture(tc, setup, scratch_teardown);
	tcase_add_test(tc, the_floor_starts_at_the_build_date);
	tcase_add_test(tc, a_clock_that_is_not_synchronised_moves_nothing);
	tcase_add_test(
		tc, the_floor_follows_a_synchronised_clock_by_400_days_at_most);
	tcase_add_test(tc, the_floor_never_goes_back_nor_takes_small_steps);
	tcase_add_test(tc, the_floor_stays_within_20_years_of_the_build);
	tcase_add_test(tc, a_saved_floor_is_read_again);
	tcase_add_test(tc, no_file_is_the_build_date);
	tcase_add_loop_test(tc, a_damaged_file_is_the_build_date_and_said_so, 0,
		(int)ARRAY_SIZE(damaged));
	tcase_add_test(tc, a_floor_beyond_the_limits_is_cut_to_them);
	return tc;
}
