/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "lib/sandbox/sandbox.h"
#include "tests/unit/runner.h"

/* Each attempt returns 0 when it succeeded, else errno. */

static int result(int r)
{
	return r < 0 ? errno : 0;
}

static int open_for_writing(void)
{
	return result(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static int create_file(void)
{
	return result(
		open("/tmp/certprov-evil", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

static int make_directory(void)
{
	return result(mkdir("/tmp/certprov-evil", 0700));
}

static int remove_file(void)
{
	return result(unlink("/tmp/certprov-evil"));
}

static int read_passwords(void)
{
	return result(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int list_root(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int execute(void)
{
	char *const arguments[] = {"true", NULL};

	return result(execve("/bin/true", arguments, arguments + 1));
}

static int make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int unix_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int unix_datagrams(void)
{
	int fds[2];

	return result(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fds));
}

static int raw_socket(void)
{
	return result(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static int trace_parent(void)
{
	return result((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static int signal_parent(void)
{
	return result(kill(getppid(), 0));
}

/* By way of descriptors: what is ready there tells the owner so. */
static int own_descriptor(void)
{
	int fds[2] = {-1, -1};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return errno;
	return result(fcntl(fds[0], F_SETOWN, getppid()));
}

static int choose_signal(void)
{
	int fds[2] = {-1, -1};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return errno;
	return result(fcntl(fds[0], F_SETSIG, SIGKILL));
}

static int raw_ip_socket(void)
{
	return result(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static int other_protocol(void)
{
	return result(
		socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP));
}

static int shared_mapping(void)
{
	void *p =
		mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int memory_file(void)
{
	return result(memfd_create("evil", MFD_CLOEXEC));
}

static int writable_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int too_much_memory(void)
{
	void *p = mmap(NULL, RIGHTS_MAX_ADDRESS_SPACE, PROT_READ,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? errno : 0;
}

static int wait_for_connections(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return result(listen(fd, 1));
}

/* What a run needs. */

static int read_hosts(void)
{
	return result(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
}

static int resolve_name(void)
{
	struct addrinfo *all = NULL;
	int r = getaddrinfo("localhost", "80", NULL, &all);

	if (r != 0)
		return EHOSTUNREACH;
	freeaddrinfo(all);
	return 0;
}

static int list_interfaces(void)
{
	struct ifaddrs *all = NULL;
	int r = getifaddrs(&all);

	if (r == 0)
		freeifaddrs(all);
	return result(r);
}

static void *nothing(void *userdata)
{
	return userdata;
}

static int make_thread(void)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, nothing, NULL);

	return r ? r : pthread_join(thread, NULL);
}

static int connect_by_ip(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = 256, /* port 1: nobody listens there */
		.sin_addr = {.s_addr = 0x0100007f},
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = connect(fd, (struct sockaddr *)&address, sizeof(address));

	return r < 0 && errno == ECONNREFUSED ? 0 : result(r);
}

static int stream_pair(void)
{
	int fds[2];

	return result(socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
}

static const struct forbidden_attempt {
	const char *what;
	int (*attempt)(void);
	int strict_errno; /* with the filter */
	int loose_errno;  /* with Landlock and limits alone; -1: any */
} attempts[] = {
	{"open for writing", open_for_writing, EPERM, EACCES},
	{"create a file", create_file, EPERM, EACCES},
	{"make a directory", make_directory, EPERM, EACCES},
	{"remove a file", remove_file, EPERM, -1},
	{"read /etc/passwd", read_passwords, EACCES, EACCES},
	{"list the root", list_root, EACCES, EACCES},
	{"execute", execute, EPERM, EACCES},
	{"make a process", make_process, EPERM, -1},
	{"make a Unix socket", unix_socket, EPERM, -1},
	{"pair datagram sockets", unix_datagrams, EPERM, -1},
	{"make a raw socket", raw_socket, EPERM, -1},
	{"trace the parent", trace_parent, EPERM, -1},
	{"signal the parent", signal_parent, EPERM, -1},
	{"have the parent signalled", own_descriptor, EPERM, -1},
	{"choose the signal", choose_signal, EPERM, -1},
	{"make a raw IP socket", raw_ip_socket, EPERM, -1},
	{"speak another protocol", other_protocol, EPERM, -1},
	{"map what others see", shared_mapping, EPERM, -1},
	{"make a file in memory", memory_file, EPERM, -1},
	{"map writable code", writable_code, EPERM, -1},
	{"take all memory", too_much_memory, ENOMEM, -1},
	{"listen", wait_for_connections, EPERM, -1},
	{"read /etc/hosts", read_hosts, 0, 0},
	{"resolve a name", resolve_name, 0, 0},
	{"list interfaces", list_interfaces, 0, 0},
	{"make a thread", make_thread, 0, 0},
	{"connect by IP", connect_by_ip, 0, 0},
	{"pair stream sockets", stream_pair, 0, 0},
};

START_TEST(a_sandboxed_process_can_do_this_and_not_that)
{
	const struct forbidden_attempt *a = &attempts[_i];
	int expected = sandbox_is_strict() ? a->strict_errno : a->loose_errno;
	int status = 0;
	pid_t pid = -1;

	if (emulator_lacks(a->what))
		return;
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(rights_give_up(NULL, 0) < 0 ? 255 : a->attempt());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_msg(expected < 0 || WEXITSTATUS(status) == expected,
		"%s: %d, not %d", a->what, WEXITSTATUS(status), expected);
}
END_TEST

/* Bits: which of the three are open, and whether the process can be dumped
 * by its user. */
static int look_at_descriptors(const int fds[3])
{
	int open_fds = 0;

	for (int i = 0; i < 3; i++)
		if (fcntl(fds[i], F_GETFD) >= 0)
			open_fds |= 1 << i;
	return open_fds;
}

START_TEST(descriptors_that_are_not_listed_are_closed)
{
	int fds[3];
	int status = 0;
	pid_t pid = -1;

	if (emulator_lacks("descriptors that are not listed"))
		return;
	for (int i = 0; i < 3; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(rights_give_up(&fds[1], 1) < 0
				? 255
				: look_at_descriptors(fds));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 1 << 1);
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
}
END_TEST

/* The line of the kernel's description of a process that starts so. */
static void read_status(pid_t pid, const char *name, char *line, size_t size)
{
	char path[64];
	FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	do
		ck_assert_ptr_nonnull(fgets(line, (int)size, file));
	while (strncmp(line, name, strlen(name)) != 0);
	(void)fclose(file);
}

START_TEST(root_keeps_no_capability)
{
	char line[64];
	int go[2];
	int ready[2];
	char byte = 0;
	pid_t pid = -1;

	if (emulator_lacks("capabilities of root"))
		return;
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		const int keep[] = {go[0], ready[1]};
		bool in = rights_give_up(keep, ARRAY_SIZE(keep)) == 0;

		_exit(!in || write(ready[1], "", 1) != 1 ||
			read(go[0], &byte, 1) != 0);
	}
	(void)close(go[0]);
	(void)close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	read_status(pid, "CapEff:", line, sizeof(line));
	ck_assert_str_eq(line, "CapEff:\t0000000000000000\n");
	read_status(pid, "CapPrm:", line, sizeof(line));
	ck_assert_str_eq(line, "CapPrm:\t0000000000000000\n");
	(void)close(go[1]);
	(void)close(ready[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

test_case_maker rights_tests;

TCase *rights_tests(void)
{
	TCase *tc = tcase_create("rights");

	tcase_add_loop_test(tc, a_sandboxed_process_can_do_this_and_not_that, 0,
		(int)ARRAY_SIZE(attempts));
	tcase_add_test(tc, descriptors_that_are_not_listed_are_closed);
	tcase_add_test(tc, root_keeps_no_capability);
	return tc;
}
