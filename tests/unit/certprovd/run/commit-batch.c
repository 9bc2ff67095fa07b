/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/commit-batch.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "tests/unit/certprovd/api/api-fixture.h"

static const struct pki_cert *leaf;
static struct certificate *certificate;
static struct commit_batch *batch;
static struct outcome told; /* the last */
static char document[64];
static char reason[256];
static unsigned tellings;
static int64_t run;

static void setup(void)
{
	enum verdict why = VERDICT__END;

	api_setup();
	leaf = pki_make(
		&(struct pki_spec){.cn = "pbx", .san = "DNS:pbx.example.com"},
		authority);
	ck_assert_int_eq(certificate_decode(leaf->der.data, leaf->der.len,
				 &certificate, &why),
		0);
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(store_run_start(the_api.store,
				 &(struct store_run){.started = PKI_NOW}, &run),
		0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	ck_assert_int_eq(
		commit_batch_new(
			&(struct commit_batch_target){.store = the_api.store,
				.state = the_api.state,
				.rejections = the_api.rejections,
				.run = run,
				.asker = "uid:0 pid:7 for alice at ::1"},
			&batch),
		0);
	tellings = 0;
}

static void teardown(void)
{
	batch = commit_batch_free(batch);
	certificate = certificate_free(certificate);
	api_teardown();
}

static unsigned lists_of(const struct pki_cert *c)
{
	const struct anchor *a = anchors_find(
		trust_state_trust(the_api.state)->anchors, c->sha256);

	return a ? a->lists : 0;
}

static void add(enum verdict verdict, unsigned lists, bool authenticated)
{
	CLEANUP(decision_done)
	struct decision d = {
		.outcome = {.kind = OUTCOME_CERTIFICATE,
			.line = 3,
			.accepted = true,
			.verdict = verdict},
		.from = {.variant = CANDIDATE_BASE64,
			.line = 3,
			.authenticated = authenticated},
		.certificate = certificate_ref(certificate),
		.lists = lists,
	};
	struct outcome *o = &d.outcome;

	ck_assert_int_eq(
		string_replace(&o->document, "http://p.example/a.xml"), 0);
	ck_assert_int_eq(string_replace(&o->reason, "It is good."), 0);
	ck_assert_int_eq(
		string_replace(&o->sha256, certificate->sha256_hex), 0);
	ck_assert_int_eq(commit_batch_add(batch, &d), 0);
}

static void accept_leaf(void)
{
	add(VERDICT_ACCEPTED, ANCHOR_SERVER, false);
}

static void tell_all(void)
{
	for (size_t i = 0; i < commit_batch_count(batch); i++) {
		const struct outcome *o = commit_batch_outcome(batch, i);

		tellings++;
		ck_assert_ptr_nonnull(o->reason);
		(void)snprintf(reason, sizeof(reason), "%s", o->reason);
		(void)snprintf(document, sizeof(document), "%s", o->document);
		told = (struct outcome){.verdict = o->verdict,
			.accepted = o->accepted,
			.line = o->line,
			.document = document,
			.reason = reason};
	}
	commit_batch_clear(batch);
}

static int commit(void)
{
	int r = commit_batch_commit(batch, PKI_NOW);

	tell_all();
	return r;
}

START_TEST(nothing_is_told_before_it_is_durable)
{
	uint64_t generation = store_generation(the_api.store);

	accept_leaf();
	ck_assert_uint_eq(tellings, 0);
	ck_assert_uint_eq(store_generation(the_api.store), generation);
	ck_assert_int_eq(commit(), 0);
	ck_assert_uint_eq(tellings, 1);
	ck_assert(told.accepted);
	ck_assert_uint_gt(store_generation(the_api.store), generation);
	ck_assert_ptr_nonnull(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
	ck_assert_uint_eq(commit_batch_count(batch), 0);
}
END_TEST

static int check_change(void *userdata, const struct store_change *change)
{
	unsigned *changes = userdata;

	ck_assert_str_eq(change->what, "certificate accepted");
	ck_assert_str_eq(
		change->who, "run 1 begun by uid:0 pid:7 for alice at ::1");
	++*changes;
	return 0;
}

START_TEST(the_history_says_who_began_the_run)
{
	unsigned changes = 0;

	accept_leaf();
	ck_assert_int_eq(commit(), 0);
	ck_assert_int_eq(
		store_each_change(the_api.store, 9, check_change, &changes), 0);
	ck_assert_uint_eq(changes, 1);
}
END_TEST

START_TEST(what_is_accepted_is_no_longer_unknown_nor_a_mere_exception)
{
	struct store_certificate row = {.der = leaf->der.data,
		.der_len = leaf->der.len,
		.origin = STORE_ORIGIN_EXCEPTION};
	struct store_exception e = {.expires = INT64_MAX, .results = "[]"};

	memcpy(row.sha256, leaf->sha256, SHA256_BYTES);
	memcpy(e.sha256, leaf->sha256, SHA256_BYTES);
	ck_assert_int_eq(store_begin(the_api.store), 0);
	ck_assert_int_eq(
		store_add_certificate(the_api.store, &row, &(bool){false}), 0);
	ck_assert_int_eq(store_put_exception(the_api.store, &e), 0);
	ck_assert_int_eq(store_commit(the_api.store), 0);
	refresh();
	add_unknown(leaf, NULL);
	accept_leaf();
	ck_assert_uint_eq(unknown_count(the_api.unknown), 1);
	ck_assert_int_eq(commit(), 0);
	ck_assert(told.accepted);
	ck_assert_uint_eq(unknown_count(the_api.unknown), 0);
	ck_assert_ptr_nonnull(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
	ck_assert_uint_eq(trust_state_count_servers(the_api.state), 1);
	ck_assert_uint_eq(trust_state_trust(the_api.state)->exception_count, 1);
	/* The same as from the store. */
	refresh();
	ck_assert_ptr_nonnull(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
	ck_assert_uint_eq(trust_state_count_servers(the_api.state), 1);
}
END_TEST

START_TEST(what_is_distrusted_meanwhile_is_not_accepted)
{
	accept_leaf();
	ck_assert_int_eq(trust_add_distrusted((struct trust *)trust_state_trust(
						      the_api.state),
				 DISTRUST_PUBLIC_KEY, certificate->spki_sha256),
		0);
	ck_assert_int_eq(commit(), 0);
	ck_assert_uint_eq(tellings, 1);
	ck_assert(!told.accepted);
	ck_assert_int_eq(told.verdict, VERDICT_DISTRUSTED);
	ck_assert_str_eq(told.document, "http://p.example/a.xml");
	ck_assert_int_eq(told.line, 3);
	ck_assert_ptr_null(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
}
END_TEST

/* First for who signed it, then in its own right. */
START_TEST(what_an_accepted_one_becomes_is_made_durable)
{
	static const unsigned as[] = {
		ANCHOR_INTERMEDIATE,
		(unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_AUTHENTICATED,
	};

	for (size_t i = 0; i < ARRAY_SIZE(as); i++) {
		add(VERDICT_ACCEPTED, as[i], i == 1);
		ck_assert_int_eq(commit(), 0);
		ck_assert_uint_eq(lists_of(leaf), as[i]);
		refresh();
		ck_assert_uint_eq(lists_of(leaf), as[i]);
	}
}
END_TEST

START_TEST(what_cannot_be_written_is_told_as_such)
{
	accept_leaf();
	add(VERDICT_ALREADY_TRUSTED, 0, false);
	/* The store refuses a certificate whose bytes have another digest. */
	certificate->sha256[0] ^= 1;
	ck_assert_int_eq(commit(), -EINVAL);
	ck_assert_uint_eq(tellings, 2);
	ck_assert_int_eq(told.verdict, VERDICT_ALREADY_TRUSTED);
	ck_assert(told.accepted);
	ck_assert_ptr_null(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
	ck_assert_uint_eq(commit_batch_count(batch), 0);
}
END_TEST

START_TEST(a_run_that_failed_once_makes_nothing_durable_any_more)
{
	uint64_t generation = store_generation(the_api.store);

	accept_leaf();
	commit_batch_fail(batch, -ENOSPC);
	tell_all();
	ck_assert_uint_eq(tellings, 1);
	ck_assert(!told.accepted);
	ck_assert_int_eq(told.verdict, VERDICT_STORE_FAILED);
	ck_assert_ptr_nonnull(strstr(told.reason, strerror(ENOSPC)));
	ck_assert_int_eq(told.line, 3);
	ck_assert(commit_batch_count(batch) == 0);
	ck_assert_int_eq(commit(), 0);
	ck_assert_uint_eq(store_generation(the_api.store), generation);
}
END_TEST

START_TEST(a_dry_run_tells_and_writes_nothing)
{
	uint64_t generation = store_generation(the_api.store);

	batch = commit_batch_free(batch);
	ck_assert_int_eq(
		commit_batch_new(
			&(struct commit_batch_target){.state = the_api.state},
			&batch),
		0);
	accept_leaf();
	ck_assert_int_eq(commit(), 0);
	ck_assert(told.accepted);
	ck_assert_uint_eq(store_generation(the_api.store), generation);
	ck_assert_ptr_null(anchors_find(
		trust_state_trust(the_api.state)->anchors, leaf->sha256));
}
END_TEST

test_case_maker group_tests;

/* --- a password that waits --- */

#define PASSWORD "hunter-2"

/* The compiler takes free() for one that changes nothing here. */
static volatile bool watching;
static volatile unsigned
	legible; /* copies of it that were freed as they were */

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
	if (watching && malloc_usable_size(p) >= sizeof(PASSWORD) &&
		memcmp(p, PASSWORD, sizeof(PASSWORD)) == 0)
		legible = legible + 1;
	__real_free(p);
}

/* NOLINTEND(readability-identifier-naming) */

/* One that is freed as it is shows that it is seen. */
static void watch(void)
{
	char *control = NULL;

	ck_assert_int_eq(string_replace(&control, PASSWORD), 0);
	legible = 0;
	watching = true;
	free(control);
	ck_assert_uint_eq(legible, 1);
	legible = 0;
}

START_TEST(a_password_is_wiped_from_what_waited)
{
	CLEANUP(decision_done)
	struct decision d = {
		.outcome = {.kind = OUTCOME_SETTING},
		.setting = SETTING_HTTP_CLIENT_PASS,
	};

	watch();
	ck_assert_int_eq(string_replace(&d.value.value, PASSWORD), 0);
	ck_assert_int_eq(commit_batch_add(batch, &d), 0);
	commit_batch_clear(batch);
	watching = false;
	ck_assert_uint_eq(legible, 0);
}
END_TEST

/* One that is taken, one that is there already, one that an administrator's
 * stands against, and copies of all. */
START_TEST(a_password_is_wiped_from_settings)
{
	const struct firmware *f = trust_state_firmware(the_api.state);
	const struct setting_offer offer = {.name = "http_client_pass",
		.value = PASSWORD,
		.may_trust = true};
	struct settings s = {0};
	struct settings copy = {0};
	enum setting_result result = SETTING_UNKNOWN;

	watch();
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(settings_offer(&s, f, &offer, &result), 0);
	ck_assert_int_eq(settings_set(&s, f, SETTING_HTTP_CLIENT_PASS, PASSWORD,
				 &result),
		0);
	ck_assert_int_eq(settings_set(&s, f, SETTING_HTTP_CLIENT_PASS, PASSWORD,
				 &result),
		0);
	ck_assert_int_eq(settings_offer(&s, f, &offer, &result), 0);
	ck_assert_int_eq(settings_copy(&s, &copy), 0);
	settings_done(&copy);
	settings_done(&s);
	watching = false;
	ck_assert_uint_eq(legible, 0);
}
END_TEST

START_TEST(one_commit_more_than_are_quick_waits_longer)
{
	ck_assert_uint_eq(commit_batch_delay_ms(0), COMMIT_BATCH_MAX_MS);
	ck_assert_uint_eq(commit_batch_delay_ms(COMMIT_BATCH_QUICK_COMMITS - 1),
		COMMIT_BATCH_MAX_MS);
	ck_assert_uint_eq(commit_batch_delay_ms(COMMIT_BATCH_QUICK_COMMITS),
		COMMIT_BATCH_SLOW_MS);
}
END_TEST

TCase *group_tests(void)
{
	TCase *tc = tcase_create("commit-batch");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_is_told_before_it_is_durable);
	tcase_add_test(tc, the_history_says_who_began_the_run);
	tcase_add_test(
		tc, what_is_accepted_is_no_longer_unknown_nor_a_mere_exception);
	tcase_add_test(tc, what_is_distrusted_meanwhile_is_not_accepted);
	tcase_add_test(tc, what_an_accepted_one_becomes_is_made_durable);
	tcase_add_test(tc, what_cannot_be_written_is_told_as_such);
	tcase_add_test(
		tc, a_run_that_failed_once_makes_nothing_durable_any_more);
	tcase_add_test(tc, a_dry_run_tells_and_writes_nothing);
	tcase_add_test(tc, a_password_is_wiped_from_what_waited);
	tcase_add_test(tc, a_password_is_wiped_from_settings);
	tcase_add_test(tc, one_commit_more_than_are_quick_waits_longer);
	return tc;
}
