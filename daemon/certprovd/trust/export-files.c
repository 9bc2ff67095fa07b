/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/export-files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"

#define PREFIX "export."
#define LINK_NEW "export.new"
#define MAX_DIGITS 18
#define NAME_SIZE sizeof(PREFIX "18446744073709551615")
#define DIRECTORY_MODE 0755
#define FILE_MODE 0644
#define READERS_MASK 022

/* --- names --- */

static void export_files_format_name(uint64_t number, char ret[NAME_SIZE])
{
	(void)snprintf(ret, NAME_SIZE, PREFIX "%" PRIu64, number);
}

/* The N of export.N; 0 for any other name. */
static uint64_t export_files_parse_name(const char *name)
{
	const char *digits = name + strlen(PREFIX);
	size_t count = 0;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || *digits == '0')
		return 0;
	while (isdigit((unsigned char)digits[count]))
		count++;
	if (count == 0 || count > MAX_DIGITS || digits[count])
		return 0;
	return strtoull(digits, NULL, 10);
}

static uint64_t export_files_read_link(int fd)
{
	char target[NAME_SIZE + 1];
	ssize_t n = readlinkat(fd, EXPORT_LINK, target, sizeof(target) - 1);

	if (n <= 0)
		return 0;
	target[n] = 0;
	return export_files_parse_name(target);
}

/* --- reading --- */

static int export_files_open_generation(
	const struct export_files *f, uint64_t number)
{
	char name[NAME_SIZE];
	int fd = -1;

	export_files_format_name(number, name);
	fd = openat(
		f->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The bundle of the current generation, if it is what we write: a plain file
 * for everybody with its two names. */
static int export_files_open_bundle(const struct export_files *f)
{
	CLEANUP(fd_close)
	int directory = export_files_open_generation(f, f->current);
	CLEANUP(fd_close) int fd = -1;
	struct stat st;
	struct stat other;

	if (directory < 0)
		return directory;
	fd = openat(directory, EXPORT_BUNDLE,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 ||
		fstatat(directory, EXPORT_CAFILE, &other, AT_SYMLINK_NOFOLLOW) <
			0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0777) != FILE_MODE ||
		st.st_ino != other.st_ino)
		return -EINVAL;
	return fd_take(&fd);
}

static int export_files_open_current(const struct export_files *f)
{
	return f->current > 0 && export_files_read_link(f->fd) == f->current
		? export_files_open_bundle(f)
		: -ENOENT;
}

int export_files_stat(const struct export_files *f, struct stat *ret)
{
	CLEANUP(fd_close) int fd = export_files_open_current(f);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

int export_files_read(const struct export_files *f, struct bytes *ret)
{
	CLEANUP(fd_close) int fd = export_files_open_current(f);

	return fd < 0 ? fd : fd_read_all(fd, EXPORT_MAX_BYTES, ret);
}

bool export_files_hold(const struct export_files *f, const struct bytes *text)
{
	CLEANUP(bytes_done) struct bytes there = {0};

	return export_files_read(f, &there) == 0 && there.len == text->len &&
		memcmp(there.data, text->data, text->len) == 0;
}

bool export_files_stand(const struct export_files *f)
{
	return f->current > 0 && export_files_read_link(f->fd) == f->current &&
		faccessat(f->fd, EXPORT_LINK "/" EXPORT_BUNDLE, R_OK, 0) == 0;
}

/* --- removing --- */

DEFINE_CLEANUP(DIR, closedir);

/* A second descriptor, because a directory stream closes its own. */
static DIR *export_files_list(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	if (!dir)
		(void)fd_close(copy);
	return dir;
}

/* A failed removal is tried again the next time. */
static void export_files_remove_generation(
	const struct export_files *f, uint64_t number)
{
	CLEANUP(fd_close) int fd = export_files_open_generation(f, number);
	CLEANUP(closedir) DIR *dir = fd < 0 ? NULL : export_files_list(fd);
	const struct dirent *entry = NULL;
	char name[NAME_SIZE];

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			(void)unlinkat(fd, entry->d_name, 0);
	export_files_format_name(number, name);
	(void)unlinkat(f->fd, name, AT_REMOVEDIR);
}

/* The largest existing number below this one; 0: there is none. */
static uint64_t export_files_largest_below(
	const struct export_files *f, uint64_t limit)
{
	CLEANUP(closedir) DIR *dir = export_files_list(f->fd);
	const struct dirent *entry = NULL;
	uint64_t largest = 0;

	while (dir && (entry = readdir(dir))) {
		uint64_t number = export_files_parse_name(entry->d_name);

		if (number > largest && number < limit)
			largest = number;
	}
	return largest;
}

/* All but the current one, and the one before, which may still be read. */
static void export_files_clean_up(const struct export_files *f)
{
	uint64_t before = export_files_largest_below(f, f->current);
	uint64_t number = UINT64_MAX;

	(void)unlinkat(f->fd, LINK_NEW, 0);
	while ((number = export_files_largest_below(f, number)) > 0)
		if (number != f->current && number != before)
			export_files_remove_generation(f, number);
}

/* --- opening --- */

int export_files_open(const char *directory, struct export_files *ret)
{
	struct export_files f = {
		.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};

	if (f.fd < 0)
		return -errno;
	f.current = export_files_read_link(f.fd);
	export_files_clean_up(&f);
	*ret = f;
	return 0;
}

void export_files_done(struct export_files *f)
{
	(void)fd_close(f->fd);
	*f = EXPORT_FILES_NULL;
}

/* --- a new generation --- */

/* Flushed, because after a power cut the link must not be there without the
 * bytes. On a tmpfs, as is usual, this costs nothing. */
static int export_files_fill_generation(int directory, const struct bytes *text)
{
	CLEANUP(fd_close)
	int fd = openat(directory, EXPORT_BUNDLE,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		FILE_MODE);
	int r = fd < 0 ? -errno : fd_write_full(fd, text->data, text->len);

	if (r < 0)
		return r;
	if (linkat(directory, EXPORT_BUNDLE, directory, EXPORT_CAFILE, 0) < 0 ||
		fsync(fd) < 0 || fsync(directory) < 0)
		return -errno;
	return 0;
}

static int export_files_make_generation(
	const struct export_files *f, uint64_t number, const struct bytes *text)
{
	CLEANUP(fd_close) int directory = -1;
	char name[NAME_SIZE];

	export_files_format_name(number, name);
	if (mkdirat(f->fd, name, DIRECTORY_MODE) < 0)
		return -errno;
	directory = export_files_open_generation(f, number);
	return directory < 0 ? directory
			     : export_files_fill_generation(directory, text);
}

/* The daemon's umask would take rights from readers, and it has given up the
 * right to change modes afterwards. */
static int export_files_make_readable_generation(
	const struct export_files *f, uint64_t number, const struct bytes *text)
{
	mode_t mask = umask(READERS_MASK);
	int r = export_files_make_generation(f, number, text);

	(void)umask(mask);
	return r;
}

static int export_files_mark_changed(const struct export_files *f)
{
	CLEANUP(fd_close)
	int fd = openat(f->fd, EXPORT_CHANGED,
		O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

	return fd < 0 ? -errno : 0;
}

static int export_files_turn_link(const struct export_files *f, uint64_t number)
{
	char name[NAME_SIZE];

	export_files_format_name(number, name);
	if ((unlinkat(f->fd, LINK_NEW, 0) < 0 && errno != ENOENT) ||
		symlinkat(name, f->fd, LINK_NEW) < 0 ||
		renameat(f->fd, LINK_NEW, f->fd, EXPORT_LINK) < 0)
		return -errno;
	return 0;
}

int export_files_replace(struct export_files *f, const struct bytes *text)
{
	uint64_t number = export_files_largest_below(f, UINT64_MAX) + 1;
	int r = export_files_make_readable_generation(f, number, text);

	/* Marked before and after: if the daemon is stopped in between, readers
	 * get one announcement too many rather than none. */
	if (r == 0)
		r = export_files_mark_changed(f);
	if (r == 0)
		r = export_files_turn_link(f, number);
	if (r < 0) {
		export_files_remove_generation(f, number);
		return r;
	}
	(void)export_files_mark_changed(f);
	f->current = number;
	export_files_clean_up(f);
	return 0;
}

int export_files_withdraw(struct export_files *f)
{
	int r = export_files_mark_changed(f);

	if (r < 0)
		return r;
	if (unlinkat(f->fd, EXPORT_LINK, 0) < 0 && errno != ENOENT)
		return -errno;
	(void)export_files_mark_changed(f);
	f->current = 0;
	export_files_clean_up(f);
	return 0;
}
