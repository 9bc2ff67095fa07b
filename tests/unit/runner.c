/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Check itself runs nothing and calls that "100%". */
static bool has_case(Suite *s, const char *suite)
{
	const char *name = getenv("CK_RUN_CASE");

	if (!name || suite_tcase(s, name))
		return true;
	(void)printf("unit-%s: has no case \"%s\"\n", suite, name);
	return false;
}

int run_test_cases(
	const char *suite, test_case_maker *const makers[], size_t count)
{
	Suite *s = suite_create(suite);
	SRunner *runner = NULL;
	int failed = 0;

	for (size_t i = 0; i < count; i++)
		suite_add_tcase(s, makers[i]());
	runner = srunner_create(s);
	if (!has_case(s, suite)) {
		srunner_free(runner);
		return EXIT_NO_SUCH_CASE;
	}
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
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
	const char *emulator = getenv("CERTPROV_EMULATOR");

	if (!emulator || !*emulator)
		return false;
	(void)printf("SKIP %s: not under %s\n", test, emulator);
	(void)fflush(stdout);
	return true;
}
