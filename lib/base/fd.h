/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File descriptors: owned by scope, read and written in full.
 */
#ifndef CERTPROV_FD_H
#define CERTPROV_FD_H

#include <stddef.h>

struct bytes;

/* CLEANUP(fd_close) int fd = -1; returns -1, keeps errno, ignores -1. */
int fd_close(int fd);
void fd_close_at_end(int *fd);
/* Take a descriptor and leave -1. */
int fd_take(int *fd);

/* Write or read all of it, whatever the number of calls. Returns 0 or a
 * negative errno; reading past the end is -ENODATA. */
int fd_write_full(int fd, const void *data, size_t len);
int fd_read_full(int fd, void *data, size_t len);
/* Read to end of file. -EFBIG past max_bytes. A zero byte, not counted, follows
 * the data, so that text is a string. */
int fd_read_all(int fd, size_t max_bytes, struct bytes *ret);
int fd_read_file(const char *path, size_t max_bytes, struct bytes *ret);

#endif
