/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/withdrawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "tests/unit/certprovd/store/store-fixture.h"
#include "tests/unit/digest-double.h"
#include "tests/unit/pki.h"

#define DOCUMENT "https://h/s.xml"
static const uint8_t source[SHA256_BYTES] = {1};
static const uint8_t other[SHA256_BYTES] = {2};
static struct trust *trust;
static struct findings findings;
static struct decisions told;
static struct withdrawn_counts counts;
static bool removing;
static const char *asker;
static int64_t first; /* the run that brought them */

/* Number n, of a document or from a URL. */
static struct store_certificate stored(unsigned n, const char *url)
{
	struct store_certificate c = certificate(n);

	c.origin = url ? "provisioned-url" : "provisioned-base64";
	c.url = url;
	c.document = DOCUMENT;
	c.line = n;
	c.run = first;
	c.added = NOW;
	c.authenticated = true;
	return c;
}

static const char *hex_of(unsigned n)
{
	static char hex[SHA256_HEX_SIZE];

	hex_format(certificate(n).sha256, SHA256_BYTES, hex);
	return hex;
}

/* A run found it in this line, and wrote that into its report. */
static void find(
	unsigned n, int64_t run, int64_t line, const uint8_t from[SHA256_BYTES])
{
	struct store_finding f = {.authenticated = true};
	char json[256];

	memcpy(f.sha256, certificate(n).sha256, SHA256_BYTES);
	memcpy(f.source, from, SHA256_BYTES);
	(void)snprintf(json, sizeof(json),
		"{\"kind\":\"certificate\",\"document\":\"%s\",\"line\":%lld}",
		DOCUMENT, (long long)line);
	ck_assert_int_eq(store_note_found(store, &f), 0);
	ck_assert_int_eq(store_run_outcome(store, run,
				 &(struct store_line){.kind = "certificate",
					 .result = "already-trusted",
					 .sha256 = hex_of(n),
					 .json = json}),
		0);
}

static int64_t start(int64_t when)
{
	struct store_run run = {.started = when};

	ck_assert_int_eq(store_run_start(store, &run, &run.id), 0);
	return run.id;
}

static void add(unsigned n, const char *url)
{
	struct store_certificate c = stored(n, url);
	bool added = false;

	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert(added);
	find(n, first, n, source);
}

static void setup(void)
{
	store_setup();
	ck_assert_int_eq(trust_new(&trust), 0);
	findings = (struct findings){0};
	removing = false;
	asker = NULL;
	told = (struct decisions){0};
	ck_assert_int_eq(store_begin(store), 0);
	first = start(NOW);
	add(1, NULL);
	add(2, "https://h/2.der");
}

static void teardown(void)
{
	decisions_done(&told);
	findings_done(&findings);
	trust = trust_free(trust);
	store_teardown();
}

/* How many lines a run has that found what is in findings. */
static size_t end_run(const uint8_t from[SHA256_BYTES], bool authenticated)
{
	const struct withdrawn_run run = {
		.store = store,
		.trust = trust,
		.findings = &findings,
		.source = from,
		.id = start(NOW + 100),
		.now = NOW + 101,
		.asker = asker,
		.authenticated = authenticated,
		.remove = removing,
	};

	decisions_done(&told);
	counts = (struct withdrawn_counts){0};
	ck_assert_int_eq(withdrawn_write(&run, &told, &counts), 0);
	return told.count;
}

START_TEST(what_is_no_longer_found_is_told_with_where_it_was)
{
	int64_t later = start(NOW + 50);
	const struct outcome *o = NULL;

	find(1, later, 77, source);
	findings_add(&findings, FINDING_CERTIFICATE, hex_of(2));
	ck_assert_uint_eq(end_run(source, true), 1);
	ck_assert_uint_eq(counts.news, 1);
	o = &told.items[0].outcome;
	ck_assert_str_eq(outcome_result_name(o), "withdrawn");
	ck_assert(o->accepted);
	ck_assert_str_eq(o->sha256, hex_of(1));
	ck_assert_str_eq(o->document, DOCUMENT);
	ck_assert_int_eq(o->line, 77);
	ck_assert_ptr_nonnull(strstr(
		o->reason, "which run 2 found last on 2026-09-21T14:14:10Z"));
	ck_assert_ptr_nonnull(strstr(o->remedy, "certprovctl remove servers "));
	ck_assert_ptr_nonnull(strstr(o->remedy, hex_of(1)));
	ck_assert_uint_eq(count(STORE_MISSING), 1);
}
END_TEST

static int take_missing(void *userdata, const struct store_certificate *c)
{
	*(struct store_certificate *)userdata = *c;
	return 0;
}

START_TEST(it_is_noted_once_told_each_time_and_forgotten_when_it_is_back)
{
	struct store_certificate c = {0};
	uint64_t generation = 0;

	ck_assert_uint_eq(end_run(source, true), 2);
	ck_assert_uint_eq(counts.news, 2);
	ck_assert_uint_eq(end_run(source, true), 2);
	ck_assert_uint_eq(counts.news, 0);
	ck_assert_int_eq(store_find_certificate(store, certificate(1).sha256,
				 take_missing, &c),
		0);
	ck_assert_int_eq(c.missing_run, 2);
	ck_assert_int_eq(c.missing_since, NOW + 101);
	ck_assert_int_eq(c.found_run, first);
	ck_assert_int_eq(c.found_at, NOW);
	find(1, start(NOW + 200), 5, source);
	ck_assert_uint_eq(count(STORE_MISSING), 1);
	ck_assert_int_eq(store_commit(store), 0);
	generation = store_generation(store);
	ck_assert_int_eq(store_begin(store), 0);
	find(2, start(NOW + 300), 5, source);
	ck_assert_int_eq(store_commit(store), 0);
	ck_assert_uint_eq(count(STORE_MISSING), 0);
	ck_assert_uint_eq(store_generation(store), generation);
}
END_TEST

START_TEST(a_run_of_another_url_says_nothing)
{
	ck_assert_uint_eq(end_run(other, true), 0);
	/* Once that found it, only that can miss it. */
	find(1, first, 1, other);
	find(2, first, 1, other);
	ck_assert_uint_eq(end_run(source, true), 0);
	ck_assert_uint_eq(end_run(other, true), 2);
}
END_TEST

START_TEST(an_unauthenticated_run_says_nothing_of_what_was_authenticated)
{
	ck_assert_uint_eq(end_run(source, false), 0);
	ck_assert_uint_eq(count(STORE_MISSING), 0);
}
END_TEST

START_TEST(what_was_there_and_could_not_be_read_may_be_it)
{
	findings_add(&findings, FINDING_UNREAD_ELEMENT, DOCUMENT);
	ck_assert_uint_eq(end_run(source, true), 1);
	ck_assert_str_eq(told.items[0].outcome.sha256, hex_of(2));
	findings_add(&findings, FINDING_UNREAD_URL, "https://h/2.der");
	ck_assert_uint_eq(end_run(source, true), 0);
	findings_done(&findings);
	findings_add(&findings, FINDING_UNREAD_DOCUMENT, DOCUMENT);
	ck_assert_uint_eq(end_run(source, true), 0);
}
END_TEST

START_TEST(what_could_not_be_kept_may_have_been_found)
{
	for (size_t i = 0; i <= FINDINGS_MAX; i++)
		findings_add(&findings, FINDING_CERTIFICATE, "x");
	ck_assert(findings.lost);
	ck_assert_uint_eq(findings.count, FINDINGS_MAX);
	ck_assert_uint_eq(end_run(source, true), 0);
}
END_TEST

START_TEST(only_what_runs_brought_is_missed)
{
	struct store_certificate by_hand = certificate(3);
	bool added = false;

	by_hand.origin = STORE_ORIGIN_UPLOADED;
	by_hand.role = STORE_ROLE_INTERMEDIATE;
	ck_assert_int_eq(store_add_certificate(store, &by_hand, &added), 0);
	ck_assert_uint_eq(end_run(source, true), 2);
}
END_TEST

START_TEST(what_an_older_version_stored_is_missed_when_its_document_was_read)
{
	struct store_certificate c = stored(4, NULL);
	bool added = false;

	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	findings_add(&findings, FINDING_CERTIFICATE, hex_of(1));
	findings_add(&findings, FINDING_CERTIFICATE, hex_of(2));
	ck_assert_uint_eq(end_run(source, true), 0);
	findings_add(&findings, FINDING_DOCUMENT, DOCUMENT);
	ck_assert_uint_eq(end_run(source, true), 1);
	ck_assert_ptr_nonnull(strstr(told.items[0].outcome.reason,
		"which run 1 found last on 2026-09-21T14:13:20Z"));
}
END_TEST

START_TEST(it_is_removed_only_by_an_authenticated_run_that_is_told_to)
{
	removing = true;
	ck_assert_uint_eq(end_run(other, true), 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 2);
	findings_add(&findings, FINDING_CERTIFICATE, hex_of(2));
	ck_assert_uint_eq(end_run(source, true), 1);
	ck_assert_str_eq(
		outcome_result_name(&told.items[0].outcome), "removed");
	ck_assert_uint_eq(counts.removed, 1);
	ck_assert_uint_eq(counts.news, 0);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 1);
	ck_assert_uint_eq(count(STORE_MISSING), 0);
}
END_TEST

static int take_who(void *userdata, const struct store_change *c)
{
	return string_replace(userdata, c->who);
}

START_TEST(what_is_removed_says_who_began_the_run)
{
	CLEANUP(free) char *who = NULL;

	removing = true;
	asker = "uid:0 pid:7 for alice at ::1";
	ck_assert_uint_eq(end_run(source, true), 2);
	ck_assert_int_eq(store_each_change(store, 1, take_who, &who), 0);
	ck_assert_str_eq(who, "run 2 begun by uid:0 pid:7 for alice at ::1");
	asker = NULL;
	add(4, NULL);
	ck_assert_uint_eq(end_run(source, true), 1);
	ck_assert_int_eq(store_each_change(store, 1, take_who, &who), 0);
	ck_assert_str_eq(who, "run 3");
}
END_TEST

START_TEST(what_was_never_authenticated_is_kept_by_an_unauthenticated_run)
{
	struct store_certificate c = stored(5, NULL);
	struct store_finding f = {.authenticated = false};
	bool added = false;

	removing = true;
	c.authenticated = false;
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	memcpy(f.sha256, c.sha256, SHA256_BYTES);
	memcpy(f.source, source, SHA256_BYTES);
	ck_assert_int_eq(store_note_found(store, &f), 0);
	ck_assert_uint_eq(end_run(source, false), 1);
	ck_assert_str_eq(
		outcome_result_name(&told.items[0].outcome), "withdrawn");
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
}
END_TEST

/* Nothing is decoded of it, and its fingerprint is not kept. */
static void trust_alone(const struct pki_cert *c)
{
	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	ck_assert_int_eq(anchors_add(trust->anchors, c->der.data, c->der.len,
				 ANCHOR_SERVER),
		0);
	anchors_forget_digests(trust->anchors);
}

START_TEST(what_is_distrusted_is_kept_for_want_of_a_digest)
{
	const struct pki_cert *bad = pki_root("Bad");
	struct store_certificate c = stored(6, NULL);
	struct store_finding f = {.authenticated = true};
	bool added = false;

	c.der = bad->der.data;
	c.der_len = bad->der.len;
	memcpy(c.sha256, bad->sha256, SHA256_BYTES);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	memcpy(f.sha256, c.sha256, SHA256_BYTES);
	memcpy(f.source, source, SHA256_BYTES);
	ck_assert_int_eq(store_note_found(store, &f), 0);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		struct withdrawn_run run = {
			.store = store,
			.trust = trust,
			.findings = &findings,
			.source = source,
			.now = NOW + 101,
			.authenticated = true,
			.remove = true,
		};

		digest_hold();
		run.id = start(NOW + 100);
		trust_alone(bad);
		findings_done(&findings);
		findings_add(&findings, FINDING_CERTIFICATE, hex_of(1));
		findings_add(&findings, FINDING_CERTIFICATE, hex_of(2));
		decisions_done(&told);
		digest_go_on();
		(void)withdrawn_write(&run, &told, &counts);
		digest_hold();
		if (!digest_did_fail())
			ck_assert_uint_eq(told.count, 1);
		ck_assert_uint_eq(count(STORE_CERTIFICATES), 3);
		digest_go_on();
	}
	pki_free_all();
}
END_TEST

START_TEST(what_has_an_exception_is_kept)
{
	removing = true;
	ck_assert_int_eq(trust_add_exception(trust, certificate(1).sha256,
				 "h.example", INT64_MAX),
		0);
	ck_assert_uint_eq(end_run(source, true), 2);
	ck_assert_uint_eq(counts.removed, 1);
	ck_assert_uint_eq(count(STORE_CERTIFICATES), 1);
}
END_TEST

static int take_omitted(
	void *userdata, const char *kind, const char *result, int64_t lines)
{
	ck_assert_str_eq(kind, "certificate");
	ck_assert_str_eq(result, "withdrawn");
	*(int64_t *)userdata += lines;
	return 0;
}

START_TEST(past_the_most_lines_they_are_counted)
{
	int64_t omitted = 0;

	for (unsigned n = 3; n <= WITHDRAWN_MAX_LINES + 1; n++)
		add(n, NULL);
	ck_assert_uint_eq(end_run(source, true), WITHDRAWN_MAX_LINES);
	ck_assert_uint_eq(count(STORE_MISSING), WITHDRAWN_MAX_LINES + 1);
	ck_assert_int_eq(
		store_each_omitted(store, 2, take_omitted, &omitted), 0);
	ck_assert_int_eq(omitted, 1);
}
END_TEST

TCase *withdrawn_tests(void);

TCase *withdrawn_tests(void)
{
	TCase *tc = tcase_create("withdrawn");

	tcase_set_timeout(tc, STORE_TIMEOUT_SECONDS);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_no_longer_found_is_told_with_where_it_was);
	tcase_add_test(tc,
		it_is_noted_once_told_each_time_and_forgotten_when_it_is_back);
	tcase_add_test(tc, a_run_of_another_url_says_nothing);
	tcase_add_test(tc,
		an_unauthenticated_run_says_nothing_of_what_was_authenticated);
	tcase_add_test(tc, what_was_there_and_could_not_be_read_may_be_it);
	tcase_add_test(tc, what_could_not_be_kept_may_have_been_found);
	tcase_add_test(
		tc, it_is_removed_only_by_an_authenticated_run_that_is_told_to);
	tcase_add_test(tc, what_is_removed_says_who_began_the_run);
	tcase_add_test(tc,
		what_was_never_authenticated_is_kept_by_an_unauthenticated_run);
	tcase_add_test(tc, what_is_distrusted_is_kept_for_want_of_a_digest);
	tcase_add_test(tc, what_has_an_exception_is_kept);
	tcase_add_test(tc, only_what_runs_brought_is_missed);
	tcase_add_test(tc,
		what_an_older_version_stored_is_missed_when_its_document_was_read);
	tcase_add_test(tc, past_the_most_lines_they_are_counted);
	return tc;
}
