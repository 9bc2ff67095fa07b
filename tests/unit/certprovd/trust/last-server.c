/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/last-server.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/certprovd/api/api-fixture.h"

#define HOST "prov.example.com"

static struct guard guard;
static struct guard_answer answer;
static const struct pki_cert *old_root;
static const struct pki_cert *renewed;
static const struct pki_cert *leaf;

/* The old root ends in a month; the renewed one has its name and key. */
static void setup(void)
{
	api_setup();
	old_root = pki_make(&(struct pki_spec){.cn = "Root",
				    .ca = true,
				    .not_after = PKI_NOW + 30 * PKI_DAY},
		NULL);
	renewed = pki_make(&(struct pki_spec){.cn = "Root",
				   .ca = true,
				   .same_key = old_root,
				   .not_before = PKI_NOW + PKI_DAY},
		NULL);
	leaf = pki_leaf("DNS:" HOST, old_root);
	guard = (struct guard){.when = PKI_NOW};
	answer = (struct guard_answer){.locked_out = false};
}

static void teardown(void)
{
	guard_done(&guard);
	guard_answer_done(&answer);
	api_teardown();
}

/* A run met the server at this time. */
static void write_at(int64_t when)
{
	guard_done(&guard);
	guard.when = when;
	ck_assert_int_eq(guard_add(&guard, HOST, &leaf->der, 1), 0);
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(
		last_server_write(the_api.store, the_api.state, &guard), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	trust_state_take_guard(the_api.state, &guard);
}

static char *stored(void)
{
	char *text = NULL;

	ck_assert_int_eq(store_get_last_servers(the_api.store, &text), 0);
	return text;
}

/* Would the removal be one? It is not made. */
static bool removal_locks_out(const struct pki_cert *c, int64_t now)
{
	struct store *store = the_api.store;
	bool removed = false;

	guard_answer_done(&answer);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c->sha256, &removed), 0);
	ck_assert(removed);
	ck_assert_int_eq(last_server_check(the_api.state, now, &answer), 0);
	store_rollback(store);
	return answer.locked_out;
}

START_TEST(nothing_is_guarded_before_a_run)
{
	add_server(old_root, NULL);
	ck_assert(!removal_locks_out(old_root, PKI_NOW));
	ck_assert_int_eq(last_server_judge(the_api.state, &answer), 0);
	ck_assert(!answer.locked_out);
}
END_TEST

START_TEST(the_same_servers_are_not_written_again)
{
	char *first = NULL;

	add_server(old_root, NULL);
	write_at(PKI_NOW);
	first = stored();
	ck_assert_ptr_nonnull(first);
	/* What stands there now would be lost by a write. */
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_set_last_servers(the_api.store, "mark"), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	write_at(PKI_NOW + PKI_DAY);
	free(first);
	first = stored();
	ck_assert_str_eq(first, "mark");
	free(first);
	ck_assert_int_eq(trust_state_guard(the_api.state)->when, PKI_NOW);
	/* Another chain is. */
	leaf = pki_leaf("DNS:" HOST, old_root);
	write_at(PKI_NOW + 2 * PKI_DAY);
	first = stored();
	ck_assert_str_ne(first, "mark");
	free(first);
	ck_assert_int_eq(
		trust_state_guard(the_api.state)->when, PKI_NOW + 2 * PKI_DAY);
}
END_TEST

START_TEST(they_are_known_after_a_restart)
{
	add_server(old_root, NULL);
	write_at(PKI_NOW);
	refresh();
	ck_assert_uint_eq(trust_state_guard(the_api.state)->count, 1);
	ck_assert(removal_locks_out(old_root, PKI_NOW));
	ck_assert_str_eq(answer.host, HOST);
}
END_TEST

START_TEST(what_has_ended_hides_no_lock_out)
{
	add_server(old_root, NULL);
	write_at(PKI_NOW);
	add_server(renewed, "http://pbx.example/renewed.der");
	ck_assert(!removal_locks_out(old_root, PKI_NOW + 2 * PKI_DAY));
	ck_assert(!removal_locks_out(renewed, PKI_NOW + 2 * PKI_DAY));
	ck_assert(!removal_locks_out(old_root, PKI_NOW + 60 * PKI_DAY));
	ck_assert(removal_locks_out(renewed, PKI_NOW + 60 * PKI_DAY));
}
END_TEST

START_TEST(an_end_hides_no_lock_out_either)
{
	add_server(old_root, NULL);
	write_at(PKI_NOW);
	ck_assert(removal_locks_out(old_root, PKI_NOW + 60 * PKI_DAY));
}
END_TEST

static bool is_used(const struct pki_cert *c, int64_t now)
{
	struct anchors_used used = {.count = 0};

	last_server_note_used(the_api.state, now, &used);
	return anchors_used_have(&used, c->sha256);
}

START_TEST(in_use_is_what_they_are_trusted_by_now)
{
	add_server(old_root, NULL);
	write_at(PKI_NOW);
	ck_assert(is_used(old_root, PKI_NOW));
	ck_assert(is_used(old_root, PKI_NOW + 60 * PKI_DAY));
	add_server(renewed, "http://pbx.example/renewed.der");
	ck_assert(is_used(renewed, PKI_NOW + 60 * PKI_DAY));
	ck_assert(!is_used(old_root, PKI_NOW + 60 * PKI_DAY));
}
END_TEST

TCase *last_server_tests(void);

TCase *last_server_tests(void)
{
	TCase *tc = tcase_create("last-server");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, nothing_is_guarded_before_a_run);
	tcase_add_test(tc, the_same_servers_are_not_written_again);
	tcase_add_test(tc, they_are_known_after_a_restart);
	tcase_add_test(tc, what_has_ended_hides_no_lock_out);
	tcase_add_test(tc, an_end_hides_no_lock_out_either);
	tcase_add_test(tc, in_use_is_what_they_are_trusted_by_now);
	return tc;
}
