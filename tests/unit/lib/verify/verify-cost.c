/* SPDX-License-Identifier: Apache-2.0 */
/* What a question costs, in counted work; what a processor makes of it is told
 * by tests/bench. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/lib/verify/ask.h"
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
	unsigned cost = 0;

	trust_cert(root);
	SEND(leaf, ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_ge(result.work.cost, VERIFY_GOOD_COST * 8 / 10);
	ck_assert_uint_le(result.work.cost, VERIFY_GOOD_COST * 12 / 10);
	ck_assert_uint_eq(result.work.decoded, 2);
	ck_assert_uint_eq(result.work.signatures, 2);
	/* Then the intermediate is known, and no verdict depends on that. */
	cost = result.work.cost;
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_eq(result.work.cost, cost);
	ck_assert_uint_eq(result.work.signatures, 2);
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
	CLEANUP(free) char *constraints = malloc((size_t)200 * 64);
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
	ck_assert_uint_lt(result.work.cost, (uintmax_t)4 * VERIFY_GOOD_COST);
	memcpy(mail + strlen(mail), "," SAN, sizeof("," SAN));
	SEND(pki_leaf(mail, ca));
	(void)ask(HOST);
	ck_assert_uint_gt(result.work.cost, (uintmax_t)2 * VERIFY_GOOD_COST);
}
END_TEST

/* --- what is distrusted --- */

#define BIG_CHAIN 6
#define BIG_BYTES 10000
/* Hardly below the limit of a certificate. */
#define HUGE_BYTES 65000
/* What it costs to digest so many bytes in each of three forms. */
#define FORMS_OF(bytes) ((size_t)3 * (bytes) / 512)

static const struct pki_cert *make_padded_ca(
	const struct pki_cert *issuer, unsigned bytes)
{
	static char padding[(size_t)2 * HUGE_BYTES + 64] = "DER:0482";
	size_t at = strlen("DER:0482");

	(void)snprintf(padding + at, 5, "%04x", bytes);
	memset(padding + at + 4, '0', (size_t)2 * bytes);
	padding[at + 4 + 2 * (size_t)bytes] = 0;
	return pki_make(&(struct pki_spec){.cn = "CA",
				.ca = true,
				.no_key_ids = true,
				.extra = {{"1.2.3.4", padding}}},
		issuer);
}

/* By which the same question costs more where anything is distrusted. */
static unsigned distrust_costs_more(void)
{
	static const uint8_t other[SHA256_BYTES] = {1};
	unsigned before = 0;

	(void)ask(HOST);
	before = result.work.cost;
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, other), 0);
	(void)ask(HOST);
	return result.work.cost - before;
}

/* Of one name, each signed by the next: at every step of the path all that are
 * left could be the issuer. */
START_TEST(the_distrusted_are_gone_through_once_for_what_was_sent)
{
	const struct pki_cert *chain[BIG_CHAIN];
	const struct pki_cert *issuer = make_ca("CA", PKI_P256, NULL);
	unsigned more = 0;

	for (size_t i = BIG_CHAIN; i > 0; i--) {
		chain[i - 1] = make_padded_ca(issuer, BIG_BYTES);
		issuer = chain[i - 1];
	}
	SEND(make_leaf(issuer));
	for (size_t i = 0; i < BIG_CHAIN; i++)
		send_more(chain[i]->der.data, chain[i]->der.len);
	more = distrust_costs_more();
	ck_assert_uint_ge(more, FORMS_OF(BIG_BYTES) * BIG_CHAIN);
	ck_assert_uint_le(more, FORMS_OF(BIG_BYTES) * 2 * BIG_CHAIN);
}
END_TEST

/* Where a path ends, those of its issuer's name that stand in the store are
 * asked about as well, wherever it ends. */
START_TEST(neither_is_it_asked_at_each_dead_end_what_the_store_has)
{
	const struct pki_cert *one = make_ca("CA", PKI_P256, NULL);
	unsigned more = 0;

	for (size_t i = 0; i < 4; i++)
		trust_cert(make_padded_ca(NULL, HUGE_BYTES));
	SEND(make_leaf(one));
	for (size_t i = 0; i < 3; i++) {
		const struct pki_cert *c =
			pki_make(&(struct pki_spec){.cn = "CA",
					 .ca = true,
					 .same_key = one,
					 .no_key_ids = true},
				one);

		send_more(c->der.data, c->der.len);
	}
	more = distrust_costs_more();
	ck_assert_uint_ge(more, FORMS_OF(HUGE_BYTES) * 4);
	ck_assert_uint_le(more, FORMS_OF(HUGE_BYTES) * 4 + 200);
}
END_TEST

START_TEST(who_is_not_verified_pays_as_well)
{
	const struct pki_cert *ca = make_padded_ca(NULL, HUGE_BYTES);

	trust->policy.verification = VERIFICATION_OFF;
	SEND(make_leaf(ca), ca);
	ck_assert_uint_ge(distrust_costs_more(), FORMS_OF(HUGE_BYTES));
	ck_assert_int_eq(result.verdict, VERDICT_NOT_VERIFIED);
}
END_TEST

/* More of a name than are looked at, and the last one is distrusted. */
START_TEST(who_is_not_verified_does_not_pass_where_nobody_can_tell)
{
	const struct pki_cert *bad = make_ca("CA", PKI_P256, NULL);

	for (size_t i = 0; i < VERIFY_MAX_ISSUERS_OF_NAME; i++)
		trust_cert(make_ca("CA", PKI_P256, NULL));
	trust_cert(bad);
	trust->policy.verification = VERIFICATION_OFF;
	SEND(make_leaf(bad));
	EXPECT(HOST, VERDICT_NOT_VERIFIED);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

/* Eight of one name may come from anybody, with the dearest keys and as many
 * values as there may be. */
static void trust_junk(const char *cn, const char *san)
{
	for (size_t i = 0; i < 8; i++)
		trust_cert(pki_make(&(struct pki_spec){.cn = cn,
					    .ca = true,
					    .san = san,
					    .key = PKI_P384,
					    .no_key_ids = true},
			NULL));
}

static void except(const struct pki_cert *c)
{
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, NULL, INT64_MAX), 0);
}

START_TEST(junk_takes_no_exception_away)
{
	CLEANUP(free) char *names = many_names(3900);
	const struct pki_cert *own = pki_make(
		&(struct pki_spec){.cn = "PBX", .san = SAN, .no_key_ids = true},
		NULL);
	const struct pki_cert *ca = make_ca("CA", PKI_P256, NULL);
	const struct pki_cert *leaf = make_leaf(ca);

	trust_junk("PBX", _i ? names : NULL);
	trust_junk("CA", _i ? names : NULL);
	except(own);
	except(leaf);
	SEND(own);
	EXPECT(HOST, VERDICT_EXCEPTION);
	(void)distrust_costs_more();
	ck_assert_str_eq(verdict_name(result.verdict), "exception");
	SEND(leaf, ca);
	EXPECT(HOST, VERDICT_EXCEPTION);
	/* But not where nobody can tell, or what is there is distrusted. */
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, ca->sha256),
		0);
	ck_assert(ask(HOST) == VERDICT_BUDGET ||
		result.verdict == VERDICT_DISTRUSTED);
}
END_TEST

/* Whom an intermediate of the store leads to is not known before the search. */
START_TEST(exception_does_not_pass_behind_intermediates_and_junk)
{
	const struct pki_cert *bad = make_ca("Bad", PKI_P256, NULL);
	const struct pki_cert *ca = make_ca("CA", PKI_P256, bad);
	const struct pki_cert *leaf = make_leaf(ca);

	trust_junk("CA", NULL);
	trust_cert(bad);
	trust_cert_as(ca, ANCHOR_INTERMEDIATE);
	except(leaf);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	SEND(leaf);
	ck_assert(!verdict_is_positive(ask(HOST)));
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
	tcase_add_test(
		tc, the_distrusted_are_gone_through_once_for_what_was_sent);
	tcase_add_test(
		tc, neither_is_it_asked_at_each_dead_end_what_the_store_has);
	tcase_add_test(tc, who_is_not_verified_pays_as_well);
	tcase_add_test(
		tc, who_is_not_verified_does_not_pass_where_nobody_can_tell);
	tcase_add_loop_test(tc, junk_takes_no_exception_away, 0, 2);
	tcase_add_test(
		tc, exception_does_not_pass_behind_intermediates_and_junk);
	return tc;
}
