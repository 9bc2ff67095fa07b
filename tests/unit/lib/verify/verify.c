/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verify/verify.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST

static const struct pki_cert *root;
static const struct pki_cert *issuing;
static const struct pki_cert *leaf;

/* The usual: root trusted, leaf and issuing CA sent. */
static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	leaf = pki_leaf(SAN, issuing);
	trust_cert(root);
	SEND(leaf, issuing);
}

/* --- yes --- */

START_TEST(good_chain_is_trusted_with_its_path_and_its_end)
{
	EXPECT(HOST, VERDICT_TRUSTED);
	EXPECT_PATH(leaf, issuing, root);
	ck_assert_int_eq(result.valid_until, PKI_NOW + PKI_YEAR);
	ck_assert(result.clock_trusted);
	ck_assert_uint_eq(result.warnings, 0);
	ck_assert_uint_eq(result.work.attempts, 1);
	ck_assert_uint_eq(result.work.signatures, 2);
}
END_TEST

START_TEST(end_of_an_answer_is_the_earliest_of_its_path)
{
	const struct pki_cert *short_ca =
		pki_make(&(struct pki_spec){.cn = "Short",
				 .ca = true,
				 .not_after = PKI_NOW + 40 * PKI_DAY},
			root);

	SEND(pki_leaf(SAN, short_ca), short_ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_int_eq(result.valid_until, PKI_NOW + 40 * PKI_DAY);
	ck_assert(!warned(WARNING_EXPIRES_SOON));
}
END_TEST

/* --- before any path --- */

START_TEST(nothing_sent_is_an_answer)
{
	query.chain_count = 0;
	EXPECT(HOST, VERDICT_EMPTY);
	ck_assert(!result.recoverable);
}
END_TEST

START_TEST(leaf_that_is_no_certificate_is_an_answer)
{
	query.chain_count = 0;
	send_more("junk", 4);
	EXPECT(HOST, VERDICT_NOT_DER);
	query.chain_count = 0;
	send_more("\x30\x00", 2);
	EXPECT(HOST, VERDICT_MALFORMED);
	ck_assert(!result.recoverable);
}
END_TEST

START_TEST(one_more_certificate_sent_than_the_maximum_is_refused)
{
	while (query.chain_count < VERIFY_MAX_CHAIN)
		send_more("junk", 4);
	EXPECT(HOST, VERDICT_TRUSTED);
	send_more("junk", 4);
	EXPECT(HOST, VERDICT_BUDGET);
}
END_TEST

START_TEST(peers_pass_where_they_are_not_verified)
{
	const struct pki_cert *stranger = pki_leaf("DNS:else", NULL);

	SEND(stranger);
	trust->policy.verification = VERIFICATION_OFF;
	EXPECT(HOST, VERDICT_NOT_VERIFIED);
	ck_assert_ptr_nonnull(
		strstr(result.reason, "tls_server_authentication is off"));
	trust->policy.verification = VERIFICATION_UNSUPPORTED;
	EXPECT(HOST, VERDICT_NOT_VERIFIED);
	ck_assert_ptr_nonnull(strstr(result.reason, "8.2.30"));
	ck_assert_uint_eq(result.path_count, 0);
	trust->policy.verification = VERIFICATION_ON;
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

/* --- distrusted --- */

static void distrust(enum distrust_kind kind, const struct pki_cert *c)
{
	ck_assert_int_eq(trust_add_distrusted(trust, kind,
				 kind == DISTRUST_CERTIFICATE ? c->sha256
							      : c->spki_sha256),
		0);
}

START_TEST(whatever_of_a_path_is_distrusted_refuses_it)
{
	const struct pki_cert *parts[] = {leaf, issuing, root};
	enum distrust_kind kind =
		_i % 2 ? DISTRUST_PUBLIC_KEY : DISTRUST_CERTIFICATE;

	distrust(kind, parts[_i / 2]);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	ck_assert(!result.recoverable);
}
END_TEST

START_TEST(distrust_wins_over_exceptions_and_over_not_verifying)
{
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, NULL, INT64_MAX), 0);
	distrust(DISTRUST_PUBLIC_KEY, root);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	distrust(DISTRUST_CERTIFICATE, issuing);
	trust->policy.verification = VERIFICATION_OFF;
	EXPECT(HOST, VERDICT_DISTRUSTED);
	distrust(DISTRUST_CERTIFICATE, leaf);
	SEND(leaf);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

/* No path is complete without an anchor; what is known of it counts. */
START_TEST(exception_does_not_hold_below_what_is_distrusted_and_no_anchor)
{
	const struct pki_cert *parts[] = {issuing, root};
	enum distrust_kind kind =
		_i % 2 ? DISTRUST_PUBLIC_KEY : DISTRUST_CERTIFICATE;

	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, NULL, INT64_MAX), 0);
	SEND(leaf, issuing, root);
	EXPECT(HOST, VERDICT_EXCEPTION);
	distrust(kind, parts[_i / 2]);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	ck_assert(!result.recoverable);
}
END_TEST

/* Only the name is that of the issuer. */
START_TEST(what_is_distrusted_and_signed_nothing_does_not_end_an_exception)
{
	const struct pki_cert *namesake = pki_make(
		&(struct pki_spec){
			.cn = "Issuing", .ca = true, .no_key_ids = true},
		root);
	const struct pki_cert *bare = pki_make(
		&(struct pki_spec){.cn = "pbx", .no_key_ids = true}, issuing);

	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	ck_assert_int_eq(
		trust_add_exception(trust, bare->sha256, NULL, INT64_MAX), 0);
	distrust(DISTRUST_PUBLIC_KEY, namesake);
	SEND(bare, namesake);
	EXPECT(HOST, VERDICT_EXCEPTION);
}
END_TEST

START_TEST(another_copy_of_a_distrusted_anchor_does_not_step_around_it)
{
	const struct pki_cert *other = pki_root("Other");
	const struct pki_cert *copy = pki_make(
		&(struct pki_spec){.cn = "Root", .ca = true, .same_key = root},
		other);

	trust_cert(other);
	distrust(DISTRUST_CERTIFICATE, root);
	SEND(leaf, issuing, copy);
	EXPECT(HOST, VERDICT_DISTRUSTED);
}
END_TEST

START_TEST(what_is_distrusted_but_superfluous_does_no_harm)
{
	const struct pki_cert *other = pki_root("Other");

	distrust(DISTRUST_CERTIFICATE, other);
	SEND(leaf, issuing, other);
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

/* --- exceptions --- */

static void except(const char *host, int64_t expires)
{
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, host, expires), 0);
}

static void except_cert(const struct pki_cert *c, const char *host)
{
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, host, INT64_MAX), 0);
}

#define BIT(w) WARNING_BIT(WARNING_##w)
static const struct {
	struct pki_spec spec;
	const char *host;
	bool issued; /* by what is trusted */
	enum verdict first;
	unsigned faults;
} faulty[] = {
	{{.cn = "a", .san = "DNS:" HOST}, HOST, false,
		VERDICT_ISSUER_NOT_TRUSTED, BIT(ISSUER_NOT_TRUSTED)},
	{{.cn = "a", .san = "DNS:" HOST, .not_after = PKI_NOW - 1}, HOST, true,
		VERDICT_EXPIRED, BIT(EXPIRED)},
	{{.cn = "a", .san = "DNS:other.example", .not_after = PKI_NOW - 1},
		HOST, true, VERDICT_EXPIRED, BIT(EXPIRED) | BIT(NAME_MISMATCH)},
	{{.cn = "a", .san = "DNS:other.example", .not_after = PKI_NOW - 1},
		HOST, false, VERDICT_ISSUER_NOT_TRUSTED,
		BIT(ISSUER_NOT_TRUSTED) | BIT(EXPIRED) | BIT(NAME_MISMATCH)},
	{{.cn = "a", .san = "DNS:" HOST, .eku = "clientAuth"}, HOST, false,
		VERDICT_ISSUER_NOT_TRUSTED,
		BIT(ISSUER_NOT_TRUSTED) | BIT(NOT_FOR_SERVERS)},
	{{.cn = "a", .san = "DNS:other.example", .eku = "clientAuth"}, HOST,
		true, VERDICT_NOT_FOR_SERVERS,
		BIT(NOT_FOR_SERVERS) | BIT(NAME_MISMATCH)},
	{{.cn = "a", .san = "DNS:other.example", .not_before = PKI_NOW + 1},
		NULL, false, VERDICT_ISSUER_NOT_TRUSTED,
		BIT(ISSUER_NOT_TRUSTED) | BIT(NOT_YET_VALID)},
};

START_TEST(all_that_is_wrong_is_told_before_and_by_an_exception)
{
	const struct pki_cert *c = pki_make(&faulty[_i].spec,
		faulty[_i].issued ? root : pki_root("Nobody"));

	SEND(c);
	EXPECT(faulty[_i].host, faulty[_i].first);
	ck_assert_uint_eq(result.faults, faulty[_i].faults);
	except_cert(c, NULL);
	EXPECT(faulty[_i].host, VERDICT_EXCEPTION);
	ck_assert_uint_eq(result.warnings, faulty[_i].faults);
}
END_TEST

START_TEST(what_a_path_lacks_behind_its_dates_is_told)
{
	const struct pki_spec old = {
		.cn = "a", .san = "DNS:" HOST, .not_after = PKI_NOW - 1};
	const struct pki_cert *mail = pki_make(
		&(struct pki_spec){
			.cn = "Mail", .ca = true, .eku = "emailProtection"},
		root);

	SEND(pki_make(&old, mail), mail);
	EXPECT(HOST, VERDICT_EXPIRED);
	ck_assert_uint_eq(result.faults, BIT(EXPIRED) | BIT(NOT_FOR_SERVERS));
	trust->policy.profile = PROFILE_STRICT;
	SEND(pki_make(&(struct pki_spec){.cn = "a",
			      .san = "DNS:" HOST,
			      .not_after = PKI_NOW - 1,
			      .extra = {{"policyConstraints",
				      "inhibitPolicyMapping:0"}}},
		root));
	EXPECT(HOST, VERDICT_EXPIRED);
	ck_assert_uint_eq(result.faults, BIT(EXPIRED) | BIT(PATH_REFUSED));
}
END_TEST

START_TEST(an_exception_tells_what_went_wrong_since)
{
	const struct pki_cert *own = pki_leaf("DNS:" HOST, NULL);

	SEND(own);
	except_cert(own, HOST);
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_uint_eq(result.warnings, BIT(ISSUER_NOT_TRUSTED));
	/* No answer may be kept beyond that. */
	ck_assert_int_eq(result.valid_until, PKI_NOW + PKI_YEAR);
	query.now = PKI_NOW + PKI_YEAR + 1;
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_uint_eq(
		result.warnings, BIT(ISSUER_NOT_TRUSTED) | BIT(EXPIRED));
	/* Where a path holds there is nothing that it lets pass. */
	query.now = PKI_NOW;
	trust_cert(own);
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_uint_eq(result.warnings, 0);
}
END_TEST

START_TEST(exception_holds_for_exactly_its_certificate)
{
	const struct pki_cert *stranger = pki_leaf(SAN, NULL);

	except(NULL, INT64_MAX);
	EXPECT("other.example.com", VERDICT_EXCEPTION);
	SEND(stranger);
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(exception_for_a_host_holds_for_that_host_alone)
{
	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	except("PBX.example.com.", INT64_MAX);
	EXPECT(HOST, VERDICT_EXCEPTION);
	EXPECT("other.example.com", VERDICT_ISSUER_NOT_TRUSTED);
	EXPECT(NULL, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(exception_is_not_named_after_its_end_where_a_path_holds_too)
{
	except(NULL, PKI_NOW + 60);
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_int_eq(result.valid_until, PKI_NOW + 60);
	query.now += 61;
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

START_TEST(exception_ends_after_its_last_second)
{
	trust->anchors = anchors_free(trust->anchors);
	ck_assert_int_eq(anchors_new(&trust->anchors), 0);
	except(NULL, PKI_NOW);
	EXPECT(HOST, VERDICT_EXCEPTION);
	ck_assert_int_eq(result.valid_until, PKI_NOW);
	query.now++;
	EXPECT(HOST, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

/* --- dates and clock --- */

START_TEST(dates_hold_to_the_second)
{
	const struct pki_cert *c = pki_make(&(struct pki_spec){.cn = "c",
						    .san = SAN,
						    .not_before = PKI_NOW,
						    .not_after = PKI_NOW + 10},
		issuing);

	SEND(c, issuing);
	query.now = PKI_NOW - 1;
	EXPECT(HOST, VERDICT_NOT_YET_VALID);
	ck_assert_int_eq(result.valid_until, PKI_NOW - 1);
	query.now = PKI_NOW;
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert(warned(WARNING_EXPIRES_SOON));
	query.now = PKI_NOW + 10;
	EXPECT(HOST, VERDICT_TRUSTED);
	query.now = PKI_NOW + 11;
	EXPECT(HOST, VERDICT_EXPIRED);
	ck_assert(result.recoverable);
	ck_assert_ptr_nonnull(strstr(result.reason, "2026-05-28T20:26:50Z"));
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=c"));
	ck_assert_int_eq(result.valid_until, INT64_MAX);
}
END_TEST

START_TEST(below_the_floor_the_clock_is_the_floor_and_not_trusted)
{
	const struct pki_cert *young =
		pki_make(&(struct pki_spec){.cn = "young",
				 .san = SAN,
				 .not_before = PKI_NOW + PKI_DAY},
			issuing);

	trust->clock_floor = PKI_NOW;
	query.now = 0;
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert(!result.clock_trusted);
	SEND(young, issuing);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert(warned(WARNING_NOT_YET_VALID));
	query.now = PKI_NOW;
	EXPECT(HOST, VERDICT_NOT_YET_VALID);
	ck_assert(result.clock_trusted);
}
END_TEST

START_TEST(what_expired_before_the_floor_is_expired_whatever_the_clock)
{
	trust->clock_floor = PKI_NOW + 2 * PKI_YEAR;
	query.now = 0;
	EXPECT(HOST, VERDICT_EXPIRED);
}
END_TEST

/* --- keys and signatures --- */

static const struct {
	enum pki_key key;
	const char *digest;
	enum verdict verdict;
	bool warned;
} keys[] = {
	{PKI_P256, "SHA256", VERDICT_TRUSTED, false},
	{PKI_P384, "SHA384", VERDICT_TRUSTED, false},
	{PKI_ED25519, "SHA256", VERDICT_TRUSTED, false},
	{PKI_RSA_2048, "SHA256", VERDICT_TRUSTED, false},
	{PKI_RSA_1024, "SHA256", VERDICT_TRUSTED, true},
	{PKI_RSA_512, "SHA256", VERDICT_KEY_TOO_WEAK, false},
	{PKI_P192, "SHA256", VERDICT_KEY_TOO_WEAK, false},
	{PKI_DSA, "SHA256", VERDICT_KEY_UNSUPPORTED, false},
	{PKI_SECT571, "SHA256", VERDICT_KEY_UNSUPPORTED, false},
	{PKI_BRAINPOOL, "SHA256", VERDICT_KEY_UNSUPPORTED, false},
	{PKI_P521, "SHA512", VERDICT_TRUSTED, false},
	{PKI_RSA_LONG_EXPONENT, "SHA256", VERDICT_KEY_UNSUPPORTED, false},
	{PKI_P256, "SHA1", VERDICT_WEAK_SIGNATURE, false},
	{PKI_P256, "MD5", VERDICT_WEAK_SIGNATURE, false},
};

START_TEST(key_and_digest_of_a_leaf_are_judged)
{
	const struct pki_cert *rsa_root = pki_make(
		&(struct pki_spec){
			.cn = "RSA Root", .ca = true, .key = PKI_RSA_2048},
		NULL);

	trust_cert(rsa_root);
	SEND(pki_make(&(struct pki_spec){.cn = "c",
			      .san = SAN,
			      .key = keys[_i].key,
			      .digest = keys[_i].digest},
		rsa_root));
	EXPECT(HOST, keys[_i].verdict);
	ck_assert_int_eq(warned(WARNING_KEY_SHORT), keys[_i].warned);
	ck_assert(result.trusted || !result.recoverable);
}
END_TEST

START_TEST(signature_of_an_anchor_may_be_weak)
{
	const struct pki_cert *old =
		pki_make(&(struct pki_spec){.cn = "Old Root",
				 .ca = true,
				 .key = PKI_RSA_1024,
				 .digest = "SHA1",
				 .no_key_usage = true},
			NULL);

	trust_cert(old);
	SEND(pki_leaf(SAN, old));
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert(warned(WARNING_KEY_SHORT));
}
END_TEST

/* The oldest phones have such, of their own, and to show alone. */
static const struct pki_cert *as_the_factory_made(
	struct pki_spec spec, const struct pki_cert *issuer)
{
	spec.key = PKI_RSA_1024;
	spec.digest = "SHA1";
	return pki_make(&spec, issuer);
}

START_TEST(a_chain_of_a_device_ca_with_sha1_is_no_peers)
{
	const struct pki_cert *ca = as_the_factory_made(
		(struct pki_spec){.cn = "Device CA", .ca = true}, NULL);
	const struct pki_cert *lower = as_the_factory_made(
		(struct pki_spec){.cn = "Lower Device CA", .ca = true}, ca);
	struct pki_spec phone = {.cn = "000413AABBCC", .san = SAN};

	trust->policy.profile = _i == 0 ? PROFILE_COMPATIBLE : PROFILE_STRICT;
	trust_cert(ca);
	SEND(as_the_factory_made(phone, ca));
	EXPECT(HOST, _i == 0 ? VERDICT_WEAK_SIGNATURE : VERDICT_KEY_TOO_WEAK);
	ck_assert(!result.trusted && !result.recoverable);
	SEND(as_the_factory_made(phone, lower), lower);
	EXPECT(HOST, _i == 0 ? VERDICT_WEAK_SIGNATURE : VERDICT_KEY_TOO_WEAK);
	ck_assert(!result.trusted && !result.recoverable);
}
END_TEST

START_TEST(certificate_that_was_changed_has_a_bad_signature)
{
	SEND(pki_make(
		     &(struct pki_spec){
			     .cn = "c", .san = SAN, .bad_signature = true},
		     issuing),
		issuing);
	EXPECT(HOST, VERDICT_BAD_SIGNATURE);
	ck_assert(!result.recoverable);
}
END_TEST

/* --- use --- */

static const struct {
	const char *key_usage;
	const char *eku;
	const char *issuer_eku;
	enum purpose purpose;
	enum verdict verdict;
} uses[] = {
	{NULL, NULL, NULL, PURPOSE_ANY, VERDICT_TRUSTED},
	{NULL, "serverAuth", NULL, PURPOSE_HTTPS, VERDICT_TRUSTED},
	{NULL, "clientAuth,serverAuth", NULL, PURPOSE_LDAP, VERDICT_TRUSTED},
	{NULL, "clientAuth", NULL, PURPOSE_ANY, VERDICT_NOT_FOR_SERVERS},
	{NULL, "anyExtendedKeyUsage", NULL, PURPOSE_ANY, VERDICT_TRUSTED},
	{"keyCertSign", "anyExtendedKeyUsage", NULL, PURPOSE_ANY,
		VERDICT_NOT_FOR_SERVERS},
	{"cRLSign", NULL, NULL, PURPOSE_ANY, VERDICT_NOT_FOR_SERVERS},
	{"keyEncipherment", NULL, NULL, PURPOSE_ANY, VERDICT_TRUSTED},
	{NULL, "1.3.6.1.5.5.7.3.20", NULL, PURPOSE_SIP, VERDICT_TRUSTED},
	{NULL, "1.3.6.1.5.5.7.3.20", NULL, PURPOSE_HTTPS,
		VERDICT_NOT_FOR_SERVERS},
	{NULL, "serverAuth", "clientAuth", PURPOSE_ANY,
		VERDICT_NOT_FOR_SERVERS},
	{NULL, "serverAuth", "serverAuth", PURPOSE_ANY, VERDICT_TRUSTED},
	/* Server gated crypto is no serverAuth. */
	{NULL, "nsSGC", NULL, PURPOSE_ANY, VERDICT_NOT_FOR_SERVERS},
	{NULL, "msSGC", NULL, PURPOSE_ANY, VERDICT_NOT_FOR_SERVERS},
	{NULL, "msSGC,serverAuth", NULL, PURPOSE_ANY, VERDICT_TRUSTED},
	{NULL, "serverAuth", "nsSGC,msSGC", PURPOSE_ANY,
		VERDICT_NOT_FOR_SERVERS},
	{NULL, "serverAuth", "anyExtendedKeyUsage", PURPOSE_ANY,
		VERDICT_TRUSTED},
};

/* No extended key usage is not anyExtendedKeyUsage. */
START_TEST(netscape_type_of_a_client_is_no_server)
{
	SEND(pki_make(&(struct pki_spec){.cn = "c",
			      .san = SAN,
			      .extra = {{"nsCertType", "client"}}},
		     root),
		root);
	EXPECT(HOST, VERDICT_NOT_FOR_SERVERS);
}
END_TEST

START_TEST(certificate_serves_what_it_was_issued_for)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .eku = uses[_i].issuer_eku},
		root);

	trust->policy.sip_names = true;
	query.purpose = uses[_i].purpose;
	SEND(pki_make(&(struct pki_spec){.cn = "c",
			      .san = SAN,
			      .key_usage = uses[_i].key_usage,
			      .eku = uses[_i].eku},
		     ca),
		ca);
	EXPECT(HOST, uses[_i].verdict);
}
END_TEST

START_TEST(purposes_have_names)
{
	enum purpose found = PURPOSE_ANY;

	for (enum purpose p = PURPOSE_ANY; p < PURPOSE__END; p++) {
		ck_assert_int_eq(purpose_find(purpose_name(p), &found), 0);
		ck_assert_int_eq(found, p);
	}
	ck_assert_int_eq(purpose_find("SIP", &found), -ENOENT);
}
END_TEST

/* --- the strict profile --- */

START_TEST(strict_accepts_what_is_made_by_the_book)
{
	trust->policy.profile = PROFILE_STRICT;
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

/* Leaves that the compatible profile trusts. */
static const struct pki_spec strict_refuses[] = {
	{.cn = "ca",
		.san = SAN,
		.ca = true,
		.key_usage = "digitalSignature,keyCertSign"},
	{.cn = "no ids", .san = SAN, .no_key_ids = true},
	{.cn = HOST, .version_1 = true},
	{.cn = "weak", .san = SAN, .key = PKI_RSA_1024},
	{.cn = "constrained",
		.san = SAN,
		.name_constraints = "permitted;DNS:example.com"},
	{.cn = "unreadable",
		.san = SAN,
		.extra = {{"1.3.6.1.5.5.7.1.1", "DER:0500"}}},
	{.cn = "partial", .san = "DNS:p*.example.com"},
};

START_TEST(strict_refuses_what_compatible_lets_pass)
{
	SEND(pki_make(&strict_refuses[_i], issuing), issuing);
	EXPECT(HOST, VERDICT_TRUSTED);
	trust->policy.profile = PROFILE_STRICT;
	ck_assert_msg(
		!verdict_is_positive(ask(HOST)), "%s", strict_refuses[_i].cn);
}
END_TEST

START_TEST(strict_refuses_what_a_ca_lacks)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){
			.cn = "CA", .ca = true, .no_key_usage = true},
		root);

	SEND(pki_leaf(SAN, ca), ca);
	EXPECT(HOST, VERDICT_TRUSTED);
	trust->policy.profile = PROFILE_STRICT;
	EXPECT(HOST, VERDICT_PROFILE);
	ck_assert_ptr_nonnull(strstr(result.reason, "CN=CA"));
}
END_TEST

/* --- extensions --- */

START_TEST(critical_extension_nobody_knows_refuses)
{
	SEND(pki_make(&(struct pki_spec){.cn = "c",
			      .san = SAN,
			      .extra = {{"1.2.3.4", "critical,DER:0500"}}},
		     issuing),
		issuing);
	EXPECT(HOST, VERDICT_UNHANDLED_CRITICAL);
}
END_TEST

START_TEST(extension_that_does_not_decode_refuses)
{
	SEND(pki_make(&(struct pki_spec){.cn = "c",
			      .san = SAN,
			      .no_key_usage = true,
			      .extra = {{"2.5.29.15", "DER:0500"}}},
		     issuing),
		issuing);
	EXPECT(HOST, VERDICT_INVALID_EXTENSION);
}
END_TEST

test_case_maker verify_tests;

TCase *verify_tests(void)
{
	TCase *tc = tcase_create("verify");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_test(tc, good_chain_is_trusted_with_its_path_and_its_end);
	tcase_add_test(tc, end_of_an_answer_is_the_earliest_of_its_path);
	tcase_add_test(tc, nothing_sent_is_an_answer);
	tcase_add_test(tc, leaf_that_is_no_certificate_is_an_answer);
	tcase_add_test(
		tc, one_more_certificate_sent_than_the_maximum_is_refused);
	tcase_add_test(tc, peers_pass_where_they_are_not_verified);
	tcase_add_loop_test(
		tc, whatever_of_a_path_is_distrusted_refuses_it, 0, 6);
	tcase_add_test(
		tc, distrust_wins_over_exceptions_and_over_not_verifying);
	tcase_add_loop_test(tc,
		exception_does_not_hold_below_what_is_distrusted_and_no_anchor,
		0, 4);
	tcase_add_test(tc,
		what_is_distrusted_and_signed_nothing_does_not_end_an_exception);
	tcase_add_test(tc,
		another_copy_of_a_distrusted_anchor_does_not_step_around_it);
	tcase_add_test(tc, what_is_distrusted_but_superfluous_does_no_harm);
	tcase_add_loop_test(tc,
		all_that_is_wrong_is_told_before_and_by_an_exception, 0,
		ARRAY_SIZE(faulty));
	tcase_add_test(tc, what_a_path_lacks_behind_its_dates_is_told);
	tcase_add_test(tc, an_exception_tells_what_went_wrong_since);
	tcase_add_test(tc, exception_holds_for_exactly_its_certificate);
	tcase_add_test(tc, exception_for_a_host_holds_for_that_host_alone);
	tcase_add_test(tc, exception_ends_after_its_last_second);
	tcase_add_test(tc,
		exception_is_not_named_after_its_end_where_a_path_holds_too);
	tcase_add_test(tc, dates_hold_to_the_second);
	tcase_add_test(
		tc, below_the_floor_the_clock_is_the_floor_and_not_trusted);
	tcase_add_test(tc,
		what_expired_before_the_floor_is_expired_whatever_the_clock);
	tcase_add_loop_test(
		tc, key_and_digest_of_a_leaf_are_judged, 0, ARRAY_SIZE(keys));
	tcase_add_test(tc, signature_of_an_anchor_may_be_weak);
	tcase_add_loop_test(
		tc, a_chain_of_a_device_ca_with_sha1_is_no_peers, 0, 2);
	tcase_add_test(tc, certificate_that_was_changed_has_a_bad_signature);
	tcase_add_test(tc, netscape_type_of_a_client_is_no_server);
	tcase_add_loop_test(tc, certificate_serves_what_it_was_issued_for, 0,
		ARRAY_SIZE(uses));
	tcase_add_test(tc, purposes_have_names);
	tcase_add_test(tc, strict_accepts_what_is_made_by_the_book);
	tcase_add_loop_test(tc, strict_refuses_what_compatible_lets_pass, 0,
		ARRAY_SIZE(strict_refuses));
	tcase_add_test(tc, strict_refuses_what_a_ca_lacks);
	tcase_add_test(tc, critical_extension_nobody_knows_refuses);
	tcase_add_test(tc, extension_that_does_not_decode_refuses);
	return tc;
}
