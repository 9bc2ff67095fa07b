/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When there is no database that can be used: make a new one, or take up a
 * backup. Unites the table of distrusts with their file, which outlives both.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define FILE_MAX_BYTES ((size_t)4 << 20)

/* --- a new database --- */

static int store_fill(struct store *s, const char *path)
{
	int result = sqlite3_open_v2(path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	int r = 0;

	/* Before there is a table: later it would take a VACUUM. It is flushed
	 * as a whole before it gets its name. */
	if (result == SQLITE_OK)
		result = sqlite3_exec(s->db,
			"PRAGMA synchronous = OFF;"
			"PRAGMA auto_vacuum = INCREMENTAL",
			NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = store_schema_migrate(s->db, 0, store_schema_version());
	r = store_error(s, result);
	if (r == 0)
		r = store_new_id(s);
	if (r == 0)
		r = store_execute(s, SQL_META_PUT,
			STORE_VALUES(
				store_text("generation"), store_integer(0)));
	store_close_database(s);
	return r;
}

int store_create(struct store *s)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = durable_file_open(s->path, &f);

	if (r == 0)
		r = store_fill(s, f.temporary);
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

/* --- a backup --- */

/* A restored store is another history: its readers must start again. Only the
 * file gets a name, and SQLite does not say so when it cannot play the WAL into
 * it as it is closed. */
static int store_renew_identity(struct store *s, void *userdata)
{
	int r = store_begin(s);

	(void)userdata;
	if (r == 0)
		r = store_end(s, store_new_id(s));
	return r < 0 ? r : store_close_whole(s);
}

/* Opening the copy plays the WAL into it. */
static int store_give_wal(const char *wal, const char *copy)
{
	CLEANUP(free) char *of_copy = NULL;
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	CLEANUP(fd_close) int fd = open(wal, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t sector[512];
	ssize_t n = 0;
	int r = fd < 0 ? -errno : string_format(&of_copy, "%s-wal", copy);

	if (r == 0)
		r = durable_file_open(of_copy, &f);
	/* Up to a block that cannot be read: SQLite plays the whole commits
	 * before it. */
	while (r == 0 && (n = read(fd, sector, sizeof(sector))) > 0)
		r = fd_write_full(f.fd, sector, (size_t)n);
	if (r == 0 && n < 0 && errno != EIO)
		r = -errno;
	return r < 0 ? r : durable_file_commit(&f);
}

/* With the WAL that continues it, or NULL. */
static int store_restore_one(
	struct store *s, const char *backup, const char *wal)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = store_open_copy(s, backup, &f);

	if (r == 0 && wal)
		r = store_give_wal(wal, f.temporary);
	if (r < 0)
		return r;
	/* It gets its new id before its name: a crash in between must not leave
	 * the old id on older contents. */
	r = store_check_copy(s, f.temporary, store_renew_identity, NULL);
	if (r < 0)
		store_drop_wal(f.temporary);
	if (r == -EMEDIUMTYPE)
		return -ENOENT;
	if (r == -EUCLEAN)
		return store_say(s, STORE_DAMAGED, -EUCLEAN, backup,
			"A backup of the trust database is damaged, too.");
	if (r == 0)
		r = durable_file_commit(&f);
	return r < 0 ? r : store_try_open(s);
}

/* The newest backup and all that was written since: 0, or -ENOENT. */
static int store_restore_all(struct store *s, const char *aside)
{
	CLEANUP(free) char *backup = NULL;
	CLEANUP(free) char *wal = NULL;
	bool continues = false;
	int r = string_format(&wal, "%s-wal", aside);

	if (r == 0)
		r = store_copy_name(s, 0, &backup);
	if (r == 0)
		r = store_wal_continues(wal, backup, &continues);
	/* What cannot be read is lost; what is only wanting now, as memory,
	 * must not lose what is there. */
	if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return r;
	if (!continues)
		return -ENOENT;
	r = store_restore_one(s, backup, wal);
	if (r < 0)
		return r == -EUCLEAN ? -ENOENT : r;
	return store_say(s, STORE_RESTORED, 0, backup,
		"The trust database was restored from its backup and the log "
		"of what was written since; what that log has is there.");
}

/* The newest good backup, or else what was kept of an older version: 0, or
 * -ENOENT. */
static int store_restore_former(struct store *s)
{
	int r = -ENOENT;

	for (unsigned n = 0; n < STORE_COPIES; n++) {
		CLEANUP(free) char *backup = NULL;

		r = store_copy_name(s, n, &backup);
		if (r < 0)
			return r;
		r = store_restore_one(s, backup, NULL);
		if (r == 0)
			return store_say(s, STORE_RESTORED, 0, backup,
				"The trust database was restored from its "
				"backup; what was accepted since then is "
				"gone until it is provisioned again.");
		if (r != -EUCLEAN && r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

int store_recover(struct store *s, bool *ret_restored)
{
	CLEANUP(free) char *aside = NULL;
	int r = store_set_aside(s, &aside);

	s->suspect = true;
	if (r < 0)
		return r;
	r = store_restore_all(s, aside);
	*ret_restored = r == -ENOENT;
	if (r == -ENOENT)
		r = store_restore_former(s);
	if (r != -ENOENT)
		return r;
	r = store_create(s);
	if (r < 0)
		return r;
	return store_say(s, STORE_STARTED_EMPTY, 0, s->path,
		"There is no good backup of the trust database: it starts "
		"empty, and only the firmware's authorities are trusted until "
		"the next provisioning run.");
}

/* --- the file of distrusts --- */

/* What the file distrusts goes into the table. */
static int store_take_file(struct store *s, char *text)
{
	char *line = NULL;
	int r = 0;

	while (r == 0 && (line = strsep(&text, "\n"))) {
		struct store_distrusted d;
		bool added = false;

		if (store_parse_distrusted(line, &d) == 0)
			r = store_add_distrusted(s, &d, &added);
	}
	return r;
}

static int store_merge(struct store *s, char *text, bool replace)
{
	int r = store_begin(s);

	if (r < 0)
		return r;
	if (replace)
		r = store_execute(s, SQL_DISTRUSTED_CLEAR, STORE_NO_VALUES);
	if (r == 0)
		r = store_take_file(s, text);
	return store_end(s, r);
}

/* Write what the table says, unless the file says so already. */
static int store_renew_file(struct store *s, const char *before)
{
	CLEANUP(bytes_done) struct bytes now = {0};
	int r = store_format_distrusted(s, &now);

	if (r < 0 ||
		(before && strlen(before) == now.len &&
			memcmp(before, now.data, now.len) == 0))
		return r;
	return s->read_only
		? 0
		: durable_file_write(s->distrusted_path, now.data, now.len);
}

int store_merge_distrusted(struct store *s, bool restored)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	CLEANUP(free) char *before = NULL;
	bool whole = false;
	int r = fd_read_file(s->distrusted_path, FILE_MAX_BYTES, &file);

	if (r == -ENOENT)
		return store_renew_file(s, NULL);
	if (r == -EIO || r == -EFBIG) {
		(void)store_say(s, STORE_DISTRUSTED_DAMAGED, r,
			s->distrusted_path,
			"The file of distrusted certificates cannot be read.");
		return store_renew_file(s, NULL);
	}
	if (r < 0)
		return r;

	/* Text, so cut at a zero byte if damage put one there. */
	r = string_replace(&before, (char *)file.data);
	if (r < 0)
		return r;
	r = store_distrusted_intact((char *)file.data, file.len, &whole);
	if (r < 0)
		return r;
	if (!whole)
		(void)store_say(s, STORE_DISTRUSTED_DAMAGED, 0,
			s->distrusted_path,
			"The file of distrusted certificates is damaged; the "
			"trust database and the lines that can be read are "
			"used.");
	/* A distrust that was lifted after the backup stays lifted, but only
	 * if the file can be believed. */
	r = store_merge(s, (char *)file.data, restored && whole);
	return r < 0 ? r : store_renew_file(s, before);
}
