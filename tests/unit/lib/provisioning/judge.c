/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define WITH_RULE "snom720-SIP 8.9.3.40"
#define WITHOUT_RULE "snomD785-SIP 10.1.33.33"

static struct trust *trust;
static struct bootstrap_policy bootstrap;
static struct judge_context context;
static struct judgement j;
static const struct pki_cert *root;

static void use_firmware(const char *text)
{
	ck_assert_int_eq(firmware_parse(text, &trust->policy.firmware), 0);
}

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	bootstrap = (struct bootstrap_policy){0};
	context = (struct judge_context){
		.trust = trust,
		.bootstrap = &bootstrap,
		.servers_max = 4096,
		.now = PKI_NOW,
	};
	use_firmware(WITHOUT_RULE);
	root = pki_root("Root");
	ck_assert_int_eq(anchors_add(trust->anchors, root->der.data,
				 root->der.len, ANCHOR_AUTHORITY),
		0);
}

static void teardown(void)
{
	judgement_done(&j);
	trust = trust_free(trust);
	pki_free_all();
}

static struct candidate candidate_of(const struct pki_cert *c)
{
	return (struct candidate){
		.der = c->der,
		.from = {.variant = CANDIDATE_URL},
	};
}

static enum verdict judged(const struct candidate *c)
{
	judgement_done(&j);
	ck_assert_int_eq(judge_candidate(&context, c, &j), 0);
	ck_assert_ptr_nonnull(j.reason);
	return j.verdict;
}

static enum verdict judged_cert(const struct pki_cert *c)
{
	struct candidate candidate = candidate_of(c);

	return judged(&candidate);
}

static enum verdict judged_as(
	const struct pki_cert *c, enum candidate_variant variant)
{
	struct candidate candidate = candidate_of(c);

	candidate.from.variant = variant;
	return judged(&candidate);
}

static enum verdict judged_with_digest(
	const struct pki_cert *c, const char *digest, bool authenticated)
{
	struct candidate candidate = candidate_of(c);

	candidate.from.sha256 = digest;
	candidate.from.authenticated = authenticated;
	return judged(&candidate);
}

static void assert_contains(const char *text, const char *part)
{
	ck_assert_msg(text && strstr(text, part), "\"%s\" has no \"%s\"",
		text ? text : "(none)", part);
}

START_TEST(a_private_root_is_accepted_and_said_to_be_unauthenticated)
{
	const struct pki_cert *own = pki_root("Own");

	ck_assert_int_eq(judged_cert(own), VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, WARNING_BIT(WARNING_NOT_AUTHENTICATED));
	ck_assert_mem_eq(j.certificate->sha256, own->sha256, SHA256_BYTES);
	ck_assert(!j.may_wait);
	assert_contains(j.reason, "CN=Own");
}
END_TEST

START_TEST(base64_on_firmware_without_it_is_refused_before_its_bytes_count)
{
	struct candidate c = {
		.der = {(uint8_t *)"garbage", 7},
		.from = {.variant = CANDIDATE_BASE64},
	};

	use_firmware(WITH_RULE);
	ck_assert_int_eq(judged(&c), VERDICT_BASE64_NOT_SUPPORTED);
	assert_contains(j.reason, "8.9.3.40");
	assert_contains(j.reason, "base64-variant");
	assert_contains(j.remedy, "update to 8.7.5.52, 8.9.3.41 or later");
	ck_assert_ptr_null(j.certificate);
	use_firmware(WITHOUT_RULE);
	ck_assert_int_ne(judged(&c), VERDICT_BASE64_NOT_SUPPORTED);
}
END_TEST

START_TEST(an_unknown_firmware_is_restrictive)
{
	trust->policy.firmware = (struct firmware){0};
	ck_assert_int_eq(judged_as(root, CANDIDATE_BASE64),
		VERDICT_BASE64_NOT_SUPPORTED);
	ck_assert_int_eq(
		judged_cert(pki_root("Own")), VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(what_is_wrong_with_an_element_comes_before_what_firmware_lacks)
{
	struct firmware old = {0};
	struct firmware new = {0};

	ck_assert_int_eq(firmware_parse("8.9.3.40", &old), 0);
	ck_assert_int_eq(firmware_parse("8.9.3.41", &new), 0);
	ck_assert_int_eq(judge_element(&old, true, VERDICT_AMBIGUOUS),
		VERDICT_AMBIGUOUS);
	ck_assert_int_eq(
		judge_element(&old, true, VERDICT_EMPTY), VERDICT_EMPTY);
	ck_assert_int_eq(judge_element(&old, true, VERDICT_MISPLACED),
		VERDICT_MISPLACED);
	ck_assert_int_eq(judge_element(&old, true, VERDICT_NOT_BASE64),
		VERDICT_BASE64_NOT_SUPPORTED);
	ck_assert_int_eq(judge_element(&old, false, VERDICT_HTTP_STATUS),
		VERDICT_HTTP_STATUS);
	ck_assert_int_eq(judge_element(&new, true, VERDICT_NOT_BASE64),
		VERDICT_NOT_BASE64);
	ck_assert_int_eq(judge_element(&new, true, VERDICT__END), VERDICT__END);
}
END_TEST

START_TEST(what_is_no_certificate_is_named_with_the_command_that_converts)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nMIIB\n"
				  "-----END CERTIFICATE-----\n";
	struct candidate c = {
		.der = {(uint8_t *)pem, sizeof(pem) - 1},
		.from = {.variant = CANDIDATE_URL},
	};

	ck_assert_int_eq(judged(&c), VERDICT_NOT_DER);
	assert_contains(j.remedy, "openssl");
	ck_assert_ptr_null(j.certificate);
	c.der = (struct bytes){0};
	ck_assert(!verdict_is_positive(judged(&c)));
}
END_TEST

START_TEST(a_byte_behind_the_certificate_is_trailing_data)
{
	CLEANUP(bytes_done) struct bytes longer = {0};
	struct candidate c = candidate_of(root);

	ck_assert_int_eq(bytes_copy(root->der.data, root->der.len, &longer), 0);
	longer.data = realloc(longer.data, longer.len + 1);
	ck_assert_ptr_nonnull(longer.data);
	longer.data[longer.len++] = 0;
	c.der = longer;
	ck_assert_int_eq(judged(&c), VERDICT_TRAILING_DATA);
}
END_TEST

START_TEST(a_digest_in_any_usual_spelling_counts)
{
	const struct pki_cert *own = pki_root("Own");
	char hex[SHA256_HEX_SIZE];
	char colons[3 * SHA256_BYTES];
	size_t n = 0;

	hex_format(own->sha256, SHA256_BYTES, hex);
	ck_assert_int_eq(judged_with_digest(own, hex, false), VERDICT_ACCEPTED);
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		if (i > 0)
			colons[n++] = ':';
		colons[n++] = (char)(hex[2 * i] >= 'a' ? hex[2 * i] - 32
						       : hex[2 * i]);
		colons[n++] = hex[2 * i + 1];
	}
	colons[n] = '\0';
	ck_assert_int_eq(
		judged_with_digest(own, colons, false), VERDICT_ACCEPTED);
}
END_TEST

START_TEST(another_digest_or_none_that_can_be_read_is_a_mismatch)
{
	const struct pki_cert *own = pki_root("Own");
	char hex[SHA256_HEX_SIZE];

	hex_format(own->sha256, SHA256_BYTES, hex);
	hex[0] = hex[0] == '0' ? '1' : '0';
	ck_assert_int_eq(
		judged_with_digest(own, hex, true), VERDICT_DIGEST_MISMATCH);
	assert_contains(j.reason, j.certificate->sha256_hex);
	hex[63] = '\0';
	ck_assert_int_eq(
		judged_with_digest(own, hex, true), VERDICT_DIGEST_MISMATCH);
	ck_assert_int_eq(
		judged_with_digest(own, "", true), VERDICT_DIGEST_MISMATCH);
	/* Even of what is trusted: the file is not what the list says. */
	ck_assert_int_eq(
		judged_with_digest(root, "ab", true), VERDICT_DIGEST_MISMATCH);
}
END_TEST

START_TEST(distrusted_wins_over_trusted_by_certificate_and_by_key)
{
	const struct pki_cert *own = pki_root("Own");
	const struct pki_cert *again = pki_make(
		&(struct pki_spec){
			.cn = "New name", .ca = true, .same_key = own},
		NULL);

	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, root->sha256),
		0);
	ck_assert_int_eq(trust_add_distrusted(
				 trust, DISTRUST_PUBLIC_KEY, own->spki_sha256),
		0);
	ck_assert_int_eq(judged_cert(root), VERDICT_DISTRUSTED);
	assert_contains(j.remedy, j.certificate->sha256_hex);
	ck_assert_int_eq(judged_cert(again), VERDICT_DISTRUSTED);
	assert_contains(j.remedy, "certprovctl lift --kind public-key ");
	ck_assert_int_eq(
		judged_as(again, CANDIDATE_UPLOAD), VERDICT_DISTRUSTED);
}
END_TEST

static const struct {
	enum pki_key key;
	enum verdict verdict;
	bool short_warning;
} keys[] = {
	{PKI_RSA_512, VERDICT_KEY_TOO_WEAK, false},
	{PKI_P192, VERDICT_KEY_TOO_WEAK, false},
	{PKI_DSA, VERDICT_KEY_UNSUPPORTED, false},
	{PKI_SECT571, VERDICT_KEY_UNSUPPORTED, false},
	{PKI_BRAINPOOL, VERDICT_KEY_UNSUPPORTED, false},
	{PKI_RSA_1024, VERDICT_ACCEPTED, true},
	{PKI_RSA_2048, VERDICT_ACCEPTED, false},
	{PKI_P256, VERDICT_ACCEPTED, false},
	{PKI_P384, VERDICT_ACCEPTED, false},
	{PKI_ED25519, VERDICT_ACCEPTED, false},
};

START_TEST(keys_are_refused_warned_of_or_taken_by_kind_and_size)
{
	struct pki_spec spec = {.cn = "Key", .key = keys[_i].key, .ca = true};

	if (keys[_i].key == PKI_ED25519)
		spec.digest = "";
	ck_assert_int_eq(judged_cert(pki_make(&spec, NULL)), keys[_i].verdict);
	ck_assert_int_eq((j.warnings & WARNING_BIT(WARNING_KEY_SHORT)) != 0,
		keys[_i].short_warning);
	if (keys[_i].verdict != VERDICT_ACCEPTED)
		assert_contains(j.reason, "CN=Key");
}
END_TEST

START_TEST(expired_counts_from_the_later_of_clock_and_floor)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = "Old", .ca = true, .not_after = PKI_NOW},
		NULL);

	ck_assert_int_eq(judged_cert(old), VERDICT_ACCEPTED);
	context.now = PKI_NOW + 1;
	ck_assert_int_eq(judged_cert(old), VERDICT_EXPIRED);
	assert_contains(j.reason, "2026-05-28");
	context.now = 0; /* a clock that was never set */
	ck_assert_int_eq(judged_cert(old), VERDICT_ACCEPTED);
	trust->clock_floor = PKI_NOW + 1;
	ck_assert_int_eq(judged_cert(old), VERDICT_EXPIRED);
}
END_TEST

START_TEST(what_authorities_or_servers_hold_is_already_trusted)
{
	const struct pki_cert *own = pki_root("Own");

	use_firmware(WITH_RULE);
	bootstrap.mode = BOOTSTRAP_PINNED;
	ck_assert_int_eq(judged_cert(root), VERDICT_ALREADY_TRUSTED);
	ck_assert_uint_eq(j.warnings, 0);
	ck_assert_int_eq(anchors_add(trust->anchors, own->der.data,
				 own->der.len, ANCHOR_SERVER),
		0);
	ck_assert_int_eq(judged_cert(own), VERDICT_ALREADY_TRUSTED);
	ck_assert(verdict_is_positive(j.verdict));
}
END_TEST

START_TEST(after_an_authenticated_run_a_stranger_adds_nothing)
{
	const struct pki_cert *own = pki_root("Own");
	struct candidate c = candidate_of(own);

	bootstrap.mode = BOOTSTRAP_UNTIL_AUTHENTICATED;
	ck_assert_int_eq(judged(&c), VERDICT_ACCEPTED);
	bootstrap.was_authenticated = true;
	ck_assert_int_eq(judged(&c), VERDICT_UNAUTHENTICATED_SOURCE);
	ck_assert(!j.may_wait);
	/* not even what an authority signed */
	ck_assert_int_eq(judged_cert(pki_leaf("DNS:a.example", root)),
		VERDICT_UNAUTHENTICATED_SOURCE);
	c.from.authenticated = true;
	ck_assert_int_eq(judged(&c), VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, 0);
}
END_TEST

START_TEST(with_pins_an_anchor_needs_a_pin_a_digest_or_a_trusted_issuer)
{
	const struct pki_cert *own = pki_root("Own");
	const struct pki_cert *other = pki_root("Other");
	uint8_t pins[1][SHA256_BYTES];
	char hex[SHA256_HEX_SIZE];

	memcpy(pins[0], own->sha256, SHA256_BYTES);
	bootstrap = (struct bootstrap_policy){
		.mode = BOOTSTRAP_PINNED,
		.pins = (const uint8_t(*)[SHA256_BYTES])pins,
		.pin_count = 1,
	};
	hex_format(other->sha256, SHA256_BYTES, hex);
	ck_assert_int_eq(judged_cert(own), VERDICT_ACCEPTED);
	ck_assert_int_eq(judged_cert(other), VERDICT_UNAUTHENTICATED_SOURCE);
	ck_assert(j.may_wait);
	ck_assert_int_eq(judged_with_digest(other, NULL, true),
		VERDICT_UNAUTHENTICATED_SOURCE);
	ck_assert_int_eq(judged_with_digest(other, hex, false),
		VERDICT_UNAUTHENTICATED_SOURCE);
	ck_assert_int_eq(
		judged_with_digest(other, hex, true), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		judged_cert(pki_leaf("DNS:a.example", root)), VERDICT_ACCEPTED);
}
END_TEST

START_TEST(the_chain_rule_asks_for_an_issuer_and_names_the_missing_one)
{
	const struct pki_cert *other = pki_root("Other");

	use_firmware(WITH_RULE);
	ck_assert_int_eq(
		judged_cert(pki_leaf("DNS:a.example", root)), VERDICT_ACCEPTED);
	ck_assert_int_eq(judged_cert(pki_leaf("DNS:b.example", other)),
		VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert(j.may_wait);
	assert_contains(j.reason, "CN=Other");
	assert_contains(j.reason, "provisioned-chain-required");
	/* a self-signed one is no issuer of itself */
	ck_assert_int_eq(judged_cert(other), VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

/* Nothing can be published before a private root. */
START_TEST(the_chain_rule_leads_no_private_root_to_itself)
{
	const struct pki_cert *own = pki_root("Own");

	use_firmware(WITH_RULE);
	ck_assert_int_eq(judged_cert(own), VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "CN=Own is self-signed");
	assert_contains(j.reason, "(rule provisioned-chain-required)");
	ck_assert_ptr_null(strstr(j.remedy, "Publish its issuer"));
	assert_contains(
		j.remedy, "update the firmware to 8.7.5.52, 8.9.3.41 or later");
	assert_contains(j.remedy, "certprovctl list authorities");
	ck_assert_int_eq(
		judged_as(own, CANDIDATE_UPLOAD), VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.remedy, "or later and publish it in a provisioning");
	use_firmware(WITHOUT_RULE);
	ck_assert_int_eq(
		judged_as(own, CANDIDATE_UPLOAD), VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "(rule upload-chain-required)");
	assert_contains(j.remedy,
		"Instead publish it in a provisioning "
		"document, where that rule does not hold");
	trust->policy.firmware = (struct firmware){0};
	ck_assert_int_eq(judged_cert(own), VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.remedy,
		"set Firmware= in certprovd.conf, if the "
		"phone has 8.7.5.52, 8.9.3.41 or later");
}
END_TEST

START_TEST(the_chain_rule_names_the_missing_issuer_nearest_to_a_root)
{
	const struct pki_spec lower = {.cn = "Lower", .ca = true};
	const struct pki_cert *upper = pki_make(
		&(struct pki_spec){.cn = "Upper", .ca = true}, pki_root("Own"));
	const struct pki_cert *ca = pki_make(&lower, upper);

	ck_assert_int_eq(anchors_add(trust->anchors, ca->der.data, ca->der.len,
				 ANCHOR_INTERMEDIATE),
		0);
	use_firmware(WITH_RULE);
	ck_assert_int_eq(judged_cert(pki_leaf("DNS:pbx.example.com", ca)),
		VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "CN=Upper is missing");
	assert_contains(j.remedy,
		"the certificate of CN=Upper, if that is "
		"signed by an authority of the firmware");
	assert_contains(j.remedy, "If it is a private CA, update the firmware");
}
END_TEST

START_TEST(the_chain_rule_says_why_an_issuer_is_of_no_use)
{
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = "Old", .ca = true, .not_after = PKI_NOW - 1},
		NULL);
	const struct pki_cert *other = pki_root("Root");

	ck_assert_int_eq(anchors_add(trust->anchors, old->der.data,
				 old->der.len, ANCHOR_AUTHORITY),
		0);
	use_firmware(WITH_RULE);
	ck_assert_int_eq(judged_cert(pki_leaf("DNS:pbx.example.com", old)),
		VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "its issuer CN=Old (SHA-256 ");
	assert_contains(j.reason, "expired on 2026-05-28T");
	assert_contains(j.remedy, "issued again by a CA that is trusted");
	ck_assert_int_eq(judged_cert(pki_leaf("DNS:pbx.example.com", other)),
		VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "CN=Root is missing");
	assert_contains(j.reason, "in the list authorities, SHA-256 ");
	assert_contains(j.reason, "has another key");
}
END_TEST

START_TEST(an_upload_needs_an_issuer_on_any_firmware_but_no_pin)
{
	bootstrap.mode = BOOTSTRAP_PINNED;
	ck_assert_int_eq(judged_as(pki_root("Own"), CANDIDATE_UPLOAD),
		VERDICT_ISSUER_NOT_TRUSTED);
	assert_contains(j.reason, "upload-chain-required");
	ck_assert_int_eq(
		judged_as(pki_leaf("DNS:a.example", root), CANDIDATE_UPLOAD),
		VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, 0);
}
END_TEST

START_TEST(one_more_than_the_store_holds_is_refused)
{
	const struct pki_cert *own = pki_root("Own");
	const uint8_t excepted[SHA256_BYTES] = {1};

	context.servers_max = 1;
	ck_assert_int_eq(judged_cert(own), VERDICT_ACCEPTED);
	ck_assert_int_eq(
		trust_add_exception(trust, excepted, NULL, INT64_MAX), 0);
	ck_assert_int_eq(judged_cert(own), VERDICT_STORE_FULL);
	assert_contains(j.reason, "1 of 1");
	/* what is there already needs no room */
	ck_assert_int_eq(judged_cert(root), VERDICT_ALREADY_TRUSTED);
}
END_TEST

START_TEST(an_exception_makes_nothing_trusted_that_comes_as_a_candidate)
{
	const struct pki_cert *own = pki_root("Own");

	context.servers_max = 1;
	ck_assert_int_eq(
		trust_add_exception(trust, own->sha256, NULL, INT64_MAX), 0);
	ck_assert_int_eq(
		trust_add_exception(trust, own->sha256, "a.example", 1), 0);
	/* not already-trusted; and it has its room */
	ck_assert_int_eq(judged_cert(own), VERDICT_ACCEPTED);
	/* nor an issuer */
	ck_assert_int_eq(
		judged_as(pki_leaf("DNS:a.example", own), CANDIDATE_UPLOAD),
		VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(an_accepted_certificate_carries_its_warnings)
{
	struct candidate c = candidate_of(pki_make(
		&(struct pki_spec){
			.cn = "Early",
			.eku = "emailProtection",
			.not_before = PKI_NOW + PKI_DAY,
			.not_after = PKI_NOW + 29 * PKI_DAY,
		},
		root));

	c.from.authenticated = true;
	ck_assert_int_eq(judged(&c), VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings,
		WARNING_BIT(WARNING_NOT_YET_VALID) |
			WARNING_BIT(WARNING_EXPIRES_SOON) |
			WARNING_BIT(WARNING_NEITHER_CA_NOR_SERVER));
	/* the chain rule looks at the time at which it becomes valid */
	use_firmware(WITH_RULE);
	ck_assert_int_eq(judged(&c), VERDICT_ACCEPTED);
}
END_TEST

START_TEST(thirty_days_before_the_end_is_not_yet_soon)
{
	struct pki_spec spec = {
		.cn = "Soon", .ca = true, .not_after = PKI_NOW + 30 * PKI_DAY};
	unsigned soon = WARNING_BIT(WARNING_EXPIRES_SOON);

	ck_assert_int_eq(judged_cert(pki_make(&spec, NULL)), VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings & soon, 0);
	spec.not_after--;
	ck_assert_int_eq(judged_cert(pki_make(&spec, NULL)), VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings & soon, soon);
}
END_TEST

/* One certificate with every fault; each cure shows the next. */
START_TEST(the_first_fault_in_the_order_is_the_outcome)
{
	const struct pki_cert *bad = pki_make(&(struct pki_spec){.cn = "Bad",
						      .ca = true,
						      .key = PKI_RSA_512,
						      .not_after = PKI_NOW - 1},
		NULL);
	const struct pki_cert *old = pki_make(
		&(struct pki_spec){
			.cn = "Old", .ca = true, .not_after = PKI_NOW - 1},
		NULL);

	use_firmware(WITH_RULE);
	bootstrap.mode = BOOTSTRAP_UNTIL_AUTHENTICATED;
	bootstrap.was_authenticated = true;
	context.servers_max = 0;
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, bad->sha256),
		0);
	ck_assert_int_eq(anchors_add(trust->anchors, old->der.data,
				 old->der.len, ANCHOR_SERVER),
		0);
	ck_assert_int_eq(
		judged_with_digest(bad, "00", false), VERDICT_DIGEST_MISMATCH);
	ck_assert_int_eq(judged_cert(bad), VERDICT_DISTRUSTED);
	trust->distrusted_count = 0;
	ck_assert_int_eq(judged_cert(bad), VERDICT_KEY_TOO_WEAK);
	ck_assert_int_eq(judged_cert(old), VERDICT_EXPIRED);
	context.now = PKI_NOW - 2;
	ck_assert_int_eq(judged_cert(old), VERDICT_ALREADY_TRUSTED);
	ck_assert(anchors_remove(trust->anchors, old->sha256, ANCHOR_SERVER));
	ck_assert_int_eq(judged_cert(old), VERDICT_UNAUTHENTICATED_SOURCE);
	bootstrap.was_authenticated = false;
	ck_assert_int_eq(judged_cert(old), VERDICT_ISSUER_NOT_TRUSTED);
	use_firmware(WITHOUT_RULE);
	ck_assert_int_eq(judged_cert(old), VERDICT_STORE_FULL);
	context.servers_max = 1;
	ck_assert_int_eq(judged_cert(old), VERDICT_ACCEPTED);
}
END_TEST

TCase *judge_tests(void);

TCase *judge_tests(void)
{
	TCase *tc = tcase_create("judge");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, a_private_root_is_accepted_and_said_to_be_unauthenticated);
	tcase_add_test(tc,
		base64_on_firmware_without_it_is_refused_before_its_bytes_count);
	tcase_add_test(tc, an_unknown_firmware_is_restrictive);
	tcase_add_test(tc,
		what_is_wrong_with_an_element_comes_before_what_firmware_lacks);
	tcase_add_test(tc,
		what_is_no_certificate_is_named_with_the_command_that_converts);
	tcase_add_test(tc, a_byte_behind_the_certificate_is_trailing_data);
	tcase_add_test(tc, a_digest_in_any_usual_spelling_counts);
	tcase_add_test(
		tc, another_digest_or_none_that_can_be_read_is_a_mismatch);
	tcase_add_test(
		tc, distrusted_wins_over_trusted_by_certificate_and_by_key);
	tcase_add_loop_test(tc,
		keys_are_refused_warned_of_or_taken_by_kind_and_size, 0,
		(int)ARRAY_SIZE(keys));
	tcase_add_test(tc, expired_counts_from_the_later_of_clock_and_floor);
	tcase_add_test(tc, what_authorities_or_servers_hold_is_already_trusted);
	tcase_add_test(tc, after_an_authenticated_run_a_stranger_adds_nothing);
	tcase_add_test(tc,
		with_pins_an_anchor_needs_a_pin_a_digest_or_a_trusted_issuer);
	tcase_add_test(tc,
		the_chain_rule_asks_for_an_issuer_and_names_the_missing_one);
	tcase_add_test(tc, the_chain_rule_leads_no_private_root_to_itself);
	tcase_add_test(
		tc, the_chain_rule_names_the_missing_issuer_nearest_to_a_root);
	tcase_add_test(tc, the_chain_rule_says_why_an_issuer_is_of_no_use);
	tcase_add_test(
		tc, an_upload_needs_an_issuer_on_any_firmware_but_no_pin);
	tcase_add_test(tc, one_more_than_the_store_holds_is_refused);
	tcase_add_test(tc,
		an_exception_makes_nothing_trusted_that_comes_as_a_candidate);
	tcase_add_test(tc, an_accepted_certificate_carries_its_warnings);
	tcase_add_test(tc, thirty_days_before_the_end_is_not_yet_soon);
	tcase_add_test(tc, the_first_fault_in_the_order_is_the_outcome);
	return tc;
}
