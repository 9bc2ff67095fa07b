/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/users/sessions.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/runner.h"

#define IDLE 1000
#define LONGEST 10000

static struct sessions *s;
static int64_t now;
static char id[SESSIONS_SECRET_SIZE];
static const struct web_session *session;

static void setup(void)
{
	ck_assert_int_eq(sessions_new(IDLE, LONGEST, &s), 0);
	now = 50000;
}

static void teardown(void)
{
	s = sessions_free(s);
}

static void begin(const char *user)
{
	ck_assert_int_eq(sessions_begin(s, user, now, id, &session), 0);
}

static const struct web_session *find(void)
{
	return sessions_find(s, id, now);
}

START_TEST(a_session_is_found_by_its_id_alone)
{
	char first[SESSIONS_SECRET_SIZE];
	char token[SESSIONS_SECRET_SIZE];
	char digit = 0;

	begin("alice");
	memcpy(first, id, sizeof(first));
	memcpy(token, session->token, sizeof(token));
	begin("bob");
	ck_assert_str_ne(first, id);
	ck_assert_str_ne(token, session->token);
	ck_assert_str_ne(id, session->token);
	ck_assert_uint_eq(strlen(id), 64);
	ck_assert_uint_eq(strlen(session->token), 64);
	ck_assert_str_eq(sessions_find(s, first, now)->user, "alice");
	ck_assert_str_eq(sessions_find(s, first, now)->token, token);
	ck_assert_str_eq(find()->user, "bob");
	digit = id[63];
	id[63] = digit == '0' ? '1' : '0';
	ck_assert_ptr_null(find());
	id[63] = digit;
	ck_assert_ptr_nonnull(find());
	id[63] = '\0';
	ck_assert_ptr_null(find());
	ck_assert_ptr_null(sessions_find(s, "", now));
}
END_TEST

START_TEST(the_id_itself_is_not_kept)
{
	begin("alice");
	ck_assert_ptr_null(memmem(session, sizeof(*session), id, 8));
}
END_TEST

START_TEST(a_session_that_is_not_used_ends)
{
	begin("alice");
	now += IDLE - 1;
	ck_assert_ptr_nonnull(find());
	now += IDLE - 1;
	ck_assert_ptr_nonnull(find());
	now += IDLE;
	ck_assert_ptr_null(find());
	/* For good. */
	now -= IDLE;
	ck_assert_ptr_null(find());
}
END_TEST

START_TEST(a_session_ends_however_much_it_is_used)
{
	begin("alice");
	for (int64_t end = now + LONGEST - 1; now < end; now++)
		ck_assert_ptr_nonnull(find());
	ck_assert_ptr_nonnull(find());
	now++;
	ck_assert_ptr_null(find());
}
END_TEST

START_TEST(asking_whether_it_goes_on_is_no_use_of_it)
{
	uint64_t number = 0;

	begin("alice");
	number = session->number;
	now += IDLE - 1;
	ck_assert(sessions_go_on(s, number, now));
	now++;
	ck_assert(!sessions_go_on(s, number, now));
	ck_assert(!sessions_go_on(s, 0, now));
}
END_TEST

START_TEST(a_user_has_8_sessions_and_no_more)
{
	char ids[SESSIONS_MAX_OF_USER][SESSIONS_SECRET_SIZE];
	char other[SESSIONS_SECRET_SIZE];

	begin("bob");
	memcpy(other, id, sizeof(other));
	for (size_t i = 0; i < SESSIONS_MAX_OF_USER; i++) {
		now++;
		begin("alice");
		memcpy(ids[i], id, sizeof(id));
	}
	now++;
	for (size_t i = 0; i < SESSIONS_MAX_OF_USER; i++)
		ck_assert_ptr_nonnull(sessions_find(s, ids[i], now));
	/* The first was used last, the second longest ago. */
	now++;
	ck_assert_ptr_nonnull(sessions_find(s, ids[0], now));
	for (size_t i = 2; i < SESSIONS_MAX_OF_USER; i++)
		ck_assert_ptr_nonnull(sessions_find(s, ids[i], now));
	begin("alice");
	ck_assert_ptr_nonnull(find());
	ck_assert_ptr_null(sessions_find(s, ids[1], now));
	ck_assert_ptr_nonnull(sessions_find(s, ids[0], now));
	ck_assert_ptr_nonnull(sessions_find(s, other, now));
}
END_TEST

START_TEST(there_are_64_sessions_and_no_more)
{
	char ids[SESSIONS_MAX][SESSIONS_SECRET_SIZE];
	char user[8];

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		(void)snprintf(user, sizeof(user), "u%zu", i);
		now++;
		begin(user);
		memcpy(ids[i], id, sizeof(id));
	}
	for (size_t i = 1; i < SESSIONS_MAX; i++)
		ck_assert(sessions_find(s, ids[i], now));
	begin("more");
	ck_assert_ptr_nonnull(find());
	ck_assert_ptr_null(sessions_find(s, ids[0], now));
	for (size_t i = 1; i < SESSIONS_MAX; i++)
		ck_assert_ptr_nonnull(sessions_find(s, ids[i], now));
}
END_TEST

START_TEST(a_session_or_all_of_a_user_can_be_ended)
{
	char first[SESSIONS_SECRET_SIZE];

	begin("alice");
	memcpy(first, id, sizeof(first));
	begin("alice");
	sessions_end(s, session->number);
	ck_assert_ptr_null(find());
	ck_assert_ptr_nonnull(sessions_find(s, first, now));
	sessions_end_of_user(s, "bob");
	ck_assert_ptr_nonnull(sessions_find(s, first, now));
	sessions_end_of_user(s, "alice");
	ck_assert_ptr_null(sessions_find(s, first, now));
	sessions_end(s, 0);
}
END_TEST

test_case_maker sessions_tests;
TCase *sessions_tests(void)
{
	TCase *tc = tcase_create("sessions");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_session_is_found_by_its_id_alone);
	tcase_add_test(tc, the_id_itself_is_not_kept);
	tcase_add_test(tc, a_session_that_is_not_used_ends);
	tcase_add_test(tc, a_session_ends_however_much_it_is_used);
	tcase_add_test(tc, asking_whether_it_goes_on_is_no_use_of_it);
	tcase_add_test(tc, a_user_has_8_sessions_and_no_more);
	tcase_add_test(tc, there_are_64_sessions_and_no_more);
	tcase_add_test(tc, a_session_or_all_of_a_user_can_be_ended);
	return tc;
}
