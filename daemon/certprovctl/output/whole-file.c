/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/whole-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"

/* What is written is public, and its reader another user. */
#define WHOLE_FILE_MODE (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)

/* In the same directory, by a name that nobody looks for. */
struct whole_file {
	char *path;      /* behind links */
	char *temporary; /* NULL: none, or it has its name */
	int fd;
};

static void whole_file_done(struct whole_file *f)
{
	if (f->temporary && f->fd >= 0)
		(void)unlink(f->temporary);
	free(f->temporary);
	free(f->path);
	fd_close(f->fd);
}
DEFINE_CLEANUP_EMBEDDED(struct whole_file, whole_file_done);

static int whole_file_open(struct whole_file *f, const char *path)
{
	int r;

	/* The file behind a link is replaced, not the link. */
	f->path = realpath(path, NULL);
	if (!f->path)
		f->path = strdup(path);
	if (!f->path)
		return -ENOMEM;
	r = string_format(&f->temporary, "%s.XXXXXX", f->path);
	if (r < 0)
		return r;
	f->fd = mkostemp(f->temporary, O_CLOEXEC);
	return f->fd < 0 ? -errno : 0;
}

static int whole_file_commit(struct whole_file *f)
{
	if (fchmod(f->fd, WHOLE_FILE_MODE) < 0 || fsync(f->fd) < 0 ||
		rename(f->temporary, f->path) < 0)
		return -errno;
	free(f->temporary);
	f->temporary = NULL;
	return 0;
}

static int whole_file_replace(const char *path, const char *text, size_t len)
{
	CLEANUP(whole_file_done) struct whole_file f = {.fd = -1};
	int r = whole_file_open(&f, path);

	if (r == 0)
		r = fd_write_full(f.fd, text, len);
	return r < 0 ? r : whole_file_commit(&f);
}

/* /dev/stdout, a pipe, a terminal: no file may take their place. */
static int whole_file_pass(const char *path, const char *text, size_t len)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd_write_full(fd, text, len);
}

int whole_file_write(const char *path, const char *text, size_t len)
{
	struct stat st = {0};

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return whole_file_pass(path, text, len);
	return whole_file_replace(path, text, len);
}
