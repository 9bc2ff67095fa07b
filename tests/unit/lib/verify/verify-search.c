/* SPDX-License-Identifier: Apache-2.0 */
/* Which path is found, which reason is told, and what it may cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/verify/verify-context.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST

static const struct pki_cert *make_ca(const char *cn,
	const struct pki_cert *same_key, const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){.cn = cn, .ca = true, .same_key = same_key},
		issuer);
}

/* A CA without key identifiers: only its signatures tell it from others. */
static const struct pki_cert *make_bare_ca(
	const char *cn, const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){.cn = cn, .ca = true, .no_key_ids = true},
		issuer);
}

static const struct pki_cert *make_bare_leaf(const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){
			.cn = "server", .san = SAN, .no_key_ids = true},
		issuer);
}

/* --- anchors of every kind --- */

START_TEST(intermediate_in_the_store_is_an_anchor)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_ca("Issuing", NULL, root);
	const struct pki_cert *leaf = pki_leaf(SAN, ca);

	trust_cert(ca);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca);
	SEND(leaf, ca, root);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca);
}
END_TEST

START_TEST(leaf_in_the_store_is_trusted_and_issues_nothing)
{
	const struct pki_cert *pinned = pki_leaf(SAN, pki_root("Root"));
	const struct pki_cert *below = pki_leaf("DNS:b.example.com", pinned);

	trust_cert(pinned);
	SEND(pinned);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(pinned);
	EXPECT("b.example.com", VERDICT_NAME_MISMATCH);
	SEND(below, pinned);
	EXPECT("b.example.com", VERDICT_NOT_A_CA);
}
END_TEST

START_TEST(self_signed_leaf_is_trusted_only_from_the_store)
{
	const struct pki_cert *own = pki_leaf(SAN, NULL);

	SEND(own);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	trust_cert(own);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

/* The CA has the name of the server, too, but another key. */
START_TEST(leaf_of_its_issuers_name_is_not_signed_by_itself)
{
	const struct pki_cert *ca = pki_root("pbx.example.com");
	const struct pki_cert *leaf = pki_make(
		&(struct pki_spec){.cn = "pbx.example.com", .san = SAN}, ca);

	SEND(leaf);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	/* Its own digest would provision nothing that helps. */
	ck_assert_ptr_nonnull(result.remedy);
	ck_assert_ptr_null(strstr(result.remedy, "sha256="));
	trust_cert(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf);
	trust_cert(ca);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

START_TEST(version_1_certificate_issues_nothing)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){.cn = "Old", .version_1 = true}, NULL);

	trust_cert(old);
	SEND(pki_leaf(SAN, old));
	EXPECT(HOST, VERDICT_NOT_A_CA);
}
END_TEST

START_TEST(issuer_without_the_right_to_sign_issues_nothing)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .key_usage = "cRLSign"},
		root);

	trust_cert(root);
	SEND(pki_leaf(SAN, ca), ca);
	EXPECT(HOST, VERDICT_NOT_A_CA);
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=CA"));
}
END_TEST

/* --- what was sent --- */

START_TEST(order_and_superfluous_certificates_make_no_difference)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *upper = make_ca("Upper", NULL, root);
	const struct pki_cert *lower = make_ca("Lower", NULL, upper);
	const struct pki_cert *leaf = pki_leaf(SAN, lower);

	trust_cert(root);
	SEND(leaf, root, pki_root("Else"), upper, leaf, lower);
	send_more("junk", 4);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, lower, upper, root);
}
END_TEST

START_TEST(missing_issuer_is_named)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *upper = make_ca("Upper", NULL, root);
	const struct pki_cert *lower = make_ca("Lower", NULL, upper);

	trust_cert(root);
	SEND(pki_leaf(SAN, lower), lower);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert(result.recoverable);
	ck_assert_ptr_nonnull(strstr(result.reason, "of CN=Lower"));
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=Upper is missing"));
	ck_assert_uint_eq(result.path_count, 0);
}
END_TEST

START_TEST(authority_of_the_same_name_but_another_key_is_not_the_issuer)
{
	const struct pki_cert *ours = pki_root("Root");
	const struct pki_cert *theirs = pki_root("Root");

	trust_cert(ours);
	SEND(pki_leaf(SAN, theirs), theirs);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

/* --- several ways --- */

/*
 * What broke phones in 2021: the root of a CA also signed by an old one,
 * which expires. The server sends leaf, issuing CA, cross-sign.
 */
static const struct {
	bool new_root;
	bool old_root;
	bool old_expired;
	bool cross_sent;
	enum verdict verdict;
	size_t path_count;
} cross_signs[] = {
	{true, false, false, true, VERDICT_TRUSTED, 3},
	{true, false, true, true, VERDICT_TRUSTED, 3},
	{true, true, false, true, VERDICT_TRUSTED, 3},
	{true, true, true, true, VERDICT_TRUSTED, 3},
	{true, true, true, false, VERDICT_TRUSTED, 3},
	{false, true, false, true, VERDICT_TRUSTED, 4},
	{false, true, true, true, VERDICT_EXPIRED, 0},
	{false, true, false, false, VERDICT_ISSUER_NOT_TRUSTED, 0},
	{false, false, false, true, VERDICT_ISSUER_NOT_TRUSTED, 0},
};

START_TEST(expired_cross_sign_never_hides_a_valid_path)
{
	const struct pki_cert *new_root = pki_root("ISRG Root X1");
	const struct pki_cert *old_root =
		pki_make(&(struct pki_spec){.cn = "DST Root CA X3",
				 .ca = true,
				 .not_after = cross_signs[_i].old_expired
					 ? PKI_NOW - PKI_DAY
					 : 0},
			NULL);
	const struct pki_cert *cross =
		make_ca("ISRG Root X1", new_root, old_root);
	const struct pki_cert *r3 = make_ca("R3", NULL, new_root);
	const struct pki_cert *leaf = pki_leaf(SAN, r3);

	if (cross_signs[_i].old_root)
		trust_cert_as(old_root, ANCHOR_AUTHORITY);
	if (cross_signs[_i].new_root)
		trust_cert_as(new_root, ANCHOR_AUTHORITY);
	if (cross_signs[_i].cross_sent)
		SEND(leaf, r3, cross);
	else
		SEND(leaf, r3);
	EXPECT(HOST, cross_signs[_i].verdict);
	ck_assert_uint_eq(result.path_count, cross_signs[_i].path_count);
}
END_TEST

START_TEST(expired_anchor_does_not_hide_its_renewal)
{
	const struct pki_cert *renewed = pki_root("Root");
	const struct pki_cert *expired =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .same_key = renewed,
				 .not_after = PKI_NOW - 1},
			NULL);
	const struct pki_cert *leaf = pki_leaf(SAN, renewed);

	trust_cert(expired);
	SEND(leaf);
	EXPECT(HOST, VERDICT_EXPIRED);
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=Root"));
	trust_cert(renewed);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, renewed);
	ck_assert_uint_eq(result.work.attempts, 1);
}
END_TEST

START_TEST(right_one_of_several_anchors_of_a_name_is_found)
{
	const struct pki_cert *roots[6];
	const struct pki_cert *leaf = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		roots[i] = make_bare_ca("Root", NULL);
		trust_cert(roots[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		leaf = make_bare_leaf(roots[i]);
		SEND(leaf);
		EXPECT(HOST, VERDICT_TRUSTED);
		EXPECT_PATH(leaf, roots[i]);
		ck_assert_uint_eq(result.work.attempts, 1);
	}
}
END_TEST

/* The new key of an authority, signed with its old one under the same name:
 * OpenSSL would take the anchor for the issuer of the leaf. */
START_TEST(rollover_of_a_key_under_one_name_is_followed)
{
	const struct pki_cert *old = pki_root("Root");
	const struct pki_cert *new = make_ca("Root", NULL, old);
	const struct pki_cert *leaf = make_bare_leaf(new);

	trust_cert(old);
	SEND(leaf, new);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, new, old);
}
END_TEST

START_TEST(path_through_a_distrusted_authority_gives_way_to_another)
{
	const struct pki_cert *bad = pki_root("Bad");
	const struct pki_cert *good = pki_root("Good");
	const struct pki_cert *by_bad = make_ca("CA", NULL, bad);
	const struct pki_cert *by_good = make_ca("CA", by_bad, good);
	const struct pki_cert *leaf = pki_leaf(SAN, by_bad);

	trust_cert(bad);
	trust_cert(good);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	SEND(leaf, by_bad, by_good);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, by_good, good);
	SEND(leaf, by_bad);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

START_TEST(constrained_way_gives_way_to_a_free_one)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *tied = pki_make(
		&(struct pki_spec){.cn = "CA",
			.ca = true,
			.name_constraints = "permitted;DNS:example.org"},
		root);
	const struct pki_cert *free_one = make_ca("CA", tied, root);
	const struct pki_cert *leaf = pki_leaf(SAN, tied);

	trust_cert(root);
	SEND(leaf, tied, free_one);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, free_one, root);
	ck_assert_uint_eq(result.work.attempts, 1);
}
END_TEST

/*
 * A mesh: at every level one CA under one name has a good certificate and
 * some that cannot hold, all by the level above. Only the best first finds
 * the good path among all of them.
 */
static const struct pki_spec bad_copies[] = {
	{.eku = "codeSigning"},
	{.digest = "SHA1"},
	{.not_after = PKI_NOW - PKI_DAY},
	{.name_constraints = "permitted;DNS:example.org"},
};

START_TEST(issuers_that_could_hold_are_tried_first)
{
	static const char *const names[] = {"A", "B", "C"};
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *path[ARRAY_SIZE(names) + 2] = {root};

	trust_cert(root);
	SEND(root);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		path[i + 1] = make_ca(names[i], NULL, path[i]);
		for (size_t k = 0; k < ARRAY_SIZE(bad_copies); k++) {
			struct pki_spec bad = bad_copies[k];
			const struct pki_cert *c = NULL;

			bad.cn = names[i];
			bad.ca = true;
			bad.same_key = path[i + 1];
			c = pki_make(&bad, path[i]);
			send_more(c->der.data, c->der.len);
		}
		send_more(path[i + 1]->der.data, path[i + 1]->der.len);
	}
	path[4] = pki_leaf(SAN, path[3]);
	((struct bytes *)query.chain)[0] = path[4]->der;
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(path[4], path[3], path[2], path[1], path[0]);
	ck_assert_uint_eq(result.work.attempts, 1);
}
END_TEST

static const enum pki_key unused_keys[] = {
	PKI_DSA, PKI_RSA_LONG_EXPONENT, PKI_SECT571, PKI_BRAINPOOL};

START_TEST(issuers_with_keys_nobody_uses_are_not_tried)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .key = unused_keys[_i]},
		NULL);

	trust_cert(ca);
	SEND(pki_leaf(SAN, ca));
	EXPECT(HOST, VERDICT_KEY_UNSUPPORTED);
	ck_assert_uint_eq(result.work.signatures, 0);
}
END_TEST

START_TEST(reason_is_that_of_the_path_that_came_furthest)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *unknown = pki_root("Unknown");
	const struct pki_cert *expired = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .not_after = PKI_NOW - 1},
		root);
	const struct pki_cert *cross = make_ca("CA", expired, unknown);

	trust_cert(root);
	SEND(pki_leaf(SAN, expired), cross, expired);
	EXPECT(HOST, VERDICT_EXPIRED);
}
END_TEST

/* --- length --- */

START_TEST(path_length_of_an_issuer_is_kept)
{
	const struct pki_cert *root = pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .path_length = 1},
		NULL);
	const struct pki_cert *ca = make_ca("CA", NULL, root);

	trust_cert(root);
	SEND(pki_leaf(SAN, root));
	EXPECT(HOST, VERDICT_TRUSTED);
	SEND(pki_leaf(SAN, ca), ca);
	EXPECT(HOST, VERDICT_PATH_TOO_LONG);
}
END_TEST

START_TEST(one_more_certificate_in_a_path_than_the_maximum_is_refused)
{
	const struct pki_cert *above[VERIFY_MAX_PATH];
	size_t count = VERIFY_MAX_PATH - (_i == 0 ? 1U : 0U);
	char cn[32];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(cn, sizeof(cn), "CA %zu", i);
		above[i] = make_ca(cn, NULL, i > 0 ? above[i - 1] : NULL);
	}
	trust_cert(above[0]);
	SEND(pki_leaf(SAN, above[count - 1]));
	for (size_t i = 1; i < count; i++)
		send_more(above[i]->der.data, above[i]->der.len);
	EXPECT(HOST, _i == 0 ? VERDICT_TRUSTED : VERDICT_BUDGET);
	if (_i > 0)
		ck_assert_ptr_nonnull(strstr(result.reason,
			"more than " VERIFY_MAX_PATH_TEXT " certificates"));
}
END_TEST

/* --- absurd --- */

START_TEST(issuers_in_a_circle_end)
{
	const struct pki_cert *a = pki_root("A");
	const struct pki_cert *b = pki_root("B");
	const struct pki_cert *a_by_b = make_ca("A", a, b);
	const struct pki_cert *b_by_a = make_ca("B", b, a);

	SEND(pki_leaf(SAN, a), a_by_b, b_by_a, a, b);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_uint_eq(result.work.attempts, 0);
	ck_assert_uint_lt(result.work.signatures, 8);
}
END_TEST

START_TEST(many_anchors_of_one_name_stay_within_the_budget)
{
	const struct pki_cert *last = NULL;

	for (size_t i = 0; i < (size_t)2 * VERIFY_MAX_ISSUERS; i++) {
		last = make_bare_ca("Root", NULL);
		trust_cert(last);
	}
	SEND(make_bare_leaf(last));
	EXPECT(HOST, VERDICT_BUDGET);
	ck_assert(!result.recoverable);
}
END_TEST

/* What was not looked at may be distrusted. */
START_TEST(exception_does_not_hold_where_the_budget_hides_what_is_distrusted)
{
	const struct pki_cert *unknown = make_bare_ca("Unknown", NULL);
	const struct pki_cert *leaf = make_bare_leaf(unknown);

	SEND(leaf);
	while (query.chain_count < VERIFY_MAX_CHAIN - 1) {
		const struct pki_cert *c = make_bare_ca("Unknown", NULL);

		send_more(c->der.data, c->der.len);
	}
	send_more(unknown->der.data, unknown->der.len);
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, NULL, INT64_MAX), 0);
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_CERTIFICATE, unknown->sha256),
		0);
	EXPECT(HOST, VERDICT_BUDGET);
}
END_TEST

/* Key identifiers spare the signatures of those that are not meant. */
START_TEST(right_anchor_among_many_is_found_by_its_key_identifier)
{
	const struct pki_cert *last = NULL;

	for (size_t i = 0; i < VERIFY_MAX_ISSUERS_OF_NAME; i++) {
		last = pki_root("Root");
		trust_cert(last);
	}
	SEND(pki_leaf(SAN, last));
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_eq(result.work.signatures, 1);
}
END_TEST

START_TEST(many_copies_of_an_issuer_stay_within_the_budget)
{
	const struct pki_cert *unknown = make_bare_ca("Unknown", NULL);
	const struct pki_cert *leaf = make_bare_leaf(unknown);

	trust_cert(pki_root("Root"));
	SEND(leaf);
	while (query.chain_count < VERIFY_MAX_CHAIN) {
		const struct pki_cert *c = make_bare_ca("Unknown", NULL);

		send_more(c->der.data, c->der.len);
	}
	EXPECT(HOST, VERDICT_BUDGET);
}
END_TEST

/* Every level offers two ways, so that paths double with each. */
START_TEST(doubling_paths_stay_within_the_budget)
{
	const struct pki_cert *root =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .not_after = PKI_NOW - PKI_DAY},
			NULL);
	const struct pki_cert *above = root;
	const struct pki_cert *made[10];
	size_t count = 0;
	char cn[32];

	trust_cert(root);
	for (size_t i = 0; count + 1 < ARRAY_SIZE(made); i++) {
		(void)snprintf(cn, sizeof(cn), "CA %zu", i);
		made[count] = make_ca(cn, NULL, above);
		made[count + 1] = make_ca(cn, NULL, above);
		/* The same name and key, so that either could be meant. */
		made[count + 1] = pki_make(
			&(struct pki_spec){
				.cn = cn, .ca = true, .same_key = made[count]},
			above);
		above = made[count];
		count += 2;
	}
	SEND(pki_leaf(SAN, above));
	while (count > 0) {
		count--;
		send_more(made[count]->der.data, made[count]->der.len);
	}
	EXPECT(HOST, VERDICT_EXPIRED);
	ck_assert_uint_gt(result.work.attempts, 1);
}
END_TEST

/* "DNS:n0.example.com,DNS:n1..": count names of a list. */
static char *many(const char *prefix, size_t count)
{
	size_t room = count * 48 + 1;
	char *text = malloc(room);
	size_t at = 0;

	ck_assert_ptr_nonnull(text);
	text[0] = 0;
	for (size_t i = 0; i < count; i++) {
		int n = snprintf(text + at, room - at, "%s%sn%zu.example.com",
			i > 0 ? "," : "", prefix, i);

		at += (size_t)n;
	}
	return text;
}

START_TEST(thousand_names_are_looked_through)
{
	CLEANUP(free) char *san = many("DNS:", 1000);
	const struct pki_cert *root = pki_root("Root");

	trust_cert(root);
	SEND(pki_leaf(san, root));
	EXPECT("n999.example.com", VERDICT_TRUSTED);
	ck_assert_uint_eq(result.work.names, 1000);
	EXPECT("m.example.com", VERDICT_NAME_MISMATCH);
}
END_TEST

START_TEST(thousand_names_under_a_thousand_constraints_are_too_many)
{
	CLEANUP(free) char *san = many("DNS:", 1000);
	CLEANUP(free) char *constraints = many("permitted;DNS:", 1000);
	const struct pki_cert *root =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .name_constraints = constraints},
			NULL);

	trust_cert(root);
	SEND(pki_leaf("DNS:n5.example.com", root));
	EXPECT("n5.example.com", VERDICT_TRUSTED);
	SEND(pki_leaf(san, root));
	EXPECT("n5.example.com", VERDICT_BUDGET);
	ck_assert_uint_eq(result.work.attempts, 0);
}
END_TEST

START_TEST(absurdly_long_key_is_no_trouble)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_bare_ca("CA", root);
	const struct pki_cert *leaf = make_bare_leaf(ca);
	const struct pki_cert *absurd = NULL;
	struct pki_spec spec = {.cn = "CA",
		.ca = true,
		.key = PKI_RSA_16384,
		.no_key_ids = true};

	absurd = pki_make(&spec, root);
	trust_cert(root);
	SEND(leaf, absurd, ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca, root);
	SEND(leaf, absurd);
	ck_assert(!verdict_is_positive(ask(HOST)));
}
END_TEST

test_case_maker verify_search_tests;

TCase *verify_search_tests(void)
{
	TCase *tc = tcase_create("verify-search");

	tcase_add_checked_fixture(tc, ask_setup, ask_teardown);
	tcase_add_test(tc, intermediate_in_the_store_is_an_anchor);
	tcase_add_test(tc, leaf_in_the_store_is_trusted_and_issues_nothing);
	tcase_add_test(tc, self_signed_leaf_is_trusted_only_from_the_store);
	tcase_add_test(tc, leaf_of_its_issuers_name_is_not_signed_by_itself);
	tcase_add_test(tc, version_1_certificate_issues_nothing);
	tcase_add_test(tc, issuer_without_the_right_to_sign_issues_nothing);
	tcase_add_test(
		tc, order_and_superfluous_certificates_make_no_difference);
	tcase_add_test(tc, missing_issuer_is_named);
	tcase_add_test(tc,
		authority_of_the_same_name_but_another_key_is_not_the_issuer);
	tcase_add_loop_test(tc, expired_cross_sign_never_hides_a_valid_path, 0,
		ARRAY_SIZE(cross_signs));
	tcase_add_test(tc, expired_anchor_does_not_hide_its_renewal);
	tcase_add_test(tc, right_one_of_several_anchors_of_a_name_is_found);
	tcase_add_test(tc, rollover_of_a_key_under_one_name_is_followed);
	tcase_add_test(
		tc, path_through_a_distrusted_authority_gives_way_to_another);
	tcase_add_test(tc, constrained_way_gives_way_to_a_free_one);
	tcase_add_test(tc, issuers_that_could_hold_are_tried_first);
	tcase_add_loop_test(tc, issuers_with_keys_nobody_uses_are_not_tried, 0,
		ARRAY_SIZE(unused_keys));
	tcase_add_test(tc, reason_is_that_of_the_path_that_came_furthest);
	tcase_add_test(tc, path_length_of_an_issuer_is_kept);
	tcase_add_loop_test(tc,
		one_more_certificate_in_a_path_than_the_maximum_is_refused, 0,
		2);
	tcase_add_test(tc, issuers_in_a_circle_end);
	tcase_add_test(tc, many_anchors_of_one_name_stay_within_the_budget);
	tcase_add_test(tc,
		exception_does_not_hold_where_the_budget_hides_what_is_distrusted);
	tcase_add_test(
		tc, right_anchor_among_many_is_found_by_its_key_identifier);
	tcase_add_test(tc, many_copies_of_an_issuer_stay_within_the_budget);
	tcase_add_test(tc, doubling_paths_stay_within_the_budget);
	tcase_add_test(tc, thousand_names_are_looked_through);
	tcase_add_test(
		tc, thousand_names_under_a_thousand_constraints_are_too_many);
	tcase_add_test(tc, absurdly_long_key_is_no_trouble);
	return tc;
}
