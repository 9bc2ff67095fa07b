/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the store share and nobody else sees. They are listed from
 * bottom to top, and each calls only those before it: statements, error, db;
 * then the tables and files; then commit; then all that opening takes.
 */
#ifndef CERTPROVD_STORE_INTERNAL_H
#define CERTPROVD_STORE_INTERNAL_H

#include <sqlite3.h>
#include <string.h>

#include "daemon/certprovd/store/store.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"

/* Every statement that runs more than once. */
enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_META_GET,
	SQL_META_PUT,
	SQL_CERTIFICATE_ADD,
	SQL_CERTIFICATE_COUNT,
	SQL_CERTIFICATE_EACH,
	SQL_CERTIFICATE_FIND,
	SQL_CERTIFICATE_FOUND,
	SQL_CERTIFICATE_MISSING,
	SQL_CERTIFICATE_PRUNE,
	SQL_CERTIFICATE_REFUSE,
	SQL_CERTIFICATE_REMOVE,
	SQL_CERTIFICATE_ROLE,
	SQL_CERTIFICATE_SEEN,
	SQL_CERTIFICATE_THERE,
	SQL_CERTIFICATE_WITHOUT_ROLE,
	SQL_MISSING_COUNT,
	SQL_REFUSED_COUNT,
	SQL_AUTHORITY_CLEAR,
	SQL_AUTHORITY_EACH,
	SQL_AUTHORITY_PUT,
	SQL_AUTHORITY_REMOVE,
	SQL_PROVISIONED_EACH,
	SQL_PROVISIONED_FIND,
	SQL_QUARANTINE_ADD,
	SQL_QUARANTINE_COUNT,
	SQL_QUARANTINE_PRUNE,
	SQL_QUARANTINE_REMOVE,
	SQL_EXCEPTION_COUNT,
	SQL_EXCEPTION_COUNT_OF,
	SQL_EXCEPTION_EACH,
	SQL_EXCEPTION_EXPIRE,
	SQL_EXCEPTION_OF,
	SQL_EXCEPTION_PUT,
	SQL_EXCEPTION_REMOVE,
	SQL_EXCEPTION_THERE,
	SQL_VALIDATOR_EACH,
	SQL_VALIDATOR_PRUNE,
	SQL_VALIDATOR_PUT,
	SQL_DISTRUSTED_ADD,
	SQL_DISTRUSTED_CLEAR,
	SQL_DISTRUSTED_COUNT,
	SQL_DISTRUSTED_EACH,
	SQL_DISTRUSTED_LIFT,
	SQL_UNKNOWN_COUNT,
	SQL_UNKNOWN_EACH,
	SQL_UNKNOWN_KEYS,
	SQL_UNKNOWN_PRUNE,
	SQL_UNKNOWN_PUT,
	SQL_UNKNOWN_PUT_CHAIN,
	SQL_UNKNOWN_REMOVE,
	SQL_SETTING_EACH,
	SQL_SETTING_PUT,
	SQL_SETTING_REMOVE,
	SQL_RUN_COUNT,
	SQL_RUN_EACH,
	SQL_RUN_FIND,
	SQL_RUN_FINISH,
	SQL_RUN_INTERRUPT,
	SQL_RUN_PRUNE,
	SQL_RUN_START,
	SQL_RUN_UNFINISHED,
	SQL_REPORT_CLEAR,
	SQL_REPORT_COUNT_LINES,
	SQL_REPORT_GROW,
	SQL_REPORT_OLDEST,
	SQL_REPORT_TOTAL,
	SQL_OMITTED_ADD,
	SQL_OMITTED_ADD_LINES,
	SQL_OMITTED_EACH,
	SQL_OUTCOME_ADD,
	SQL_OUTCOME_EACH,
	SQL_OUTCOME_NEXT,
	SQL_OUTCOME_REMOVE,
	SQL_CHANGE_ADD,
	SQL_CHANGE_EACH,
	SQL_CHANGE_PRUNE,
	SQL_CHANGE_STAMP,
	SQL__END
};

struct store {
	sqlite3 *db;
	sqlite3_stmt *statements[SQL__END];
	struct store_options options;
	char *state_directory;
	char *runtime_directory;
	char *path;            /* of the database that is open */
	char *distrusted_path; /* of the file of distrusts */
	int lock_fd;           /* the state directory, locked */
	char id[STORE_ID_SIZE];
	char next_id[STORE_ID_SIZE]; /* with this transaction; empty: none */
	uint64_t generation;
	int error;    /* of the transaction; what ended it */
	bool opening; /* writes are upkeep, allowed on a copy, too */
	bool read_only;
	bool in_transaction;
	bool lazy;             /* commits are not flushed */
	unsigned lazy_commits; /* since the last flush */
	unsigned wal_pages;    /* after the last commit; 0: there was none */
	bool trust_changed;
	bool distrusted_changed;
	bool history_changed;
	bool damage_reported;
	uint64_t backup_bytes; /* written in this day, which began at */
	int64_t backup_day;    /* seconds since boot */
	bool reserve_given_up;
	bool preparing; /* what is open is a copy that has no name yet */
	bool stepped_back;
	/* There is room for so many certificates, or for more. Only
	 * store_add_certificate() takes any. */
	int64_t room;
	bool suspect; /* damage was met: look at all of it before use */
};

/* --- store-statements.c --- */

extern const char *const store_statements[SQL__END];

/* --- store-error.c --- */

void store_tell(struct store *s, const struct store_event *event);
/* The same in words; returns the error. */
int store_say(struct store *s, enum store_event_kind kind, int error,
	const char *path, const char *text);
/* 0 or the negative errno for a result of SQLite; damage is reported, once. */
int store_error(struct store *s, int result);
/* Whether damage was met before, so that all of it is to be checked. */
bool store_is_suspect(const struct store *s);
void store_clear_suspicion(const struct store *s);

/* --- store-db.c --- */

struct store_value {
	enum { VALUE_INTEGER, VALUE_TEXT, VALUE_BLOB } type;
	int64_t integer;
	const void *data;
	size_t len;
};

static inline struct store_value store_integer(int64_t n)
{
	return (struct store_value){.type = VALUE_INTEGER, .integer = n};
}

/* NULL is NULL. */
static inline struct store_value store_text(const char *text)
{
	return (struct store_value){.type = VALUE_TEXT,
		.data = text,
		.len = text ? strlen(text) : 0};
}

static inline struct store_value store_blob(const void *data, size_t len)
{
	return (struct store_value){
		.type = VALUE_BLOB, .data = data, .len = len};
}

static inline struct store_value store_sha256(const uint8_t *sha256)
{
	return store_blob(sha256, SHA256_BYTES);
}

#define STORE_VALUES(...)                                                      \
	(const struct store_value[]){__VA_ARGS__},                             \
		ARRAY_SIZE(((const struct store_value[]){__VA_ARGS__}))
#define STORE_NO_VALUES NULL, 0

/* A statement without rows; an error ends the transaction. */
int store_execute(struct store *s, enum statement statement,
	const struct store_value *values, size_t count);
/* The same, and how many rows it changed. */
int store_change_rows(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, int *ret_rows);
/* Every row to the callback, which may end it. */
typedef int store_row_fn(void *userdata, sqlite3_stmt *row);
int store_query(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, store_row_fn *fn,
	void *userdata);
/* The first column of the first row; -ENOENT without. */
int store_query_integer(struct store *s, enum statement statement,
	const struct store_value *values, size_t count, int64_t *ret);
/* Columns. Borrowed until the next row; NULL is NULL. */
const char *store_column_text(sqlite3_stmt *row, int column);
/* False when it is no digest. */
bool store_column_sha256(
	sqlite3_stmt *row, int column, uint8_t ret[SHA256_BYTES]);

/* SQL without values. */
int store_exec(struct store *s, const char *text);
int store_ask_number(struct store *s, const char *pragma, long *ret);
/* -EUCLEAN unless the answer is "ok". */
int store_ask_ok(struct store *s, const char *pragma);
/* No more pages than the database may have, and so many in reserve. */
int store_limit_pages(struct store *s, unsigned reserve);

/* Before the first database. */
void store_configure_sqlite(void);
/* Open what is at s->path without looking at it. Close it in any case. */
int store_open_database(struct store *s);
void store_close_database(struct store *s);
/* Whether commits are flushed. */
int store_set_lazy(struct store *s, bool lazy);
/* Play the WAL into the file, by a mode of SQLite; when it is closed; now, and
 * close it. */
int store_checkpoint(struct store *s, int mode);
void store_checkpoint_on_close(struct store *s);
int store_close_whole(struct store *s);
/* A change of trust: the generation grows with this commit. */
void store_touch(struct store *s);

/* --- store-schema.c --- */

/* The version that this program writes. */
int store_schema_version(void);
/* Bring a database from a version to another one, in one transaction.
 * Returns a result of SQLite. */
int store_schema_migrate(sqlite3 *db, int from, int to);

/* --- store-files.c --- */

/* Copies that can be restored, the most wanted first: backups, and what was
 * kept of each older version. */
#define STORE_COPIES (STORE_MAX_BACKUPS + STORE_MAX_SCHEMA)
int store_copy_name(const struct store *s, unsigned n, char **ret);
/* Keep a copy of the closed database, as of this version; drop the oldest. */
int store_keep_version(struct store *s, int version);
/* Put the database aside as one of a newer version. */
int store_put_newer_aside(struct store *s);
int store_newer_name(const struct store *s, char **ret);

/* trust.db.WHAT.N in the state directory, in new memory. */
int store_file_name(
	const struct store *s, const char *what, unsigned n, char **ret);
/* Make room for number 1 of them: N-1 becomes N, from the oldest on. */
int store_turn(const struct store *s, const char *what, unsigned kept);
/* Whether the database at s->path has one, or had. */
bool store_wal_is_there(const struct store *s);
/* Move the database at s->path and its WAL out of the way; to where. */
int store_set_aside(struct store *s, char **ret);
/* See that there is a reserve, as large as there is room for. */
void store_keep_reserve(const struct store *s);
void store_drop_reserve(const struct store *s);
/* Remove all copies, also those of newer versions and what was set aside. */
int store_drop_copies(const struct store *s);
/* Whether there is any, or a copy of an older version. */
bool store_has_backup(const struct store *s);
/* Copy the database and its WAL to where they can be written. */
int store_copy_read_only(struct store *s);

/* --- store-wal.c --- */

#define STORE_WAL_HEADER_BYTES 32
#define STORE_WAL_FRAME_BYTES (24 + STORE_PAGE_BYTES)

enum store_wal_state {
	STORE_WAL_GOOD,
	STORE_WAL_CUT,      /* flushed commits stand behind damage */
	STORE_WAL_HEADLESS, /* damaged so that nothing of it counts */
};
/* Of an open log, which is flushed. */
int store_wal_look(int fd, enum store_wal_state *ret);
/* After a commit: the file ends where the log does. */
void store_wal_drop_hidden(const struct store *s, const char *wal);

/* --- store-backup.c --- */

struct durable_file;
/* Write a backup and turn the others, and begin the WAL anew: from then on it
 * continues this backup. -EDQUOT when enough was written today. */
int store_backup(struct store *s);
/* Whether nothing is missing in the newest backup and the WAL together; not
 * when that cannot be told. */
bool store_backup_is_continued(const struct store *s);
/* Whether this WAL continues this backup. */
int store_wal_continues(const char *wal, const char *backup, bool *ret);
/* Remove what an interrupted attempt left: it would be played into whatever
 * gets this name. */
int store_drop_wal(const char *database);
/* To be opened as a database without a WAL: a backup, or another file of ours,
 * for the name s->path. */
int store_open_copy(
	const struct store *s, const char *from, struct durable_file *ret);

/* --- store-distrusted-file.c --- */

/* A reason or name of a distrust; longer ones are refused. */
#define STORE_MAX_DISTRUSTED_TEXT 1000

/* Write and flush the file from the table as the transaction sees it; it
 * lacks only its name. */
int store_prepare_distrusted(struct store *s, struct durable_file *ret);
/* The table as the text of the file. */
int store_format_distrusted(struct store *s, struct bytes *ret);
/* One line of the file; it is taken apart in place, and ret borrows from it. */
int store_parse_distrusted(char *line, struct store_distrusted *ret);
/* Whether the digest at the end of the file is that of the rest. */
int store_distrusted_intact(const char *text, size_t len, bool *ret);

/* --- store-played.c --- */

/* All of the WAL was played into the file and stays there for the backup. */
void store_note_played(const struct store *s);
/* What to do with the WAL at s->path. */
enum store_wal_use {
	STORE_WAL_PLAY,       /* all there is */
	STORE_WAL_PLAY_PART,  /* there is damage; changes behind it are lost */
	STORE_WAL_IGNORE,     /* it is damaged, and the file has all of it */
	STORE_WAL_IGNORE_LOST /* ... and changes may be lost */
};
int store_played_judge(const struct store *s, enum store_wal_use *ret);

/* --- store-commit.c --- */

/* Commit when r is 0, else roll back and return r. */
int store_end(struct store *s, int r);
/* Before it is closed: the next start has to read the WAL. */
void store_shorten_wal(struct store *s);

/* --- store-migrate.c --- */

/* Bring what is open, of this version, up to date. */
int store_migrate(struct store *s, int version);

/* --- store-check.c --- */

/* What is at s->path: 0; -ENOENT; -EUCLEAN; -EMEDIUMTYPE when a newer version
 * wrote it; or another error, and nothing is open then. */
int store_try_open(struct store *s);
/* Open a copy that has no name yet in place of s->path, do what there is to do
 * (NULL: nothing), and close it. */
typedef int store_step_fn(struct store *s, void *userdata);
int store_check_copy(
	struct store *s, char *copy, store_step_fn *step, void *userdata);
/* Into the transaction, or by itself. */
int store_new_id(struct store *s);
/* The same, and the store goes on under the one it has. */
int store_make_id(struct store *s, char ret[STORE_ID_SIZE]);

/* --- store-newer.c --- */

/* The database at s->path is of a newer version: put it aside, take up the
 * newest copy that can be read. -EMEDIUMTYPE when there is none, and all is
 * left as it was. */
int store_step_back(struct store *s);
/* After that, and after the distrusts are in it: at which generation it
 * begins. */
int store_note_step(struct store *s);
/* What was put aside so is taken up again, if it can be read now and trust
 * has not changed since. */
int store_take_newer_again(struct store *s);

/* --- store-recover.c --- */

/* A new database. It gets its name when it is complete: what has the name and
 * is not complete was damaged later. */
int store_create(struct store *s);
/* Put a damaged database aside; restore it or start empty. */
int store_recover(struct store *s, bool *ret_restored);
/* Unite the table with the file; restored: an intact file counts alone. */
int store_merge_distrusted(struct store *s, bool restored);

#endif
