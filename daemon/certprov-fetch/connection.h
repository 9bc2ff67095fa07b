/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a daemon, from checking who it is to the end of its run.
 * Afterwards the process has no rights left and can only exit.
 */
#ifndef CERTPROV_FETCH_CONNECTION_H
#define CERTPROV_FETCH_CONNECTION_H

#include <stdbool.h>
#include <sys/types.h>

/* How a process of one run ends; documented in certprov-fetch(8). */
enum exit_status {
	EXIT_RUN_FINISHED = 0,
	EXIT_RUN_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_PEER_REFUSED = 3,
	EXIT_NO_SANDBOX = 4,
};

/* Who may have a run: root, our own user, and this one when has_uid. */
struct allowed_peer {
	bool has_uid;
	uid_t uid;
};

/* Takes the connected socket. What goes wrong is said on standard error. */
enum exit_status connection_serve(int fd, const struct allowed_peer *peer);

#endif
