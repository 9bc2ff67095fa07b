/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runner.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Check itself runs nothing and calls that "100%". */
static bool has_case(
	const char *suite, test_case_maker *const makers[], size_t count)
{
	const char *name = getenv("CK_RUN_CASE");
	Suite *s = suite_create(suite);
	SRunner *owner = NULL;
	bool has = false;

	for (size_t i = 0; i < count; i++)
		suite_add_tcase(s, makers[i]());
	has = !name || suite_tcase(s, name);
	owner = srunner_create(s);
	srunner_free(owner);
	if (!has)
		(void)printf("unit-%s: has no case \"%s\"\n", suite, name);
	return has;
}

struct test_counts {
	int checks;
	int failures;
};

/* The cases of these makers, whose tests share a process or have one each. */
static struct test_counts run_tests(const char *suite,
	test_case_maker *const makers[], size_t count, enum fork_status how,
	const char *only, const char *without)
{
	Suite *s = suite_create(suite);
	SRunner *runner = NULL;
	struct test_counts counts = {0};

	for (size_t i = 0; i < count; i++)
		suite_add_tcase(s, makers[i]());
	runner = srunner_create(s);
	srunner_set_fork_status(runner, how);
	srunner_run_tagged(runner, NULL, NULL, only, without, CK_NORMAL);
	counts.checks = srunner_ntests_run(runner);
	counts.failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return counts;
}

static void run_one_case(const char *suite, test_case_maker *maker, int to)
{
	struct test_counts shared =
		run_tests(suite, &maker, 1, CK_NOFORK, NULL, OWN_PROCESS);
	struct test_counts own =
		run_tests(suite, &maker, 1, CK_FORK, OWN_PROCESS, NULL);

	shared.checks += own.checks;
	shared.failures += own.failures;
	if (write(to, &shared, sizeof(shared)) != (ssize_t)sizeof(shared))
		abort();
}

/* A case whose process does not end as it should failed, whatever it counted:
 * it may be by a leak. */
static struct test_counts await_case(pid_t child, int from)
{
	struct test_counts counts = {0};
	int status = 0;

	if (read(from, &counts, sizeof(counts)) != (ssize_t)sizeof(counts))
		counts = (struct test_counts){.checks = 1, .failures = 1};
	if (waitpid(child, &status, 0) != child || status != 0) {
		(void)printf("the process of a case ended with %#x\n",
			(unsigned)status);
		counts.failures += !counts.failures;
	}
	return counts;
}

static struct test_counts run_case_apart(
	const char *suite, test_case_maker *maker)
{
	struct test_counts counts = {.checks = 1, .failures = 1};
	int ends[2];
	pid_t child = -1;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return counts;
	(void)fflush(NULL);
	child = fork();
	if (child == 0) {
		(void)close(ends[0]);
		run_one_case(suite, maker, ends[1]);
		exit(EXIT_SUCCESS);
	}
	(void)close(ends[1]);
	if (child > 0)
		counts = await_case(child, ends[0]);
	(void)close(ends[0]);
	return counts;
}

/* NULL on the machine itself. */
static const char *emulator_here(void)
{
	const char *emulator = getenv("CERTPROV_EMULATOR");

	return emulator && *emulator ? emulator : NULL;
}

/* What a process costs (under an emulator everything is translated again in
 * each), and the search for what leaked or the addition of what it reached at
 * its end, is nearly all of what most tests take there. */
static bool tests_share_processes(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(CERTPROV_COVERAGE)
	return true;
#else
	return emulator_here() != NULL;
#endif
}

/* Those of a case share one. */
static struct test_counts run_cases_apart(
	const char *suite, test_case_maker *const makers[], size_t count)
{
	struct test_counts all = {0};

	for (size_t i = 0; i < count; i++) {
		struct test_counts counts = run_case_apart(suite, makers[i]);

		all.checks += counts.checks;
		all.failures += counts.failures;
	}
	(void)printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n",
		all.failures ? 0 : 100, all.checks, all.failures);
	return all;
}

static struct test_counts run_cases(
	const char *suite, test_case_maker *const makers[], size_t count)
{
	if (tests_share_processes())
		return run_cases_apart(suite, makers, count);
	return run_tests(suite, makers, count, CK_FORK_GETENV, NULL, NULL);
}

int run_test_cases(
	const char *suite, test_case_maker *const makers[], size_t count)
{
	if (!has_case(suite, makers, count))
		return EXIT_NO_SUCH_CASE;
	return run_cases(suite, makers, count).failures ? EXIT_FAILURE
							: EXIT_SUCCESS;
}

const char *corpora_or_skip(const char *what)
{
	const char *dir = getenv("CERTPROV_CORPORA");

	if (dir && access(dir, R_OK | X_OK) == 0)
		return dir;
	(void)printf("SKIP %s: no outside test data here\n", what);
	(void)fflush(stdout);
	return NULL;
}

bool emulator_lacks(const char *test)
{
	const char *emulator = emulator_here();

	if (!emulator)
		return false;
	(void)printf("SKIP %s: not under %s\n", test, emulator);
	(void)fflush(stdout);
	return true;
}

size_t times_here(size_t times)
{
	return emulator_here() ? times / 20 : times;
}
