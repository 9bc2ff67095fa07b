/* SPDX-License-Identifier: Apache-2.0 */
/* What a question costs, in counted work; what a processor makes of it is told
 * by tests/bench. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST
/* What fits into a message. */
#define SENT 16

static const struct pki_cert *make_ca(
	const char *cn, enum pki_key key, const struct pki_cert *issuer)
{
	return pki_make(
		&(struct pki_spec){
			.cn = cn, .ca = true, .key = key, .no_key_ids = true},
		issuer);
}

static const struct pki_cert *make_leaf(const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = "server",
				.san = SAN,
				.eku = "serverAuth",
				.no_key_ids = true},
		issuer);
}

/* The measure of all others. */
START_TEST(good_chain_seen_for_the_first_time_costs_what_it_says)
{
	const struct pki_cert *root =
		pki_make(&(struct pki_spec){.cn = "Root",
				 .organisation = "Example",
				 .ca = true,
				 .key = PKI_RSA_2048},
			NULL);
	const struct pki_cert *ca = pki_make(&(struct pki_spec){.cn = "CA",
						     .organisation = "Example",
						     .ca = true,
						     .key = PKI_RSA_2048},
		root);
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = "server",
				 .organisation = "Example",
				 .san = SAN ",DNS:sip.example.com",
				 .eku = "serverAuth",
				 .key = PKI_RSA_2048},
			ca);

	trust_cert(root);
	SEND(leaf, ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_ge(result.work.cost, VERIFY_GOOD_COST * 8 / 10);
	ck_assert_uint_le(result.work.cost, VERIFY_GOOD_COST * 12 / 10);
	ck_assert_uint_eq(result.work.decoded, 2);
	ck_assert_uint_eq(result.work.signatures, 2);
	/* Then the intermediate is known. */
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_lt(result.work.cost, VERIFY_GOOD_COST * 75 / 100);
	ck_assert_uint_eq(result.work.decoded, 1);
}
END_TEST

/* Fifteen of one name, none of which has signed the leaf. */
static const struct {
	enum pki_key key;
	enum verdict verdict;
	unsigned least; /* signatures */
	unsigned most;
} junk[] = {
	{PKI_P256, VERDICT_BAD_SIGNATURE, 15, 15},
	{PKI_RSA_1024, VERDICT_BAD_SIGNATURE, 15, 15},
	{PKI_P384, VERDICT_BUDGET, 1, 3},
	{PKI_P521, VERDICT_BUDGET, 1, 3},
	{PKI_SECT571, VERDICT_KEY_UNSUPPORTED, 0, 0},
	{PKI_BRAINPOOL, VERDICT_KEY_UNSUPPORTED, 0, 0},
	{PKI_DSA, VERDICT_KEY_UNSUPPORTED, 0, 0},
};

START_TEST(issuers_cost_by_their_keys)
{
	const struct pki_cert *root = pki_root("Root");

	trust_cert(root);
	SEND(make_leaf(make_ca("CA", junk[_i].key, root)));
	while (query.chain_count < SENT) {
		const struct pki_cert *c = make_ca("CA", junk[_i].key, root);

		send_more(c->der.data, c->der.len);
	}
	EXPECT(HOST, junk[_i].verdict);
	ck_assert_uint_ge(result.work.signatures, junk[_i].least);
	ck_assert_uint_le(result.work.signatures, junk[_i].most);
}
END_TEST

/* Nothing is done with a key nobody uses, nor with what came beside it. */
START_TEST(leaf_with_a_key_nobody_uses_is_the_end_of_it)
{
	static const enum pki_key keys[] = {
		PKI_SECT571, PKI_BRAINPOOL, PKI_DSA, PKI_RSA_16384};
	const struct pki_cert *root = pki_root("Root");

	trust_cert(root);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		SEND(pki_make(&(struct pki_spec){.cn = "server",
				      .san = SAN,
				      .key = keys[i]},
			     root),
			root);
		EXPECT(HOST, VERDICT_KEY_UNSUPPORTED);
		ck_assert_ptr_nonnull(strstr(result.reason, "CN=server"));
		ck_assert_uint_eq(result.work.signatures, 0);
		ck_assert_uint_eq(result.work.decoded, 1);
		ck_assert_uint_lt(result.work.cost, VERIFY_GOOD_COST / 2);
	}
}
END_TEST

START_TEST(rsa_is_used_up_to_what_is_configured)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_ca("CA", PKI_RSA_2048, root);

	trust_cert(root);
	SEND(make_leaf(ca), ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	trust->policy.rsa_max_bits = 2048;
	EXPECT(HOST, VERDICT_TRUSTED);
	trust->policy.rsa_max_bits = 2047;
	EXPECT(HOST, VERDICT_KEY_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(result.reason, "rsa, 2048 bits"));
	/* Not even looked for among the trusted ones. */
	trust_cert(ca);
	EXPECT(HOST, VERDICT_KEY_UNSUPPORTED);
}
END_TEST

/* What is allowed costs what it costs. */
START_TEST(absurdly_long_key_is_tried_where_it_is_allowed)
{
	const struct pki_cert *root = pki_root("Root");

	trust_cert(root);
	trust->policy.rsa_max_bits = 16384;
	SEND(make_leaf(make_ca("CA", PKI_RSA_1024, root)));
	while (query.chain_count < 4) {
		const struct pki_cert *c = make_ca("CA", PKI_RSA_16384, root);

		send_more(c->der.data, c->der.len);
	}
	EXPECT(HOST, VERDICT_BUDGET);
	ck_assert_uint_eq(result.work.signatures, 2);
}
END_TEST

/* Cross-signed, renewed: they say the same of what they signed. */
START_TEST(certificates_of_one_key_cost_one_signature)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca = make_ca("CA", PKI_P384, root);
	const struct pki_cert *leaf = make_leaf(ca);
	unsigned count = 0;

	SEND(leaf);
	for (; count < 10; count++) {
		const struct pki_cert *c =
			pki_make(&(struct pki_spec){.cn = "CA",
					 .ca = true,
					 .same_key = ca,
					 .no_key_ids = true},
				make_ca("Nobody", PKI_P256, NULL));

		send_more(c->der.data, c->der.len);
	}
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_uint_eq(result.work.signatures, 1);
	/* And in the attempt it is not checked again. */
	trust_cert(root);
	SEND(leaf, ca, make_ca("CA", PKI_P256, root));
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_eq(result.work.attempts, 1);
	ck_assert_uint_le(result.work.signatures, 3);
}
END_TEST

/* --- what was sent --- */

/* "DNS:aa.b,DNS:..": count names. */
static char *many_names(size_t count)
{
	char *text = malloc(count * 10 + 1);
	size_t at = 0;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(
			text + at, 11, "%sDNS:a.b", i > 0 ? "," : "");
	return text;
}

START_TEST(issuers_of_many_names_are_not_all_decoded)
{
	CLEANUP(free) char *san = many_names(1000);
	const struct pki_cert *unknown = make_ca("CA", PKI_P256, NULL);

	SEND(make_leaf(unknown));
	while (query.chain_count < SENT) {
		const struct pki_cert *c =
			pki_make(&(struct pki_spec){.cn = "CA",
					 .ca = true,
					 .san = san,
					 .no_key_ids = true},
				NULL);

		send_more(c->der.data, c->der.len);
	}
	EXPECT(HOST, VERDICT_BUDGET);
	ck_assert_uint_le(result.work.decoded, 7);
}
END_TEST

/* Nobody decodes them, but they were read and looked through. */
START_TEST(bytes_that_help_nobody_count)
{
	static uint8_t junk_bytes[CERTIFICATE_MAX_BYTES];
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *leaf = make_leaf(root);
	size_t fit = (size_t)VERIFY_MAX_COST * 128 / sizeof(junk_bytes);

	trust_cert(root);
	SEND(leaf);
	EXPECT(HOST, VERDICT_TRUSTED);
	while (query.chain_count <= fit)
		send_more(junk_bytes, sizeof(junk_bytes));
	EXPECT(HOST, VERDICT_BUDGET);
	ck_assert_uint_le(result.work.decoded, 1);
	ck_assert_uint_eq(result.work.signatures, 0);
}
END_TEST

/* Of one name for four thousand constraints OpenSSL looks for the last @ four
 * thousand times. */
START_TEST(long_names_count_by_their_bytes)
{
	CLEANUP(free) char *constraints = malloc(200 * 64);
	char mail[8192] = "email:";
	const struct pki_cert *ca = NULL;
	size_t at = 0;

	ck_assert_ptr_nonnull(constraints);
	for (unsigned i = 0; i < 200; i++)
		at += (size_t)snprintf(constraints + at, 64,
			"%sexcluded;email:a%u@example.org", i > 0 ? "," : "",
			i);
	memset(mail + strlen(mail), 'a', 8000);
	memcpy(mail + 6 + 10, "@", 1);
	ca = pki_make(&(struct pki_spec){.cn = "CA",
			      .ca = true,
			      .name_constraints = constraints},
		NULL);
	trust_cert(ca);
	SEND(pki_leaf(SAN, ca));
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_lt(result.work.cost, 4 * VERIFY_GOOD_COST);
	memcpy(mail + strlen(mail), "," SAN, sizeof("," SAN));
	SEND(pki_leaf(mail, ca));
	(void)ask(HOST);
	ck_assert_uint_gt(result.work.cost, 2 * VERIFY_GOOD_COST);
}
END_TEST

test_case_maker verify_cost_tests;

TCase *verify_cost_tests(void)
{
	TCase *tc = tcase_create("verify-cost");

	tcase_add_checked_fixture(tc, ask_setup, ask_teardown);
	tcase_add_test(
		tc, good_chain_seen_for_the_first_time_costs_what_it_says);
	tcase_add_loop_test(
		tc, issuers_cost_by_their_keys, 0, ARRAY_SIZE(junk));
	tcase_add_test(tc, leaf_with_a_key_nobody_uses_is_the_end_of_it);
	tcase_add_test(tc, rsa_is_used_up_to_what_is_configured);
	tcase_add_test(tc, absurdly_long_key_is_tried_where_it_is_allowed);
	tcase_add_test(tc, certificates_of_one_key_cost_one_signature);
	tcase_add_test(tc, issuers_of_many_names_are_not_all_decoded);
	tcase_add_test(tc, bytes_that_help_nobody_count);
	tcase_add_test(tc, long_names_count_by_their_bytes);
	return tc;
}
