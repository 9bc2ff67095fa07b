/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --listen: does the work of a socket unit. Accepts connections on a Unix
 * socket, starts one process for each, and ends those that last too long. Never
 * reads what they say.
 */
#ifndef CERTPROV_FETCH_LISTEN_H
#define CERTPROV_FETCH_LISTEN_H

#include <sys/types.h>

#include "daemon/certprov-fetch/connection.h"

/* Runs at a time; one more connection is closed. */
#define LISTEN_MAX_RUNS 4
/* A run that lasts longer is killed. */
#define LISTEN_MAX_SECONDS 900

struct listen_options {
	const char *path;
	const char *user; /* to become once the socket is there, or NULL */
	const char *peer; /* whom the socket belongs to then, or NULL */
};

/* Until SIGTERM or SIGINT; the exit status of the program. */
int listen_run(const struct listen_options *options);

/* The user of this name or number: 0, or -ENOENT. */
int listen_find_user(const char *name, uid_t *ret_uid, gid_t *ret_gid);

#endif
