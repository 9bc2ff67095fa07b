/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a store whose files were damaged, moved or locked. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_recovery_tests(void);

#define SKIPPED 77
#define PAGE ((off_t)4096)

/* --- damage of the file --- */

static void flip_page(void)
{
	/* The first page has the schema, the second maps pages, the third holds
	 * the root of the first table. */
	scratch_patch(
		"trust.db", 2 * PAGE, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

static void flip_header(void)
{
	scratch_patch("trust.db", 0, "XXXX", 4);
}

static void truncate_in_a_page(void)
{
	ck_assert_int_eq(truncate(scratch_path("trust.db"), 5 * PAGE + 100), 0);
}

static void truncate_at_a_page(void)
{
	ck_assert_int_eq(truncate(scratch_path("trust.db"), 5 * PAGE), 0);
}

static void truncate_to_nothing(void)
{
	ck_assert_int_eq(truncate(scratch_path("trust.db"), 0), 0);
}

static void fill_with_zeroes(void)
{
	zero_scratch_file("trust.db");
}

static void replace_by_garbage(void)
{
	scratch_write("trust.db", "this is no database, and never was one");
}

static void replace_by_another_database(void)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(
		sqlite3_exec(db, "CREATE TABLE x (y)", NULL, NULL, NULL), 0);
	ck_assert_int_eq(sqlite3_close(db), 0);
}

static void lose_the_identity(void)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(
		sqlite3_exec(db, "DELETE FROM meta", NULL, NULL, NULL), 0);
	ck_assert_int_eq(sqlite3_close(db), 0);
}

static void remove_it(void)
{
	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
}

static void put_a_directory_there(void)
{
	remove_it();
	ck_assert_int_eq(mkdir(scratch_path("trust.db"), 0700), 0);
}

static void (*const damages[])(void) = {
	flip_page,
	flip_header,
	truncate_in_a_page,
	truncate_at_a_page,
	truncate_to_nothing,
	fill_with_zeroes,
	replace_by_garbage,
	remove_it,
	put_a_directory_there,
	/* By SQLite, which removes the WAL. */
	replace_by_another_database,
	lose_the_identity,
};
#define DAMAGES_BESIDE_THE_WAL (ARRAY_SIZE(damages) - 2)

START_TEST(a_damaged_database_is_replaced_by_its_backup)
{
	char id[STORE_ID_SIZE];

	add_certificate(1);
	backup();
	add_certificate(2);
	add_distrusted(1);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	lose_wal();
	damages[_i]();
	reopen_store();

	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2));
	/* Distrusted after the backup, and still. */
	ck_assert(is_distrusted(1));
	/* Another history. */
	ck_assert_str_ne(store_id(store), id);
	ck_assert(damages[_i] == remove_it ||
		scratch_exists("trust.db.damaged.1"));
	/* It works on, and comes up quietly. */
	add_certificate(3);
	reopen_store();
	ck_assert(has_certificate(3));
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
}
END_TEST

START_TEST(without_backup_a_damaged_store_starts_empty_and_says_so)
{
	add_certificate(1);
	add_distrusted(1);
	lose_wal();
	damages[_i]();
	reopen_store();

	if (damages[_i] == remove_it) {
		/* Nothing tells this from a first start but the distrusts. */
		ck_assert_uint_eq(events[STORE_CREATED], 1);
	} else {
		ck_assert_uint_eq(events[STORE_DAMAGED], 1);
		ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 1);
		ck_assert(scratch_exists("trust.db.damaged.1"));
	}
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
	ck_assert(is_distrusted(1));
}
END_TEST

START_TEST(the_older_backup_is_taken_when_the_newer_is_damaged)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	backup();
	lose_wal();
	fill_with_zeroes();
	zero_scratch_file("trust.db.backup.1");
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 2);
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2));
}
END_TEST

START_TEST(two_backups_and_two_damaged_files_are_kept)
{
	add_certificate(0);
	for (unsigned i = 1; i <= 3; i++) {
		backup();
		add_certificate(i);
	}
	ck_assert(scratch_exists("trust.db.backup.1"));
	ck_assert(scratch_exists("trust.db.backup.2"));
	ck_assert(!scratch_exists("trust.db.backup.3"));
	ck_assert(!scratch_exists("trust.db.backup.1.new"));
	for (unsigned i = 0; i < 3; i++) {
		lose_wal();
		scratch_write("trust.db", (const char *[]){"a", "b", "c"}[i]);
		reopen_store();
		ck_assert(has_certificate(2));
		ck_assert(!has_certificate(3));
	}
	ck_assert_int_eq(scratch_size("trust.db.damaged.1"), 1);
	ck_assert_int_eq(scratch_find("trust.db.damaged.1", "c", 1), 0);
	ck_assert_int_eq(scratch_find("trust.db.damaged.2", "b", 1), 0);
	ck_assert(!scratch_exists("trust.db.damaged.3"));
}
END_TEST

START_TEST(a_backup_is_private_whole_and_knows_its_version)
{
	struct stat st;

	add_certificate(1);
	backup();
	ck_assert_int_eq(stat(scratch_path("trust.db.backup.1"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	close_store();
	ck_assert_int_eq(rename(scratch_path("trust.db.backup.1"),
				 scratch_path("trust.db")),
		0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert(has_certificate(1));
}
END_TEST

static bool continues(const char *wal, const char *backup)
{
	bool ret = false;

	ck_assert_int_eq(store_wal_continues(
				 scratch_path(wal), scratch_path(backup), &ret),
		0);
	return ret;
}

static int ask_without_descriptors(void)
{
	struct rlimit limit = {0};
	bool ret = false;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return store_wal_continues(scratch_path("trust.db-wal"),
		       scratch_path("trust.db.backup.1"), &ret) == -EMFILE
		? 0
		: 1;
}

/* Then a recovery would take the backup alone. */
START_TEST(a_log_that_cannot_be_read_is_not_taken_for_none)
{
	bool ret = false;

	add_certificate(1);
	backup();
	ck_assert(continues("trust.db-wal", "trust.db.backup.1"));
	ck_assert(!continues("none", "trust.db.backup.1"));
	ck_assert(!continues("trust.db-wal", "none"));
	ck_assert_int_eq(in_child(ask_without_descriptors), 0);
	/* Its beginning cannot be read by anybody. */
	ck_assert_int_eq(store_wal_continues("/proc/self/mem",
				 scratch_path("trust.db.backup.1"), &ret),
		-EIO);
}
END_TEST

/* Kinds of damage after which the file is not what SQLite takes for a database;
 * of others the pages in the WAL make good. */
START_TEST(a_damaged_database_is_made_anew_of_its_backup_and_its_wal)
{
	char id[STORE_ID_SIZE];

	add_certificate(1);
	add_distrusted(3);
	backup();
	add_certificate(2);
	add_distrusted(1);
	lift_distrusted(3);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	close_store();
	ck_assert(continues("trust.db-wal", "trust.db.backup.1"));
	damages[_i]();
	reopen_store();

	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert_uint_eq(events[STORE_RESTORED], events[STORE_DAMAGED]);
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(is_distrusted(1) && !is_distrusted(3));
	if (events[STORE_RESTORED] > 0)
		ck_assert_str_ne(store_id(store), id);
	ck_assert(!scratch_exists("trust.db.new-wal"));
	/* And once more, from the next backup. */
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(store_backup_is_continued(store));
	add_certificate(3);
	close_store();
	damages[_i]();
	reopen_store();
	for (unsigned n = 1; n <= 3; n++)
		ck_assert(has_certificate(n));
}
END_TEST

/* The log ends where it is damaged; the backup has no part of it. */
START_TEST(a_damaged_wal_restores_what_is_before_the_damage)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	add_certificate(3);
	close_store();
	fill_with_zeroes();
	scratch_patch("trust.db-wal", scratch_size("trust.db-wal") - 100,
		"damage", 6);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(!has_certificate(3));
}
END_TEST

static void remove_certificate(unsigned n)
{
	struct store_certificate c = certificate(n);
	bool removed = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c.sha256, &removed), 0);
	ck_assert(removed);
	ck_assert_int_eq(store_commit(store), 0);
}

static void damage_wal(off_t at)
{
	scratch_patch("trust.db-wal", at, "damage", 6);
}

/* A stop played it in: whatever is lost of it is in the file. */
START_TEST(what_was_played_in_survives_a_damaged_wal)
{
	const off_t frame = 24 + PAGE;
	uint64_t generation = 0;
	off_t size = 0;

	add_certificate(1);
	add_certificate(2);
	backup();
	add_certificate(3);
	remove_certificate(2);
	add_distrusted(1);
	generation = store_generation(store);
	close_store();
	size = scratch_size("trust.db-wal");
	ck_assert_int_gt(size, (_i + 1) * frame);
	damage_wal(size - _i * frame - 100);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_RESTORED], 0);
	ck_assert_uint_eq(store_generation(store), generation);
	ck_assert(has_certificate(1) && has_certificate(3));
	ck_assert(!has_certificate(2) && is_distrusted(1));
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
	ck_assert(!scratch_exists("trust.db.damaged-wal"));
	/* The next run makes a backup that is continued again. */
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(store_backup_is_continued(store));
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert(!has_certificate(2) && has_certificate(3));
}
END_TEST

START_TEST(what_was_played_in_survives_a_wal_cut_short)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	remove_certificate(1);
	close_store();
	ck_assert_int_eq(truncate(scratch_path("trust.db-wal"),
				 scratch_size("trust.db-wal") - PAGE),
		0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert(!has_certificate(1) && has_certificate(2));
}
END_TEST

/* Then the WAL is as good as it is without one. */
START_TEST(a_note_of_what_was_played_in_that_is_damaged_is_not_believed)
{
	static const off_t places[] = {0, 20, 44, 50, 60};

	add_certificate(1);
	backup();
	add_certificate(2);
	close_store();
	ck_assert_int_eq(in_child(commit_and_die), 0);
	if (_i < (int)ARRAY_SIZE(places))
		scratch_patch("trust.db.played", places[_i], "x", 1);
	else
		ck_assert_int_eq(
			truncate(scratch_path("trust.db.played"), 63), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert(has_certificate(2) && has_certificate(7));
	ck_assert(store_backup_is_continued(store));
}
END_TEST

START_TEST(a_wal_that_begins_after_another_checkpoint_restores_nothing)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	ck_assert_int_eq(
		store_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE), 0);
	add_certificate(3);
	ck_assert(!store_backup_is_continued(store));
	close_store();
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2) && !has_certificate(3));
}
END_TEST

START_TEST(the_backup_before_is_continued_by_no_wal)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	backup();
	add_certificate(3);
	close_store();
	fill_with_zeroes();
	zero_scratch_file("trust.db.backup.1");
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2) && !has_certificate(3));
}
END_TEST

static void put_certificate(unsigned n)
{
	struct store_certificate c = certificate(n);
	bool added = false;

	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
}

static void limit_files(off_t bytes)
{
	struct rlimit limit = {0};

	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = (rlim_t)bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Room for backup and WAL, but not for both in one. */
static int recover_without_room(void)
{
	limit_files(scratch_size("trust.db.backup.1"));
	return open_store() == -ENOSPC ? 0 : 1;
}

START_TEST(a_wal_that_there_is_no_room_to_play_is_played_when_there_is)
{
	char id[STORE_ID_SIZE];
	unsigned n = 1;

	while (n <= 60)
		add_certificate(n++);
	backup();
	ck_assert_int_eq(store_begin(store), 0);
	while (n <= 70)
		put_certificate(n++);
	ck_assert_int_eq(store_commit(store), 0);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	close_store();
	ck_assert(!scratch_exists("trust.db.backup.2"));
	fill_with_zeroes();
	ck_assert_int_eq(in_child(recover_without_room), 0);
	ck_assert(!scratch_exists("trust.db"));
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 70);
	ck_assert_str_ne(store_id(store), id);
	ck_assert(!scratch_exists("trust.db.new-wal"));
}
END_TEST

static int back_up_without_room(void)
{
	uint64_t size = 0;

	if (open_store() < 0 || store_size(store, &size) < 0)
		return 1;
	limit_files((off_t)size - PAGE);
	if (store_backup(store) == 0 || scratch_exists("trust.db.backup.2"))
		return 2;
	return store->backup_bytes == size ? 0 : 3;
}

START_TEST(what_a_backup_without_room_wrote_counts_for_its_day)
{
	for (unsigned n = 1; n <= 60; n++)
		add_certificate(n);
	lose_wal();
	ck_assert_int_eq(in_child(back_up_without_room), 0);
}
END_TEST

static int commit_a_fact(int64_t value)
{
	int r = store_begin(store);

	if (r == 0)
		r = store_set_fact(store, STORE_ENDINGS_TOLD, value);
	return store_end(store, r);
}

static unsigned grown; /* certificates that only the WAL has */

static int fail_to_back_up_and_go_on(void)
{
	uint64_t size = 0;

	if (open_store() < 0 || commit_a_fact(1) < 0)
		return 1;
	for (unsigned n = 0; n < grown; n++)
		add_certificate(1000 + n);
	if (store_size(store, &size) < 0)
		return 2;
	/* The database may grow, and a backup is a little longer. */
	limit_files((off_t)size - (grown > 0 ? 0 : PAGE));
	if (store_backup(store) == 0 || commit_a_fact(2) < 0)
		return 3;
	return store_backup_is_continued(store) ? 0 : 4;
}

START_TEST(a_backup_without_room_leaves_the_one_before_continued)
{
	for (unsigned n = 1; n <= 200; n++)
		add_certificate(n);
	backup();
	close_store();
	grown = (unsigned)_i * 10;
	ck_assert_int_eq(in_child(fail_to_back_up_and_go_on), 0);
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 200 + grown);
}
END_TEST

static void backup_is_the_database(void)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(bytes_done) struct bytes copy = {0};
	const size_t max = (size_t)1 << 24;

	ck_assert_int_eq(fd_read_file(scratch_path("trust.db"), max, &file), 0);
	ck_assert_int_eq(
		fd_read_file(scratch_path("trust.db.backup.1"), max, &copy), 0);
	ck_assert_uint_eq(copy.len, file.len + 16);
	ck_assert_mem_eq(copy.data, file.data, file.len);
	ck_assert(store_backup_is_continued(store));
}

/* What is in the WAL alone is copied, and nothing that it has removed. */
START_TEST(a_backup_is_the_database_page_by_page)
{
	bool removed = false;

	for (unsigned n = 1; n <= 100; n++)
		add_certificate(n);
	backup();
	backup_is_the_database();
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = 50; n <= 100; n++) {
		struct store_certificate c = certificate(n);

		ck_assert_int_eq(
			store_remove_certificate(store, c.sha256, &removed), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_exec(store, "PRAGMA incremental_vacuum"), 0);
	backup();
	backup_is_the_database();
}
END_TEST

/* It continues the backup before. */
START_TEST(the_wal_of_an_earlier_damage_does_not_come_before_a_newer_backup)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	close_store();
	fill_with_zeroes();
	reopen_store();
	add_certificate(3);
	backup();
	ck_assert(continues("trust.db.damaged.1-wal", "trust.db.backup.2"));
	lose_wal();
	remove_it();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	for (unsigned n = 1; n <= 3; n++)
		ck_assert(has_certificate(n));
}
END_TEST

/* After a run: when the WAL continues none, and when it is long. */
START_TEST(a_backup_follows_when_there_is_need_of_one)
{
	unsigned n = 1;

	ck_assert(!scratch_exists("trust.db.backup.1"));
	add_certificate(n++);
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(store_backup_is_continued(store));
	add_certificate(n++);
	ck_assert_int_eq(store_after_run(store), 0);
	reopen_store();
	ck_assert(store_backup_is_continued(store));
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(!scratch_exists("trust.db.backup.2"));
	while (store->wal_pages < STORE_MAX_WAL_PAGES)
		add_certificate(n++);
	ck_assert(!scratch_exists("trust.db.backup.2"));
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(scratch_exists("trust.db.backup.2"));
	ck_assert_uint_lt(store->wal_pages, 4);
	ck_assert(store_backup_is_continued(store));
}
END_TEST

START_TEST(a_backup_follows_a_recovery_without_a_run)
{
	uint64_t written = 0;

	add_certificate(1);
	backup();
	lose_wal();
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(!store_backup_is_continued(store));
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert(store_backup_is_continued(store));
	ck_assert(scratch_exists("trust.db.backup.2"));
	written = store->backup_bytes;
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert_uint_eq(store->backup_bytes, written);
}
END_TEST

static void discontinue_backup(void)
{
	backup();
	ck_assert_int_eq(
		store_checkpoint(store, SQLITE_CHECKPOINT_TRUNCATE), 0);
	ck_assert(!store_backup_is_continued(store));
}

START_TEST(a_start_makes_no_backup_that_a_run_would_not)
{
	discontinue_backup();
	store->backup_bytes = STORE_MAX_BACKUP_BYTES_A_DAY;
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert(!store_backup_is_continued(store));
	store->backup_bytes = 0;
	store->read_only = true;
	ck_assert_int_eq(store_after_start(store), 0);
	store->read_only = false;
	ck_assert(!store_backup_is_continued(store));
	ck_assert_uint_eq(events[STORE_WRITE_FAILED], 0);
}
END_TEST

START_TEST(a_backup_after_a_start_that_fails_is_said)
{
	discontinue_backup();
	ck_assert_int_eq(mkdir(scratch_path("trust.db.backup.1.new"), 0700), 0);
	ck_assert_int_lt(store_after_start(store), 0);
	ck_assert_uint_eq(events[STORE_WRITE_FAILED], 1);
	add_certificate(1);
}
END_TEST

static void add_in_one_transaction(unsigned first, unsigned many)
{
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < many; i++) {
		struct store_certificate c = certificate(first + i);

		ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
}

/* The copy of the whole is for changes that are a good part of it. */
START_TEST(a_stop_copies_the_database_for_many_changes_only)
{
	unsigned n = 10000;

	add_in_one_transaction(0, 1000);
	backup();
	while (store->wal_pages <= STORE_MAX_WAL_PAGES_AT_START)
		add_certificate(n++);
	reopen_store();
	ck_assert(!scratch_exists("trust.db.backup.2"));
	ck_assert(store_backup_is_continued(store));
	/* A quarter of it. */
	add_in_one_transaction(2000, 500);
	reopen_store();
	ck_assert(scratch_exists("trust.db.backup.2"));
	ck_assert(store_backup_is_continued(store));
}
END_TEST

START_TEST(the_wal_does_not_grow_without_a_run)
{
	bool added = false;

	for (unsigned n = 1; n <= 4 * STORE_MAX_WAL_PAGES; n++) {
		struct store_certificate c = certificate(n);

		ck_assert_int_eq(store_begin(store), 0);
		ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
		/* On the second day in a row that had too many backups. */
		store->backup_bytes = n > 2 * STORE_MAX_WAL_PAGES
			? STORE_MAX_BACKUP_BYTES_A_DAY
			: 0;
		ck_assert_int_eq(store_commit(store), 0);
		ck_assert_uint_le(store->wal_pages, 4UL * STORE_MAX_WAL_PAGES);
	}
	ck_assert(scratch_exists("trust.db.backup.1"));
	ck_assert(!store_backup_is_continued(store));
	ck_assert_int_lt(scratch_size("trust.db-wal"),
		(off_t)5 * STORE_MAX_WAL_PAGES * STORE_PAGE_BYTES);
}
END_TEST

static int add_one(unsigned n)
{
	struct store_certificate c = certificate(n);
	bool added = false;
	int r = store_begin(store);

	if (r < 0)
		return r;
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	return store_commit(store);
}

/* All of it is what a recovery needs, so it may not be begun anew. */
START_TEST(the_wal_of_a_damaged_database_is_kept_and_has_a_limit)
{
	const unsigned most = STORE_MAX_DAMAGED_WAL_PAGES;
	unsigned n = 0;
	off_t size = 0;
	int r = 0;

	add_certificate(n++);
	backup();
	(void)store_error(store, SQLITE_CORRUPT);
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	while (r == 0 && n < most)
		r = add_one(n++);
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert_uint_ge(store->wal_pages, most);
	ck_assert_uint_lt(store->wal_pages, most + STORE_MAX_WAL_PAGES);
	ck_assert_int_eq(store_begin_lazily(store), -ENOSPC);
	ck_assert_int_eq(store_after_run(store), -EUCLEAN);
	size = scratch_size("trust.db-wal");
	store_use_reserve(store);
	add_distrusted(1);
	store_end_reserve(store);
	ck_assert_int_gt(scratch_size("trust.db-wal"), size);
	ck_assert_int_eq(store_begin(store), -ENOSPC);
	close_store();
	ck_assert(!scratch_exists("trust.db.backup.2"));
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	for (unsigned i = 0; i + 1 < n; i++)
		ck_assert(has_certificate(i));
	ck_assert(is_distrusted(1));
}
END_TEST

START_TEST(the_wal_of_a_damaged_database_never_reaches_another_one)
{
	add_certificate(1);
	backup();
	lose_wal();
	ck_assert_int_eq(in_child(commit_and_die), 0);
	/* Not touched by what is in the WAL. */
	scratch_patch("trust.db", scratch_size("trust.db") - PAGE,
		"\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(7));
	ck_assert(is_distrusted(7));
	ck_assert_int_gt(scratch_size("trust.db.damaged.1-wal"), 0);
}
END_TEST

START_TEST(what_was_committed_survives_a_kill)
{
	close_store();
	ck_assert_int_eq(in_child(commit_and_die), 0);
	ck_assert_int_gt(scratch_size("trust.db-wal"), 0);
	ck_assert_int_eq(open_store(), 0);
	ck_assert(has_certificate(7));
	ck_assert(is_distrusted(7));
}
END_TEST

/* Commits, backups and distrusts, each told to the pipe once it is done. */
static void commit_and_tell(int out, unsigned first)
{
	if (open_store() < 0)
		_exit(1);
	for (unsigned n = first;; n++) {
		add_certificate(n);
		if (n % 7 == 0)
			add_distrusted(n);
		if (fd_write_full(out, &n, sizeof(n)) < 0)
			_exit(2);
		if (n % 10 == 0)
			(void)store_after_run(store);
	}
}

/* Kill a committing process after some commits; what it told last. */
static unsigned kill_after(unsigned first, unsigned commits)
{
	unsigned last = first - 1;
	int ends[2];
	pid_t child = -1;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		commit_and_tell(ends[1], first);
	(void)close(ends[1]);
	while (last + 1 < first + commits)
		ck_assert_int_eq(fd_read_full(ends[0], &last, sizeof(last)), 0);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	/* What it told before it heard. */
	while (fd_read_full(ends[0], &last, sizeof(last)) == 0)
		continue;
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	(void)close(ends[0]);
	return last;
}

START_TEST(what_was_told_survives_kills_at_any_moment)
{
	unsigned last = 0;

	close_store();
	for (unsigned i = 0; i < 12; i++) {
		last = kill_after(last + 1, 1 + i % 6);
		memset(events, 0, sizeof(events));
		ck_assert_int_eq(open_store(), 0);
		ck_assert_uint_eq(events[STORE_DAMAGED], 0);
		for (unsigned n = 1; n <= last; n++) {
			ck_assert(has_certificate(n));
			ck_assert(n % 7 != 0 || is_distrusted(n));
		}
		/* One more may be there that it had no time to tell. */
		while (has_certificate(last + 1))
			last++;
		if (last % 7 == 0 && !is_distrusted(last))
			add_distrusted(last);
		close_store();
	}
}
END_TEST

static int take_line(void *userdata, const char *text)
{
	(void)userdata;
	(void)text;
	return 0;
}

static const char report_sha256[SHA256_HEX_SIZE] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void write_a_report(void)
{
	struct store_line line = {.kind = "peer",
		.result = "expired",
		.sha256 = report_sha256,
		.json = "{\"kind\":\"peer\",\"remedy\":\"find this line\"}"};
	struct store_run run = {.started = NOW};

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	ck_assert_int_eq(store_run_outcome(store, run.id, &line), 0);
	run.finished = NOW;
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	ck_assert_int_eq(store_commit(store), 0);
}

/* Reports are not looked at by a start, but by the one after they failed. */
START_TEST(a_damaged_report_is_noticed_when_it_is_read_and_recovered_next)
{
	off_t at = 0;

	add_certificate(1);
	backup();
	write_a_report();
	lose_wal();
	at = scratch_find("trust.db", "find this line", 14);
	scratch_patch("trust.db", at / PAGE * PAGE, "\xff\xff\xff\xff", 4);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert(has_certificate(1));
	ck_assert_int_eq(
		store_each_outcome(store, 1, take_line, NULL), -EUCLEAN);
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
	ck_assert(!scratch_exists("trust.db.suspect"));
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
}
END_TEST

/* Damage that a start does not look for. */
START_TEST(what_is_damaged_does_not_replace_a_backup)
{
	off_t at = 0;

	add_certificate(1);
	backup();
	add_certificate(2);
	write_a_report();
	lose_wal();
	at = scratch_find("trust.db", "find this line", 14);
	scratch_patch("trust.db", at / PAGE * PAGE, "\xff\xff\xff\xff", 4);
	reopen_store();
	ck_assert_int_eq(store_after_run(store), -EUCLEAN);
	ck_assert(!scratch_exists("trust.db.backup.2"));
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(has_certificate(1));
}
END_TEST

/* --- damage of a row --- */

static void damage_row(unsigned n)
{
	struct store_certificate c = certificate(n);
	off_t at = 0;

	lose_wal();
	at = scratch_find("trust.db", c.der, 20);
	scratch_patch("trust.db", at + 100, "Y", 1);
	reopen_store();
}

static int count_certificates(void *userdata, const struct store_certificate *c)
{
	unsigned *seen = userdata;

	(void)c;
	(*seen)++;
	return 0;
}

START_TEST(a_row_that_is_not_its_fingerprint_goes_to_quarantine)
{
	struct store_certificate c = certificate(2);
	char hex[SHA256_HEX_SIZE];
	unsigned seen = 0;
	uint64_t before = 0;

	for (unsigned i = 1; i <= 3; i++)
		add_certificate(i);
	damage_row(2);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	before = store_generation(store);
	ck_assert_int_eq(
		store_each_certificate(store, count_certificates, &seen), 0);
	ck_assert_uint_eq(seen, 2);
	ck_assert_uint_eq(events[STORE_QUARANTINED], 1);
	hex_format(c.sha256, SHA256_BYTES, hex);
	ck_assert_str_eq(event_sha256, hex);
	ck_assert_uint_eq(count(STORE_QUARANTINE), 1);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
	ck_assert_uint_eq(store_generation(store), before + 1);
	/* Once. */
	ck_assert_int_eq(
		store_each_certificate(store, count_certificates, &seen), 0);
	ck_assert_uint_eq(events[STORE_QUARANTINED], 1);
	/* The next run brings it back. */
	add_certificate(2);
	ck_assert(has_certificate(2));
	ck_assert_uint_eq(count(STORE_QUARANTINE), 0);
}
END_TEST

START_TEST(a_damaged_row_is_not_found_either)
{
	add_certificate(1);
	damage_row(1);
	ck_assert(!has_certificate(1));
	ck_assert_uint_eq(events[STORE_QUARANTINED], 1);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
}
END_TEST

/* --- damage that is between an index and its table --- */

static off_t find_nth(
	const char *name, const void *data, size_t len, unsigned nth)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	const uint8_t *p = NULL;

	ck_assert_int_eq(
		fd_read_file(scratch_path(name), (size_t)1 << 24, &file), 0);
	for (p = file.data;; p++) {
		p = memmem(p, file.len - (size_t)(p - file.data), data, len);
		ck_assert_ptr_nonnull(p);
		if (nth-- == 0)
			return p - file.data;
	}
}

START_TEST(an_index_that_is_not_its_table_is_made_anew)
{
	struct store_certificate c = certificate(2);
	unsigned seen = 0;

	for (unsigned i = 1; i <= 3; i++)
		add_certificate(i);
	lose_wal();
	scratch_patch("trust.db",
		find_nth("trust.db", c.sha256, SHA256_BYTES, (unsigned)_i) + 5,
		"Y", 1);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert(has_certificate(1) && has_certificate(3));
	if (has_certificate(2))
		remove_certificate(2);
	ck_assert_int_eq(
		store_each_certificate(store, count_certificates, &seen), 0);
	ck_assert_uint_eq(seen, 2);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
}
END_TEST

/* A backup is made only of what is good, and the next start mends it. */
START_TEST(an_index_of_the_reports_that_is_not_its_table_is_noticed)
{
	off_t line = 0;
	off_t at = 0;

	add_certificate(1);
	write_a_report();
	lose_wal();
	line = scratch_find("trust.db", "find this line", 14);
	at = scratch_find("trust.db", report_sha256, SHA256_HEX_SIZE - 1);
	if (at / PAGE == line / PAGE)
		at = find_nth(
			"trust.db", report_sha256, SHA256_HEX_SIZE - 1, 1);
	scratch_patch("trust.db", at + 5, "Y", 1);
	reopen_store();
	ck_assert_int_eq(store_after_run(store), -EUCLEAN);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 1);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert(has_certificate(1));
	ck_assert_int_eq(store_after_run(store), 0);
}
END_TEST

/* --- damage of the file of distrusts --- */

START_TEST(a_damaged_file_of_distrusts_lifts_nothing)
{
	CLEANUP(free) char *text = NULL;
	char *line = NULL;

	add_distrusted(1);
	add_distrusted(2);
	close_store();
	text = scratch_read("distrusted");
	line = strstr(text, "public-key");
	*line = 'X';
	scratch_write("distrusted", text);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 1);
	ck_assert(is_distrusted(1) && is_distrusted(2));
	/* It was rewritten. */
	reopen_store();
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
}
END_TEST

START_TEST(a_file_of_distrusts_that_cannot_be_read_is_written_anew)
{
	add_distrusted(1);
	close_store();
	ck_assert_int_eq(truncate(scratch_path("distrusted"), 5 << 20), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 1);
	ck_assert(is_distrusted(1));
	reopen_store();
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
}
END_TEST

START_TEST(with_both_damaged_the_legible_lines_still_count)
{
	CLEANUP(free) char *text = NULL;

	add_distrusted(1);
	add_distrusted(2);
	lose_wal();
	text = scratch_read("distrusted");
	*strstr(text, "public-key") = 'X';
	scratch_write("distrusted", text);
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 1);
	ck_assert(!is_distrusted(1));
	ck_assert(is_distrusted(2));
}
END_TEST

START_TEST(a_lost_file_of_distrusts_is_written_anew)
{
	add_distrusted(1);
	close_store();
	ck_assert_int_eq(unlink(scratch_path("distrusted")), 0);
	reopen_store();
	ck_assert(is_distrusted(1));
	ck_assert(scratch_exists("distrusted"));
}
END_TEST

START_TEST(a_restore_does_not_bring_a_lifted_distrust_back)
{
	add_distrusted(1);
	add_distrusted(2);
	backup();
	lift_distrusted(1);
	lose_wal();
	fill_with_zeroes();
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert(!is_distrusted(1));
	ck_assert(is_distrusted(2));
}
END_TEST

/* --- a factory reset --- */

static void reset_store(bool commit)
{
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_reset(store), 0);
	if (!commit) {
		store_rollback(store);
		return;
	}
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_reset_done(store), 0);
}

START_TEST(a_reset_forgets_everything_but_what_is_distrusted)
{
	char before[33] = "";
	char after[33] = "";
	int64_t unfinished = 0;
	int64_t authenticated = 1;

	add_certificate(1);
	add_distrusted(2);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_set_fact(store, STORE_WAS_AUTHENTICATED, 1), 0);
	ck_assert_int_eq(store_commit(store), 0);
	(void)snprintf(before, sizeof(before), "%s", store_id(store));
	scratch_write("trust.db.backup.1.new", "cut");
	scratch_write("trust.db.new-wal", "cut");
	reset_store(true);
	ck_assert(!scratch_exists("trust.db.backup.1.new"));
	ck_assert(!scratch_exists("trust.db.new-wal"));
	(void)snprintf(after, sizeof(after), "%s", store_id(store));
	ck_assert_str_ne(before, after);
	reopen_store();
	ck_assert_str_eq(store_id(store), after);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
	ck_assert(is_distrusted(2));
	ck_assert_int_eq(
		store_get_fact(store, STORE_WAS_AUTHENTICATED, &authenticated),
		0);
	ck_assert_int_eq(authenticated, 0);
	ck_assert_int_eq(
		store_get_fact(store, STORE_RESET_UNFINISHED, &unfinished), 0);
	ck_assert_int_eq(unfinished, 1);
}
END_TEST

START_TEST(nothing_that_a_reset_has_yet_to_wipe_gets_into_a_backup)
{
	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_reset(store), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert(!scratch_exists("trust.db.backup.1"));
	ck_assert_int_eq(store_reset_done(store), 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_set_fact(store, STORE_RESET_UNFINISHED, 0), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert(scratch_exists("trust.db.backup.1"));
}
END_TEST

START_TEST(a_reset_that_is_not_committed_leaves_all_as_it_was)
{
	char before[33] = "";

	add_certificate(1);
	(void)snprintf(before, sizeof(before), "%s", store_id(store));
	reset_store(false);
	ck_assert_str_eq(store_id(store), before);
	add_certificate(2);
	ck_assert_str_eq(store_id(store), before);
	reopen_store();
	ck_assert_str_eq(store_id(store), before);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
}
END_TEST

START_TEST(a_reset_store_that_is_damaged_finds_no_backup_of_what_was)
{
	add_certificate(1);
	backup();
	add_certificate(2);
	backup();
	scratch_write("trust.db.damaged-wal", "of an interrupted start");
	reset_store(true);
	ck_assert(!scratch_exists("trust.db.damaged-wal"));
	lose_wal();
	zero_scratch_file("trust.db");
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 1);
}
END_TEST

static void add_tests_of_rows_and_resets(TCase *tc)
{
	tcase_add_test(
		tc, a_row_that_is_not_its_fingerprint_goes_to_quarantine);
	tcase_add_test(tc, a_damaged_row_is_not_found_either);
	tcase_add_loop_test(
		tc, an_index_that_is_not_its_table_is_made_anew, 0, 2);
	tcase_add_test(tc, a_damaged_file_of_distrusts_lifts_nothing);
	tcase_add_test(
		tc, an_index_of_the_reports_that_is_not_its_table_is_noticed);
	tcase_add_test(
		tc, a_file_of_distrusts_that_cannot_be_read_is_written_anew);
	tcase_add_test(tc, with_both_damaged_the_legible_lines_still_count);
	tcase_add_test(tc, a_lost_file_of_distrusts_is_written_anew);
	tcase_add_test(tc, a_restore_does_not_bring_a_lifted_distrust_back);
	tcase_add_test(tc, a_reset_forgets_everything_but_what_is_distrusted);
	tcase_add_test(
		tc, nothing_that_a_reset_has_yet_to_wipe_gets_into_a_backup);
	tcase_add_test(tc, a_reset_that_is_not_committed_leaves_all_as_it_was);
	tcase_add_test(
		tc, a_reset_store_that_is_damaged_finds_no_backup_of_what_was);
}

TCase *store_recovery_tests(void)
{
	TCase *tc = tcase_create("store-recovery");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_loop_test(tc, a_damaged_database_is_replaced_by_its_backup, 0,
		(int)ARRAY_SIZE(damages));
	tcase_add_loop_test(tc,
		without_backup_a_damaged_store_starts_empty_and_says_so, 0,
		(int)ARRAY_SIZE(damages));
	tcase_add_loop_test(tc,
		a_damaged_database_is_made_anew_of_its_backup_and_its_wal, 0,
		(int)DAMAGES_BESIDE_THE_WAL);
	tcase_add_test(tc, a_log_that_cannot_be_read_is_not_taken_for_none);
	tcase_add_test(tc, a_damaged_wal_restores_what_is_before_the_damage);
	tcase_add_loop_test(
		tc, what_was_played_in_survives_a_damaged_wal, 0, 6);
	tcase_add_test(tc, what_was_played_in_survives_a_wal_cut_short);
	tcase_add_loop_test(tc,
		a_note_of_what_was_played_in_that_is_damaged_is_not_believed, 0,
		6);
	tcase_add_test(tc,
		a_wal_that_begins_after_another_checkpoint_restores_nothing);
	tcase_add_test(tc, the_backup_before_is_continued_by_no_wal);
	tcase_add_test(tc,
		a_wal_that_there_is_no_room_to_play_is_played_when_there_is);
	tcase_add_test(tc, what_a_backup_without_room_wrote_counts_for_its_day);
	tcase_add_loop_test(tc,
		a_backup_without_room_leaves_the_one_before_continued, 0, 2);
	tcase_add_test(tc, a_backup_is_the_database_page_by_page);
	tcase_add_test(tc,
		the_wal_of_an_earlier_damage_does_not_come_before_a_newer_backup);
	tcase_add_test(tc, what_is_damaged_does_not_replace_a_backup);
	tcase_add_test(tc, a_backup_follows_when_there_is_need_of_one);
	tcase_add_test(tc, a_backup_follows_a_recovery_without_a_run);
	tcase_add_test(tc, a_start_makes_no_backup_that_a_run_would_not);
	tcase_add_test(tc, a_backup_after_a_start_that_fails_is_said);
	tcase_add_test(tc, a_stop_copies_the_database_for_many_changes_only);
	tcase_add_test(tc, the_wal_does_not_grow_without_a_run);
	tcase_add_test(
		tc, the_wal_of_a_damaged_database_is_kept_and_has_a_limit);
	tcase_add_test(tc, the_older_backup_is_taken_when_the_newer_is_damaged);
	tcase_add_test(tc, two_backups_and_two_damaged_files_are_kept);
	tcase_add_test(tc, a_backup_is_private_whole_and_knows_its_version);
	tcase_add_test(
		tc, the_wal_of_a_damaged_database_never_reaches_another_one);
	tcase_add_test(tc,
		a_damaged_report_is_noticed_when_it_is_read_and_recovered_next);
	tcase_add_test(tc, what_was_committed_survives_a_kill);
	tcase_add_test(tc, what_was_told_survives_kills_at_any_moment);
	add_tests_of_rows_and_resets(tc);
	return tc;
}
