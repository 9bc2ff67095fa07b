/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups. Each is the database file as it is when all of the WAL was played
 * into it, page by page, so that the WAL that is begun then continues both: a
 * damaged database is made anew of its backup and its WAL, and nothing is
 * missing. Which WAL that is stands behind the last page of the backup.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define DAY_SECONDS INT64_C(86400)
/* How many were made. */
#define BACKUPS "backups"
#define TRAILER_MAGIC "certprov"
#define MAGIC_BYTES 8
#define WAL_SALTS_AT 16
/* Every database is whole ones of these, however large its pages are. */
#define SMALLEST_PAGE_BYTES 512

/* A WAL is known by the two salts in its header, which are others each time it
 * is begun anew: https://www.sqlite.org/fileformat2.html#walformat */
struct store_wal_name {
	uint8_t salts[8];
};

struct store_backup_trailer {
	char magic[MAGIC_BYTES];
	struct store_wal_name wal;
};

/* --- which WAL continues what --- */

/* -ENOENT when they are not there. */
static int store_read_at(int fd, off_t at, void *data, size_t len)
{
	ssize_t n = pread(fd, data, len, at);

	if (n < 0 && errno != EISDIR)
		return -errno;
	return n == (ssize_t)len ? 0 : -ENOENT;
}

/* -ENOENT when there is none, or nothing in it. */
static int store_read_wal_name(const char *wal, struct store_wal_name *ret)
{
	CLEANUP(fd_close) int fd = open(wal, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return store_read_at(fd, WAL_SALTS_AT, ret->salts, sizeof(ret->salts));
}

/* -ENOENT when nothing continues it, as in one of an older version. */
static int store_read_trailer(const char *backup, struct store_wal_name *ret)
{
	CLEANUP(fd_close)
	int fd = open(backup, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct store_backup_trailer trailer;
	struct stat st;
	int r = 0;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size % SMALLEST_PAGE_BYTES != (off_t)sizeof(trailer))
		return -ENOENT;
	r = store_read_at(fd, st.st_size - (off_t)sizeof(trailer), &trailer,
		sizeof(trailer));
	if (r < 0)
		return r;
	if (memcmp(trailer.magic, TRAILER_MAGIC, MAGIC_BYTES) != 0)
		return -ENOENT;
	*ret = trailer.wal;
	return 0;
}

int store_wal_continues(const char *wal, const char *backup, bool *ret)
{
	struct store_wal_name of_wal;
	struct store_wal_name of_backup;
	int r = store_read_wal_name(wal, &of_wal);

	if (r == 0)
		r = store_read_trailer(backup, &of_backup);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret = r == 0 && memcmp(&of_wal, &of_backup, sizeof(of_wal)) == 0;
	return 0;
}

static int store_wal_path(const struct store *s, char **ret)
{
	return string_format(ret, "%s-wal", s->path);
}

bool store_backup_is_continued(const struct store *s)
{
	CLEANUP(free) char *backup = NULL;
	CLEANUP(free) char *wal = NULL;
	bool continued = false;

	return store_file_name(s, "backup", 1, &backup) == 0 &&
		store_wal_path(s, &wal) == 0 &&
		store_wal_continues(wal, backup, &continued) == 0 && continued;
}

int store_drop_wal(const char *database)
{
	CLEANUP(free) char *wal = NULL;
	int r = string_format(&wal, "%s-wal", database);

	if (r < 0)
		return r;
	return unlink(wal) < 0 && errno != ENOENT ? -errno : 0;
}

int store_open_copy(
	const struct store *s, const char *from, struct durable_file *ret)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	struct stat st;
	int r = durable_file_open_copy(from, s->path, &f);

	if (r == 0)
		r = store_drop_wal(f.temporary);
	if (r < 0)
		return r;
	if (fstat(f.fd, &st) < 0 ||
		ftruncate(f.fd, st.st_size - st.st_size % SMALLEST_PAGE_BYTES) <
			0)
		return -errno;
	SWAP(*ret, f);
	return 0;
}

/* --- making one --- */

/* Each is the whole database: a server that changes trust with every run must
 * not have it written without end. */
static bool store_may_back_up(struct store *s)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	if (now.tv_sec - s->backup_day >= DAY_SECONDS) {
		s->backup_day = now.tv_sec;
		s->backup_bytes = 0;
	}
	return s->backup_bytes < STORE_MAX_BACKUP_BYTES_A_DAY;
}

/* What is damaged must not take the place of what is good. */
static int store_check_all(struct store *s)
{
	int r = store_ask_ok(s, "PRAGMA integrity_check(1)");

	return r == -EUCLEAN ? store_error(s, SQLITE_CORRUPT) : r;
}

static int store_find_file(
	struct store *s, sqlite3_file **ret, sqlite3_int64 *ret_size)
{
	if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER,
		    ret) != SQLITE_OK ||
		(*ret)->pMethods->xFileSize(*ret, ret_size) != SQLITE_OK)
		return -EIO;
	return 0;
}

/* By SQLite's own descriptor: to close another one of the same file would end
 * the locks that keep other programs out. */
static int store_read_page(
	sqlite3_file *file, sqlite3_int64 at, uint8_t ret[STORE_PAGE_BYTES])
{
	return file->pMethods->xRead(file, ret, STORE_PAGE_BYTES, at) ==
			SQLITE_OK
		? 0
		: -EIO;
}

/* Room for all of it, by what the file has so far: not every file system can
 * reserve room otherwise, and what is reserved by zeroes may be compressed. The
 * last page stands for those by which it will grow. */
static int store_make_room(struct store *s, int to)
{
	uint8_t page[STORE_PAGE_BYTES] = {0};
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	uint64_t wanted = 0;
	int r = store_find_file(s, &file, &size);

	if (r == 0)
		r = store_size(s, &wanted);
	/* Also those of a copy that finds no room. */
	s->backup_bytes += wanted;
	for (sqlite3_int64 at = 0; r == 0 && at < (sqlite3_int64)wanted;
		at += STORE_PAGE_BYTES) {
		if (at < size)
			r = store_read_page(file, at, page);
		if (r == 0)
			r = fd_write_full(to, page, sizeof(page));
	}
	return r < 0
		? r
		: fd_write_full(to, page, sizeof(struct store_backup_trailer));
}

static int store_write_page(
	int to, sqlite3_int64 at, const uint8_t page[STORE_PAGE_BYTES])
{
	if (lseek(to, (off_t)at, SEEK_SET) < 0)
		return -errno;
	return fd_write_full(to, page, STORE_PAGE_BYTES);
}

static bool store_has_page(
	int copy, sqlite3_int64 at, const uint8_t page[STORE_PAGE_BYTES])
{
	uint8_t there[STORE_PAGE_BYTES];

	return pread(copy, there, sizeof(there), (off_t)at) ==
		(ssize_t)sizeof(there) &&
		memcmp(there, page, sizeof(there)) == 0;
}

/* What the file has and the copy has not. */
static int store_copy_pages(struct store *s, const struct durable_file *f)
{
	CLEANUP(fd_close)
	int copy = open(f->temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t page[STORE_PAGE_BYTES];
	sqlite3_file *file = NULL;
	sqlite3_int64 size = 0;
	int r = copy < 0 ? -errno : store_find_file(s, &file, &size);

	for (sqlite3_int64 at = 0; r == 0 && at < size;
		at += STORE_PAGE_BYTES) {
		r = store_read_page(file, at, page);
		if (r == 0 && !store_has_page(copy, at, page))
			r = store_write_page(f->fd, at, page);
	}
	if (r == 0 &&
		(ftruncate(f->fd, (off_t)size) < 0 ||
			lseek(f->fd, 0, SEEK_END) < 0))
		r = -errno;
	return r;
}

/* By something to write into it, which need not be durable. */
static int store_begin_wal(struct store *s)
{
	int64_t backups = 0;
	int r = store_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);

	if (r == 0)
		r = store_query_integer(s, SQL_META_GET,
			STORE_VALUES(store_text(BACKUPS)), &backups);
	if (r == 0 || r == -ENOENT)
		r = store_set_lazy(s, true);
	if (r == 0)
		r = store_execute(s, SQL_META_PUT,
			STORE_VALUES(store_text(BACKUPS),
				store_integer(backups + 1)));
	(void)store_set_lazy(s, false);
	return r;
}

static int store_write_trailer(const struct store *s, int fd)
{
	CLEANUP(free) char *wal = NULL;
	struct store_backup_trailer trailer = {0};
	int r = store_wal_path(s, &wal);

	memcpy(trailer.magic, TRAILER_MAGIC, MAGIC_BYTES);
	if (r == 0)
		r = store_read_wal_name(wal, &trailer.wal);
	return r < 0 ? r : fd_write_full(fd, &trailer, sizeof(trailer));
}

/* Until the copy is complete, the backup before is continued. Between the new
 * WAL and the new name there is only the flush. */
static int store_fill_backup(struct store *s, struct durable_file *f)
{
	int r = store_begin_wal(s);

	if (r == 0)
		r = store_write_trailer(s, f->fd);
	/* Before it takes the place of one that is good. */
	return r < 0 ? r : durable_file_flush(f);
}

int store_backup(struct store *s)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	CLEANUP(free) char *name = NULL;
	int r = 0;

	assert(!s->in_transaction);

	if (!store_may_back_up(s))
		return -EDQUOT;
	r = store_file_name(s, "backup", 1, &name);
	if (r == 0)
		r = store_check_all(s);
	if (r == 0)
		r = durable_file_open(name, &f);
	if (r == 0)
		r = store_make_room(s, f.fd);
	/* With the next commit SQLite begins the WAL anew, and the backup
	 * before is not continued any more. */
	if (r == 0)
		r = store_checkpoint(s, SQLITE_CHECKPOINT_FULL);
	if (r == 0)
		r = store_copy_pages(s, &f);
	if (r == 0)
		r = store_fill_backup(s, &f);
	if (r == 0)
		r = store_turn(s, "backup", STORE_MAX_BACKUPS);
	return r < 0 ? r : durable_file_commit(&f);
}
