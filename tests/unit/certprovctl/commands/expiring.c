/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/runner.h"

#define ENDING(kind, subject, more, ends, in)                                  \
	"{\"continues\":true,\"parameters\":{\"ending\":{\"kind\":\"" kind     \
	"\",\"sha256\":\"0123456789abcdef0123456789abcdef0123456789abcdef"     \
	"0123456789abcdef\",\"subject\":\"" subject "\"" more                  \
	",\"ends\":\"" ends "\",\"endsIn\":" in "}}}"
#define NONE "{\"parameters\":{\"now\":\"2026-05-28T20:26:40Z\"}}"

START_TEST(what_expires_is_a_table_and_status_1)
{
	CANNED({.method = "io.certprov.trust.ListEndings",
		.replies = {ENDING("device", "CN=Phone", "",
				    "2026-05-27T20:26:40Z", "-86400"),
			ENDING("exception", "CN=PBX", "",
				"2026-06-02T20:26:40Z", "432000"),
			"{\"parameters\":{\"ending\":{\"kind\":\"server\","
			"\"sha256\":\"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef\","
			"\"subject\":\"CN=CA\","
			"\"ends\":\"2026-06-03T20:26:40Z\","
			"\"endsIn\":518400}}}"}});
	ck_assert_int_eq(paper_run("expiring"), 1);
	canned_called("\"days\":28");
	paper_prints("2026-05-27 20:26:40  24 hours ago  device ");
	paper_prints("2026-06-02 20:26:40  in 5 days     exception ");
	paper_prints("every host");
	paper_prints("CN=CA");
}
END_TEST

START_TEST(nothing_that_expires_is_status_0)
{
	CANNED({.method = "io.certprov.trust.ListEndings", .replies = {NONE}});
	ck_assert_int_eq(paper_run("expiring --days 0"), 0);
	canned_called("\"days\":0");
	paper_prints("Nothing has expired or expires within 0 days.\n");
}
END_TEST

START_TEST(one_day_is_not_several)
{
	CANNED({.method = "io.certprov.trust.ListEndings", .replies = {NONE}});
	ck_assert_int_eq(paper_run("expiring --days 1"), 0);
	paper_prints("Nothing has expired or expires within 1 day.\n");
}
END_TEST

START_TEST(json_has_the_same_status)
{
	CANNED({.method = "io.certprov.trust.ListEndings",
		.replies = {"{\"parameters\":{\"ending\":{\"kind\":\"server\","
			    "\"sha256\":\"0123456789abcdef0123456789abcdef"
			    "0123456789abcdef0123456789abcdef\","
			    "\"ends\":\"2026-06-03T20:26:40Z\","
			    "\"endsIn\":518400}}}"}});
	ck_assert_int_eq(paper_run("expiring --json --days 7"), 1);
	paper_prints("{\"ending\":{\"kind\":\"server\"");
}
END_TEST

START_TEST(whatever_fails_is_status_2)
{
	CANNED({.method = "io.certprov.trust.ListEndings",
		.replies = {"{\"error\":\"org.varlink.service."
			    "PermissionDenied\",\"parameters\":{}}"}});
	ck_assert_int_eq(paper_run("expiring"), 2);
	ck_assert_int_eq(
		paper_run("expiring --socket-dir /nowhere --timeout 1"), 2);
}
END_TEST

START_TEST(days_are_a_number)
{
	ck_assert_int_eq(paper_run("expiring --days x"), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("expiring --days -1"), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("expiring --days 36501"), EXIT_WRONG_USE);
	ck_assert_int_eq(paper_run("expiring --days 1d"), EXIT_WRONG_USE);
}
END_TEST

TCase *expiring_tests(void);

TCase *expiring_tests(void)
{
	TCase *tc = tcase_create("expiring");

	tcase_add_checked_fixture(tc, canned_setup, canned_teardown);
	tcase_add_test(tc, what_expires_is_a_table_and_status_1);
	tcase_add_test(tc, nothing_that_expires_is_status_0);
	tcase_add_test(tc, one_day_is_not_several);
	tcase_add_test(tc, json_has_the_same_status);
	tcase_add_test(tc, whatever_fails_is_status_2);
	tcase_add_test(tc, days_are_a_number);
	return tc;
}
