/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/base/macros.h"
#include "lib/sandbox/sandbox.h"

static const struct sandbox_path paths[] = {
	{"/etc/gai.conf", SANDBOX_READ},
	{"/etc/host.conf", SANDBOX_READ},
	{"/etc/hosts", SANDBOX_READ},
	{"/etc/ld.so.cache", SANDBOX_READ},
	{"/etc/nsswitch.conf", SANDBOX_READ},
	{"/etc/resolv.conf", SANDBOX_READ},
	{"/etc/services", SANDBOX_READ},
	{"/etc/ssl/openssl.cnf", SANDBOX_READ},
	{"/lib", SANDBOX_READ},
	{"/lib64", SANDBOX_READ},
	{"/usr/lib", SANDBOX_READ},
	{"/usr/lib64", SANDBOX_READ},
};

static const char *const calls[] = {
	/* For netlink sockets. Landlock denies binding TCP ports from its
	 * version 4 (Linux 6.7) on; before, nothing does. */
	"bind",
	"connect",
	"pipe2",
	"recvmmsg",
	"recvmmsg_time64",
	"sendmmsg",
	"setsockopt",
};

#define TYPE SANDBOX_SOCKET_TYPE
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)
#define ONLY_THREADS (CLONE_THREAD | CLONE_VM)

static const struct sandbox_condition conditions[] = {
	/* TCP and UDP: nothing raw, no protocol that has a module loaded. */
	{"socket",
		{{0, SANDBOX_ALL, AF_INET}, {1, TYPE, SOCK_STREAM},
			{2, SANDBOX_ALL, 0}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET}, {1, TYPE, SOCK_STREAM},
			{2, SANDBOX_ALL, IPPROTO_TCP}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET}, {1, TYPE, SOCK_DGRAM},
			{2, SANDBOX_ALL, 0}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET}, {1, TYPE, SOCK_DGRAM},
			{2, SANDBOX_ALL, IPPROTO_UDP}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET6}, {1, TYPE, SOCK_STREAM},
			{2, SANDBOX_ALL, 0}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET6}, {1, TYPE, SOCK_STREAM},
			{2, SANDBOX_ALL, IPPROTO_TCP}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET6}, {1, TYPE, SOCK_DGRAM},
			{2, SANDBOX_ALL, 0}}},
	{"socket",
		{{0, SANDBOX_ALL, AF_INET6}, {1, TYPE, SOCK_DGRAM},
			{2, SANDBOX_ALL, IPPROTO_UDP}}},
	/* It can only list without root. */
	{"socket",
		{{0, SANDBOX_ALL, AF_NETLINK},
			{2, SANDBOX_ALL, NETLINK_ROUTE}}},
	/* Cannot reach others; a datagram socket could be reconnected. */
	{"socketpair", {{0, SANDBOX_ALL, AF_UNIX}, {1, TYPE, SOCK_STREAM}}},
	/* For the threads of the resolver; only threads. */
	{"clone", {{0, ONLY_THREADS, ONLY_THREADS}}},
	{"open", {{1, WRITING, O_RDONLY}}},
	{"openat", {{2, WRITING, O_RDONLY}}},
	/* The snapshot of the next job on this connection. */
	{"fcntl", {{1, SANDBOX_INT, F_GET_SEALS}}},
	{"fcntl64", {{1, SANDBOX_INT, F_GET_SEALS}}},
	{"ioctl", {{1, SANDBOX_INT, FIONBIO}}},
	{"ioctl", {{1, SANDBOX_INT, FIONREAD}}},
};

/*
 * Not RLIMIT_NPROC: it counts all processes of the user, and libcurl's resolver
 * needs threads. The filter allows only threads.
 */
static const struct sandbox_limit limits[] = {
	{RLIMIT_AS, RIGHTS_MAX_ADDRESS_SPACE, true},
	{RLIMIT_CORE, 0, false},
	{RLIMIT_FSIZE, 0, true},
	{RLIMIT_MEMLOCK, 0, false},
	{RLIMIT_MSGQUEUE, 0, false},
	{RLIMIT_NOFILE, RIGHTS_MAX_DESCRIPTORS, false},
};

static const struct sandbox_rules rules = {
	.paths = paths,
	.path_count = ARRAY_SIZE(paths),
	.calls = calls,
	.call_count = ARRAY_SIZE(calls),
	.conditions = conditions,
	.condition_count = ARRAY_SIZE(conditions),
	.limits = limits,
	.limit_count = ARRAY_SIZE(limits),
	.connects_by_ip = true,
};

int rights_give_up(const int *keep_fds, size_t keep_count)
{
	unsigned lacks = 0;
	int r = sandbox_close_others(keep_fds, keep_count);

	if (r == 0)
		r = sandbox_enter(&rules, &lacks);
	if (r < 0)
		return r;
	/* Without it the sandbox is too weak. */
	if (lacks & SANDBOX_NO_FILTER)
		return -EOPNOTSUPP;
	if (lacks & SANDBOX_NO_LANDLOCK)
		(void)fprintf(stderr,
			"certprov-fetch: this kernel has no Landlock; files "
			"are protected by the system call filter and by file "
			"permissions only\n");
	return 0;
}
