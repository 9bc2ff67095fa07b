/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bring the database of an older version up to date: in a copy, so that a power
 * cut leaves one or the other, and keep what it was.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovd/sys/durable-file.h"

/* Only a file made for it can give free pages back bit by bit. */
static int store_migrate_in_place(struct store *s, int version)
{
	int r = store_error(s,
		store_schema_migrate(s->db, version, store_schema_version()));

	return r < 0
		? r
		: store_exec(s, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
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
		(void)store_say(s, STORE_WRITE_FAILED, kept, s->path,
			"No copy of the trust database could be kept for the "
			"older version.");
	r = store_open_copy(s, s->path, &f);
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
	return store_say(s, STORE_MIGRATED, 0, s->path,
		"The trust database of an older version was brought up to "
		"date.");
}
