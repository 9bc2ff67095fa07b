/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"

#define MAX_BYTES ((size_t)64 << 20)

static char directory[PATH_MAX];

void scratch_setup(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(directory, sizeof(directory), "%s/certprovd-XXXXXX",
		base ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void scratch_teardown(void)
{
	(void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *scratch(void)
{
	return directory;
}

const char *scratch_path(const char *name)
{
	static char paths[8][PATH_MAX + 256];
	static unsigned next;
	char *path = paths[next++ % ARRAY_SIZE(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

void scratch_write(const char *name, const char *text)
{
	CLEANUP(fd_close)
	int fd = open(scratch_path(name),
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fd_write_full(fd, text, strlen(text)), 0);
}

char *scratch_read(const char *name)
{
	struct bytes b = {0};

	if (fd_read_file(scratch_path(name), MAX_BYTES, &b) < 0)
		return NULL;
	return (char *)b.data;
}

bool scratch_exists(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}

off_t scratch_size(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(scratch_path(name), &st), 0);
	return st.st_size;
}

void scratch_patch(const char *name, off_t at, const void *data, size_t len)
{
	CLEANUP(fd_close) int fd = open(scratch_path(name), O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, data, len, at), (ssize_t)len);
}

off_t scratch_find(const char *name, const void *data, size_t len)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	const uint8_t *found = NULL;

	ck_assert_int_eq(fd_read_file(scratch_path(name), MAX_BYTES, &b), 0);
	found = memmem(b.data, b.len, data, len);
	ck_assert_ptr_nonnull(found);
	return found - b.data;
}
