/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-check.h"

#include <check.h>
#include <string.h>

#include "lib/phone/device-model.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

static struct certificate *decoded(const struct pki_cert *c)
{
	struct certificate *d = NULL;
	enum verdict v = VERDICT__END;

	ck_assert_int_eq(
		certificate_decode(c->der.data, c->der.len, &d, &v), 0);
	ck_assert_ptr_nonnull(d);
	return d;
}

/* --- the MAC address --- */

static const struct {
	const char *cn;
	const char *mac;
} names[] = {
	{"000413AABBCC", MAC},
	{"000413aabbcc", MAC},
	{"00:04:13:aa:bb:cc", MAC},
	{"00-04-13-AA-BB-CC", MAC},
	{"0004.13aa.bbcc", MAC},
	{"00 04 13 AA BB CC", MAC},
	{"00_04_13_aa_bb_cc", MAC},
	{"0004:13/AA, BB+CC", MAC},
	{"snomD785 (000413AABBCC)", MAC},
	{"snomD785-000413AABBCC", MAC},
	{"phone 00:04:13:AA:BB:CC at home", MAC},
	{"000413AABBC", ""},
	{"000413AABBCCD", ""},
	{"000413AABBCC0", ""},
	{"Snom Phone", ""},
	{"00x04x13xAAxBBxCC", ""},
	{"face", ""},
};

START_TEST(the_cn_holds_a_mac_in_any_spelling)
{
	CLEANUP(certificate_free)
	struct certificate *c =
		decoded(pki_make(&(struct pki_spec){.cn = names[_i].cn}, NULL));
	char mac[IDENTITY_MAC_SIZE];

	identity_mac(c, mac);
	ck_assert_str_eq(mac, names[_i].mac);
	ck_assert(identity_is_of_phone(c, "000413aabbcc") ==
		(*names[_i].mac != 0));
	ck_assert(!identity_is_of_phone(c, "000413AABBCD"));
	ck_assert(!identity_is_of_phone(c, NULL));
}
END_TEST

START_TEST(a_name_without_cn_holds_none)
{
	CLEANUP(certificate_free)
	struct certificate *c =
		decoded(pki_make(&(struct pki_spec){.san = "DNS:x"}, NULL));
	char mac[IDENTITY_MAC_SIZE];

	identity_mac(c, mac);
	ck_assert_str_eq(mac, "");
}
END_TEST

static const struct {
	const char *type;
	bool shared;
} models[] = {
	{"snom300", true},
	{"snom320", true},
	{"snom370", true},
	{"snomPA1", true},
	{"snommp", true},
	{"MP", true},
	{"SNOM370", true},
	{"snom360", false},
	{"snomD785", false},
	{"snom3000", false},
	{"snom30", false},
	{"", false},
	{NULL, false},
};

START_TEST(some_models_share_one_certificate)
{
	ck_assert(device_model_shares_certificate(models[_i].type) ==
		models[_i].shared);
}
END_TEST

/* --- what a person is told --- */

struct identity_chain {
	const struct pki_cert *root;
	const struct pki_cert *leaf;
	struct identity identity;
	struct certificate *ca;
	struct identity_phone phone;
};

static struct identity_chain made(const char *cn, int64_t not_after)
{
	struct identity_chain c = {.root = pki_root("Device Root")};

	c.leaf = pki_make(
		&(struct pki_spec){.cn = cn, .not_after = not_after}, c.root);
	c.identity =
		identity_of(joined(certificate_pem(c.leaf),
				    certificate_pem(c.root), key_pem(c.leaf)),
			IDENTITY_BUILT_IN);
	c.ca = decoded(c.root);
	c.phone = (struct identity_phone){
		.mac = MAC, .phone_type = "snomD785", .now = PKI_NOW};
	return c;
}

static void identity_chain_done(struct identity_chain *c)
{
	identity_done(&c->identity);
	certificate_free(c->ca);
}
DEFINE_CLEANUP_EMBEDDED(struct identity_chain, identity_chain_done);

static unsigned told(const struct identity_chain *c)
{
	return identity_check(&c->identity, &c->phone);
}

START_TEST(nothing_is_said_of_a_good_one)
{
	CLEANUP(identity_chain_done) struct identity_chain c = made(MAC, 0);

	ck_assert_uint_eq(told(&c), 0);
	c.phone.device_cas = (const struct certificate *const *)&c.ca;
	c.phone.device_ca_count = 1;
	ck_assert_uint_eq(told(&c), 0);
}
END_TEST

START_TEST(dates_are_told)
{
	CLEANUP(identity_chain_done)
	struct identity_chain c = made(MAC, PKI_NOW + 29 * PKI_DAY);

	ck_assert_uint_eq(told(&c), WARNING_BIT(WARNING_EXPIRES_SOON));
	c.phone.now = PKI_NOW + 30 * PKI_DAY;
	ck_assert_uint_eq(told(&c), WARNING_BIT(WARNING_EXPIRED));
	c.phone.now = PKI_NOW - 2 * PKI_YEAR;
	ck_assert_uint_eq(told(&c), WARNING_BIT(WARNING_NOT_YET_VALID));
}
END_TEST

START_TEST(whose_it_is_is_told)
{
	CLEANUP(identity_chain_done) struct identity_chain mine = made(MAC, 0);
	CLEANUP(identity_chain_done)
	struct identity_chain another = made("000413AABBCD", 0);
	CLEANUP(identity_chain_done)
	struct identity_chain nobodys = made("Snom Phone", 0);

	ck_assert_uint_eq(
		told(&another), WARNING_BIT(WARNING_IDENTITY_OTHER_MAC));
	ck_assert_uint_eq(
		told(&nobodys), WARNING_BIT(WARNING_IDENTITY_WITHOUT_MAC));
	nobodys.phone.phone_type = "snom370";
	ck_assert_uint_eq(told(&nobodys), WARNING_BIT(WARNING_IDENTITY_SHARED));
	mine.phone.mac = NULL;
	ck_assert_uint_eq(told(&mine), 0);
}
END_TEST

START_TEST(a_chain_that_ends_in_the_air_is_told)
{
	CLEANUP(identity_chain_done) struct identity_chain c = made(MAC, 0);
	CLEANUP(identity_done)
	struct identity alone = identity_of(
		joined(certificate_pem(c.leaf), key_pem(c.leaf), ""),
		IDENTITY_BUILT_IN);
	CLEANUP(certificate_free)
	struct certificate *other = decoded(pki_root("Other Root"));
	const struct certificate *cas[] = {other, c.ca};

	ck_assert_uint_eq(identity_check(&alone, &c.phone),
		WARNING_BIT(WARNING_IDENTITY_CHAIN_INCOMPLETE));
	c.phone.device_cas = cas;
	c.phone.device_ca_count = 2;
	ck_assert_uint_eq(identity_check(&alone, &c.phone), 0);
	c.phone.device_ca_count = 1;
	ck_assert_uint_eq(identity_check(&alone, &c.phone),
		WARNING_BIT(WARNING_IDENTITY_CHAIN_INCOMPLETE) |
			WARNING_BIT(WARNING_IDENTITY_ISSUER_UNKNOWN));
	ck_assert_uint_eq(
		told(&c), WARNING_BIT(WARNING_IDENTITY_ISSUER_UNKNOWN));
}
END_TEST

TCase *identity_check_tests(void);

TCase *identity_check_tests(void)
{
	TCase *tc = tcase_create("identity-check");

	tcase_add_checked_fixture(tc, NULL, identity_fixture_done);
	tcase_add_loop_test(
		tc, the_cn_holds_a_mac_in_any_spelling, 0, ARRAY_SIZE(names));
	tcase_add_test(tc, a_name_without_cn_holds_none);
	tcase_add_loop_test(
		tc, some_models_share_one_certificate, 0, ARRAY_SIZE(models));
	tcase_add_test(tc, nothing_is_said_of_a_good_one);
	tcase_add_test(tc, dates_are_told);
	tcase_add_test(tc, whose_it_is_is_told);
	tcase_add_test(tc, a_chain_that_ends_in_the_air_is_told);
	return tc;
}
