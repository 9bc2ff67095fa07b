/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a store whose log is damaged where it was flushed. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_wal_tests(void);

static char id[STORE_ID_SIZE]; /* before the damage */

/* With certificate 1 in a backup that the log continues, and closed. */
static void wal_setup(void)
{
	store_setup();
	add_certificate(1);
	backup();
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	close_store();
}

static void damage_wal(off_t at)
{
	scratch_patch("trust.db-wal", at, "damage", 6);
}

static void open_quietly(void)
{
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_str_eq(store_id(store), id);
}

/* Once, under a new id; and it works on. */
static void open_with_losses(void)
{
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_RESTORED], 0);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert_str_ne(store_id(store), id);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	ck_assert(!scratch_exists("trust.db.damaged-wal"));
	/* What is behind the damage is not met again. */
	ck_assert_int_eq(scratch_size("trust.db-wal"),
		STORE_WAL_HEADER_BYTES +
			(off_t)store->wal_pages * STORE_WAL_FRAME_BYTES);
	add_certificate(100);
	close_store();
	open_quietly();
	ck_assert(has_certificate(100));
}

/* --- the log as a whole --- */

START_TEST(what_was_written_after_the_last_stop_is_lost_with_the_log)
{
	ck_assert_int_eq(open_store(), 0);
	add_certificate(2);
	close_store();
	ck_assert_int_eq(in_child(commit_and_die), 0);
	damage_wal(STORE_WAL_HEADER_BYTES + 100);
	open_with_losses();
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(!has_certificate(7) && is_distrusted(7));
}
END_TEST

START_TEST(nothing_is_lost_with_a_log_that_was_played_in)
{
	static const off_t places[] = {0, 18, STORE_WAL_HEADER_BYTES + 100};

	ck_assert_int_eq(open_store(), 0);
	add_certificate(2);
	close_store();
	damage_wal(places[_i]);
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_str_eq(store_id(store), id);
	ck_assert(has_certificate(1) && has_certificate(2));
}
END_TEST

/* Magic, salts, checksum. */
static const off_t header_places[] = {0, 18, 26};

START_TEST(a_log_without_its_header_is_damage_and_no_empty_log)
{
	ck_assert_int_eq(in_child(commit_and_die), 0);
	damage_wal(header_places[_i]);
	open_with_losses();
	ck_assert(has_certificate(1) && is_distrusted(7));
	ck_assert(!has_certificate(7));
}
END_TEST

START_TEST(what_was_written_after_the_last_stop_is_lost_with_the_header)
{
	ck_assert_int_eq(open_store(), 0);
	add_certificate(2);
	close_store();
	ck_assert_int_eq(in_child(commit_and_die), 0);
	damage_wal(header_places[_i]);
	open_with_losses();
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(!has_certificate(7));
}
END_TEST

/* As a power cut leaves it that came before the first frame. */
START_TEST(a_part_of_a_header_is_an_empty_log)
{
	ck_assert_int_eq(
		truncate(scratch_path("trust.db-wal"), _i == 0 ? 20 : 32), 0);
	damage_wal(4);
	open_quietly();
	ck_assert(has_certificate(1));
}
END_TEST

START_TEST(a_start_that_was_interrupted_as_it_gave_up_a_log_is_completed)
{
	ck_assert_int_eq(in_child(commit_and_die), 0);
	ck_assert_int_eq(rename(scratch_path("trust.db-wal"),
				 scratch_path("trust.db.damaged-wal")),
		0);
	open_with_losses();
	ck_assert(has_certificate(1) && !has_certificate(7));
}
END_TEST

/* --- within the log --- */

static struct {
	unsigned first; /* certificate of the next commit */
	unsigned each;  /* certificates of a commit that is flushed */
	unsigned lazy;  /* commits before those */
	unsigned flushed;
} tail = {.first = 10, .each = 1};

static void tail_add_certificates(void)
{
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = 0; n < tail.each; n++) {
		struct store_certificate c = certificate(tail.first++);

		ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
}

static int tail_write_and_die(void)
{
	if (open_store() < 0)
		return 1;
	for (unsigned n = 0; n < tail.lazy; n++) {
		ck_assert_int_eq(store_begin_lazily(store), 0);
		ck_assert_int_eq(
			store_set_fact(store, STORE_ENDINGS_TOLD, n + 1), 0);
		ck_assert_int_eq(store_commit(store), 0);
	}
	for (unsigned n = 0; n < tail.flushed; n++)
		tail_add_certificates();
	return 0;
}

/* Certificates from 10 on; where they begin in the log. */
static off_t write_tail(unsigned lazy, unsigned flushed)
{
	off_t at = scratch_size("trust.db-wal");

	tail.lazy = lazy;
	tail.flushed = flushed;
	ck_assert_int_eq(in_child(tail_write_and_die), 0);
	tail.first += tail.each * flushed;
	return at;
}

START_TEST(flushed_commits_behind_damage_are_lost_and_that_is_said)
{
	(void)write_tail(0, 2);
	damage_wal(write_tail(0, STORE_MAX_LAZY_COMMITS + 3) + 1000);
	open_with_losses();
	ck_assert(has_certificate(1));
	ck_assert(has_certificate(10) && has_certificate(11));
	ck_assert(!has_certificate(12));
	ck_assert(store_backup_is_continued(store));
}
END_TEST

/* All of them may wait for the flush of the last, and any of them may have come
 * to the disk before the others. */
START_TEST(commits_that_no_flush_came_after_are_no_damage)
{
	damage_wal(write_tail(STORE_MAX_LAZY_COMMITS, 1) + 1000);
	open_quietly();
	ck_assert(!has_certificate(10));
	add_certificate(2);
	close_store();
	open_quietly();
	ck_assert(has_certificate(2));
}
END_TEST

START_TEST(with_one_more_commit_one_of_those_before_was_flushed)
{
	damage_wal(write_tail(STORE_MAX_LAZY_COMMITS, 2) + 1000);
	open_with_losses();
	ck_assert(!has_certificate(10));
}
END_TEST

/* Behind the new end, under the same header. */
START_TEST(what_an_earlier_power_cut_left_does_not_count)
{
	off_t at = 0;

	tail.each = 20;
	at = write_tail(0, STORE_MAX_LAZY_COMMITS + 1);
	damage_wal(at + 1000);
	(void)write_tail(STORE_MAX_LAZY_COMMITS, 0);
	damage_wal(at + 1000);
	open_quietly();
	ck_assert(has_certificate(1) && !has_certificate(10));
}
END_TEST

/* Nor is all of it read: there would be no end of it. */
START_TEST(a_length_that_is_damaged_does_not_keep_a_start)
{
	ck_assert_int_eq(
		truncate(scratch_path("trust.db-wal"), (off_t)1 << 38), 0);
	open_quietly();
	ck_assert(has_certificate(1));
}
END_TEST

TCase *store_wal_tests(void)
{
	TCase *tc = tcase_create("store-wal");

	tcase_add_checked_fixture(tc, wal_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(
		tc, what_was_written_after_the_last_stop_is_lost_with_the_log);
	tcase_add_loop_test(
		tc, nothing_is_lost_with_a_log_that_was_played_in, 0, 3);
	tcase_add_loop_test(tc,
		a_log_without_its_header_is_damage_and_no_empty_log, 0,
		(int)ARRAY_SIZE(header_places));
	tcase_add_loop_test(tc,
		what_was_written_after_the_last_stop_is_lost_with_the_header, 0,
		(int)ARRAY_SIZE(header_places));
	tcase_add_loop_test(tc, a_part_of_a_header_is_an_empty_log, 0, 2);
	tcase_add_test(tc,
		a_start_that_was_interrupted_as_it_gave_up_a_log_is_completed);
	tcase_add_test(
		tc, flushed_commits_behind_damage_are_lost_and_that_is_said);
	tcase_add_test(tc, commits_that_no_flush_came_after_are_no_damage);
	tcase_add_test(
		tc, with_one_more_commit_one_of_those_before_was_flushed);
	tcase_add_test(tc, what_an_earlier_power_cut_left_does_not_count);
	tcase_add_test(tc, a_length_that_is_damaged_does_not_keep_a_start);
	return tc;
}
