/* SPDX-License-Identifier: Apache-2.0 */
/* What the store keeps besides trust: settings, unknown, runs, history. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/store/store-internal.h"
#include "lib/base/hex.h"
#include "lib/varlink/json-writer.h"
#include "tests/unit/certprovd/store/store-fixture.h"

TCase *store_reports_tests(void);

static const char *const json = "{\"kind\":\"certificate\"}";

/* A line of that text, whatever stands in it. */
static int add_line(int64_t run, const char *sha256, const char *text)
{
	return store_run_outcome(store, run,
		&(struct store_line){
			.kind = "certificate",
			.result = "expired",
			.sha256 = sha256,
			.json = text,
		});
}

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

static void check_plain_start(const struct store_run *run)
{
	ck_assert_ptr_null(run->source);
	ck_assert_ptr_null(run->cause);
	ck_assert_ptr_null(run->chain);
	ck_assert_int_eq(run->previous, 0);
	ck_assert_ptr_null(run->next);
}

static void check_start_after_another(const struct store_run *run)
{
	CLEANUP(free) char *chain = cJSON_PrintUnformatted(run->chain);

	ck_assert_str_eq(run->source, "dhcp");
	ck_assert_str_eq(run->cause, "source-failed");
	ck_assert_str_eq(chain, "[\"http://h/\\\"a\"]");
	ck_assert_int_eq(run->previous, 1);
	ck_assert_str_eq(run->next, "Nothing.");
}

static int take_start(void *userdata, const struct store_run *run)
{
	unsigned *seen = userdata;

	if (run->id == 1)
		check_plain_start(run);
	else
		check_start_after_another(run);
	(*seen)++;
	return 0;
}

START_TEST(a_run_has_where_it_began_and_what_followed)
{
	CLEANUP(json_free) cJSON *chain = cJSON_Parse("[\"http://h/\\\"a\"]");
	struct store_run run = {.started = 1};
	unsigned seen = 0;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	run = (struct store_run){.started = 2,
		.source = "dhcp",
		.cause = "source-failed",
		.previous = run.id,
		.chain = chain};
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	run.next = "Nothing.";
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	ck_assert_int_eq(store_commit(store), 0);
	reopen_store();
	ck_assert_int_eq(store_each_run(store, take_start, &seen), 0);
	ck_assert_uint_eq(seen, 2);
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
		ck_assert_int_eq(add_line(run.id, sha256, json), 0);
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

struct history_rows {
	unsigned seen;
	int64_t newest;
	uint64_t generation;
};

static int take_change(void *userdata, const struct store_change *change)
{
	struct history_rows *h = userdata;

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
	struct history_rows h = {0};
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
	struct store_setting v = {
		.name = "http_pass", .origin = "admin", .value = longer};
	bool changed = false;

	memset(longer, 'x', STORE_MAX_VALUE_BYTES + 1);
	longer[STORE_MAX_VALUE_BYTES + 1] = 0;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_put_setting(store, &v, false, &changed), -EINVAL);
	v.value = longer + 1;
	ck_assert_int_eq(store_put_setting(store, &v, false, &changed), 0);
	ck_assert_int_eq(store_commit(store), 0);
}
END_TEST

/* --- budgets of bytes --- */

struct omitted {
	unsigned rows;
	int64_t lines;
};

static int take_omitted(
	void *userdata, const char *kind, const char *result, int64_t lines)
{
	struct omitted *o = userdata;

	ck_assert_str_eq(kind, "certificate");
	ck_assert_str_eq(result, "expired");
	o->rows++;
	o->lines += lines;
	return 0;
}

static struct omitted omitted_of(int64_t run)
{
	struct omitted o = {0};

	ck_assert_int_eq(store_each_omitted(store, run, take_omitted, &o), 0);
	return o;
}

static int count_any(void *userdata, const char *text)
{
	unsigned *seen = userdata;

	(void)text;
	(*seen)++;
	return 0;
}

static unsigned lines_of(int64_t run)
{
	unsigned seen = 0;

	ck_assert_int_eq(store_each_outcome(store, run, count_any, &seen), 0);
	return seen;
}

/* A kilobyte of a line with what goes with it: 256 are a report. */
static const char *kilobyte_line(void)
{
	static char text[1024 - STORE_REPORT_LINE_BYTES + 1];
	int n = snprintf(text, sizeof(text),
		"{\"kind\":\"certificate\",\"result\":\"expired\",\"x\":\"");

	memset(text + n, 'x', sizeof(text) - (size_t)n);
	text[sizeof(text) - 3] = '"';
	text[sizeof(text) - 2] = '}';
	text[sizeof(text) - 1] = 0;
	return text;
}

static int64_t run_with(const char *result, unsigned lines, const char *line)
{
	struct store_run run = {.url = "http://h/a.xml", .started = NOW};

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	for (unsigned i = 0; i < lines; i++)
		ck_assert_int_eq(add_line(run.id, NULL, line), 0);
	run.finished = NOW + 5;
	run.result = result;
	run.certificates = lines;
	ck_assert_int_eq(store_run_finish(store, &run), 0);
	ck_assert_int_eq(store_commit(store), 0);
	return run.id;
}

#define WHOLE_REPORT (STORE_MAX_REPORT_BYTES / 1024)

START_TEST(one_line_more_than_a_report_has_room_for_is_counted_only)
{
	int64_t id = run_with("partial", WHOLE_REPORT, kilobyte_line());

	ck_assert_uint_eq(lines_of(id), WHOLE_REPORT);
	ck_assert_uint_eq(omitted_of(id).rows, 0);
	id = run_with("partial", WHOLE_REPORT + 7, kilobyte_line());
	ck_assert_uint_eq(lines_of(id), WHOLE_REPORT);
	ck_assert_uint_eq(omitted_of(id).rows, 1);
	ck_assert_int_eq(omitted_of(id).lines, 7);
	reopen_store();
	ck_assert_int_eq(omitted_of(id).lines, 7);
}
END_TEST

START_TEST(a_line_longer_than_a_report_is_counted_and_the_run_goes_on)
{
	CLEANUP(free) char *longer = malloc(STORE_MAX_VALUE_BYTES + 2);
	int64_t id = 0;

	memset(longer, 'x', STORE_MAX_VALUE_BYTES + 1);
	longer[STORE_MAX_VALUE_BYTES + 1] = 0;
	id = run_with("failed", 1, longer);
	ck_assert_uint_eq(lines_of(id), 0);
	ck_assert_int_eq(omitted_of(id).lines, 1);
}
END_TEST

START_TEST(older_reports_give_way_and_become_counts)
{
	const unsigned reports =
		STORE_MAX_REPORTS_BYTES / STORE_MAX_REPORT_BYTES;

	for (unsigned i = 1; i <= reports; i++)
		(void)run_with("failed", WHOLE_REPORT, kilobyte_line());
	ck_assert_uint_eq(lines_of(1), WHOLE_REPORT);
	(void)run_with("failed", WHOLE_REPORT, kilobyte_line());
	ck_assert_uint_eq(count(STORE_RUNS), reports + 1);
	ck_assert_uint_eq(lines_of(1), 0);
	ck_assert_int_eq(omitted_of(1).lines, WHOLE_REPORT);
	for (unsigned i = 2; i <= reports + 1; i++)
		ck_assert_uint_eq(lines_of(i), WHOLE_REPORT);
}
END_TEST

START_TEST(the_last_complete_run_and_its_report_outlive_what_fails_after_it)
{
	int64_t id = 0;

	(void)run_with("complete", 1, kilobyte_line());
	id = run_with("complete", 1, kilobyte_line());
	for (unsigned i = 0; i < 2 * STORE_MAX_RUNS; i++)
		(void)run_with("failed", WHOLE_REPORT, kilobyte_line());
	ck_assert_uint_eq(count(STORE_RUNS), STORE_MAX_RUNS + 1);
	ck_assert_uint_eq(lines_of(id), 1);
	ck_assert_uint_eq(omitted_of(id).rows, 0);
	/* And it goes when another one is. */
	(void)run_with("complete", 0, NULL);
	(void)run_with("failed", 0, NULL);
	ck_assert_uint_eq(count(STORE_RUNS), STORE_MAX_RUNS);
	ck_assert_uint_eq(lines_of(id), 0);
}
END_TEST

/* What opening read of the file, in pages. */
static int pages_read(void)
{
	int pages = 0;
	int highest = 0;

	reopen_store();
	ck_assert_int_eq(
		sqlite3_db_status(store->db, SQLITE_DBSTATUS_CACHE_MISS, &pages,
			&highest, 0),
		SQLITE_OK);
	return pages;
}

START_TEST(a_store_with_ten_reports_opens_as_cheaply_as_an_empty_one)
{
	int empty = pages_read();
	int full = 0;

	for (unsigned i = 0; i < STORE_MAX_RUNS; i++)
		(void)run_with("complete", 100, kilobyte_line());
	full = pages_read();
	ck_assert_int_gt(scratch_size("trust.db"), 900000);
	(void)printf("LOG pages read at start: %d, with ten reports %d\n",
		empty, full);
	ck_assert_int_le(full, empty + 1);
}
END_TEST

static int take_long_change(void *userdata, const struct store_change *change)
{
	unsigned *seen = userdata;

	/* A character of two bytes does not fit whole into the last one. */
	ck_assert_uint_eq(strlen(change->name), STORE_MAX_CHANGE_TEXT - 1);
	ck_assert_uint_eq(strlen(change->what), STORE_MAX_CHANGE_TEXT);
	(*seen)++;
	return 0;
}

START_TEST(a_text_of_history_longer_than_the_maximum_is_cut)
{
	static char name[STORE_MAX_CHANGE_TEXT + 2];
	static char what[STORE_MAX_CHANGE_TEXT + 2];
	struct store_change change = {
		.who = "uid:0", .what = what, .name = name};
	unsigned seen = 0;

	memset(what, 'x', STORE_MAX_CHANGE_TEXT + 1);
	memset(name, 'x', STORE_MAX_CHANGE_TEXT - 1);
	name[STORE_MAX_CHANGE_TEXT - 1] = (char)0xc3;
	name[STORE_MAX_CHANGE_TEXT] = (char)0xbc;
	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_change(store, &change), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(
		store_each_change(store, 9, take_long_change, &seen), 0);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

static int count_validator(void *userdata, const struct store_validator *v)
{
	unsigned *seen = userdata;

	(void)v;
	(*seen)++;
	return 0;
}

START_TEST(one_validator_more_than_the_maximum_pushes_the_oldest_out)
{
	static char longer[STORE_MAX_VALIDATOR_BYTES + 2];
	struct store_validator v = {.value = "etag"};
	unsigned seen = 0;

	add_certificate(1);
	memcpy(v.sha256, certificate(1).sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(store), 0);
	for (unsigned n = 0; n <= STORE_MAX_VALIDATORS; n++) {
		memcpy(v.url, &n, sizeof(n));
		ck_assert_int_eq(store_put_validator(store, &v), 0);
	}
	memset(longer, 'x', STORE_MAX_VALIDATOR_BYTES + 1);
	memset(v.url, 0xff, sizeof(v.url));
	v.value = longer;
	ck_assert_int_eq(store_put_validator(store, &v), 0);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_int_eq(
		store_each_validator(store, count_validator, &seen), 0);
	ck_assert_uint_eq(seen, STORE_MAX_VALIDATORS);
}
END_TEST

START_TEST(backups_of_a_day_have_an_end)
{
	add_certificate(1);
	backup();
	ck_assert_uint_gt(store->backup_bytes, 0);
	add_certificate(2);
	store->backup_bytes = STORE_MAX_BACKUP_BYTES_A_DAY;
	ck_assert_int_eq(store_backup(store), -EDQUOT);
	ck_assert(!scratch_exists("trust.db.backup.2"));
	/* The next day. */
	store->backup_day -= 86400;
	backup();
	ck_assert(scratch_exists("trust.db.backup.2"));
}
END_TEST

TCase *store_reports_tests(void)
{
	TCase *tc = tcase_create("store-reports");

	tcase_add_checked_fixture(tc, store_setup, store_teardown);
	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_test(tc, a_setting_is_written_only_when_it_changes);
	tcase_add_test(tc, what_the_admin_set_only_the_admin_changes);
	tcase_add_test(tc, a_run_has_where_it_began_and_what_followed);
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
	tcase_add_test(
		tc, one_line_more_than_a_report_has_room_for_is_counted_only);
	tcase_add_test(
		tc, a_line_longer_than_a_report_is_counted_and_the_run_goes_on);
	tcase_add_test(tc, older_reports_give_way_and_become_counts);
	tcase_add_test(tc, a_text_of_history_longer_than_the_maximum_is_cut);
	tcase_add_test(
		tc, one_validator_more_than_the_maximum_pushes_the_oldest_out);
	tcase_add_test(tc, backups_of_a_day_have_an_end);
	tcase_add_test(tc,
		the_last_complete_run_and_its_report_outlive_what_fails_after_it);
	tcase_add_test(
		tc, a_store_with_ten_reports_opens_as_cheaply_as_an_empty_one);
	return tc;
}
