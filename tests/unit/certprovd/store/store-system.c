/* SPDX-License-Identifier: Apache-2.0 */
/* The store among other programs, other versions and full disks. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/fd.h"
#include "lib/base/hex.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_system_tests(void);

#define SKIPPED 77

/* --- who else is there --- */

static int open_second(void)
{
	store = NULL;
	memset(events, 0, sizeof(events));
	if (open_store() != -EBUSY)
		return 1;
	return events[STORE_REFUSED] == 1 && events[STORE_DAMAGED] == 0 ? 0 : 2;
}

START_TEST(a_second_daemon_is_refused_and_harms_nothing)
{
	add_certificate(1);
	ck_assert_int_eq(in_child(open_second), 0);
	add_certificate(2);
	ck_assert(has_certificate(1) && has_certificate(2));
}
END_TEST

START_TEST(a_second_daemon_is_refused_even_when_the_file_is_gone)
{
	add_certificate(1);
	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	ck_assert_int_eq(in_child(open_second), 0);
	ck_assert(!scratch_exists("trust.db"));
}
END_TEST

/* Whether SQLite's locks keep another process out: asked of the kernel, since a
 * child has SQLite's own memory of the locks of its parent. */
static int look_at_the_locks(void)
{
	CLEANUP(fd_close)
	int fd = open(scratch_path("trust.db"), O_RDONLY | O_CLOEXEC);
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = 0x40000000, /* SQLite's lock bytes */
		.l_len = 512,
	};

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0)
		return 1;
	return lock.l_type == F_WRLCK && lock.l_pid == getppid() ? 0 : 2;
}

START_TEST(another_program_cannot_open_the_database_meanwhile)
{
	add_certificate(1);
	ck_assert_int_eq(in_child(look_at_the_locks), 0);
	/* It would remove the WAL. */
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert(scratch_exists("trust.db.backup.1"));
	ck_assert_int_eq(in_child(look_at_the_locks), 0);
	reopen_store();
	ck_assert_int_eq(in_child(look_at_the_locks), 0);
}
END_TEST

START_TEST(a_database_that_another_program_writes_is_refused_not_set_aside)
{
	sqlite3 *db = NULL;

	close_store();
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(
		sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), 0);
	ck_assert_int_eq(open_store(), -EBUSY);
	ck_assert_uint_eq(events[STORE_REFUSED], 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_int_eq(sqlite3_close(db), 0);
	ck_assert_int_eq(open_store(), 0);
}
END_TEST

START_TEST(a_state_directory_that_is_missing_is_said)
{
	struct store_options options = {
		.state_directory = scratch_path("none"),
		.runtime_directory = scratch(),
	};
	struct store *s = NULL;

	ck_assert_int_eq(store_open(&options, &s), -ENOENT);
	ck_assert_ptr_null(s);
}
END_TEST

/* --- other versions --- */

static void sql(const char *text)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK,
		"%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), 0);
}

/* A database as an earlier version left it. */
static void make_version(int version)
{
	struct store_certificate c = certificate(1);
	sqlite3_stmt *add = NULL;
	sqlite3 *db = NULL;

	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(store_schema_migrate(db, 0, version), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_prepare_v2(db,
			"INSERT INTO certificate VALUES (1, ?, ?, 'uploaded',"
			" NULL, NULL, 0, 0, 5, 1)",
			-1, &add, NULL),
		SQLITE_OK);
	(void)sqlite3_bind_blob(add, 1, c.sha256, SHA256_BYTES, SQLITE_STATIC);
	(void)sqlite3_bind_blob(add, 2, c.der, (int)c.der_len, SQLITE_STATIC);
	ck_assert_int_eq(sqlite3_step(add), SQLITE_DONE);
	ck_assert_int_eq(sqlite3_finalize(add), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), 0);
}

START_TEST(a_database_of_the_first_version_is_migrated_with_its_data)
{
	struct store_certificate c = certificate(1);
	char hex[SHA256_HEX_SIZE];
	char text[1024];
	int64_t run = 0;
	int64_t time = 0;

	close_store();
	make_version(1);
	hex_format(c.sha256, SHA256_BYTES, hex);
	(void)snprintf(text, sizeof(text),
		"INSERT INTO meta VALUES"
		" ('store', '00112233445566778899aabbccddeeff'),"
		" ('generation', 41);"
		"INSERT INTO distrusted VALUES (0, zeroblob(32), 'r', 1, 'w');"
		"INSERT INTO run (id, started, finished, dry_run)"
		" VALUES (9, 77, 78, 0);"
		"INSERT INTO outcome (run, json) VALUES"
		" (9, '{\"sha256\":\"%s\"}'), (9, 'not json');",
		hex);
	sql(text);
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_str_eq(store_id(store), "00112233445566778899aabbccddeeff");
	ck_assert_uint_eq(store_generation(store), 41);
	ck_assert(has_certificate(1));
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 1);
	ck_assert(scratch_exists("distrusted"));
	ck_assert_int_eq(
		store_certificate_seen(store, c.sha256, &run, &time), 0);
	ck_assert_int_eq(run, 9);
	ck_assert_int_eq(time, 77);
	add_certificate(2);
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 0);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_old_version_whole)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *version = NULL;

	ck_assert_int_eq(sqlite3_open(scratch_path("old.db"), &db), 0);
	ck_assert_int_eq(store_schema_migrate(db, 0, 1), SQLITE_OK);
	/* In the way of step 2. */
	ck_assert_int_eq(sqlite3_exec(db, "CREATE TABLE validator (x)", NULL,
				 NULL, NULL),
		SQLITE_OK);
	ck_assert_int_ne(store_schema_migrate(db, 1, 2), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(
				 db, "PRAGMA user_version", -1, &version, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(version), SQLITE_ROW);
	ck_assert_int_eq(sqlite3_column_int(version, 0), 1);
	ck_assert_int_eq(sqlite3_finalize(version), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "SELECT * FROM quarantine", NULL, NULL, NULL),
		SQLITE_ERROR);
	ck_assert_int_eq(sqlite3_close(db), 0);
}
END_TEST

/* Whoever knows step 2 only takes every certificate there for an anchor. */
START_TEST(a_database_that_can_hold_exceptions_is_refused_by_what_knows_none)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *version = NULL;

	close_store();
	make_version(2);
	sql("INSERT INTO meta VALUES"
	    " ('store', '00112233445566778899aabbccddeeff'),"
	    " ('generation', 41);");
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 1);
	ck_assert(has_certificate(1));
	close_store();
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(sqlite3_prepare_v2(
				 db, "PRAGMA user_version", -1, &version, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(version), SQLITE_ROW);
	ck_assert_int_gt(sqlite3_column_int(version, 0), 2);
	ck_assert_int_eq(sqlite3_finalize(version), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), 0);
}
END_TEST

/* --- file systems that cannot be written --- */

static bool write_map(const char *path, const char *text)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && fd_write_full(fd, text, strlen(text)) == 0;
}

/* Root of a user namespace: files need an owner that is known there. */
static bool become_root(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char text[32];

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
		!write_map("/proc/self/setgroups", "deny"))
		return false;
	(void)snprintf(text, sizeof(text), "0 %u 1", gid);
	if (!write_map("/proc/self/gid_map", text))
		return false;
	(void)snprintf(text, sizeof(text), "0 %u 1", uid);
	return write_map("/proc/self/uid_map", text);
}

/* A mount namespace of our own; false where the machine does not let us. */
static bool own_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 && !become_root())
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static int skipped(const char *what)
{
	(void)printf("SKIP %s: no mount namespaces here\n", what);
	(void)fflush(stdout);
	return SKIPPED;
}

static void must_pass(int status)
{
	ck_assert_msg(
		status == 0 || status == SKIPPED, "step %d failed", status);
}

/* Steps of a child: its exit status says which failed. */
#define STEP(number, condition)                                                \
	do {                                                                   \
		if (!(condition))                                              \
			return (number);                                       \
	} while (0)

static int serve_read_only(void)
{
	const char *run = scratch_path("run");
	const char *state = scratch();
	struct store_options options = {.runtime_directory = run};

	if (!own_mounts())
		return skipped("a store on a read-only file system");
	STEP(1, mount(state, state, NULL, MS_BIND, NULL) == 0);
	STEP(2, mount(run, run, NULL, MS_BIND, NULL) == 0);
	STEP(3,
		mount(NULL, state, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
			NULL) == 0);
	STEP(4, open_store_with(options) == 0);
	STEP(5, events[STORE_READ_ONLY] == 1 && store_read_only(store));
	/* In the database, and in the WAL that could not be played. */
	STEP(6, has_certificate(1) && has_certificate(7));
	STEP(7, is_distrusted(7));
	STEP(8, store_begin(store) == -EROFS);
	STEP(9, store_after_run(store) == -EROFS);
	STEP(10, scratch_exists("run/trust-read-only.db"));
	close_store();
	return 0;
}

START_TEST(on_a_read_only_file_system_a_copy_with_its_wal_is_served)
{
	add_certificate(1);
	close_store();
	ck_assert_int_eq(mkdir(scratch_path("run"), 0700), 0);
	ck_assert_int_eq(in_child(commit_and_die), 0);
	ck_assert_int_gt(scratch_size("trust.db-wal"), 0);
	must_pass(in_child(serve_read_only));
}
END_TEST

static int restore_read_only(void)
{
	const char *run = scratch_path("run");
	const char *state = scratch();
	struct store_options options = {.runtime_directory = run};

	if (!own_mounts())
		return skipped("a damaged store on a read-only file system");
	STEP(1, mount(state, state, NULL, MS_BIND, NULL) == 0);
	STEP(2, mount(run, run, NULL, MS_BIND, NULL) == 0);
	STEP(3,
		mount(NULL, state, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
			NULL) == 0);
	STEP(4, open_store_with(options) == 0);
	STEP(5, events[STORE_RESTORED] == 1);
	STEP(6, has_certificate(1) && is_distrusted(1));
	/* The database is damaged, and the log is not. */
	STEP(7, events[STORE_DAMAGED] == 1);
	close_store();
	return 0;
}

START_TEST(a_damaged_store_is_restored_on_a_read_only_file_system_too)
{
	add_certificate(1);
	backup();
	add_distrusted(1);
	close_store();
	ck_assert_int_eq(mkdir(scratch_path("run"), 0700), 0);
	zero_scratch_file("trust.db");
	must_pass(in_child(restore_read_only));
}
END_TEST

/* Add certificates one a commit until something gives. */
static int add_until_full(unsigned *ret_added)
{
	for (unsigned n = 1; n < 4000; n++) {
		struct store_certificate c = certificate(n);
		bool added = false;
		int r = store_begin(store);

		if (r == 0) {
			(void)store_add_certificate(store, &c, &added);
			r = store_commit(store);
		}
		*ret_added = n - 1;
		if (r < 0)
			return r;
	}
	return 0;
}

static void fill_rest(void)
{
	CLEANUP(fd_close)
	int fd = open(
		scratch_path("filler"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	/* In pages, as tmpfs counts. */
	while (fd_write_full(fd, (const char[4096]){0}, 4096) == 0)
		continue;
}

/* Damaged, and no room to restore it: the backup and what was written since is
 * served from elsewhere, and taken up when there is room. */
static int restore_on_a_full_disk(void)
{
	const char *run = scratch_path("run");
	struct store_options options = {.runtime_directory = run};

	if (!own_mounts())
		return skipped("a damaged store on a full disk");
	STEP(1, mount("none", scratch(), "tmpfs", 0, "size=700k") == 0);
	STEP(2, mkdir(run, 0700) == 0);
	STEP(3, mount("none", run, "tmpfs", 0, "size=1m") == 0);
	STEP(4, open_store_with(options) == 0);
	add_certificate(1);
	add_distrusted(1);
	backup();
	add_certificate(2);
	close_store();
	zero_scratch_file("trust.db");
	fill_rest();
	memset(events, 0, sizeof(events));
	STEP(5, open_store_with(options) == 0);
	STEP(6, events[STORE_DAMAGED] >= 1 && events[STORE_RESTORED] == 1);
	STEP(7, events[STORE_READ_ONLY] == 1 && store_read_only(store));
	STEP(8, has_certificate(1) && is_distrusted(1));
	STEP(9, has_certificate(2));
	close_store();
	STEP(10, unlink(scratch_path("filler")) == 0);
	STEP(11, open_store_with(options) == 0 && !store_read_only(store));
	STEP(12, has_certificate(1) && has_certificate(2));
	close_store();
	return 0;
}

START_TEST(a_damaged_store_on_a_full_disk_is_served_from_its_backup)
{
	close_store();
	must_pass(in_child(restore_on_a_full_disk));
}
END_TEST

/* A group of that many certificates and one distrust before and after them;
 * before the last one there is room again. What its commit answers. */
static int commit_group(unsigned first, unsigned certificates)
{
	struct store_distrusted before = distrust(first);
	struct store_distrusted after = distrust(first + 1);
	bool changed = false;
	int r = store_begin(store);

	if (r < 0)
		return r;
	(void)store_add_distrusted(store, &before, &changed);
	for (unsigned n = first; n < first + certificates; n++) {
		struct store_certificate c = certificate(n);

		(void)store_add_certificate(store, &c, &changed);
	}
	(void)unlink(scratch_path("room"));
	(void)store_add_distrusted(store, &after, &changed);
	return store_commit(store);
}

static bool group_is_there(unsigned first)
{
	return is_distrusted(first) || is_distrusted(first + 1) ||
		has_certificate(first);
}

/* 64 KiB to set free later. */
static void write_room(void)
{
	static const char room[65536];
	CLEANUP(fd_close)
	int fd = open(
		scratch_path("room"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)fd_write_full(fd, room, sizeof(room));
}

/* One change that takes trust away, on a disk without a byte left. */
static int change_distrust(unsigned n, bool lift)
{
	struct store_distrusted d = distrust(n);
	bool changed = false;
	int r = store_begin(store);

	if (r < 0)
		return r;
	if (lift)
		(void)store_lift_distrusted(store, d.kind, d.sha256, &changed);
	else
		(void)store_add_distrusted(store, &d, &changed);
	return store_commit(store);
}

static int remove_one(unsigned n)
{
	bool removed = false;
	int r = store_begin(store);

	if (r < 0)
		return r;
	(void)store_remove_certificate(store, certificate(n).sha256, &removed);
	return store_commit(store);
}

static int change_on_a_full_disk(void)
{
	unsigned added = 0;

	if (!own_mounts())
		return skipped("the reserve of a full disk");
	STEP(1, mount("none", scratch(), "tmpfs", 0, "size=1m") == 0);
	STEP(2, open_store() == 0);
	STEP(3, add_until_full(&added) == -ENOSPC);
	fill_rest();
	STEP(4, change_distrust(1, false) == -ENOSPC);
	STEP(5, remove_one(1) == -ENOSPC);
	for (unsigned n = 1; n <= 20; n++) {
		store_use_reserve(store);
		STEP(6, change_distrust(n, false) == 0);
		STEP(7, n % 2 || change_distrust(n, true) == 0);
		STEP(8, remove_one(n) == 0);
		store_end_reserve(store);
		fill_rest();
	}
	/* All else still is refused. */
	STEP(9, add_until_full(&added) == -ENOSPC);
	close_store();
	STEP(10, open_store() == 0 && events[STORE_DAMAGED] == 0);
	for (unsigned n = 1; n <= 20; n++)
		STEP(11,
			is_distrusted(n) == (n % 2 != 0) &&
				!has_certificate(n));
	/* With room again there is a whole reserve again. */
	STEP(12, unlink(scratch_path("filler")) == 0);
	(void)store_after_run(store);
	STEP(13,
		scratch_size("trust.db.reserve") >= (off_t)STORE_RESERVE_BYTES);
	close_store();
	return 0;
}

START_TEST(on_a_full_disk_trust_can_still_be_taken_away)
{
	close_store();
	must_pass(in_child(change_on_a_full_disk));
}
END_TEST

static int take_number(void *userdata, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int *)userdata = (int)strtol(values[0], NULL, 10);
	return 0;
}

/* As if this were its maximum: no page more. */
static void stop_growing(void)
{
	int pages = 0;
	char text[64];

	(void)sqlite3_exec(
		store->db, "PRAGMA page_count", take_number, &pages, NULL);
	(void)snprintf(text, sizeof(text), "PRAGMA max_page_count = %d", pages);
	(void)sqlite3_exec(store->db, text, NULL, NULL, NULL);
}

static int page_limit(void)
{
	int pages = 0;

	(void)sqlite3_exec(
		store->db, "PRAGMA max_page_count", take_number, &pages, NULL);
	return pages;
}

START_TEST(a_database_at_its_maximum_has_pages_in_reserve)
{
	const int limit = page_limit();
	unsigned n = 0;
	int r = 0;

	stop_growing();
	while (r == 0 && n < 300)
		r = change_distrust(++n, false);
	ck_assert_int_eq(r, -ENOSPC);
	store_use_reserve(store);
	ck_assert_int_eq(page_limit(), limit + STORE_RESERVE_PAGES);
	ck_assert_int_eq(change_distrust(n, false), 0);
	store_end_reserve(store);
	ck_assert_int_eq(page_limit(), limit);
	ck_assert(is_distrusted(n));
}
END_TEST

static int fill_the_disk(void)
{
	unsigned added = 0;
	uint64_t generation = 0;

	if (!own_mounts())
		return skipped("a full disk");
	STEP(1, mount("none", scratch(), "tmpfs", 0, "size=1m") == 0);
	scratch_write("reserve", "a page of room");
	write_room();
	STEP(2, open_store() == 0);
	STEP(3, add_until_full(&added) == -ENOSPC);
	generation = store_generation(store);
	STEP(4, added > 20 && generation == added);
	STEP(5, count(STORE_CERTIFICATES) == added);
	STEP(6, has_certificate(added) && !has_certificate(added + 1));
	/* A group is there as a whole or not at all: one that fails when it
	 * is committed, with just enough room for the file of distrusts; and
	 * one too big for memory, which fails on the way. */
	STEP(7, unlink(scratch_path("reserve")) == 0);
	STEP(8, commit_group(5000, 100) == -ENOSPC);
	STEP(9, !group_is_there(5000));
	write_room();
	STEP(10, commit_group(6000, 1500) == -ENOSPC);
	STEP(11, !group_is_there(6000));
	STEP(12, store_generation(store) == generation);
	(void)store_after_run(store);
	close_store();
	STEP(13, open_store() == 0);
	STEP(14, events[STORE_DAMAGED] == 0);
	STEP(15, count(STORE_CERTIFICATES) == added);
	STEP(16, !group_is_there(5000) && !group_is_there(6000));
	close_store();
	/* Not a byte left: it comes up, answers, and says no. */
	fill_rest();
	STEP(17, open_store() == 0);
	STEP(18, has_certificate(added));
	STEP(19, add_until_full(&added) == -ENOSPC);
	STEP(20, count(STORE_CERTIFICATES) == added);
	close_store();
	return 0;
}

START_TEST(a_full_disk_is_said_and_leaves_nothing_half_done)
{
	close_store();
	must_pass(in_child(fill_the_disk));
}
END_TEST

/* --- memory --- */

#define MANY 200
/* The index of the WAL, the schema and what a connection needs. */
#define MAX_IDLE_BYTES ((sqlite3_int64)96 * 1024)

static int give_back_and_count(
	void *userdata, const struct store_certificate *c)
{
	unsigned *seen = userdata;

	ck_assert_uint_gt(c->der_len, 0);
	store_release_memory(store);
	(*seen)++;
	return 0;
}

START_TEST(a_store_that_gives_back_memory_goes_on_reading)
{
	unsigned seen = 0;

	for (unsigned n = 1; n <= 3; n++)
		add_certificate(n);
	ck_assert_int_eq(
		store_each_certificate(store, give_back_and_count, &seen), 0);
	ck_assert_uint_eq(seen, 3);
	add_certificate(4);
	ck_assert(has_certificate(1) && has_certificate(4));
}
END_TEST

START_TEST(of_what_was_read_and_prepared_nothing_stays_in_memory)
{
	for (unsigned n = 1; n <= MANY; n++)
		add_certificate(n);
	for (enum store_table t = 0; t < STORE_TABLE__END; t++)
		(void)count(t);
	ck_assert_int_gt(sqlite3_memory_used(), MAX_IDLE_BYTES);
	store_release_memory(store);
	ck_assert_int_lt(sqlite3_memory_used(), MAX_IDLE_BYTES);
}
END_TEST

TCase *store_system_tests(void)
{
	TCase *tc = tcase_create("store-system");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_second_daemon_is_refused_and_harms_nothing);
	tcase_add_test(tc, a_store_that_gives_back_memory_goes_on_reading);
	tcase_add_test(
		tc, of_what_was_read_and_prepared_nothing_stays_in_memory);
	tcase_add_test(
		tc, a_second_daemon_is_refused_even_when_the_file_is_gone);
	tcase_add_test(tc, another_program_cannot_open_the_database_meanwhile);
	tcase_add_test(tc,
		a_database_that_another_program_writes_is_refused_not_set_aside);
	tcase_add_test(tc, a_state_directory_that_is_missing_is_said);
	tcase_add_test(
		tc, a_database_of_the_first_version_is_migrated_with_its_data);
	tcase_add_test(tc, a_migration_that_fails_leaves_the_old_version_whole);
	tcase_add_test(tc,
		a_database_that_can_hold_exceptions_is_refused_by_what_knows_none);
	tcase_add_test(
		tc, on_a_read_only_file_system_a_copy_with_its_wal_is_served);
	tcase_add_test(
		tc, a_damaged_store_is_restored_on_a_read_only_file_system_too);
	tcase_add_test(
		tc, a_damaged_store_on_a_full_disk_is_served_from_its_backup);
	tcase_add_test(tc, a_full_disk_is_said_and_leaves_nothing_half_done);
	tcase_add_test(tc, on_a_full_disk_trust_can_still_be_taken_away);
	tcase_add_test(tc, a_database_at_its_maximum_has_pages_in_reserve);
	return tc;
}
