/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/users/user-line.h"

#include <errno.h>
#include <string.h>

#define NAME                                                                   \
	"-._@0123456789"                                                       \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define NO_PASSWORD "*"

static const char *const roles[] = {
	[ACCESS_LOOK] = "look",
	[ACCESS_CHANGE] = "change",
};

const char *user_role_name(enum access_role role)
{
	return roles[role];
}

int user_role_find(const char *name, enum access_role *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		if (strcmp(roles[i], name) != 0)
			continue;
		*ret = (enum access_role)i;
		return 0;
	}
	return -EINVAL;
}

bool user_name_is(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= USER_MAX_NAME && strspn(name, NAME) == len;
}

/* The next field up to the end or a colon, as text; whether there was one that
 * fits. *line goes behind it, or becomes NULL at the end. */
static bool user_line_take(
	const char **line, size_t *len, char *ret, size_t size)
{
	const char *colon = *line ? memchr(*line, ':', *len) : NULL;
	size_t took = colon ? (size_t)(colon - *line) : *len;

	if (!*line || took >= size || memchr(*line, '\0', took))
		return false;
	memcpy(ret, *line, took);
	ret[took] = '\0';
	*line = colon ? colon + 1 : NULL;
	*len -= colon ? took + 1 : took;
	return true;
}

const char *user_line_parse(const char *line, size_t len, struct user_line *ret)
{
	char role[16];

	if (!user_line_take(&line, &len, ret->name, sizeof(ret->name)) ||
		!user_name_is(ret->name))
		return "the name is not 1 to 64 letters, digits and . _ @ -";
	if (!user_line_take(&line, &len, role, sizeof(role)) ||
		user_role_find(role, &ret->role) < 0)
		return "the role is neither look nor change";
	if (!user_line_take(&line, &len, ret->hash, sizeof(ret->hash)) || line)
		return "there is no hash behind the role, or more than that";
	if (strcmp(ret->hash, NO_PASSWORD) == 0) {
		ret->hash[0] = '\0';
		return NULL;
	}
	return password_fault(ret->hash);
}
