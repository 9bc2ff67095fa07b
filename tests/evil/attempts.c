/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/evil/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/sandbox/sandbox.h"

/* Exit statuses of an attempt that are no errno. */
#define WORKED 0
#define NO_SANDBOX 255

/* 0 when it worked, or a negative errno. */
typedef int attempt(const struct attempt_target *t);

/* Who refuses it. */
enum guard {
	FILTER,   /* of system calls */
	LANDLOCK, /* where the kernel has it */
	SCOPES,   /* of Landlock, since its version 6 */
	NOBODY,   /* the program needs it */
};

static int result(long r)
{
	return r < 0 ? -errno : 0;
}

static int open_in(const char *directory, const char *name, int flags)
{
	CLEANUP(free) char *path = NULL;

	if (string_format(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	return result(open(path, flags | O_CLOEXEC, 0600));
}

/* --- files --- */

static int read_database(const struct attempt_target *t)
{
	return result(open(t->database, O_RDONLY | O_CLOEXEC));
}

static int write_database(const struct attempt_target *t)
{
	return result(open(t->database, O_RDWR | O_CLOEXEC));
}

static int truncate_database(const struct attempt_target *t)
{
	return result(truncate(t->database, 0));
}

static int write_what_was_open(const struct attempt_target *t)
{
	return result(pwrite(t->opened_before, "", 0, 0));
}

static int read_shadow(const struct attempt_target *t)
{
	(void)t;
	return result(open("/etc/shadow", O_RDONLY | O_CLOEXEC));
}

static int write_hosts(const struct attempt_target *t)
{
	(void)t;
	return result(open("/etc/hosts", O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int append_to_database(const struct attempt_target *t)
{
	return result(open(t->database, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int create_file(const struct attempt_target *t)
{
	return open_in(t->directory, "created", O_WRONLY | O_CREAT);
}

static int create_for_reading(const struct attempt_target *t)
{
	return open_in(t->directory, "created-empty", O_RDONLY | O_CREAT);
}

static int create_unnamed(const struct attempt_target *t)
{
	return result(open(t->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
}

static int list_directory(const struct attempt_target *t)
{
	return result(open(t->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int make_directory(const struct attempt_target *t)
{
	CLEANUP(free) char *path = NULL;

	if (string_format(&path, "%s/made", t->directory) < 0)
		return -ENOMEM;
	return result(mkdir(path, 0700));
}

static int make_link(const struct attempt_target *t)
{
	CLEANUP(free) char *path = NULL;

	if (string_format(&path, "%s/link", t->directory) < 0)
		return -ENOMEM;
	return result(symlink("/etc/passwd", path));
}

static int change_mode(const struct attempt_target *t)
{
	return result(chmod(t->directory, 0700));
}

static int rename_database(const struct attempt_target *t)
{
	/* Onto itself: nothing is lost where it works. */
	return result(rename(t->database, t->database));
}

static int remove_file(const struct attempt_target *t)
{
	CLEANUP(free) char *path = NULL;

	if (string_format(&path, "%s/victim", t->directory) < 0)
		return -ENOMEM;
	return result(unlink(path));
}

/* --- programs --- */

static int execute(const struct attempt_target *t)
{
	char *const arguments[] = {(char[]){"true"}, NULL};

	(void)t;
	return result(execv("/bin/true", arguments));
}

static int memory_file(const struct attempt_target *t)
{
	(void)t;
	return result(memfd_create("evil", MFD_CLOEXEC));
}

static int execute_memory(const struct attempt_target *t)
{
	static const char script[] = "#!/bin/true\n";
	char *const arguments[] = {(char[]){"true"}, NULL};
	CLEANUP(fd_close) int fd = memfd_create("evil", 0);

	(void)t;
	if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0)
		return -errno;
	return result(fexecve(fd, arguments, environ));
}

static int fork_process(const struct attempt_target *t)
{
	pid_t pid = fork();

	(void)t;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid(pid, NULL, 0);
	return result(pid);
}

static int map_code(const struct attempt_target *t)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)t;
	return at == MAP_FAILED ? -errno : 0;
}

/* --- sockets --- */

static socklen_t unix_address(
	const char *name, bool abstract, struct sockaddr_un *ret)
{
	size_t at = abstract ? 1 : 0;

	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	(void)snprintf(
		ret->sun_path + at, sizeof(ret->sun_path) - at, "%s", name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + at +
		strlen(name));
}

static int connect_to(int fd, const char *name, bool abstract)
{
	struct sockaddr_un address;
	socklen_t len = unix_address(name, abstract, &address);

	if (fd < 0)
		return -errno;
	return result(connect(fd, (struct sockaddr *)&address, len));
}

static int connect_path(const struct attempt_target *t)
{
	CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect_to(fd, t->socket, false);
}

static int connect_abstract(const struct attempt_target *t)
{
	CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect_to(fd, t->abstract, true);
}

/* A pair is permitted; it must not lead anywhere else. */
static int connect_pair(const struct attempt_target *t)
{
	int pair[2] = {-1, -1};
	int r = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -errno;
	r = connect_to(pair[0], t->socket, false);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return r == -EISCONN ? -EACCES : r;
}

static int datagram_pair(const struct attempt_target *t)
{
	int pair[2] = {-1, -1};

	(void)t;
	return result(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
}

static int seqpacket_pair(const struct attempt_target *t)
{
	int pair[2] = {-1, -1};

	(void)t;
	return result(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
}

static int make_thread(const struct attempt_target *t)
{
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		CLONE_THREAD | CLONE_SYSVSEM;
	long pid = syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);

	(void)t;
	/* Where it works both go on, on one stack: one has to end at once. */
	if (pid == 0)
		syscall(SYS_exit, 0);
	return result(pid);
}

static int bind_path(const struct attempt_target *t)
{
	CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CLEANUP(free) char *path = NULL;
	struct sockaddr_un address;
	socklen_t len = 0;

	if (fd < 0)
		return -errno;
	if (string_format(&path, "%s/socket", t->directory) < 0)
		return -ENOMEM;
	len = unix_address(path, false, &address);
	return result(bind(fd, (struct sockaddr *)&address, len));
}

static int listen_on_tcp(const struct attempt_target *t)
{
	CLEANUP(fd_close) int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)t;
	if (fd < 0)
		return -errno;
	return result(listen(fd, 1));
}

/* --- the daemon and other processes --- */

static int trace_daemon(const struct attempt_target *t)
{
	return result(ptrace(PTRACE_SEIZE, t->daemon, NULL, NULL));
}

static int signal_daemon(const struct attempt_target *t)
{
	return result(kill(t->daemon, 0));
}

static int signal_parent(const struct attempt_target *t)
{
	(void)t;
	return result(syscall(SYS_tgkill, getppid(), getppid(), 0));
}

static int open_of_process(pid_t pid, const char *file, int flags)
{
	CLEANUP(free) char *path = NULL;

	if (string_format(&path, "/proc/%d/%s", (int)pid, file) < 0)
		return -ENOMEM;
	return result(open(path, flags | O_CLOEXEC));
}

static int read_memory(const struct attempt_target *t)
{
	return open_of_process(t->daemon, "mem", O_RDONLY);
}

static int read_environment(const struct attempt_target *t)
{
	return open_of_process(t->daemon, "environ", O_RDONLY);
}

static int write_own_memory(const struct attempt_target *t)
{
	(void)t;
	return open_of_process(getpid(), "mem", O_RDWR);
}

static int open_handle_of_daemon(const struct attempt_target *t)
{
	return result(syscall(SYS_pidfd_open, t->daemon, 0));
}

static int copy_memory(const struct attempt_target *t)
{
	return result(
		syscall(SYS_process_vm_readv, t->daemon, NULL, 0, NULL, 0, 0));
}

static int limit_daemon(const struct attempt_target *t)
{
	const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	return result(prlimit(t->daemon, RLIMIT_CORE, &limit, NULL));
}

/* --- getting rights back --- */

static int become_dumpable(const struct attempt_target *t)
{
	(void)t;
	return result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int raise_limit(const struct attempt_target *t)
{
	const struct rlimit limit = {.rlim_cur = 512, .rlim_max = 512};

	(void)t;
	return result(setrlimit(RLIMIT_FSIZE, &limit));
}

static int make_namespace(const struct attempt_target *t)
{
	(void)t;
	return result(unshare(CLONE_NEWUSER));
}

static int clone_namespace(const struct attempt_target *t)
{
	long pid = syscall(
		SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	(void)t;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0);
	return result(pid);
}

static const struct {
	const char *name;
	attempt *make;
	enum guard of[EVIL__END];
} attempts[] = {
	{"read-database", read_database, {LANDLOCK, LANDLOCK}},
	{"write-database", write_database, {FILTER, LANDLOCK}},
	{"append-to-database", append_to_database, {FILTER, LANDLOCK}},
	{"truncate-database", truncate_database, {FILTER, FILTER}},
	{"rename-database", rename_database, {FILTER, LANDLOCK}},
	{"write-what-was-open", write_what_was_open, {FILTER, NOBODY}},
	{"read-shadow", read_shadow, {LANDLOCK, LANDLOCK}},
	{"write-hosts", write_hosts, {FILTER, LANDLOCK}},
	{"create-file", create_file, {FILTER, LANDLOCK}},
	{"create-for-reading", create_for_reading, {FILTER, LANDLOCK}},
	{"create-unnamed", create_unnamed, {FILTER, LANDLOCK}},
	{"list-directory", list_directory, {LANDLOCK, LANDLOCK}},
	{"make-directory", make_directory, {FILTER, LANDLOCK}},
	{"make-link", make_link, {FILTER, LANDLOCK}},
	{"change-mode", change_mode, {FILTER, FILTER}},
	{"remove-file", remove_file, {FILTER, LANDLOCK}},
	{"execute", execute, {FILTER, FILTER}},
	{"memory-file", memory_file, {FILTER, NOBODY}},
	{"execute-memory", execute_memory, {FILTER, FILTER}},
	{"fork", fork_process, {FILTER, FILTER}},
	{"map-writable-code", map_code, {FILTER, FILTER}},
	{"connect-path", connect_path, {FILTER, NOBODY}},
	{"connect-abstract", connect_abstract, {FILTER, SCOPES}},
	{"connect-pair", connect_pair, {FILTER, FILTER}},
	{"datagram-pair", datagram_pair, {FILTER, FILTER}},
	{"seqpacket-pair", seqpacket_pair, {FILTER, FILTER}},
	{"bind-path", bind_path, {FILTER, FILTER}},
	{"listen-on-tcp", listen_on_tcp, {FILTER, FILTER}},
	{"trace-daemon", trace_daemon, {FILTER, FILTER}},
	{"signal-daemon", signal_daemon, {FILTER, FILTER}},
	{"signal-parent", signal_parent, {FILTER, FILTER}},
	{"read-memory-of-daemon", read_memory, {LANDLOCK, LANDLOCK}},
	{"read-environment-of-daemon", read_environment, {LANDLOCK, LANDLOCK}},
	{"write-own-memory", write_own_memory, {FILTER, LANDLOCK}},
	{"handle-of-daemon", open_handle_of_daemon, {FILTER, FILTER}},
	{"copy-memory-of-daemon", copy_memory, {FILTER, FILTER}},
	{"limits-of-daemon", limit_daemon, {FILTER, FILTER}},
	{"become-dumpable", become_dumpable, {FILTER, FILTER}},
	{"raise-limit", raise_limit, {FILTER, FILTER}},
	{"user-namespace", make_namespace, {FILTER, FILTER}},
	{"clone-into-namespace", clone_namespace, {FILTER, FILTER}},
	{"make-thread", make_thread, {NOBODY, FILTER}},
};

/* Calls a fetcher has no use for. Their arguments are as harmless as can be:
 * where nothing stops them, most are refused for their form. */
static const struct {
	const char *name;
	long number;
	long arguments[4];
	enum guard of[EVIL__END];
} calls[] = {
	{"socket-tcp", SYS_socket, {AF_INET, SOCK_STREAM, 0}, {NOBODY, FILTER}},
	{"socket-packet", SYS_socket, {AF_PACKET, SOCK_RAW, 0},
		{FILTER, FILTER}},
	{"socket-raw", SYS_socket, {AF_INET, SOCK_RAW, 1}, {FILTER, FILTER}},
	{"socket-raw-6", SYS_socket, {AF_INET6, SOCK_RAW, 58},
		{FILTER, FILTER}},
	{"socket-unix", SYS_socket, {AF_UNIX, SOCK_DGRAM, 0}, {FILTER, NOBODY}},
	{"socket-netlink-audit", SYS_socket, {AF_NETLINK, SOCK_RAW, 9},
		{FILTER, FILTER}},
	{"socket-netlink-uevent", SYS_socket, {AF_NETLINK, SOCK_RAW, 15},
		{FILTER, FILTER}},
	{"socket-alg", SYS_socket, {AF_ALG, SOCK_SEQPACKET, 0},
		{FILTER, FILTER}},
	{"socket-vsock", SYS_socket, {AF_VSOCK, SOCK_STREAM, 0},
		{FILTER, FILTER}},
	{"io-uring", SYS_io_uring_setup, {1, 0}, {FILTER, FILTER}},
	{"bpf", SYS_bpf, {0, 0, 0}, {FILTER, FILTER}},
	{"perf", SYS_perf_event_open, {0, 0, -1, -1}, {FILTER, FILTER}},
	{"userfaultfd", SYS_userfaultfd, {0}, {FILTER, FILTER}},
	{"mount", SYS_mount, {0, 0, 0, 0}, {FILTER, FILTER}},
	{"umount", SYS_umount2, {0, 0}, {FILTER, FILTER}},
	{"new-mount", SYS_fsopen, {0, 0}, {FILTER, FILTER}},
	{"pivot-root", SYS_pivot_root, {0, 0}, {FILTER, FILTER}},
	{"chroot", SYS_chroot, {0}, {FILTER, FILTER}},
	{"unshare-mounts", SYS_unshare, {CLONE_NEWNS}, {FILTER, FILTER}},
	{"unshare-network", SYS_unshare, {CLONE_NEWNET}, {FILTER, FILTER}},
	{"enter-namespace", SYS_setns, {-1, 0}, {FILTER, FILTER}},
	{"clone3", SYS_clone3, {0, 0}, {FILTER, FILTER}},
	{"unshare-processes", SYS_unshare, {CLONE_NEWPID}, {FILTER, FILTER}},
	{"openat2", SYS_openat2, {AT_FDCWD, 0, 0, 0}, {FILTER, FILTER}},
	{"open-by-handle", SYS_open_by_handle_at, {-1, 0, 0}, {FILTER, FILTER}},
	{"execveat", SYS_execveat, {-1, 0, 0, 0}, {FILTER, FILTER}},
	{"setuid", SYS_setuid, {0}, {FILTER, FILTER}},
	{"setgroups", SYS_setgroups, {0, 0}, {FILTER, FILTER}},
	{"capset", SYS_capset, {0, 0}, {FILTER, FILTER}},
	{"keys", SYS_keyctl, {0, 0, 0}, {FILTER, FILTER}},
	{"request-key", SYS_request_key, {0, 0, 0, 0}, {FILTER, FILTER}},
	{"modules", SYS_finit_module, {-1, 0, 0}, {FILTER, FILTER}},
	{"kexec", SYS_kexec_load, {0, 0, 0, -1}, {FILTER, FILTER}},
	{"reboot", SYS_reboot, {0, 0, 0}, {FILTER, FILTER}},
	{"kernel-log", SYS_syslog, {10, 0, 0}, {FILTER, FILTER}},
	{"clock", SYS_clock_settime, {0, 0}, {FILTER, FILTER}},
	{"adjust-clock", SYS_adjtimex, {0}, {FILTER, NOBODY}},
	{"host-name", SYS_sethostname, {0, -1}, {FILTER, FILTER}},
	{"accounting", SYS_acct, {1}, {FILTER, FILTER}},
	{"swap", SYS_swapon, {0, 0}, {FILTER, FILTER}},
	{"quota", SYS_quotactl, {0, 0, 0, 0}, {FILTER, FILTER}},
	{"personality", SYS_personality, {-1}, {FILTER, FILTER}},
	{"another-filter", SYS_seccomp, {2, 0, 0}, {FILTER, FILTER}},
	{"another-ruleset", SYS_landlock_create_ruleset, {0, 0, 1},
		{FILTER, FILTER}},
	{"priority", SYS_setpriority, {0, 0, 0}, {FILTER, FILTER}},
	{"scheduler", SYS_sched_setscheduler, {0, 0, 0}, {FILTER, FILTER}},
	{"watch-files", SYS_inotify_init1, {0}, {FILTER, NOBODY}},
	{"watch-everything", SYS_fanotify_init, {0, 0}, {FILTER, FILTER}},
	{"shared-memory", SYS_shmget, {0x7fffffff, 0, 0}, {FILTER, FILTER}},
	{"message-queue", SYS_msgget, {0x7fffffff, 0}, {FILTER, FILTER}},
	{"steal-descriptor", SYS_pidfd_getfd, {-1, 0, 0}, {FILTER, FILTER}},
	{"signal-by-handle", SYS_pidfd_send_signal, {-1, 0, 0, 0},
		{FILTER, FILTER}},
	{"signal-with-value", SYS_rt_sigqueueinfo, {1, 0, 0}, {FILTER, FILTER}},
	{"extended-attributes", SYS_setxattr, {0, 0, 0, 0}, {FILTER, FILTER}},
	{"accept", SYS_accept4, {-1, 0, 0, 0}, {FILTER, NOBODY}},
	{"terminal", SYS_ioctl, {0, 0x5412, 0}, {FILTER, FILTER}},
};

/* --- making them --- */

static int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
		LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* What is asked for on the command line. */
struct trial {
	enum evil who;
	struct attempt_target target;
	int (*give_up)(void *userdata); /* NULL: nothing is given up */
	void *userdata;
	int abi;
};

/* One process each: the sandbox cannot be left, and some do not return. */
static int in_a_process(const struct trial *trial, size_t i)
{
	pid_t pid = fork();
	int status = 0;
	int r = 0;

	if (pid < 0)
		return NO_SANDBOX;
	if (pid > 0)
		return waitpid(pid, &status, 0) == pid && WIFEXITED(status)
			? WEXITSTATUS(status)
			: NO_SANDBOX;
	if (trial->give_up && trial->give_up(trial->userdata) < 0)
		_exit(NO_SANDBOX);
	if (i < ARRAY_SIZE(attempts)) {
		r = attempts[i].make(&trial->target);
	} else {
		const long *a = calls[i - ARRAY_SIZE(attempts)].arguments;

		r = result(syscall(calls[i - ARRAY_SIZE(attempts)].number, a[0],
			a[1], a[2], a[3], 0, 0));
	}
	_exit(-r);
}

static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSYS;
}

static void report(const char *name, int status)
{
	const char *error =
		status == NO_SANDBOX ? NULL : strerrorname_np(status);

	if (status == WORKED)
		(void)printf("possible %s\n", name);
	else
		(void)printf("%s %s %s\n",
			is_refusal(status) ||
					strcmp(name, "write-what-was-open") == 0
				? "refused"
				: "reached",
			name, error ? error : "?");
}

static void make(const struct trial *trial, size_t i)
{
	static const int needed[] = {[LANDLOCK] = 1, [SCOPES] = 6};
	bool call = i >= ARRAY_SIZE(attempts);
	const char *name =
		call ? calls[i - ARRAY_SIZE(attempts)].name : attempts[i].name;
	enum guard guard = call ? calls[i - ARRAY_SIZE(attempts)].of[trial->who]
				: attempts[i].of[trial->who];

	(void)fflush(stdout);
	if (guard == NOBODY)
		(void)printf("needed %s\n", name);
	else if (trial->give_up && guard != FILTER &&
		needed[guard] > trial->abi)
		(void)printf("untried %s\n", name);
	else
		report(name, in_a_process(trial, i));
}

int attempts_make(int argc, char **argv, enum evil who,
	int (*give_up)(void *userdata), void *userdata)
{
	struct trial trial = {
		.who = who,
		.userdata = userdata,
		.abi = landlock_abi(),
	};

	if (argc < ATTEMPTS_ARGUMENTS || !sandbox_is_strict())
		return 2;
	trial.target = (struct attempt_target){
		.database = argv[2],
		.daemon = (pid_t)strtol(argv[3], NULL, 10),
		.socket = argv[4],
		.abstract = argv[5],
		.directory = argv[6],
		.opened_before = open(argv[2], O_RDWR | O_CLOEXEC),
	};
	if (strcmp(argv[1], "sandboxed") == 0)
		trial.give_up = give_up;
	(void)printf("landlock %d\n", trial.abi);
	for (size_t i = 0; i < ARRAY_SIZE(attempts) + ARRAY_SIZE(calls); i++)
		make(&trial, i);
	return 0;
}
