/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define HOST "prov.example.com"

static struct trust *before;
static struct trust *after;
static struct guard guard;
static struct guard_answer answer;
static const struct pki_cert *leaf;

static void put(struct trust *t, const struct pki_cert *c)
{
	ck_assert_int_eq(
		anchors_add(t->anchors, c->der.data, c->der.len, ANCHOR_SERVER),
		0);
}

static void add(const char *host)
{
	ck_assert_int_eq(guard_add(&guard, host, &leaf->der, 1), 0);
}

static void setup(void)
{
	const struct pki_cert *root = pki_root("Root");

	leaf = pki_leaf("DNS:" HOST, root);
	ck_assert_int_eq(trust_new(&before), 0);
	before->policy.verification = VERIFICATION_FORCED;
	before->policy.name_check = true;
	put(before, root);
	ck_assert_int_eq(trust_new(&after), 0);
	after->policy = before->policy;
	guard = (struct guard){.when = PKI_NOW};
	answer = (struct guard_answer){.locked_out = false};
}

static void teardown(void)
{
	guard_done(&guard);
	guard_answer_done(&answer);
	before = trust_free(before);
	after = trust_free(after);
	pki_free_all();
}

static bool locks_out(void)
{
	guard_answer_done(&answer);
	ck_assert_int_eq(guard_compare(&guard, before, after, &answer), 0);
	return answer.locked_out;
}

START_TEST(what_was_trusted_and_is_no_longer_locks_out)
{
	ck_assert(!locks_out());
	add(HOST);
	ck_assert(locks_out());
	ck_assert_str_eq(answer.host, HOST);
	ck_assert_int_eq(answer.verdict, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_nonnull(answer.reason);
	put(after, pki_root("Other"));
	ck_assert(locks_out());
	ck_assert_int_eq(guard_compare(&guard, before, before, &answer), 0);
}
END_TEST

START_TEST(what_was_not_trusted_before_is_not_guarded)
{
	add("elsewhere.example.com");
	ck_assert(!locks_out());
	ck_assert_int_eq(guard_judge(&guard, before, &answer), 0);
	ck_assert(answer.locked_out);
	ck_assert_int_eq(answer.verdict, VERDICT_NAME_MISMATCH);
}
END_TEST

START_TEST(a_server_that_nobody_verified_is_guarded_as_well)
{
	add("elsewhere.example.com");
	before->policy.verification = VERIFICATION_OFF;
	ck_assert(locks_out());
}
END_TEST

START_TEST(the_passing_of_time_is_no_change)
{
	add(HOST);
	before->clock_floor = PKI_NOW + 5 * PKI_YEAR;
	ck_assert_int_eq(guard_judge(&guard, before, &answer), 0);
	ck_assert(!answer.locked_out);
	ck_assert(locks_out());
}
END_TEST

START_TEST(one_more_server_than_fits_is_left_out)
{
	char host[] = "a.example.com";

	for (size_t i = 0; i <= GUARD_MAX_SERVERS; i++) {
		add(host);
		host[0]++;
	}
	ck_assert_uint_eq(guard.count, GUARD_MAX_SERVERS);
	add("a.example.com");
	ck_assert_uint_eq(guard.count, GUARD_MAX_SERVERS);
	ck_assert(!guard_has_host(&guard, "e.example.com"));
}
END_TEST

START_TEST(more_bytes_than_fit_are_left_out)
{
	static uint8_t data[GUARD_MAX_BYTES + 1];
	struct bytes chain = {data, sizeof(data)};

	ck_assert_int_eq(guard_add(&guard, HOST, &chain, 1), 0);
	ck_assert_uint_eq(guard.count, 0);
	chain.len--;
	ck_assert_int_eq(guard_add(&guard, HOST, &chain, 1), 0);
	ck_assert_uint_eq(guard.count, 1);
	add("other.example.com");
	ck_assert_uint_eq(guard.count, 1);
}
END_TEST

START_TEST(the_text_of_one_becomes_the_same_again)
{
	struct guard copy = {.count = 0};
	char *text = NULL;
	char *again = NULL;

	add(HOST);
	ck_assert_int_eq(guard_set_url(&guard, "https://" HOST "/"), 0);
	ck_assert_int_eq(guard_format(&guard, &text), 0);
	ck_assert_int_eq(guard_parse(text, &copy), 0);
	ck_assert_int_eq(guard_format(&copy, &again), 0);
	ck_assert_str_eq(text, again);
	guard_done(&copy);
	ck_assert_int_eq(guard_parse(NULL, &copy), 0);
	ck_assert_uint_eq(copy.count, 0);
	text[strlen(text) - 1] = 0;
	ck_assert_int_eq(guard_parse(text, &copy), -EINVAL);
	free(text);
	free(again);
}
END_TEST

START_TEST(only_verified_servers_are_kept_unless_configured)
{
	add(HOST);
	add("elsewhere.example.com");
	ck_assert_int_eq(guard_keep_good(&guard, before, false), 0);
	ck_assert_uint_eq(guard.count, 1);
	ck_assert(guard_has_host(&guard, HOST));
	before->policy.verification = VERIFICATION_OFF;
	ck_assert_int_eq(guard_keep_good(&guard, before, true), 0);
	ck_assert_uint_eq(guard.count, 1);
	ck_assert_int_eq(guard_keep_good(&guard, before, false), 0);
	ck_assert_uint_eq(guard.count, 0);
}
END_TEST

test_case_maker guard_tests;
TCase *guard_tests(void)
{
	TCase *tc = tcase_create("guard");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_was_trusted_and_is_no_longer_locks_out);
	tcase_add_test(tc, what_was_not_trusted_before_is_not_guarded);
	tcase_add_test(tc, a_server_that_nobody_verified_is_guarded_as_well);
	tcase_add_test(tc, the_passing_of_time_is_no_change);
	tcase_add_test(tc, one_more_server_than_fits_is_left_out);
	tcase_add_test(tc, more_bytes_than_fit_are_left_out);
	tcase_add_test(tc, the_text_of_one_becomes_the_same_again);
	tcase_add_test(tc, only_verified_servers_are_kept_unless_configured);
	return tc;
}
