/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/own-directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovd/trust/export-files.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define MODE 0755
#define READERS_MASK 022
#define LINK_TARGET OWN_DIRECTORY "/" EXPORT_LINK

/* Everybody may look for exports in it, whatever the daemon's umask. */
static int own_directory_make_directory(int fd)
{
	mode_t mask = umask(READERS_MASK);
	int r = mkdirat(fd, OWN_DIRECTORY, MODE) < 0 ? -errno : 0;
	CLEANUP(fd_close) int made = -1;

	(void)umask(mask);
	if (r < 0 && r != -EEXIST)
		return r;
	made = openat(fd, OWN_DIRECTORY,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0)
		return errno == ELOOP ? -ENOTDIR : -errno;
	return 0;
}

static bool own_directory_link_is_there(int fd)
{
	char target[sizeof(LINK_TARGET) + 1];
	ssize_t n = readlinkat(fd, EXPORT_LINK, target, sizeof(target));

	return n == (ssize_t)strlen(LINK_TARGET) &&
		memcmp(target, LINK_TARGET, (size_t)n) == 0;
}

/* An older version had its exports here, behind a link that led elsewhere. */
static int own_directory_make_link(int fd)
{
	if (own_directory_link_is_there(fd))
		return 0;
	(void)unlinkat(fd, EXPORT_LINK, 0);
	return symlinkat(LINK_TARGET, fd, EXPORT_LINK) < 0 ? -errno : 0;
}

int own_directory_open(const char *runtime_directory, char **ret)
{
	CLEANUP(fd_close)
	int fd = open(runtime_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? -errno : own_directory_make_directory(fd);

	if (r < 0)
		return r;
	(void)own_directory_make_link(fd);
	return string_format(ret, "%s/" OWN_DIRECTORY, runtime_directory);
}
