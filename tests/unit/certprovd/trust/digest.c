/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What store and export do when a digest cannot be made: each one fails once,
 * as in tests/unit/lib/base/digest.c.
 */
#include "lib/base/digest.h"

#include <errno.h>
#include <string.h>

#include "daemon/certprovd/trust/export-set.h"
#include "daemon/certprovd/trust/unknown.h"
#include "tests/unit/certprovd/store/store-fixture.h"
#include "tests/unit/digest-double.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

static struct trust *trust;

static void setup(void)
{
	store_setup();
	ck_assert_int_eq(trust_new(&trust), 0);
}

static void teardown(void)
{
	trust = trust_free(trust);
	pki_free_all();
	store_teardown();
}

static void add_anchor(const struct bytes *der)
{
	ck_assert_int_eq(
		anchors_add(trust->anchors, der->data, der->len, ANCHOR_SERVER),
		0);
}

/* --- the export --- */

START_TEST(what_is_distrusted_is_not_exported_for_want_of_a_digest)
{
	const struct pki_cert *good = pki_root("Good");
	const struct pki_cert *bad = pki_root("Bad");
	const struct pki_cert *other = pki_make(
		&(struct pki_spec){.cn = "Bad", .ca = true, .same_key = bad},
		NULL);
	CLEANUP(bytes_done) struct bytes other_form = pki_other_form(bad, bad);

	add_anchor(&good->der);
	add_anchor(&bad->der);
	add_anchor(&other->der);
	add_anchor(&other_form);
	anchors_forget_digests(trust->anchors);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(export_set_done) struct export_set none = {0};
		CLEANUP(export_set_done) struct export_set set = {0};
		int r = export_set_choose(trust, PKI_NOW, &none, &set);

		ck_assert_int_eq(r < 0, digest_did_fail());
		ck_assert_uint_eq(set.chosen, r < 0 ? 0 : 1);
	}
}
END_TEST

/* What was known of it before the other one came must not be taken over. */
START_TEST(a_copy_is_not_exported_for_want_of_a_digest)
{
	const struct pki_cert *bad = pki_root("Bad");
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){.cn = "Bad", .ca = true, .same_key = bad},
		NULL);
	CLEANUP(export_set_done) struct export_set none = {0};
	CLEANUP(export_set_done) struct export_set before = {0};

	add_anchor(&copy->der);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	ck_assert_int_eq(export_set_choose(trust, PKI_NOW, &none, &before), 0);
	ck_assert_uint_eq(before.chosen, 1);
	add_anchor(&bad->der);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(export_set_done) struct export_set set = {0};
		int r = 0;

		digest_hold();
		anchors_forget_digests(trust->anchors);
		digest_go_on();
		r = export_set_choose(trust, PKI_NOW, &before, &set);
		ck_assert_int_eq(r < 0, digest_did_fail());
		ck_assert_uint_eq(set.chosen, 0);
	}
}
END_TEST

/* --- the store --- */

START_TEST(what_cannot_be_compared_is_not_stored)
{
	struct store_certificate c = certificate(1);

	for (unsigned n = 1; digest_fails_at(n); n++) {
		bool added = false;
		int r = 0;

		ck_assert_int_eq(store_begin(store), 0);
		r = store_add_certificate(store, &c, &added);
		ck_assert_int_eq(r, digest_did_fail() ? -EIO : 0);
		ck_assert_int_eq(added, !digest_did_fail());
		if (r < 0)
			store_rollback(store);
		else
			ck_assert_int_eq(store_commit(store), 0);
	}
}
END_TEST

static int take_any(void *userdata, const struct store_certificate *c)
{
	(void)c;
	++*(unsigned *)userdata;
	return 0;
}

START_TEST(what_cannot_be_compared_is_not_damaged)
{
	add_certificate(1);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		unsigned found = 0;
		int r = store_each_certificate(store, take_any, &found);

		ck_assert_int_eq(r, digest_did_fail() ? -EIO : 0);
		ck_assert_uint_eq(found, digest_did_fail() ? 0 : 1);
		ck_assert_uint_eq(count(STORE_QUARANTINE), 0);
	}
}
END_TEST

START_TEST(distrust_outlives_an_opening_without_digests)
{
	add_distrusted(1);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		int r = 0;

		digest_hold();
		close_store();
		memset(events, 0, sizeof(events));
		digest_go_on();
		r = open_store();
		digest_hold();
		ck_assert_uint_eq(events[STORE_DISTRUSTED_DAMAGED], 0);
		if (r < 0)
			ck_assert_int_eq(open_store(), 0);
		ck_assert(is_distrusted(1));
		digest_go_on();
	}
}
END_TEST

/* --- unknown --- */

START_TEST(an_unknown_certificate_has_its_fingerprint_or_no_entry)
{
	const struct pki_cert *c = pki_root("Unknown");
	struct rejection rejection = {
		.chain = &c->der,
		.chain_count = 1,
		.result = "issuer-not-trusted",
		.when = PKI_NOW,
	};

	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(unknown_free) struct unknown *unknown = NULL;
		int r = 0;

		ck_assert_int_eq(unknown_new(9, &unknown), 0);
		r = unknown_add(unknown, &rejection, NULL);
		ck_assert_int_eq(r, digest_did_fail() ? -EIO : 0);
		ck_assert_int_eq(unknown_find(unknown, c->sha256) != NULL,
			!digest_did_fail());
	}
}
END_TEST

TCase *digest_tests(void);

TCase *digest_tests(void)
{
	TCase *tc = tcase_create("digest");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, what_is_distrusted_is_not_exported_for_want_of_a_digest);
	tcase_add_test(tc, a_copy_is_not_exported_for_want_of_a_digest);
	tcase_add_test(tc, what_cannot_be_compared_is_not_stored);
	tcase_add_test(tc, what_cannot_be_compared_is_not_damaged);
	tcase_add_test(tc, distrust_outlives_an_opening_without_digests);
	tcase_add_test(
		tc, an_unknown_certificate_has_its_fingerprint_or_no_entry);
	return tc;
}
