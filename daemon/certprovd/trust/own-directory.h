/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon writes at run time is in a directory of its own, below that
 * of the sockets, which may be root's: so a daemon that was taken over can put
 * nothing where others look for a socket. Readers of exports go through a link
 * above it. Knows nothing of what is in it; does not log.
 */
#ifndef CERTPROVD_OWN_DIRECTORY_H
#define CERTPROVD_OWN_DIRECTORY_H

/* Below the runtime directory. */
#define OWN_DIRECTORY "daemon"

/*
 * Find or make the directory, and the link to its exports if the daemon may
 * make one; otherwise whoever made the directory has to make it. 0
 * and its path in *ret, in new memory; -ENOTDIR when something else has its
 * name; or another negative errno.
 */
int own_directory_open(const char *runtime_directory, char **ret);

#endif
