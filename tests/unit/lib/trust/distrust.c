/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is distrusted stays so in whatever form it comes back: keys and names
 * encoded otherwise, copies, issuers that are left out of the chain.
 */
#include "lib/trust/trust.h"

#include <string.h>

#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/lib/x509/openssl-memory.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"

static const struct pki_cert *root;

static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	trust_cert(root);
}

static void distrust(enum distrust_kind kind, const uint8_t *sha256)
{
	ck_assert_int_eq(trust_add_distrusted(trust, kind, sha256), 0);
}

static void except(const struct pki_cert *c)
{
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, NULL, INT64_MAX), 0);
}

static struct distrust look(const struct pki_cert *c)
{
	CLEANUP(certificate_free) struct certificate *decoded = NULL;
	enum verdict why = VERDICT__END;
	struct distrust d;

	ck_assert_int_eq(
		certificate_decode(c->der.data, c->der.len, &decoded, &why), 0);
	ck_assert_ptr_nonnull(decoded);
	ck_assert_int_eq(trust_find_distrust(trust, decoded, &d), 0);
	return d;
}

/* --- keys --- */

static const struct {
	enum pki_key key;
	enum pki_form as_distrusted;
	enum pki_form as_shown;
} forms[] = {
	{PKI_P256, PKI_FORM_USUAL, PKI_FORM_COMPRESSED},
	{PKI_P256, PKI_FORM_USUAL, PKI_FORM_HYBRID},
	{PKI_P256, PKI_FORM_COMPRESSED, PKI_FORM_USUAL},
	{PKI_P256, PKI_FORM_COMPRESSED, PKI_FORM_HYBRID},
	{PKI_P256, PKI_FORM_COMPRESSED, PKI_FORM_COMPRESSED},
	{PKI_P384, PKI_FORM_HYBRID, PKI_FORM_COMPRESSED},
	{PKI_RSA_2048, PKI_FORM_USUAL, PKI_FORM_WITHOUT_NULL},
	{PKI_RSA_2048, PKI_FORM_USUAL, PKI_FORM_PSS},
	{PKI_RSA_2048, PKI_FORM_WITHOUT_NULL, PKI_FORM_USUAL},
	{PKI_RSA_2048, PKI_FORM_PSS, PKI_FORM_USUAL},
	{PKI_ED25519, PKI_FORM_USUAL, PKI_FORM_USUAL},
};

static const struct pki_cert *ca_with(
	enum pki_key type, const struct pki_cert *key, enum pki_form form)
{
	return pki_make(
		&(struct pki_spec){
			.cn = "CA",
			.ca = true,
			.key = type,
			.same_key = key,
			.form = form,
		},
		root);
}

START_TEST(a_distrusted_key_is_distrusted_in_every_form)
{
	const struct pki_cert *named =
		ca_with(forms[_i].key, NULL, forms[_i].as_distrusted);
	const struct pki_cert *shown = pki_make(
		&(struct pki_spec){
			.cn = "pbx",
			.same_key = named,
			.form = forms[_i].as_shown,
		},
		root);

	ck_assert_int_eq(memcmp(named->spki_sha256, shown->spki_sha256,
				 SHA256_BYTES) == 0,
		forms[_i].as_distrusted == forms[_i].as_shown);
	SEND(shown);
	EXPECT(NULL,
		forms[_i].as_shown == PKI_FORM_HYBRID ? VERDICT_KEY_UNSUPPORTED
						      : VERDICT_TRUSTED);
	distrust(DISTRUST_PUBLIC_KEY, named->spki_sha256);
	EXPECT(NULL, VERDICT_DISTRUSTED);
	ck_assert_int_eq(look(shown).reason, DISTRUST_KEY);
	ck_assert_mem_eq(
		look(shown).entry.sha256, named->spki_sha256, SHA256_BYTES);
	ck_assert_int_eq(look(root).reason, DISTRUST_NOT);
}
END_TEST

START_TEST(a_copy_with_the_key_in_another_form_is_a_copy)
{
	const struct pki_cert *bad =
		ca_with(forms[_i].key, NULL, forms[_i].as_distrusted);
	const struct pki_cert *copy =
		ca_with(forms[_i].key, bad, forms[_i].as_shown);
	const struct pki_cert *namesake =
		ca_with(forms[_i].key, NULL, PKI_FORM_USUAL);

	trust_cert(bad);
	distrust(DISTRUST_CERTIFICATE, bad->sha256);
	SEND(pki_leaf("DNS:" HOST, copy), copy);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	ck_assert_int_eq(look(copy).reason, DISTRUST_COPY);
	ck_assert_mem_eq(look(copy).entry.sha256, bad->sha256, SHA256_BYTES);
	SEND(pki_leaf("DNS:" HOST, namesake), namesake);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

/* --- names --- */

START_TEST(an_empty_part_makes_no_other_name)
{
	const struct pki_cert *bad = pki_root("CA");
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){
			.cn = "CA",
			.ca = true,
			.same_key = bad,
			.empty_rdn = true,
		},
		root);

	ck_assert_int_eq(X509_NAME_cmp(X509_get_subject_name(bad->x509),
				 X509_get_subject_name(copy->x509)),
		0);
	trust_cert(bad);
	SEND(pki_leaf("DNS:" HOST, copy), copy);
	EXPECT(HOST, VERDICT_TRUSTED);
	distrust(DISTRUST_CERTIFICATE, bad->sha256);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	ck_assert_int_eq(look(copy).reason, DISTRUST_COPY);
}
END_TEST

/* --- issuers left out --- */

/* None of them leads a path to the one that signed. */
static const struct pki_spec bad_issuers[] = {
	{.cn = "Bad", .ca = true},
	{.cn = "Bad", .no_basic_constraints = true, .no_key_usage = true},
	{.cn = "Bad", .ca = true, .key_usage = "critical,digitalSignature"},
	{.cn = "Bad", .version_1 = true},
	{.cn = "Bad", .ca = true, .empty_rdn = true},
};

static const struct pki_cert *leaf_of(const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){
			.cn = "pbx",
			.san = "DNS:" HOST,
			.no_key_ids = true,
			/* The key identifier of somebody else. */
			.extra = {{"2.5.29.35", "DER:3006800401020304"}},
		},
		issuer);
}

START_TEST(no_exception_helps_what_a_distrusted_issuer_signed)
{
	const struct pki_cert *bad = pki_make(&bad_issuers[_i], NULL);
	const struct pki_cert *leaves[] = {
		leaf_of(bad), pki_leaf("DNS:" HOST, bad)};

	trust_cert(bad);
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++)
		except(leaves[i]);
	distrust(DISTRUST_CERTIFICATE, bad->sha256);
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		trust->policy.verification = VERIFICATION_FORCED;
		SEND(leaves[i]);
		EXPECT(HOST, VERDICT_DISTRUSTED);
		trust->policy.verification = VERIFICATION_OFF;
		EXPECT(HOST, VERDICT_DISTRUSTED);
	}
}
END_TEST

START_TEST(neither_what_it_signed_above)
{
	const struct pki_cert *bad = pki_make(&bad_issuers[_i], NULL);
	const struct pki_cert *between =
		pki_make(&(struct pki_spec){.cn = "Between", .ca = true}, bad);
	const struct pki_cert *leaf = pki_leaf("DNS:" HOST, between);

	trust_cert(bad);
	except(leaf);
	SEND(leaf, between);
	distrust(DISTRUST_PUBLIC_KEY, bad->spki_sha256);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

START_TEST(its_name_alone_does_no_harm)
{
	const struct pki_cert *bad = pki_root("CA");
	const struct pki_cert *namesake = pki_root("CA");
	const struct pki_cert *leaf = pki_leaf("DNS:" HOST, namesake);

	trust_cert(bad);
	distrust(DISTRUST_CERTIFICATE, bad->sha256);
	SEND(leaf);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	except(leaf);
	EXPECT(HOST, VERDICT_EXCEPTION);
}
END_TEST

/* Fingerprints that are of nothing, in no order. */
static void distrust_others(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t mixed = i * 2654435761U;
		uint8_t sha256[SHA256_BYTES] = {0};

		memcpy(sha256, &mixed, sizeof(mixed));
		distrust(
			i % 3 == 0 ? DISTRUST_PUBLIC_KEY : DISTRUST_CERTIFICATE,
			sha256);
	}
}

START_TEST(a_copy_is_found_whatever_else_is_distrusted)
{
	distrust_others(600);
	for (size_t i = 0; i < 8; i++) {
		const struct pki_cert *bad = pki_root("CA");
		const struct pki_cert *copy = pki_make(
			&(struct pki_spec){
				.cn = "CA", .ca = true, .same_key = bad},
			root);

		trust_cert(bad);
		ck_assert_int_eq(look(copy).reason, DISTRUST_NOT);
		distrust(DISTRUST_CERTIFICATE, bad->sha256);
		ck_assert_int_eq(look(copy).reason, DISTRUST_COPY);
		ck_assert_mem_eq(
			look(copy).entry.sha256, bad->sha256, SHA256_BYTES);
	}
}
END_TEST

/* How many blocks of memory OpenSSL asks for to find out. */
static unsigned blocks_of(const struct certificate *c)
{
	struct distrust d;
	unsigned n = 0;

	do
		openssl_memory_fails_at(++n);
	while (trust_find_distrust(trust, c, &d) < 0 ||
		openssl_memory_did_fail());
	openssl_memory_fails_at(0);
	return n - 1;
}

/* Anybody may put namesakes there: of none is a digest made. */
START_TEST(namesakes_cost_nothing)
{
	CLEANUP(certificate_free) struct certificate *c = NULL;
	const struct pki_cert *shown = pki_root("CA");
	enum verdict why = VERDICT__END;
	unsigned alone = 0;

	distrust_others(600);
	ck_assert_int_eq(
		certificate_decode(shown->der.data, shown->der.len, &c, &why),
		0);
	alone = blocks_of(c);
	for (size_t i = 0; i < 8; i++)
		trust_cert(pki_root("CA"));
	anchors_forget_digests(trust->anchors);
	ck_assert_uint_eq(blocks_of(c), alone);
}
END_TEST

TCase *distrust_tests(void);

TCase *distrust_tests(void)
{
	TCase *tc = tcase_create("distrust");
	int issuers = (int)ARRAY_SIZE(bad_issuers);

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc, a_distrusted_key_is_distrusted_in_every_form, 0,
		ARRAY_SIZE(forms));
	tcase_add_loop_test(tc, a_copy_with_the_key_in_another_form_is_a_copy,
		0, ARRAY_SIZE(forms));
	tcase_add_test(tc, an_empty_part_makes_no_other_name);
	tcase_add_loop_test(tc,
		no_exception_helps_what_a_distrusted_issuer_signed, 0, issuers);
	tcase_add_loop_test(tc, neither_what_it_signed_above, 0, issuers);
	tcase_add_test(tc, its_name_alone_does_no_harm);
	tcase_add_test(tc, a_copy_is_found_whatever_else_is_distrusted);
	tcase_add_test(tc, namesakes_cost_nothing);
	return tc;
}
