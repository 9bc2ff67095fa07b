/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of --map: which phone type, MAC address and firmware versions a
 * checked file is for. One rule a line, the first that matches counts:
 *
 *	PATTERN PHONE-TYPE MAC FIRMWARE[,FIRMWARE...]
 *
 * with blanks or tabs between, "-" for what the command line says, and "#" for
 * comments. A pattern without "/" is compared with the name of the file, others
 * with its path, as fnmatch() does.
 */
#ifndef CERTPROVCTL_CHECK_MAP_H
#define CERTPROVCTL_CHECK_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/macros.h"
#include "lib/net/url-names.h"
#include "lib/phone/firmware.h"

/* Named maxima. */
#define CHECK_MAP_MAX_BYTES ((size_t)1024 * 1024)
#define CHECK_MAP_MAX_RULES 4096
#define CHECK_MAX_VERSIONS 16

/* The versions of one phone, as they are printed. */
struct check_versions {
	struct firmware firmware[CHECK_MAX_VERSIONS];
	char texts[CHECK_MAX_VERSIONS][FIRMWARE_TEXT_SIZE];
	const char *names[CHECK_MAX_VERSIONS]; /* into texts */
	size_t count;
};
/* 0; -EINVAL: not a version; -ENOSPC past the maximum. */
int check_versions_add(struct check_versions *v, const char *text);

/* What a phone is; what is not known is empty. */
struct check_phone {
	char *type; /* or NULL */
	char mac[URL_MAC_CHARS + 1];
	struct check_versions versions;
};
void check_phone_done(struct check_phone *p);

struct check_rule {
	char *pattern;
	size_t line;
	bool used; /* by some file */
	struct check_phone phone;
};

struct check_map {
	struct check_rule *rules;
	size_t count;
	size_t room;
};
void check_map_done(struct check_map *m);
DEFINE_CLEANUP_EMBEDDED(struct check_map, check_map_done);

/* 0; -EINVAL and what is wrong, with path and line, in *ret_problem, which the
 * caller frees; an error of reading; -ENOMEM. */
int check_map_read(const char *path, struct check_map *ret, char **ret_problem);
/* The first rule for this file, which counts as used; or NULL. */
const struct check_rule *check_map_find(struct check_map *m, const char *path);

#endif
