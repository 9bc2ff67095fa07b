/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/fingerprint.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/runner.h"

#define ALL                                                                    \
	"0123456789abcdef0123456789abcdef"                                     \
	"0123456789abcdef0123456789abcdef"

static const struct {
	const char *given;
	const char *digits; /* NULL: it is none */
} cases[] = {
	{ALL, ALL},
	{"ABCDEF", "abcdef"},
	{"AB:CD:EF:01", "abcdef01"},
	{"ab:cd:ef:", "abcdef"}, /* the beginning of a longer one */
	{"abcde", NULL},
	{"", NULL},
	{":ab:cd:ef", NULL},
	{"a:bcdef0", NULL},
	{"abcdeg", NULL},
	{" abcdef", NULL},
	{ALL "0", NULL},
	{"-abcdef", NULL},
};

START_TEST(fingerprints_are_taken_as_people_have_them)
{
	char digits[SHA256_HEX_SIZE] = "untouched";
	int r = fingerprint_normalise(cases[_i].given, digits);

	if (cases[_i].digits) {
		ck_assert_int_eq(r, (int)strlen(cases[_i].digits));
		ck_assert_str_eq(digits, cases[_i].digits);
	} else {
		ck_assert_int_eq(r, -EINVAL);
		ck_assert_str_eq(digits, "untouched");
	}
}
END_TEST

test_case_maker fingerprint_tests;

TCase *fingerprint_tests(void)
{
	TCase *tc = tcase_create("fingerprint");

	tcase_add_loop_test(tc, fingerprints_are_taken_as_people_have_them, 0,
		ARRAY_SIZE(cases));
	return tc;
}
