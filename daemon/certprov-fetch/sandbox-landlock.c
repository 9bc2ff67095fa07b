/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/sandbox-landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "daemon/certprov-fetch/sandbox.h"
#include "lib/util.h"

/* The kernel's numbers, also those younger than the headers of the oldest
 * system we build on. */
#define FS_RIGHTS_ABI_1 ((1ULL << 13) - 1)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net; /* from ABI 4 */
	uint64_t scoped;             /* from ABI 6 */
};

/* What each version of the interface adds; nothing of it is granted but
 * reading below. */
static const struct level {
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
		{.handled_access_net = NET_BIND_TCP}},
	{5, offsetof(struct ruleset, scoped),
		{.handled_access_fs = FS_IOCTL_DEV}},
	{6, sizeof(struct ruleset),
		{.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL}},
};

/* Followed when they are symbolic links; what is not there is not needed. */
static const char *const readable[] = {
	"/etc/gai.conf",
	"/etc/host.conf",
	"/etc/hosts",
	"/etc/ld.so.cache",
	"/etc/nsswitch.conf",
	"/etc/resolv.conf",
	"/etc/services",
	"/etc/ssl/openssl.cnf",
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/lib64",
};

/* What a leak checker reads of the process it ends. */
#define READABLE_BY_SANITIZERS "/proc"

static int create_ruleset(const struct ruleset *rules, size_t size)
{
	return (int)syscall(SYS_landlock_create_ruleset, rules, size, 0);
}

static int supported_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION);
}

static int allow_reading(int ruleset, const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = fd,
	};
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == EACCES ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0) < 0)
		return -errno;
	return 0;
}

int landlock_enter(void)
{
	struct ruleset rules = {0};
	CLEANUP(close_fd) int fd = -1;
	size_t size = 0;
	int abi = supported_abi();
	int r = 0;

	if (abi < 1)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		const struct ruleset *more = &levels[i].rights;

		if (levels[i].abi > abi)
			break;
		size = levels[i].size;
		rules.handled_access_fs |= more->handled_access_fs;
		rules.handled_access_net |= more->handled_access_net;
		rules.scoped |= more->scoped;
	}
	fd = create_ruleset(&rules, size);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(readable) && r == 0; i++)
		r = allow_reading(fd, readable[i]);
	if (r == 0 && !sandbox_is_strict())
		r = allow_reading(fd, READABLE_BY_SANITIZERS);
	if (r < 0)
		return r;
	return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}
