/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/identity/key-files-double.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "daemon/certprovd/identity/key-files.h"

#define CHANGES_SIZE 1024

static char changes[CHANGES_SIZE];
static unsigned left = UINT_MAX;

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */
int __real_key_files_write_own(const char *state_directory, const char *name,
	const void *data, size_t len);
int __wrap_key_files_write_own(const char *state_directory, const char *name,
	const void *data, size_t len);
int __real_key_files_remove_own(const char *state_directory, const char *name);
int __wrap_key_files_remove_own(const char *state_directory, const char *name);

void key_changes_reset(void)
{
	changes[0] = 0;
	left = UINT_MAX;
}

void key_changes_cut_after(unsigned count)
{
	left = count;
}

const char *key_changes(void)
{
	return changes;
}

static bool may_change(const char *what, const char *name)
{
	size_t len = strlen(changes);

	if (left == 0)
		return false;
	if (left != UINT_MAX)
		left--;
	(void)snprintf(changes + len, sizeof(changes) - len, "%s%s %s",
		len > 0 ? ", " : "", what, name);
	return true;
}

int __wrap_key_files_write_own(const char *state_directory, const char *name,
	const void *data, size_t len)
{
	return may_change("write", name)
		? __real_key_files_write_own(state_directory, name, data, len)
		: -EIO;
}

int __wrap_key_files_remove_own(const char *state_directory, const char *name)
{
	return may_change("remove", name)
		? __real_key_files_remove_own(state_directory, name)
		: -EIO;
}
/* NOLINTEND(readability-identifier-naming) */
