/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/handshake-rights.h"

#include "lib/base/macros.h"
#include "lib/sandbox/sandbox.h"

static const struct sandbox_limit limits[] = {
	{RLIMIT_AS, HANDSHAKE_MAX_ADDRESS_SPACE, true}, {RLIMIT_CORE, 0, false},
	{RLIMIT_FSIZE, 0, true}, {RLIMIT_MEMLOCK, 0, false},
	{RLIMIT_MSGQUEUE, 0, false},
	{RLIMIT_NOFILE, HANDSHAKE_MAX_DESCRIPTORS, false},
	{RLIMIT_NPROC, 0, true}, /* a leak checker makes a process */
};

/* No paths, and no calls beyond those every process needs. */
static const struct sandbox_rules rules = {
	.limits = limits,
	.limit_count = ARRAY_SIZE(limits),
};

int handshake_rights_give_up(const int *keep_fds, size_t keep_count)
{
	unsigned lacks = 0;
	int r = sandbox_close_others(keep_fds, keep_count);

	return r < 0 ? r : sandbox_enter(&rules, &lacks);
}
