/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/change-counter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "tests/unit/runner.h"

#define BYTES 8 /* what is shared */

static struct change_counter *counter;
static struct change_view *view;

static void setup(void)
{
	ck_assert_int_eq(change_counter_new(&counter), 0);
	ck_assert_int_eq(
		change_view_open(change_counter_fd(counter), &view), 0);
}

static void teardown(void)
{
	view = change_view_close(view);
	counter = change_counter_free(counter);
}

START_TEST(a_view_sees_each_change)
{
	unsigned before = change_view_count(view);

	ck_assert(change_view_lives(view));
	change_counter_raise(NULL);
	ck_assert_uint_eq(change_view_count(view), before);
	change_counter_raise(counter);
	ck_assert_uint_eq(change_view_count(view), before + 1);
	ck_assert(change_view_lives(view));
}
END_TEST

START_TEST(a_view_sees_that_the_counter_is_freed)
{
	counter = change_counter_free(counter);
	ck_assert(!change_view_lives(view));
	/* There may be another one now, which is none of its business. */
	ck_assert_int_eq(change_counter_new(&counter), 0);
	ck_assert(!change_view_lives(view));
}
END_TEST

START_TEST(a_process_has_one_at_a_time)
{
	struct change_counter *another = NULL;

	ck_assert_int_eq(change_counter_new(&another), -EBUSY);
	ck_assert_ptr_null(another);
	ck_assert(change_view_lives(view));
}
END_TEST

/* --- whose thread ends --- */

static void *make_and_end(void *userdata)
{
	struct change_view **mine = userdata;

	if (change_counter_new(&counter) < 0 ||
		change_view_open(change_counter_fd(counter), mine) < 0 ||
		!change_view_lives(*mine))
		return NULL;
	return mine;
}

START_TEST(a_view_sees_that_the_thread_has_ended)
{
	CLEANUP(change_view_close) struct change_view *mine = NULL;
	pthread_t thread;
	void *good = NULL;

	counter = change_counter_free(counter);
	ck_assert_int_eq(pthread_create(&thread, NULL, make_and_end, &mine), 0);
	ck_assert_int_eq(pthread_join(thread, &good), 0);
	ck_assert_ptr_nonnull(good);
	ck_assert(!change_view_lives(mine));
}
END_TEST

/* "rw-s" and the like, of the mapping that this is in. */
static void get_mode_of(const void *address, char ret[5])
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long at = (unsigned long)address;
	unsigned long from = 0;
	unsigned long to = 0;
	char line[512];

	ck_assert_ptr_nonnull(f);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), f)) {
		char *end = NULL;

		from = strtoul(line, &end, 16);
		to = strtoul(end + 1, &end, 16);
		if (at < from || at >= to)
			continue;
		memcpy(ret, end + 1, 4);
		ret[4] = '\0';
		break;
	}
	(void)fclose(f);
}

/* Private memory of who is killed for lack of memory may be gone by then. */
START_TEST(what_the_kernel_looks_through_is_in_shared_memory)
{
	struct robust_list_head *head = NULL;
	size_t len = 0;
	char mode[5];

	ck_assert_int_eq(syscall(SYS_get_robust_list, 0, &head, &len), 0);
	get_mode_of(head, mode);
	ck_assert_str_eq(mode, "rw-s");
	get_mode_of(head->list.next, mode);
	ck_assert_str_eq(mode, "rw-s");
}
END_TEST

/* In the child: says how the parent gets at its memory. */
_Noreturn static void live_until_killed(int to)
{
	char path[64];

	counter = change_counter_free(counter);
	if (change_counter_new(&counter) < 0)
		_exit(1);
	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(),
		change_counter_fd(counter));
	if (write(to, path, sizeof(path)) < 0)
		_exit(1);
	for (;;)
		(void)pause();
}

static struct change_view *view_child(int from)
{
	CLEANUP(fd_close) int fd = -1;
	struct change_view *of_child = NULL;
	char path[64];

	ck_assert_int_eq(fd_read_full(from, path, sizeof(path)), 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(change_view_open(fd, &of_child), 0);
	return of_child;
}

START_TEST(a_view_sees_that_the_process_was_killed)
{
	CLEANUP(change_view_close) struct change_view *of_child = NULL;
	int ends[2] = {-1, -1};
	int status = 0;
	pid_t child = -1;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		live_until_killed(ends[1]);
	of_child = view_child(ends[0]);
	ck_assert(change_view_lives(of_child));
	ck_assert_int_eq(kill(child, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(child, &status, WUNTRACED), child);
	ck_assert(change_view_lives(of_child));
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(!change_view_lives(of_child));
	/* The parent has a counter by the same code. */
	ck_assert(change_view_lives(view));
	(void)fd_close(ends[0]);
	(void)fd_close(ends[1]);
}
END_TEST

/* A child of the daemon's does not speak for it. */
START_TEST(the_end_of_a_child_is_not_that_of_its_parent)
{
	int status = -1;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(change_view_lives(view) ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(change_view_lives(view));
}
END_TEST

/* --- who may write --- */

static void check_cannot_write(int fd, int error)
{
	void *page =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	ck_assert_ptr_eq(page, MAP_FAILED);
	ck_assert_int_eq(errno, error);
	ck_assert_int_lt(pwrite(fd, "x", 1, 0), 0);
	ck_assert_int_lt(ftruncate(fd, 0), 0);
	ck_assert_int_lt(ftruncate(fd, 2L * BYTES), 0);
	ck_assert_int_lt(
		fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			BYTES),
		0);
	ck_assert_int_lt(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	page = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(page, MAP_FAILED);
	ck_assert_int_lt(mprotect(page, BYTES, PROT_READ | PROT_WRITE), 0);
	(void)munmap(page, BYTES);
}

START_TEST(nobody_else_can_write)
{
	CLEANUP(fd_close) int again = -1;
	int fd = change_counter_fd(counter);
	char path[64];

	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	check_cannot_write(fd, EACCES);
	/* Whoever has it may open it for writing, which helps nobody. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(again, 0);
	check_cannot_write(again, EPERM);
	ck_assert(change_view_lives(view));
}
END_TEST

START_TEST(what_others_could_change_is_not_taken)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;
	struct change_view *none = NULL;
	CLEANUP(fd_close)
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	ck_assert_int_eq(ftruncate(fd, BYTES), 0);
	ck_assert_int_eq(change_view_open(fd, &none), -EBADMSG);
	ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
	ck_assert_int_eq(change_view_open(fd, &none), -EBADMSG);
	ck_assert_int_eq(change_view_open(STDERR_FILENO, &none), -EBADMSG);
	ck_assert_int_eq(change_view_open(-1, &none), -EBADMSG);
	ck_assert_ptr_null(none);
}
END_TEST

START_TEST(what_is_too_short_is_not_taken)
{
	const int seals =
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;

	for (off_t len = BYTES - 1; len <= BYTES; len++) {
		CLEANUP(change_view_close) struct change_view *v = NULL;
		CLEANUP(fd_close)
		int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

		ck_assert_int_eq(ftruncate(fd, len), 0);
		ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
		ck_assert_int_eq(
			change_view_open(fd, &v), len < BYTES ? -EBADMSG : 0);
		ck_assert(!v || !change_view_lives(v));
	}
}
END_TEST

TCase *change_counter_tests(void);

TCase *change_counter_tests(void)
{
	TCase *tc = tcase_create("change-counter");

	if (emulator_lacks("the counter of changes"))
		return tc;
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_view_sees_each_change);
	tcase_add_test(tc, a_view_sees_that_the_counter_is_freed);
	tcase_add_test(tc, a_process_has_one_at_a_time);
	tcase_add_test(tc, a_view_sees_that_the_thread_has_ended);
	tcase_add_test(tc, what_the_kernel_looks_through_is_in_shared_memory);
	tcase_add_test(tc, a_view_sees_that_the_process_was_killed);
	tcase_add_test(tc, the_end_of_a_child_is_not_that_of_its_parent);
	tcase_add_test(tc, nobody_else_can_write);
	tcase_add_test(tc, what_others_could_change_is_not_taken);
	tcase_add_test(tc, what_is_too_short_is_not_taken);
	return tc;
}
