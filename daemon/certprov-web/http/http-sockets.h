/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that listen: those that the service manager passes (sd_listen_fds(3),
 * whose library is not needed for it), or the same ones made here.
 */
#ifndef CERTPROV_WEB_HTTP_SOCKETS_H
#define CERTPROV_WEB_HTTP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprov-web/http/http-server.h"

#define HTTP_MAX_SOCKETS 16

/* Which all the service manager passed, if they are for this process. Returns
 * how many, from HTTP_FIRST_PASSED on; -E2BIG for more than HTTP_MAX_SOCKETS.
 */
#define HTTP_FIRST_PASSED 3
int http_sockets_passed(void);
/* Which way a socket is for: a Unix socket is a front end's, one of the network
 * for TLS. 0; -EINVAL when it is none that listens. */
int http_sockets_way(int fd, enum http_way *ret);

/* A Unix socket at this path, for everybody who may connect by the rights of
 * its folder: who does is looked at. One that nobody listens on is replaced. 0
 * or a negative errno. */
int http_sockets_open_unix(const char *path, int *ret_fd);

/* From 1 to 65535, in digits. */
bool http_sockets_is_port(const char *text);
/* TCP sockets at HOST:PORT or [ADDRESS]:PORT; the host * is all addresses.
 * Returns how many there are at ret_fds now, or a negative errno: -ENOENT for a
 * host that is not known, -EINVAL for what has not this shape. */
int http_sockets_open_tcp(const char *address, int ret_fds[HTTP_MAX_SOCKETS]);

#endif
