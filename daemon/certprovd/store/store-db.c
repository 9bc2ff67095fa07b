/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open database: how it is configured, queried by prepared statements, and
 * closed.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define BUSY_TIMEOUT_MS 500
#define ANSWER_SIZE 64 /* of a pragma */

/* --- statements --- */

/* What went wrong inside a transaction ends all of it. */
static int store_fail(struct store *s, int result)
{
	int r = store_error(s, result);

	if (s->in_transaction && s->error == 0)
		s->error = r;
	return r;
}

static int store_bind(
	sqlite3_stmt *statement, int index, const struct store_value *v)
{
	static const char nothing[1] = {0};

	switch (v->type) {
	case VALUE_INTEGER:
		return sqlite3_bind_int64(statement, index, v->integer);
	case VALUE_TEXT:
		return sqlite3_bind_text(
			statement, index, v->data, (int)v->len, SQLITE_STATIC);
	case VALUE_BLOB:
		return sqlite3_bind_blob(statement, index,
			v->len > 0 ? v->data : nothing, (int)v->len,
			SQLITE_STATIC);
	}
	return SQLITE_MISUSE;
}

/* Prepared on first use, kept until the store is closed. */
static int store_prepare(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, sqlite3_stmt **ret)
{
	sqlite3_stmt **slot = &s->statements[statement];
	int result = SQLITE_OK;

	/* SQLite may have rolled back by itself. What follows would be
	 * committed one by one. */
	if (s->in_transaction && s->error < 0)
		return s->error;
	for (size_t i = 0; i < count; i++)
		if (values[i].len > STORE_MAX_VALUE_BYTES)
			return -EINVAL;
	if (!*slot)
		result = sqlite3_prepare_v3(s->db, store_statements[statement],
			-1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
	if (result != SQLITE_OK)
		return store_fail(s, result);
	assert(!sqlite3_stmt_busy(*slot));
	assert(sqlite3_bind_parameter_count(*slot) == (int)count);
	for (size_t i = 0; result == SQLITE_OK && i < count; i++)
		result = store_bind(*slot, (int)i + 1, &values[i]);
	if (result != SQLITE_OK)
		return store_fail(s, result);
	*ret = *slot;
	return 0;
}

/* The values belong to the caller: forget them. */
static void store_settle(sqlite3_stmt *statement)
{
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

int store_query(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, store_row_fn *fn,
	void *userdata)
{
	sqlite3_stmt *row = NULL;
	int result = SQLITE_OK;
	int r = store_prepare(s, statement, values, count, &row);

	if (r < 0)
		return r;
	while (r == 0 && (result = sqlite3_step(row)) == SQLITE_ROW)
		r = fn(userdata, row);
	if (r == 0 && result != SQLITE_DONE)
		r = store_fail(s, result);
	store_settle(row);
	return r;
}

static int store_no_row(void *userdata, sqlite3_stmt *row)
{
	(void)userdata;
	(void)row;
	return 0;
}

int store_execute(struct store *s, enum statement statement,
	const struct store_value *values, size_t count)
{
	return store_query(s, statement, values, count, store_no_row, NULL);
}

int store_change_rows(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, int *ret_rows)
{
	int r = 0;

	assert(s->in_transaction);

	r = store_execute(s, statement, values, count);
	if (r == 0)
		*ret_rows = sqlite3_changes(s->db);
	return r;
}

struct store_db_integer {
	int64_t value;
	bool found;
};

static int store_take_integer(void *userdata, sqlite3_stmt *row)
{
	struct store_db_integer *first = userdata;

	if (!first->found)
		first->value = sqlite3_column_int64(row, 0);
	first->found = true;
	return 0;
}

int store_query_integer(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, int64_t *ret)
{
	struct store_db_integer first = {0};
	int r = store_query(
		s, statement, values, count, store_take_integer, &first);

	if (r < 0)
		return r;
	if (!first.found)
		return -ENOENT;
	*ret = first.value;
	return 0;
}

const char *store_column_text(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

bool store_column_sha256(
	sqlite3_stmt *row, int column, uint8_t ret[SHA256_BYTES])
{
	const void *blob = sqlite3_column_blob(row, column);

	if (!blob || sqlite3_column_bytes(row, column) != SHA256_BYTES)
		return false;
	memcpy(ret, blob, SHA256_BYTES);
	return true;
}

/* --- SQL that runs once --- */

int store_exec(struct store *s, const char *text)
{
	return store_error(s, sqlite3_exec(s->db, text, NULL, NULL, NULL));
}

static int store_take_first(
	void *userdata, int count, char **values, char **names)
{
	char *first = userdata;

	(void)names;
	if (count > 0 && values[0] && !*first)
		(void)snprintf(first, ANSWER_SIZE, "%s", values[0]);
	return 0;
}

/* The first answer to a pragma as text. */
static int store_ask(struct store *s, const char *pragma, char ret[ANSWER_SIZE])
{
	ret[0] = 0;
	return store_error(
		s, sqlite3_exec(s->db, pragma, store_take_first, ret, NULL));
}

int store_ask_number(struct store *s, const char *pragma, long *ret)
{
	char text[ANSWER_SIZE];
	int r = store_ask(s, pragma, text);

	if (r == 0)
		*ret = strtol(text, NULL, 10);
	return r;
}

int store_ask_ok(struct store *s, const char *pragma)
{
	char text[ANSWER_SIZE];
	int r = store_ask(s, pragma, text);

	return r == 0 && strcmp(text, "ok") != 0 ? -EUCLEAN : r;
}

int store_limit_pages(struct store *s, unsigned reserve)
{
	char text[64];
	size_t bytes = STORE_MAX_BYTES +
		(size_t)s->options.max_servers * STORE_MAX_BYTES_EACH;

	(void)snprintf(text, sizeof(text), "PRAGMA max_page_count = %zu",
		bytes / STORE_PAGE_BYTES + reserve);
	return store_exec(s, text);
}

int store_set_lazy(struct store *s, bool lazy)
{
	int r = 0;

	if (s->lazy == lazy)
		return 0;
	r = store_exec(s,
		lazy ? "PRAGMA synchronous = NORMAL"
		     : "PRAGMA synchronous = FULL");
	if (r == 0)
		s->lazy = lazy;
	return r;
}

int store_checkpoint(struct store *s, int mode)
{
	int r = store_error(
		s, sqlite3_wal_checkpoint_v2(s->db, NULL, mode, NULL, NULL));

	/* It has flushed the WAL. */
	if (r == 0)
		s->lazy_commits = 0;
	if (r == 0 && mode == SQLITE_CHECKPOINT_TRUNCATE)
		s->wal_pages = 0;
	return r;
}

/* In place of SQLite's checkpoints by number of pages: see store_commit. Only a
 * commit that has written something gets here, and only such a one flushes. */
static int store_note_wal(
	void *userdata, sqlite3 *db, const char *name, int pages)
{
	struct store *s = userdata;

	(void)db;
	(void)name;
	s->wal_pages = (unsigned)pages;
	s->lazy_commits = s->lazy ? s->lazy_commits + 1 : 0;
	return SQLITE_OK;
}

/* --- opening and closing --- */

/* Exclusive before WAL: then there is no shared memory file, and nobody else
 * gets in. The rest makes SQLite believe the file less. */
static int store_configure(struct store *s)
{
	char mode[ANSWER_SIZE];
	int r = 0;

	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Until it has passed its check, damage stays as it was found. */
	(void)sqlite3_db_config(
		s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	r = store_exec(s,
		"PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA cell_size_check = ON;"
		"PRAGMA cache_size = -512;"
		"PRAGMA temp_store = MEMORY;");
	if (r == 0)
		r = store_ask(s, "PRAGMA journal_mode = WAL", mode);
	if (r == 0 && strcmp(mode, "wal") != 0)
		r = -EIO;
	if (r == 0)
		r = store_exec(s,
			"PRAGMA synchronous = FULL;"
			"PRAGMA foreign_keys = ON;");
	s->wal_pages = 0;
	s->room = 0;
	(void)sqlite3_wal_hook(s->db, store_note_wal, s);
	return r == 0 ? store_limit_pages(s, 0) : r;
}

/* Once SQLite is in use this changes nothing any more. It asks for pages and
 * small blocks as it needs them then, and gives them back; else it reserves 20
 * pages and 48 KiB for each database, and keeps them. */
void store_configure_sqlite(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	(void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

int store_open_database(struct store *s)
{
	int result = sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	int r = store_error(s, result);

	return r < 0 ? r : store_configure(s);
}

void store_checkpoint_on_close(struct store *s)
{
	(void)sqlite3_db_config(
		s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
}

static void store_forget_statements(struct store *s, bool busy_ones)
{
	for (size_t i = 0; i < SQL__END; i++) {
		if (!busy_ones && s->statements[i] &&
			sqlite3_stmt_busy(s->statements[i]))
			continue;
		(void)sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
}

void store_release_memory(struct store *s)
{
	if (!s->db)
		return;
	store_forget_statements(s, false);
	(void)sqlite3_db_release_memory(s->db);
}

void store_close_database(struct store *s)
{
	store_forget_statements(s, true);
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

int store_close_whole(struct store *s)
{
	int r = store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);

	if (r == 0)
		store_checkpoint_on_close(s);
	store_close_database(s);
	return r;
}

/* --- what the store says of itself --- */

const char *store_id(const struct store *s)
{
	return s->id;
}

uint64_t store_generation(const struct store *s)
{
	return s->generation;
}

unsigned store_max_servers(const struct store *s)
{
	return s->options.max_servers;
}

bool store_read_only(const struct store *s)
{
	return s->read_only;
}

void store_touch(struct store *s)
{
	s->trust_changed = true;
}

int store_count(struct store *s, enum store_table table, unsigned *ret)
{
	static const enum statement counts[STORE_TABLE__END] = {
		[STORE_CERTIFICATES] = SQL_CERTIFICATE_COUNT,
		[STORE_EXCEPTIONS] = SQL_EXCEPTION_COUNT,
		[STORE_DISTRUSTED] = SQL_DISTRUSTED_COUNT,
		[STORE_UNKNOWN] = SQL_UNKNOWN_COUNT,
		[STORE_RUNS] = SQL_RUN_COUNT,
		[STORE_QUARANTINE] = SQL_QUARANTINE_COUNT,
		[STORE_MISSING] = SQL_MISSING_COUNT,
		[STORE_REFUSED_CERTIFICATES] = SQL_REFUSED_COUNT,
	};
	int64_t count = 0;
	int r = 0;

	assert(table < STORE_TABLE__END);

	r = store_query_integer(s, counts[table], STORE_NO_VALUES, &count);
	if (r == 0)
		*ret = (unsigned)count;
	return r;
}

uint64_t store_bytes_written(const struct store *s)
{
	int pages = 0;
	int highest = 0;

	(void)sqlite3_db_status(
		s->db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 0);
	return (uint64_t)pages * STORE_PAGE_BYTES * 2;
}

int store_size(struct store *s, uint64_t *ret)
{
	long pages = 0;
	int r = store_ask_number(s, "PRAGMA page_count", &pages);

	if (r == 0)
		*ret = (uint64_t)pages * STORE_PAGE_BYTES;
	return r;
}
