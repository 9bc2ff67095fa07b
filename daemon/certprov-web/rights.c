/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/certprov-web/http/web-log.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/sandbox/sandbox.h"

/* None of them makes a socket that could leave this machine. */
static const char *const calls[] = {
	"accept",
	"accept4",
	"connect",
};

#define TYPE SANDBOX_SOCKET_TYPE
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct sandbox_condition conditions[] = {
	/* To certprovd. */
	{"socket",
		{{0, SANDBOX_ALL, AF_UNIX}, {1, TYPE, SOCK_STREAM},
			{2, SANDBOX_ALL, 0}}},
	{"open", {{1, WRITING, O_RDONLY}}},
	{"openat", {{2, WRITING, O_RDONLY}}},
	{"ioctl", {{1, SANDBOX_INT, FIONBIO}}},
	{"ioctl", {{1, SANDBOX_INT, FIONREAD}}},
};

/* The filter allows no new processes and no threads, and nothing can be opened
 * for writing. Not RLIMIT_FSIZE: the log may be a file. */
static const struct sandbox_limit limits[] = {
	{RLIMIT_AS, RIGHTS_MAX_ADDRESS_SPACE, true},
	{RLIMIT_CORE, 0, false},
	{RLIMIT_MEMLOCK, 0, false},
	{RLIMIT_MSGQUEUE, 0, false},
	{RLIMIT_NOFILE, RIGHTS_MAX_DESCRIPTORS, false},
};

/* The folder of a file, in new memory. */
static int rights_folder(const char *path, char **ret)
{
	const char *slash = strrchr(path, '/');
	int len = slash && slash != path ? (int)(slash - path) : 1;

	return string_format(ret, "%.*s", len, path);
}

/* What is not there yet cannot be allowed, and not later either. */
static void rights_say_no_folder(const char *folder)
{
	if (access(folder, F_OK) < 0 && errno == ENOENT)
		web_log(LOG_WARNING,
			"Users=: there is no folder %s; once there is, "
			"certprov-web has to be restarted",
			folder);
}

int rights_give_up(const char *users)
{
	CLEANUP(free) char *folder = NULL;
	unsigned lacks = 0;
	int r = users ? rights_folder(users, &folder) : 0;
	const struct sandbox_path paths[] = {{folder, SANDBOX_READ}};
	const struct sandbox_rules rules = {
		.paths = paths,
		.path_count = users ? ARRAY_SIZE(paths) : 0,
		.calls = calls,
		.call_count = ARRAY_SIZE(calls),
		.conditions = conditions,
		.condition_count = ARRAY_SIZE(conditions),
		.limits = limits,
		.limit_count = ARRAY_SIZE(limits),
	};

	if (r == 0 && folder)
		rights_say_no_folder(folder);
	if (r == 0)
		r = sandbox_enter(&rules, &lacks);
	if (r < 0)
		return r;
	/* Without it the sandbox is too weak. */
	if (lacks & SANDBOX_NO_FILTER)
		return -EOPNOTSUPP;
	if (lacks & SANDBOX_NO_LANDLOCK)
		web_log(LOG_WARNING,
			"this kernel has no Landlock; files are protected by "
			"the system call filter and by file permissions only");
	return 0;
}
