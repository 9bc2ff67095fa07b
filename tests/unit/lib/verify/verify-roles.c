/* SPDX-License-Identifier: Apache-2.0 */
/* What begins trust and what only completes chains; who is tried before whom
 * when many certificates have one name. */
#include <string.h>

#include "lib/verify/verify-context.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.corp.example"
#define SAN "DNS:" HOST
#define BANK "www.bank.example"
#define AUTHENTICATED ((unsigned)ANCHOR_SERVER | (unsigned)ANCHOR_AUTHENTICATED)
#define JUNK VERIFY_MAX_ISSUERS_OF_NAME

static const struct pki_cert *make_ca(
	const char *cn, const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = cn, .ca = true}, issuer);
}

/* --- intermediates of the store --- */

START_TEST(intermediate_completes_the_chain_of_a_server_that_sends_none)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *upper = make_ca("Upper", root);
	const struct pki_cert *lower = make_ca("Lower", upper);
	const struct pki_cert *leaf = pki_leaf(SAN, lower);

	trust_cert_as(root, ANCHOR_AUTHORITY);
	SEND(leaf);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	trust_cert_as(lower, ANCHOR_INTERMEDIATE);
	trust_cert_as(upper, ANCHOR_INTERMEDIATE);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, lower, upper, root);
	SEND(leaf, lower, upper, root);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, lower, upper, root);
}
END_TEST

START_TEST(nothing_is_left_of_an_intermediate_without_its_root)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_ca("CA", root);
	const struct pki_cert *leaf = pki_leaf(SAN, ca);

	trust_cert_as(root, ANCHOR_SERVER);
	trust_cert_as(ca, ANCHOR_INTERMEDIATE);
	trust_cert_as(leaf, ANCHOR_INTERMEDIATE);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca, root);
	ck_assert(anchors_remove(trust->anchors, root->sha256, ANCHOR_SERVER));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	trust_cert_as(root, ANCHOR_SERVER);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, root->sha256),
		0);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

static const struct {
	struct pki_spec root;
	enum verdict corp;
	enum verdict bank;
} above[] = {
	{{.name_constraints = "permitted;DNS:corp.example"}, VERDICT_TRUSTED,
		VERDICT_NAME_CONSTRAINTS},
	{{.eku = "emailProtection"}, VERDICT_NOT_FOR_SERVERS,
		VERDICT_NOT_FOR_SERVERS},
	{{.path_length = 1}, VERDICT_PATH_TOO_LONG, VERDICT_PATH_TOO_LONG},
	{{.not_after = PKI_NOW - 1}, VERDICT_EXPIRED, VERDICT_EXPIRED},
	{{.key_usage = "cRLSign"}, VERDICT_NOT_A_CA, VERDICT_NOT_A_CA},
};

START_TEST(what_binds_the_root_binds_what_it_signed)
{
	struct pki_spec spec = above[_i].root;
	const struct pki_cert *root = NULL;
	const struct pki_cert *ca = NULL;

	spec.cn = "Root";
	spec.ca = true;
	root = pki_make(&spec, NULL);
	ca = make_ca("CA", root);
	trust_cert_as(root, ANCHOR_AUTHORITY);
	trust_cert_as(ca, ANCHOR_INTERMEDIATE);
	SEND(pki_leaf(SAN, ca));
	EXPECT(HOST, above[_i].corp);
	SEND(pki_leaf("DNS:" BANK, ca));
	EXPECT(BANK, above[_i].bank);
	/* In its own right nobody binds it. */
	trust_cert_as(ca, ANCHOR_SERVER);
	EXPECT(BANK, VERDICT_TRUSTED);
}
END_TEST

START_TEST(exception_goes_beside_the_role_of_a_leaf)
{
	const struct pki_cert *leaf = pki_leaf(SAN, pki_root("Root"));

	trust_cert_as(leaf, ANCHOR_INTERMEDIATE);
	SEND(leaf);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, NULL, INT64_MAX), 0);
	EXPECT(HOST, VERDICT_EXCEPTION);
}
END_TEST

/* --- junk of one name --- */

/* Certificates of the name "Root" that anybody can make and a plain HTTP file
 * can bring: the first half with a key of its own, the rest with the real
 * one, whose public half everybody knows, and an extension that no path with
 * it survives. */
static void trust_junk(const struct pki_cert *real, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct pki_spec spec = {.cn = "Root", .ca = true};

		if (i >= count / 2) {
			spec.same_key = real;
			spec.extra[0] = (struct pki_extension){
				"1.2.3.4", "critical,DER:0500"};
		} else {
			spec.no_key_ids = true;
		}
		trust_cert_as(pki_make(&spec, NULL), ANCHOR_SERVER);
	}
}

static const struct {
	unsigned lists;  /* of the real root */
	bool no_key_ids; /* it has none, which junk has */
	size_t before;   /* junk that is older */
	size_t after;
} crowds[] = {
	{ANCHOR_AUTHORITY, false, JUNK, JUNK},
	{ANCHOR_AUTHORITY, true, JUNK, JUNK},
	{AUTHENTICATED, false, JUNK, JUNK}, {AUTHENTICATED, true, JUNK, JUNK},
	{ANCHOR_SERVER, false, 0, JUNK},
	{ANCHOR_SERVER, false, 7, 0}, /* one less than are let in */
};

START_TEST(junk_with_the_name_of_a_root_stands_in_nobodys_way)
{
	const struct pki_cert *root =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .no_key_ids = crowds[_i].no_key_ids},
			NULL);
	const struct pki_cert *named = pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .same_key = root},
		NULL);
	const struct pki_cert *leaf = pki_leaf(SAN, named);

	trust_junk(root, crowds[_i].before);
	trust_cert_as(root, crowds[_i].lists);
	trust_junk(root, crowds[_i].after);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, root);
}
END_TEST

/* Copies of an intermediate whose root is there: each would be an anchor. */
START_TEST(junk_with_the_name_of_an_intermediate_comes_after_what_was_sent)
{
	const struct pki_cert *top = pki_root("Top");
	const struct pki_cert *ca = make_ca("Root", top);
	const struct pki_cert *leaf = pki_leaf(SAN, ca);

	trust_cert_as(top, ANCHOR_AUTHORITY);
	trust_junk(ca, JUNK);
	SEND(leaf, ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca, top);
	ck_assert_uint_eq(result.work.attempts, 1);
	SEND(leaf);
	trust_cert_as(ca, ANCHOR_INTERMEDIATE);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, ca, top);
}
END_TEST

START_TEST(limit_of_one_name_leaves_the_other_ways_open)
{
	const struct pki_cert *crowded = pki_root("Root");
	const struct pki_cert *top = pki_root("Top");
	const struct pki_cert *ca = make_ca("CA", crowded);
	const struct pki_cert *again = pki_make(
		&(struct pki_spec){.cn = "CA", .ca = true, .same_key = ca},
		top);
	const struct pki_cert *leaf = pki_leaf(SAN, ca);

	for (size_t i = 0; i < JUNK + 1; i++)
		trust_cert_as(pki_root("Root"), ANCHOR_SERVER);
	trust_cert_as(top, ANCHOR_SERVER);
	SEND(leaf, ca, again);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, again, top);
	ck_assert_uint_eq(result.work.issuers, 2 + JUNK + 1);
}
END_TEST

START_TEST(one_more_of_a_name_than_are_looked_at_is_passed_over)
{
	const struct pki_cert *last = NULL;

	for (size_t i = 0; i < VERIFY_MAX_ISSUERS_OF_NAME; i++) {
		last = pki_root("Root");
		trust_cert(last);
	}
	SEND(pki_leaf(SAN, last));
	EXPECT(HOST, VERDICT_TRUSTED);
	last = pki_root("Root");
	trust_cert(last);
	SEND(pki_leaf(SAN, last));
	EXPECT(HOST, VERDICT_BUDGET);
	/* What the server sends is meant for this chain. */
	SEND(pki_leaf(SAN, last), last);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

/* All with the right name and key. */
START_TEST(older_is_tried_before_newer_and_expired_last)
{
	const struct pki_cert *first = pki_root("Root");
	const struct pki_cert *expired =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .ca = true,
				 .same_key = first,
				 .not_after = PKI_NOW - 1},
			NULL);
	const struct pki_cert *second = pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .same_key = first},
		NULL);
	const struct pki_cert *leaf = pki_leaf(SAN, first);

	trust_cert_as(expired, ANCHOR_AUTHORITY);
	trust_cert(first);
	trust_cert(second);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, first);
	trust_cert_as(second, ANCHOR_AUTHENTICATED);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, second);
	trust_cert_as(first, ANCHOR_AUTHORITY);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, first);
}
END_TEST

test_case_maker verify_roles_tests;

TCase *verify_roles_tests(void)
{
	TCase *tc = tcase_create("verify-roles");

	tcase_add_checked_fixture(tc, ask_setup, ask_teardown);
	tcase_add_test(tc,
		intermediate_completes_the_chain_of_a_server_that_sends_none);
	tcase_add_test(tc, nothing_is_left_of_an_intermediate_without_its_root);
	tcase_add_loop_test(tc, what_binds_the_root_binds_what_it_signed, 0,
		ARRAY_SIZE(above));
	tcase_add_test(tc, exception_goes_beside_the_role_of_a_leaf);
	tcase_add_loop_test(tc,
		junk_with_the_name_of_a_root_stands_in_nobodys_way, 0,
		ARRAY_SIZE(crowds));
	tcase_add_test(tc,
		junk_with_the_name_of_an_intermediate_comes_after_what_was_sent);
	tcase_add_test(tc, limit_of_one_name_leaves_the_other_ways_open);
	tcase_add_test(
		tc, one_more_of_a_name_than_are_looked_at_is_passed_over);
	tcase_add_test(tc, older_is_tried_before_newer_and_expired_last);
	return tc;
}
