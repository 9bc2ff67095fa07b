/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open the database at a path: is it ours, of a version that we know,
 * undamaged? Bring it up to date and read its identity.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"

#define APPLICATION_ID 0x63707276
#define ID_BYTES 16
#define MIN_BYTES 4096 /* one page */
#define MAX_TABLES 64

/* Is this a database of ours, of a version that we know? */
static int store_check_version(struct store *s, int *ret_version)
{
	long application = 0;
	long version = 0;
	int r = store_ask_number(s, "PRAGMA application_id", &application);

	if (r == 0)
		r = store_ask_number(s, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (application != APPLICATION_ID || version < 1)
		return -EUCLEAN;
	if (version > store_schema_version())
		return -EMEDIUMTYPE;
	*ret_version = (int)version;
	return 0;
}

struct store_check_tables {
	struct store *store;
	unsigned count;
	int error;
};

static int store_check_table(
	void *userdata, int count, char **values, char **names)
{
	struct store_check_tables *tables = userdata;
	char *pragma = NULL;

	(void)names;
	if (count < 1 || tables->count++ == MAX_TABLES) {
		tables->error = -EUCLEAN;
		return 1;
	}
	pragma = sqlite3_mprintf("PRAGMA integrity_check(%Q)", values[0]);
	tables->error = pragma ? store_ask_ok(tables->store, pragma) : -ENOMEM;
	sqlite3_free(pragma);
	return tables->error < 0;
}

/* The tables that are read at start. Reports are most of a database and decide
 * nothing, so checking the lines of all of them at each start is not worth the
 * time. Where they turn out to be damaged, the next start checks everything. */
static int store_check_what_is_read(struct store *s)
{
	struct store_check_tables tables = {.store = s};
	int result = sqlite3_exec(s->db,
		"SELECT name FROM sqlite_schema WHERE type = 'table'"
		" AND name <> 'outcome'",
		store_check_table, &tables, NULL);

	return tables.error < 0 ? tables.error : store_error(s, result);
}

static int store_check_contents(struct store *s)
{
	return s->suspect ? store_ask_ok(s, "PRAGMA integrity_check(1)")
			  : store_check_what_is_read(s);
}

/* An index says nothing that its table does not say. -EUCLEAN where that does
 * not mend it: two rows with one key are damage of the table. */
static int store_make_indexes_anew(struct store *s)
{
	int r = store_ask_ok(s, "PRAGMA quick_check(1)");

	if (r == 0)
		r = store_exec(s, "REINDEX");
	if (r == 0)
		r = store_check_contents(s);
	if (r < 0)
		return r == -EEXIST ? -EUCLEAN : r;
	return store_say(s, STORE_DAMAGED, 0, s->path,
		"An index of the trust database did not say what its table "
		"says; it was made anew from the table.");
}

static int store_check(struct store *s, int *ret_version)
{
	int r = store_check_version(s, ret_version);

	if (r < 0)
		return r;
	r = store_check_contents(s);
	return r == -EUCLEAN ? store_make_indexes_anew(s) : r;
}

static int store_take_id(void *userdata, sqlite3_stmt *row)
{
	uint8_t id[ID_BYTES];
	const char *text = store_column_text(row, 0);

	if (!text || hex_parse(text, id, sizeof(id)) < 0)
		return -EUCLEAN;
	hex_format(id, sizeof(id), userdata);
	return 0;
}

static int store_load_identity(struct store *s)
{
	int64_t generation = -1;
	int r = 0;

	s->id[0] = 0;
	r = store_query(s, SQL_META_GET, STORE_VALUES(store_text("store")),
		store_take_id, s->id);
	if (r == 0)
		r = store_query_integer(s, SQL_META_GET,
			STORE_VALUES(store_text("generation")), &generation);
	if (r == -ENOENT || (r == 0 && (generation < 0 || !s->id[0])))
		r = -EUCLEAN;
	if (r == 0)
		s->generation = (uint64_t)generation;
	return r;
}

static int store_open_checked(struct store *s)
{
	int version = 0;
	int r = store_open_database(s);

	if (r == 0)
		r = store_check(s, &version);
	if (r == 0 && version < store_schema_version())
		r = store_migrate(s, version);
	if (r == 0)
		r = store_load_identity(s);
	/* The WAL of the store itself stays: it continues a backup. */
	if (r == 0 && s->preparing)
		store_checkpoint_on_close(s);
	return r;
}

static int store_open_or_close(struct store *s)
{
	int r = store_open_checked(s);

	if (r < 0)
		store_close_database(s);
	return r;
}

/* What was told is not all there any more: readers must start again. */
static int store_begin_history(struct store *s)
{
	int r = store_begin(s);

	if (r == 0)
		r = store_end(s, store_new_id(s));
	if (r < 0)
		store_close_database(s);
	return r;
}

static void store_say_wal(
	struct store *s, enum store_wal_use use, const char *wal)
{
	static const char *const texts[] = {
		[STORE_WAL_PLAY] =
			"A start after damage to the log of the trust database "
			"was interrupted; the last changes may be lost.",
		[STORE_WAL_PLAY_PART] =
			"The log of the trust database is damaged: the changes "
			"that it has behind the damage are lost.",
		[STORE_WAL_IGNORE] =
			"The log of the trust database is damaged; the "
			"database itself has what was in it, and a new log was "
			"begun.",
		[STORE_WAL_IGNORE_LOST] =
			"The log of the trust database is damaged: changes "
			"since it was last stopped may be lost, and a new log "
			"was begun.",
	};

	(void)store_say(s, STORE_DAMAGED, -EUCLEAN, wal, texts[use]);
}

static int store_open_new_history(struct store *s)
{
	int r = store_open_or_close(s);

	return r < 0 ? r : store_begin_history(s);
}

static int store_open_part(struct store *s, const char *wal)
{
	int r = 0;

	s->suspect = true;
	r = store_open_new_history(s);
	if (r < 0)
		return r;
	/* Not before there is a new id. */
	store_wal_drop_hidden(s, wal);
	store_say_wal(s, STORE_WAL_PLAY_PART, wal);
	return 0;
}

/* The file alone. When it is damaged itself, the WAL is there again for what
 * can be made of it. */
static int store_open_without(struct store *s, enum store_wal_use use,
	const char *wal, const char *aside)
{
	int r = 0;

	if (use != STORE_WAL_PLAY && rename(wal, aside) < 0)
		return -errno;
	s->suspect = true;
	r = use == STORE_WAL_IGNORE ? store_open_or_close(s)
				    : store_open_new_history(s);
	if (r < 0)
		return use != STORE_WAL_PLAY && rename(aside, wal) < 0 ? -errno
								       : r;
	(void)unlink(aside);
	store_say_wal(s, use, wal);
	return 0;
}

static int store_open_with_wal(struct store *s)
{
	CLEANUP(free) char *wal = NULL;
	CLEANUP(free) char *aside = NULL;
	enum store_wal_use use = STORE_WAL_PLAY;
	int r = string_format(&wal, "%s-wal", s->path);

	if (r < 0)
		return r;
	r = string_format(&aside, "%s.damaged-wal", s->path);
	if (r < 0)
		return r;
	r = store_played_judge(s, &use);
	if (r < 0)
		return r;
	if (use == STORE_WAL_PLAY_PART)
		return store_open_part(s, wal);
	/* What a start put there that did not get as far as the new id. */
	if (use == STORE_WAL_IGNORE && access(aside, F_OK) == 0)
		use = STORE_WAL_IGNORE_LOST;
	if (use != STORE_WAL_PLAY || access(aside, F_OK) == 0)
		return store_open_without(s, use, wal, aside);
	return store_open_or_close(s);
}

int store_try_open(struct store *s)
{
	struct stat st;

	if (lstat(s->path, &st) < 0)
		return -errno;
	/* SQLite takes an empty file for a new database and writes into it.
	 * Ours is never empty: it gets its name when it is complete. */
	if (!S_ISREG(st.st_mode) || st.st_size < MIN_BYTES)
		return -EUCLEAN;
	return s->preparing ? store_open_or_close(s) : store_open_with_wal(s);
}

int store_check_copy(
	struct store *s, char *copy, store_step_fn *step, void *userdata)
{
	char *path = s->path;
	int r = 0;

	s->path = copy;
	s->preparing = true;
	r = store_try_open(s);
	if (r == 0 && step)
		r = step(s, userdata);
	store_close_database(s);
	s->preparing = false;
	s->path = path;
	return r;
}

int store_make_id(struct store *s, char ret[STORE_ID_SIZE])
{
	uint8_t id[ID_BYTES];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return -EIO;
	hex_format(id, sizeof(id), ret);
	return store_execute(s, SQL_META_PUT,
		STORE_VALUES(store_text("store"), store_text(ret)));
}

int store_new_id(struct store *s)
{
	return store_make_id(s, s->id);
}
