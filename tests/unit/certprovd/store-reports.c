/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps besides trust: settings, unknown, runs, history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/store.h"
#include "tests/unit/certprovd/store-fixture.h"

TCase *store_reports_tests(void);

static const char *const json = "{\"kind\":\"certificate\"}";

static int take_setting(void *userdata, const struct store_setting *v)
{
	unsigned *seen = userdata;

	ck_assert_str_eq(v->name, "setting_server");
	ck_assert_str_eq(v->value, "http://h/b");
	ck_assert_str_eq(v->origin, "admin");
	ck_assert_ptr_null(v->permission);
	ck_assert(v->admin_set);
	(*seen)++;
	return 0;
}

START_TEST(what_the_admin_set_only_the_admin_changes)
{
	struct store_setting v = {.name = "update_policy",
		.value = "never_update",
		.origin = "admin",
		.admin_set = true};
	bool changed = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_setting(store, &v, true, &changed), 0);
	v.value = "auto_update";
	v.origin = "provisioned";
	v.admin_set = false;
	ck_assert_int_eq(store_put_setting(store, &v, true, &changed), 0);
	ck_assert(!changed);
	v.origin = "admin";
	v.admin_set = true;
	ck_assert_int_eq(store_put_setting(store, &v, true, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_commit(store), 0);
}
END_TEST

START_TEST(a_setting_is_written_only_when_it_changes)
{
	struct store_setting v = {.name = "setting_server",
		.value = "http://h/a",
		.origin = "provisioned"};
	bool changed = false;
	unsigned seen = 0;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_setting(store, &v, false, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_put_setting(store, &v, true, &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 0);

	v.value = "http://h/b";
	v.origin = "admin";
	v.admin_set = true;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_setting(store, &v, true, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 1);
	reopen_store();
	ck_assert_int_eq(store_each_setting(store, take_setting, &seen), 0);
	ck_assert_uint_eq(seen, 1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_setting(store, v.name, true, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_each_setting(store, take_setting, &seen), 0);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

START_TEST(a_fact_is_0_until_it_is_set)
{
	int64_t value = -1;

	ck_assert_int_eq(
		store_get_fact(store, STORE_WAS_AUTHENTICATED, &value), 0);
	ck_assert_int_eq(value, 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_set_fact(store, STORE_WAS_AUTHENTICATED, 1), 0);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_int_eq(
		store_get_fact(store, STORE_WAS_AUTHENTICATED, &value), 0);
	ck_assert_int_eq(value, 1);
	ck_assert_uint_eq(store_generation(store), 0);
}
END_TEST

static struct store_unknown unknown(unsigned n)
{
	struct store_unknown u = {
		.chain = (const uint8_t *)"DERDER",
		.chain_len = 6,
		.results = "[\"expired\"]",
		.hosts = "[\"h\"]",
		.purposes = "[\"sip\"]",
		.reporters = "[\"uid:7\"]",
		.first_seen = NOW,
		.last_seen = NOW + n,
		.seen = 1,
	};

	u.sha256[0] = (uint8_t)n;
	return u;
}

static int take_unknown(void *userdata, const struct store_unknown *u)
{
	unsigned *next = userdata;

	ck_assert_uint_eq(u->sha256[0], *next);
	ck_assert_int_eq(u->last_seen, NOW + *next);
	ck_assert_mem_eq(u->chain, "DERDER", 6);
	ck_assert_str_eq(u->hosts, "[\"h\"]");
	ck_assert_str_eq(u->purposes, "[\"sip\"]");
	ck_assert_str_eq(u->reporters, "[\"uid:7\"]");
	(*next)++;
	return 0;
}

START_TEST(of_201_unknown_certificates_the_least_recently_seen_is_gone)
{
	unsigned next = 1;
	bool removed = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = STORE_MAX_UNKNOWN + 1; n-- > 0;) {
		struct store_unknown u = unknown(n);

		ck_assert_int_eq(store_put_unknown(store, &u), 0);
	}
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_UNKNOWN), STORE_MAX_UNKNOWN);
	reopen_store();
	ck_assert_int_eq(store_each_unknown(store, take_unknown, &next), 0);
	ck_assert_uint_eq(next, STORE_MAX_UNKNOWN + 1);
	ck_assert_uint_eq(store_generation(store), 0);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_unknown(store, unknown(5).sha256, &removed), 0);
	ck_assert(removed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_UNKNOWN), STORE_MAX_UNKNOWN - 1);
}
END_TEST

static int64_t one_run(const char *sha256, unsigned outcomes)
{
	struct store_run run = {.url = "http://h/a.xml",
		.started = NOW,
		.firmware = "10.1.33.33"};

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	for (unsigned i = 0; i < outcomes; i++)
		ck_assert_int_eq(
			store_run_outcome(store, run.id, sha256, json), 0);
	run.finished = NOW + 5;
	run.result = "complete";
	run.documents = 2;
	run.accepted = outcomes;
	run.bytes = INT64_C(5000000000);
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return run.id;
}

static int take_run(void *userdata, const struct store_run *run)
{
	int64_t *expected = userdata;

	ck_assert_int_eq(run->id, *expected);
	ck_assert_str_eq(run->url, "http://h/a.xml");
	ck_assert_int_eq(run->finished, NOW + 5);
	ck_assert_str_eq(run->result, "complete");
	ck_assert_str_eq(run->firmware, "10.1.33.33");
	ck_assert_int_eq(run->documents, 2);
	ck_assert_int_eq(run->bytes, INT64_C(5000000000));
	(*expected)--;
	return 0;
}

static int count_outcome(void *userdata, const char *text)
{
	unsigned *seen = userdata;

	ck_assert_str_eq(text, json);
	(*seen)++;
	return 0;
}

START_TEST(the_reports_of_the_last_ten_runs_are_kept)
{
	int64_t id = 0;
	unsigned seen = 0;

	for (unsigned i = 1; i <= STORE_MAX_RUNS + 1; i++)
		ck_assert_int_eq(one_run(NULL, i), i);
	reopen_store();
	id = STORE_MAX_RUNS + 1;
	ck_assert_int_eq(store_each_run(store, take_run, &id), 0);
	ck_assert_int_eq(id, 1);
	ck_assert_int_eq(store_find_run(store, 1, take_run, &id), -ENOENT);
	ck_assert_int_eq(store_each_outcome(store, 1, count_outcome, &seen), 0);
	ck_assert_uint_eq(seen, 0);
	ck_assert_int_eq(store_each_outcome(store, 7, count_outcome, &seen), 0);
	ck_assert_uint_eq(seen, 7);
	id = 7;
	ck_assert_int_eq(store_find_run(store, 7, take_run, &id), 0);
	/* A run is no change of trust. */
	ck_assert_uint_eq(store_generation(store), 0);
}
END_TEST

static int take_interrupted(void *userdata, const struct store_run *run)
{
	(void)userdata;
	ck_assert_str_eq(run->result, "failed");
	ck_assert_int_eq(run->finished, NOW);
	ck_assert_ptr_nonnull(strstr(run->reason, "stopped"));
	return 0;
}

START_TEST(a_run_that_a_crash_cut_short_is_said_to_have_failed)
{
	struct store_run run = {.started = NOW - 60};

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RUN_INTERRUPTED], 1);
	ck_assert_int_eq(
		store_find_run(store, run.id, take_interrupted, NULL), 0);
	reopen_store();
	ck_assert_uint_eq(events[STORE_RUN_INTERRUPTED], 0);
}
END_TEST

START_TEST(the_reports_tell_when_a_certificate_was_last_seen)
{
	struct store_certificate c = certificate(1);
	char hex[SHA256_HEX_SIZE];
	int64_t run = 0;
	int64_t time = 0;

	hex_format(c.sha256, SHA256_BYTES, hex);
	ck_assert_int_eq(
		store_certificate_seen(store, c.sha256, &run, &time), -ENOENT);
	(void)one_run(hex, 1);
	(void)one_run(hex, 1);
	(void)one_run(NULL, 1);
	ck_assert_int_eq(
		store_certificate_seen(store, c.sha256, &run, &time), 0);
	ck_assert_int_eq(run, 2);
	ck_assert_int_eq(time, NOW);
}
END_TEST

struct history {
	unsigned seen;
	int64_t newest;
	uint64_t generation;
};

static int take_change(void *userdata, const struct store_change *change)
{
	struct history *h = userdata;

	if (h->seen++ == 0) {
		h->newest = change->when;
		h->generation = change->generation;
	}
	ck_assert_str_eq(change->who, "uid:0");
	return 0;
}

START_TEST(history_names_the_generation_it_led_to_and_is_bounded)
{
	struct store_change change = {.who = "uid:0", .what = "remove"};
	struct store_certificate c = certificate(1);
	struct history h = {0};
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < STORE_MAX_CHANGES + 1; i++) {
		change.when = NOW + i;
		ck_assert_int_eq(store_add_change(store, &change), 0);
	}
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(store_each_change(
				 store, 2 * STORE_MAX_CHANGES, take_change, &h),
		0);
	ck_assert_uint_eq(h.seen, STORE_MAX_CHANGES);
	ck_assert_int_eq(h.newest, NOW + STORE_MAX_CHANGES);
	ck_assert_uint_eq(h.generation, 1);
	h.seen = 0;
	ck_assert_int_eq(store_each_change(store, 3, take_change, &h), 0);
	ck_assert_uint_eq(h.seen, 3);
}
END_TEST

static int take_number(void *userdata, int64_t number, const char *text)
{
	int64_t *last = userdata;

	ck_assert_str_eq(text, json);
	ck_assert_int_gt(number, *last);
	*last = number;
	return 0;
}

START_TEST(a_report_can_be_read_piece_by_piece)
{
	int64_t last = 0;
	int64_t before = -1;
	unsigned pieces = 0;

	(void)one_run(NULL, 3);
	(void)one_run(NULL, 7);
	while (last != before) {
		before = last;
		ck_assert_int_eq(store_next_outcomes(
					 store, 2, last, 3, take_number, &last),
			0);
		pieces++;
	}
	/* 3, 3, 1 and nothing; the lines before are of the first run. */
	ck_assert_uint_eq(pieces, 4);
	ck_assert_int_eq(last, 10);
}
END_TEST

START_TEST(a_value_longer_than_the_maximum_is_refused_and_the_rest_stays)
{
	CLEANUP(free) char *longer = malloc(STORE_MAX_VALUE_BYTES + 2);

	memset(longer, 'x', STORE_MAX_VALUE_BYTES + 1);
	longer[STORE_MAX_VALUE_BYTES + 1] = 0;
	(void)one_run(NULL, 0);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_outcome(store, 1, NULL, longer), -EINVAL);
	ck_assert_int_eq(store_run_outcome(store, 1, NULL, longer + 1), 0);
	ck_assert_int_eq(store_commit(store), 0);
}
END_TEST

TCase *store_reports_tests(void)
{
	TCase *tc = tcase_create("store-reports");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_setting_is_written_only_when_it_changes);
	tcase_add_test(tc, what_the_admin_set_only_the_admin_changes);
	tcase_add_test(tc, a_fact_is_0_until_it_is_set);
	tcase_add_test(tc,
		of_201_unknown_certificates_the_least_recently_seen_is_gone);
	tcase_add_test(tc, the_reports_of_the_last_ten_runs_are_kept);
	tcase_add_test(tc, a_run_that_a_crash_cut_short_is_said_to_have_failed);
	tcase_add_test(tc, the_reports_tell_when_a_certificate_was_last_seen);
	tcase_add_test(
		tc, history_names_the_generation_it_led_to_and_is_bounded);
	tcase_add_test(tc, a_report_can_be_read_piece_by_piece);
	tcase_add_test(tc,
		a_value_longer_than_the_maximum_is_refused_and_the_rest_stays);
	return tc;
}
