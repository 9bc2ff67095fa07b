/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/sandbox/sandbox-landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/macros.h"

/* The kernel's numbers: the headers of the oldest system we build on lack some
 * of them. */
#define FS_RIGHTS_ABI_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* from ABI 4 */
	uint64_t scoped;             /* from ABI 6 */
};

/* The rights that each version of the interface can take away. */
static const struct landlock_level {
	int abi;
	size_t size;
	struct ruleset rights;
} levels[] = {
	{1, offsetof(struct ruleset, handled_access_net),
		{.handled_access_fs = FS_RIGHTS_ABI_1}},
	{2, offsetof(struct ruleset, handled_access_net),
		{.handled_access_fs = FS_REFER}},
	{3, offsetof(struct ruleset, handled_access_net),
		{.handled_access_fs = FS_TRUNCATE}},
	{4, offsetof(struct ruleset, scoped),
		{.handled_access_net = NET_BIND_TCP | NET_CONNECT_TCP}},
	{5, offsetof(struct ruleset, scoped),
		{.handled_access_fs = FS_IOCTL_DEV}},
	{6, sizeof(struct ruleset),
		{.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL}},
};

/* Of regular files and directories; never of devices, pipes or sockets. */
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITING                                                                \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE |                         \
		LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |    \
		LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		LANDLOCK_ACCESS_FS_REMOVE_DIR)
/* The rights that a rule on a file may name. */
#define OF_FILES                                                               \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |        \
		FS_TRUNCATE)

/* A leak checker reads it at the end of the process. */
#define READABLE_BY_SANITIZERS "/proc"

static int landlock_create_ruleset(const struct ruleset *rules, size_t size)
{
	return (int)syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

static int landlock_supported_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION);
}

/* A rule may name only rights that the ruleset handles. */
static int landlock_allow(
	int ruleset, uint64_t handled, const struct sandbox_path *allowed)
{
	CLEANUP(fd_close) int fd = open(allowed->path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
		.allowed_access = READING,
		.parent_fd = fd,
	};
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (allowed->access == SANDBOX_WRITE)
		rule.allowed_access |= WRITING;
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= OF_FILES;
	rule.allowed_access &= handled;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0) < 0)
		return -errno;
	return 0;
}

/* Everything this kernel can refuse, except what the rules need in full. */
static size_t landlock_choose_rights(
	const struct sandbox_rules *rules, int abi, struct ruleset *ret)
{
	size_t size = 0;

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		const struct ruleset *more = &levels[i].rights;

		if (levels[i].abi > abi)
			break;
		size = levels[i].size;
		ret->handled_access_fs |= more->handled_access_fs;
		ret->handled_access_net |= more->handled_access_net;
		ret->scoped |= more->scoped;
	}
	if (rules->connects_by_ip)
		ret->handled_access_net &= ~NET_CONNECT_TCP;
	if (rules->reaches_abstract_names)
		ret->scoped &= ~SCOPE_ABSTRACT_UNIX_SOCKET;
	return size;
}

int landlock_enter(const struct sandbox_rules *rules, bool strict)
{
	static const struct sandbox_path for_sanitizers = {
		READABLE_BY_SANITIZERS, SANDBOX_READ};
	struct ruleset rights = {0};
	CLEANUP(fd_close) int fd = -1;
	size_t size = 0;
	int abi = landlock_supported_abi();
	int r = 0;

	if (abi < 1)
		return -EOPNOTSUPP;
	size = landlock_choose_rights(rules, abi, &rights);
	fd = landlock_create_ruleset(&rights, size);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < rules->path_count && r == 0; i++)
		r = landlock_allow(
			fd, rights.handled_access_fs, &rules->paths[i]);
	if (r == 0 && !strict)
		r = landlock_allow(
			fd, rights.handled_access_fs, &for_sanitizers);
	if (r < 0)
		return r;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
