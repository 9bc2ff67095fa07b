/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/durable-file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define COPY_CHUNK_BYTES 65536

/* A quota that is used up is a full disk to whoever called. */
static int durable_file_error(void)
{
	return errno == EDQUOT ? -ENOSPC : -errno;
}

int durable_file_open(const char *path, struct durable_file *ret)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = 0;

	r = string_format(&f.path, "%s", path);
	if (r < 0)
		return r;
	r = string_format(&f.temporary, "%s.new", path);
	if (r < 0)
		return r;
	/* Not O_TRUNC: a link that somebody planted here must not be followed.
	 */
	if (unlink(f.temporary) < 0 && errno != ENOENT)
		return -errno;
	f.fd = open(f.temporary,
		O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f.fd < 0)
		return durable_file_error();

	ret->fd = fd_take(&f.fd);
	ret->temporary = TAKE_PTR(f.temporary);
	ret->path = TAKE_PTR(f.path);
	return 0;
}

int durable_file_flush(struct durable_file *f)
{
	int r = 0;

	assert(f->fd >= 0);

	if (fsync(f->fd) < 0)
		r = durable_file_error();
	/* Some file systems report a failed write only when the file is closed.
	 */
	if (close(fd_take(&f->fd)) < 0 && r == 0)
		r = durable_file_error();
	return r;
}

int durable_file_commit(struct durable_file *f)
{
	int r = 0;

	assert(f->temporary && f->path);

	if (f->fd >= 0)
		r = durable_file_flush(f);
	if (r < 0)
		return r;
	if (rename(f->temporary, f->path) < 0)
		return durable_file_error();
	free(f->temporary);
	f->temporary = NULL;
	return durable_file_sync_directory(f->path);
}

void durable_file_done(struct durable_file *f)
{
	f->fd = fd_close(f->fd);
	if (f->temporary)
		(void)unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	*f = DURABLE_FILE_NULL;
}

int durable_file_write(const char *path, const void *data, size_t len)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = 0;

	r = durable_file_open(path, &f);
	if (r < 0)
		return r;
	r = fd_write_full(f.fd, data, len);
	if (r < 0)
		return r;
	return durable_file_commit(&f);
}

static int durable_file_copy_bytes(int from, int to)
{
	CLEANUP(free) uint8_t *chunk = malloc(COPY_CHUNK_BYTES);
	ssize_t n = 0;
	int r = 0;

	if (!chunk)
		return -ENOMEM;
	do {
		n = read(from, chunk, COPY_CHUNK_BYTES);
		/* A block that cannot be read is lost. */
		if (n < 0 && errno != EINTR)
			return errno == EIO ? -EUCLEAN : -errno;
		r = n > 0 ? fd_write_full(to, chunk, (size_t)n) : 0;
		if (r < 0)
			return r;
	} while (n != 0);
	return 0;
}

int durable_file_open_copy(
	const char *from, const char *path, struct durable_file *ret)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	CLEANUP(fd_close) int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r = 0;

	if (fd < 0)
		return -errno;
	r = durable_file_open(path, &f);
	if (r < 0)
		return r;
	r = durable_file_copy_bytes(fd, f.fd);
	if (r < 0)
		return r;

	ret->fd = fd_take(&f.fd);
	ret->temporary = TAKE_PTR(f.temporary);
	ret->path = TAKE_PTR(f.path);
	return 0;
}

int durable_file_copy(const char *from, const char *path)
{
	CLEANUP(durable_file_done) struct durable_file f = DURABLE_FILE_NULL;
	int r = durable_file_open_copy(from, path, &f);

	return r < 0 ? r : durable_file_commit(&f);
}

int durable_file_sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(free) char *directory = NULL;
	CLEANUP(fd_close) int fd = -1;
	int r = 0;

	r = slash
		? string_format(&directory, "%.*s/", (int)(slash - path), path)
		: string_format(&directory, ".");
	if (r < 0)
		return r;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

int durable_file_move(const char *from, const char *to)
{
	if (rename(from, to) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}
