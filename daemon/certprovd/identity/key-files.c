/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/key-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/identity/identity-pem.h"

/* Who else may have it: of a file, of a credential. */
#define OTHERS (S_IRWXG | S_IRWXO)
#define ALL_OTHERS S_IRWXO

void key_bytes_done(struct bytes *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
	bytes_done(b);
}

/* --- reading --- */

static int key_files_check(
	int fd, mode_t others, size_t *ret_size, bool *ret_exposed)
{
	struct stat st = {0};

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)IDENTITY_PEM_MAX_BYTES)
		return -EFBIG;
	*ret_size = (size_t)st.st_size;
	*ret_exposed = (st.st_mode & others) != 0;
	return 0;
}

/* Into memory that never moves: nothing of the key stays behind. */
static int key_files_read_all(int fd, size_t size, struct bytes *ret)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};

	b.data = calloc(1, size + 1);
	if (!b.data)
		return -ENOMEM;
	while (b.len < size) {
		ssize_t n = read(fd, b.data + b.len, size - b.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		b.len += (size_t)n;
	}
	*ret = TAKE_OBJECT(b);
	return 0;
}

/* flags: O_NOFOLLOW or 0. A FIFO does not block, and is refused. */
static int key_files_read_path(const char *path, int flags, mode_t others,
	struct bytes *ret, bool *ret_exposed)
{
	CLEANUP(fd_close)
	int fd = open(
		path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	size_t size = 0;
	int r = fd < 0 ? -errno
		       : key_files_check(fd, others, &size, ret_exposed);

	return r < 0 ? r : key_files_read_all(fd, size, ret);
}

static int key_files_find_credential(const char *name, char **ret)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	if (!directory || strchr(name, '/') || *name == 0 || *name == '.')
		return -ENOENT;
	return string_format(ret, "%s/%s", directory, name);
}

int key_files_read(const char *name, struct bytes *ret, bool *ret_exposed)
{
	size_t prefix = strlen(KEY_FILES_CREDENTIAL);
	CLEANUP(free) char *path = NULL;
	int r = 0;

	if (strncmp(name, KEY_FILES_CREDENTIAL, prefix) != 0)
		return key_files_read_path(name, 0, OTHERS, ret, ret_exposed);
	r = key_files_find_credential(name + prefix, &path);
	return r < 0
		? r
		: key_files_read_path(path, 0, ALL_OTHERS, ret, ret_exposed);
}

/* --- our own --- */

static int key_files_own_path(
	const char *state_directory, const char *name, char **ret)
{
	return string_format(
		ret, "%s/" KEY_FILES_DIRECTORY "/%s", state_directory, name);
}

static int key_files_make_directory(const char *state_directory)
{
	CLEANUP(free) char *path = NULL;
	int r = string_format(
		&path, "%s/" KEY_FILES_DIRECTORY, state_directory);

	if (r < 0)
		return r;
	if (mkdir(path, S_IRWXU) == 0)
		return durable_file_sync_directory(path);
	return errno == EEXIST ? 0 : -errno;
}

int key_files_read_own(
	const char *state_directory, const char *name, struct bytes *ret)
{
	CLEANUP(key_bytes_done) struct bytes b = {0};
	CLEANUP(free) char *path = NULL;
	bool exposed = false;
	int r = key_files_own_path(state_directory, name, &path);

	if (r == 0)
		r = key_files_read_path(path, O_NOFOLLOW, OTHERS, &b, &exposed);
	if (r < 0 || exposed)
		return r < 0 ? r : -EPERM;
	*ret = TAKE_OBJECT(b);
	return 0;
}

int key_files_write_own(const char *state_directory, const char *name,
	const void *data, size_t len)
{
	CLEANUP(free) char *path = NULL;
	int r = key_files_own_path(state_directory, name, &path);

	if (r == 0)
		r = key_files_make_directory(state_directory);
	return r < 0 ? r : durable_file_write(path, data, len);
}

int key_files_remove_own(const char *state_directory, const char *name)
{
	CLEANUP(free) char *path = NULL;
	int r = key_files_own_path(state_directory, name, &path);

	if (r < 0)
		return r;
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return durable_file_sync_directory(path);
}

int key_files_rename_own(
	const char *state_directory, const char *from, const char *to)
{
	CLEANUP(free) char *old = NULL;
	CLEANUP(free) char *new = NULL;
	int r = key_files_own_path(state_directory, from, &old);

	if (r == 0)
		r = key_files_own_path(state_directory, to, &new);
	if (r == 0)
		r = durable_file_move(old, new);
	return r < 0 ? r : durable_file_sync_directory(new);
}
