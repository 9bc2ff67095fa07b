/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/daemon-rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/base/macros.h"
#include "lib/sandbox/sandbox.h"

/* Read by libraries and lookups, besides what the configuration names. */
static const struct sandbox_path usual_paths[] = {
	{"/dev/urandom", SANDBOX_READ},
	{"/etc/group", SANDBOX_READ}, /* who is in HandOutKeyTo= */
	{"/etc/ld.so.cache", SANDBOX_READ},
	{"/etc/localtime", SANDBOX_READ},
	{"/etc/nsswitch.conf", SANDBOX_READ}, /* whose name User= is */
	{"/etc/passwd", SANDBOX_READ},
	{"/etc/ssl/openssl.cnf", SANDBOX_READ},
	{"/lib", SANDBOX_READ},
	{"/lib64", SANDBOX_READ},
	/* The unit of a process that changes trust, and the daemon's
	   descriptors. */
	{"/proc", SANDBOX_READ},
	{"/sys/class/net", SANDBOX_READ}, /* MacInterface= */
	{"/sys/devices", SANDBOX_READ},
	/* What a directory of authorities links to, and libraries. */
	{"/usr", SANDBOX_READ},
};

static const char *const calls[] = {
	"accept",
	"accept4",
	/* Reads whether the clock is synchronised; setting it needs a
	 * capability, and that is given up. */
	"adjtimex",
	"clock_adjtime",
	"clock_adjtime64",
	"connect",
	"epoll_pwait2",
	"fdatasync",
	"flock",
	"fsync",
	"ftruncate",
	"ftruncate64",
	"inotify_add_watch",
	"inotify_init1",
	"inotify_rm_watch",
	"link",
	"linkat",
	"memfd_create",
	"mkdir",
	"mkdirat",
	"open", /* files are Landlock's */
	"openat",
	"pwrite64",
	"rename",
	"renameat",
	"renameat2",
	"rmdir",
	"setsockopt",
	"signalfd4",
	"symlink",
	"symlinkat",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_settime64",
	"umask",
	"unlink",
	"unlinkat",
};

#define TYPE SANDBOX_SOCKET_TYPE

static const struct sandbox_condition conditions[] = {
	/* The fetcher, the journal, the service manager. */
	{"socket", {{0, SANDBOX_ALL, AF_UNIX}, {1, TYPE, SOCK_STREAM}}},
	{"socket", {{0, SANDBOX_ALL, AF_UNIX}, {1, TYPE, SOCK_DGRAM}}},
	/* Whether a peer has read what it was sent. */
	{"ioctl", {{1, SANDBOX_INT, SIOCOUTQ}}},
	/* Locks of the database. */
	{"fcntl", {{1, SANDBOX_INT, F_GETLK}}},
	{"fcntl", {{1, SANDBOX_INT, F_SETLK}}},
	{"fcntl", {{1, SANDBOX_INT, F_SETLKW}}},
	{"fcntl64", {{1, SANDBOX_INT, F_GETLK64}}},
	{"fcntl64", {{1, SANDBOX_INT, F_SETLK64}}},
	{"fcntl64", {{1, SANDBOX_INT, F_SETLKW64}}},
	/* Snapshots. */
	{"fcntl", {{1, SANDBOX_INT, F_ADD_SEALS}}},
	{"fcntl", {{1, SANDBOX_INT, F_GET_SEALS}}},
	{"fcntl64", {{1, SANDBOX_INT, F_ADD_SEALS}}},
	{"fcntl64", {{1, SANDBOX_INT, F_GET_SEALS}}},
};

static const struct sandbox_limit limits[] = {
	{RLIMIT_AS, DAEMON_RIGHTS_MAX_ADDRESS_SPACE, true},
	{RLIMIT_CORE, 0, false},
	{RLIMIT_FSIZE, DAEMON_RIGHTS_MAX_FILE_BYTES, true},
	{RLIMIT_MEMLOCK, 0, false}, {RLIMIT_MSGQUEUE, 0, false},
	{RLIMIT_NOFILE, DAEMON_RIGHTS_MAX_DESCRIPTORS, false},
	{RLIMIT_NPROC, 0, true}, /* off with sanitizers: a leak checker forks */
};

/* --- paths --- */

/* Eight files to read with the directories they are in, by their names and
 * where those lead; two directories to write. */
#define MAX_FILES (2 * (3 + DAEMON_RIGHTS_IDENTITY_FILES))
#define MAX_PATHS (ARRAY_SIZE(usual_paths) + MAX_FILES + 3)

struct daemon_rights_paths {
	struct sandbox_path list[MAX_PATHS];
	size_t count;
	char *owned[MAX_FILES];
	size_t owned_count;
};

static void daemon_rights_paths_done(struct daemon_rights_paths *p)
{
	for (size_t i = 0; i < p->owned_count; i++)
		free(p->owned[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct daemon_rights_paths, daemon_rights_paths_done);

static void daemon_rights_add(struct daemon_rights_paths *p, const char *path,
	enum sandbox_access access)
{
	p->list[p->count++] = (struct sandbox_path){path, access};
}

/* "/a/b/c" becomes "/a/b"; "/a/c" and "/c" stay, since "/a" is a directory of
 * everybody's things such as /etc. */
static void daemon_rights_cut_to_directory(char *path)
{
	char *last = strrchr(path, '/');

	if (last && last > path + 1 &&
		memrchr(path + 1, '/', (size_t)(last - path - 1)))
		*last = 0;
}

static int daemon_rights_add_directory_of(
	struct daemon_rights_paths *p, const char *path)
{
	char *directory = strdup(path);

	if (!directory)
		return -ENOMEM;
	daemon_rights_cut_to_directory(directory);
	p->owned[p->owned_count++] = directory;
	daemon_rights_add(p, directory, SANDBOX_READ);
	return 0;
}

static int daemon_rights_add_readable(
	struct daemon_rights_paths *p, const char *path)
{
	CLEANUP(free) char *real = path ? realpath(path, NULL) : NULL;
	int r = path ? daemon_rights_add_directory_of(p, path) : 0;

	if (r < 0 || !real)
		return r;
	return daemon_rights_add_directory_of(p, real);
}

static int daemon_rights_collect_paths(
	const struct daemon_rights_needs *needs, struct daemon_rights_paths *p)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(usual_paths); i++)
		daemon_rights_add(
			p, usual_paths[i].path, usual_paths[i].access);
	r = daemon_rights_add_readable(p, needs->config_file);
	if (r == 0)
		r = daemon_rights_add_readable(p, needs->authorities);
	if (r == 0)
		r = daemon_rights_add_readable(p, needs->firmware_file);
	for (size_t i = 0; r == 0 && i < DAEMON_RIGHTS_IDENTITY_FILES; i++)
		if (needs->identity_files[i] &&
			*needs->identity_files[i] == '/')
			r = daemon_rights_add_readable(
				p, needs->identity_files[i]);
	if (credentials)
		daemon_rights_add(p, credentials, SANDBOX_READ);
	daemon_rights_add(p, needs->state_directory, SANDBOX_WRITE);
	daemon_rights_add(p, needs->own_directory, SANDBOX_WRITE);
	return r;
}

/* A service manager may want to be told at a name that is no file. */
static bool daemon_rights_notifies_abstract_name(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	return name && *name == '@';
}

int daemon_rights_give_up(
	const struct daemon_rights_needs *needs, unsigned *ret_lacks)
{
	CLEANUP(daemon_rights_paths_done)
	struct daemon_rights_paths paths = {0};
	int r = daemon_rights_collect_paths(needs, &paths);
	const struct sandbox_rules rules = {
		.paths = paths.list,
		.path_count = paths.count,
		.calls = calls,
		.call_count = ARRAY_SIZE(calls),
		.conditions = conditions,
		.condition_count = ARRAY_SIZE(conditions),
		.limits = limits,
		.limit_count = ARRAY_SIZE(limits),
		.reaches_abstract_names =
			daemon_rights_notifies_abstract_name(),
	};

	return r < 0 ? r : sandbox_enter(&rules, ret_lacks);
}
