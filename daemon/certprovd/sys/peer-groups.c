/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/peer-groups.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/base/macros.h"

/* Room for so many is tried first. */
#define FIRST_TRY 64

/* Supplementary ones; 0 and a list in new memory, or a negative errno. */
static int peer_groups_read(int fd, gid_t **ret, size_t *ret_count)
{
	CLEANUP(free) gid_t *list = NULL;
	socklen_t size = FIRST_TRY * sizeof(*list);

	for (unsigned tries = 0; tries < 2; tries++) {
		free(list);
		list = malloc(size);
		if (!list)
			return -ENOMEM;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size) ==
			0) {
			*ret_count = size / sizeof(*list);
			*ret = TAKE_PTR(list);
			return 0;
		}
		if (errno != ERANGE || size > PEER_GROUPS_MAX * sizeof(*list))
			return -errno;
	}
	return -ERANGE;
}

bool peer_groups_has(int fd, gid_t group)
{
	CLEANUP(free) gid_t *list = NULL;
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);
	size_t count = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
		peer.gid == group)
		return true;
	if (peer_groups_read(fd, &list, &count) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i] == group)
			return true;
	return false;
}
