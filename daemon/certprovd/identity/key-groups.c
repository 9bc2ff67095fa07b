/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/key-groups.h"

#include <grp.h>

#include "daemon/certprovd/sys/log.h"
#include "lib/base/macros.h"

void key_groups_find(const struct config_names *names, struct key_groups *ret)
{
	*ret = (struct key_groups){0};
	for (size_t i = 0; i < names->count; i++) {
		const struct group *group = getgrnam(names->names[i]);

		if (!group)
			log_message(LOG_WARNING,
				"HandOutKeyTo=: there is no group %s",
				names->names[i]);
		else if (ret->count < ARRAY_SIZE(ret->gids))
			ret->gids[ret->count++] = group->gr_gid;
	}
}
