/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/users-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"

/* Of nobody's password. */
#define HASH_OTHERWISE                                                         \
	"$y$j9T$DiHz4Xx9yz9S5gZdtzPEq1$"                                       \
	"66kWV7sjl9FVZPMLGVj0kIje4ctJ2galowHmInYZZN5"

struct users *users_free(struct users *u)
{
	free(u);
	return NULL;
}

const struct user_line *users_find(const struct users *u, const char *name)
{
	for (size_t i = 0; i < u->count; i++)
		if (strcmp(u->lines[i].name, name) == 0)
			return &u->lines[i];
	return NULL;
}

static const char *users_add(struct users *u, const char *line, size_t len)
{
	const char *reason = NULL;
	struct user_line parsed = {0};

	if (len == 0 || line[0] == '#')
		return NULL;
	if (u->count == USERS_MAX)
		return "there are more than 64 users";
	reason = user_line_parse(line, len, &parsed);
	if (reason)
		return reason;
	if (users_find(u, parsed.name))
		return "this name is there twice";
	u->lines[u->count++] = parsed;
	return NULL;
}

static void users_choose_other(struct users *u)
{
	const char *dearest = HASH_OTHERWISE;

	for (size_t i = 0; i < u->count; i++)
		if (u->lines[i].hash[0])
			dearest = password_dearer(dearest, u->lines[i].hash);
	memcpy(u->other, dearest, strlen(dearest) + 1);
}

int users_parse(const char *text, size_t len, struct users *ret,
	struct users_fault *fault)
{
	const char *end = text + len;

	*fault = (struct users_fault){0};
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;

		fault->line++;
		fault->reason = users_add(ret, text, (size_t)(stop - text));
		if (fault->reason)
			return -EINVAL;
		text = stop + 1;
	}
	users_choose_other(ret);
	return 0;
}

/* A named pipe or a terminal would be waited for. */
static int users_open(const char *path, struct users_fault *fault)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat s = {0};

	if (fd < 0 || fstat(fd, &s) < 0)
		return -errno;
	fault->reason = NULL;
	if (!S_ISREG(s.st_mode))
		fault->reason = "it is not a regular file";
	else if (s.st_mode & S_IWOTH)
		fault->reason = "everybody may write to it";
	return fault->reason ? -EINVAL : fd_take(&fd);
}

int users_load(const char *path, struct users **ret, struct users_fault *fault)
{
	CLEANUP(users_free) struct users *u = calloc(1, sizeof(*u));
	CLEANUP(bytes_done) struct bytes text = {0};
	CLEANUP(fd_close) int fd = -1;
	int r = 0;

	*fault = (struct users_fault){0};
	if (!u)
		return -ENOMEM;
	fd = users_open(path, fault);
	if (fd < 0)
		return fd;
	r = fd_read_all(fd, USERS_MAX_FILE_BYTES, &text);
	if (r == -EFBIG) {
		fault->reason = "it is longer than 64 KiB";
		return -EINVAL;
	}
	if (r == 0)
		r = users_parse((const char *)text.data, text.len, u, fault);
	if (r == 0)
		*ret = TAKE_PTR(u);
	return r;
}
