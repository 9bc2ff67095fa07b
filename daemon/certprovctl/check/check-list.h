/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be checked: files, URLs and, of directories, every file below that
 * ends in .xml. Reads directories and no file.
 */
#ifndef CERTPROVCTL_CHECK_LIST_H
#define CERTPROVCTL_CHECK_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/macros.h"

/* Named maxima: of files; of directories inside each other; of what is passed
 * over and told; of names in one directory. */
#define CHECK_LIST_MAX_FILES 4096
#define CHECK_LIST_MAX_DEPTH 8
#define CHECK_LIST_MAX_SKIPPED 4096
#define CHECK_LIST_MAX_NAMES 65536

/* Something of a directory that is not checked. */
struct check_skipped {
	char *path;      /* fit to be shown */
	const char *why; /* lives forever */
};

/* Zeroed is empty. */
struct check_list {
	char **names;
	size_t count;
	struct check_skipped *skipped;
	size_t skipped_count;
	bool has_directory;
};
void check_list_done(struct check_list *l);
DEFINE_CLEANUP_EMBEDDED(struct check_list, check_list_done);

/* It is a URL: "scheme://...". */
bool check_list_is_url(const char *name);

/*
 * One word of the command line. What is hidden is passed over, and so are links
 * to directories; the files of a directory come in the order of their names.
 * 0; -ENOSPC past CHECK_LIST_MAX_FILES; -E2BIG past CHECK_LIST_MAX_NAMES; an
 * error of reading the directory that was named.
 */
int check_list_add(struct check_list *l, const char *word);

#endif
