/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/sandbox-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/util.h"

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

#define ALL UINT64_MAX
#define INT UINT32_MAX
#define SOCKET_TYPE 0xfU /* without SOCK_CLOEXEC and SOCK_NONBLOCK */
#define WRITE_EXEC (PROT_WRITE | PROT_EXEC)
#define WRITING (O_ACCMODE | O_CREAT | O_TRUNC)
#define MAX_PARTS 3

/* Allowed when every argument named, masked, has this value. Rows of one
 * call are alternatives. */
static const struct condition {
	const char *call;
	struct part {
		unsigned argument;
		uint64_t mask; /* 0: no part */
		uint64_t value;
	} parts[MAX_PARTS];
} conditions[] = {
	/* TCP and UDP: nothing raw, no protocol that has a module loaded. */
	{"socket",
		{{0, ALL, AF_INET}, {1, SOCKET_TYPE, SOCK_STREAM},
			{2, ALL, 0}}},
	{"socket",
		{{0, ALL, AF_INET}, {1, SOCKET_TYPE, SOCK_STREAM},
			{2, ALL, IPPROTO_TCP}}},
	{"socket",
		{{0, ALL, AF_INET}, {1, SOCKET_TYPE, SOCK_DGRAM}, {2, ALL, 0}}},
	{"socket",
		{{0, ALL, AF_INET}, {1, SOCKET_TYPE, SOCK_DGRAM},
			{2, ALL, IPPROTO_UDP}}},
	{"socket",
		{{0, ALL, AF_INET6}, {1, SOCKET_TYPE, SOCK_STREAM},
			{2, ALL, 0}}},
	{"socket",
		{{0, ALL, AF_INET6}, {1, SOCKET_TYPE, SOCK_STREAM},
			{2, ALL, IPPROTO_TCP}}},
	{"socket",
		{{0, ALL, AF_INET6}, {1, SOCKET_TYPE, SOCK_DGRAM},
			{2, ALL, 0}}},
	{"socket",
		{{0, ALL, AF_INET6}, {1, SOCKET_TYPE, SOCK_DGRAM},
			{2, ALL, IPPROTO_UDP}}},
	/* Without rights of root it only lists. */
	{"socket", {{0, ALL, AF_NETLINK}, {2, ALL, NETLINK_ROUTE}}},
	/* Reaches nobody else; one of datagrams could be connected anew. */
	{"socketpair", {{0, ALL, AF_UNIX}, {1, SOCKET_TYPE, SOCK_STREAM}}},
	/* Threads of the resolver, and nothing but threads. */
	{"clone", {{0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM}}},
	/* Never writable and executable at a time, and never another's file:
	 * the descriptor of a document may be open for writing. */
	{"mmap", {{2, WRITE_EXEC, 0}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap", {{2, WRITE_EXEC, PROT_WRITE}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap", {{2, WRITE_EXEC, PROT_EXEC}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, 0}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, PROT_WRITE}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, PROT_EXEC}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mprotect", {{2, WRITE_EXEC, 0}}},
	{"mprotect", {{2, WRITE_EXEC, PROT_WRITE}}},
	{"mprotect", {{2, WRITE_EXEC, PROT_EXEC}}},
	{"open", {{1, WRITING, O_RDONLY}}},
	{"openat", {{2, WRITING, O_RDONLY}}},
	/* Not F_SETOWN and F_SETSIG: they have signals sent to anybody of our
	 * user. */
	{"fcntl", {{1, INT, F_DUPFD}}},
	{"fcntl", {{1, INT, F_DUPFD_CLOEXEC}}},
	{"fcntl", {{1, INT, F_GETFD}}},
	{"fcntl", {{1, INT, F_SETFD}}},
	{"fcntl", {{1, INT, F_GETFL}}},
	{"fcntl", {{1, INT, F_SETFL}}},
	{"fcntl64", {{1, INT, F_DUPFD}}},
	{"fcntl64", {{1, INT, F_DUPFD_CLOEXEC}}},
	{"fcntl64", {{1, INT, F_GETFD}}},
	{"fcntl64", {{1, INT, F_SETFD}}},
	{"fcntl64", {{1, INT, F_GETFL}}},
	{"fcntl64", {{1, INT, F_SETFL}}},
	{"ioctl", {{1, INT, FIONBIO}}},
	{"ioctl", {{1, INT, FIONREAD}}},
	/* Asking for a limit, not setting one. */
	{"prlimit64", {{2, ALL, 0}}},
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

static int add_condition(scmp_filter_ctx filter, const struct condition *c)
{
	struct scmp_arg_cmp arguments[MAX_PARTS];
	unsigned count = 0;

	for (; count < MAX_PARTS && c->parts[count].mask; count++)
		arguments[count] = (struct scmp_arg_cmp){
			.arg = c->parts[count].argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = c->parts[count].mask,
			.datum_b = c->parts[count].value,
		};
	return add(filter, SCMP_ACT_ALLOW, c->call, count, arguments);
}

static int add_all(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed) && r == 0; i++)
		r = add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(conditions) && r == 0; i++)
		r = add_condition(filter, &conditions[i]);
	for (size_t i = 0; i < ARRAY_SIZE(unknown_to_this_kernel) && r == 0;
		i++)
		r = add(filter, SCMP_ACT_ERRNO(ENOSYS),
			unknown_to_this_kernel[i], 0, NULL);
	return r;
}

/* abort() and the like: signals go to ourselves. */
static int add_own_signals(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp myself = {
		.arg = 0,
		.op = SCMP_CMP_EQ,
		.datum_a = (scmp_datum_t)getpid(),
	};

	return add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &myself);
}

int filter_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = 0;

	if (!filter)
		return -ENOMEM;
	r = add_all(filter);
	if (r == 0)
		r = add_own_signals(filter);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}
