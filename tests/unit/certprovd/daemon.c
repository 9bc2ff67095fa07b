/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/runner.h"

/* Its own descriptors are not open yet; 0 belongs to somebody else. */
START_TEST(a_daemon_that_cannot_start_closes_no_other_descriptor)
{
	struct daemon *d = NULL;

	scratch_write("certprovd.conf", "[nonsense\n");
	ck_assert_int_eq(dup2(STDERR_FILENO, STDIN_FILENO), STDIN_FILENO);
	ck_assert_int_eq(
		daemon_new(scratch_path("certprovd.conf"), &d), -EINVAL);
	ck_assert_ptr_null(d);
	ck_assert_int_ge(fcntl(STDIN_FILENO, F_GETFD), 0);
}
END_TEST

TCase *daemon_tests(void);

TCase *daemon_tests(void)
{
	TCase *tc = tcase_create("daemon");

	tcase_add_checked_fixture(tc, scratch_setup, scratch_teardown);
	tcase_add_test(
		tc, a_daemon_that_cannot_start_closes_no_other_descriptor);
	return tc;
}
