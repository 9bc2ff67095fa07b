/* SPDX-License-Identifier: Apache-2.0 */
/* What a power cut leaves of a store, and how often it flushes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/fd.h"
#include "tests/unit/certprovd/store/power-cut.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_power_tests(void);

/* Cuts that are tried, each after one flush more. */
#define CUTS 90
#define FIRST_CUTS 8
#define RECOVERY_CUTS 16
/* Steps of a child: its exit status says which failed. */
#define STEP(number, condition)                                                \
	do {                                                                   \
		if (!(condition))                                              \
			return (number);                                       \
	} while (0)

static int64_t start_a_run(void)
{
	struct store_run run = {.started = NOW};

	ck_assert_int_eq(store_begin_lazily(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return run.id;
}

static int commit_and_lose_power(void)
{
	unsigned before = 0;

	STEP(1, open_store() == 0);
	power_watch();
	add_certificate(1);
	before = power_flushes();
	add_certificate(2);
	STEP(2, power_flushes() == before + 1);
	power_cut(0);
	return 0;
}

START_TEST(a_commit_takes_one_flush_and_survives_a_power_cut)
{
	close_store();
	ck_assert_int_eq(in_child(commit_and_lose_power), 0);
	ck_assert_int_eq(open_store(), 0);
	ck_assert(has_certificate(1) && has_certificate(2));
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
}
END_TEST

static int lose_power_after_a_lazy_commit(void)
{
	unsigned before = 0;

	STEP(1, open_store() == 0);
	power_watch();
	add_certificate(1);
	before = power_flushes();
	STEP(2, start_a_run() == 1);
	STEP(3, power_flushes() == before);
	STEP(4, count(STORE_RUNS) == 1);
	power_cut(0);
	return 0;
}

static int lose_power_after_another_commit(void)
{
	unsigned before = 0;

	STEP(1, open_store() == 0);
	power_watch();
	add_certificate(2);
	before = power_flushes();
	STEP(2, start_a_run() == 1);
	add_certificate(3);
	STEP(3, power_flushes() == before + 1);
	power_cut(0);
	return 0;
}

START_TEST(a_lazy_commit_is_durable_with_the_next_one)
{
	close_store();
	ck_assert_int_eq(in_child(lose_power_after_a_lazy_commit), 0);
	ck_assert_int_eq(open_store(), 0);
	ck_assert(has_certificate(1));
	ck_assert_uint_eq(count(STORE_RUNS), 0);
	close_store();
	ck_assert_int_eq(in_child(lose_power_after_another_commit), 0);
	ck_assert_int_eq(open_store(), 0);
	ck_assert(has_certificate(2) && has_certificate(3));
	ck_assert_uint_eq(count(STORE_RUNS), 1);
}
END_TEST

static int count_flushes_of_lazy_commits(void)
{
	unsigned before = 0;

	STEP(1, open_store() == 0);
	power_watch();
	add_certificate(1);
	before = power_flushes();
	for (unsigned n = 1; n <= STORE_MAX_LAZY_COMMITS; n++)
		(void)start_a_run();
	STEP(2, power_flushes() == before);
	(void)start_a_run();
	STEP(3, power_flushes() == before + 1);
	(void)start_a_run();
	STEP(4, power_flushes() == before + 1);
	return 0;
}

START_TEST(of_many_lazy_commits_in_a_row_one_is_flushed)
{
	close_store();
	ck_assert_int_eq(in_child(count_flushes_of_lazy_commits), 0);
}
END_TEST

/* It writes nothing and flushes nothing, so it ends no row of lazy ones. */
static int count_flushes_around_an_empty_commit(void)
{
	unsigned before = 0;

	STEP(1, open_store() == 0);
	power_watch();
	add_certificate(1);
	before = power_flushes();
	for (unsigned n = 1; n <= STORE_MAX_LAZY_COMMITS; n++)
		(void)start_a_run();
	STEP(2, store_begin(store) == 0 && store_commit(store) == 0);
	STEP(3, power_flushes() == before);
	(void)start_a_run();
	STEP(4, power_flushes() == before + 1);
	return 0;
}

START_TEST(a_commit_without_a_change_is_no_flush)
{
	close_store();
	ck_assert_int_eq(in_child(count_flushes_around_an_empty_commit), 0);
}
END_TEST

static int be_killed(void)
{
	STEP(1, open_store() == 0);
	STEP(2, store_begin_lazily(store) == 0);
	STEP(3, store_set_fact(store, STORE_ENDINGS_TOLD, NOW) == 0);
	STEP(4, store_commit(store) == 0);
	return 0;
}

static int start_and_see_a_flush(void)
{
	power_watch();
	STEP(1, open_store() == 0);
	STEP(2, power_flushes() > 0);
	return 0;
}

/* Else there is no limit to what may be behind the last flush. */
START_TEST(a_start_flushes_what_one_that_was_killed_did_not)
{
	close_store();
	ck_assert_int_eq(in_child(be_killed), 0);
	ck_assert_int_eq(in_child(start_and_see_a_flush), 0);
}
END_TEST

static int distrust_one(void)
{
	struct store_distrusted d = distrust(1);
	bool added = false;
	int r = store_begin(store);

	if (r == 0)
		r = store_add_distrusted(store, &d, &added);
	return store_end(store, r);
}

/* To whoever called, -EDQUOT is a maximum of the store's own. */
static int use_up_a_quota(void)
{
	STEP(1, open_store() == 0);
	power_fail_writes(EDQUOT);
	STEP(2, distrust_one() == -ENOSPC);
	STEP(3, store_after_run(store) == -ENOSPC);
	power_fail_writes(0);
	power_fail_flushes(EDQUOT);
	STEP(4, distrust_one() == -ENOSPC);
	power_fail_flushes(0);
	STEP(5, distrust_one() == 0);
	STEP(6, store_after_run(store) == 0);
	return 0;
}

START_TEST(a_quota_that_is_used_up_is_a_full_disk)
{
	close_store();
	ck_assert_int_eq(in_child(use_up_a_quota), 0);
}
END_TEST

static unsigned first_cut;

static void lose_power_at_the_start(void)
{
	power_cut(first_cut);
	_exit(0);
}

static int start_and_lose_power(void)
{
	power_watch();
	power_call_after(first_cut + 1, lose_power_at_the_start);
	STEP(1, open_store() == 0);
	lose_power_at_the_start();
	return 0;
}

static void remove_from_scratch(const char *name)
{
	if (scratch_exists(name))
		ck_assert_int_eq(unlink(scratch_path(name)), 0);
}

START_TEST(a_first_start_that_loses_power_leaves_nothing_or_a_database)
{
	close_store();
	remove_from_scratch("trust.db");
	remove_from_scratch("trust.db-wal");
	remove_from_scratch("distrusted");
	first_cut = (unsigned)_i;
	ck_assert_int_eq(in_child(start_and_lose_power), 0);
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	add_certificate(1);
	reopen_store();
	ck_assert(has_certificate(1));
}
END_TEST

/* --- at each flush --- */

#define CUT_IN_A_BACKUP 3

static int told; /* a pipe to the parent */
static int cut_now;
static bool damage; /* the database as well */
static bool in_a_backup;

static void lose_power_now(void)
{
	power_cut((unsigned)cut_now * 2654435761U >> 16);
	if (damage)
		zero_scratch_file("trust.db");
	_exit(in_a_backup ? CUT_IN_A_BACKUP : 0);
}

/* Certificates, some distrusts, backups now and then, and what needs not be
 * durable in between. */
static void change_and_tell(void)
{
	if (open_store() < 0 || (damage && store_backup(store) < 0))
		_exit(1);
	power_watch();
	power_call_after((unsigned)cut_now + 1, lose_power_now);
	for (unsigned n = 1;; n++) {
		(void)start_a_run();
		add_certificate(n);
		if (n % 4 == 0)
			add_distrusted(n);
		if (fd_write_full(told, &n, sizeof(n)) < 0)
			_exit(2);
		in_a_backup = true;
		if (n % 3 == 0)
			(void)store_backup(store);
		in_a_backup = false;
	}
}

/* The exit status of the child, and what it told last. */
static int cut_and_reopen(unsigned *ret_last)
{
	unsigned last = 0;
	int ends[2];
	pid_t child = -1;
	int status = 0;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	told = ends[1];
	if (child == 0)
		change_and_tell();
	(void)close(ends[1]);
	while (fd_read_full(ends[0], &last, sizeof(last)) == 0)
		continue;
	(void)close(ends[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
	*ret_last = last;
	return WEXITSTATUS(status);
}

static void has_all_that_was_told(unsigned last)
{
	for (unsigned n = 1; n <= last; n++) {
		ck_assert(has_certificate(n));
		ck_assert(n % 4 != 0 || is_distrusted(n));
	}
}

START_TEST(what_was_told_survives_a_power_cut_after_any_flush)
{
	unsigned last = 0;

	close_store();
	cut_now = _i;
	ck_assert_int_ne(cut_and_reopen(&last), 1);
	ck_assert_uint_eq(events[STORE_DAMAGED], 0);
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
	has_all_that_was_told(last);
}
END_TEST

/* While a backup is made, two things at once may be one too many: but there is
 * one, this or the one before. */
START_TEST(and_a_database_that_is_damaged_by_it_is_made_anew)
{
	unsigned last = 0;
	int status = 0;

	close_store();
	cut_now = _i;
	damage = true;
	status = cut_and_reopen(&last);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	ck_assert_uint_eq(events[STORE_RESTORED], events[STORE_DAMAGED]);
	if (status == CUT_IN_A_BACKUP)
		last = last > 3 ? last - 3 : 0;
	else
		ck_assert_int_eq(status, 0);
	has_all_that_was_told(last);
}
END_TEST

/* --- in a recovery --- */

#define CUT_BEFORE_THE_END 4

static void lose_power_in_a_recovery(void)
{
	power_cut((unsigned)cut_now * 2654435761U >> 16);
	_exit(CUT_BEFORE_THE_END);
}

static int recover_and_lose_power(void)
{
	power_watch();
	power_call_after((unsigned)cut_now + 1, lose_power_in_a_recovery);
	STEP(1, open_store() == 0);
	power_cut(0);
	return 0;
}

/* Backup 1 has the first of three, the WAL the others. */
static void damage_what_is_continued(void)
{
	for (unsigned n = 1; n <= 3; n++) {
		add_certificate(n);
		if (n == 1)
			backup();
	}
	close_store();
	zero_scratch_file("trust.db");
}

/* Twice at the same flush: what the first attempt left is another start. */
START_TEST(a_recovery_that_loses_power_loses_nothing_of_the_wal)
{
	int status = 0;

	damage_what_is_continued();
	cut_now = _i;
	status = in_child(recover_and_lose_power);
	ck_assert(status == 0 || status == CUT_BEFORE_THE_END);
	/* From the first flush to the end. */
	ck_assert(_i > 0 || status == CUT_BEFORE_THE_END);
	ck_assert(_i < RECOVERY_CUTS - 1 || status == 0);
	(void)in_child(recover_and_lose_power);
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
	ck_assert_uint_eq(events[STORE_STARTED_EMPTY], 0);
	for (unsigned n = 1; n <= 3; n++)
		ck_assert(has_certificate(n));
}
END_TEST

TCase *store_power_tests(void)
{
	TCase *tc = tcase_create("store-power");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_commit_takes_one_flush_and_survives_a_power_cut);
	tcase_add_test(tc, a_lazy_commit_is_durable_with_the_next_one);
	tcase_add_test(tc, of_many_lazy_commits_in_a_row_one_is_flushed);
	tcase_add_test(tc, a_commit_without_a_change_is_no_flush);
	tcase_add_test(tc, a_quota_that_is_used_up_is_a_full_disk);
	tcase_add_test(tc, a_start_flushes_what_one_that_was_killed_did_not);
	tcase_add_loop_test(tc,
		a_first_start_that_loses_power_leaves_nothing_or_a_database, 0,
		FIRST_CUTS);
	tcase_add_loop_test(tc,
		what_was_told_survives_a_power_cut_after_any_flush, 0, CUTS);
	tcase_add_loop_test(
		tc, and_a_database_that_is_damaged_by_it_is_made_anew, 0, CUTS);
	tcase_add_loop_test(tc,
		a_recovery_that_loses_power_loses_nothing_of_the_wal, 0,
		RECOVERY_CUTS);
	return tc;
}
