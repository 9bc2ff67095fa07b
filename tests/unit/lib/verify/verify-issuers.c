/* SPDX-License-Identifier: Apache-2.0 */
/* Issuers of the right name: which of them count, and what is said of those
 * that do not. */
#include <string.h>

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

static const struct pki_cert *make_bare_leaf(const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){
			.cn = "server", .san = SAN, .no_key_ids = true},
		issuer);
}

/* --- identifiers --- */

#define SERIAL_AND_ISSUER                                                      \
	{                                                                      \
		"authorityKeyIdentifier", "keyid:always,issuer:always"         \
	}

/* A CA that is renewed with its key: what it issued before asks for the serial
 * number or the key identifier of the old certificate. */
static const struct {
	struct pki_spec renewed;
	struct pki_extension asks;
} renewals[] = {
	{{.cn = "Root", .ca = true}, SERIAL_AND_ISSUER},
	{{.cn = "Root",
		 .ca = true,
		 .no_key_ids = true,
		 .extra = {{"subjectKeyIdentifier", "01020304"}}},
		{"authorityKeyIdentifier", "keyid:always"}},
	{{.cn = "Root",
		 .ca = true,
		 .no_key_ids = true,
		 .extra = {{"subjectKeyIdentifier", "01020304"}}},
		SERIAL_AND_ISSUER},
};

static const struct pki_cert *renewed_of(
	const struct pki_cert *old, int i, const struct pki_cert **ret_leaf)
{
	struct pki_spec spec = renewals[i].renewed;

	spec.same_key = old;
	*ret_leaf = pki_make(&(struct pki_spec){.cn = "server",
				     .san = SAN,
				     .no_key_ids = true,
				     .extra = {renewals[i].asks}},
		old);
	return pki_make(&spec, NULL);
}

START_TEST(ca_renewed_with_its_key_is_the_issuer_of_what_it_issued_before)
{
	const struct pki_cert *old = pki_root("Root");
	const struct pki_cert *leaf = NULL;
	const struct pki_cert *renewed = renewed_of(old, _i, &leaf);
	const struct pki_cert *top = pki_root("Top");

	trust_cert(renewed);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, renewed);
	/* Every other check holds. */
	EXPECT("else.example.com", VERDICT_NAME_MISMATCH);
	query.now = PKI_NOW + PKI_YEAR + 1;
	EXPECT(HOST, VERDICT_EXPIRED);
	query.now = PKI_NOW;
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_CERTIFICATE, renewed->sha256),
		0);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	/* The same as an intermediate that is sent. */
	trust_cert(top);
	old = make_ca("Root", NULL, top);
	renewed = renewed_of(old, _i, &leaf);
	renewed = pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .same_key = old},
		top);
	SEND(leaf, renewed);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, renewed, top);
}
END_TEST

START_TEST(strict_profile_wants_the_identifiers_asked_for)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = "server",
				 .san = SAN,
				 .no_key_ids = true,
				 .extra = {{"subjectKeyIdentifier", "hash"},
					 SERIAL_AND_ISSUER}},
			root);

	trust->policy.profile = PROFILE_STRICT;
	trust_cert(root);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	trust_cert(pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .same_key = root},
		NULL));
	EXPECT(HOST, VERDICT_PROFILE);
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=server"));
	ck_assert_ptr_nonnull(strstr(result.reason, "RFC 5280 4.2.1.1"));
}
END_TEST

/* Those with the identifiers are tried first, and the others use up nothing
 * that those need. */
START_TEST(issuer_with_the_identifiers_comes_before_a_crowd_without)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *leaf = pki_leaf(SAN, root);

	for (size_t i = 0; i < VERIFY_MAX_ISSUERS_OF_NAME - 2; i++)
		trust_cert(pki_root("Root"));
	trust_cert(pki_make(
		&(struct pki_spec){.cn = "Root",
			.ca = true,
			.same_key = root,
			.no_key_ids = true,
			.extra = {{"subjectKeyIdentifier", "01020304"}}},
		NULL));
	trust_cert(root);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, root);
	ck_assert_uint_eq(result.work.signatures, 1);
}
END_TEST

/* It has the name of the issuer and may issue nothing, but it did not. */
START_TEST(namesake_that_is_no_ca_is_blamed_only_for_what_it_signed)
{
	const struct pki_spec own = {
		.cn = "pbx", .san = SAN, .no_key_ids = true};
	const struct pki_cert *before = pki_make(&own, NULL);

	trust_cert(before);
	SEND(pki_make(&own, NULL));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	SEND(pki_make(&own, before));
	EXPECT(HOST, VERDICT_NOT_A_CA);
}
END_TEST

/* Without key identifiers nothing but the signature tells them apart. */
START_TEST(self_signed_one_is_not_called_badly_signed_by_its_namesake)
{
	const struct pki_spec own = {
		.cn = "pbx", .san = SAN, .ca = true, .no_key_ids = true};
	const struct pki_cert *before = pki_make(&own, NULL);
	struct pki_spec damaged = own;

	trust_cert(before);
	SEND(pki_make(&own, NULL));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	damaged.bad_signature = true;
	SEND(pki_make(&damaged, before));
	EXPECT(HOST, VERDICT_BAD_SIGNATURE);
}
END_TEST

/* OpenSSL takes it for self-signed and looks for no issuer. */
START_TEST(self_issued_one_without_identifiers_is_not_called_self_signed)
{
	struct pki_spec spec = {
		.cn = "pbx", .san = SAN, .ca = true, .no_key_ids = true};
	const struct pki_cert *ca = pki_make(&spec, NULL);

	trust_cert(ca);
	spec.ca = false;
	SEND(pki_make(&spec, ca));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.reason, "self-signed"));
	ck_assert_ptr_nonnull(strstr(result.reason, "name of its issuer"));
}
END_TEST

/* The server sends another CA of the name of its issuer. */
START_TEST(missing_issuer_is_that_of_the_last_one_signed)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_spec lower = {
		.cn = "Lower", .ca = true, .no_key_ids = true};
	const struct pki_cert *wrong = pki_make(&lower, root);

	SEND(make_bare_leaf(pki_make(&lower, root)), wrong);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_nonnull(strstr(result.reason, "of CN=server"));
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=Lower is missing"));
	ck_assert_ptr_nonnull(strstr(result.reason, "another key"));
}
END_TEST

test_case_maker verify_issuers_tests;

TCase *verify_issuers_tests(void)
{
	TCase *tc = tcase_create("verify-issuers");

	tcase_add_checked_fixture(tc, ask_setup, ask_teardown);
	tcase_add_loop_test(tc,
		ca_renewed_with_its_key_is_the_issuer_of_what_it_issued_before,
		0, ARRAY_SIZE(renewals));
	tcase_add_test(tc, strict_profile_wants_the_identifiers_asked_for);
	tcase_add_test(
		tc, issuer_with_the_identifiers_comes_before_a_crowd_without);
	tcase_add_test(
		tc, namesake_that_is_no_ca_is_blamed_only_for_what_it_signed);
	tcase_add_test(
		tc, self_signed_one_is_not_called_badly_signed_by_its_namesake);
	tcase_add_test(tc,
		self_issued_one_without_identifiers_is_not_called_self_signed);
	tcase_add_test(tc, missing_issuer_is_that_of_the_last_one_signed);
	return tc;
}
