/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database that a newer version wrote makes way for the newest copy that this
 * version can read, and is taken up again once it can be read.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/certprovd/sys/durable-file.h"

/* The generation at which a copy was taken up in place of a newer one. */
#define STEPPED_BACK "stepped-back"

/* --- which copy --- */

struct store_newer_choice {
	char *path; /* the best so far, or NULL */
	uint64_t generation;
};

static void store_choice_done(struct store_newer_choice *c)
{
	free(c->path);
}
DEFINE_CLEANUP_EMBEDDED(struct store_newer_choice, store_choice_done);

/* Look at a copy of the copy: opening may write. */
static int store_look_at(
	struct store *s, const char *name, uint64_t *ret_generation)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = store_open_copy(s, name, &f);

	if (r == 0)
		r = store_check_copy(s, f.temporary, NULL, NULL);
	if (r == 0)
		*ret_generation = s->generation;
	return r;
}

/* What is damaged or newer still is passed over. */
static int store_choose(struct store *s, struct store_newer_choice *ret)
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

struct store_newer_distrusts {
	struct store_distrusted *rows;
	size_t count;
};

static void store_distrusts_done(struct store_newer_distrusts *d)
{
	free(d->rows);
}
DEFINE_CLEANUP_EMBEDDED(struct store_newer_distrusts, store_distrusts_done);

static int store_take_row(struct store_newer_distrusts *d, sqlite3_stmt *row)
{
	int64_t kind = sqlite3_column_int64(row, 0);
	struct store_distrusted one = {
		.added = sqlite3_column_int64(row, 2),
		.reason = "Distrusted by a newer version of certprovd.",
	};
	void *more = NULL;

	if (kind < 0 || kind >= DISTRUST__END ||
		!store_column_sha256(row, 1, one.sha256))
		return 0;
	one.kind = (enum distrust_kind)kind;
	more = reallocarray(d->rows, d->count + 1, sizeof(one));
	if (!more)
		return -ENOMEM;
	d->rows = more;
	d->rows[d->count++] = one;
	return 0;
}

/* As far as this version understands them; the file of distrusts has them
 * all. */
static int store_read_rows(struct store *s, struct store_newer_distrusts *ret)
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

static int store_read_distrusts(
	struct store *s, struct store_newer_distrusts *ret)
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

static int store_add_distrusts(
	struct store *s, const struct store_newer_distrusts *d)
{
	bool added = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->count; i++)
		r = store_add_distrusted(s, &d->rows[i], &added);
	/* The file of distrusts is united with the table later: what it alone
	 * has must not be overwritten now. */
	s->distrusted_changed = false;
	return r;
}

/* A copy is another history. */
static int store_begin_anew(struct store *s, void *userdata)
{
	int r = store_begin(s);

	if (r < 0)
		return r;
	r = store_new_id(s);
	if (r == 0)
		r = store_add_distrusts(s, userdata);
	r = store_end(s, r);
	return r < 0 ? r : store_close_whole(s);
}

/* A power cut between the last two leaves no database, and the next start
 * restores one. */
static int store_put_in_place(
	struct store *s, const char *copy, struct store_newer_distrusts *d)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = store_open_copy(s, copy, &f);

	if (r == 0)
		r = store_check_copy(s, f.temporary, store_begin_anew, d);
	if (r == 0)
		r = store_put_newer_aside(s);
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

int store_step_back(struct store *s)
{
	CLEANUP(store_choice_done) struct store_newer_choice choice = {0};
	CLEANUP(store_distrusts_done)
	struct store_newer_distrusts distrusts = {0};
	int r = store_choose(s, &choice);

	if (r == 0)
		r = store_read_distrusts(s, &distrusts);
	if (r == 0)
		r = store_put_in_place(s, choice.path, &distrusts);
	if (r < 0)
		return r;
	s->stepped_back = true;
	return store_say(s, STORE_STEPPED_BACK, 0, choice.path,
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
	return store_end(s,
		store_execute(s, SQL_META_PUT,
			STORE_VALUES(store_text(STEPPED_BACK),
				store_integer((int64_t)s->generation))));
}

/* --- and forward again --- */

static bool store_unchanged_since(struct store *s)
{
	int64_t generation = -1;

	return store_query_integer(s, SQL_META_GET,
		       STORE_VALUES(store_text(STEPPED_BACK)),
		       &generation) == 0 &&
		generation == (int64_t)s->generation;
}

static int store_close_step(struct store *s, void *userdata)
{
	(void)userdata;
	return store_close_whole(s);
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
	/* Opened where it is, so that its WAL is played into it and nothing but
	 * one file has to be renamed. If it is newer still, or damaged, what is
	 * in use stays in use. */
	r = store_check_copy(s, aside, store_close_step, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : store_try_open(s);
	if (rename(aside, s->path) < 0)
		return -errno;
	r = durable_file_sync_directory(s->path);
	if (r == 0)
		r = store_try_open(s);
	if (r < 0)
		return r;
	return store_say(s, STORE_TAKEN_AGAIN, 0, s->path,
		"The trust database that a newer version had written was taken "
		"up again: trust had not changed since it was put aside.");
}
