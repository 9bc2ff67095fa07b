/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

#define BACKLOG 64
#define PORT_DIGITS 5

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
	case AF_INET:
	case AF_INET6:
		*ret = HTTP_TLS;
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

bool http_sockets_is_port(const char *text)
{
	size_t len = strspn(text, "0123456789");
	/* More would be taken modulo 65536. */
	long port = len > 0 && len <= PORT_DIGITS && !text[len]
		? strtol(text, NULL, 10)
		: 0;

	return port > 0 && port <= UINT16_MAX;
}

/* "[::1]:8443" is "::1" and "8443"; the host in new memory. */
static int http_sockets_split(
	const char *address, char **ret_host, const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : 0;

	if (len == 0 || !http_sockets_is_port(colon + 1))
		return -EINVAL;
	*ret_port = colon + 1;
	if (address[0] == '[' && address[len - 1] == ']') {
		address++;
		len -= 2;
	}
	return string_format(ret_host, "%.*s", (int)len, address);
}

static int http_sockets_bind(const struct addrinfo *a, int *ret_fd)
{
	CLEANUP(fd_close)
	int fd = socket(
		a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in6 v6 = {0};
	const int on = 1;
	int alone = 0;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a->ai_family == AF_INET6) {
		/* [::] is all addresses of both families. */
		memcpy(&v6, a->ai_addr, sizeof(v6));
		alone = IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) ? 0 : 1;
		(void)setsockopt(
			fd, IPPROTO_IPV6, IPV6_V6ONLY, &alone, sizeof(alone));
	}
	if (bind(fd, a->ai_addr, a->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}

/* A phone without IPv6 may have a localhost by it all the same. */
static bool http_sockets_may_lack(int error)
{
	return error == -EAFNOSUPPORT || error == -EADDRNOTAVAIL;
}

static int http_sockets_bind_all(
	const struct addrinfo *list, int ret_fds[HTTP_MAX_SOCKETS])
{
	int count = 0;
	int r = -ENOENT;

	for (; list && count < HTTP_MAX_SOCKETS; list = list->ai_next) {
		r = http_sockets_bind(list, &ret_fds[count]);
		if (r == 0)
			count++;
		else if (!http_sockets_may_lack(r))
			break;
	}
	if (count > 0 && (r == 0 || http_sockets_may_lack(r)))
		return count;
	while (count > 0)
		(void)fd_close(ret_fds[--count]);
	return r;
}

static int http_sockets_open_host(
	const char *host, const char *port, int ret_fds[HTTP_MAX_SOCKETS])
{
	const struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	int r = 0;

	if (getaddrinfo(host, port, &hints, &list) != 0)
		return -ENOENT;
	r = http_sockets_bind_all(list, ret_fds);
	freeaddrinfo(list);
	return r;
}

int http_sockets_open_tcp(const char *address, int ret_fds[HTTP_MAX_SOCKETS])
{
	CLEANUP(free) char *host = NULL;
	const char *port = NULL;
	int r = http_sockets_split(address, &host, &port);

	if (r < 0)
		return r;
	if (strcmp(host, "*") != 0)
		return http_sockets_open_host(host, port, ret_fds);
	r = http_sockets_open_host("::", port, ret_fds);
	return http_sockets_may_lack(r)
		? http_sockets_open_host("0.0.0.0", port, ret_fds)
		: r;
}
