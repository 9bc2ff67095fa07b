/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/base/string.h"
#include "lib/base/text.h"

#define SKIPPED_MAX_BYTES ((size_t)8192)

static const char not_xml[] = "its name does not end in .xml";
static const char hidden[] = "it is hidden";
static const char linked[] = "it is a link to a directory";
static const char special[] = "it is no file";
static const char too_deep[] = "it is too deep below the directory";
static const char unreadable[] = "it cannot be read";

void check_list_done(struct check_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->names[i]);
	free(l->names);
	for (size_t i = 0; i < l->skipped_count; i++)
		free(l->skipped[i].path);
	free(l->skipped);
	*l = (struct check_list){0};
}

bool check_list_is_url(const char *name)
{
	return strstr(name, "://") != NULL;
}

static int check_list_append(struct check_list *l, const char *name)
{
	if (l->count == CHECK_LIST_MAX_FILES)
		return -ENOSPC;
	if (!l->names)
		l->names = calloc(CHECK_LIST_MAX_FILES, sizeof(*l->names));
	if (!l->names)
		return -ENOMEM;
	if (string_replace(&l->names[l->count], name) < 0)
		return -ENOMEM;
	l->count++;
	return 0;
}

static int check_list_skip(
	struct check_list *l, const char *path, const char *why)
{
	struct check_skipped *s = NULL;

	if (l->skipped_count == CHECK_LIST_MAX_SKIPPED)
		return 0;
	if (!l->skipped)
		l->skipped =
			calloc(CHECK_LIST_MAX_SKIPPED, sizeof(*l->skipped));
	if (!l->skipped)
		return -ENOMEM;
	s = &l->skipped[l->skipped_count];
	s->why = why;
	if (text_escape(path, strlen(path), SKIPPED_MAX_BYTES, &s->path) < 0)
		return -ENOMEM;
	l->skipped_count++;
	return 0;
}

/* --- directories --- */

/* The names of a directory, sorted. */
struct check_names {
	struct dirent **entries;
	int count;
};

static void check_names_done(struct check_names *n)
{
	for (int i = 0; i < n->count; i++)
		free(n->entries[i]);
	free(n->entries);
}
DEFINE_CLEANUP_EMBEDDED(struct check_names, check_names_done);

static int check_list_is_name(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* By their bytes, whatever the locale. */
static int check_list_compare_names(
	const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int check_list_read_names(const char *path, struct check_names *ret)
{
	ret->count = scandir(path, &ret->entries, check_list_is_name,
		check_list_compare_names);
	if (ret->count < 0) {
		ret->count = 0;
		return -errno;
	}
	return ret->count > CHECK_LIST_MAX_NAMES ? -E2BIG : 0;
}

static bool check_list_ends_in_xml(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(".xml") &&
		strcasecmp(name + len - strlen(".xml"), ".xml") == 0;
}

static int check_list_add_directory(
	struct check_list *l, const char *path, unsigned depth);

/* See check_list_add_directory. NOLINTNEXTLINE(misc-no-recursion) */
static int check_list_add_below(
	struct check_list *l, const char *path, unsigned depth)
{
	int r = 0;

	if (depth == CHECK_LIST_MAX_DEPTH)
		return check_list_skip(l, path, too_deep);
	r = check_list_add_directory(l, path, depth + 1);
	if (r == 0 || r == -ENOMEM || r == -ENOSPC || r == -E2BIG)
		return r;
	return check_list_skip(l, path, unreadable);
}

/* A link counts as the file it leads to, if that is one. See
 * check_list_add_directory. NOLINTNEXTLINE(misc-no-recursion) */
static int check_list_add_name(struct check_list *l, const char *path,
	const char *name, unsigned depth)
{
	struct stat own = {0};
	struct stat target = {0};

	if (*name == '.')
		return check_list_skip(l, path, hidden);
	if (lstat(path, &own) < 0)
		return check_list_skip(l, path, unreadable);
	if (S_ISDIR(own.st_mode))
		return check_list_add_below(l, path, depth);
	if (!check_list_ends_in_xml(name))
		return check_list_skip(l, path, not_xml);
	if (stat(path, &target) < 0 || S_ISREG(target.st_mode))
		return check_list_append(l, path); /* if not, it is told why */
	return check_list_skip(
		l, path, S_ISDIR(target.st_mode) ? linked : special);
}

/* Goes at most CHECK_LIST_MAX_DEPTH deep. NOLINTNEXTLINE(misc-no-recursion) */
static int check_list_add_directory(
	struct check_list *l, const char *path, unsigned depth)
{
	CLEANUP(check_names_done) struct check_names names = {0};
	size_t len = strlen(path);
	const char *slash = len > 0 && path[len - 1] == '/' ? "" : "/";
	int r = check_list_read_names(path, &names);

	for (int i = 0; r == 0 && i < names.count; i++) {
		CLEANUP(free) char *below = NULL;
		const char *name = names.entries[i]->d_name;

		r = string_format(&below, "%s%s%s", path, slash, name);
		if (r == 0)
			r = check_list_add_name(l, below, name, depth);
	}
	return r;
}

int check_list_add(struct check_list *l, const char *word)
{
	struct stat st = {0};

	if (check_list_is_url(word) || strcmp(word, "-") == 0 ||
		stat(word, &st) < 0 || !S_ISDIR(st.st_mode))
		return check_list_append(l, word);
	l->has_directory = true;
	return check_list_add_directory(l, word, 0);
}
