/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

#define BUILD INT64_C(1782864000) /* 2026-07-01 */
#define YEAR (365 * CLOCK_DAY_SECONDS)

TCase *clock_tests(void);

static struct clock c;
static int64_t boot; /* of the last reading */
static int64_t real; /* what the time is, whatever clocks say */

static void setup(void)
{
	scratch_setup();
	clock_init(&c, BUILD);
	boot = 1000;
	real = BUILD;
	/* The first reading only says where running time begins. */
	(void)clock_observe(&c, &(struct clock_reading){.boot = boot});
}

static enum clock_change observe(int64_t wall, bool synchronised)
{
	return clock_observe(&c,
		&(struct clock_reading){.wall = wall,
			.boot = boot,
			.synchronised = synchronised});
}

/* The machine runs so long and nobody synchronises its clock. */
static void run(int64_t seconds)
{
	boot += seconds;
	real += seconds;
	(void)observe(0, false);
}

/* It runs on, read each hour, with a clock that says so much more or less
 * than the time is. */
static enum clock_change run_hours(int hours, int64_t off)
{
	enum clock_change change = CLOCK_SAME;

	for (int i = 0; i < hours; i++) {
		enum clock_change this = CLOCK_SAME;

		boot += 3600;
		real += 3600;
		this = observe(real + off, true);
		change = this != CLOCK_SAME ? this : change;
	}
	return change;
}

static void load(void)
{
	struct clock again;

	clock_init(&again, BUILD);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	c = again;
}

/* Power off, so long; and on again: the program takes its first reading. */
static void reboot(int64_t off_seconds)
{
	load();
	real += off_seconds;
	boot = 20;
	(void)observe(0, false);
}

static void save(void)
{
	ck_assert_int_eq(clock_save(&c, scratch_path("clock")), 0);
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
	run(YEAR);
	ck_assert_int_eq(observe(BUILD + YEAR, false), CLOCK_SAME);
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

/* --- upwards --- */

START_TEST(the_floor_follows_a_synchronised_clock_by_400_days_at_most)
{
	run(100 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(observe(real, true), CLOCK_RAISED);
	ck_assert_int_eq(c.floor, BUILD + 100 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(c.raised, real);
	run(10 * YEAR);
	ck_assert_int_eq(observe(real, true), CLOCK_RAISED);
	ck_assert_int_eq(c.floor, BUILD + 500 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(a_step_is_no_longer_than_the_machine_was_running_since_the_last)
{
	run(10 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(observe(BUILD + 5 * YEAR, true), CLOCK_RAISED);
	ck_assert_int_eq(c.floor, BUILD + 10 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(observe(BUILD + 5 * YEAR, true), CLOCK_SAME);
	run(CLOCK_DAY_SECONDS - 1);
	ck_assert_int_eq(observe(BUILD + 5 * YEAR, true), CLOCK_SAME);
	run(1);
	ck_assert_int_eq(observe(BUILD + 5 * YEAR, true), CLOCK_RAISED);
	ck_assert_int_eq(c.floor, real);
}
END_TEST

START_TEST(seconds_of_forged_time_at_any_boot_move_nothing)
{
	for (int i = 0; i < 100; i++) {
		save();
		reboot(CLOCK_DAY_SECONDS);
		(void)observe(BUILD + 10 * YEAR, true);
		boot += 30;
		(void)observe(BUILD + 10 * YEAR, true);
	}
	ck_assert_int_eq(c.floor, BUILD);
}
END_TEST

/* Years of it, and reboots now and then: never past what time it is. */
START_TEST(no_forged_time_moves_the_floor_past_the_real_one)
{
	for (int day = 0; day < 1000; day++) {
		(void)run_hours(day % 3 == 0 ? 3 : 24, 10 * YEAR);
		if (day % 7 == 0) {
			save();
			reboot(day % 2 == 0 ? 0 : 10 * CLOCK_DAY_SECONDS);
		}
		ck_assert_int_le(c.floor, real);
	}
	ck_assert_int_gt(c.floor, BUILD + YEAR);
}
END_TEST

START_TEST(a_phone_from_a_drawer_goes_by_its_synchronised_clock)
{
	ck_assert_int_eq(run_hours(240, 0), CLOCK_RAISED);
	save();
	reboot(2 * YEAR);
	ck_assert_int_eq(observe(real, true), CLOCK_SAME);
	ck_assert(clock_trusted(&c, real));
	ck_assert_int_eq(clock_now(&c, real), real);
	ck_assert_int_eq(c.floor, BUILD + 10 * CLOCK_DAY_SECONDS);
	/* It keeps its distance and follows. */
	ck_assert_int_eq(run_hours(240, 0), CLOCK_RAISED);
	ck_assert_int_ge(c.floor, BUILD + 19 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(running_time_counts_over_boots)
{
	for (int i = 0; i < 4; i++) {
		run(CLOCK_DAY_SECONDS / 4);
		save();
		reboot(CLOCK_DAY_SECONDS);
	}
	ck_assert_int_eq(observe(real, true), CLOCK_RAISED);
	ck_assert_int_le(c.floor, BUILD + CLOCK_DAY_SECONDS + 100);
}
END_TEST

/* Another boot that has been running longer than the one before had. */
START_TEST(what_might_be_the_same_boot_counts_as_that)
{
	save();
	load();
	boot = 1000 + 2 * CLOCK_DAY_SECONDS;
	(void)observe(0, false);
	ck_assert_int_eq(c.seen, 2 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(time_before_a_newer_build_raises_nothing)
{
	struct clock newer;

	run(300 * CLOCK_DAY_SECONDS);
	save();
	clock_init(&newer, real);
	ck_assert_int_eq(clock_load(&newer, scratch_path("clock")), 0);
	c = newer;
	boot += 300 * CLOCK_DAY_SECONDS;
	ck_assert_int_eq(observe(real + YEAR, true), CLOCK_SAME);
	ck_assert_int_eq(c.seen, 0);
	ck_assert_int_eq(c.floor, real);
}
END_TEST

START_TEST(the_floor_takes_no_small_steps)
{
	run(CLOCK_DAY_SECONDS);
	ck_assert_int_eq(observe(real, true), CLOCK_RAISED);
	run(YEAR);
	ck_assert_int_eq(observe(BUILD, true), CLOCK_SAME);
	ck_assert_int_eq(
		observe(BUILD + 2 * CLOCK_DAY_SECONDS - 1, true), CLOCK_SAME);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(the_floor_stays_within_20_years_of_the_build)
{
	for (int steps = 0; steps < 30; steps++) {
		run(CLOCK_MAX_STEP);
		(void)observe(INT64_MAX, true);
	}
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
	ck_assert_int_eq(clock_now(&c, BUILD), BUILD + CLOCK_MAX_AGE);
	save();
	reboot(0);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_MAX_AGE);
}
END_TEST

/* --- downwards --- */

/* A floor that an earlier version let forged time move. */
static void forged_floor(int64_t floor)
{
	c.floor = floor;
	save();
	reboot(0);
}

START_TEST(a_day_of_contradiction_lowers_a_forged_floor)
{
	forged_floor(BUILD + 3 * YEAR);
	(void)observe(real, true);
	ck_assert_int_eq(run_hours(23, 0), CLOCK_SAME);
	ck_assert_int_eq(c.floor, BUILD + 3 * YEAR);
	ck_assert_int_eq(run_hours(1, 0), CLOCK_LOWERED);
	ck_assert_int_eq(c.floor, BUILD);
	ck_assert_int_eq(c.lowered, real);
	ck_assert(clock_trusted(&c, real));
	/* From there it rises as it always does. */
	ck_assert_int_eq(run_hours(23, YEAR), CLOCK_SAME);
	ck_assert_int_eq(run_hours(1, YEAR), CLOCK_RAISED);
	ck_assert_int_eq(c.floor, BUILD + CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(it_is_lowered_to_the_newest_floor_that_the_clock_allows)
{
	ck_assert_int_eq(run_hours(100 * 24, 0), CLOCK_RAISED);
	save();
	forged_floor(BUILD + 3 * YEAR);
	(void)observe(real, true);
	ck_assert_int_eq(run_hours(24, 0), CLOCK_LOWERED);
	ck_assert_int_le(c.floor, real);
	ck_assert_int_ge(c.floor, BUILD + 99 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(forged_time_lowers_no_further_than_the_floor_before_it)
{
	int64_t forged = 0;

	(void)run_hours(200 * 24, 0);
	forged = BUILD + 150 * CLOCK_DAY_SECONDS - real;
	ck_assert_int_eq(run_hours(25, forged), CLOCK_LOWERED);
	ck_assert_int_ge(c.floor, BUILD + 119 * CLOCK_DAY_SECONDS);
	ck_assert_int_le(c.floor, BUILD + 150 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(no_forged_time_lowers_it_below_the_build_date)
{
	struct clock newer;

	(void)run_hours(200 * 24, 0);
	save();
	clock_init(&newer, BUILD + 150 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(clock_load(&newer, scratch_path("clock")), 0);
	c = newer;
	ck_assert_int_eq(c.floor, BUILD + 200 * CLOCK_DAY_SECONDS);
	ck_assert_int_eq(
		run_hours(25, -150 * CLOCK_DAY_SECONDS), CLOCK_LOWERED);
	ck_assert_int_eq(c.floor, c.build);
}
END_TEST

START_TEST(twelve_floors_of_about_a_month_are_kept)
{
	(void)run_hours(900 * 24, 0);
	ck_assert_uint_eq(c.floor_count, CLOCK_MAX_FLOORS);
	for (size_t i = 2; i < c.floor_count; i++)
		ck_assert_int_ge(
			c.floors[i] - c.floors[i - 2], CLOCK_FLOORS_APART);
	ck_assert_int_eq(c.floors[CLOCK_MAX_FLOORS - 1], c.floor);
	ck_assert_int_le(c.floors[0], c.floor - 9 * CLOCK_FLOORS_APART);
	save();
	reboot(0);
	ck_assert_uint_eq(c.floor_count, CLOCK_MAX_FLOORS);
}
END_TEST

START_TEST(a_floor_from_before_a_long_step_is_kept)
{
	(void)run_hours(20 * 24, 0);
	run(CLOCK_MAX_STEP);
	ck_assert_int_eq(observe(real, true), CLOCK_RAISED);
	ck_assert_uint_eq(c.floor_count, 2);
	ck_assert_int_eq(c.floors[0], BUILD + 20 * CLOCK_DAY_SECONDS);
}
END_TEST

START_TEST(seconds_of_forged_time_at_every_reading_lower_nothing)
{
	(void)run_hours(100 * 24, 0);
	for (int hour = 0; hour < 1000; hour++) {
		ck_assert_int_eq(run_hours(1, -50 * YEAR), CLOCK_SAME);
		/* Set back, which is read, and not yet synchronised. */
		boot += 2;
		ck_assert_int_eq(observe(real, false), CLOCK_SAME);
	}
	ck_assert_int_lt(c.doubted, 3600);
}
END_TEST

START_TEST(a_synchronised_clock_that_agrees_ends_the_contradiction)
{
	forged_floor(BUILD + YEAR);
	(void)observe(real, true);
	(void)run_hours(23, 0);
	ck_assert_int_eq(run_hours(1, c.floor - real - 3600), CLOCK_SAME);
	ck_assert_int_eq(run_hours(24, 0), CLOCK_SAME);
	ck_assert_int_eq(run_hours(1, 0), CLOCK_LOWERED);
}
END_TEST

START_TEST(a_contradiction_counts_over_boots_but_not_what_was_before_a_reading)
{
	forged_floor(BUILD + YEAR);
	for (int i = 0; i < 5; i++) {
		(void)observe(real, true);
		ck_assert_int_eq(run_hours(4, 0), CLOCK_SAME);
		save();
		reboot(CLOCK_DAY_SECONDS);
		boot = 10 * CLOCK_DAY_SECONDS;
	}
	(void)observe(real, true);
	ck_assert_int_eq(run_hours(4, 0), CLOCK_LOWERED);
}
END_TEST

/* A machine that slept, or a program that hung. */
START_TEST(of_a_long_time_without_a_reading_two_hours_contradict)
{
	forged_floor(BUILD + YEAR);
	(void)observe(real, true);
	boot += 100 * CLOCK_DAY_SECONDS;
	real += 100 * CLOCK_DAY_SECONDS;
	ck_assert_int_eq(observe(real, true), CLOCK_SAME);
	ck_assert_int_eq(c.doubted, CLOCK_MAX_GAP);
}
END_TEST

START_TEST(a_clock_a_little_behind_contradicts_nothing)
{
	(void)run_hours(100 * 24, 0);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(
			run_hours(1, c.floor - real - 3600 - CLOCK_TOLERANCE),
			CLOCK_SAME);
	ck_assert_int_eq(c.doubted, 0);
	ck_assert_int_eq(run_hours(1, -YEAR), CLOCK_SAME);
	ck_assert(c.doubting);
}
END_TEST

START_TEST(below_the_build_date_nothing_is_lowered)
{
	ck_assert_int_eq(run_hours(100, -50 * YEAR), CLOCK_SAME);
	ck_assert_int_eq(observe(INT64_MIN, true), CLOCK_SAME);
	ck_assert(!c.doubting);
	ck_assert_int_eq(c.lowered, 0);
}
END_TEST

START_TEST(a_reset_floor_stays_at_the_build_date_for_a_day)
{
	(void)run_hours(100 * 24, 0);
	clock_reset(
		&c, &(struct clock_reading){.wall = real + YEAR, .boot = boot});
	ck_assert_int_eq(c.floor, BUILD);
	ck_assert_int_eq(c.lowered, real + YEAR);
	ck_assert_int_eq(c.raised, 0);
	ck_assert_uint_eq(c.floor_count, 0);
	ck_assert_int_eq(run_hours(23, YEAR), CLOCK_SAME);
	ck_assert_int_eq(run_hours(1, YEAR), CLOCK_RAISED);
}
END_TEST

/* --- how often it is written --- */

START_TEST(running_time_is_written_every_three_hours)
{
	int writes = 0;

	for (int minute = 0; minute < 24 * 60; minute++) {
		run(60);
		if (!clock_wants_saving(&c))
			continue;
		save();
		writes++;
	}
	ck_assert_int_eq(writes, 8);
}
END_TEST

START_TEST(a_contradiction_that_is_over_is_written_once)
{
	forged_floor(BUILD + YEAR);
	(void)observe(real, true);
	(void)run_hours(3, 0);
	ck_assert(clock_wants_saving(&c));
	save();
	(void)run_hours(1, YEAR);
	ck_assert(clock_wants_saving(&c));
	save();
	for (int i = 0; i < 100; i++) {
		boot++;
		(void)observe(real + (i % 2) * YEAR, true);
		ck_assert(!clock_wants_saving(&c));
	}
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

START_TEST(a_saved_clock_is_read_again)
{
	struct clock before;

	(void)run_hours(100 * 24, 0);
	c.lowered = BUILD + 77;
	c.doubted = 5;
	run(100);
	save();
	before = c;
	load();
	ck_assert_int_eq(c.floor, before.floor);
	ck_assert_int_eq(c.seen, before.seen);
	ck_assert_int_eq(c.mark, before.mark);
	ck_assert_int_eq(c.doubted, 5);
	ck_assert_int_eq(c.raised, before.raised);
	ck_assert_int_eq(c.lowered, before.lowered);
	ck_assert_uint_eq(c.floor_count, before.floor_count);
	for (size_t i = 0; i < c.floor_count; i++)
		ck_assert_int_eq(c.floors[i], before.floors[i]);
	ck_assert(c.doubt_saved);
	ck_assert(!c.doubting);
}
END_TEST

static const char *const versions_before[] = {
	"certprov clock 1\n2027-07-01T00:00:00Z\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n-1\n"
	"b017daa2f04ff0720abfbd30fb972c2d886f581714b1f26f782a389a94d57c1e\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n86400\n"
	"2a8e32fc14b67f48b3a5f7ee4a6209a8e28bf20cb8a1cd385e75f45a793c489b\n",
};

START_TEST(the_floor_of_the_versions_before_counts)
{
	scratch_write("clock", versions_before[_i]);
	ck_assert_int_eq(clock_load(&c, scratch_path("clock")), 0);
	ck_assert_int_eq(c.floor, BUILD + YEAR);
	ck_assert_int_eq(c.seen, 0);
	ck_assert_int_eq(c.mark, CLOCK_NO_MARK);
	ck_assert_uint_eq(c.floor_count, 0);
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
	ck_assert_int_eq(c.mark, CLOCK_NO_MARK);
	ck_assert_int_eq(c.seen, 0);
}

static const char *const damaged[] = {
	"",
	"certprov clock 3\n",
	"certprov clock 3\n2027-07-01T00:00:00Z\n",
	"certprov clock 3\n2027-07-01T00:00:00Z\n0\n-1\n0\n-\n-\n",
	"certprov clock 2\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n",
	"certprov clock 2\n2027-07-01T00:00:00Z\n-1\n",
	"certprov clock 1\n2027-07-01T00:00:00Z",
	"certprov clock 1\n2027-02-30T00:00:00Z\n",
	"certprov clock 1\n2027-07-01T00:00:00Z\n-1\n",
	"certprov clock 4\n2027-07-01T00:00:00Z\n",
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
	const char *path = NULL;

	(void)run_hours(40 * 24, 0);
	path = saved_floor(BUILD + YEAR);
	ck_assert_int_eq(fd_read_file(path, 4096, &whole), 0);
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
}
END_TEST

static const struct {
	int64_t seen;
	int64_t mark;
	int64_t doubted;
	int64_t floors[2];
} impossible[] = {
	{.seen = -1},
	{.seen = CLOCK_MAX_STEP + 1},
	{.mark = CLOCK_NO_MARK - 1},
	{.doubted = -1},
	{.doubted = CLOCK_MIN_DOUBT},
	{.floors = {BUILD + 2, BUILD + 1}},
	{.floors = {BUILD + 1, BUILD + 1}},
	{.floors = {BUILD + 1, BUILD + YEAR + 1}},
};

START_TEST(numbers_that_cannot_have_been_written_here_are_damage)
{
	c.seen = impossible[_i].seen;
	c.mark = impossible[_i].mark;
	c.doubted = impossible[_i].doubted;
	memcpy(c.floors, impossible[_i].floors, sizeof(impossible[_i].floors));
	c.floor_count = c.floors[0] != 0 ? 2 : 0;
	saved_floor(BUILD + YEAR);
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
	ck_assert_int_eq(fd_read_file(elsewhere, 64, &target), 0);
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
	tcase_add_test(tc,
		a_step_is_no_longer_than_the_machine_was_running_since_the_last);
	tcase_add_test(tc, seconds_of_forged_time_at_any_boot_move_nothing);
	tcase_add_test(tc, no_forged_time_moves_the_floor_past_the_real_one);
	tcase_add_test(
		tc, a_phone_from_a_drawer_goes_by_its_synchronised_clock);
	tcase_add_test(tc, running_time_counts_over_boots);
	tcase_add_test(tc, what_might_be_the_same_boot_counts_as_that);
	tcase_add_test(tc, time_before_a_newer_build_raises_nothing);
	tcase_add_test(tc, the_floor_takes_no_small_steps);
	tcase_add_test(tc, the_floor_stays_within_20_years_of_the_build);
	tcase_add_test(tc, a_day_of_contradiction_lowers_a_forged_floor);
	tcase_add_test(
		tc, it_is_lowered_to_the_newest_floor_that_the_clock_allows);
	tcase_add_test(
		tc, forged_time_lowers_no_further_than_the_floor_before_it);
	tcase_add_test(tc, no_forged_time_lowers_it_below_the_build_date);
	tcase_add_test(tc, twelve_floors_of_about_a_month_are_kept);
	tcase_add_test(tc, a_floor_from_before_a_long_step_is_kept);
	tcase_add_test(
		tc, seconds_of_forged_time_at_every_reading_lower_nothing);
	tcase_add_test(
		tc, a_synchronised_clock_that_agrees_ends_the_contradiction);
	tcase_add_test(tc,
		a_contradiction_counts_over_boots_but_not_what_was_before_a_reading);
	tcase_add_test(
		tc, of_a_long_time_without_a_reading_two_hours_contradict);
	tcase_add_test(tc, a_clock_a_little_behind_contradicts_nothing);
	tcase_add_test(tc, below_the_build_date_nothing_is_lowered);
	tcase_add_test(tc, a_reset_floor_stays_at_the_build_date_for_a_day);
	tcase_add_test(tc, running_time_is_written_every_three_hours);
	tcase_add_test(tc, a_contradiction_that_is_over_is_written_once);
	tcase_add_test(tc, a_jump_is_what_the_time_since_boot_does_not_explain);
	tcase_add_test(tc, a_saved_clock_is_read_again);
	tcase_add_loop_test(tc, the_floor_of_the_versions_before_counts, 0,
		(int)ARRAY_SIZE(versions_before));
	tcase_add_test(tc, no_file_is_the_build_date);
	tcase_add_loop_test(tc, a_damaged_file_is_the_build_date_and_said_so, 0,
		(int)ARRAY_SIZE(damaged));
	tcase_add_test(tc, a_bit_that_flips_anywhere_is_noticed);
	tcase_add_test(
		tc, a_floor_that_cannot_have_been_written_here_is_damage);
	tcase_add_loop_test(tc,
		numbers_that_cannot_have_been_written_here_are_damage, 0,
		(int)ARRAY_SIZE(impossible));
	tcase_add_test(tc, a_floor_from_before_the_build_gives_way_to_it);
	tcase_add_test(tc, what_others_can_write_is_not_believed);
	tcase_add_test(tc, what_another_user_wrote_is_not_believed);
	tcase_add_test(tc, a_link_a_pipe_or_a_directory_is_no_record);
	tcase_add_test(tc, saving_replaces_a_link_and_not_what_it_points_to);
	return tc;
}
