/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions, and what follows them: backup, room, reserve. */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"

/* As many pages as the file has, so that in the long run no more is written by
 * backups than by changes. */
static bool store_wal_is_long(struct store *s, unsigned times)
{
	long pages = 0;

	if (s->wal_pages < times * STORE_MAX_WAL_PAGES)
		return false;
	return store_ask_number(s, "PRAGMA page_count", &pages) == 0 &&
		(long)s->wal_pages >= (long)times * pages;
}

/* What is damaged keeps its WAL until the next start, which makes it anew of
 * backup and WAL. Then it is as on a full disk: trust can still be taken away.
 */
static bool store_wal_is_full(struct store *s)
{
	return s->damage_reported && !s->reserve_given_up &&
		s->wal_pages >= STORE_MAX_DAMAGED_WAL_PAGES &&
		store_wal_is_long(s, STORE_MAX_DAMAGED_WAL_TIMES);
}

static int store_begin_either(struct store *s, bool lazily)
{
	int r = 0;

	assert(!s->in_transaction);

	if (s->read_only && !s->opening)
		return -EROFS;
	if (store_wal_is_full(s))
		return -ENOSPC;
	r = store_set_lazy(
		s, lazily && s->lazy_commits < STORE_MAX_LAZY_COMMITS);
	if (r == 0)
		r = store_execute(s, SQL_BEGIN, STORE_NO_VALUES);
	if (r < 0)
		return r;
	s->in_transaction = true;
	s->trust_changed = false;
	s->distrusted_changed = false;
	s->history_changed = false;
	s->next_id[0] = 0;
	s->error = 0;
	return 0;
}

int store_begin(struct store *s)
{
	return store_begin_either(s, false);
}

int store_begin_lazily(struct store *s)
{
	return store_begin_either(s, true);
}

void store_rollback(struct store *s)
{
	if (!s->in_transaction)
		return;
	s->in_transaction = false;
	/* It may have been counted after removals that did not take place. */
	s->room = 0;
	/* After a full disk SQLite may have done so itself. */
	if (!sqlite3_get_autocommit(s->db))
		(void)store_execute(s, SQL_ROLLBACK, STORE_NO_VALUES);
	/* For what is written without a transaction. */
	(void)store_set_lazy(s, false);
}

/* What each transaction writes besides its own changes. */
static int store_complete(struct store *s, uint64_t generation)
{
	int r = 0;

	if (s->trust_changed)
		r = store_execute(s, SQL_META_PUT,
			STORE_VALUES(store_text("generation"),
				store_integer((int64_t)generation)));
	if (r == 0 && s->history_changed)
		r = store_execute(s, SQL_CHANGE_STAMP,
			STORE_VALUES(store_integer((int64_t)generation)));
	if (r == 0 && s->history_changed)
		r = store_execute(s, SQL_CHANGE_PRUNE,
			STORE_VALUES(store_integer(STORE_MAX_CHANGES)));
	return r;
}

/* The file of distrusts is written before the commit and gets its name after
 * it, so that there is room for both or for none. After a crash between the
 * two, a new distrust is in the database only, and a lifted one still in the
 * file. The next start unites both; nobody had been told of either yet. */
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
		(void)store_say(s, STORE_WRITE_FAILED, r, s->distrusted_path,
			"A change to what is distrusted is stored, but the "
			"file of distrusted certificates could not be "
			"replaced; the next start replaces it.");
	return 0;
}

/* Without a backup the log of what follows is of no use for the one before, but
 * it must not grow without end. */
static void store_begin_wal_anew(struct store *s)
{
	if (store_backup(s) < 0 && !s->damage_reported)
		(void)store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
}

/* Whoever stops it does not wait long for a copy of the whole. */
static bool store_wal_is_long_at_start(struct store *s)
{
	long pages = 0;

	return s->wal_pages >= STORE_MAX_WAL_PAGES_AT_START &&
		store_ask_number(s, "PRAGMA page_count", &pages) == 0 &&
		(long)s->wal_pages * STORE_MAX_WAL_PART_AT_START >= pages;
}

void store_shorten_wal(struct store *s)
{
	if (s->read_only || s->damage_reported || s->wal_pages == 0)
		return;
	if (store_wal_is_long_at_start(s) && store_backup(s) == 0)
		return;
	if (!s->damage_reported &&
		store_checkpoint(s, SQLITE_CHECKPOINT_FULL) == 0)
		store_note_played(s);
}

int store_commit(struct store *s)
{
	uint64_t generation = s->generation + (s->trust_changed ? 1 : 0);
	int r = s->error;

	assert(s->in_transaction);
	assert(!s->lazy || !(s->trust_changed || s->distrusted_changed));

	if (r == 0)
		r = store_complete(s, generation);
	if (r == 0)
		r = store_commit_both(s);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	s->in_transaction = false;
	(void)store_set_lazy(s, false);
	s->generation = generation;
	if (s->next_id[0])
		memcpy(s->id, s->next_id, sizeof(s->id));
	if (s->distrusted_changed && !s->opening && !s->reserve_given_up)
		store_keep_reserve(s);
	if (!s->opening && !s->damage_reported && store_wal_is_long(s, 2))
		store_begin_wal_anew(s);
	return 0;
}

int store_end(struct store *s, int r)
{
	if (r == 0)
		return store_commit(s);
	store_rollback(s);
	return r;
}

/* A few free pages are soon used again; with more of them the file would stay
 * as large as it ever was. It shrinks with the next checkpoint. */
static int store_give_room_back(struct store *s, bool *ret_given)
{
	long free_pages = 0;
	int r = store_ask_number(s, "PRAGMA freelist_count", &free_pages);

	*ret_given = r == 0 && free_pages > STORE_MAX_FREE_PAGES;
	return *ret_given ? store_exec(s, "PRAGMA incremental_vacuum") : r;
}

void store_use_reserve(struct store *s)
{
	assert(!s->in_transaction);

	s->reserve_given_up = true;
	store_drop_reserve(s);
	(void)store_limit_pages(s, STORE_RESERVE_PAGES);
}

void store_end_reserve(struct store *s)
{
	assert(!s->in_transaction);

	/* What lies in the WAL is room for the next one. */
	if (!s->damage_reported)
		(void)store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
	(void)store_limit_pages(s, 0);
	store_keep_reserve(s);
	s->reserve_given_up = false;
}

int store_after_run(struct store *s)
{
	bool shrinks = false;
	int r = 0;

	assert(!s->in_transaction);

	if (s->read_only)
		return -EROFS;
	r = s->damage_reported ? -EUCLEAN : store_give_room_back(s, &shrinks);
	if (r == 0 &&
		(shrinks || store_wal_is_long(s, 1) ||
			!store_backup_is_continued(s)))
		r = store_backup(s);
	/* There is another day. */
	if (r == -EDQUOT)
		r = shrinks ? store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE)
			    : 0;
	store_keep_reserve(s);
	if (r < 0)
		(void)store_say(s, STORE_WRITE_FAILED, r, s->path,
			"Maintenance of the trust database after a run "
			"failed; nothing is lost, but the backup may be old.");
	return r;
}

/* What a reset has still to wipe must not get into a backup. */
static bool store_reset_is_unfinished(struct store *s)
{
	int64_t unfinished = 0;

	return store_get_fact(s, STORE_RESET_UNFINISHED, &unfinished) < 0 ||
		unfinished != 0;
}

int store_after_start(struct store *s)
{
	int r = 0;

	assert(!s->in_transaction);

	if (s->read_only || s->damage_reported ||
		store_backup_is_continued(s) || store_reset_is_unfinished(s))
		return 0;
	r = store_backup(s);
	/* There is another day. */
	if (r == 0 || r == -EDQUOT)
		return 0;
	return store_say(s, STORE_WRITE_FAILED, r, s->path,
		"No backup of the trust database could be made after the "
		"start; nothing is lost, but the backup may be old.");
}
