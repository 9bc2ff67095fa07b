/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/daemon-rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/sandbox/sandbox.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

/* A file system of a small phone; the process of each attempt stands in it. */
static const char *root;

static void setup(void)
{
	static const char *const directories[] = {
		"etc", "etc/certprov", "firmware", "state", "own", "other"};
	static const char *const files[] = {"etc/certprov/certprovd.conf",
		"firmware/ca.pem", "firmware/version", "other/file",
		"state/file"};

	scratch_setup();
	root = scratch();
	ck_assert_int_eq(chdir(root), 0);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		ck_assert_int_eq(mkdir(directories[i], 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		ck_assert_int_ge(close(open(files[i],
					 O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
			0);
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	scratch_teardown();
}

static int result(int r)
{
	return r < 0 ? errno : 0;
}

static int read_at(const char *path)
{
	return result(open(path, O_RDONLY | O_CLOEXEC));
}

static int read_config(void)
{
	return read_at("etc/certprov/certprovd.conf");
}

static int read_replaced_authorities(void)
{
	return read_at("firmware/ca.pem");
}

static int read_beside_authorities(void)
{
	return read_at("firmware/version");
}

static int read_other(void)
{
	return read_at("other/file");
}

static int read_passwords(void)
{
	return read_at("/etc/shadow");
}

static int read_urandom(void)
{
	return read_at("/dev/urandom");
}

static int write_at(const char *path)
{
	return result(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

static int write_state(void)
{
	return write_at("state/new");
}

static int replace_in_state(void)
{
	return result(rename("state/file", "state/renamed"));
}

static int write_own(void)
{
	return write_at("own/new");
}

static int make_link(void)
{
	return result(symlink("new", "own/link"));
}

static int write_config(void)
{
	return write_at("etc/certprov/certprovd.conf");
}

static int write_other(void)
{
	return write_at("other/new");
}

static int move_out_of_state(void)
{
	return result(rename("state/file", "other/renamed"));
}

static int make_pipe(void)
{
	return result(mkfifo("own/pipe", 0600));
}

static int change_mode(void)
{
	return result(chmod("state/file", 0666));
}

static int unix_socket(void)
{
	return result(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int internet_socket(void)
{
	return result(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int ask_the_clock(void)
{
	struct timex t = {0};

	return result(adjtimex(&t));
}

static int set_the_clock(void)
{
	/* Nothing of it changes where it is allowed. */
	struct timex t = {0};

	(void)adjtimex(&t);
	t.modes = ADJ_STATUS;
	return result(adjtimex(&t));
}

static int make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int execute(void)
{
	char *const arguments[] = {(char[]){"true"}, NULL};

	return result(execv("/bin/true", arguments));
}

static const struct attempt {
	const char *what;
	int (*attempt)(void);
	int strict_errno; /* with the filter */
	int loose_errno;  /* with Landlock and limits alone; -1: any */
} attempts[] = {
	{"read the configuration", read_config, 0, 0},
	{"read authorities that were replaced", read_replaced_authorities, 0,
		0},
	{"read what is beside them", read_beside_authorities, 0, 0},
	{"read random numbers", read_urandom, 0, 0},
	{"write into the state", write_state, 0, 0},
	{"rename in the state", replace_in_state, 0, 0},
	{"write into its own directory", write_own, 0, 0},
	{"make a link there", make_link, 0, 0},
	{"make a Unix socket", unix_socket, 0, 0},
	{"ask for the state of the clock", ask_the_clock, 0, 0},
	{"read something else", read_other, EACCES, EACCES},
	{"read passwords", read_passwords, EACCES, EACCES},
	{"write the configuration", write_config, EACCES, EACCES},
	{"write somewhere else", write_other, EACCES, EACCES},
	{"move out of the state", move_out_of_state, EACCES, EACCES},
	{"make a pipe", make_pipe, EPERM, EACCES},
	{"change a mode", change_mode, EPERM, -1},
	{"make a socket of IP", internet_socket, EPERM, -1},
	{"set the clock", set_the_clock, EPERM, EPERM},
	{"make a process", make_process, EPERM, -1},
	{"execute", execute, EPERM, EACCES},
};

static int confine(void)
{
	CLEANUP(free) char *config = NULL;
	CLEANUP(free) char *authorities = NULL;
	struct daemon_rights_needs needs = {
		.state_directory = "state",
		.own_directory = "own",
	};
	unsigned lacks = 0;
	int r = string_format(&config, "%s/etc/certprov/certprovd.conf", root);

	if (r == 0)
		r = string_format(&authorities, "%s/firmware/ca.pem", root);
	needs.config_file = config;
	needs.authorities = authorities;
	if (r == 0)
		r = daemon_rights_give_up(&needs, &lacks);
	return r < 0 ? r : (int)lacks;
}

/* Where the kernel lacks something, what it alone refuses is not looked at. */
#define LACKS 254

/* The exit status of a process that is confined, waits, and then tries. */
static int try_confined(const struct attempt *a, int fd)
{
	char byte = 0;
	int lacks = confine();

	if (lacks != 0)
		return lacks < 0 ? 255 : LACKS;
	if (write(fd, "", 1) != 1 || read(fd, &byte, 1) != 1)
		return 255;
	return a->attempt();
}

static void upgrade_firmware(void)
{
	ck_assert_int_eq(rename("firmware/version", "firmware/ca.pem"), 0);
	ck_assert_int_ge(close(open("firmware/version",
				 O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
		0);
}

START_TEST(the_daemon_can_do_this_and_not_that)
{
	const struct attempt *a = &attempts[_i];
	int expected = sandbox_is_strict() ? a->strict_errno : a->loose_errno;
	int status = 0;
	int fds[2];
	char byte = 0;
	pid_t pid = -1;

	if (emulator_lacks(a->what))
		return;
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)close(fds[0]);
		_exit(try_confined(a, fds[1]));
	}
	(void)close(fds[1]);
	if (read(fds[0], &byte, 1) == 1) {
		upgrade_firmware();
		ck_assert_int_eq(write(fds[0], "", 1), 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	(void)close(fds[0]);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == LACKS)
		(void)printf("SKIP %s: this kernel lacks something\n", a->what);
	else
		ck_assert_msg(expected < 0 || WEXITSTATUS(status) == expected,
			"%s: %d, not %d", a->what, WEXITSTATUS(status),
			expected);
}
END_TEST

test_case_maker daemon_rights_tests;

TCase *daemon_rights_tests(void)
{
	TCase *tc = tcase_create("daemon-rights");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, the_daemon_can_do_this_and_not_that, 0,
		(int)ARRAY_SIZE(attempts));
	return tc;
}
