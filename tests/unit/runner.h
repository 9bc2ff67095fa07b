/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One unit test program per directory: its main.c lists the test cases, one
 * function a file. The runner honours CK_RUN_CASE and ends with the counts.
 */
#ifndef CERTPROV_TESTS_RUNNER_H
#define CERTPROV_TESTS_RUNNER_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

typedef TCase *test_case_maker(void);

/* The exit status when CK_RUN_CASE names no case of the program. */
#define EXIT_NO_SUCH_CASE 66

/*
 * Under sanitizers, and where coverage is measured, the tests of a case share a
 * process, unless it has this tag: they end their process, or leave behind what
 * the next one must not meet.
 */
#define OWN_PROCESS "own-process"

/* Run all cases, or the one in CK_RUN_CASE; the exit status of the program. */
int run_test_cases(
	const char *suite, test_case_maker *const makers[], size_t count);

/*
 * The directory of outside data, or NULL where there is none; then says on
 * standard output that what is skipped (one line, counted by tests/run).
 */
const char *corpora_or_skip(const char *what);

/*
 * Is this under an emulator of another machine, which has no such thing (as
 * Landlock and seccomp)? Then says that the test is skipped, in one line that
 * tests/run counts.
 */
bool emulator_lacks(const char *test);

/*
 * How often a test repeats the same: as it says, but under an emulator, where
 * that takes so many times as long, a twentieth. There is nothing that only the
 * last of a million shows on another machine and not on this one.
 */
size_t times_here(size_t times);

#endif
