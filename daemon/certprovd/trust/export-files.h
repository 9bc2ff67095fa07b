/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The export on the disk: a directory export.N for each generation with the
 * same certificates under two names, and the link "export" that says which
 * one counts. The link is replaced by renaming, so a reader finds the
 * whole new generation or the whole one before, wherever the writer stopped.
 * Knows nothing of certificates; does not log.
 */
#ifndef CERTPROVD_EXPORT_FILES_H
#define CERTPROVD_EXPORT_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"

struct bytes;
struct stat;

/* The link, below the daemon's own directory. */
#define EXPORT_LINK "export"
#define EXPORT_BUNDLE "ca-bundle.pem"
/* What Sofia-SIP looks for in its certificate directory. */
#define EXPORT_CAFILE "cafile.pem"
/* Exists while a change has not been announced to readers; removed before it
 * is. */
#define EXPORT_CHANGED "export.changed"
#define EXPORT_MAX_BYTES ((size_t)64 * 1024 * 1024)

struct export_files {
	int fd;           /* of the daemon's own directory */
	uint64_t current; /* the N the link names; 0: there is no link */
};
#define EXPORT_FILES_NULL ((struct export_files){.fd = -1})

/* Find what is there; what an interrupted attempt left is removed. 0 or a
 * negative errno. */
int export_files_open(const char *directory, struct export_files *ret);
void export_files_done(struct export_files *f);
DEFINE_CLEANUP_EMBEDDED(struct export_files, export_files_done);

/* Whether a reader finds exactly these bytes now, under both names. */
bool export_files_hold(const struct export_files *f, const struct bytes *text);
/* Whether what was written last is still there, by its names alone. */
bool export_files_stand(const struct export_files *f);
/* The state of the bundle that a reader finds; 0 or a negative errno. */
int export_files_stat(const struct export_files *f, struct stat *ret);
/* What a reader finds now; 0 or a negative errno. */
int export_files_read(const struct export_files *f, struct bytes *ret);

/*
 * Make these bytes the next generation. The one before is kept for those who
 * are reading it, older ones are removed. 0, or a negative errno and the link
 * is as it was.
 */
int export_files_replace(struct export_files *f, const struct bytes *text);
/* Take the link away, for when what it leads to must not be believed. */
int export_files_withdraw(struct export_files *f);

#endif
