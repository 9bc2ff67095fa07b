/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/sandbox-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

#define SOCKET_TYPE_MASK 0xfU /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

/* By name, so that one list serves every architecture: what one does not
 * have is no part of its filter. */
static const char *const allowed[] = {
	"access",
	"bind", /* of netlink sockets; TCP ports are Landlock's */
	"brk",
	"clock_getres",
	"clock_gettime",
	"clock_nanosleep",
	"close",
	"close_range",
	"connect",
	"dup",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"eventfd2",
	"exit",
	"exit_group",
	"faccessat",
	"faccessat2",
	"fcntl",
	"fcntl64",
	"fstat",
	"fstat64",
	"fstatat64",
	"fstatfs",
	"fstatfs64",
	"futex",
	"futex_time64",
	"getdents64",
	"getegid",
	"geteuid",
	"getgid",
	"getpeername",
	"getpid",
	"getppid",
	"getrandom",
	"getrlimit",
	"getrusage",
	"getsockname",
	"getsockopt",
	"gettid",
	"gettimeofday",
	"getuid",
	"lseek",
	"_llseek",
	"lstat",
	"madvise",
	"mremap",
	"munmap",
	"nanosleep",
	"newfstatat",
	"pipe2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pread64",
	"pselect6",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"recvfrom",
	"recvmmsg",
	"recvmsg",
	"restart_syscall",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sched_getaffinity",
	"sched_yield",
	"select",
	"sendmmsg",
	"sendmsg",
	"sendto",
	"set_robust_list",
	"set_tid_address",
	"setsockopt",
	"shutdown",
	"sigaltstack",
	"sigreturn",
	"stat",
	"stat64",
	"statfs",
	"statx",
	"sysinfo",
	"time",
	"ugetrlimit",
	"uname",
	"write",
	"writev",
};

/* Allowed when an argument, masked, has this value. Rows of one call are
 * alternatives. */
static const struct condition {
	const char *call;
	unsigned argument;
	uint64_t mask;
	uint64_t value;
} conditions[] = {
	/* Threads of the resolver, and nothing but threads. */
	{"clone", 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM},
	/* Never writable and executable at a time. */
	{"mmap", 2, PROT_WRITE | PROT_EXEC, 0},
	{"mmap", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE},
	{"mmap", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC},
	{"mmap2", 2, PROT_WRITE | PROT_EXEC, 0},
	{"mmap2", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE},
	{"mmap2", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC},
	{"mprotect", 2, PROT_WRITE | PROT_EXEC, 0},
	{"mprotect", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE},
	{"mprotect", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC},
	{"open", 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	{"openat", 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY},
	{"ioctl", 1, UINT32_MAX, FIONBIO},
	{"ioctl", 1, UINT32_MAX, FIONREAD},
	/* Asking for a limit, not setting one. */
	{"prlimit64", 2, UINT64_MAX, 0},
};

/* Fail so that libc falls back to what can be looked into. */
static const char *const unknown_to_this_kernel[] = {
	"clone3",
	"openat2",
};

static int add(scmp_filter_ctx filter, uint32_t action, const char *name,
	unsigned count, const struct scmp_arg_cmp *arguments)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR || call < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, call, count, arguments);
}

static int add_all(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed) && r == 0; i++)
		r = add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(conditions) && r == 0; i++) {
		const struct condition *c = &conditions[i];
		const struct scmp_arg_cmp argument = {
			.arg = c->argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = c->mask,
			.datum_b = c->value,
		};

		r = add(filter, SCMP_ACT_ALLOW, c->call, 1, &argument);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown_to_this_kernel) && r == 0;
		i++)
		r = add(filter, SCMP_ACT_ERRNO(ENOSYS),
			unknown_to_this_kernel[i], 0, NULL);
	return r;
}

/* TCP and UDP, no raw sockets: not every fetcher runs as nobody. */
static int add_sockets(scmp_filter_ctx filter)
{
	static const struct {
		unsigned family;
		unsigned type;
	} sockets[] = {
		{AF_INET, SOCK_STREAM},
		{AF_INET, SOCK_DGRAM},
		{AF_INET6, SOCK_STREAM},
		{AF_INET6, SOCK_DGRAM},
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sockets) && r == 0; i++) {
		const struct scmp_arg_cmp arguments[] = {
			SCMP_A0(SCMP_CMP_EQ, sockets[i].family),
			SCMP_A1(SCMP_CMP_MASKED_EQ, SOCKET_TYPE_MASK,
				sockets[i].type),
		};

		r = add(filter, SCMP_ACT_ALLOW, "socket", ARRAY_SIZE(arguments),
			arguments);
	}
	return r;
}

/*
 * What needs two arguments looked at. A pair of stream sockets reaches
 * nobody else (one of datagram sockets could be connected anew), a netlink
 * socket of the route family only lists, and signals go to ourselves.
 */
static int add_pairs(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp pair[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX},
		{.arg = 1,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = SOCKET_TYPE_MASK,
			.datum_b = SOCK_STREAM},
	};
	const struct scmp_arg_cmp route[] = {
		{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_NETLINK},
		{.arg = 2, .op = SCMP_CMP_EQ, .datum_a = NETLINK_ROUTE},
	};
	const struct scmp_arg_cmp myself[] = {
		{.arg = 0,
			.op = SCMP_CMP_EQ,
			.datum_a = (scmp_datum_t)getpid()},
	};
	int r = add(
		filter, SCMP_ACT_ALLOW, "socketpair", ARRAY_SIZE(pair), pair);

	if (r == 0)
		r = add(filter, SCMP_ACT_ALLOW, "socket", ARRAY_SIZE(route),
			route);
	if (r == 0)
		r = add(filter, SCMP_ACT_ALLOW, "tgkill", ARRAY_SIZE(myself),
			myself);
	return r;
}

int filter_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = 0;

	if (!filter)
		return -ENOMEM;
	r = add_all(filter);
	if (r == 0)
		r = add_sockets(filter);
	if (r == 0)
		r = add_pairs(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}
