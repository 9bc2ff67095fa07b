/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/bytes.h"

#define READ_CHUNK_BYTES 16384

int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return -1;
}

void fd_close_at_end(int *fd)
{
	*fd = fd_close(*fd);
}

int fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int fd_write_full(int fd, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EDQUOT ? -ENOSPC : -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_read_full(int fd, void *data, size_t len)
{
	uint8_t *p = data;

	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Make room for one more chunk and the final zero byte. */
static int fd_grow(struct bytes *b, size_t *room)
{
	size_t wanted = b->len + READ_CHUNK_BYTES + 1;
	uint8_t *more = NULL;

	if (wanted <= *room)
		return 0;
	wanted = wanted > 2 * *room ? wanted : 2 * *room;
	more = realloc(b->data, wanted);
	if (!more)
		return -ENOMEM;
	b->data = more;
	*room = wanted;
	return 0;
}

int fd_read_all(int fd, size_t max_bytes, struct bytes *ret)
{
	CLEANUP(bytes_done) struct bytes b = {0};
	size_t room = 0;
	ssize_t n = 0;
	int r = 0;

	do {
		r = fd_grow(&b, &room);
		if (r < 0)
			return r;
		n = read(fd, b.data + b.len, READ_CHUNK_BYTES);
		if (n < 0 && errno != EINTR)
			return -errno;
		b.len += n > 0 ? (size_t)n : 0;
		if (b.len > max_bytes)
			return -EFBIG;
	} while (n != 0);

	b.data[b.len] = 0;
	*ret = b;
	b = (struct bytes){0};
	return 0;
}

int fd_read_file(const char *path, size_t max_bytes, struct bytes *ret)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return fd_read_all(fd, max_bytes, ret);
}

int fd_seal(const char *name, const void *data, size_t len, int *ret_fd)
{
	CLEANUP(fd_close)
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = 0;

	if (fd < 0)
		return -errno;
	r = fd_write_full(fd, data, len);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, FD_SEALS) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}
