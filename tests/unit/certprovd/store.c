/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/certprovd/store-fixture.h"

TCase *store_tests(void);

static const char *const json = "{\"kind\":\"certificate\"}";

START_TEST(a_new_store_is_empty_private_and_has_an_id)
{
	uint8_t id[16];
	struct stat st;

	ck_assert_int_eq(hex_parse(store_id(store), id, sizeof(id)), 0);
	ck_assert_uint_eq(store_generation(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
	ck_assert(!store_read_only(store));
	ck_assert_int_eq(stat(scratch_path("trust.db"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(stat(scratch_path("trust.db-wal"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	/* Exclusive before WAL: no shared memory file. */
	ck_assert(!scratch_exists("trust.db-shm"));
}
END_TEST

static int check_origin(void *userdata, const struct store_certificate *c)
{
	(void)userdata;
	ck_assert_str_eq(c->origin, "provisioned-url");
	ck_assert_str_eq(c->url, "https://h.example/ca.der");
	ck_assert_str_eq(c->document, "https://h.example/phone.xml");
	ck_assert_int_eq(c->line, 17);
	ck_assert_int_eq(c->run, 3);
	ck_assert_int_eq(c->added, NOW);
	ck_assert(c->authenticated);
	return 0;
}

START_TEST(a_committed_certificate_is_there_after_reopening_with_its_origin)
{
	struct store_certificate c = certificate(1);
	char id[STORE_ID_SIZE];

	add_certificate(1);
	(void)snprintf(id, sizeof(id), "%s", store_id(store));
	reopen_store();
	ck_assert(has_certificate(1));
	ck_assert(!has_certificate(2));
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
	ck_assert_str_eq(store_id(store), id);
	ck_assert_uint_eq(store_generation(store), 1);
}
END_TEST

START_TEST(what_is_rolled_back_or_never_committed_is_not_there)
{
	struct store_certificate c = certificate(1);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	store_rollback(store);
	ck_assert(!has_certificate(1));
	ck_assert_uint_eq(store_generation(store), 0);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	reopen_store();
	ck_assert(!has_certificate(1));
}
END_TEST

START_TEST(a_certificate_under_the_wrong_fingerprint_is_refused)
{
	struct store_certificate c = certificate(1);
	bool added = false;

	c.sha256[0] ^= 1;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), -EINVAL);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 0);
}
END_TEST

START_TEST(the_first_origin_stays_and_adding_again_changes_nothing)
{
	struct store_certificate c = certificate(1);
	bool added = true;

	add_certificate(1);
	c.origin = "uploaded";
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert(!added);
	ck_assert_uint_eq(store_generation(store), 1);
	ck_assert_int_eq(
		store_find_certificate(store, c.sha256, check_origin, NULL), 0);
}
END_TEST

START_TEST(one_certificate_more_than_the_maximum_is_refused_and_the_rest_stays)
{
	struct store_certificate c;
	bool added = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_servers = 3}), 0);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 3; i++) {
		c = certificate(i);
		ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	}
	c = certificate(3);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), -EDQUOT);
	c = certificate(2);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
}
END_TEST

START_TEST(the_generation_grows_once_a_commit_that_changes_trust)
{
	struct store_certificate c;
	bool changed = false;

	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned i = 0; i < 5; i++) {
		c = certificate(i);
		ck_assert_int_eq(store_add_certificate(store, &c, &changed), 0);
	}
	ck_assert_uint_eq(store_generation(store), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 1);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c.sha256, &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 2);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, c.sha256, &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_uint_eq(store_generation(store), 2);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 4);
}
END_TEST

START_TEST(an_empty_commit_writes_nothing)
{
	off_t before = 0;

	add_certificate(1);
	before = scratch_size("trust.db-wal");
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(scratch_size("trust.db-wal"), before);
	ck_assert_int_eq(store_after_run(store, false), 0);
	ck_assert_int_eq(scratch_size("trust.db-wal"), 0);
}
END_TEST

static int take_exception(void *userdata, const struct store_exception *e)
{
	unsigned *seen = userdata;

	ck_assert_str_eq(e->results, "[\"expired\"]");
	if (!e->host)
		ck_assert(e->expires == INT64_MAX);
	else
		ck_assert_str_eq(e->host, "h.example");
	(*seen)++;
	return 0;
}

START_TEST(exceptions_belong_to_a_stored_certificate_and_go_with_it)
{
	struct store_certificate c = certificate(1);
	struct store_exception e = {.expires = INT64_MAX,
		.results = "[\"expired\"]",
		.added = NOW,
		.who = "uid:0"};
	bool removed = false;
	unsigned seen = 0;

	memcpy(e.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_exception(store, &e), -ENOENT);
	ck_assert_int_eq(store_commit(store), 0);

	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	e.host = "h.example";
	e.expires = NOW + 100;
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	ck_assert_int_eq(store_put_exception(store, &e), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 2);
	ck_assert_int_eq(store_each_exception(store, take_exception, &seen), 0);
	ck_assert_uint_eq(seen, 2);

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_remove_exception(
				 store, e.sha256, "other.example", &removed),
		0);
	ck_assert(!removed);
	ck_assert_int_eq(
		store_remove_exception(store, e.sha256, "h.example", &removed),
		0);
	ck_assert(removed);
	ck_assert_int_eq(
		store_remove_certificate(store, e.sha256, &removed), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_EXCEPTIONS), 0);
}
END_TEST

static int take_validator(void *userdata, const struct store_validator *v)
{
	(void)snprintf(userdata, 64, "%s", v->value);
	return 0;
}

START_TEST(a_validator_lives_as_long_as_its_certificate)
{
	struct store_certificate c = certificate(1);
	struct store_validator v = {.url = {1}, .value = "\"etag-1\""};
	char value[64] = "";
	bool removed = false;

	memcpy(v.sha256, c.sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_validator(store, &v), -ENOENT);
	ck_assert_int_eq(store_commit(store), 0);
	add_certificate(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_put_validator(store, &v), 0);
	v.value = "\"etag-2\"";
	ck_assert_int_eq(store_put_validator(store, &v), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(store_generation(store), 1);
	ck_assert_int_eq(store_each_validator(store, take_validator, value), 0);
	ck_assert_str_eq(value, "\"etag-2\"");

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_remove_certificate(store, v.sha256, &removed), 0);
	ck_assert_int_eq(store_commit(store), 0);
	value[0] = 0;
	ck_assert_int_eq(store_each_validator(store, take_validator, value), 0);
	ck_assert_str_eq(value, "");
}
END_TEST

START_TEST(a_distrust_is_in_the_file_before_the_commit_answers)
{
	CLEANUP(free) char *text = NULL;

	add_distrusted(1);
	add_distrusted(2);
	text = scratch_read("distrusted");
	ck_assert_ptr_nonnull(strstr(text, "public-key\t00010101"));
	ck_assert_ptr_nonnull(strstr(text, "certificate\t00020202"));
	ck_assert_ptr_nonnull(strstr(text, "stolen%09in a%0aword: 100%25 ü\n"));
	ck_assert_uint_eq(store_generation(store), 2);
	reopen_store();
	ck_assert(is_distrusted(1) && is_distrusted(2));
	ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
	lift_distrusted(1);
	reopen_store();
	ck_assert(!is_distrusted(1));
	ck_assert(is_distrusted(2));
}
END_TEST

START_TEST(one_distrust_more_than_the_maximum_is_refused)
{
	struct store_distrusted d = distrust(2);
	bool added = false;

	close_store();
	ck_assert_int_eq(
		open_store_with((struct store_options){.max_distrusted = 2}),
		0);
	add_distrusted(0);
	add_distrusted(1);
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_distrusted(store, &d, &added), -EDQUOT);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_DISTRUSTED), 2);
}
END_TEST

START_TEST(a_distrust_that_is_rolled_back_is_not_in_the_file)
{
	struct store_distrusted d = distrust(1);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_distrusted(store, &d, &added), 0);
	store_rollback(store);
	reopen_store();
	ck_assert(!is_distrusted(1));
}
END_TEST

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

static int stop_at_first(void *userdata, const struct store_certificate *c)
{
	unsigned *seen = userdata;

	(void)c;
	(*seen)++;
	return 42;
}

START_TEST(an_iteration_ends_when_the_callback_says_so)
{
	unsigned seen = 0;

	add_certificate(1);
	add_certificate(2);
	ck_assert_int_eq(
		store_each_certificate(store, stop_at_first, &seen), 42);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

static void add_trust_tests(TCase *tc)
{
	tcase_add_test(tc, a_new_store_is_empty_private_and_has_an_id);
	tcase_add_test(tc,
		a_committed_certificate_is_there_after_reopening_with_its_origin);
	tcase_add_test(tc, what_is_rolled_back_or_never_committed_is_not_there);
	tcase_add_test(
		tc, a_certificate_under_the_wrong_fingerprint_is_refused);
	tcase_add_test(
		tc, the_first_origin_stays_and_adding_again_changes_nothing);
	tcase_add_test(tc,
		one_certificate_more_than_the_maximum_is_refused_and_the_rest_stays);
	tcase_add_test(
		tc, the_generation_grows_once_a_commit_that_changes_trust);
	tcase_add_test(tc, an_empty_commit_writes_nothing);
	tcase_add_test(
		tc, exceptions_belong_to_a_stored_certificate_and_go_with_it);
	tcase_add_test(tc, a_validator_lives_as_long_as_its_certificate);
	tcase_add_test(tc, a_distrust_is_in_the_file_before_the_commit_answers);
	tcase_add_test(tc, one_distrust_more_than_the_maximum_is_refused);
	tcase_add_test(tc, a_distrust_that_is_rolled_back_is_not_in_the_file);
}

TCase *store_tests(void)
{
	TCase *tc = tcase_create("store");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	add_trust_tests(tc);
	tcase_add_test(tc, a_setting_is_written_only_when_it_changes);
	tcase_add_test(tc, a_fact_is_0_until_it_is_set);
	tcase_add_test(tc,
		of_201_unknown_certificates_the_least_recently_seen_is_gone);
	tcase_add_test(tc, the_reports_of_the_last_ten_runs_are_kept);
	tcase_add_test(tc, a_run_that_a_crash_cut_short_is_said_to_have_failed);
	tcase_add_test(tc, the_reports_tell_when_a_certificate_was_last_seen);
	tcase_add_test(
		tc, history_names_the_generation_it_led_to_and_is_bounded);
	tcase_add_test(tc,
		a_value_longer_than_the_maximum_is_refused_and_the_rest_stays);
	tcase_add_test(tc, an_iteration_ends_when_the_callback_says_so);
	return tc;
}
