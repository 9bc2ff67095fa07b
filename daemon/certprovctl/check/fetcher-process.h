/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certprov-fetch of our own, for a run without certprovd. It gets one end of
 * a socket pair and nothing else. The only code of certprovctl that starts a
 * program.
 */
#ifndef CERTPROVCTL_FETCHER_PROCESS_H
#define CERTPROVCTL_FETCHER_PROCESS_H

#include <sys/types.h>

#include "lib/base/macros.h"

/* How long it may take to end once the connection is closed. */
#define FETCHER_END_MS 5000

/*
 * The program: beside our own as it was built, else where it is installed.
 * The caller frees *ret. 0, -ENOENT when it is at neither place, -ENOMEM.
 */
int fetcher_find(char **ret);

struct fetcher {
	pid_t pid; /* 0: none */
	int fd;    /* our end; the owner may take it, -1 then */
};
#define FETCHER_NONE ((struct fetcher){.fd = -1})

/* 0 or a negative errno. A failure of exec shows as the exit of the process. */
int fetcher_start(const char *path, struct fetcher *ret);

/*
 * Close the connection and wait for the end; a process that does not end is
 * killed. Returns its wait status, or a negative errno. Once.
 */
int fetcher_end(struct fetcher *f);
void fetcher_done(struct fetcher *f);
DEFINE_CLEANUP_EMBEDDED(struct fetcher, fetcher_done);

#endif
