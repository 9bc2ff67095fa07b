/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovd/store/store-internal.h"
#include "daemon/certprovd/sys/durable-file.h"

#define CERTIFICATE_COLUMNS                                                    \
	"sha256, der, origin, url, document, line, run, added, "               \
	"authenticated, number, role"
#define EXCEPTION_COLUMNS "sha256, host, expires, results, added, who"
#define RUN_COLUMNS                                                            \
	"id, url, started, finished, result, reason, dry_run, documents, "     \
	"certificates, accepted, refused, bytes, firmware, "                   \
	"(SELECT coalesce(sum(lines), 0) FROM omitted WHERE run = run.id)"
/* Whose report is kept longest. */
#define LAST_COMPLETE                                                          \
	"(SELECT coalesce(max(id), 0) FROM run WHERE result = 'complete')"

static const char *const sql[SQL__END] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_META_GET] = "SELECT value FROM meta WHERE name = ?",
	[SQL_META_PUT] = "INSERT INTO meta (name, value) VALUES (?, ?)"
			 " ON CONFLICT (name) DO UPDATE"
			 " SET value = excluded.value",
	[SQL_CERTIFICATE_ADD] =
		"INSERT INTO certificate (sha256, der, origin, url, document,"
		" line, run, added, authenticated, role)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (sha256) DO UPDATE SET origin = excluded.origin,"
		" url = excluded.url, document = excluded.document,"
		" line = excluded.line, run = excluded.run,"
		" added = excluded.added,"
		" authenticated = excluded.authenticated,"
		" role = excluded.role"
		" WHERE (certificate.origin = '" STORE_ORIGIN_EXCEPTION "'"
		" AND excluded.origin <> '" STORE_ORIGIN_EXCEPTION "')"
		" OR (certificate.role = 'intermediate'"
		" AND excluded.role = 'anchor')",
	[SQL_CERTIFICATE_COUNT] = "SELECT count(*) FROM certificate",
	[SQL_CERTIFICATE_EACH] = "SELECT " CERTIFICATE_COLUMNS
				 " FROM certificate ORDER BY number",
	[SQL_CERTIFICATE_FIND] = "SELECT " CERTIFICATE_COLUMNS
				 " FROM certificate WHERE sha256 = ?",
	[SQL_CERTIFICATE_PRUNE] =
		"DELETE FROM certificate"
		" WHERE origin = '" STORE_ORIGIN_EXCEPTION "'"
		" AND sha256 NOT IN (SELECT sha256 FROM exception)",
	[SQL_CERTIFICATE_REMOVE] = "DELETE FROM certificate WHERE sha256 = ?",
	[SQL_CERTIFICATE_ROLE] = "UPDATE certificate SET role = ?2"
				 " WHERE sha256 = ?1 AND role IS NULL",
	[SQL_CERTIFICATE_SEEN] = "SELECT run.id, run.started FROM outcome"
				 " JOIN run ON run.id = outcome.run"
				 " WHERE outcome.sha256 = ? AND run.dry_run = 0"
				 " ORDER BY run.id DESC LIMIT 1",
	[SQL_CERTIFICATE_THERE] =
		"SELECT count(*) FROM certificate WHERE sha256 = ?",
	[SQL_QUARANTINE_ADD] =
		"INSERT INTO quarantine (sha256, der, origin, url, document,"
		" found) SELECT sha256, der, origin, url, document, ?2"
		" FROM certificate WHERE number = ?1",
	[SQL_QUARANTINE_COUNT] = "SELECT count(*) FROM quarantine",
	[SQL_QUARANTINE_PRUNE] = "DELETE FROM quarantine WHERE number <="
				 " (SELECT max(number) FROM quarantine) - ?",
	[SQL_QUARANTINE_REMOVE] = "DELETE FROM certificate WHERE number = ?",
	[SQL_EXCEPTION_COUNT] = "SELECT count(*) FROM exception",
	[SQL_EXCEPTION_COUNT_OF] =
		"SELECT count(*) FROM exception WHERE sha256 = ?",
	[SQL_EXCEPTION_EACH] = "SELECT " EXCEPTION_COLUMNS
			       " FROM exception ORDER BY added, host",
	[SQL_EXCEPTION_EXPIRE] = "DELETE FROM exception WHERE expires < ?",
	[SQL_EXCEPTION_OF] =
		"SELECT " EXCEPTION_COLUMNS " FROM exception WHERE sha256 = ?"
		" ORDER BY added, host",
	[SQL_EXCEPTION_PUT] = "INSERT OR REPLACE INTO exception (sha256, host,"
			      " expires, results, added, who)"
			      " VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_EXCEPTION_REMOVE] =
		"DELETE FROM exception WHERE sha256 = ? AND host = ?",
	[SQL_EXCEPTION_THERE] = "SELECT count(*) FROM exception"
				" WHERE sha256 = ? AND host = ?",
	[SQL_VALIDATOR_EACH] = "SELECT url, sha256, value FROM validator",
	[SQL_VALIDATOR_PRUNE] = "DELETE FROM validator WHERE rowid <="
				" (SELECT max(rowid) FROM validator) - ?",
	[SQL_VALIDATOR_PUT] =
		"INSERT INTO validator (url, sha256, value) VALUES (?, ?, ?)"
		" ON CONFLICT (url) DO UPDATE"
		" SET sha256 = excluded.sha256, value = excluded.value"
		" WHERE sha256 IS NOT excluded.sha256"
		" OR value IS NOT excluded.value",
	[SQL_DISTRUSTED_ADD] =
		"INSERT INTO distrusted (kind, sha256, reason, added, who)"
		" VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	[SQL_DISTRUSTED_CLEAR] = "DELETE FROM distrusted",
	[SQL_DISTRUSTED_COUNT] = "SELECT count(*) FROM distrusted",
	[SQL_DISTRUSTED_EACH] = "SELECT kind, sha256, reason, added, who"
				" FROM distrusted ORDER BY added, kind, sha256",
	[SQL_DISTRUSTED_LIFT] =
		"DELETE FROM distrusted WHERE kind = ? AND sha256 = ?",
	[SQL_UNKNOWN_COUNT] = "SELECT count(*) FROM unknown",
	[SQL_UNKNOWN_EACH] =
		"SELECT sha256, chain, results, hosts, purposes, reporters,"
		" first_seen, last_seen, seen"
		" FROM unknown JOIN unknown_chain USING (sha256)"
		" ORDER BY last_seen, sha256",
	[SQL_UNKNOWN_KEYS] = "SELECT sha256 FROM unknown",
	[SQL_UNKNOWN_PRUNE] =
		"DELETE FROM unknown WHERE sha256 IN (SELECT sha256"
		" FROM unknown ORDER BY last_seen DESC, sha256 DESC"
		" LIMIT -1 OFFSET ?)",
	[SQL_UNKNOWN_PUT] =
		"INSERT INTO unknown (sha256, results, hosts, purposes,"
		" reporters, first_seen, last_seen, seen)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (sha256) DO UPDATE SET"
		" results = excluded.results, hosts = excluded.hosts,"
		" purposes = excluded.purposes,"
		" reporters = excluded.reporters,"
		" first_seen = excluded.first_seen,"
		" last_seen = excluded.last_seen, seen = excluded.seen",
	[SQL_UNKNOWN_PUT_CHAIN] =
		"INSERT INTO unknown_chain (sha256, chain) VALUES (?, ?)"
		" ON CONFLICT DO NOTHING",
	[SQL_UNKNOWN_REMOVE] = "DELETE FROM unknown WHERE sha256 = ?",
	[SQL_SETTING_EACH] = "SELECT name, value, origin, permission,"
			     " admin_set FROM setting ORDER BY name",
	[SQL_SETTING_PUT] =
		"INSERT INTO setting (name, value, origin, permission,"
		" admin_set) VALUES (?, ?, ?, ?, ?)"
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
		" origin = excluded.origin, permission = excluded.permission,"
		" admin_set = excluded.admin_set"
		" WHERE (value IS NOT excluded.value"
		" OR origin IS NOT excluded.origin"
		" OR permission IS NOT excluded.permission"
		" OR admin_set IS NOT excluded.admin_set)"
		" AND admin_set <= excluded.admin_set",
	[SQL_SETTING_REMOVE] = "DELETE FROM setting WHERE name = ?",
	[SQL_RUN_COUNT] = "SELECT count(*) FROM run",
	[SQL_RUN_EACH] = "SELECT " RUN_COLUMNS " FROM run ORDER BY id DESC",
	[SQL_RUN_FIND] = "SELECT " RUN_COLUMNS " FROM run WHERE id = ?",
	[SQL_RUN_FINISH] =
		"UPDATE run SET url = ?2, finished = ?3, result = ?4,"
		" reason = ?5, documents = ?6, certificates = ?7,"
		" accepted = ?8, refused = ?9, bytes = ?10 WHERE id = ?1",
	[SQL_RUN_INTERRUPT] =
		"UPDATE run SET finished = ?, result = 'failed',"
		" reason = 'The daemon stopped before the run was finished.'"
		" WHERE finished IS NULL",
	[SQL_RUN_PRUNE] =
		"DELETE FROM run WHERE id <> " LAST_COMPLETE " AND id NOT IN"
		" (SELECT id FROM run ORDER BY id DESC LIMIT ?)",
	[SQL_RUN_START] =
		"INSERT INTO run (id, url, started, dry_run, firmware)"
		" VALUES ((SELECT coalesce(max(id), 0) + 1 FROM run),"
		" ?, ?, ?, ?)",
	[SQL_RUN_UNFINISHED] =
		"SELECT count(*) FROM run WHERE finished IS NULL",
	[SQL_REPORT_CLEAR] = "UPDATE run SET report_bytes = 0 WHERE id = ?",
	[SQL_REPORT_COUNT_LINES] =
		"INSERT INTO omitted (run, kind, result, lines)"
		" SELECT run, coalesce(json_extract(json, '$.kind'), ''),"
		" coalesce(json_extract(json, '$.result'), ''), count(*)"
		" FROM outcome WHERE run = ? AND json_valid(json)"
		" GROUP BY 1, 2, 3 ON CONFLICT DO UPDATE"
		" SET lines = lines + excluded.lines",
	[SQL_REPORT_CUT] = "DELETE FROM outcome WHERE run = ?",
	[SQL_REPORT_GROW] = "UPDATE run SET report_bytes = report_bytes + ?2"
			    " WHERE id = ?1 AND report_bytes + ?2 <= ?3",
	[SQL_REPORT_OLDEST] = "SELECT id FROM run WHERE report_bytes > 0"
			      " ORDER BY id = " LAST_COMPLETE ", id LIMIT 1",
	[SQL_REPORT_TOTAL] = "SELECT coalesce(sum(report_bytes), 0) FROM run",
	[SQL_OMITTED_ADD] = "INSERT INTO omitted (run, kind, result, lines)"
			    " VALUES (?, ?, ?, 1)"
			    " ON CONFLICT DO UPDATE SET lines = lines + 1",
	[SQL_OMITTED_EACH] = "SELECT kind, result, lines FROM omitted"
			     " WHERE run = ? ORDER BY lines DESC, kind, result",
	[SQL_OUTCOME_ADD] =
		"INSERT INTO outcome (run, sha256, json) VALUES (?, ?, ?)",
	[SQL_OUTCOME_EACH] =
		"SELECT json FROM outcome WHERE run = ? ORDER BY number",
	[SQL_OUTCOME_NEXT] =
		"SELECT json, number FROM outcome WHERE run = ? AND number > ?"
		" ORDER BY number LIMIT ?",
	[SQL_CHANGE_ADD] = "INSERT INTO change (made, who, what, sha256, name,"
			   " run) VALUES (?, ?, ?, ?, ?, ?)",
	[SQL_CHANGE_EACH] = "SELECT made, who, what, sha256, name, run,"
			    " generation FROM change"
			    " ORDER BY number DESC LIMIT ?",
	[SQL_CHANGE_PRUNE] = "DELETE FROM change WHERE number <="
			     " (SELECT max(number) FROM change) - ?",
	[SQL_CHANGE_STAMP] =
		"UPDATE change SET generation = ? WHERE generation IS NULL",
};

static const struct {
	int result;
	int error;
} errors[] = {
	{SQLITE_NOMEM, -ENOMEM},
	{SQLITE_FULL, -ENOSPC},
	{SQLITE_CORRUPT, -EUCLEAN},
	{SQLITE_NOTADB, -EUCLEAN},
	{SQLITE_BUSY, -EBUSY},
	{SQLITE_LOCKED, -EBUSY},
	{SQLITE_READONLY, -EROFS},
	{SQLITE_PERM, -EACCES},
	{SQLITE_TOOBIG, -EINVAL},
	{SQLITE_CONSTRAINT, -EEXIST},
};

void store_say(struct store *s, const struct store_event *event)
{
	if (s->options.on_event)
		s->options.on_event(s->options.userdata, event);
}

static int store_error_of(sqlite3 *db, int result)
{
	int extended = db ? sqlite3_extended_errcode(db) : result;
	int reason = db ? sqlite3_system_errno(db) : 0;

	if (extended == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	/* A block that cannot be read is lost, whoever says so. */
	if (extended == SQLITE_IOERR_READ ||
		extended == SQLITE_IOERR_SHORT_READ ||
		extended == SQLITE_IOERR_CORRUPTFS)
		return -EUCLEAN;
	/* SQLite calls only some kinds of a full disk so. */
	if ((result & 0xff) == SQLITE_IOERR &&
		(reason == ENOSPC || reason == EDQUOT || reason == EFBIG))
		return -ENOSPC;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].result == (result & 0xff))
			return errors[i].error;
	return -EIO;
}

int store_error(struct store *s, int result)
{
	int r = store_error_of(s->db, result);

	if (r == -EUCLEAN && !s->damage_reported && !s->opening) {
		s->damage_reported = true;
		store_mark_suspect(s);
		store_say(s,
			&(struct store_event){.kind = STORE_DAMAGED,
				.error = r,
				.path = s->path,
				.text = "The trust database turned out to be "
					"damaged; the next start recovers "
					"what can be recovered."});
	}
	return r;
}

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

	/* SQLite may have rolled back by itself: what follows would be
	 * committed one by one. */
	if (s->in_transaction && s->error < 0)
		return s->error;
	for (size_t i = 0; i < count; i++)
		if (values[i].len > STORE_MAX_VALUE_BYTES)
			return -EINVAL;
	if (!*slot)
		result = sqlite3_prepare_v3(s->db, sql[statement], -1,
			SQLITE_PREPARE_PERSISTENT, slot, NULL);
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

/* The values are the caller's and must not be seen again. */
static void store_settle(sqlite3_stmt *statement)
{
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

int store_query(struct store *s, enum statement statement,
	const struct store_value *values, size_t count,
	const struct store_rows *rows)
{
	sqlite3_stmt *row = NULL;
	int result = SQLITE_OK;
	int r = store_prepare(s, statement, values, count, &row);

	if (r < 0)
		return r;
	while (r == 0 && (result = sqlite3_step(row)) == SQLITE_ROW)
		r = rows->fn(rows->userdata, row);
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
	return store_query(s, statement, values, count,
		&(const struct store_rows){.fn = store_no_row});
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

struct integer {
	int64_t value;
	bool found;
};

static int store_take_integer(void *userdata, sqlite3_stmt *row)
{
	struct integer *first = userdata;

	if (!first->found)
		first->value = sqlite3_column_int64(row, 0);
	first->found = true;
	return 0;
}

int store_query_integer(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, int64_t *ret)
{
	struct integer first = {0};
	int r = store_query(s, statement, values, count,
		&(struct store_rows){
			.fn = store_take_integer, .userdata = &first});

	if (r < 0)
		return r;
	if (!first.found)
		return -ENOENT;
	*ret = first.value;
	return 0;
}

const char *column_text(sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

bool column_sha256(sqlite3_stmt *row, int column, uint8_t ret[SHA256_BYTES])
{
	const void *blob = sqlite3_column_blob(row, column);

	if (!blob || sqlite3_column_bytes(row, column) != SHA256_BYTES)
		return false;
	memcpy(ret, blob, SHA256_BYTES);
	return true;
}

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
	};
	int64_t count = 0;
	int r = 0;

	assert(table < STORE_TABLE__END);

	r = store_query_integer(s, counts[table], STORE_NO_VALUES, &count);
	if (r == 0)
		*ret = (unsigned)count;
	return r;
}

int store_begin(struct store *s)
{
	int r = 0;

	assert(!s->in_transaction);

	if (s->read_only && !s->opening)
		return -EROFS;
	r = store_execute(s, SQL_BEGIN, STORE_NO_VALUES);
	if (r < 0)
		return r;
	s->in_transaction = true;
	s->trust_changed = false;
	s->distrusted_changed = false;
	s->history_changed = false;
	s->error = 0;
	return 0;
}

void store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	s->in_transaction = false;
	/* After a full disk SQLite may have done so itself. */
	if (!sqlite3_get_autocommit(s->db))
		(void)store_execute(s, SQL_ROLLBACK, STORE_NO_VALUES);
}

/* What belongs to the changes of the transaction but is not their text. */
static int store_complete(struct store *s, uint64_t generation)
{
	int r = 0;

	if (s->trust_changed)
		r = store_execute(s, SQL_META_PUT,
			STORE_VALUES(value_text("generation"),
				value_integer((int64_t)generation)));
	if (r == 0 && s->history_changed)
		r = store_execute(s, SQL_CHANGE_STAMP,
			STORE_VALUES(value_integer((int64_t)generation)));
	if (r == 0 && s->history_changed)
		r = store_execute(s, SQL_CHANGE_PRUNE,
			STORE_VALUES(value_integer(STORE_MAX_CHANGES)));
	return r;
}

/* The file of distrusts lies ready before the commit and gets its name after
 * it: there is room for both or for none. A crash between the two leaves a
 * new distrust in the database, one that was to be lifted in the file, and
 * both are united at the next start: nobody was told of either yet. */
static int store_commit_both(struct store *s)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	bool file = s->distrusted_changed && !s->read_only;
	int r = 0;

	if (file)
		r = store_prepare_distrusted(s, &f);
	if (r == 0)
		r = store_execute(s, SQL_COMMIT, STORE_NO_VALUES);
	if (r < 0)
		return r;
	r = file ? durable_file_commit(&f) : 0;
	if (r < 0)
		store_say(s,
			&(struct store_event){.kind = STORE_WRITE_FAILED,
				.error = r,
				.path = s->distrusted_path,
				.text = "The change of what is distrusted is "
					"durable, but its own file could not "
					"be replaced; the next start does."});
	return 0;
}

int store_commit(struct store *s)
{
	uint64_t generation = s->generation + (s->trust_changed ? 1 : 0);
	int r = s->error;

	assert(s->in_transaction);

	if (r == 0)
		r = store_complete(s, generation);
	if (r == 0)
		r = store_commit_both(s);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	s->in_transaction = false;
	s->generation = generation;
	if (s->distrusted_changed && !s->opening && !s->reserve_given_up)
		store_keep_reserve(s);
	return 0;
}

uint64_t store_bytes_written(const struct store *s)
{
	int pages = 0;
	int highest = 0;

	(void)sqlite3_db_status(
		s->db, SQLITE_DBSTATUS_CACHE_WRITE, &pages, &highest, 0);
	return (uint64_t)pages * STORE_PAGE_BYTES * 2;
}

static int store_checkpoint(struct store *s)
{
	int result = sqlite3_wal_checkpoint_v2(
		s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_error(s, result);
}

static int store_take_count(
	void *userdata, int count, char **values, char **names)
{
	long *free_pages = userdata;

	(void)names;
	if (count > 0 && values[0])
		*free_pages = strtol(values[0], NULL, 10);
	return 0;
}

/* Some free pages are soon used again; more of them are a file that would stay
 * as large as it was once. */
static int store_give_room_back(struct store *s)
{
	long free_pages = 0;
	int result = sqlite3_exec(s->db, "PRAGMA freelist_count",
		store_take_count, &free_pages, NULL);

	if (result == SQLITE_OK && free_pages > STORE_MAX_FREE_PAGES)
		result = sqlite3_exec(
			s->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);
	return result == SQLITE_OK ? 0 : store_error(s, result);
}

void store_end_reserve(struct store *s)
{
	assert(!s->in_transaction);

	/* What lies in the WAL is room for the next one. */
	(void)store_checkpoint(s);
	(void)store_limit_pages(s, 0);
	store_keep_reserve(s);
	s->reserve_given_up = false;
}

int store_after_run(struct store *s, bool backup)
{
	int r = 0;
	int failed = 0;

	assert(!s->in_transaction);

	if (s->read_only)
		return -EROFS;
	r = backup ? store_backup(s) : 0;
	if (r == 0)
		r = store_give_room_back(s);
	failed = store_checkpoint(s);
	store_keep_reserve(s);
	if (r == 0)
		r = failed;
	if (r < 0)
		store_say(s,
			&(struct store_event){.kind = STORE_WRITE_FAILED,
				.error = r,
				.path = s->path,
				.text = "The upkeep of the trust database "
					"after a run failed; nothing is lost, "
					"but the backup may be an old one."});
	return r;
}
