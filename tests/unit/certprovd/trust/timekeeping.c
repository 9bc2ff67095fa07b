/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/timekeeping.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/certprovd/sys/log.h"
#include "lib/trust/snapshot.h"
#include "tests/unit/certprovd/api/api-fixture.h"

#define FLOOR (PKI_NOW - PKI_DAY) /* of the fixture */

static struct clock_reading now;
static char said[4096]; /* in the log since the last look */

/* Entries are fields; the texts follow one another. */
static int take_entry(const struct iovec *iov, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = strlen(said);

		if (memcmp(iov[i].iov_base, "MESSAGE=", 8) != 0 ||
			len + iov[i].iov_len >= sizeof(said))
			continue;
		memcpy(said + len, iov[i].iov_base, iov[i].iov_len);
		said[len + iov[i].iov_len] = 0;
	}
	return 0;
}

static bool was_said(const char *text)
{
	bool found = strstr(said, text) != NULL;

	said[0] = 0;
	return found;
}

static void set_clock(int64_t wall, bool synchronised)
{
	now.wall = wall;
	now.synchronised = synchronised;
	clock_set(&now);
}

/* The machine runs for so long, and has not been asked meanwhile. */
static void run_days(int64_t days)
{
	now.boot += days * PKI_DAY;
	clock_set(&now);
}

static void setup(void)
{
	api_setup();
	said[0] = 0;
	log_set_sender(take_entry);
	now = (struct clock_reading){.boot = 1000};
	set_clock(PKI_NOW, false);
	the_timekeeping.last = now;
	the_timekeeping.trusted = true;
	ck_assert_int_eq(timekeeping_start(&the_timekeeping,
				 &(struct timekeeping_parts){
					 .event = the_event,
					 .store = the_api.store,
					 .endings = &the_endings,
					 .state = the_api.state,
					 .verdict_cache = the_api.verdict_cache,
				 }),
		0);
	turn();
}

static void teardown(void)
{
	log_set_sender(NULL);
	api_teardown();
}

/* What the kernel does when somebody sets the clock: the descriptor of the
 * alarm becomes readable. Here because it goes off at once. */
static void kernel_notices(void)
{
	int fd = sd_event_source_get_io_fd(the_timekeeping.set);
	struct itimerspec past = {.it_value.tv_nsec = 1};

	ck_assert_int_eq(
		timerfd_settime(fd, TFD_TIMER_ABSTIME, &past, NULL), 0);
	turn();
}

static int64_t snapshot_floor(void)
{
	CLEANUP(trust_free) struct trust *trust = NULL;
	size_t size = 0;
	int fd = -1;

	ck_assert_int_eq(trust_state_snapshot(the_api.state, &fd, &size), 0);
	ck_assert_int_eq(snapshot_open(fd, &trust), 0);
	return trust->clock_floor;
}

static void hour_passes(void)
{
	ck_assert_int_ge(
		sd_event_source_set_time(the_timekeeping.hourly, 0), 0);
	turn();
}

static const cJSON *status(void)
{
	return reply(call("Status", "{}"), 0);
}

START_TEST(whether_the_clock_is_synchronised_is_known_an_hour_later)
{
	hour_passes();
	ck_assert_int_eq(trust_state_trust(the_api.state)->clock_source,
		CLOCK_UNSYNCHRONISED);
	set_clock(PKI_NOW + 7200, true);
	hour_passes();
	ck_assert_int_eq(trust_state_trust(the_api.state)->clock_source,
		CLOCK_SYNCHRONISED);
	ck_assert(cJSON_IsTrue(member(status(), "clockSynchronised")));
	ck_assert_str_eq(text(status(), "clockNow"), "2026-05-28T22:26:40Z");
	ck_assert_str_eq(text(status(), "clockSince"), "2026-05-28T22:26:40Z");
	now.boot += 3600;
	set_clock(PKI_NOW + 10800, true);
	hour_passes();
	ck_assert_str_eq(text(status(), "clockSince"), "2026-05-28T22:26:40Z");
}
END_TEST

/* --- the floor --- */

START_TEST(trust_snapshot_and_listeners_follow_the_floor)
{
	const struct caller *monitor = call_more("Monitor", "{}");

	ck_assert_int_eq(snapshot_floor(), FLOOR);
	run_days(31);
	set_clock(PKI_NOW + 30 * PKI_DAY, true);
	hour_passes();
	ck_assert_int_eq(the_clock.floor, now.wall);
	ck_assert_int_eq(
		trust_state_trust(the_api.state)->clock_floor, now.wall);
	ck_assert_int_eq(snapshot_floor(), now.wall);
	ck_assert_uint_eq(monitor->count, 2);
	hour_passes();
	ck_assert_uint_eq(monitor->count, 2);
}
END_TEST

START_TEST(a_step_is_durable)
{
	struct clock again;

	run_days(31);
	set_clock(PKI_NOW + 30 * PKI_DAY, true);
	hour_passes();
	clock_init(&again, FLOOR);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(again.floor, now.wall);
}
END_TEST

START_TEST(a_clock_nobody_synchronises_moves_and_writes_nothing)
{
	now.boot += CLOCK_SAVE_INTERVAL - 1;
	set_clock(PKI_NOW + 30 * PKI_DAY, false);
	hour_passes();
	ck_assert(!scratch_exists("clock"));
	ck_assert_int_eq(the_clock.floor, FLOOR);
}
END_TEST

START_TEST(running_time_is_written_while_it_runs_and_at_a_stop)
{
	struct clock again;

	now.boot += CLOCK_SAVE_INTERVAL;
	set_clock(PKI_NOW, false);
	hour_passes();
	ck_assert_int_eq(the_clock.unsaved, 0);
	now.boot += CLOCK_SAVE_AT_STOP - 1;
	clock_set(&now);
	hour_passes();
	timekeeping_stop(&the_timekeeping);
	ck_assert_int_eq(the_clock.unsaved, CLOCK_SAVE_AT_STOP - 1);
	the_clock.unsaved++;
	timekeeping_stop(&the_timekeeping);
	clock_init(&again, FLOOR);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(
		again.seen, CLOCK_SAVE_INTERVAL + CLOCK_SAVE_AT_STOP - 1);
}
END_TEST

START_TEST(a_record_that_cannot_be_written_is_said_once)
{
	char *directory = the_config.state_directory;

	the_config.state_directory = strdup("/proc/nowhere");
	for (int i = 0; i < 5; i++) {
		now.boot += CLOCK_SAVE_INTERVAL;
		clock_set(&now);
		hour_passes();
		ck_assert(was_said("cannot record the time") == (i == 0));
	}
	free(the_config.state_directory);
	the_config.state_directory = directory;
}
END_TEST

START_TEST(status_tells_the_floor_and_when_it_moved)
{
	struct clock again;

	ck_assert_str_eq(text(status(), "clockFloor"), "2026-05-27T20:26:40Z");
	ck_assert_ptr_null(text(status(), "clockFloorRaised"));
	ck_assert_ptr_null(text(status(), "clockFloorLowered"));
	run_days(31);
	set_clock(PKI_NOW + 60 * PKI_DAY, true);
	hour_passes();
	ck_assert_str_eq(text(status(), "clockFloor"), "2026-06-27T20:26:40Z");
	ck_assert_str_eq(
		text(status(), "clockFloorRaised"), "2026-07-27T20:26:40Z");
	ck_assert(!has_warning(
		member(status(), "concerns"), "clock-contradicted"));
	set_clock(PKI_NOW, true);
	hour_passes();
	ck_assert(has_warning(
		member(status(), "concerns"), "clock-contradicted"));
	said[0] = 0;
	for (int i = 0; i < 24; i++) {
		now.boot += 3600;
		clock_set(&now);
		hour_passes();
	}
	ck_assert(was_said(
		"that is now 2026-05-27T20:26:40Z instead of 2026-06-27"));
	ck_assert_str_eq(text(status(), "clockFloor"), "2026-05-27T20:26:40Z");
	ck_assert_str_eq(
		text(status(), "clockFloorLowered"), "2026-05-28T20:26:40Z");
	ck_assert(cJSON_IsTrue(member(status(), "clockTrusted")));
	ck_assert_int_eq(snapshot_floor(), FLOOR);
	clock_init(&again, FLOOR);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(again.floor, FLOOR);
	ck_assert_int_eq(again.lowered, PKI_NOW);
}
END_TEST

START_TEST(a_record_that_is_not_believed_is_said_with_its_reason)
{
	timekeeping_stop(&the_timekeeping);
	scratch_write("clock", "certprov clock 2\n2039-01-01T00:00:00Z\n-1\n");
	ck_assert_int_eq(chmod(scratch_path("clock"), 0600), 0);
	timekeeping_load(&the_timekeeping, &the_config, &the_clock);
	ck_assert(was_said("is not used"));
	ck_assert(the_timekeeping.refused);
	ck_assert_int_eq(the_clock.floor, clock_build_time());
	ck_assert_int_eq(chmod(scratch_path("clock"), 0666), 0);
	timekeeping_load(&the_timekeeping, &the_config, &the_clock);
	ck_assert(was_said("others can write it"));
}
END_TEST

START_TEST(a_start_before_the_floor_says_that_the_clock_is_not_trusted)
{
	timekeeping_stop(&the_timekeeping);
	set_clock(0, false);
	timekeeping_load(&the_timekeeping, &the_config, &the_clock);
	ck_assert(was_said("earlier than it can be"));
	ck_assert(!clock_trusted(&the_clock, now.wall));
}
END_TEST

/* --- when the clock is set --- */

START_TEST(setting_the_clock_back_is_noticed_and_said_once)
{
	set_clock(PKI_NOW - 365 * PKI_DAY, false);
	kernel_notices();
	ck_assert(strstr(said,
		"the clock was set from 2026-05-28T20:26:40Z "
		"to 2025-05-28T20:26:40Z"));
	ck_assert(was_said("earlier than it can be"));
	hour_passes();
	ck_assert(!was_said("earlier than it can be"));
	ck_assert(!cJSON_IsTrue(
		member(reply(call("Status", "{}"), 0), "clockTrusted")));
}
END_TEST

START_TEST(setting_it_right_makes_it_trusted_and_moves_the_floor)
{
	run_days(3);
	set_clock(0, false);
	kernel_notices();
	set_clock(PKI_NOW + 2 * PKI_DAY, true);
	kernel_notices();
	ck_assert(was_said("the clock was set from 1970-01-01T00:00:00Z"));
	ck_assert_int_eq(the_clock.floor, now.wall);
	ck_assert(cJSON_IsTrue(
		member(reply(call("Status", "{}"), 0), "clockTrusted")));
}
END_TEST

START_TEST(what_was_answered_is_forgotten_when_the_clock_is_set)
{
	CLEANUP(free) char *leaf = NULL;
	const struct pki_cert *server = pki_root("Server");

	ck_assert_int_eq(
		base64_encode(server->der.data, server->der.len, &leaf), 0);
	reply(call("Verify", "{'chain':['%s']}", leaf), 0);
	ck_assert_uint_eq(verdict_cache_counts(the_api.verdict_cache).kept, 1);
	hour_passes();
	ck_assert_uint_eq(verdict_cache_counts(the_api.verdict_cache).kept, 1);
	set_clock(PKI_NOW + 1, false);
	kernel_notices();
	ck_assert_uint_eq(verdict_cache_counts(the_api.verdict_cache).kept, 0);
}
END_TEST

START_TEST(the_alarm_stands_ready_again)
{
	int fd = sd_event_source_get_io_fd(the_timekeeping.set);
	struct itimerspec left = {0};

	for (int i = 0; i < 3; i++) {
		set_clock(PKI_NOW + i * PKI_DAY, false);
		kernel_notices();
		ck_assert_int_eq(timerfd_gettime(fd, &left), 0);
		ck_assert_int_ne(left.it_value.tv_sec, 0);
	}
	ck_assert(was_said("the clock was set"));
}
END_TEST

START_TEST(a_small_correction_is_not_worth_a_line)
{
	set_clock(PKI_NOW + 59, false);
	kernel_notices();
	ck_assert(!was_said("the clock was set"));
	set_clock(PKI_NOW + 59 - 60, false);
	kernel_notices();
	ck_assert(was_said("the clock was set"));
}
END_TEST

/* --- what expires --- */

static void add_ending(const char *cn, int64_t end)
{
	add_server(pki_make(
			   &(struct pki_spec){
				   .cn = cn, .ca = true, .not_after = end},
			   NULL),
		NULL);
}

/* How often is it there since the last look? */
static unsigned times_said(const char *text)
{
	unsigned count = 0;

	for (const char *p = said; (p = strstr(p, text)); p++)
		count++;
	said[0] = 0;
	return count;
}

START_TEST(a_limit_is_told_once_when_it_is_crossed)
{
	const struct caller *monitor = NULL;

	add_ending("PBX CA", PKI_NOW + 40 * PKI_DAY);
	monitor = call_more("Monitor", "{}");
	hour_passes();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
	ck_assert_uint_eq(monitor->count, 1);
	set_clock(PKI_NOW + 12 * PKI_DAY + 1, false);
	hour_passes();
	ck_assert_uint_eq(times_said("the server certificate of CN=PBX CA "
				     "expires on 2026-07-07T20:26:40Z, "
				     "within 28 days"),
		1);
	ck_assert_uint_eq(monitor->count, 2);
	hour_passes();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
	set_clock(PKI_NOW + 41 * PKI_DAY, false);
	hour_passes();
	ck_assert_uint_eq(times_said("the server certificate of CN=PBX CA "
				     "expired on 2026-07-07T20:26:40Z"),
		1);
	ck_assert_uint_eq(monitor->count, 3);
	hour_passes();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
	ck_assert_uint_eq(monitor->count, 3);
}
END_TEST

START_TEST(a_clock_that_goes_back_and_forth_tells_a_limit_once)
{
	add_ending("PBX CA", PKI_NOW + PKI_DAY);
	set_clock(PKI_NOW + PKI_DAY + 1, false);
	kernel_notices();
	ck_assert_uint_eq(times_said("CN=PBX CA expired"), 1);
	set_clock(PKI_NOW + PKI_DAY - 3600, false);
	kernel_notices();
	set_clock(PKI_NOW + PKI_DAY + 3600, false);
	kernel_notices();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
}
END_TEST

/* Years ahead by mistake: what was told then was not true. */
START_TEST(a_limit_counts_again_after_a_clock_was_far_ahead)
{
	add_ending("PBX CA", PKI_NOW + 40 * PKI_DAY);
	set_clock(PKI_NOW + 3650 * PKI_DAY, false);
	kernel_notices();
	ck_assert_uint_eq(times_said("CN=PBX CA expired"), 1);
	set_clock(PKI_NOW, false);
	kernel_notices();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
	set_clock(PKI_NOW + 41 * PKI_DAY, false);
	hour_passes();
	ck_assert_uint_eq(times_said("CN=PBX CA expired"), 1);
}
END_TEST

START_TEST(what_expired_meanwhile_is_told_at_the_start_in_a_few_lines)
{
	for (int i = 0; i < ENDINGS_MAX_LINES + 3; i++) {
		char cn[16];

		(void)snprintf(cn, sizeof(cn), "CA %d", i);
		add_ending(cn, PKI_NOW - PKI_DAY);
	}
	the_timekeeping.told = (struct endings_told){.any = false};
	hour_passes();
	ck_assert_ptr_nonnull(strstr(said, "and 3 more have expired"));
	ck_assert_uint_eq(times_said("expired on"), ENDINGS_MAX_LINES);
}
END_TEST

/* The daemon stops, and a new one starts on the same store. */
static void restart(void)
{
	struct timekeeping_parts parts = the_timekeeping.parts;

	timekeeping_stop(&the_timekeeping);
	the_timekeeping.told = (struct endings_told){.any = false};
	ck_assert_int_eq(timekeeping_start(&the_timekeeping, &parts), 0);
	turn();
}

START_TEST(a_start_repeats_nothing_that_was_told)
{
	add_ending("PBX CA", PKI_NOW + 40 * PKI_DAY);
	set_clock(PKI_NOW + 13 * PKI_DAY, false);
	hour_passes();
	ck_assert_uint_eq(times_said("PBX CA"), 1);
	for (int i = 0; i < 3; i++)
		restart();
	ck_assert_uint_eq(times_said("PBX CA"), 0);
	set_clock(PKI_NOW + 34 * PKI_DAY, false);
	restart();
	ck_assert_uint_eq(times_said("within 7 days"), 1);
}
END_TEST

/* In seconds from now. */
static int64_t next_look(void)
{
	uint64_t at = 0;
	uint64_t monotonic = 0;

	ck_assert_int_ge(
		sd_event_source_get_time(the_timekeeping.hourly, &at), 0);
	ck_assert_int_ge(
		sd_event_now(the_event, CLOCK_MONOTONIC, &monotonic), 0);
	return ((int64_t)at - (int64_t)monotonic) / 1000000;
}

START_TEST(the_timer_wakes_at_the_next_step)
{
	hour_passes();
	ck_assert_int_ge(next_look(), 3590);
	add_ending("PBX CA", PKI_NOW + 28 * PKI_DAY + 600);
	hour_passes();
	ck_assert_int_le(next_look(), 601);
	ck_assert_int_ge(next_look(), 590);
	set_clock(PKI_NOW + 500, false);
	kernel_notices();
	ck_assert_int_le(next_look(), 101);
}
END_TEST

START_TEST(the_end_of_an_exception_and_of_its_certificate_are_told)
{
	const struct pki_cert *ca = pki_root("Nobody");
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = "device",
				 .san = "DNS:pbx.example.com",
				 .not_after = PKI_NOW + 2 * PKI_DAY},
			ca);

	add_unknown(c, "pbx.example.com");
	reply(call("admin.AddException",
		      "{'sha256':'%s','host':'pbx.example.com',"
		      "'expires':'2026-06-05T00:00:00Z'}",
		      hex(c)),
		0);
	said[0] = 0;
	set_clock(PKI_NOW + 3 * PKI_DAY, false);
	hour_passes();
	ck_assert_uint_eq(times_said("the certificate of an exception, "
				     "CN=device expired on "
				     "2026-05-30T20:26:40Z"),
		1);
	set_clock(PKI_NOW + 20 * PKI_DAY, false);
	hour_passes();
	ck_assert_uint_eq(
		times_said("the exception for CN=device for pbx.example.com "
			   "expired on 2026-06-05T00:00:00Z"),
		1);
}
END_TEST

/* --- ResetClock --- */

static const cJSON *last_change(void)
{
	return member(
		reply(call_more("admin.History", "{'limit':1}"), 0), "change");
}

static void move_the_floor(void)
{
	run_days(301);
	set_clock(PKI_NOW + 300 * PKI_DAY, true);
	hour_passes();
	ck_assert_int_eq(the_clock.floor, now.wall);
	said[0] = 0;
}

START_TEST(a_reset_is_durable_and_in_history_and_journal)
{
	struct clock again;

	move_the_floor();
	reply(call("admin.ResetClock", "{}"), 0);
	ck_assert(strstr(said, "uid:1000 pid:"));
	ck_assert(was_said("reset the clock's floor to the build date"));
	ck_assert_int_eq(the_clock.floor, FLOOR);
	ck_assert_int_eq(snapshot_floor(), FLOOR);
	clock_init(&again, FLOOR);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert_int_eq(again.floor, FLOOR);
	ck_assert_str_eq(text(last_change(), "what"),
		"reset the clock's floor to the build date");
	ck_assert_int_eq(
		strncmp(text(last_change(), "who"), "uid:1000 ", 9), 0);
}
END_TEST

START_TEST(a_forged_time_does_not_move_a_reset_floor_again_at_once)
{
	move_the_floor();
	reply(call("admin.ResetClock", "{}"), 0);
	hour_passes();
	ck_assert_int_eq(the_clock.floor, FLOOR);
	run_days(1);
	hour_passes();
	ck_assert_int_eq(the_clock.floor, FLOOR + PKI_DAY);
}
END_TEST

START_TEST(a_reset_of_what_stands_there_already_makes_no_history)
{
	reply(call("admin.ResetClock", "{}"), 0);
	ck_assert_ptr_null(last_change());
	ck_assert(!scratch_exists("clock"));
}
END_TEST

START_TEST(a_reset_replaces_a_record_that_is_not_believed)
{
	struct clock again;

	the_timekeeping.refused = true;
	scratch_write("clock", "garbage");
	reply(call("admin.ResetClock", "{}"), 0);
	clock_init(&again, FLOOR);
	ck_assert_int_eq(clock_load(&again, scratch_path("clock")), 0);
	ck_assert(!the_timekeeping.refused);
	ck_assert_ptr_nonnull(last_change());
}
END_TEST

START_TEST(a_reset_that_cannot_be_written_is_none)
{
	char *directory = the_config.state_directory;
	int64_t floor = 0;

	move_the_floor();
	floor = the_clock.floor;
	the_config.state_directory = strdup("/proc/nowhere");
	error_of(call("admin.ResetClock", "{}"));
	ck_assert_int_eq(the_clock.floor, floor);
	ck_assert_ptr_null(last_change());
	free(the_config.state_directory);
	the_config.state_directory = directory;
}
END_TEST

TCase *timekeeping_tests(void);

TCase *timekeeping_tests(void)
{
	TCase *tc = tcase_create("timekeeping");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, trust_snapshot_and_listeners_follow_the_floor);
	tcase_add_test(tc, a_step_is_durable);
	tcase_add_test(
		tc, a_clock_nobody_synchronises_moves_and_writes_nothing);
	tcase_add_test(tc, running_time_is_written_while_it_runs_and_at_a_stop);
	tcase_add_test(tc, a_record_that_cannot_be_written_is_said_once);
	tcase_add_test(tc, status_tells_the_floor_and_when_it_moved);
	tcase_add_test(
		tc, a_record_that_is_not_believed_is_said_with_its_reason);
	tcase_add_test(tc,
		a_start_before_the_floor_says_that_the_clock_is_not_trusted);
	tcase_add_test(tc, setting_the_clock_back_is_noticed_and_said_once);
	tcase_add_test(
		tc, setting_it_right_makes_it_trusted_and_moves_the_floor);
	tcase_add_test(
		tc, what_was_answered_is_forgotten_when_the_clock_is_set);
	tcase_add_test(tc, the_alarm_stands_ready_again);
	tcase_add_test(tc, a_small_correction_is_not_worth_a_line);
	tcase_add_test(tc, a_limit_is_told_once_when_it_is_crossed);
	tcase_add_test(tc, a_clock_that_goes_back_and_forth_tells_a_limit_once);
	tcase_add_test(tc, a_limit_counts_again_after_a_clock_was_far_ahead);
	tcase_add_test(
		tc, what_expired_meanwhile_is_told_at_the_start_in_a_few_lines);
	tcase_add_test(
		tc, the_end_of_an_exception_and_of_its_certificate_are_told);
	tcase_add_test(tc, a_start_repeats_nothing_that_was_told);
	tcase_add_test(tc, the_timer_wakes_at_the_next_step);
	tcase_add_test(tc, a_reset_is_durable_and_in_history_and_journal);
	tcase_add_test(
		tc, a_forged_time_does_not_move_a_reset_floor_again_at_once);
	tcase_add_test(
		tc, a_reset_of_what_stands_there_already_makes_no_history);
	tcase_add_test(tc, a_reset_replaces_a_record_that_is_not_believed);
	tcase_add_test(
		tc, whether_the_clock_is_synchronised_is_known_an_hour_later);
	tcase_add_test(tc, a_reset_that_cannot_be_written_is_none);
	return tc;
}
