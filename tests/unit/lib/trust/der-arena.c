/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/der-arena.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/runner.h"

static struct der_arena arena;
static uint8_t most[DER_ARENA_MAX_BYTES];

static void setup(void)
{
	for (size_t i = 0; i < sizeof(most); i++)
		most[i] = (uint8_t)(i * 7 + i / 251);
}

static void teardown(void)
{
	der_arena_done(&arena);
}

static uint8_t *put(struct der_arena *a, const uint8_t *der, size_t len)
{
	uint8_t *item = NULL;

	ck_assert_int_eq(der_arena_put(a, der, len, &item), 0);
	ck_assert_uint_eq((uintptr_t)item % 2, 0);
	return item;
}

static void holds(uint8_t *item, const uint8_t *der, size_t len)
{
	const struct bytes there = der_arena_get(item);

	ck_assert_uint_eq(there.len, len);
	ck_assert_mem_eq(there.data, der, len);
}

START_TEST(every_length_comes_back_as_it_was)
{
	static const size_t lengths[] = {1, 2, 255, 256, 257, 4093, 4094, 4096,
		DER_ARENA_MAX_BYTES - 1, DER_ARENA_MAX_BYTES};
	uint8_t *items[ARRAY_SIZE(lengths)];
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		items[i] = put(&arena, most + i % 2, lengths[i] - i % 2);
		used += der_arena_cost(lengths[i] - i % 2);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
		holds(items[i], most + i % 2, lengths[i] - i % 2);
	ck_assert_uint_eq(der_arena_used(&arena), used);
}
END_TEST

/* As those of 10,000 authorities are. */
START_TEST(many_have_few_blocks)
{
	for (size_t i = 0; i < 10000; i++)
		holds(put(&arena, most, 394), most, 394);
	ck_assert_uint_le(arena.count, 200);
	ck_assert_uint_eq(der_arena_used(&arena), 10000 * der_arena_cost(394));
}
END_TEST

START_TEST(who_shares_leaves_what_is_there)
{
	CLEANUP(der_arena_done) struct der_arena other = {.count = 0};
	uint8_t *first = put(&arena, most, 100);
	uint8_t *second = NULL;
	uint8_t *third = NULL;

	ck_assert_int_eq(der_arena_share(&arena, &other), 0);
	second = put(&arena, most + 1, 100);
	third = put(&other, most + 2, 100);
	holds(first, most, 100);
	holds(second, most + 1, 100);
	holds(third, most + 2, 100);
	/* Each counts what the other put there. */
	ck_assert_uint_eq(der_arena_used(&arena), 3 * der_arena_cost(100));
	ck_assert_uint_eq(der_arena_used(&other), 3 * der_arena_cost(100));
	der_arena_done(&arena);
	holds(first, most, 100);
	holds(third, most + 2, 100);
}
END_TEST

/* As when each run accepts one, and works on a copy. */
START_TEST(copies_that_take_the_place_of_each_other_fill_their_blocks)
{
	for (size_t i = 0; i < 1000; i++) {
		struct der_arena copy = {.count = 0};

		ck_assert_int_eq(der_arena_share(&arena, &copy), 0);
		holds(put(&copy, most, 394), most, 394);
		der_arena_done(&arena);
		arena = copy;
	}
	ck_assert_uint_le(arena.count, 40);
	ck_assert_uint_eq(der_arena_used(&arena), 1000 * der_arena_cost(394));
}
END_TEST

START_TEST(room_is_said_as_it_is)
{
	size_t blocks = 0;

	ck_assert(!der_arena_has_room(&arena, 1));
	for (size_t i = 0; i < 100; i++) {
		bool room = der_arena_has_room(&arena, 1000);

		blocks = arena.count;
		(void)put(&arena, most, 1000);
		ck_assert_uint_eq(arena.count, room ? blocks : blocks + 1);
	}
}
END_TEST

START_TEST(nothing_is_shared_of_an_empty_one)
{
	CLEANUP(der_arena_done) struct der_arena other = {.count = 0};

	ck_assert_int_eq(der_arena_share(&arena, &other), 0);
	ck_assert_uint_eq(other.count, 0);
	holds(put(&other, most, 1), most, 1);
	ck_assert_uint_eq(arena.count, 0);
}
END_TEST

test_case_maker der_arena_tests;

TCase *der_arena_tests(void)
{
	TCase *tc = tcase_create("der-arena");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_length_comes_back_as_it_was);
	tcase_add_test(tc, many_have_few_blocks);
	tcase_add_test(tc, who_shares_leaves_what_is_there);
	tcase_add_test(
		tc, copies_that_take_the_place_of_each_other_fill_their_blocks);
	tcase_add_test(tc, room_is_said_as_it_is);
	tcase_add_test(tc, nothing_is_shared_of_an_empty_one);
	return tc;
}
