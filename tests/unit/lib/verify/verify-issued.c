/* SPDX-License-Identifier: Apache-2.0 */
/* The chain rule: is a candidate issued by what is trusted? */
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define SAN "DNS:pbx.example.com"

static const struct pki_cert *make_ca(const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, issuer);
}

static enum verdict issued(const struct pki_cert *c)
{
	CLEANUP(certificate_free) struct certificate *decoded = NULL;
	CLEANUP(verify_issue_done) struct verify_issue issue = {0};
	enum verdict verdict = VERDICT_ACCEPTED;

	ck_assert_int_eq(
		certificate_decode(c->der.data, c->der.len, &decoded, &verdict),
		0);
	ck_assert_ptr_nonnull(decoded);
	ck_assert_int_eq(verify_issued(trust, decoded, PKI_NOW, &issue), 0);
	return issue.verdict;
}

START_TEST(candidate_is_issued_by_what_is_trusted_whatever_its_use)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_ca(root);
	const struct pki_cert *client = pki_make(
		&(struct pki_spec){.cn = "c", .eku = "clientAuth"}, ca);

	trust_cert(root);
	ck_assert_int_eq(issued(ca), VERDICT_TRUSTED);
	ck_assert_int_eq(issued(client), VERDICT_ISSUER_NOT_TRUSTED);
	trust_cert(ca);
	ck_assert_int_eq(issued(client), VERDICT_TRUSTED);
}
END_TEST

START_TEST(candidate_is_never_its_own_issuer)
{
	const struct pki_cert *root = pki_root("Root");

	ck_assert_int_eq(issued(root), VERDICT_ISSUER_NOT_TRUSTED);
	trust_cert(root);
	ck_assert_int_eq(issued(root), VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(leaf_and_version_1_among_anchors_issue_no_candidate)
{
	const struct pki_cert *leaf = pki_leaf(SAN, NULL);
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){.cn = "Old", .version_1 = true}, NULL);

	trust_cert(leaf);
	trust_cert(old);
	ck_assert_int_eq(issued(pki_leaf(SAN, leaf)), VERDICT_NOT_A_CA);
	ck_assert_int_eq(issued(pki_leaf(SAN, old)), VERDICT_NOT_A_CA);
}
END_TEST

START_TEST(candidate_by_an_expired_or_distrusted_issuer_is_refused)
{
	const struct pki_cert *expired = pki_make(
		&(struct pki_spec){
			.cn = "Old", .ca = true, .not_after = PKI_NOW - 1},
		NULL);
	const struct pki_cert *bad = pki_root("Bad");

	trust_cert(expired);
	trust_cert(bad);
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_PUBLIC_KEY, bad->spki_sha256),
		0);
	ck_assert_int_eq(issued(pki_leaf(SAN, expired)), VERDICT_EXPIRED);
	ck_assert_int_eq(issued(pki_leaf(SAN, bad)), VERDICT_DISTRUSTED);
}
END_TEST

/* Strict refuses a CA as a server; as a candidate it is what one expects. */
START_TEST(strict_profile_accepts_a_ca_as_candidate)
{
	const struct pki_cert *root = pki_root("Root");

	trust->policy.profile = PROFILE_STRICT;
	trust_cert(root);
	ck_assert_int_eq(issued(make_ca(root)), VERDICT_TRUSTED);
}
END_TEST

test_case_maker verify_issued_tests;

TCase *verify_issued_tests(void)
{
	TCase *tc = tcase_create("verify-issued");

	tcase_add_checked_fixture(tc, ask_setup, ask_teardown);
	tcase_add_test(
		tc, candidate_is_issued_by_what_is_trusted_whatever_its_use);
	tcase_add_test(tc, candidate_is_never_its_own_issuer);
	tcase_add_test(tc, leaf_and_version_1_among_anchors_issue_no_candidate);
	tcase_add_test(
		tc, candidate_by_an_expired_or_distrusted_issuer_is_refused);
	tcase_add_test(tc, strict_profile_accepts_a_ca_as_candidate);
	return tc;
}
