/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-permission.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/macros.h"

/* From the vendor's page on permission flags. */
static const struct {
	const char *text;
	enum setting_permission permission;
} flags[] = {
	{"!", SETTING_INITIAL},
	{"&", SETTING_READ_ONLY},
	{"R", SETTING_READ_ONLY},
	{" ", SETTING_READ_ONLY},
	{"$", SETTING_READ_WRITE},
	{"RW", SETTING_READ_WRITE},
	{"", SETTING_READ_WRITE},
};

static const char *const names[SETTING_PERMISSION__END] = {
	[SETTING_READ_WRITE] = "read-write",
	[SETTING_INITIAL] = "initial",
	[SETTING_READ_ONLY] = "read-only",
};

enum setting_permission setting_permission_parse(const char *text)
{
	for (size_t i = 0; text && i < ARRAY_SIZE(flags); i++)
		if (strcmp(text, flags[i].text) == 0)
			return flags[i].permission;
	return SETTING_READ_WRITE;
}

const char *setting_permission_name(enum setting_permission permission)
{
	assert(permission < SETTING_PERMISSION__END);
	return names[permission];
}
