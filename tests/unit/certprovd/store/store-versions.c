/* SPDX-License-Identifier: Apache-2.0 */
/* The store and databases of other versions. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/hex.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_versions_tests(void);

static void sql_in(const char *file, const char *text)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(scratch_path(file), &db), 0);
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK,
		"%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_close(db), 0);
}

static int64_t number_in(const char *file, const char *text)
{
	sqlite3_stmt *row = NULL;
	sqlite3 *db = NULL;
	int64_t n = 0;

	ck_assert_int_eq(sqlite3_open(scratch_path(file), &db), 0);
	ck_assert_msg(sqlite3_prepare_v2(db, text, -1, &row, NULL) == SQLITE_OK,
		"%s", sqlite3_errmsg(db));
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	n = sqlite3_column_int64(row, 0);
	ck_assert_int_eq(sqlite3_finalize(row), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), 0);
	return n;
}

/* As a version would leave it that knows all of this one and something
 * more. */
static void upgrade(void)
{
	close_store();
	sql_in("trust.db",
		"CREATE TABLE novelty (x);"
		"PRAGMA user_version = 1000;");
}

static char *name_of_version(int version)
{
	static char name[32];

	(void)snprintf(name, sizeof(name), "trust.db.version.%d", version);
	return name;
}

/* What an upgrade of this version would keep of it. */
static void keep_this_version(void)
{
	close_store();
	ck_assert_int_eq(open_store(), 0);
	ck_assert_int_eq(store_keep_version(store, store_schema_version()), 0);
}

/* --- an older version --- */

static void make_version(int version)
{
	sqlite3 *db = NULL;

	close_store();
	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	ck_assert_int_eq(store_schema_migrate(db, 0, version), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db,
			"INSERT INTO meta VALUES"
			" ('store', '00112233445566778899aabbccddeeff'),"
			" ('generation', 41);",
			NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), 0);
}

START_TEST(an_older_database_is_kept_and_what_replaces_it_gives_room_back)
{
	struct stat st;

	make_version(3);
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 1);
	ck_assert_uint_eq(store_generation(store), 41);
	ck_assert_str_eq(store_id(store), "00112233445566778899aabbccddeeff");
	close_store();
	ck_assert_int_eq(
		number_in(name_of_version(3), "PRAGMA user_version"), 3);
	ck_assert_int_eq(stat(scratch_path(name_of_version(3)), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(number_in("trust.db", "PRAGMA auto_vacuum"), 2);
	ck_assert_int_eq(number_in("trust.db", "PRAGMA user_version"),
		store_schema_version());
	ck_assert(!scratch_exists("trust.db.new"));
}
END_TEST

START_TEST(a_new_database_gives_room_back_as_well)
{
	close_store();
	ck_assert_int_eq(number_in("trust.db", "PRAGMA auto_vacuum"), 2);
}
END_TEST

/* What was in its WAL only is in the copy and in what comes of it. */
START_TEST(the_wal_of_an_older_database_is_brought_along)
{
	sqlite3 *db = NULL;
	struct store_distrusted d = distrust(1);
	char text[200];
	char hex[SHA256_HEX_SIZE];

	make_version(3);
	hex_format(d.sha256, SHA256_BYTES, hex);
	(void)snprintf(text, sizeof(text),
		"INSERT INTO distrusted VALUES (%d, x'%s', NULL, 1, NULL)",
		(int)d.kind, hex);
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	ck_assert_int_eq(
		sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), 0);
	ck_assert_int_gt(scratch_size("trust.db-wal"), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 1);
	ck_assert_int_eq(number_in(name_of_version(3),
				 "SELECT count(*) FROM distrusted"),
		1);
}
END_TEST

START_TEST(one_version_more_than_is_kept_pushes_the_oldest_out)
{
	for (int n = 1; n <= STORE_MAX_VERSIONS + 1; n++)
		ck_assert_int_eq(store_keep_version(store, n), 0);
	ck_assert(!scratch_exists(name_of_version(1)));
	ck_assert(scratch_exists(name_of_version(2)));
	ck_assert(scratch_exists(name_of_version(3)));
}
END_TEST

/* --- a newer version --- */

START_TEST(without_a_copy_a_newer_database_is_refused_and_left_alone)
{
	add_certificate(1);
	upgrade();
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), -EMEDIUMTYPE);
	ck_assert_uint_eq(events[STORE_REFUSED], 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert(!scratch_exists("trust.db.newer.1"));
	ck_assert_int_eq(number_in("trust.db", "PRAGMA user_version"), 1000);
}
END_TEST

START_TEST(the_newest_copy_is_taken_up_under_a_new_id_and_says_so)
{
	char id[STORE_ID_SIZE];

	add_certificate(1);
	keep_this_version();
	add_certificate(2);
	backup();
	add_certificate(3);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	upgrade();
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_uint_eq(events[STORE_REFUSED], 0);
	/* The backup is newer than what was kept of the version. */
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(!has_certificate(3));
	ck_assert_str_ne(store_id(store), id);
	ck_assert(store_has_newer(store));
	close_store();
	ck_assert_int_eq(
		number_in("trust.db.newer.1", "PRAGMA user_version"), 1000);
	/* It works on, and comes up quietly. */
	reopen_store();
	add_certificate(4);
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 0);
	ck_assert(store_has_newer(store));
}
END_TEST

START_TEST(what_was_kept_of_the_version_is_enough)
{
	add_certificate(1);
	keep_this_version();
	add_certificate(2);
	upgrade();
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert(has_certificate(1) && !has_certificate(2));
}
END_TEST

START_TEST(a_damaged_or_newer_copy_is_passed_over)
{
	add_certificate(1);
	keep_this_version();
	add_certificate(2);
	backup();
	backup();
	upgrade();
	zero_scratch_file("trust.db.backup.1");
	sql_in("trust.db.backup.2", "PRAGMA user_version = 1000");
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert(has_certificate(1) && !has_certificate(2));
}
END_TEST

START_TEST(what_is_distrusted_today_stays_so_and_what_was_lifted_lifted)
{
	add_certificate(1);
	add_distrusted(1);
	keep_this_version();
	lift_distrusted(1);
	add_distrusted(2);
	upgrade();
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert(!is_distrusted(1));
	ck_assert(is_distrusted(2));
}
END_TEST

/* A newer version may write its file in another way: then its table counts,
 * and nothing is lifted. */
START_TEST(without_a_file_of_distrusts_the_newer_table_is_asked)
{
	add_certificate(1);
	add_distrusted(1);
	keep_this_version();
	add_distrusted(2);
	upgrade();
	scratch_write("distrusted", "certprov distrusted 2\nsomething\n");
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 2);
	reopen_store();
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 2);
}
END_TEST

START_TEST(a_newer_database_whose_distrusts_are_unreadable_is_stepped_back_from)
{
	add_certificate(1);
	keep_this_version();
	close_store();
	sql_in("trust.db",
		"DROP TABLE distrusted; PRAGMA user_version = 1000;");
	reopen_store();
	ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	ck_assert(has_certificate(1));
}
END_TEST

START_TEST(one_newer_database_more_than_is_kept_pushes_the_former_out)
{
	add_certificate(1);
	keep_this_version();
	for (unsigned i = 0; i <= STORE_MAX_NEWER; i++) {
		add_certificate(10 + i);
		upgrade();
		reopen_store();
		ck_assert_uint_eq(events[STORE_STEPPED_BACK], 1);
	}
	ck_assert(scratch_exists("trust.db.newer.1"));
	ck_assert(!scratch_exists("trust.db.newer.2"));
	close_store();
}
END_TEST

/* The newer version comes back, which here is this one with its number. */
static void downgrade_the_number(void)
{
	char text[64];

	(void)snprintf(text, sizeof(text),
		"DROP TABLE novelty; PRAGMA user_version = %d",
		store_schema_version());
	sql_in("trust.db.newer.1", text);
}

START_TEST(the_newer_database_is_taken_up_again_when_nothing_changed)
{
	char id[STORE_ID_SIZE];

	add_certificate(1);
	add_distrusted(1);
	keep_this_version();
	add_certificate(2);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	upgrade();
	reopen_store();
	close_store();
	downgrade_the_number();
	reopen_store();
	ck_assert_uint_eq(events[STORE_TAKEN_AGAIN], 1);
	ck_assert(has_certificate(2) && is_distrusted(1));
	ck_assert_str_eq(store_id(store), id);
	ck_assert(!store_has_newer(store));
}
END_TEST

START_TEST(the_newer_database_stays_aside_when_trust_has_changed)
{
	add_certificate(1);
	keep_this_version();
	add_certificate(2);
	upgrade();
	reopen_store();
	add_distrusted(5);
	close_store();
	downgrade_the_number();
	reopen_store();
	ck_assert_uint_eq(events[STORE_TAKEN_AGAIN], 0);
	ck_assert(!has_certificate(2) && is_distrusted(5));
	ck_assert(store_has_newer(store));
}
END_TEST

/* As a power cut leaves it between putting aside and putting in place. */
START_TEST(a_power_cut_while_stepping_back_restores_a_copy)
{
	add_certificate(1);
	keep_this_version();
	upgrade();
	ck_assert_int_eq(rename(scratch_path("trust.db"),
				 scratch_path("trust.db.newer.1")),
		0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RESTORED], 1);
	ck_assert_uint_eq(events[STORE_CREATED], 0);
	ck_assert(has_certificate(1));
}
END_TEST

/* --- how much there can be --- */

START_TEST(a_database_does_not_grow_past_its_pages)
{
	int r = 0;
	int64_t pages = 0;

	ck_assert_int_eq(sqlite3_exec(store->db, "PRAGMA max_page_count = 60",
				 NULL, NULL, NULL),
		SQLITE_OK);
	for (unsigned n = 1; r == 0 && n < 200; n++) {
		struct store_certificate c = certificate(n);
		bool added = false;

		ck_assert_int_eq(store_begin(store), 0);
		(void)store_add_certificate(store, &c, &added);
		r = store_commit(store);
	}
	ck_assert_int_eq(r, -ENOSPC);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	close_store();
	pages = number_in("trust.db", "PRAGMA page_count");
	ck_assert_int_le(pages, 60);
}
END_TEST

static int take_page_count(void *userdata, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int64_t *)userdata = strtoll(values[0], NULL, 10);
	return 0;
}

START_TEST(an_open_database_has_a_maximum_of_pages)
{
	int64_t pages = 0;

	ck_assert_int_eq(sqlite3_exec(store->db, "PRAGMA max_page_count",
				 take_page_count, &pages, NULL),
		SQLITE_OK);
	ck_assert_int_eq(pages,
		(STORE_MAX_BYTES +
			(size_t)STORE_MAX_SERVERS * STORE_MAX_BYTES_EACH) /
			STORE_PAGE_BYTES);
}
END_TEST

START_TEST(pages_that_are_free_are_given_back_after_a_run)
{
	off_t before = 0;
	bool removed = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = 1; n <= 6 * STORE_MAX_FREE_PAGES; n++) {
		struct store_certificate c = certificate(n);

		ck_assert_int_eq(store_add_certificate(store, &c, &removed), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_after_run(store), 0);
	before = scratch_size("trust.db");
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = 1; n <= 6 * STORE_MAX_FREE_PAGES; n++)
		ck_assert_int_eq(store_remove_certificate(store,
					 certificate(n).sha256, &removed),
			0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_after_run(store), 0);
	ck_assert_int_lt(scratch_size("trust.db"), before / 4);
	reopen_store();
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
}
END_TEST

TCase *store_versions_tests(void)
{
	TCase *tc = tcase_create("store-versions");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc,
		an_older_database_is_kept_and_what_replaces_it_gives_room_back);
	tcase_add_test(tc, a_new_database_gives_room_back_as_well);
	tcase_add_test(tc, the_wal_of_an_older_database_is_brought_along);
	tcase_add_test(tc, one_version_more_than_is_kept_pushes_the_oldest_out);
	tcase_add_test(
		tc, without_a_copy_a_newer_database_is_refused_and_left_alone);
	tcase_add_test(
		tc, the_newest_copy_is_taken_up_under_a_new_id_and_says_so);
	tcase_add_test(tc, what_was_kept_of_the_version_is_enough);
	tcase_add_test(tc, a_damaged_or_newer_copy_is_passed_over);
	tcase_add_test(tc,
		what_is_distrusted_today_stays_so_and_what_was_lifted_lifted);
	tcase_add_test(
		tc, without_a_file_of_distrusts_the_newer_table_is_asked);
	tcase_add_test(tc,
		a_newer_database_whose_distrusts_are_unreadable_is_stepped_back_from);
	tcase_add_test(
		tc, one_newer_database_more_than_is_kept_pushes_the_former_out);
	tcase_add_test(
		tc, the_newer_database_is_taken_up_again_when_nothing_changed);
	tcase_add_test(
		tc, the_newer_database_stays_aside_when_trust_has_changed);
	tcase_add_test(tc, a_power_cut_while_stepping_back_restores_a_copy);
	tcase_add_test(tc, a_database_does_not_grow_past_its_pages);
	tcase_add_test(tc, an_open_database_has_a_maximum_of_pages);
	tcase_add_test(tc, pages_that_are_free_are_given_back_after_a_run);
	return tc;
}
