/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/sandbox/sandbox-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/macros.h"

/* What every process needs, in the forms of all architectures. None of it
 * reaches anything that the process does not hold already; stat and readlink
 * open nothing. */
static const char *const basic[] = {
	"_llseek",
	"access",
	"brk",
	"cacheflush",
	"clock_getres",
	"clock_getres_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"close",
	"close_range",
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
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
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
	"getuid32",
	"lseek",
	"lstat",
	"lstat64",
	"madvise",
	"mremap",
	"munmap",
	"nanosleep",
	"newfstatat",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pread64",
	"pselect6",
	"pselect6_time64",
	"read",
	"readlink",
	"readlinkat",
	"readv",
	"recv",
	"recvfrom",
	"recvmsg",
	"restart_syscall",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sched_getaffinity",
	"sched_yield",
	"select",
	"send",
	"sendmsg",
	"sendto",
	"set_robust_list",
	"set_tid_address",
	"shutdown",
	"sigaltstack",
	"sigreturn",
	"stat",
	"stat64",
	"statfs",
	"statfs64",
	"statx",
	"sysinfo",
	"time",
	"ugetrlimit",
	"uname",
	"write",
	"writev",
};

#define WRITE_EXEC (PROT_WRITE | PROT_EXEC)

static const struct sandbox_condition basic_conditions[] = {
	/* Never writable and executable at once, and never shared: a
	 * descriptor that was passed to us may be open for writing. */
	{"mmap", {{2, WRITE_EXEC, 0}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap", {{2, WRITE_EXEC, PROT_WRITE}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap", {{2, WRITE_EXEC, PROT_EXEC}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, 0}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, PROT_WRITE}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mmap2", {{2, WRITE_EXEC, PROT_EXEC}, {3, MAP_TYPE, MAP_PRIVATE}}},
	{"mprotect", {{2, WRITE_EXEC, 0}}},
	{"mprotect", {{2, WRITE_EXEC, PROT_WRITE}}},
	{"mprotect", {{2, WRITE_EXEC, PROT_EXEC}}},
	/* Not F_SETOWN and F_SETSIG: they send signals to any process of
	 * our user. */
	{"fcntl", {{1, SANDBOX_INT, F_DUPFD}}},
	{"fcntl", {{1, SANDBOX_INT, F_DUPFD_CLOEXEC}}},
	{"fcntl", {{1, SANDBOX_INT, F_GETFD}}},
	{"fcntl", {{1, SANDBOX_INT, F_SETFD}}},
	{"fcntl", {{1, SANDBOX_INT, F_GETFL}}},
	{"fcntl", {{1, SANDBOX_INT, F_SETFL}}},
	{"fcntl64", {{1, SANDBOX_INT, F_DUPFD}}},
	{"fcntl64", {{1, SANDBOX_INT, F_DUPFD_CLOEXEC}}},
	{"fcntl64", {{1, SANDBOX_INT, F_GETFD}}},
	{"fcntl64", {{1, SANDBOX_INT, F_SETFD}}},
	{"fcntl64", {{1, SANDBOX_INT, F_GETFL}}},
	{"fcntl64", {{1, SANDBOX_INT, F_SETFL}}},
	/* Asking for a limit, not setting one. */
	{"prlimit64", {{2, SANDBOX_ALL, 0}}},
};

/* These fail so that libc falls back to calls with arguments that a filter
 * can inspect. */
static const char *const unknown_to_this_kernel[] = {
	"clone3",
	"openat2",
};

static int filter_add(scmp_filter_ctx filter, uint32_t action, const char *name,
	unsigned count, const struct scmp_arg_cmp *arguments)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR || call < 0)
		return 0;
	return seccomp_rule_add_array(filter, action, call, count, arguments);
}

static int filter_add_calls(
	scmp_filter_ctx filter, const char *const *calls, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = filter_add(filter, SCMP_ACT_ALLOW, calls[i], 0, NULL);
	return r;
}

static int filter_add_condition(
	scmp_filter_ctx filter, const struct sandbox_condition *c)
{
	struct scmp_arg_cmp arguments[SANDBOX_MAX_PARTS];
	unsigned count = 0;

	for (; count < SANDBOX_MAX_PARTS && c->parts[count].mask; count++)
		arguments[count] = (struct scmp_arg_cmp){
			.arg = c->parts[count].argument,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = c->parts[count].mask,
			.datum_b = c->parts[count].value,
		};
	return filter_add(filter, SCMP_ACT_ALLOW, c->call, count, arguments);
}

static int filter_add_conditions(scmp_filter_ctx filter,
	const struct sandbox_condition *conditions, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = filter_add_condition(filter, &conditions[i]);
	return r;
}

static int filter_add_unknown(scmp_filter_ctx filter)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(unknown_to_this_kernel) && r == 0;
		i++)
		r = filter_add(filter, SCMP_ACT_ERRNO(ENOSYS),
			unknown_to_this_kernel[i], 0, NULL);
	return r;
}

/* A failed assertion sends a signal to its own process. */
static int filter_add_own_signals(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp myself = {
		.arg = 0,
		.op = SCMP_CMP_EQ,
		.datum_a = (scmp_datum_t)getpid(),
	};

	return filter_add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &myself);
}

static int filter_add_all(
	scmp_filter_ctx filter, const struct sandbox_rules *rules)
{
	int r = filter_add_calls(filter, basic, ARRAY_SIZE(basic));

	if (r == 0)
		r = filter_add_conditions(
			filter, basic_conditions, ARRAY_SIZE(basic_conditions));
	if (r == 0)
		r = filter_add_calls(filter, rules->calls, rules->call_count);
	if (r == 0)
		r = filter_add_conditions(
			filter, rules->conditions, rules->condition_count);
	if (r == 0)
		r = filter_add_unknown(filter);
	return r == 0 ? filter_add_own_signals(filter) : r;
}

static bool filter_kernel_has_filters(void)
{
	const uint32_t action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) ==
		0 ||
		(errno != ENOSYS && errno != EINVAL);
}

int filter_enter(const struct sandbox_rules *rules)
{
	scmp_filter_ctx filter = NULL;
	int r = 0;

	if (!filter_kernel_has_filters())
		return -EOPNOTSUPP;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	r = filter_add_all(filter, rules);
	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r;
}
