/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for those who do not read, and what it may cost. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "tests/unit/certprovd/sys/server-rig.h"
#include "tests/unit/runner.h"

#define BIG "{\"method\":\"a.b.Big\"}"
#define KEEP_MORE "{\"method\":\"a.b.Keep\",\"more\":true}"
#define LEND "{\"method\":\"a.b.Lend\"}"
#define NOTE "{\"method\":\"a.b.Note\"}"
#define DONE "{\"parameters\":{}}"

static struct varlink_socket a; /* reads late */
static struct varlink_socket b;

static void setup(void)
{
	rig_setup();
	a = connect_trust();
	b = connect_trust();
	(void)settle();
}

static void teardown(void)
{
	varlink_socket_done(&a);
	varlink_socket_done(&b);
	rig_teardown();
}

START_TEST(calls_of_who_does_not_read_wait_until_it_reads)
{
	for (unsigned i = 0; i < 20; i++)
		say(&a, BIG);
	(void)settle();
	ck_assert_uint_gt(rig.big, SERVER_BACKLOG_BYTES / RIG_BIG_BYTES);
	ck_assert_uint_lt(rig.big, 10);
	check_served(&b);
	for (unsigned i = 0; i < 20; i++) {
		hear_big(&a);
		(void)settle();
	}
	ck_assert_uint_eq(rig.big, 20);
	check_served(&a);
}
END_TEST

START_TEST(who_ends_without_reading_is_let_go_once_all_it_said_is_handled)
{
	for (unsigned i = 0; i < 20; i++)
		say(&a, BIG);
	(void)settle();
	varlink_socket_done(&a);
	(void)settle();
	ck_assert_uint_eq(rig.big, 20);
	ck_assert_uint_eq(server_connections(rig.server), 1);
	check_served(&b);
}
END_TEST

START_TEST(who_reads_late_gets_everything_and_is_served_on)
{
	for (int i = 0; i < 5; i++)
		say(&a, BIG);
	(void)settle();
	for (int i = 0; i < 5; i++) {
		hear_big(&a);
		(void)settle();
	}
	check_served(&a);
}
END_TEST

static int continue_with(const char *text)
{
	cJSON *reply = NULL;
	int r = json_wrap("text", cJSON_CreateString(text), &reply);

	return r < 0 ? r : varlink_reply_continues(rig.held, reply);
}

/* Answers that continue, until it is noticed that nobody reads. */
static unsigned answer_until_backlogged(void)
{
	static char text[1024];
	unsigned count = 0;

	memset(text, 'x', sizeof(text) - 1);
	while (!varlink_request_backlogged(rig.held)) {
		ck_assert_uint_lt(count++, 1000);
		ck_assert_int_eq(continue_with(text), 0);
		ck_assert_uint_lt(settle(), 10);
	}
	return count;
}

static int answer_big(void)
{
	static char text[RIG_BIG_BYTES + 1];

	memset(text, 'x', RIG_BIG_BYTES);
	return continue_with(text);
}

START_TEST(a_holder_learns_of_a_backlog_and_of_its_end)
{
	unsigned count = 0;
	size_t len = 0;

	say(&a, KEEP_MORE);
	(void)settle();
	rig.holds_back = true;
	count = answer_until_backlogged();
	ck_assert_uint_ge(count, SERVER_BACKLOG_BYTES / 1100);
	ck_assert_uint_eq(rig.drained, 0);
	for (; count > 0; count--) {
		ck_assert_ptr_nonnull(hear_next(&a, &len));
		(void)settle();
	}
	ck_assert_uint_eq(rig.drained, 1);
	hear(&a, DONE);
	check_served(&a);
	rig.held = varlink_request_release(rig.held);
	ck_assert_uint_eq(rig.gone, 0);
}
END_TEST

/* A handler that heeds no backlog. */
START_TEST(who_does_not_read_is_closed_when_a_mebibyte_waits)
{
	size_t bytes = 0;
	int r = 0;

	say(&a, KEEP_MORE);
	(void)settle();
	for (; r == 0; bytes += RIG_BIG_BYTES) {
		ck_assert_uint_lt(bytes, 2 * VARLINK_BACKLOG_MAX_BYTES);
		r = answer_big();
		ck_assert_uint_lt(settle(), 10);
	}
	ck_assert_int_eq(r, -ENOBUFS);
	ck_assert_uint_gt(bytes, VARLINK_BACKLOG_MAX_BYTES);
	ck_assert_uint_eq(rig.gone, 1);
	ck_assert_uint_eq(server_connections(rig.server), 1);
	check_served(&b);
}
END_TEST

START_TEST(a_holder_whose_next_answer_ends_the_backlog_learns_of_it)
{
	size_t len = 0;

	say(&a, KEEP_MORE);
	(void)settle();
	(void)answer_until_backlogged();
	/* All the kernel has is read, and before the loop notices: */
	for (int i = 0; i < 100 && varlink_request_backlogged(rig.held); i++) {
		while (hear_next(&a, &len))
			;
		ck_assert_int_eq(varlink_reply_continues(rig.held, NULL), 0);
	}
	ck_assert_uint_eq(rig.drained, 0);
	(void)settle();
	ck_assert_uint_eq(rig.drained, 1);
}
END_TEST

/* --- descriptors --- */

static unsigned descriptors(void)
{
	DIR *fds = opendir("/proc/self/fd");
	unsigned count = 0;

	ck_assert_ptr_nonnull(fds);
	while (readdir(fds))
		count++;
	ck_assert_int_eq(closedir(fds), 0);
	return count;
}

START_TEST(an_answer_with_a_descriptor_is_read_before_the_next_call_is_handled)
{
	unsigned before = descriptors();

	for (unsigned i = 0; i < 200; i++)
		say(&a, LEND);
	say(&a, NOTE);
	ck_assert_uint_lt(settle(), 20);
	ck_assert_uint_eq(settle(), 0);
	ck_assert_uint_eq(rig.lent, 1);
	ck_assert_uint_eq(descriptors(), before);
	check_served(&b);
	for (unsigned i = 1; i <= 200; i++) {
		ck_assert_uint_eq(rig.lent, i);
		ck_assert_uint_eq(rig.noted, 0);
		hear(&a, DONE);
		ck_assert_uint_lt(settle(), 20);
	}
	ck_assert_uint_eq(rig.noted, 1);
	hear(&a, DONE);
	check_served(&a);
}
END_TEST

/* There is no room for the answer before what was sent is read. */
START_TEST(a_descriptor_behind_answers_that_wait_is_one_as_well)
{
	unsigned before = descriptors();

	for (int i = 0; i < 3; i++)
		say(&a, BIG);
	for (int i = 0; i < 10; i++)
		say(&a, LEND);
	(void)settle();
	ck_assert_uint_le(rig.lent, 1);
	ck_assert_uint_le(descriptors(), before + 1);
	for (int i = 0; i < 3; i++) {
		hear_big(&a);
		ck_assert_uint_le(rig.lent, 1);
		(void)settle();
	}
	/* One may have been read together with what came before it. */
	for (unsigned i = 1; i <= 10; i++) {
		ck_assert_uint_ge(rig.lent, i);
		ck_assert_uint_le(rig.lent, i + 1);
		hear(&a, DONE);
		(void)settle();
	}
	ck_assert_uint_eq(rig.lent, 10);
	ck_assert_uint_eq(descriptors(), before);
	check_served(&a);
}
END_TEST

START_TEST(who_goes_with_a_descriptor_unread_leaves_none_behind)
{
	unsigned before = 0;

	varlink_socket_done(&b);
	(void)settle();
	before = descriptors();
	b = connect_trust();
	for (int i = 0; i < 10; i++)
		say(&b, LEND);
	say(&b, NOTE);
	(void)settle();
	ck_assert_uint_eq(rig.lent, 1);
	varlink_socket_done(&b);
	(void)settle();
	ck_assert_uint_eq(rig.noted, 1);
	ck_assert_uint_eq(descriptors(), before);
	ck_assert_uint_eq(server_connections(rig.server), 1);
}
END_TEST

TCase *server_readers_tests(void);

TCase *server_readers_tests(void)
{
	TCase *tc = tcase_create("server-readers");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, calls_of_who_does_not_read_wait_until_it_reads);
	tcase_add_test(tc,
		who_ends_without_reading_is_let_go_once_all_it_said_is_handled);
	tcase_add_test(tc, who_does_not_read_is_closed_when_a_mebibyte_waits);
	tcase_add_test(tc, who_reads_late_gets_everything_and_is_served_on);
	tcase_add_test(tc, a_holder_learns_of_a_backlog_and_of_its_end);
	tcase_add_test(
		tc, a_holder_whose_next_answer_ends_the_backlog_learns_of_it);
	tcase_add_test(tc,
		an_answer_with_a_descriptor_is_read_before_the_next_call_is_handled);
	tcase_add_test(
		tc, a_descriptor_behind_answers_that_wait_is_one_as_well);
	tcase_add_test(
		tc, who_goes_with_a_descriptor_unread_leaves_none_behind);
	return tc;
}
