/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files beside the database: the reserve on the disk, copies of older
 * versions, and what was set aside. Each number 1 is the newest.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

int store_file_name(
	const struct store *s, const char *what, unsigned n, char **ret)
{
	return string_format(
		ret, "%s/trust.db.%s.%u", s->state_directory, what, n);
}

static int store_reserve_name(const struct store *s, char **ret)
{
	return string_format(ret, "%s/trust.db.reserve", s->state_directory);
}

static size_t store_size_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}

/* The file of distrusts is rewritten with each of them; in steps, so that
 * the reserve is not. */
static size_t store_reserve_wanted(const struct store *s)
{
	const size_t step = STORE_RESERVE_BYTES / 2;
	size_t file = store_size_of(s->distrusted_path);

	return STORE_RESERVE_BYTES + (file / step + 1) * step;
}

/* At random: a file system that compresses must keep room for it as well. */
static int store_write_reserve(const char *name, size_t bytes)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	uint8_t chunk[4096];
	int r = durable_file_open(name, &f);

	for (size_t done = 0; r == 0 && done < bytes; done += sizeof(chunk)) {
		if (getrandom(chunk, sizeof(chunk), 0) !=
			(ssize_t)sizeof(chunk))
			return -EIO;
		r = fd_write_full(f.fd, chunk, sizeof(chunk));
	}
	return r < 0 ? r : durable_file_commit(&f);
}

void store_keep_reserve(const struct store *s)
{
	CLEANUP(free) char *name = NULL;
	size_t bytes = store_reserve_wanted(s);

	if (s->read_only || store_reserve_name(s, &name) < 0)
		return;
	for (; bytes > store_size_of(name) && bytes >= 4096; bytes /= 2)
		if (store_write_reserve(name, bytes) == 0)
			break;
}

void store_drop_reserve(const struct store *s)
{
	CLEANUP(free) char *name = NULL;

	if (!s->read_only && store_reserve_name(s, &name) == 0)
		(void)unlink(name);
}

/* Move a file and the WAL that belongs to it. A WAL left behind would be
 * played into whatever database comes to stand beside it. */
static int store_move_with_wal(const char *from, const char *to)
{
	CLEANUP(free) char *from_wal = NULL;
	CLEANUP(free) char *to_wal = NULL;
	int r = 0;

	r = string_format(&from_wal, "%s-wal", from);
	if (r < 0)
		return r;
	r = string_format(&to_wal, "%s-wal", to);
	if (r < 0)
		return r;
	if (unlink(to_wal) < 0 && errno != ENOENT)
		return -errno;
	r = durable_file_move(from, to);
	if (r < 0)
		return r;
	return durable_file_move(from_wal, to_wal);
}

int store_turn(const struct store *s, const char *what, unsigned kept)
{
	int r = 0;

	for (unsigned n = kept; r == 0 && n > 1; n--) {
		CLEANUP(free) char *older = NULL;
		CLEANUP(free) char *newer = NULL;

		r = store_file_name(s, what, n, &older);
		if (r == 0)
			r = store_file_name(s, what, n - 1, &newer);
		if (r == 0)
			r = store_move_with_wal(newer, older);
	}
	return r;
}

static bool store_is_there(const char *name)
{
	return access(name, F_OK) == 0;
}

bool store_wal_is_there(const struct store *s)
{
	CLEANUP(free) char *wal = NULL;

	return string_format(&wal, "%s-wal", s->path) == 0 &&
		store_is_there(wal);
}

static int store_move_aside(struct store *s, const char *to)
{
	CLEANUP(free) char *journal = NULL;
	int r = string_format(&journal, "%s-journal", s->path);

	if (r == 0)
		r = store_move_with_wal(s->path, to);
	if (r < 0)
		return r;
	(void)unlink(journal);
	return durable_file_sync_directory(s->path);
}

/* What lies in the runtime directory is a copy only. Its WAL must not get the
 * name of one that a start gave up. */
static int store_name_aside(const struct store *s, char **ret)
{
	int r = 0;

	if (s->read_only)
		return string_format(ret, "%s.damaged.1", s->path);
	r = store_turn(s, "damaged", STORE_MAX_SET_ASIDE);
	return r < 0 ? r : store_file_name(s, "damaged", 1, ret);
}

int store_set_aside(struct store *s, char **ret)
{
	CLEANUP(free) char *aside = NULL;
	int r = 0;

	/* An attempt that was interrupted, or had no room, has done so: the
	 * WAL of what it set aside is the only one. */
	if (!store_is_there(s->path) && !store_wal_is_there(s))
		return store_file_name(s, "damaged", 1, ret);
	r = store_name_aside(s, &aside);
	if (r == 0)
		r = store_move_aside(s, aside);
	if (r == 0)
		*ret = TAKE_PTR(aside);
	return r;
}

int store_copy_name(const struct store *s, unsigned n, char **ret)
{
	assert(n < STORE_COPIES);

	if (n < STORE_MAX_BACKUPS)
		return store_file_name(s, "backup", n + 1, ret);
	return store_file_name(s, "version", STORE_COPIES - n, ret);
}

bool store_has_backup(const struct store *s)
{
	for (unsigned n = 0; n < STORE_COPIES; n++) {
		CLEANUP(free) char *name = NULL;

		if (store_copy_name(s, n, &name) == 0 && store_is_there(name))
			return true;
	}
	return false;
}

/* The newest stay. */
static int store_drop_versions(const struct store *s)
{
	unsigned kept = 0;

	for (unsigned n = STORE_MAX_BACKUPS; n < STORE_COPIES; n++) {
		CLEANUP(free) char *name = NULL;
		int r = store_copy_name(s, n, &name);

		if (r < 0)
			return r;
		if (!store_is_there(name) || ++kept <= STORE_MAX_VERSIONS)
			continue;
		if (unlink(name) < 0)
			return -errno;
	}
	return 0;
}

/* With the WAL that belongs to it, and what a power cut left of writing it. */
static int store_drop_file(const char *name)
{
	static const char *const ends[] = {"", "-wal", ".new", ".new-wal"};

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		CLEANUP(free) char *one = NULL;
		int r = string_format(&one, "%s%s", name, ends[i]);

		if (r < 0)
			return r;
		if (unlink(one) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int store_drop_numbered(
	const struct store *s, const char *what, unsigned count)
{
	int r = 0;

	for (unsigned n = 1; r == 0 && n <= count; n++) {
		CLEANUP(free) char *name = NULL;

		r = store_file_name(s, what, n, &name);
		if (r == 0)
			r = store_drop_file(name);
	}
	return r;
}

int store_drop_copies(const struct store *s)
{
	CLEANUP(free) char *without_wal = NULL;
	CLEANUP(free) char *unfinished = NULL;
	int r = string_format(&without_wal, "%s.damaged", s->path);

	if (r == 0)
		r = string_format(&unfinished, "%s.new", s->path);
	/* A start that gave up a WAL may have been interrupted. */
	if (r == 0)
		r = store_drop_file(without_wal);
	if (r == 0)
		r = store_drop_file(unfinished);
	if (r == 0)
		r = store_drop_numbered(s, "backup", STORE_MAX_BACKUPS);
	if (r == 0)
		r = store_drop_numbered(s, "version", STORE_MAX_SCHEMA);
	if (r == 0)
		r = store_drop_numbered(s, "newer", STORE_MAX_NEWER);
	if (r == 0)
		r = store_drop_numbered(s, "damaged", STORE_MAX_SET_ASIDE);
	return r < 0 ? r : durable_file_sync_directory(s->path);
}

int store_keep_version(struct store *s, int version)
{
	CLEANUP(free) char *name = NULL;
	int r = store_file_name(s, "version", (unsigned)version, &name);

	assert(version > 0 && version <= STORE_MAX_SCHEMA);

	if (r == 0)
		r = durable_file_copy(s->path, name);
	return r < 0 ? r : store_drop_versions(s);
}

int store_newer_name(const struct store *s, char **ret)
{
	return store_file_name(s, "newer", 1, ret);
}

bool store_has_newer(const struct store *s)
{
	CLEANUP(free) char *name = NULL;

	return store_newer_name(s, &name) == 0 && store_is_there(name);
}

int store_put_newer_aside(struct store *s)
{
	CLEANUP(free) char *aside = NULL;
	int r = 0;

	/* What lies in the runtime directory is a copy only. */
	if (s->read_only)
		return unlink(s->path) < 0 ? -errno : 0;
	r = store_turn(s, "newer", STORE_MAX_NEWER);
	if (r == 0)
		r = store_newer_name(s, &aside);
	if (r == 0)
		r = store_move_with_wal(s->path, aside);
	return r < 0 ? r : durable_file_sync_directory(s->path);
}

int store_copy_read_only(struct store *s)
{
	CLEANUP(free) char *from = NULL;
	CLEANUP(free) char *from_wal = NULL;
	CLEANUP(free) char *to_wal = NULL;
	int r = 0;

	r = string_format(&from, "%s/trust.db", s->state_directory);
	if (r < 0)
		return r;
	r = string_format(&from_wal, "%s-wal", from);
	if (r < 0)
		return r;
	r = string_format(&to_wal, "%s-wal", s->path);
	if (r < 0)
		return r;
	if ((unlink(s->path) < 0 && errno != ENOENT) ||
		(unlink(to_wal) < 0 && errno != ENOENT))
		return -errno;
	r = durable_file_copy(from_wal, to_wal);
	/* What is removed stands in a log; without it nothing is served. */
	if (r < 0 && r != -ENOENT)
		return r == -EUCLEAN ? -EIO : r;
	r = durable_file_copy(from, s->path);
	return r == -ENOENT || r == -EUCLEAN ? 0 : r;
}
