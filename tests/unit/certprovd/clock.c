/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/util.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

#define BUILD INT64_C(1782864000) /* 2026-07-01 */
#define YEAR (365 * CLOCK_DAY_SECONDS)

TCase *clock_tests(void);

static struct clock c;
static int64_t boot; /* of the last reading */

static void setup(void)
{
	scratch_setup();
	clock_init(&c, BUILD);
	boot = 1000;
}

static bool advance(int64_t wall)
{
	boot += CLOCK_STEP_INTERVAL;
	return clock_advance(&c,
		&(struct clock_reading){
			.wall = wall, .boot = boot, .synchronised = true});
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
	ck_assert(!clock_advance(
		&c, &(struct clock_reading){.wall = BUILD + YEAR}));
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

START_TEST(the_floor_follows_a_synchronised_clock_by_400_days_at_most)
{
	ck_assert(advance(BUILD + 100 * CLOCK_DAY_SECONDS));
	ck_assert_int_eq(c.floor, BUILD + 100 * CLOCK_DAY_SECONDS);
	ck_assert(advance(BUILD + 10 * YEAR));
	ck_assert_int_eq(c.floor, BUILD + 500 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(the_floor_never_goes_back_nor_takes_small_steps)
{
	ck_assert(advance(BUILD + CLOCK_DAY_SECONDS));
	ck_assert(!advance(BUILD));
	ck_assert(!advance(INT64_MIN));
	ck_assert(!advance(BUILD + 2 * CLOCK_DAY_SECONDS - 1));
	ck_assert_int_eq(c.floor, BUILD + CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(the_floor_stays_within_20_years_of_the_build)
{
	int steps = 0;

	while (advance(INT64_MAX))
		ck_assert_int_lt(++steps, 30);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
	ck_assert_int_eq(clock_now(&c, BUILD), BUILD + CLOCK_MAX_AGE);
}
END_TEST

/* A forged time that jumps ahead again each hour, for a day. */
START_TEST(one_step_a_day_however_far_the_clock_runs_ahead)
{
	struct clock_reading now = {.boot = 100, .synchronised = true};

	for (int hour = 0; hour < 24; hour++, now.boot += 3600) {
		now.wall = c.floor + CLOCK_MAX_STEP;
		ck_assert(clock_advance(&c, &now) == (hour == 0));
	}
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_STEP);
	ck_assert(clock_advance(&c, &now));
	ck_assert_int_eq(c.floor, BUILD + 2 * CLOCK_MAX_STEP);
}
END_TEST

START_TEST(a_boot_may_step_at_once_but_not_a_start_of_the_program)
{
	struct clock again;
	struct clock_reading now = {
		.wall = BUILD + YEAR, .boot = 5000, .synchronised = true};

	ck_assert(clock_advance(&c, &now));
	ck_assert_int_eq(clock_save(&c, scratch_path("clock")), 0);
	clock_init(&again, BUILD);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	now.wall += YEAR;
	now.boot += CLOCK_STEP_INTERVAL - 1;
	ck_assert(!clock_advance(&again, &now));
	now.boot = 10;
	ck_assert(clock_advance(&again, &now));
}
END_TEST

START_TEST(a_reset_floor_stays_at_the_build_date_for_a_day)
{
	struct clock_reading now = {
		.wall = BUILD + YEAR, .boot = 9000, .synchronised = true};

	ck_assert(clock_advance(&c, &now));
	clock_reset(&c, &now);
	ck_assert_int_eq(c.floor, BUILD);
	now.boot += CLOCK_STEP_INTERVAL - 1;
	ck_assert(!clock_advance(&c, &now));
	now.boot++;
	ck_assert(clock_advance(&c, &now));
}
END_TEST

static int64_t jump_to(int64_t wall, int64_t since_boot)
{
	return clock_jump(&(struct clock_reading){.wall = BUILD, .boot = 50},
		&(struct clock_reading){.wall = wall, .boot = since_boot});
}

START_TEST(a_jump_is_what_the_time_since_boot_does_not_explain)
{
	ck_assert_int_eq(jump_to(BUILD + 60, 110), 0);
	ck_assert_int_eq(jump_to(BUILD + YEAR, 50), YEAR);
	ck_assert_int_eq(jump_to(0, 51), -BUILD - 1);
}
END_TEST

START_TEST(a_saved_floor_is_read_again)
{
	struct clock again;

	ck_assert(advance(BUILD + YEAR));
	ck_assert_int_eq(clock_save(&c, scratch_path("clock")), 0);
	clock_init(&again, BUILD);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(again.floor, BUILD + YEAR);
	ck_assert_int_eq(again.stepped, boot);
}
END_TEST

START_TEST(the_floor_of_the_version_before_counts)
{
	char floor[TIME_TEXT_SIZE];
	char text[64];

	time_format(BUILD + YEAR, floor);
	(void)snprintf(text, sizeof(text), "certprov clock 1\n%s\n", floor);
	scratch_write("clock", text);
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD + YEAR);
	ck_assert_int_eq(c.stepped, CLOCK_NO_STEP);
}
END_TEST

START_TEST(no_file_is_the_build_date)
{
	c.floor = BUILD + YEAR;
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

/* --- records that are not believed --- */

static const char *saved_floor(int64_t floor)
{
	c.floor = floor;
	ck_assert_int_eq(clock_save(&c, scratch_path("clock")), 0);
	return scratch_path("clock");
}

static void load_refuses(int error)
{
	c.floor = BUILD + YEAR;
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), error);
	ck_assert_int_eq(c.floor, BUILD);
	ck_assert_int_eq(c.stepped, CLOCK_NO_STEP);
}

static const char *const damaged[] = {
	"",
	"certprov clock 2\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n-1\n",
	"certprov clock 1\n2027-07-01T00:00:00Z",
	"certprov clock 1\n2027-02-30T00:00:00Z\n",
	"certprov clock 1\n2027-07-01T00:00:00Z\n-1\n",
	"certprov clock 3\n2027-07-01T00:00:00Z\n",
	"certprov clock 2\n2027-02-30T00:00:00Z\n-1\n",
	"certprov clock 2\n2027-07-01 00:00:00Z\n-1\n",
};

START_TEST(a_damaged_file_is_the_build_date_and_said_so)
{
	scratch_write("clock", damaged[_i]);
	load_refuses(-EBADMSG);
}
END_TEST

START_TEST(a_bit_that_flips_anywhere_is_noticed)
{
	CLEANUP(bytes_done) struct bytes whole = {0};
	const char *path = saved_floor(BUILD + YEAR);

	ck_assert_int_eq(read_file(path, 4096, &whole), 0);
	for (size_t i = 0; i < whole.len; i++) {
		uint8_t flipped = whole.data[i] ^ 1;

		scratch_patch("clock", (off_t)i, &flipped, 1);
		load_refuses(-EBADMSG);
		scratch_patch("clock", (off_t)i, &whole.data[i], 1);
	}
	ck_assert_int_eq(clock_load(&c, path), 0);
	scratch_patch("clock", (off_t)whole.len, "\n", 1);
	load_refuses(-EBADMSG);
}
END_TEST

START_TEST(a_floor_that_cannot_have_been_written_here_is_damage)
{
	ck_assert_int_eq(clock_load(&c, saved_floor(BUILD + CLOCK_MAX_AGE)), 0);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
	saved_floor(BUILD + CLOCK_MAX_AGE + 1);
	load_refuses(-EBADMSG);
	c.stepped = CLOCK_NO_STEP - 1;
	saved_floor(BUILD);
	load_refuses(-EBADMSG);
}
END_TEST

START_TEST(a_floor_from_before_the_build_gives_way_to_it)
{
	ck_assert_int_eq(clock_load(&c, saved_floor(BUILD - YEAR)), 0);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

START_TEST(what_others_can_write_is_not_believed)
{
	ck_assert_int_eq(chmod(saved_floor(BUILD + YEAR), 0602), 0);
	load_refuses(-EPERM);
	ck_assert_int_eq(chmod(scratch_path("clock"), 0620), 0);
	load_refuses(-EPERM);
	ck_assert_int_eq(chmod(scratch_path("clock"), 0644), 0);
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD + YEAR);
}
END_TEST

START_TEST(what_another_user_wrote_is_not_believed)
{
	/* Only root can give a file away. */
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(saved_floor(BUILD + YEAR), 65534, (gid_t)-1), 0);
	load_refuses(-EPERM);
}
END_TEST

START_TEST(a_link_a_pipe_or_a_directory_is_no_record)
{
	char elsewhere[PATH_MAX];
	const char *path = saved_floor(BUILD + YEAR);

	(void)snprintf(elsewhere, sizeof(elsewhere), "%s.elsewhere", path);
	ck_assert_int_eq(rename(path, elsewhere), 0);
	ck_assert_int_eq(symlink(elsewhere, scratch_path("clock")), 0);
	load_refuses(-EPERM);
	ck_assert_int_eq(unlink(scratch_path("clock")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("clock"), 0600), 0);
	load_refuses(-EPERM);
	ck_assert_int_eq(unlink(scratch_path("clock")), 0);
	ck_assert_int_eq(mkdir(scratch_path("clock"), 0700), 0);
	load_refuses(-EPERM);
	ck_assert_int_eq(rmdir(scratch_path("clock")), 0);
}
END_TEST

START_TEST(saving_replaces_a_link_and_not_what_it_points_to)
{
	char elsewhere[PATH_MAX];
	CLEANUP(bytes_done) struct bytes target = {0};

	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", scratch());
	scratch_write("elsewhere", "mine");
	ck_assert_int_eq(symlink(elsewhere, scratch_path("clock")), 0);
	saved_floor(BUILD + YEAR);
	ck_assert_int_eq(read_file(elsewhere, 64, &target), 0);
	ck_assert_str_eq((const char *)target.data, "mine");
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD + YEAR);
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
	tcase_add_test(tc, one_step_a_day_however_far_the_clock_runs_ahead);
	tcase_add_test(
		tc, a_boot_may_step_at_once_but_not_a_start_of_the_program);
	tcase_add_test(tc, a_reset_floor_stays_at_the_build_date_for_a_day);
	tcase_add_test(tc, a_jump_is_what_the_time_since_boot_does_not_explain);
	tcase_add_test(tc, a_saved_floor_is_read_again);
	tcase_add_test(tc, the_floor_of_the_version_before_counts);
	tcase_add_test(tc, no_file_is_the_build_date);
	tcase_add_loop_test(tc, a_damaged_file_is_the_build_date_and_said_so, 0,
		(int)ARRAY_SIZE(damaged));
	tcase_add_test(tc, a_bit_that_flips_anywhere_is_noticed);
	tcase_add_test(
		tc, a_floor_that_cannot_have_been_written_here_is_damage);
	tcase_add_test(tc, a_floor_from_before_the_build_gives_way_to_it);
	tcase_add_test(tc, what_others_can_write_is_not_believed);
	tcase_add_test(tc, what_another_user_wrote_is_not_believed);
	tcase_add_test(tc, a_link_a_pipe_or_a_directory_is_no_record);
	tcase_add_test(tc, saving_replaces_a_link_and_not_what_it_points_to);
	return tc;
}
