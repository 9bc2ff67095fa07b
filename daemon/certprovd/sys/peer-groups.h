/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of the process at the other end of a Unix socket, as the kernel
 * noted them when it connected. */
#ifndef CERTPROVD_PEER_GROUPS_H
#define CERTPROVD_PEER_GROUPS_H

#include <stdbool.h>
#include <sys/types.h>

/* Of more groups a process is in none here: Linux has no more (NGROUPS_MAX). */
#define PEER_GROUPS_MAX 65536

/* Is the group its own or one of its supplementary groups? False as well when
 * that cannot be found out. */
bool peer_groups_has(int fd, gid_t group);

#endif
