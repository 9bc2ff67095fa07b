/* SPDX-License-Identifier: Apache-2.0 */
/* What an upgrade makes of the database of a released version. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "tests/unit/certprovd/store/store-fixture.h"
#include "tests/unit/certprovd/store/store-step-6.h"

TCase *store_migration_tests(void);

static sqlite3 *db;

static void run_sql(const char *text)
{
	ck_assert_msg(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK,
		"%s", sqlite3_errmsg(db));
}

/* The text has two %s: digest and bytes of a certificate. */
static void run_sql_of(const char *text, unsigned n)
{
	struct store_certificate c = certificate(n);
	CLEANUP(free) char *der = malloc(2 * c.der_len + 1);
	char *sql = NULL;
	char sha256[SHA256_HEX_SIZE];

	ck_assert_ptr_nonnull(der);
	hex_format(c.sha256, SHA256_BYTES, sha256);
	hex_format(c.der, c.der_len, der);
	sql = sqlite3_mprintf(text, sha256, der);
	ck_assert_ptr_nonnull(sql);
	run_sql(sql);
	sqlite3_free(sql);
}

static void open_database(void)
{
	ck_assert_int_eq(sqlite3_open(scratch_path("trust.db"), &db), 0);
}

static void close_database(void)
{
	ck_assert_int_eq(sqlite3_close(db), 0);
}

static void setup(void)
{
	store_setup();
	close_store();
	ck_assert_int_eq(unlink(scratch_path("trust.db")), 0);
	(void)unlink(scratch_path("distrusted"));
	open_database();
	run_sql(STORE_STEP_6_TABLES STORE_STEP_6_META);
	run_sql_of(STORE_STEP_6_FOUND, 1);
	run_sql_of(STORE_STEP_6_MISSING, 2);
	run_sql_of(STORE_STEP_6_EXCEPTED, 3);
	run_sql(STORE_STEP_6_REST);
	close_database();
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
}

START_TEST(a_database_of_step_6_is_taken_up_and_a_copy_kept)
{
	ck_assert_uint_eq(store_generation(store), 41);
	ck_assert_str_eq(store_id(store), "00112233445566778899aabbccddeeff");
	ck_assert(scratch_exists("trust.db.version.6"));
	ck_assert(!store_backup_is_continued(store));
	ck_assert_int_eq(store_after_start(store), 0);
	ck_assert(store_backup_is_continued(store));
	reopen_store();
	ck_assert_uint_eq(events[STORE_MIGRATED], 0);
}
END_TEST

START_TEST(nothing_that_step_6_had_is_lost)
{
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert(has_certificate(3));
	ck_assert_uint_eq(count(STORE_EXCEPTIONS), 1);
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 1);
	ck_assert_uint_eq(count(STORE_UNKNOWN), 1);
	ck_assert_uint_eq(count(STORE_RUNS), 2);
	ck_assert_uint_eq(count(STORE_MISSING), 1);
	ck_assert_uint_eq(count(STORE_QUARANTINE), 0);
}
END_TEST

static int check_setting(void *userdata, const struct store_setting *v)
{
	ck_assert_str_eq(v->name, "setting_server");
	ck_assert_str_eq(v->value, "https://h.example/");
	ck_assert(v->admin_set);
	(*(unsigned *)userdata)++;
	return 0;
}

START_TEST(a_setting_is_still_an_administrators)
{
	unsigned seen = 0;

	ck_assert_int_eq(store_each_setting(store, check_setting, &seen), 0);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

static int check_missing(void *userdata, const struct store_certificate *c)
{
	(void)userdata;
	ck_assert_int_eq(c->role, STORE_ROLE_INTERMEDIATE);
	ck_assert_int_eq(c->missing_run, 4);
	ck_assert_int_eq(c->found_run, 3);
	ck_assert_ptr_null(c->refused);
	return 0;
}

/* Step 8: no rule of a firmware has refused it so far. */
START_TEST(a_certificate_is_not_refused_and_can_be_marked)
{
	const struct store_certificate c = certificate(2);

	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_missing, NULL),
		0);
	ck_assert_uint_eq(count(STORE_REFUSED_CERTIFICATES), 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_set_refused(store, c.sha256, "key-too-weak"), 0);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_uint_eq(count(STORE_REFUSED_CERTIFICATES), 1);
	ck_assert_uint_eq(store_generation(store), 41);
}
END_TEST

static int check_plain_run(void *userdata, const struct store_run *run)
{
	(void)userdata;
	ck_assert_str_eq(run->url, "https://h.example/");
	ck_assert_str_eq(run->result, "complete");
	ck_assert_int_eq(run->bytes, 4000);
	ck_assert(run->last_complete);
	ck_assert_ptr_null(run->source);
	ck_assert_ptr_null(run->cause);
	ck_assert_ptr_null(run->chain);
	ck_assert_ptr_null(run->next);
	ck_assert_int_eq(run->previous, 0);
	return 0;
}

static int check_new_run(void *userdata, const struct store_run *run)
{
	(void)userdata;
	ck_assert_str_eq(run->source, "dhcp");
	ck_assert_str_eq(run->cause, "source-failed");
	ck_assert_int_eq(run->previous, 4);
	return 0;
}

/* Step 7: what was not written of an older run is not made up. */
START_TEST(an_older_run_does_not_say_where_it_began_and_a_new_one_does)
{
	const struct store_run run = {.started = NOW,
		.source = "dhcp",
		.cause = "source-failed",
		.previous = 4};
	int64_t id = 0;

	ck_assert_int_eq(store_find_run(store, 3, check_plain_run, NULL), 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &id), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(id, 5);
	reopen_store();
	ck_assert_int_eq(store_find_run(store, id, check_new_run, NULL), 0);
}
END_TEST

static int count_authority(
	void *userdata, const uint8_t sha256[SHA256_BYTES], const char *subject)
{
	(void)sha256;
	ck_assert_str_eq(subject, "CN=root");
	(*(unsigned *)userdata)++;
	return 0;
}

/* So that the first start after the upgrade reports none as new. */
START_TEST(no_authority_was_seen_yet_and_one_can_be)
{
	const struct store_certificate c = certificate(4);
	int64_t fact = -1;
	unsigned seen = 0;

	ck_assert_int_eq(
		store_get_fact(store, STORE_AUTHORITIES_SEEN, &fact), 0);
	ck_assert_int_eq(fact, 0);
	ck_assert_int_eq(
		store_each_authority(store, count_authority, &seen), 0);
	ck_assert_uint_eq(seen, 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_authority(store, c.sha256, "CN=root"), 0);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_int_eq(
		store_each_authority(store, count_authority, &seen), 0);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

/* --- the same tables as of a new database --- */

static char *columns_of(void)
{
	sqlite3_stmt *row = NULL;
	char *text = strdup("");

	open_database();
	ck_assert_int_eq(
		sqlite3_prepare_v2(db,
			"SELECT group_concat(t.name || '.' || c.name || ' ' ||"
			" c.type || c.\"notnull\" || c.pk, char(10)) FROM"
			" sqlite_schema t, pragma_table_info(t.name) c"
			" WHERE t.type = 'table' ORDER BY t.name, c.cid",
			-1, &row, NULL),
		SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
	ck_assert_int_eq(string_replace(&text,
				 (const char *)sqlite3_column_text(row, 0)),
		0);
	ck_assert_int_eq(sqlite3_finalize(row), SQLITE_OK);
	close_database();
	return text;
}

START_TEST(what_comes_of_step_6_has_the_tables_of_a_new_database)
{
	CLEANUP(free) char *migrated = NULL;
	CLEANUP(free) char *created = NULL;

	close_store();
	migrated = columns_of();
	scratch_teardown();
	store_setup();
	close_store();
	created = columns_of();
	ck_assert_ptr_nonnull(strstr(created, "certificate.refused TEXT"));
	ck_assert_str_eq(migrated, created);
}
END_TEST

TCase *store_migration_tests(void)
{
	TCase *tc = tcase_create("store-migration");

	tcase_add_checked_fixture(tc, setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_database_of_step_6_is_taken_up_and_a_copy_kept);
	tcase_add_test(tc, nothing_that_step_6_had_is_lost);
	tcase_add_test(tc, a_setting_is_still_an_administrators);
	tcase_add_test(tc, a_certificate_is_not_refused_and_can_be_marked);
	tcase_add_test(tc,
		an_older_run_does_not_say_where_it_began_and_a_new_one_does);
	tcase_add_test(tc, no_authority_was_seen_yet_and_one_can_be);
	tcase_add_test(
		tc, what_comes_of_step_6_has_the_tables_of_a_new_database);
	return tc;
}
