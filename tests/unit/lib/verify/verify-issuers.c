/* SPDX-License-Identifier: Apache-2.0 */
/* Issuers of the right name: which of them count, and what is said of those
 * that do not. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "lib/base/hex.h"
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

static void assert_says(const char *said, const char *format, ...)
	PRINTF_LIKE(2, 3);
static void assert_says(const char *said, const char *format, ...)
{
	char part[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(part, sizeof(part), format, arguments);
	va_end(arguments);
	ck_assert_ptr_nonnull(said);
	ck_assert_msg(strstr(said, part) != NULL, "\"%s\" does not say \"%s\"",
		said, part);
}

static const char *hex_of(const struct pki_cert *c)
{
	static char hex[4][SHA256_HEX_SIZE];
	static size_t at;

	at = (at + 1) % ARRAY_SIZE(hex);
	hex_format(c->sha256, SHA256_BYTES, hex[at]);
	return hex[at];
}

static const char *octets_of(const ASN1_STRING *s)
{
	static char hex[4][2 * 20 + 1];
	static size_t at;

	ck_assert_ptr_nonnull(s);
	ck_assert_int_le(ASN1_STRING_length(s), 20);
	at = (at + 1) % ARRAY_SIZE(hex);
	hex_format(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s),
		hex[at]);
	return hex[at];
}

static const char *serial_of(X509 *x)
{
	return octets_of(X509_get0_serialNumber(x));
}

static const char *key_id_of(X509 *x)
{
	return octets_of(X509_get0_subject_key_id(x));
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
	(void)renewed_of(old, _i, &leaf);
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
	assert_says(result.reason, "CN=server");
	assert_says(result.reason, "RFC 5280 4.2.1.1");
	assert_says(result.reason, "a CA of the name and key of its issuer");
	assert_says(
		result.reason, "with serial number %s", serial_of(root->x509));
	assert_says(result.remedy, "Profile=compatible");
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

/* --- what else is known of a name --- */

/* RFC 5280 7.1: case and white space do not tell names apart. */
START_TEST(name_of_the_issuer_may_be_written_otherwise)
{
	const struct pki_cert *ca = pki_root("Acme  Office CA");

	trust_cert(make_ca("acme office ca", ca, NULL));
	SEND(pki_leaf(SAN, ca));
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

START_TEST(bad_signature_names_the_issuer_it_was_compared_with)
{
	struct pki_spec spec = {.cn = "Root", .ca = true, .no_key_ids = true};
	const struct pki_cert *ours = pki_make(&spec, NULL);
	const struct pki_cert *theirs = pki_make(&spec, NULL);

	trust_cert_as(ours, ANCHOR_AUTHORITY);
	/* One only is left to OpenSSL. */
	if (_i > 0)
		trust_cert(pki_make(&spec, NULL));
	SEND(make_bare_leaf(theirs));
	EXPECT(HOST, VERDICT_BAD_SIGNATURE);
	assert_says(result.reason,
		"known here, CN=Root, an authority of the firmware (SHA-256 %s)",
		hex_of(ours));
}
END_TEST

START_TEST(ca_of_the_name_with_another_key_is_told_with_both_identifiers)
{
	const struct pki_cert *ours = pki_root("Root");
	const struct pki_cert *theirs = pki_root("Root");

	trust_cert_as(ours, ANCHOR_AUTHORITY);
	SEND(pki_leaf(SAN, theirs));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason, "CN=Root is missing");
	assert_says(result.reason,
		"the CA of that name in the list "
		"authorities, SHA-256 %s, has another key",
		hex_of(ours));
	assert_says(result.reason, "key identifier %s, and that one has %s",
		key_id_of(theirs->x509), key_id_of(ours->x509));
}
END_TEST

/* Published as if it were the CA; then the server renews it. */
START_TEST(renewed_one_is_told_apart_from_the_one_trusted_before)
{
	const struct pki_cert *public = pki_root("Public");
	const struct pki_spec spec = {.cn = "pbx", .san = SAN};
	const struct pki_cert *first = pki_make(&spec, public);
	const struct pki_cert *renewed = pki_make(&spec, public);

	trust_cert(first);
	SEND(renewed);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason, "CN=Public is missing");
	assert_says(result.reason,
		"an earlier certificate of this name, "
		"SHA-256 %s, is trusted",
		hex_of(first));
	assert_says(result.reason, "another one, SHA-256 %s", hex_of(renewed));
	assert_says(result.remedy, "the certificate of CN=Public");
	assert_says(result.remedy, "certprovctl trust %s", hex_of(renewed));
	ck_assert_int_eq(anchors_set_source(trust->anchors,
				 anchors_find(trust->anchors, first->sha256),
				 "provisioned-url, http://pbx/phone.xml", 12),
		0);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason,
		"is trusted (in the list servers, "
		"provisioned-url, http://pbx/phone.xml:12)");
	/* The same of one that is self-signed, as a CA or not. */
	renewed = pki_make(&spec, NULL);
	SEND(renewed);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason, "self-signed");
	assert_says(result.reason, "SHA-256 %s, is trusted", hex_of(first));
}
END_TEST

START_TEST(renewed_one_is_told_apart_from_the_one_excepted)
{
	const struct pki_cert *public = pki_root("Public");
	const struct pki_cert *first = pki_leaf(SAN, public);

	ck_assert_int_eq(
		trust_add_exception(trust, first->sha256, HOST, INT64_MAX), 0);
	SEND(pki_leaf(SAN, public));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason,
		"exception for this host, but for the certificate with "
		"SHA-256 %s",
		hex_of(first));
	EXPECT("else.example.com", VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.reason, "exception for this host"));
}
END_TEST

/* A CA with the name of the server is not an earlier one of it. */
START_TEST(namesake_of_other_hosts_is_not_an_earlier_one)
{
	trust_cert(pki_root("pbx"));
	SEND(pki_make(&(struct pki_spec){.cn = "pbx", .san = SAN},
		pki_root("Public")));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.reason, "earlier"));
	/* Nor has each certificate without a subject the same one. */
	trust_cert(pki_make(&(struct pki_spec){.san = "DNS:a.example"}, NULL));
	SEND(pki_make(&(struct pki_spec){.san = SAN}, pki_root("Public")));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.reason, "earlier"));
}
END_TEST

static void use_firmware(const char *version)
{
	ck_assert_int_eq(firmware_parse(version, &trust->policy.firmware), 0);
}

START_TEST(expired_issuer_is_named_with_what_replaces_it)
{
	struct pki_spec spec = {
		.cn = "Old", .ca = true, .not_after = PKI_NOW - 1};
	const struct pki_cert *old = pki_make(&spec, NULL);
	const struct pki_cert *newer = NULL;

	trust->clock_source = CLOCK_UNSYNCHRONISED;
	trust_cert_as(old, ANCHOR_AUTHORITY);
	SEND(pki_leaf(SAN, old));
	use_firmware("8.9.3.40");
	EXPECT(HOST, VERDICT_EXPIRED);
	assert_says(result.remedy,
		"Publishing its renewed certificate helps only if an authority");
	assert_says(result.remedy, "If not, update the firmware to 8.7.5.52");
	use_firmware("10.1.63.12");
	EXPECT(HOST, VERDICT_EXPIRED);
	assert_says(result.reason,
		"of CN=Old, an authority of the firmware "
		"(SHA-256 %s), expired on 2026-05-28T",
		hex_of(old));
	assert_says(result.reason,
		" ago; the phone's clock says 2026-05-28T20:26:40Z, which is "
		"not synchronised");
	assert_says(result.remedy, "the renewed certificate of CN=Old");
	newer = pki_root("Old");
	trust_cert(newer);
	EXPECT(HOST, VERDICT_EXPIRED);
	assert_says(result.reason,
		"a CA of that name with another key is trusted until 2027-05-28T");
	assert_says(result.reason, "(in the list servers, SHA-256 %s)",
		hex_of(newer));
	assert_says(result.remedy, "issued again by the CA that is valid");
	/* An intermediate that was sent is for the server to renew. */
	newer = pki_root("Root");
	trust_cert(newer);
	spec.cn = "Lower";
	old = pki_make(&spec, newer);
	SEND(pki_leaf(SAN, old), old);
	EXPECT(HOST, VERDICT_EXPIRED);
	assert_says(result.reason,
		"of CN=Lower, an issuer sent by the server (SHA-256 %s)",
		hex_of(old));
	assert_says(result.remedy, "Have the server send the renewed");
}
END_TEST

/* One more than are looked at, and no more than it may cost. */
START_TEST(what_is_looked_at_to_explain_is_bounded)
{
	const struct pki_spec spec = {.cn = "pbx", .san = SAN};
	const struct pki_cert *c = NULL;

	for (size_t i = 0; i < VERIFY_MAX_RELATED; i++)
		trust_cert(pki_make(
			&(struct pki_spec){.cn = "pbx", .ca = true}, NULL));
	trust_cert(pki_make(&spec, pki_root("Public")));
	SEND(pki_make(&spec, pki_root("Public")));
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.reason, "earlier"));
	c = pki_make(&(struct pki_spec){.cn = "two", .san = SAN}, NULL);
	trust_cert(c);
	for (size_t i = 0; i < TRUST_MAX_EXCEPTIONS; i++) {
		char host[32];

		(void)snprintf(host, sizeof(host), "h%zu.example.com", i);
		ck_assert_int_eq(
			trust_add_exception(trust, c->sha256, host, INT64_MAX),
			0);
	}
	SEND(pki_make(&(struct pki_spec){.cn = "two", .san = SAN},
		pki_root("Public")));
	EXPECT("h7.example.com", VERDICT_ISSUER_NOT_TRUSTED);
	assert_says(result.reason, "earlier certificate of this name");
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
	tcase_add_test(tc, name_of_the_issuer_may_be_written_otherwise);
	tcase_add_loop_test(
		tc, bad_signature_names_the_issuer_it_was_compared_with, 0, 2);
	tcase_add_test(tc,
		ca_of_the_name_with_another_key_is_told_with_both_identifiers);
	tcase_add_test(
		tc, renewed_one_is_told_apart_from_the_one_trusted_before);
	tcase_add_test(tc, renewed_one_is_told_apart_from_the_one_excepted);
	tcase_add_test(tc, namesake_of_other_hosts_is_not_an_earlier_one);
	tcase_add_test(tc, expired_issuer_is_named_with_what_replaces_it);
	tcase_add_test(tc, what_is_looked_at_to_explain_is_bounded);
	return tc;
}
