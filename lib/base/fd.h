/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors: owned by scope, read and written in full.
 */
#ifndef CERTPROV_FD_H
#define CERTPROV_FD_H

#include <fcntl.h>
#include <stddef.h>

struct bytes;

/* CLEANUP(fd_close) int fd = -1; returns -1, keeps errno, ignores -1. */
int fd_close(int fd);
void fd_close_at_end(int *fd);
/* Take a descriptor and leave -1. */
int fd_take(int *fd);

/* Write or read all of it, whatever the number of calls. Returns 0 or a
 * negative errno; reading past the end is -ENODATA, and a quota of the file
 * system that is used up -ENOSPC, as a full one is. */
int fd_write_full(int fd, const void *data, size_t len);
int fd_read_full(int fd, void *data, size_t len);
/* Read to end of file. -EFBIG past max_bytes. A zero byte, not counted, follows
 * the data, so that text is a string. */
int fd_read_all(int fd, size_t max_bytes, struct bytes *ret);
int fd_read_file(const char *path, size_t max_bytes, struct bytes *ret);

/* Nobody can change what is in such a file any more. */
#define FD_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
/* A file in memory with these bytes and all FD_SEALS, read from its start; the
 * name is what /proc shows. 0 or a negative errno. */
int fd_seal(const char *name, const void *data, size_t len, int *ret_fd);

#endif
