/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/web-log.h"

#include "tests/unit/runner.h"

#define A_LINE ((int64_t)WEB_LOG_SECONDS_A_LINE * 1000)

START_TEST(one_line_more_than_at_once_waits_and_is_counted)
{
	struct web_log_budget b = {0};
	unsigned long lost = 0;

	for (int i = 0; i < WEB_LOG_AT_ONCE; i++) {
		ck_assert(web_log_may_say(&b, 5, &lost));
		ck_assert_uint_eq(lost, 0);
	}
	ck_assert(!web_log_may_say(&b, 5, &lost));
	ck_assert(!web_log_may_say(&b, 4 + A_LINE, &lost));
	ck_assert(web_log_may_say(&b, 5 + A_LINE, &lost));
	ck_assert_uint_eq(lost, 2);
	ck_assert(!web_log_may_say(&b, 5 + A_LINE, &lost));
	ck_assert(web_log_may_say(&b, 5 + 2 * A_LINE, &lost));
	ck_assert_uint_eq(lost, 1);
}
END_TEST

START_TEST(a_long_rest_saves_no_more_than_at_once)
{
	struct web_log_budget b = {0};
	unsigned long lost = 0;

	ck_assert(web_log_may_say(&b, 0, &lost));
	for (int i = 0; i < WEB_LOG_AT_ONCE; i++)
		ck_assert(web_log_may_say(&b, 1000 * A_LINE, &lost));
	ck_assert(!web_log_may_say(&b, 1000 * A_LINE, &lost));
}
END_TEST

test_case_maker web_log_tests;
TCase *web_log_tests(void)
{
	TCase *tc = tcase_create("web-log");

	tcase_add_test(tc, one_line_more_than_at_once_waits_and_is_counted);
	tcase_add_test(tc, a_long_rest_saves_no_more_than_at_once);
	return tc;
}
