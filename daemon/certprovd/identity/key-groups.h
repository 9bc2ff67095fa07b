/* SPDX-License-Identifier: Apache-2.0 */
/* Who may hold private keys of the phone, and not only sign with them. */
#ifndef CERTPROVD_KEY_GROUPS_H
#define CERTPROVD_KEY_GROUPS_H

#include <sys/types.h>

#include "daemon/certprovd/config/config-lists.h"

/* Zeroed is nobody. */
struct key_groups {
	gid_t gids[CONFIG_MAX_GROUPS];
	size_t count;
};

/* Look up the groups of HandOutKeyTo=, once, because a directory of groups may
 * be slow; what there is no group of is logged and is nobody. */
void key_groups_find(const struct config_names *names, struct key_groups *ret);

#endif
