/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/endings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/sys/log.h"
#include "tests/unit/certprovd/api/api-fixture.h"

static char said[8192]; /* in the log since the last look */
static struct endings_told told;

static int take_entry(const struct iovec *iov, int count)
{
	for (int i = 0; i < count; i++) {
		size_t len = strlen(said);
		const char *text = iov[i].iov_base;

		if ((strncmp(text, "MESSAGE=", 8) != 0 &&
			    strncmp(text, "CERTPROV_DAYS=", 14) != 0) ||
			len + iov[i].iov_len + 1 >= sizeof(said))
			continue;
		memcpy(said + len, text, iov[i].iov_len);
		said[len + iov[i].iov_len] = '\n';
		said[len + iov[i].iov_len + 1] = 0;
	}
	return 0;
}

static void setup(void)
{
	api_setup();
	said[0] = 0;
	told = (struct endings_told){.any = false};
	log_set_sender(take_entry);
}

static void teardown(void)
{
	log_set_sender(NULL);
	api_teardown();
}

static unsigned times_said(const char *wanted)
{
	unsigned count = 0;

	for (const char *p = said; (p = strstr(p, wanted)); p++)
		count++;
	said[0] = 0;
	return count;
}

static const struct pki_cert *ending_at(const char *cn, int64_t end)
{
	return pki_make(&(struct pki_spec){.cn = cn,
				.ca = true,
				.not_before = PKI_NOW - 2 * PKI_YEAR,
				.not_after = end},
		NULL);
}

static struct endings_look look(int64_t when)
{
	return endings_tell(&told, &the_endings, when, 0);
}

/* The phone has this one and nothing above it. */
static void own(const struct pki_cert *c)
{
	struct identity *i = &the_identities.slots[IDENTITY_SHA2].identity;
	enum verdict why = VERDICT_MALFORMED;

	ck_assert_int_eq(
		certificate_decode(c->der.data, c->der.len, &i->chain[0], &why),
		0);
	i->count = 1;
	the_identities.in_force = IDENTITY_SHA2;
}

/* --- steps --- */

static const struct {
	int64_t days_left; /* a second less */
	int64_t step;
} steps[] = {
	{29, 0}, {28, 28}, {8, 28}, {7, 7}, {4, 7}, {3, 3}, {2, 3}, {1, 1},
	{0, 0}, /* past */
};

START_TEST(a_step_is_reached_when_so_many_days_are_left)
{
	int64_t end = PKI_NOW + steps[_i].days_left * PKI_DAY;

	ck_assert_int_eq(ending_step(end, PKI_NOW + 1), steps[_i].step);
	ck_assert_int_eq(ending_is_soon(end, PKI_NOW + 1), steps[_i].step != 0);
	if (steps[_i].days_left > 0 && steps[_i].step == steps[_i].days_left)
		ck_assert_int_ne(ending_step(end, PKI_NOW), steps[_i].step);
}
END_TEST

/* Every hour of six weeks: five lines in all. */
START_TEST(each_step_is_told_once)
{
	int64_t end = PKI_NOW + 40 * PKI_DAY;

	add_server(ending_at("PBX CA", end), NULL);
	(void)look(PKI_NOW);
	for (int64_t h = 0; h < INT64_C(24) * 42; h++)
		(void)look(PKI_NOW + h * 3600 + 1);
	ck_assert_ptr_nonnull(strstr(said, "within 28 days\nCERTPROV_DAYS=28"));
	ck_assert_ptr_nonnull(strstr(said, "within 7 days\nCERTPROV_DAYS=7"));
	ck_assert_ptr_nonnull(strstr(said, "within 3 days\nCERTPROV_DAYS=3"));
	ck_assert_ptr_nonnull(strstr(said, "within 1 day\nCERTPROV_DAYS=1"));
	ck_assert_ptr_nonnull(strstr(said, "PBX CA expired on"));
	ck_assert_uint_eq(times_said("PBX CA"), 5);
}
END_TEST

START_TEST(of_steps_that_passed_unseen_the_last_is_told)
{
	add_server(ending_at("PBX CA", PKI_NOW + 40 * PKI_DAY), NULL);
	(void)look(PKI_NOW);
	ck_assert_uint_eq(look(PKI_NOW + 38 * PKI_DAY).crossed, 1);
	ck_assert_ptr_nonnull(strstr(said, "within 3 days"));
	ck_assert_uint_eq(times_said("PBX CA"), 1);
}
END_TEST

/* --- whose end --- */

START_TEST(the_end_of_the_phones_own_certificate_is_told)
{
	own(ending_at("000413AABBCC", PKI_NOW + 20 * PKI_DAY));
	ck_assert_uint_eq(look(PKI_NOW).crossed, 1);
	ck_assert_uint_eq(times_said("the phone's own certificate, of "
				     "CN=000413AABBCC expires on "
				     "2026-06-17T20:26:40Z, within 28 days"),
		1);
	ck_assert_uint_eq(look(PKI_NOW + 21 * PKI_DAY).crossed, 1);
	ck_assert_uint_eq(times_said("CN=000413AABBCC expired"), 1);
}
END_TEST

static const struct pki_cert *leaf_of(const struct pki_cert *ca)
{
	return pki_make(
		&(struct pki_spec){.cn = "pbx", .san = "DNS:pbx.example.com"},
		ca);
}

static void verify_with(const struct pki_cert *leaf)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(
		base64_encode(leaf->der.data, leaf->der.len, &text), 0);
	reply(call("Verify", "{'chain':['%s']}", text), 0);
}

/* The fixture's authority is one of two; the other was used. */
START_TEST(of_the_authorities_only_those_in_use_count)
{
	const struct pki_cert *used = ending_at("Used", PKI_NOW + 20 * PKI_DAY);
	const struct pki_cert *idle = ending_at("Idle", PKI_NOW + 20 * PKI_DAY);

	scratch_patch("authorities.der", 0, used->der.data, used->der.len);
	scratch_patch("authorities.der", (long)used->der.len, idle->der.data,
		idle->der.len);
	ck_assert_int_eq(trust_state_load(the_api.state, NULL), 0);
	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	ck_assert_uint_eq(look(PKI_NOW).crossed, 0);
	verify_with(leaf_of(used));
	told.any = false;
	ck_assert_uint_eq(look(PKI_NOW).crossed, 1);
	ck_assert_uint_eq(times_said("the authority CN=Used expires"), 1);
}
END_TEST

START_TEST(past_the_maximum_the_longest_unused_anchor_is_forgotten)
{
	struct anchors_used used = {0};
	uint8_t sha256[SHA256_BYTES] = {0};

	for (int i = 0; i < ANCHORS_USED_MAX; i++) {
		sha256[0] = (uint8_t)i;
		anchors_used_note(&used, sha256);
	}
	sha256[0] = 0; /* used again: now 1 is the oldest */
	anchors_used_note(&used, sha256);
	sha256[0] = ANCHORS_USED_MAX;
	anchors_used_note(&used, sha256);
	ck_assert_uint_eq(used.count, ANCHORS_USED_MAX);
	ck_assert(anchors_used_have(&used, sha256));
	sha256[0] = 0;
	ck_assert(anchors_used_have(&used, sha256));
	sha256[0] = 1;
	ck_assert(!anchors_used_have(&used, sha256));
}
END_TEST

/* --- budgets --- */

static void add_many(int count)
{
	for (int i = 0; i < count; i++) {
		char cn[16];

		(void)snprintf(cn, sizeof(cn), "CA %d", i);
		add_server(ending_at(cn, PKI_NOW + 40 * PKI_DAY), NULL);
	}
}

/* A forged clock goes years ahead and back, again and again. */
START_TEST(a_day_of_running_has_a_budget_of_lines)
{
	unsigned lines = 0;

	add_many(ENDINGS_MAX_LINES + 1);
	for (int i = 0; i < 20; i++) {
		(void)look(PKI_NOW + PKI_YEAR);
		lines += times_said("expired on");
		(void)look(PKI_NOW);
	}
	ck_assert_uint_eq(lines, ENDINGS_MAX_LINES_A_DAY);
	(void)endings_tell(&told, &the_endings, PKI_NOW + PKI_YEAR, PKI_DAY);
	ck_assert_uint_eq(times_said("expired on"), ENDINGS_MAX_LINES);
}
END_TEST

START_TEST(until_is_to_be_kept_only_when_something_was_told)
{
	add_server(ending_at("PBX CA", PKI_NOW + 40 * PKI_DAY), NULL);
	ck_assert(!look(PKI_NOW).keep);
	ck_assert(!look(PKI_NOW + 11 * PKI_DAY).keep);
	ck_assert(look(PKI_NOW + 13 * PKI_DAY).keep);
	ck_assert(!look(PKI_NOW + 14 * PKI_DAY).keep);
	ck_assert(look(PKI_NOW).keep); /* the clock was set back */
}
END_TEST

/* --- the next step --- */

START_TEST(the_next_step_is_known)
{
	int64_t end = PKI_NOW + 40 * PKI_DAY;

	ck_assert_int_eq(endings_next(&the_endings, PKI_NOW), INT64_MAX);
	add_server(ending_at("PBX CA", end), NULL);
	ck_assert_int_eq(endings_next(&the_endings, PKI_NOW),
		PKI_NOW + 12 * PKI_DAY + 1);
	ck_assert_int_eq(endings_next(&the_endings, PKI_NOW + 12 * PKI_DAY + 1),
		PKI_NOW + 33 * PKI_DAY + 1);
	ck_assert_int_eq(endings_next(&the_endings, PKI_NOW + 39 * PKI_DAY + 2),
		end + 1);
	ck_assert_int_eq(endings_next(&the_endings, end + 1), INT64_MAX);
}
END_TEST

/* --- what is answered --- */

START_TEST(endings_are_listed_with_the_first_end_first)
{
	const struct caller *c = NULL;
	const struct pki_cert *sooner =
		ending_at("Sooner", PKI_NOW + 5 * PKI_DAY);

	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	add_server(ending_at("Later", PKI_NOW + 40 * PKI_DAY), NULL);
	add_server(sooner, NULL);
	own(ending_at("Phone", PKI_NOW - PKI_DAY));
	c = call_more("ListEndings", "{}");
	ck_assert_uint_eq(c->count, 3);
	ck_assert_str_eq(text(reply(c, 0), "ending.kind"), "device");
	ck_assert_str_eq(text(reply(c, 0), "ending.subject"), "CN=Phone");
	ck_assert_int_eq(number(reply(c, 0), "ending.endsIn"), -PKI_DAY);
	ck_assert_str_eq(text(reply(c, 1), "ending.kind"), "server");
	ck_assert_str_eq(text(reply(c, 1), "ending.sha256"), hex(sooner));
	ck_assert_str_eq(
		text(reply(c, 1), "ending.ends"), "2026-06-02T20:26:40Z");
	ck_assert_str_eq(text(reply(c, 2), "ending.subject"), "CN=Later");
	c = call_more("ListEndings", "{'days':4}");
	ck_assert_uint_eq(c->count, 1);
	ck_assert_str_eq(text(reply(c, 0), "ending.kind"), "device");
	ck_assert_str_eq(text(reply(c, 0), "now"), "2026-05-28T20:26:40Z");
	error_of(call_more("ListEndings", "{'days':36501}"));
	error_of(call_more("ListEndings", "{'days':-1}"));
}
END_TEST

START_TEST(without_endings_there_is_one_reply_without_one)
{
	const struct caller *c = call_more("ListEndings", "{}");

	ck_assert_uint_eq(c->count, 1);
	ck_assert_ptr_null(member(reply(c, 0), "ending"));
}
END_TEST

/* The count of a result, or 0. */
static int64_t counted(const cJSON *list, const char *result)
{
	const cJSON *item = NULL;

	cJSON_ArrayForEach(item, list)
	{
		if (strcmp(text(item, "result"), result) == 0)
			return number(item, "count");
	}
	return 0;
}

START_TEST(verdicts_and_runs_are_counted_by_result)
{
	const cJSON *all = NULL;
	const struct pki_cert *stranger = pki_root("Stranger");
	CLEANUP(free) char *leaf = NULL;

	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	ck_assert_int_eq(
		base64_encode(stranger->der.data, stranger->der.len, &leaf), 0);
	verify_with(leaf_of(authority));
	verify_with(leaf_of(authority));
	verify_with(stranger);
	reply(call("ReportRejection", "{'chain':['%s'],'result':'expired'}",
		      leaf),
		0);
	provisioning.finished[RUN_PARTIAL] = 7;
	all = reply(call("Counters", "{}"), 0);
	ck_assert_int_eq(counted(member(all, "verdicts"), "trusted"), 2);
	ck_assert_int_eq(
		counted(member(all, "verdicts"), "issuer-not-trusted"), 1);
	ck_assert_int_eq(cJSON_GetArraySize(member(all, "verdicts")), 2);
	ck_assert_int_eq(counted(member(all, "reported"), "expired"), 1);
	ck_assert_int_eq(cJSON_GetArraySize(member(all, "runs")), 4);
	ck_assert_int_eq(counted(member(all, "runs"), "partial"), 7);
	ck_assert_int_gt(number(all, "storeBytes"), 8192);
}
END_TEST

static bool has_concern(const char *identifier)
{
	return has_warning(
		member(reply(call("Status", "{}"), 0), "concerns"), identifier);
}

START_TEST(status_counts_what_ends_and_names_the_phones_own)
{
	const cJSON *status = NULL;

	clock_set(&(struct clock_reading){.wall = PKI_NOW});
	add_server(ending_at("Soon", PKI_NOW + 5 * PKI_DAY), NULL);
	add_server(ending_at("Past", PKI_NOW - PKI_DAY), NULL);
	own(ending_at("Phone", PKI_NOW + 28 * PKI_DAY));
	status = reply(call("Status", "{}"), 0);
	ck_assert_int_eq(number(status, "expired"), 1);
	ck_assert_int_eq(number(status, "expiring"), 1);
	ck_assert_str_eq(text(status, "nextExpiry"), "2026-06-02T20:26:40Z");
	ck_assert(!has_concern("device-expiring"));
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 1});
	ck_assert(has_concern("device-expiring"));
	clock_set(&(struct clock_reading){.wall = PKI_NOW + 29 * PKI_DAY});
	ck_assert(has_concern("device-expired"));
	ck_assert(!has_concern("device-expiring"));
}
END_TEST

TCase *endings_tests(void);

TCase *endings_tests(void)
{
	TCase *tc = tcase_create("endings");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_step_is_reached_when_so_many_days_are_left, 0,
		ARRAY_SIZE(steps));
	tcase_add_test(tc, each_step_is_told_once);
	tcase_add_test(tc, of_steps_that_passed_unseen_the_last_is_told);
	tcase_add_test(tc, the_end_of_the_phones_own_certificate_is_told);
	tcase_add_test(tc, of_the_authorities_only_those_in_use_count);
	tcase_add_test(
		tc, past_the_maximum_the_longest_unused_anchor_is_forgotten);
	tcase_add_test(tc, a_day_of_running_has_a_budget_of_lines);
	tcase_add_test(tc, until_is_to_be_kept_only_when_something_was_told);
	tcase_add_test(tc, the_next_step_is_known);
	tcase_add_test(tc, endings_are_listed_with_the_first_end_first);
	tcase_add_test(tc, without_endings_there_is_one_reply_without_one);
	tcase_add_test(tc, verdicts_and_runs_are_counted_by_result);
	tcase_add_test(tc, status_counts_what_ends_and_names_the_phones_own);
	return tc;
}
