/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/skeleton.h"

#include <check.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "lib/x509/certificate.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define DEBIAN "/etc/ssl/certs/ca-certificates.crt"

/* What lib/verify takes for an issuer whose key counts. */
static bool openssl_thinks_so(const struct certificate *c)
{
	return c->ca && !c->invalid_extension &&
		X509_get_key_usage(c->x509) & KU_KEY_CERT_SIGN &&
		certificate_judge_key(c, KEY_RSA_LIMIT_BITS) ==
		VERDICT_ACCEPTED;
}

static void expect_same(
	const struct skeleton_issuer *i, const struct certificate *c)
{
	ck_assert_int_eq(i->not_after, c->not_after);
}

static bool read_both(const void *der, size_t len)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_ACCEPTED;
	struct skeleton_issuer i;

	ck_assert_int_eq(certificate_decode(der, len, &c, &why), 0);
	ck_assert_ptr_nonnull(c);
	skeleton_read_issuer(der, len, &i);
	ck_assert_msg(i.may_issue == openssl_thinks_so(c), "%s",
		certificate_subject(c));
	if (i.may_issue)
		expect_same(&i, c);
	return i.may_issue;
}

static const struct {
	struct pki_spec spec;
	bool may_issue;
} made[] = {
	{{.cn = "A root", .ca = true}, true},
	{{.cn = "With a path length", .ca = true, .path_length = 1}, true},
	{{.cn = "Without keyUsage", .ca = true, .no_key_usage = true}, true},
	{{.cn = "RSA", .ca = true, .key = PKI_RSA_2048}, true},
	{{.cn = "Short RSA", .ca = true, .key = PKI_RSA_1024}, true},
	{{.cn = "P-384", .ca = true, .key = PKI_P384}, true},
	{{.cn = "Ed25519", .ca = true, .key = PKI_ED25519, .digest = ""}, true},
	{{.cn = "Until 2090", .ca = true, .not_after = PKI_NOW + 64 * PKI_YEAR},
		true},
	{{.cn = "Before 2000", .ca = true, .not_after = 915148800}, true},
	{{.cn = "A leaf", .san = "DNS:a.example"}, false},
	{{.cn = "For signatures only",
		 .ca = true,
		 .key_usage = "critical,digitalSignature,cRLSign"},
		false},
	{{.cn = "keyCertSign without cA", .key_usage = "critical,keyCertSign"},
		false},
	{{.cn = "No constraints",
		 .no_basic_constraints = true,
		 .key_usage = "keyCertSign"},
		false},
	{{.cn = "Version 1", .version_1 = true}, false},
	{{.cn = "Weak RSA", .ca = true, .key = PKI_RSA_512}, false},
	{{.cn = "Weak EC", .ca = true, .key = PKI_P192}, false},
	{{.cn = "DSA", .ca = true, .key = PKI_DSA}, false},
	{{.cn = "Twice", .ca = true, .extra = {{"keyUsage", "keyCertSign"}}},
		false},
	{{.cn = "Nonsense",
		 .no_basic_constraints = true,
		 .extra = {{"2.5.29.19", "DER:0500"}}},
		false},
	{{.cn = "Negative path length",
		 .no_basic_constraints = true,
		 .extra = {{"2.5.29.19", "DER:30060101ff0201ff"}}},
		false},
	{{.cn = "No usage at all",
		 .ca = true,
		 .no_key_usage = true,
		 .extra = {{"2.5.29.15", "DER:030100"}}},
		false},
};

START_TEST(it_says_what_openssl_says_after_decoding)
{
	const struct pki_cert *c = pki_make(&made[_i].spec, NULL);

	ck_assert_msg(read_both(c->der.data, c->der.len) == made[_i].may_issue,
		"%s", made[_i].spec.cn);
}
END_TEST

/* Real ones, where a Debian's are installed. */
START_TEST(of_mozillas_roots_all_may_issue)
{
	FILE *file = fopen(DEBIAN, "re");
	X509 *x509 = NULL;
	unsigned count = 0;

	while (file && (x509 = PEM_read_X509(file, NULL, NULL, NULL))) {
		unsigned char *der = NULL;
		int len = i2d_X509(x509, &der);

		ck_assert_int_gt(len, 0);
		ck_assert(read_both(der, (size_t)len));
		OPENSSL_free(der);
		X509_free(x509);
		count++;
	}
	if (!file)
		(void)printf("SKIP issuing: there is no " DEBIAN "\n");
	else
		ck_assert_uint_gt(count, 0);
	if (file)
		(void)fclose(file);
}
END_TEST

START_TEST(what_is_no_certificate_may_not_issue)
{
	const struct pki_cert *c = pki_root("Root");
	struct skeleton_issuer i = {.may_issue = true};

	for (size_t len = 0; len < c->der.len; len++) {
		skeleton_read_issuer(c->der.data, len, &i);
		ck_assert(!i.may_issue);
	}
	skeleton_read_issuer(c->der.data, c->der.len, &i);
	ck_assert(i.may_issue);
}
END_TEST

/* What one bit makes of it. A point beside the curve is nobody's key and a
 * wrong beginning no date: neither is looked at, nor are other extensions. */
static void expect_no_lonely_yes(const struct bytes *der)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	enum verdict why = VERDICT_ACCEPTED;
	struct skeleton_issuer i;

	skeleton_read_issuer(der->data, der->len, &i);
	if (!i.may_issue)
		return;
	ck_assert_int_eq(certificate_decode(der->data, der->len, &c, &why), 0);
	if (!c)
		return;
	expect_same(&i, c);
	ck_assert(c->key.type == KEY_OTHER || c->invalid_extension ||
		openssl_thinks_so(c));
}

START_TEST(it_never_says_yes_alone)
{
	const struct pki_cert *root = pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .key = _i ? PKI_RSA_1024 : 0},
		NULL);
	CLEANUP(bytes_done) struct bytes der = {0};

	ck_assert_int_eq(bytes_copy(root->der.data, root->der.len, &der), 0);
	for (size_t bit = 0; bit < der.len * 8; bit++) {
		der.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		expect_no_lonely_yes(&der);
		der.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}
END_TEST

test_case_maker skeleton_issuer_tests;

TCase *skeleton_issuer_tests(void)
{
	TCase *tc = tcase_create("skeleton-issuer");

	tcase_add_checked_fixture(tc, NULL, pki_free_all);
	tcase_add_loop_test(tc, it_says_what_openssl_says_after_decoding, 0,
		ARRAY_SIZE(made));
	tcase_add_test(tc, of_mozillas_roots_all_may_issue);
	tcase_add_test(tc, what_is_no_certificate_may_not_issue);
	tcase_add_loop_test(tc, it_never_says_yes_alone, 0, 2);
	return tc;
}
