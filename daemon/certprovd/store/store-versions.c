/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Databases of other versions: one of an older is brought up to date in a
 * copy, and kept as it was; one of a newer makes way for the newest copy that
 * this version can read.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"

/* The generation at which a copy was taken up in place of a newer one. */
#define STEPPED_BACK "stepped-back"

static int store_versions_say(struct store *s, enum store_event_kind kind,
	int error, const char *path, const char *text)
{
	store_say(s,
		&(struct store_event){.kind = kind,
			.error = error,
			.path = path,
			.text = text});
	return 0;
}

static int store_exec(struct store *s, const char *text)
{
	int result = sqlite3_exec(s->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_error(s, result);
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

/* Play the WAL into the file and close: what is left is one file. */
static int store_close_whole(struct store *s)
{
	int result = sqlite3_wal_checkpoint_v2(
		s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	int r = result == SQLITE_OK ? 0 : store_error(s, result);

	if (r == 0)
		(void)sqlite3_db_config(
			s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	store_close_database(s);
	return r;
}

/* --- an older version --- */

/* The room that pages leave is given back bit by bit only if the file was
 * made for it. */
static int store_migrate_in_place(struct store *s, int version)
{
	int result =
		store_schema_migrate(s->db, version, store_schema_version());

	if (result != SQLITE_OK)
		return store_error(s, result);
	return store_exec(s, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
}

static int store_migrate_copy(struct store *s, char *copy, int version)
{
	char *path = s->path;
	int r = 0;
	int closed = 0;

	s->path = copy;
	r = store_open_database(s);
	if (r == 0)
		r = store_migrate_in_place(s, version);
	if (r == 0)
		closed = store_close_whole(s);
	store_close_database(s);
	s->path = path;
	return r < 0 ? r : closed;
}

static int store_migrate_by_copy(struct store *s, int version)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = store_close_whole(s);
	int kept = 0;

	if (r < 0)
		return r;
	kept = store_keep_version(s, version);
	if (kept < 0)
		(void)store_versions_say(s, STORE_WRITE_FAILED, kept, s->path,
			"No copy of the trust database could be kept for the "
			"older version.");
	r = durable_file_open_copy(s->path, s->path, &f);
	if (r == 0)
		r = store_migrate_copy(s, f.temporary, version);
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_open_database(s);
}

int store_migrate(struct store *s, int version)
{
	int r = s->preparing || s->read_only
		? store_migrate_in_place(s, version)
		: store_migrate_by_copy(s, version);

	if (r < 0 || s->preparing)
		return r;
	return store_versions_say(s, STORE_MIGRATED, 0, s->path,
		"The trust database of an older version was brought up to "
		"date.");
}

/* --- a newer version: which copy --- */

struct store_versions_choice {
	char *path; /* the best so far, or NULL */
	uint64_t generation;
};

static void store_choice_done(struct store_versions_choice *c)
{
	free(c->path);
}
DEFINE_CLEANUP_EMBEDDED(struct store_versions_choice, store_choice_done);

/* Look at a copy of the copy: opening may write. */
static int store_look_at(
	struct store *s, const char *name, uint64_t *ret_generation)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	char *path = s->path;
	int r = durable_file_open_copy(name, s->path, &f);

	if (r < 0)
		return r;
	s->path = f.temporary;
	s->preparing = true;
	r = store_try_open(s);
	if (r == 0)
		*ret_generation = s->generation;
	store_close_database(s);
	s->preparing = false;
	s->path = path;
	return r;
}

/* What is damaged or newer still is passed over. */
static int store_choose(struct store *s, struct store_versions_choice *ret)
{
	for (unsigned n = 0; n < STORE_COPIES; n++) {
		CLEANUP(free) char *name = NULL;
		uint64_t generation = 0;
		int r = store_copy_name(s, n, &name);

		if (r < 0)
			return r;
		r = store_look_at(s, name, &generation);
		if (r == -ENOENT || r == -EUCLEAN || r == -EMEDIUMTYPE)
			continue;
		if (r < 0)
			return r;
		if (ret->path && generation <= ret->generation)
			continue;
		free(ret->path);
		ret->path = TAKE_PTR(name);
		ret->generation = generation;
	}
	return ret->path ? 0 : -EMEDIUMTYPE;
}

/* --- what the newer one distrusts --- */

struct distrusts {
	struct store_distrusted *rows;
	size_t count;
};

static void store_distrusts_done(struct distrusts *d)
{
	free(d->rows);
}
DEFINE_CLEANUP_EMBEDDED(struct distrusts, store_distrusts_done);

static int store_take_row(struct distrusts *d, sqlite3_stmt *row)
{
	int64_t kind = sqlite3_column_int64(row, 0);
	struct store_distrusted one = {
		.added = sqlite3_column_int64(row, 2),
		.reason = "Distrusted by a newer version of certprovd.",
	};
	void *more = NULL;

	if (kind < 0 || kind >= DISTRUST__END ||
		!column_sha256(row, 1, one.sha256))
		return 0;
	one.kind = (enum distrust_kind)kind;
	more = reallocarray(d->rows, d->count + 1, sizeof(one));
	if (!more)
		return -ENOMEM;
	d->rows = more;
	d->rows[d->count++] = one;
	return 0;
}

/* As far as this version understands it; its own file says more. */
static int store_read_rows(struct store *s, struct distrusts *ret)
{
	sqlite3_stmt *row = NULL;
	int result = sqlite3_prepare_v2(s->db,
		"SELECT kind, sha256, added FROM distrusted LIMIT ?", -1, &row,
		NULL);
	int r = 0;

	if (result == SQLITE_OK)
		result = sqlite3_bind_int(row, 1, TRUST_MAX_DISTRUSTED);
	while (r == 0 && result == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
		r = store_take_row(ret, row);
	(void)sqlite3_finalize(row);
	return r;
}

static int store_read_distrusts(struct store *s, struct distrusts *ret)
{
	int r = store_open_database(s);

	if (r == 0)
		r = store_read_rows(s, ret);
	/* It is put aside as one file if that can be. */
	if (s->db)
		(void)store_close_whole(s);
	return r == -ENOMEM ? r : 0;
}

/* --- stepping back --- */

static int store_add_distrusts(struct store *s, const struct distrusts *d)
{
	bool added = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = store_add_distrusted(s, &d->rows[i], &added);
	/* The file of distrusts is held against the table later: what stands
	 * in it alone must not be overwritten by this. */
	s->distrusted_changed = false;
	return r;
}

/* A copy is another history. */
static int store_begin_anew(struct store *s, const struct distrusts *d)
{
	int r = store_begin(s);

	if (r < 0)
		return r;
	r = store_new_id(s);
	if (r == 0)
		r = store_add_distrusts(s, d);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s);
}

static int store_versions_prepare(
	struct store *s, char *copy, const struct distrusts *d)
{
	char *path = s->path;
	int r = 0;
	int closed = 0;

	s->path = copy;
	s->preparing = true;
	r = store_try_open(s);
	if (r == 0)
		r = store_begin_anew(s, d);
	if (r == 0)
		closed = store_close_whole(s);
	store_close_database(s);
	s->preparing = false;
	s->path = path;
	return r < 0 ? r : closed;
}

/* A power cut between the last two finds no database, and restores one. */
static int store_put_in_place(
	struct store *s, const char *copy, const struct distrusts *d)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = durable_file_open_copy(copy, s->path, &f);

	if (r == 0)
		r = store_versions_prepare(s, f.temporary, d);
	if (r == 0)
		r = store_put_newer_aside(s);
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

int store_step_back(struct store *s)
{
	CLEANUP(store_choice_done) struct store_versions_choice choice = {0};
	CLEANUP(store_distrusts_done) struct distrusts distrusts = {0};
	int r = store_choose(s, &choice);

	if (r == 0)
		r = store_read_distrusts(s, &distrusts);
	if (r == 0)
		r = store_put_in_place(s, choice.path, &distrusts);
	if (r < 0)
		return r;
	s->stepped_back = true;
	return store_versions_say(s, STORE_STEPPED_BACK, 0, choice.path,
		"A newer version of certprovd wrote the trust database; it was "
		"put aside, and the newest copy that this version can read was "
		"taken up. What was accepted since that copy is gone until it "
		"is provisioned again; what is distrusted stays so.");
}

int store_note_step(struct store *s)
{
	int r = 0;

	if (!s->stepped_back)
		return 0;
	r = store_begin(s);
	if (r < 0)
		return r;
	r = store_execute(s, SQL_META_PUT,
		STORE_VALUES(value_text(STEPPED_BACK),
			value_integer((int64_t)s->generation)));
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	return store_commit(s);
}

/* --- and forward again --- */

static bool store_unchanged_since(struct store *s)
{
	int64_t generation = -1;

	return store_query_integer(s, SQL_META_GET,
		       STORE_VALUES(value_text(STEPPED_BACK)),
		       &generation) == 0 &&
		generation == (int64_t)s->generation;
}

/* Opened where it lies, so that its WAL is played into it and nothing but one
 * file has to be renamed. */
static int store_open_aside(struct store *s, char *aside)
{
	char *path = s->path;
	int r = 0;

	s->path = aside;
	s->preparing = true;
	r = store_try_open(s);
	if (r == 0)
		r = store_close_whole(s);
	s->preparing = false;
	s->path = path;
	return r;
}

int store_take_newer_again(struct store *s)
{
	CLEANUP(free) char *aside = NULL;
	int r = 0;

	if (s->read_only || !store_has_newer(s) || !store_unchanged_since(s))
		return 0;
	r = store_newer_name(s, &aside);
	if (r == 0)
		r = store_close_whole(s);
	if (r < 0)
		return r;
	/* Newer still, or damaged: what is in use stays in use. */
	r = store_open_aside(s, aside);
	if (r < 0)
		return r == -ENOMEM ? r : store_try_open(s);
	if (rename(aside, s->path) < 0)
		return -errno;
	r = durable_file_sync_directory(s->path);
	if (r == 0)
		r = store_try_open(s);
	if (r < 0)
		return r;
	return store_versions_say(s, STORE_TAKEN_AGAIN, 0, s->path,
		"The trust database that a newer version had written was taken "
		"up again: trust had not changed since it was put aside.");
}
