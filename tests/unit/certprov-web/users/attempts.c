/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/attempts.h"

#include <stdio.h>

#include "tests/unit/runner.h"

#define SECOND ((int64_t)1000)

static struct attempts *a;
static int64_t now;

static int64_t take(const char *name, const char *address)
{
	return attempts_take(a, name, address, now);
}

/* What it has tried is forgiven, but it has tried. */
static void is_no_newcomer(const char *address)
{
	for (int i = 0; i < ATTEMPTS_OF_NEWCOMER; i++) {
		now += ATTEMPTS_OF_NAME_SECONDS_EACH * SECOND;
		ck_assert_int_eq(take("before", address), 0);
	}
	now += ATTEMPTS_OF_NAME_SECONDS_EACH * SECOND;
}

#define ADDRESSES 20

static const char *address_of(unsigned number)
{
	static char address[32];

	(void)snprintf(
		address, sizeof(address), "10.1.0.%u", number % ADDRESSES);
	return address;
}

/* Each of its own name and of another address, so that only all count. */
static int64_t take_another(void)
{
	static unsigned number;
	char name[32];

	number++;
	(void)snprintf(name, sizeof(name), "n%u", number);
	return take(name, address_of(number));
}

static void setup(void)
{
	ck_assert_int_eq(attempts_new(&a), 0);
	now = 1000 * SECOND;
	for (unsigned i = 0; i < ADDRESSES; i++)
		is_no_newcomer(address_of(i));
}

static void teardown(void)
{
	a = attempts_free(a);
}

/* So that it is never all of them that are too many. */
static int64_t take_slowly(const char *name, const char *address)
{
	now += SECOND;
	return take(name, address);
}

START_TEST(in_all_one_more_than_at_once_waits_a_second)
{
	for (int i = 0; i < ATTEMPTS_AT_ONCE; i++)
		ck_assert_int_eq(take_another(), 0);
	ck_assert_int_eq(take_another(), ATTEMPTS_SECONDS_EACH * SECOND);
	now += ATTEMPTS_SECONDS_EACH * SECOND - 1;
	ck_assert_int_eq(take_another(), 1);
	now += 1;
	ck_assert_int_eq(take_another(), 0);
	ck_assert_int_gt(take_another(), 0);
}
END_TEST

START_TEST(a_long_rest_saves_no_more_than_at_once)
{
	ck_assert_int_eq(take_another(), 0);
	now += 60 * SECOND;
	for (int i = 0; i < ATTEMPTS_AT_ONCE; i++)
		ck_assert_int_eq(take_another(), 0);
	ck_assert_int_gt(take_another(), 0);
}
END_TEST

START_TEST(a_name_is_tried_so_often_from_wherever)
{
	is_no_newcomer("10.0.0.9");
	for (unsigned i = 0; i < ATTEMPTS_OF_NAME_AT_ONCE; i++)
		ck_assert_int_eq(take_slowly("alice", address_of(i)), 0);
	now += SECOND;
	ck_assert_int_gt(take("alice", "10.0.0.9"), SECOND);
	/* Others are not slowed. */
	ck_assert_int_eq(take("bob", "10.0.0.9"), 0);
	now += ATTEMPTS_OF_NAME_SECONDS_EACH * SECOND;
	ck_assert_int_eq(take("alice", "10.0.0.9"), 0);
	ck_assert_int_gt(take("alice", "10.0.0.9"), SECOND);
}
END_TEST

START_TEST(how_long_a_name_waits_is_told_to_the_millisecond)
{
	int64_t wait = 0;

	is_no_newcomer("10.0.0.2");
	for (int i = 0; i < ATTEMPTS_OF_NAME_AT_ONCE; i++)
		ck_assert_int_eq(take_slowly("alice", "10.0.0.1"), 0);
	now += SECOND;
	wait = take("alice", "10.0.0.2");
	ck_assert_int_gt(wait, 0);
	ck_assert_int_le(wait, ATTEMPTS_OF_NAME_SECONDS_EACH * SECOND);
	now += wait - ATTEMPTS_OF_NAME_SECONDS_EACH;
	ck_assert_int_gt(take("alice", "10.0.0.2"), 0);
	now += ATTEMPTS_OF_NAME_SECONDS_EACH;
	ck_assert_int_eq(take("alice", "10.0.0.2"), 0);
}
END_TEST

static const struct {
	const char *address;
	const char *same;
	const char *other;
} networks[] = {
	{"192.0.2.7", "192.0.2.7", "192.0.2.8"},
	{"2001:db8:0:1::7", "2001:db8:0:1:ffff::8", "2001:db8:0:2::7"},
};

START_TEST(an_address_tries_so_many_names)
{
	char name[32];

	for (int i = 0; i < ATTEMPTS_OF_ADDRESS_AT_ONCE; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		ck_assert_int_eq(take_slowly(name, networks[_i].address), 0);
	}
	/* Some of them are forgiven by now. */
	for (int i = 0; i < ATTEMPTS_OF_ADDRESS_AT_ONCE; i++) {
		(void)snprintf(name, sizeof(name), "other%d", i);
		if (take_slowly(name, networks[_i].same) > 0)
			break;
	}
	now += SECOND;
	ck_assert_int_gt(take("one-more", networks[_i].same), SECOND);
	ck_assert_int_eq(take("one-more", networks[_i].other), 0);
	now += ATTEMPTS_OF_ADDRESS_SECONDS_EACH * SECOND;
	ck_assert_int_eq(take("one-more", networks[_i].same), 0);
}
END_TEST

START_TEST(a_success_counts_neither_against_name_nor_address)
{
	for (int i = 0; i < 5 * ATTEMPTS_OF_ADDRESS_AT_ONCE; i++) {
		ck_assert_int_eq(take_slowly("alice", "192.0.2.7"), 0);
		attempts_succeeded(a, "alice", "192.0.2.7", now);
	}
}
END_TEST

START_TEST(names_that_nobody_can_have_are_one)
{
	is_no_newcomer("10.0.0.2");
	for (int i = 0; i < ATTEMPTS_OF_NAME_AT_ONCE; i++)
		ck_assert_int_eq(
			take_slowly(i % 2 ? "a b" : "\xff", "10.0.0.1"), 0);
	now += SECOND;
	ck_assert_int_gt(take("", "10.0.0.2"), SECOND);
	ck_assert_int_eq(take("a_b", "10.0.0.2"), 0);
}
END_TEST

/* A stranger tries the name until it has to wait. */
static void exhaust(const char *name)
{
	int i = 0;
	char address[32];

	do {
		(void)snprintf(address, sizeof(address), "10.9.0.%d", i);
		i++;
		ck_assert_int_lt(i, 100);
	} while (take_slowly(name, address) == 0);
}

START_TEST(a_stranger_cannot_keep_the_owner_out)
{
	ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
	attempts_succeeded(a, "alice", "192.0.2.7", now);
	exhaust("alice");
	ck_assert_int_gt(take("alice", "192.0.2.8"), 0);
	/* Nor who exhausts what all may do. */
	while (take_another() == 0)
		;
	ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
	ck_assert_int_gt(take("bob", "192.0.2.7"), 0);
}
END_TEST

START_TEST(the_owner_who_forgot_his_password_has_to_wait_too)
{
	ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
	attempts_succeeded(a, "alice", "192.0.2.7", now);
	exhaust("alice");
	for (int i = 0; i < ATTEMPTS_OF_PAIR_AT_ONCE; i++) {
		ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
		now += i < ATTEMPTS_AT_ONCE - 1 ? 1 : SECOND;
	}
	ck_assert_int_gt(take("alice", "192.0.2.7"), 0);
	now += ATTEMPTS_OF_PAIR_SECONDS_EACH * SECOND;
	exhaust("alice");
	ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
}
END_TEST

START_TEST(those_who_signed_in_before_have_one_share_together)
{
	char name[32];

	for (int i = 0; i <= ATTEMPTS_AT_ONCE; i++) {
		(void)snprintf(name, sizeof(name), "owner%d", i);
		ck_assert_int_eq(take_slowly(name, "192.0.2.7"), 0);
		attempts_succeeded(a, name, "192.0.2.7", now);
	}
	while (take_another() == 0)
		;
	for (int i = 0; i < ATTEMPTS_AT_ONCE; i++) {
		(void)snprintf(name, sizeof(name), "owner%d", i);
		ck_assert_int_eq(take(name, "192.0.2.7"), 0);
	}
	(void)snprintf(name, sizeof(name), "owner%d", ATTEMPTS_AT_ONCE);
	ck_assert_int_eq(
		take(name, "192.0.2.7"), ATTEMPTS_SECONDS_EACH * SECOND);
}
END_TEST

START_TEST(of_a_name_so_many_addresses_are_known)
{
	char address[32];

	for (int i = 0; i <= ATTEMPTS_MAX_PAIRS_OF_NAME; i++) {
		(void)snprintf(address, sizeof(address), "192.0.2.%d", i);
		ck_assert_int_eq(take_slowly("alice", address), 0);
		attempts_succeeded(a, "alice", address, now);
	}
	ck_assert_int_eq(take_slowly("bob", "192.0.2.0"), 0);
	attempts_succeeded(a, "bob", "192.0.2.0", now);
	exhaust("alice");
	now += SECOND;
	while (take_another() == 0)
		;
	/* The one of longest ago is forgotten. */
	ck_assert_int_gt(take("alice", "192.0.2.0"), 0);
	ck_assert_int_eq(take("alice", "192.0.2.1"), 0);
	ck_assert_int_eq(take("alice", address), 0);
	ck_assert_int_eq(take("bob", "192.0.2.0"), 0);
}
END_TEST

START_TEST(whoever_tries_many_names_has_none_forgotten_before_its_time)
{
	int64_t end = 0;

	exhaust("alice");
	end = now + take("alice", "10.0.0.1") - SECOND;
	while (now < end) {
		while (take_another() == 0)
			;
		now += SECOND / 10;
	}
	ck_assert_int_gt(take("alice", "10.0.0.1"), 0);
}
END_TEST

/* From one address for one name, until it has to wait; and all the time after.
 */
static void try_for(const char *name, const char *address, int seconds)
{
	for (int i = 0; i < seconds; i++)
		(void)take_slowly(name, address);
}

START_TEST(a_stranger_keeps_nobody_out_who_is_new_at_an_address)
{
	for (int i = 0; i < 100; i++) {
		try_for("alice", "10.0.0.1", 5);
		try_for("alice", "10.0.0.2", 5);
	}
	for (int i = 0; i < ATTEMPTS_OF_NEWCOMER; i++)
		ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
	ck_assert_int_gt(take("alice", "192.0.2.7"), 0);
	try_for("alice", "10.0.0.1", ATTEMPTS_OF_NEWCOMER_SECONDS - 1);
	ck_assert_int_gt(take("alice", "192.0.2.7"), 0);
	try_for("alice", "10.0.0.1", 1);
	ck_assert_int_eq(take("alice", "192.0.2.7"), 0);
}
END_TEST

START_TEST(all_newcomers_have_so_many_attempts_and_one_more_waits)
{
	char address[32];

	try_for("alice", "10.0.0.1", 100);
	for (int i = 0; i < ATTEMPTS_OF_NEWCOMERS_AT_ONCE; i++) {
		(void)snprintf(address, sizeof(address), "192.0.2.%d", i);
		ck_assert_int_eq(take("alice", address), 0);
	}
	ck_assert_int_gt(take("alice", "192.0.2.99"), 0);
	try_for("alice", "10.0.0.1", ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH);
	ck_assert_int_eq(take("alice", "192.0.2.99"), 0);
	ck_assert_int_gt(take("alice", "192.0.2.99"), 0);
}
END_TEST

/* SECURITY.md says so of this many. */
#define MAX_STRANGERS 31

/* One each second of every stranger's, and then one from an address that is
 * new: for how many seconds that is refused. */
static int kept_out_for(int strangers)
{
	char address[32];

	for (int second = 0; second < ATTEMPTS_OF_NEWCOMER_SECONDS; second++) {
		for (int i = 0; i < strangers; i++) {
			(void)snprintf(
				address, sizeof(address), "203.0.113.%d", i);
			(void)take("alice", address);
		}
		if (take("alice", "192.0.2.7") == 0)
			return second;
		now += SECOND;
	}
	return ATTEMPTS_OF_NEWCOMER_SECONDS;
}

START_TEST(strangers_keep_who_is_new_out_no_longer_than_is_written)
{
	int strangers = _i;
	int written = (ATTEMPTS_OF_NEWCOMER * strangers -
			      ATTEMPTS_OF_NEWCOMERS_AT_ONCE) *
		ATTEMPTS_OF_NEWCOMERS_SECONDS_EACH;

	ck_assert_int_le(kept_out_for(strangers), written > 0 ? written : 0);
}
END_TEST

START_TEST(twice_as_many_keep_out_who_is_new)
{
	ck_assert(kept_out_for(2 * MAX_STRANGERS) ==
		ATTEMPTS_OF_NEWCOMER_SECONDS);
}
END_TEST

START_TEST(an_address_is_known_where_somebody_signed_in)
{
	ck_assert(!attempts_knows(a, "10.0.0.1"));
	ck_assert_int_eq(take("alice", "10.0.0.1"), 0);
	ck_assert(!attempts_knows(a, "10.0.0.1"));
	attempts_succeeded(a, "alice", "10.0.0.1", now);
	attempts_succeeded(a, "alice", "2001:db8::1", now);
	ck_assert(attempts_knows(a, "10.0.0.1"));
	ck_assert(attempts_knows(a, "2001:db8::2"));
	ck_assert(!attempts_knows(a, "2001:db8:0:1::1"));
	ck_assert(!attempts_knows(a, ""));
	for (int i = 0; i < ATTEMPTS_MAX_PAIRS_OF_NAME; i++)
		attempts_succeeded(
			a, "alice", address_of((unsigned)i), now + 1);
	ck_assert(!attempts_knows(a, "10.0.0.1"));
}
END_TEST

test_case_maker attempts_tests;
TCase *attempts_tests(void)
{
	TCase *tc = tcase_create("attempts");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, in_all_one_more_than_at_once_waits_a_second);
	tcase_add_test(tc, a_long_rest_saves_no_more_than_at_once);
	tcase_add_test(tc, a_name_is_tried_so_often_from_wherever);
	tcase_add_test(tc, how_long_a_name_waits_is_told_to_the_millisecond);
	tcase_add_loop_test(tc, an_address_tries_so_many_names, 0,
		(int)ARRAY_SIZE(networks));
	tcase_add_test(tc, a_success_counts_neither_against_name_nor_address);
	tcase_add_test(tc, names_that_nobody_can_have_are_one);
	tcase_add_test(tc, a_stranger_cannot_keep_the_owner_out);
	tcase_add_test(tc, the_owner_who_forgot_his_password_has_to_wait_too);
	tcase_add_test(tc, those_who_signed_in_before_have_one_share_together);
	tcase_add_test(tc, of_a_name_so_many_addresses_are_known);
	tcase_add_test(tc,
		whoever_tries_many_names_has_none_forgotten_before_its_time);
	tcase_add_test(
		tc, a_stranger_keeps_nobody_out_who_is_new_at_an_address);
	tcase_add_test(
		tc, all_newcomers_have_so_many_attempts_and_one_more_waits);
	tcase_add_loop_test(tc,
		strangers_keep_who_is_new_out_no_longer_than_is_written, 1,
		MAX_STRANGERS + 1);
	tcase_add_test(tc, twice_as_many_keep_out_who_is_new);
	tcase_add_test(tc, an_address_is_known_where_somebody_signed_in);
	return tc;
}
