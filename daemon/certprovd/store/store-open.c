/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a store comes up: lock, open, check; and when the check fails, set
 * aside, take up a backup, or start empty. In this order, because a database
 * that another process has open looks damaged to nobody but us.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"

#define APPLICATION_ID 0x63707276
#define BUSY_TIMEOUT_MS 500
#define ID_BYTES 16
#define MIN_BYTES 4096 /* one page */
#define MAX_TABLES 64

static int store_open_say(struct store *s, enum store_event_kind kind,
	int error, const char *path, const char *text)
{
	store_say(s,
		&(struct store_event){.kind = kind,
			.error = error,
			.path = path,
			.text = text});
	return error;
}

void store_close_database(struct store *s)
{
	for (size_t i = 0; i < SQL__END; i++) {
		(void)sqlite3_finalize(s->statements[i]);
		s->statements[i] = NULL;
	}
	(void)sqlite3_close(s->db);
	s->db = NULL;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	if (s->db)
		store_rollback(s);
	/* The last one to close plays the WAL into the file. */
	store_close_database(s);
	s->lock_fd = close_fd(s->lock_fd);
	free(s->state_directory);
	free(s->runtime_directory);
	free(s->path);
	free(s->distrusted_path);
	free(s);
	return NULL;
}

static int store_open_exec(struct store *s, const char *text)
{
	int result = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_error(s, result);
}

static int store_open_take_first(
	void *userdata, int count, char **values, char **names)
{
	char *first = userdata;

	(void)names;
	if (count > 0 && values[0] && !*first)
		(void)snprintf(first, 64, "%s", values[0]);
	return 0;
}

/* A pragma's first answer as text. */
static int store_open_ask(struct store *s, const char *pragma, char ret[64])
{
	int result = 0;

	ret[0] = 0;
	result = sqlite3_exec(s->db, pragma, store_open_take_first, ret, NULL);
	return result == SQLITE_OK ? 0 : store_error(s, result);
}

static int store_open_ask_number(struct store *s, const char *pragma, long *ret)
{
	char text[64];
	int r = store_open_ask(s, pragma, text);

	if (r == 0)
		*ret = strtol(text, NULL, 10);
	return r;
}

/* Exclusive before WAL: then there is no shared memory file, and nobody else
 * gets in. The rest makes SQLite believe the file less. */
static int store_open_configure(struct store *s)
{
	char mode[64];
	int r = 0;

	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, BUSY_TIMEOUT_MS);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	/* Until it has passed its check: what is damaged stays as found. */
	(void)sqlite3_db_config(
		s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	r = store_open_exec(s,
		"PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA cell_size_check = ON;"
		"PRAGMA cache_size = -512;"
		"PRAGMA temp_store = MEMORY;");
	if (r == 0)
		r = store_open_ask(s, "PRAGMA journal_mode = WAL", mode);
	if (r == 0 && strcmp(mode, "wal") != 0)
		r = -EIO;
	if (r == 0)
		r = store_open_exec(s,
			"PRAGMA synchronous = FULL;"
			"PRAGMA foreign_keys = ON;");
	return r == 0 ? store_limit_pages(s, 0) : r;
}

int store_open_database(struct store *s)
{
	int result = sqlite3_open_v2(s->path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	return result == SQLITE_OK ? store_open_configure(s)
				   : store_error(s, result);
}

/* Is this a database of ours and of a version we know? */
static int store_open_check_version(struct store *s, int *ret_version)
{
	long application = 0;
	long version = 0;
	int r = store_open_ask_number(s, "PRAGMA application_id", &application);

	if (r == 0)
		r = store_open_ask_number(s, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (application != APPLICATION_ID || version < 1)
		return -EUCLEAN;
	if (version > store_schema_version())
		return -EMEDIUMTYPE;
	*ret_version = (int)version;
	return 0;
}

static int store_open_check_whole(struct store *s, const char *pragma)
{
	char answer[64];
	int r = store_open_ask(s, pragma, answer);

	return r == 0 && strcmp(answer, "ok") != 0 ? -EUCLEAN : r;
}

/* The tables that are read at start; their names, one a row. */
static int store_open_list_tables(struct store *s, char *names[], size_t *count)
{
	sqlite3_stmt *row = NULL;
	int result = sqlite3_prepare_v2(s->db,
		"SELECT name FROM sqlite_schema WHERE type = 'table'"
		" AND name <> 'outcome'",
		-1, &row, NULL);
	int r = 0;

	while (result == SQLITE_OK || result == SQLITE_ROW) {
		result = sqlite3_step(row);
		if (result != SQLITE_ROW)
			break;
		if (*count == MAX_TABLES)
			r = -EUCLEAN;
		else
			r = replace_string(&names[*count], column_text(row, 0));
		if (r < 0)
			break;
		(*count)++;
	}
	(void)sqlite3_finalize(row);
	if (r < 0)
		return r;
	return result == SQLITE_DONE ? 0 : store_error(s, result);
}

static int store_open_check_tables(struct store *s, char *names[], size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		char *pragma =
			sqlite3_mprintf("PRAGMA quick_check(%Q)", names[i]);

		r = pragma ? store_open_check_whole(s, pragma) : -ENOMEM;
		sqlite3_free(pragma);
	}
	return r;
}

/* Reports are most of a database and trust nobody: the lines of ten cost
 * nothing at start. Where they turn out to be damaged, the next start looks
 * at everything. */
static int store_open_check_what_is_read(struct store *s)
{
	char *names[MAX_TABLES] = {0};
	size_t count = 0;
	int r = store_open_list_tables(s, names, &count);

	if (r == 0)
		r = store_open_check_tables(s, names, count);
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	return r;
}

static int store_open_check(struct store *s, int *ret_version)
{
	int r = store_open_check_version(s, ret_version);

	if (r < 0)
		return r;
	return s->suspect ? store_open_check_whole(s, "PRAGMA quick_check(1)")
			  : store_open_check_what_is_read(s);
}

static int store_open_take_id(void *userdata, sqlite3_stmt *row)
{
	uint8_t id[ID_BYTES];
	const char *text = column_text(row, 0);

	if (!text || hex_parse(text, id, sizeof(id)) < 0)
		return -EUCLEAN;
	hex_format(id, sizeof(id), userdata);
	return 0;
}

static int store_open_load_identity(struct store *s)
{
	int64_t generation = -1;
	int r = 0;

	s->id[0] = 0;
	r = store_query(s, SQL_META_GET, STORE_VALUES(value_text("store")),
		&(struct store_rows){
			.fn = store_open_take_id, .userdata = s->id});
	if (r == 0)
		r = store_query_integer(s, SQL_META_GET,
			STORE_VALUES(value_text("generation")), &generation);
	if (r == -ENOENT || (r == 0 && (generation < 0 || !s->id[0])))
		r = -EUCLEAN;
	if (r == 0)
		s->generation = (uint64_t)generation;
	return r;
}

static int open_checked(struct store *s)
{
	int version = 0;
	int r = store_open_database(s);

	if (r == 0)
		r = store_open_check(s, &version);
	if (r == 0 && version < store_schema_version())
		r = store_migrate(s, version);
	if (r == 0)
		r = store_open_load_identity(s);
	if (r == 0)
		(void)sqlite3_db_config(
			s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return r;
}

/* 0; -ENOENT; -EUCLEAN; or what else stands in the way. */
int store_try_open(struct store *s)
{
	struct stat st;
	int r = 0;

	if (lstat(s->path, &st) < 0)
		return -errno;
	/* SQLite takes an empty file for a new database and writes into it.
	 * Ours never is one: it gets its name when it is complete. */
	if (!S_ISREG(st.st_mode) || st.st_size < MIN_BYTES)
		return -EUCLEAN;
	r = open_checked(s);
	if (r < 0)
		store_close_database(s);
	return r;
}

int store_new_id(struct store *s)
{
	uint8_t id[ID_BYTES];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return -EIO;
	hex_format(id, sizeof(id), s->id);
	return store_execute(s, SQL_META_PUT,
		STORE_VALUES(value_text("store"), value_text(s->id)));
}

static int store_open_fill(struct store *s, const char *path)
{
	int result = sqlite3_open_v2(path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	int r = 0;

	/* Before there is a table: later it would take a VACUUM. */
	if (result == SQLITE_OK)
		result = sqlite3_exec(s->db, "PRAGMA auto_vacuum = INCREMENTAL",
			NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = store_schema_migrate(s->db, 0, store_schema_version());
	r = result == SQLITE_OK ? 0 : store_error(s, result);
	if (r == 0)
		r = store_new_id(s);
	if (r == 0)
		r = store_execute(s, SQL_META_PUT,
			STORE_VALUES(
				value_text("generation"), value_integer(0)));
	store_close_database(s);
	return r;
}

/* It gets its name when it is complete: what has the name and is not
 * complete was damaged later. */
static int store_open_create(struct store *s)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = durable_file_open(s->path, &f);

	if (r == 0)
		r = store_open_fill(s, f.temporary);
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

/* A restored store is another history: its readers must start anew. */
static int store_open_renew_identity(struct store *s)
{
	int r = store_begin(s);

	if (r < 0)
		return r;
	r = store_new_id(s);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s);
}

/* Check the copy of a backup where it has no name yet, and give it its new
 * id: a crash in between must not leave the old id on older contents. */
static int store_open_prepare_restored(struct store *s, char *copy)
{
	char *path = s->path;
	int r = 0;

	s->path = copy;
	s->preparing = true;
	r = store_try_open(s);
	if (r == 0)
		r = store_open_renew_identity(s);
	store_close_database(s);
	s->preparing = false;
	s->path = path;
	return r;
}

static int store_open_restore_one(struct store *s, const char *backup)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = durable_file_open_copy(backup, s->path, &f);

	if (r < 0)
		return r;
	r = store_open_prepare_restored(s, f.temporary);
	if (r == -EMEDIUMTYPE)
		return -ENOENT;
	if (r == -EUCLEAN)
		return store_open_say(s, STORE_DAMAGED, -EUCLEAN, backup,
			"A backup of the trust database is damaged, too.");
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

/* The newest good backup, or else what was kept of an older version: 0, or
 * -ENOENT. */
static int store_open_restore(struct store *s)
{
	int r = -ENOENT;

	for (unsigned n = 0; n < STORE_COPIES; n++) {
		CLEANUP(free) char *backup = NULL;

		r = store_copy_name(s, n, &backup);
		if (r < 0)
			return r;
		r = store_open_restore_one(s, backup);
		if (r == 0)
			return store_open_say(s, STORE_RESTORED, 0, backup,
				"The trust database was restored from its "
				"backup; what was accepted since then is "
				"gone until it is provisioned again.");
		if (r != -EUCLEAN && r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

static int store_open_recover(struct store *s, bool *ret_restored)
{
	int r = store_set_aside(s);

	s->suspect = true;

	if (r < 0)
		return r;
	r = store_open_restore(s);
	*ret_restored = true;
	if (r != -ENOENT)
		return r;
	r = store_open_create(s);
	if (r < 0)
		return r;
	return store_open_say(s, STORE_STARTED_EMPTY, 0, s->path,
		"There is no good backup of the trust database: it starts "
		"empty, and only the firmware's authorities are trusted until "
		"the next provisioning run.");
}

static bool store_open_wal_exists(const struct store *s)
{
	CLEANUP(free) char *wal = NULL;

	return format_string(&wal, "%s-wal", s->path) == 0 &&
		access(wal, F_OK) == 0;
}

/* Open the database, whatever it takes. */
static int store_open_take_up(struct store *s, bool *ret_restored)
{
	int r = store_try_open(s);

	if (r == 0)
		return 0;
	if (r == -ENOENT && !store_has_backup(s) && !store_open_wal_exists(s)) {
		r = store_open_create(s);
		return r < 0 ? r
			     : store_open_say(s, STORE_CREATED, 0, s->path,
				       "A new trust database was made.");
	}
	if (r == -EMEDIUMTYPE) {
		*ret_restored = true;
		return store_step_back(s);
	}
	if (r == -ENOENT)
		(void)store_open_say(s, STORE_DAMAGED, r, s->path,
			"The trust database is missing, although there was "
			"one.");
	else if (r == -EUCLEAN)
		(void)store_open_say(s, STORE_DAMAGED, r, s->path,
			"The trust database is damaged and was set aside.");
	else
		return r;
	return store_open_recover(s, ret_restored);
}

/* A run that a crash cut short is said to be so. */
static int store_open_end_interrupted_runs(struct store *s)
{
	int64_t count = 0;
	int r = store_query_integer(
		s, SQL_RUN_UNFINISHED, STORE_NO_VALUES, &count);

	if (r < 0 || count == 0)
		return r;
	r = store_begin(s);
	if (r < 0)
		return r;
	(void)store_execute(s, SQL_RUN_INTERRUPT,
		STORE_VALUES(value_integer(s->options.now)));
	r = store_commit(s);
	if (r < 0)
		return r;
	return store_open_say(s, STORE_RUN_INTERRUPTED, 0, s->path,
		"The daemon stopped before its last run was finished.");
}

static int store_open_lock(struct store *s)
{
	s->lock_fd =
		open(s->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock_fd < 0)
		return store_open_say(s, STORE_REFUSED, -errno,
			s->state_directory,
			"The state directory cannot be opened.");
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return store_open_say(s, STORE_REFUSED,
			errno == EWOULDBLOCK ? -EBUSY : -errno,
			s->state_directory,
			"Another certprovd uses this state directory; only "
			"one can.");
	return 0;
}

static bool store_open_writable(const struct store *s)
{
	if (faccessat(s->lock_fd, ".", W_OK, AT_EACCESS) < 0)
		return false;
	return faccessat(s->lock_fd, "trust.db", W_OK, AT_EACCESS) == 0 ||
		errno == ENOENT;
}

/* Serve a copy of what there is, and change nothing. */
static int store_open_serve_copy(struct store *s, int reason)
{
	int r = 0;

	free(s->path);
	s->path = NULL;
	s->read_only = true;
	r = format_string(
		&s->path, "%s/trust-read-only.db", s->runtime_directory);
	if (r == 0)
		r = store_copy_read_only(s);
	if (r < 0)
		return r;
	(void)store_open_say(s, STORE_READ_ONLY, reason, s->state_directory,
		"The state directory cannot be written: the trust database is "
		"served from a copy and nothing changes.");
	return 0;
}

static int store_open_choose_place(struct store *s)
{
	if (!store_open_writable(s))
		return store_open_serve_copy(s, -EROFS);
	return format_string(&s->path, "%s/trust.db", s->state_directory);
}

/* A disk that is full just when there is something to recover must not keep
 * the daemon from serving what can be read. */
static bool store_open_cannot_write(const struct store *s, int r)
{
	return !s->read_only && (r == -ENOSPC || r == -EIO || r == -EROFS);
}

static int store_open_explain(struct store *s, int r)
{
	if (r == -EBUSY)
		return store_open_say(s, STORE_REFUSED, r, s->path,
			"Another program has the trust database open.");
	if (r == -EMEDIUMTYPE)
		return store_open_say(s, STORE_REFUSED, r, s->path,
			"A newer version of certprovd wrote the trust "
			"database, and there is no copy that this one can "
			"read.");
	if (r != -ENOMEM)
		return store_open_say(s, STORE_REFUSED, r, s->path,
			"The trust database cannot be opened.");
	return r;
}

static int store_open_take_up_all(struct store *s)
{
	bool restored = false;
	int r = store_open_take_up(s, &restored);

	if (r == 0)
		r = store_take_newer_again(s);
	if (r == 0)
		r = store_merge_distrusted(s, restored);
	return r < 0 ? r : store_note_step(s);
}

static int store_open_bring_up(struct store *s)
{
	int r = store_open_choose_place(s);

	s->suspect = store_is_suspect(s);
	if (r == 0)
		r = store_open_take_up_all(s);
	if (store_open_cannot_write(s, r)) {
		store_close_database(s);
		r = store_open_serve_copy(s, r);
		if (r == 0)
			r = store_open_take_up_all(s);
	}
	if (r < 0)
		return store_open_explain(s, r);

	store_clear_suspicion(s);
	store_keep_reserve(s);
	r = store_open_end_interrupted_runs(s);
	if (r < 0)
		(void)store_open_say(s, STORE_WRITE_FAILED, r, s->path,
			"The last run could not be marked as interrupted.");
	return 0;
}

static int store_open_copy_options(
	struct store *s, const struct store_options *o)
{
	int r = replace_string(&s->state_directory, o->state_directory);

	if (r == 0)
		r = replace_string(&s->runtime_directory, o->runtime_directory);
	if (r == 0)
		r = format_string(&s->distrusted_path, "%s/distrusted",
			s->state_directory);
	s->options = *o;
	s->options.state_directory = s->state_directory;
	s->options.runtime_directory = s->runtime_directory;
	if (o->max_servers == 0)
		s->options.max_servers = STORE_MAX_SERVERS;
	if (o->max_unknown == 0)
		s->options.max_unknown = STORE_MAX_UNKNOWN;
	if (o->max_distrusted == 0)
		s->options.max_distrusted = STORE_MAX_DISTRUSTED;
	return r;
}

int store_open(const struct store_options *options, struct store **ret)
{
	CLEANUP(store_close) struct store *s = NULL;
	int r = 0;

	assert(options->state_directory && options->runtime_directory);

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->lock_fd = -1;
	s->opening = true;
	r = store_open_copy_options(s, options);
	if (r == 0)
		r = store_open_lock(s);
	if (r == 0)
		r = store_open_bring_up(s);
	if (r < 0)
		return r;

	s->opening = false;
	*ret = TAKE_PTR(s);
	return 0;
}
