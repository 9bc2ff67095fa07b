/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/peer-groups.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/base/macros.h"

/* Room for so many is tried first. */
#define FIRST_TRY 64

/* -ERANGE with the size there has to be. */
static int peer_groups_try(int fd, socklen_t *size, gid_t **list)
{
	free(*list);
	*list = malloc(*size);
	if (!*list)
		return -ENOMEM;
	return getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, *list, size) < 0
		? -errno
		: 0;
}

/* Supplementary ones; 0 and a list in new memory, or a negative errno. */
static int peer_groups_read(int fd, gid_t **ret, size_t *ret_count)
{
	CLEANUP(free) gid_t *list = NULL;
	socklen_t size = FIRST_TRY * sizeof(*list);

	int r = peer_groups_try(fd, &size, &list);

	if (r == -ERANGE && size <= PEER_GROUPS_MAX * sizeof(*list))
		r = peer_groups_try(fd, &size, &list);
	if (r < 0)
		return r;
	*ret_count = size / sizeof(*list);
	*ret = TAKE_PTR(list);
	return 0;
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
