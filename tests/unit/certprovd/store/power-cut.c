/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/store/power-cut.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "tests/unit/certprovd/scratch.h"

#define MAX_FILES 64
#define MAX_BYTES ((size_t)64 << 20)

struct power_file {
	ino_t inode;
	struct bytes bytes;
};

struct power_name {
	char name[64];
	ino_t inode;
};

static struct power_disk {
	bool watched;
	ino_t directory;
	struct power_file files[MAX_FILES];
	size_t file_count;
	struct power_name names[MAX_FILES];
	size_t name_count;
	unsigned flushes;
	unsigned call_at;
	void (*function)(void);
} disk;

static struct power_file *power_find(ino_t inode)
{
	for (size_t i = 0; i < disk.file_count; i++)
		if (disk.files[i].inode == inode)
			return &disk.files[i];
	return NULL;
}

static int write_error;
static int flush_error;

/* --- what a flush brings to the disk --- */

static void power_take_bytes(const char *path, ino_t inode)
{
	struct power_file *f = power_find(inode);
	struct bytes bytes = {0};

	if (!f) {
		ck_assert_uint_lt(disk.file_count, MAX_FILES);
		f = &disk.files[disk.file_count++];
		f->inode = inode;
	}
	ck_assert_int_eq(fd_read_file(path, MAX_BYTES, &bytes), 0);
	bytes_done(&f->bytes);
	f->bytes = bytes;
}

/* Each file in the directory. */
static void power_each(void (*function)(const char *name, ino_t inode))
{
	DIR *dir = opendir(scratch());
	const struct dirent *entry = NULL;
	struct stat st;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(st.st_mode))
			function(entry->d_name, st.st_ino);
	(void)closedir(dir);
}

static void power_take_name(const char *name, ino_t inode)
{
	struct power_name *n = &disk.names[disk.name_count++];

	ck_assert_uint_le(disk.name_count, MAX_FILES);
	n->inode = inode;
	(void)snprintf(n->name, sizeof(n->name), "%s", name);
}

static void power_take_names(void)
{
	disk.name_count = 0;
	power_each(power_take_name);
}

static void power_take_file(const char *name, ino_t inode)
{
	power_take_bytes(scratch_path(name), inode);
}

static void power_flush(int fd)
{
	char link[64];
	char path[512] = "";
	struct stat st;

	disk.flushes++;
	ck_assert_int_eq(fstat(fd, &st), 0);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (st.st_ino == disk.directory)
		power_take_names();
	else if (readlink(link, path, sizeof(path) - 1) > 0)
		power_take_bytes(path, st.st_ino);
	if (disk.function && disk.flushes == disk.call_at)
		disk.function();
}

/* In place of those of the C library, for SQLite as well. */
ssize_t write(int fd, const void *buf, size_t n)
{
	if (write_error == 0)
		return (ssize_t)syscall(SYS_write, fd, buf, n);
	errno = write_error;
	return -1;
}

int fsync(int fd)
{
	if (flush_error != 0) {
		errno = flush_error;
		return -1;
	}
	if (!disk.watched)
		return (int)syscall(SYS_fsync, fd);
	power_flush(fd);
	return 0;
}

int fdatasync(int fildes)
{
	if (!disk.watched)
		return (int)syscall(SYS_fdatasync, fildes);
	power_flush(fildes);
	return 0;
}

/* --- for the tests --- */

void power_fail_writes(int error)
{
	write_error = error;
}

void power_fail_flushes(int error)
{
	flush_error = error;
}

void power_watch(void)
{
	struct stat st;

	ck_assert_int_eq(stat(scratch(), &st), 0);
	disk = (struct power_disk){.watched = true, .directory = st.st_ino};
	power_each(power_take_file);
	power_take_names();
}

unsigned power_flushes(void)
{
	return disk.flushes;
}

void power_call_after(unsigned flushes, void (*function)(void))
{
	disk.call_at = disk.flushes + flushes;
	disk.function = function;
}

static void power_take_written(const char *name, ino_t inode)
{
	(void)name;
	if (power_find(inode))
		power_take_file(name, inode);
}

static void power_remove(const char *name, ino_t inode)
{
	(void)inode;
	(void)unlink(scratch_path(name));
}

static void power_restore(const struct power_name *n)
{
	const struct power_file *f = power_find(n->inode);
	CLEANUP(fd_close)
	int fd = open(
		scratch_path(n->name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	if (f && f->bytes.len > 0)
		ck_assert_int_eq(
			fd_write_full(fd, f->bytes.data, f->bytes.len), 0);
}

void power_cut(unsigned written)
{
	disk.watched = false;
	for (size_t i = 0; i < disk.name_count; i++) {
		struct stat st;

		if ((written >> (i % 16) & 1) &&
			stat(scratch_path(disk.names[i].name), &st) == 0 &&
			st.st_ino == disk.names[i].inode)
			power_take_written(disk.names[i].name, st.st_ino);
	}
	power_each(power_remove);
	for (size_t i = 0; i < disk.name_count; i++)
		power_restore(&disk.names[i]);
}
