/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are replaced whole: a reader, and the next start after a power
 * cut, find the old bytes or the new ones, never a part of either. Made with
 * mode 0600. For small state beside the database; knows nothing of it. A quota
 * that is used up is -ENOSPC, as a full disk is.
 */
#ifndef CERTPROVD_DURABLE_FILE_H
#define CERTPROVD_DURABLE_FILE_H

#include "lib/base/macros.h"

/* A file being written; it vanishes unless committed. */
struct durable_file {
	int fd;
	char *temporary;
	char *path;
};
#define DURABLE_FILE_NULL ((struct durable_file){.fd = -1})

/* Open path.new for writing; what an interrupted attempt left is replaced.
 * Returns 0 or a negative errno. */
int durable_file_open(const char *path, struct durable_file *ret);
/* Its bytes only, for what must be done before it gets its name. The descriptor
 * is closed whatever happens; after a failure, do not commit. */
int durable_file_flush(struct durable_file *f);
/* Flush unless that was done, rename, flush the directory: durable when this
 * returns 0. The descriptor is closed whatever happens. */
int durable_file_commit(struct durable_file *f);
/* The same, with the bytes of another file in it already. */
int durable_file_open_copy(
	const char *from, const char *path, struct durable_file *ret);
void durable_file_done(struct durable_file *f);
DEFINE_CLEANUP_EMBEDDED(struct durable_file, durable_file_done);

/* All of it in one call. */
int durable_file_write(const char *path, const void *data, size_t len);
/* A durable copy of another file. */
int durable_file_copy(const char *from, const char *path);

/* Make renames and removals in the directory of this file durable. */
int durable_file_sync_directory(const char *path);
/* Rename durably, except that the caller flushes the directory; nothing to
 * rename is fine. */
int durable_file_move(const char *from, const char *to);

#endif
