/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/fd.h"

#define BACKLOG 64

/* A number and nothing else; -1 otherwise. */
static long http_sockets_number(const char *name)
{
	const char *text = getenv(name);
	char *end = NULL;
	long number = text ? strtol(text, &end, 10) : -1;

	return text && *text && *end == '\0' ? number : -1;
}

int http_sockets_passed(void)
{
	long count = http_sockets_number("LISTEN_FDS");
	long pid = http_sockets_number("LISTEN_PID");

	if (count <= 0 || (getenv("LISTEN_PID") && pid != (long)getpid()))
		return 0;
	return count > HTTP_MAX_SOCKETS ? -E2BIG : (int)count;
}

static int http_sockets_option(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -errno;
	return value;
}

int http_sockets_way(int fd, enum http_way *ret)
{
	if (http_sockets_option(fd, SO_ACCEPTCONN) != 1 ||
		http_sockets_option(fd, SO_TYPE) != SOCK_STREAM)
		return -EINVAL;
	switch (http_sockets_option(fd, SO_DOMAIN)) {
	case AF_UNIX:
		*ret = HTTP_FRONT_END;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Left by a process that died: nobody accepts. */
static bool http_sockets_is_stale(const struct sockaddr_un *address)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	return lstat(address->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
		fd >= 0 &&
		connect(fd, (const struct sockaddr *)address,
			sizeof(*address)) < 0 &&
		errno == ECONNREFUSED;
}

int http_sockets_open_unix(const char *path, int *ret_fd)
{
	CLEANUP(fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (http_sockets_is_stale(&address))
		(void)unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}
