/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of trust when a digest cannot be made: of everything that
 * needs digests each one fails once, and nothing may be trusted for it.
 */
#include "lib/base/digest.h"

#include <errno.h>
#include <string.h>

#include "lib/net/url.h"
#include "lib/provisioning/judge.h"
#include "lib/trust/snapshot.h"
#include "lib/x509/signature-malleability.h"
#include "tests/unit/digest-double.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"

static const struct pki_cert *root;
static const struct pki_cert *issuing;
static const struct pki_cert *copy; /* of issuing: its subject and key */
static const struct pki_cert *leaf;
static const struct pki_cert *stranger;
static struct bytes other_form; /* of leaf */

static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	copy = pki_make(
		&(struct pki_spec){
			.cn = "Issuing", .ca = true, .same_key = issuing},
		root);
	leaf = pki_leaf("DNS:" HOST, issuing);
	stranger = pki_leaf("DNS:" HOST, NULL);
	other_form = pki_other_form(leaf, issuing);
}

static void teardown(void)
{
	bytes_done(&other_form);
	ask_teardown();
}

/* --- the helper --- */

START_TEST(what_fails_leaves_its_output_untouched)
{
	uint8_t digest[SHA256_BYTES] = {1};
	const uint8_t before[SHA256_BYTES] = {1};
	char hex[SHA256_HEX_SIZE] = "before";

	ck_assert(digest_fails_at(1));
	ck_assert_int_eq(digest_sha256("a", 1, digest), -EIO);
	ck_assert_mem_eq(digest, before, sizeof(before));
	ck_assert(digest_fails_at(1));
	ck_assert_int_eq(digest_sha256_hex("a", 1, hex), -EIO);
	ck_assert_str_eq(hex, "before");
	ck_assert_int_eq(digest_sha256_hex("", 0, hex), 0);
	ck_assert_str_eq(hex,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
		"855");
}
END_TEST

/* --- facts --- */

START_TEST(a_certificate_without_its_digests_is_none)
{
	for (unsigned n = 1; digest_fails_at(n); n++) {
		struct certificate *c = NULL;
		enum verdict why = VERDICT__END;
		int r = certificate_decode(
			leaf->der.data, leaf->der.len, &c, &why);

		if (digest_did_fail()) {
			ck_assert_int_eq(r, -EIO);
			ck_assert_ptr_null(c);
			ck_assert_int_eq(why, VERDICT__END);
		} else {
			ck_assert_int_eq(r, 0);
			ck_assert_mem_eq(c->sha256, leaf->sha256, SHA256_BYTES);
			certificate_free(c);
		}
	}
}
END_TEST

START_TEST(other_forms_are_told_completely_or_not_at_all)
{
	struct certificate *c = NULL;
	enum verdict why = VERDICT__END;
	uint8_t all[MALLEABILITY_MAX][SHA256_BYTES];

	ck_assert_int_eq(
		certificate_decode(leaf->der.data, leaf->der.len, &c, &why), 0);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		int count = malleability_fingerprints(&c->der, all);

		ck_assert_int_eq(count < 0, digest_did_fail());
	}
	certificate_free(c);
}
END_TEST

START_TEST(an_anchor_is_added_with_all_its_digests_or_not_at_all)
{
	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(anchors_free) struct anchors *a = NULL;
		int r = 0;

		ck_assert_int_eq(anchors_new(&a), 0);
		r = anchors_add(
			a, root->der.data, root->der.len, ANCHOR_SERVER);
		ck_assert_int_eq(r, digest_did_fail() ? -EIO : 0);
		ck_assert_uint_eq(anchors_count(a, ANCHOR_SERVER),
			digest_did_fail() ? 0 : 1);
	}
}
END_TEST

START_TEST(a_url_has_its_digest_or_none)
{
	char hex[SHA256_HEX_SIZE];

	ck_assert(digest_fails_at(1));
	ck_assert_int_eq(url_digest("https://a.example", hex), -EIO);
}
END_TEST

/* --- peers --- */

static void distrust(enum distrust_kind kind, const uint8_t *sha256)
{
	ck_assert_int_eq(trust_add_distrusted(trust, kind, sha256), 0);
}

static void except(const struct pki_cert *c)
{
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, NULL, INT64_MAX), 0);
}

static void make_distrusted(void)
{
	trust_cert(root);
	SEND(leaf, issuing);
	distrust(DISTRUST_CERTIFICATE, leaf->sha256);
}

static void make_distrusted_key(void)
{
	trust_cert(root);
	SEND(leaf, issuing);
	distrust(DISTRUST_PUBLIC_KEY, leaf->spki_sha256);
}

static void make_distrusted_other_form(void)
{
	trust_cert(issuing);
	query.chain_count = 0;
	send_more(other_form.data, other_form.len);
	distrust(DISTRUST_CERTIFICATE, leaf->sha256);
}

static void make_distrusted_issuer(void)
{
	trust_cert(root);
	SEND(leaf, issuing);
	distrust(DISTRUST_PUBLIC_KEY, issuing->spki_sha256);
}

static void make_distrusted_root(void)
{
	trust_cert(root);
	SEND(leaf, issuing);
	distrust(DISTRUST_CERTIFICATE, root->sha256);
}

static void make_copy_of_distrusted(void)
{
	trust_cert(root);
	trust_cert(issuing);
	SEND(leaf, copy);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
}

static void make_excepted_below_distrusted_anchor(void)
{
	trust_cert(issuing);
	SEND(leaf);
	except(leaf);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
}

static void make_excepted_below_distrusted_sent(void)
{
	SEND(leaf, issuing);
	except(leaf);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
}

static void make_excepted_below_distrusted_copy(void)
{
	trust_cert(issuing);
	SEND(leaf, copy);
	except(leaf);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
}

static void make_not_verified(void)
{
	trust->policy.verification = VERIFICATION_OFF;
	SEND(leaf, issuing);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
}

static void make_stranger(void)
{
	trust_cert(root);
	SEND(stranger);
}

static void make_excepted_other(void)
{
	trust_cert(root);
	SEND(stranger);
	except(leaf);
}

static const struct {
	void (*make)(void);
	enum verdict verdict;
} peers[] = {
	{make_distrusted, VERDICT_DISTRUSTED},
	{make_distrusted_key, VERDICT_DISTRUSTED},
	{make_distrusted_other_form, VERDICT_DISTRUSTED},
	{make_distrusted_issuer, VERDICT_DISTRUSTED},
	{make_distrusted_root, VERDICT_DISTRUSTED},
	{make_copy_of_distrusted, VERDICT_DISTRUSTED},
	{make_excepted_below_distrusted_anchor, VERDICT_DISTRUSTED},
	{make_excepted_below_distrusted_sent, VERDICT_DISTRUSTED},
	{make_excepted_below_distrusted_copy, VERDICT_DISTRUSTED},
	{make_not_verified, VERDICT_DISTRUSTED},
	{make_stranger, VERDICT_ISSUER_NOT_TRUSTED},
	{make_excepted_other, VERDICT_ISSUER_NOT_TRUSTED},
};

/* A trust as it is after its makers were heard: nothing is decoded yet. */
static void renew_trust(void)
{
	struct policy policy = trust->policy;

	trust = trust_free(trust);
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy = policy;
}

START_TEST(no_peer_is_trusted_for_want_of_a_digest)
{
	query.host = HOST;
	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(verify_result_done) struct verify_result answer = {0};
		int r = 0;

		digest_hold();
		renew_trust();
		peers[_i].make();
		digest_go_on();
		r = verify_peer(trust, &query, &answer);
		ck_assert(!answer.trusted);
		if (digest_did_fail())
			continue;
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(verdict_name(answer.verdict),
			verdict_name(peers[_i].verdict));
		ck_assert_uint_gt(n, 1);
	}
}
END_TEST

/* --- candidates --- */

static struct bootstrap_policy bootstrap;

static void candidate_distrusted(struct candidate *c)
{
	(void)c;
	distrust(DISTRUST_CERTIFICATE, root->sha256);
}

static void candidate_distrusted_key(struct candidate *c)
{
	(void)c;
	distrust(DISTRUST_PUBLIC_KEY, root->spki_sha256);
}

static void candidate_not_pinned(struct candidate *c)
{
	(void)c;
	bootstrap.mode = BOOTSTRAP_PINNED;
}

static void candidate_of_other_digest(struct candidate *c)
{
	static char zeros[SHA256_HEX_SIZE];

	memset(zeros, '0', SHA256_HEX_SIZE - 1);
	c->from.sha256 = zeros;
}

static void candidate_to_be_issued(struct candidate *c)
{
	c->from.variant = CANDIDATE_UPLOAD;
}

static const struct {
	void (*make)(struct candidate *c);
	enum verdict verdict;
} candidates[] = {
	{candidate_distrusted, VERDICT_DISTRUSTED},
	{candidate_distrusted_key, VERDICT_DISTRUSTED},
	{candidate_not_pinned, VERDICT_UNAUTHENTICATED_SOURCE},
	{candidate_of_other_digest, VERDICT_DIGEST_MISMATCH},
	{candidate_to_be_issued, VERDICT_ISSUER_NOT_TRUSTED},
};

START_TEST(no_candidate_is_accepted_for_want_of_a_digest)
{
	struct judge_context context = {
		.bootstrap = &bootstrap, .servers_max = 9, .now = PKI_NOW};

	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(judgement_done) struct judgement j = {0};
		struct candidate c = {
			.der = root->der, .from = {.variant = CANDIDATE_URL}};
		int r = 0;

		digest_hold();
		renew_trust();
		context.trust = trust;
		candidates[_i].make(&c);
		digest_go_on();
		r = judge_candidate(&context, &c, &j);
		ck_assert(r < 0 || !verdict_is_positive(j.verdict));
		if (!digest_did_fail())
			ck_assert_str_eq(verdict_name(j.verdict),
				verdict_name(candidates[_i].verdict));
	}
}
END_TEST

/* --- the snapshot --- */

START_TEST(a_snapshot_is_read_completely_or_not_at_all)
{
	CLEANUP(bytes_done) struct bytes snapshot = {0};

	trust_cert(root);
	trust_cert(issuing);
	distrust(DISTRUST_CERTIFICATE, issuing->sha256);
	except(leaf);
	ck_assert_int_eq(snapshot_encode(trust, &snapshot), 0);
	for (unsigned n = 1; digest_fails_at(n); n++) {
		CLEANUP(trust_free) struct trust *read = NULL;
		int r = snapshot_decode(snapshot.data, snapshot.len, &read);

		ck_assert_int_eq(r < 0, digest_did_fail());
		if (r < 0)
			continue;
		ck_assert_uint_eq(anchors_count(read->anchors, ANCHOR_SERVER),
			anchors_count(trust->anchors, ANCHOR_SERVER));
		ck_assert_uint_eq(read->distrusted_count, 1);
	}
}
END_TEST

TCase *digest_tests(void);

TCase *digest_tests(void)
{
	TCase *tc = tcase_create("digest");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_fails_leaves_its_output_untouched);
	tcase_add_test(tc, a_certificate_without_its_digests_is_none);
	tcase_add_test(tc, other_forms_are_told_completely_or_not_at_all);
	tcase_add_test(
		tc, an_anchor_is_added_with_all_its_digests_or_not_at_all);
	tcase_add_test(tc, a_url_has_its_digest_or_none);
	tcase_add_loop_test(tc, no_peer_is_trusted_for_want_of_a_digest, 0,
		ARRAY_SIZE(peers));
	tcase_add_loop_test(tc, no_candidate_is_accepted_for_want_of_a_digest,
		0, ARRAY_SIZE(candidates));
	tcase_add_test(tc, a_snapshot_is_read_completely_or_not_at_all);
	return tc;
}
