/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/signature-malleability.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <string.h>

#include "lib/base/digest.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"

static const struct pki_cert *root;
static const struct pki_cert *leaf;

static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	leaf = pki_leaf("DNS:" HOST, root);
	trust_cert(root);
}

static struct certificate *decode(const struct bytes *der)
{
	struct certificate *c = NULL;
	enum verdict why = VERDICT__END;

	ck_assert_int_eq(certificate_decode(der->data, der->len, &c, &why), 0);
	ck_assert_ptr_nonnull(c);
	return c;
}

static bool is_among(const uint8_t sha256[SHA256_BYTES],
	uint8_t all[MALLEABILITY_MAX][SHA256_BYTES], int count)
{
	for (int i = 0; i < count; i++)
		if (memcmp(all[i], sha256, SHA256_BYTES) == 0)
			return true;
	return false;
}

static const enum pki_key ec_keys[] = {PKI_P256, PKI_P384};

START_TEST(each_of_two_knows_the_others_fingerprint)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){.cn = "CA", .ca = true, .key = ec_keys[_i]},
		NULL);
	const struct pki_cert *one = pki_leaf("DNS:" HOST, ca);
	CLEANUP(bytes_done) struct bytes other = pki_other_form(one, ca);
	CLEANUP(certificate_free) struct certificate *a = decode(&one->der);
	CLEANUP(certificate_free) struct certificate *b = NULL;
	uint8_t forms[MALLEABILITY_MAX][SHA256_BYTES];
	int count = 0;

	b = decode(&other);
	ck_assert_mem_ne(a->sha256, b->sha256, SHA256_BYTES);
	count = malleability_fingerprints(&a->der, forms);
	ck_assert(is_among(b->sha256, forms, count));
	ck_assert(!is_among(a->sha256, forms, count));
	count = malleability_fingerprints(&b->der, forms);
	ck_assert(is_among(a->sha256, forms, count));
}
END_TEST

START_TEST(orders_written_down_are_those_of_the_groups)
{
	const struct malleability_group *g = &malleability_groups[_i];
	EC_GROUP *group = EC_GROUP_new_by_curve_name(g->nid);
	BIGNUM *order = NULL;

	ck_assert_ptr_nonnull(group);
	ck_assert_int_gt(BN_hex2bn(&order, g->order), 0);
	ck_assert_int_eq(BN_cmp(order, EC_GROUP_get0_order(group)), 0);
	BN_free(order);
	EC_GROUP_free(group);
}
END_TEST

START_TEST(the_distrust_of_another_form_is_lifted_by_its_fingerprint)
{
	const struct pki_cert *ca = pki_root("CA");
	const struct pki_cert *one = pki_leaf("DNS:" HOST, ca);
	CLEANUP(bytes_done) struct bytes other = pki_other_form(one, ca);
	CLEANUP(certificate_free) struct certificate *a = decode(&one->der);
	CLEANUP(certificate_free) struct certificate *b = NULL;
	struct distrust d;
	char words[TRUST_LIFT_SIZE];

	b = decode(&other);
	ck_assert_int_eq(trust_find_distrust(trust, b, &d), 0);
	trust_lift_words(&d, words);
	ck_assert_str_eq(words, "");
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, a->sha256),
		0);
	ck_assert_int_eq(trust_find_distrust(trust, b, &d), 0);
	trust_lift_words(&d, words);
	ck_assert_int_eq(d.reason, DISTRUST_OTHER_FORM);
	ck_assert_str_eq(words, a->sha256_hex);
}
END_TEST

START_TEST(what_is_signed_otherwise_has_none)
{
	const enum pki_key keys[] = {PKI_RSA_2048, PKI_ED25519};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct pki_cert *c = pki_make(
			&(struct pki_spec){
				.cn = "CA", .ca = true, .key = keys[i]},
			NULL);
		CLEANUP(certificate_free)
		struct certificate *a = decode(&c->der);
		uint8_t forms[MALLEABILITY_MAX][SHA256_BYTES];

		ck_assert_int_eq(malleability_fingerprints(&a->der, forms), 0);
	}
}
END_TEST

START_TEST(distrust_of_a_certificate_is_distrust_of_its_other_form)
{
	CLEANUP(bytes_done)
	struct bytes other_form = pki_other_form(leaf, root);

	query.chain_count = 0;
	send_more(other_form.data, other_form.len);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, leaf->sha256),
		0);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	SEND(leaf);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	SEND(pki_leaf("DNS:" HOST, root));
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

#define TBS_VERSION 8 /* where the tag of the version is */

/* Nobody can decode it; it has two forms all the same. */
START_TEST(what_cannot_be_decoded_is_distrusted_in_both_forms)
{
	CLEANUP(bytes_done) struct bytes other = pki_other_form(leaf, root);
	uint8_t *broken = leaf->der.data;
	uint8_t sha256[SHA256_BYTES];
	struct certificate *c = NULL;
	enum verdict why = VERDICT__END;
	bool distrusted = true;

	ck_assert_uint_eq(broken[TBS_VERSION], 0xa0);
	broken[TBS_VERSION] = other.data[TBS_VERSION] = 0xa7;
	ck_assert_int_eq(
		certificate_decode(other.data, other.len, &c, &why), 0);
	ck_assert_ptr_null(c);
	ck_assert_int_eq(trust_distrusts(trust, &other, NULL, &distrusted), 0);
	ck_assert(!distrusted);
	ck_assert_int_eq(digest_sha256(broken, leaf->der.len, sha256), 0);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, sha256), 0);
	ck_assert_int_eq(trust_distrusts(trust, &other, NULL, &distrusted), 0);
	ck_assert(distrusted);
	distrusted = false;
	ck_assert_int_eq(
		trust_distrusts(trust, &leaf->der, NULL, &distrusted), 0);
	ck_assert(distrusted);
}
END_TEST

TCase *signature_malleability_tests(void);

TCase *signature_malleability_tests(void)
{
	TCase *tc = tcase_create("signature-malleability");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc, each_of_two_knows_the_others_fingerprint, 0,
		ARRAY_SIZE(ec_keys));
	tcase_add_loop_test(tc, orders_written_down_are_those_of_the_groups, 0,
		MALLEABILITY_MAX);
	tcase_add_test(
		tc, the_distrust_of_another_form_is_lifted_by_its_fingerprint);
	tcase_add_test(tc, what_is_signed_otherwise_has_none);
	tcase_add_test(tc, what_cannot_be_decoded_is_distrusted_in_both_forms);
	tcase_add_test(
		tc, distrust_of_a_certificate_is_distrust_of_its_other_form);
	return tc;
}
