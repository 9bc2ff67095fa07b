/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of peer on every class of firmware: one table, asserted cell by
 * cell. With CERTPROV_PRINT_TABLE=1 it is printed as Markdown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/phone/settings.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define ADDRESS "192.0.2.7"
#define SAN "DNS:" HOST

/* --- firmware, and what is set on it; NULL: the default --- */

static const struct {
	const char *title;
	const char *firmware;
	const char *authentication; /* tls_server_authentication */
	const char *names;          /* check_fqdn_against_server_cert */
	const char *flags;          /* host_name_validation_flags */
} phones[] = {
	{"8.2.29", "8.2.29", NULL, NULL, NULL},
	{"8.2.30, off", "8.2.30", NULL, NULL, NULL},
	{"8.2.30, on", "8.2.30", "on", NULL, NULL},
	{"8.9.3.40, off", "8.9.3.40", NULL, NULL, NULL},
	{"8.9.3.40, on", "8.9.3.40", "on", NULL, NULL},
	{"8.9.3.40, on, names", "8.9.3.40", "on", "on", NULL},
	{"8.9.3.60, off", "8.9.3.60", NULL, "on", NULL},
	{"8.9.3.60, on, names", "8.9.3.60", "on", "on", NULL},
	{"10.0", "10.0.0.0", "off", NULL, NULL},
	{"10.1.33", "10.1.33.33", NULL, NULL, NULL},
	{"10.1.33, no names", "10.1.33.33", NULL, "off", NULL},
	{"10.1.33, flags 2", "10.1.33.33", NULL, NULL, "2"},
	{"10.1.63", "10.1.63.0", NULL, NULL, NULL},
	{"unknown", NULL, NULL, NULL, NULL},
};
#define PHONES ARRAY_SIZE(phones)

static void set(struct settings *s, const struct firmware *f,
	enum setting_id id, const char *value)
{
	enum setting_result ignored = SETTING_APPLIED;

	if (value)
		ck_assert_int_eq(settings_set(s, f, id, value, &ignored), 0);
}

static void become(size_t phone)
{
	struct firmware f = {.count = 0};
	struct settings s = {0};

	if (phones[phone].firmware)
		ck_assert_int_eq(firmware_parse(phones[phone].firmware, &f), 0);
	set(&s, &f, SETTING_TLS_SERVER_AUTHENTICATION,
		phones[phone].authentication);
	set(&s, &f, SETTING_CHECK_FQDN, phones[phone].names);
	set(&s, &f, SETTING_NAME_FLAGS, phones[phone].flags);
	settings_fill_policy(&s, &f, &trust->policy);
	settings_done(&s);
}

/* --- peers --- */

static const struct pki_cert *root;
static const struct pki_cert *issuing;

static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	trust_cert(root);
}

static void send_san(const char *san)
{
	SEND(pki_leaf(san, issuing), issuing);
}

static void good(void)
{
	send_san(SAN);
}

static void unknown_ca(void)
{
	const struct pki_cert *other = pki_root("Other");

	SEND(pki_leaf(SAN, other), other);
}

static void expired(void)
{
	SEND(pki_make(&(struct pki_spec){.cn = "pbx",
			      .san = SAN,
			      .not_after = PKI_NOW - PKI_DAY},
		     issuing),
		issuing);
}

static void wrong_name(void)
{
	send_san("DNS:other.example.com");
}

static void wildcard(void)
{
	send_san("DNS:*.example.com");
}

static void address_named(void)
{
	send_san("IP:" ADDRESS);
}

static void address_as_dns(void)
{
	SEND(pki_make(&(struct pki_spec){.cn = ADDRESS, .san = "DNS:" ADDRESS},
		     issuing),
		issuing);
}

static void pinned_leaf(void)
{
	const struct pki_cert *leaf = pki_leaf(SAN, NULL);

	trust_cert(leaf);
	SEND(leaf);
}

static void pinned_intermediate(void)
{
	const struct pki_cert *other = pki_root("Other");
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Lower", .ca = true}, other);

	trust_cert(ca);
	SEND(pki_leaf(SAN, ca), ca);
}

static void exception(void)
{
	const struct pki_cert *leaf = pki_leaf("DNS:other", NULL);

	SEND(leaf);
	ck_assert_int_eq(
		trust_add_exception(trust, leaf->sha256, HOST, INT64_MAX), 0);
}

static void distrusted(void)
{
	good();
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY,
				 issuing->spki_sha256),
		0);
}

static void weak(void)
{
	SEND(pki_make(
		     &(struct pki_spec){
			     .cn = "pbx", .san = SAN, .digest = "SHA1"},
		     issuing),
		issuing);
}

/* Sent with the cross-sign of a root that has expired; both are stored. */
static void cross_signed(void)
{
	const struct pki_cert *old =
		pki_make(&(struct pki_spec){.cn = "DST Root CA X3",
				 .ca = true,
				 .not_after = PKI_NOW - PKI_DAY},
			NULL);
	const struct pki_cert *new_root = pki_root("ISRG Root X1");
	const struct pki_cert *cross = pki_make(
		&(struct pki_spec){
			.cn = "ISRG Root X1", .ca = true, .same_key = new_root},
		old);
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "R3", .ca = true}, new_root);

	trust_cert(old);
	trust_cert(new_root);
	SEND(pki_leaf(SAN, ca), ca, cross);
}

static void sip_uri(void)
{
	send_san("URI:sip:" HOST);
}

static void sips_uri(void)
{
	send_san("URI:sips:" HOST);
}

/* --- the table --- */

#define YES VERDICT_TRUSTED
#define NOT VERDICT_NOT_VERIFIED
#define ISS VERDICT_ISSUER_NOT_TRUSTED
#define EXP VERDICT_EXPIRED
#define NAM VERDICT_NAME_MISMATCH
#define EXC VERDICT_EXCEPTION
#define DIS VERDICT_DISTRUSTED
#define WEA VERDICT_WEAK_SIGNATURE

/* clang-format off: a table is read by its columns */
static const struct {
	const char *name;
	void (*make)(void);
	const char *host;
	enum purpose purpose;
	enum verdict verdict[PHONES];
} peers[] = {
	/*  8.2.29  8.2.30     8.9.3.40        8.9.3.60   10.0  10.1.33 .63
	 * unknown off  on    off  on   names off  names           no n. flags
	 */
	{"good", good, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, YES,
			YES, YES}},
	{"unknown CA", unknown_ca, HOST, PURPOSE_HTTPS,
		{NOT, NOT, ISS, NOT, ISS, ISS, NOT, ISS, ISS, ISS, ISS, ISS,
			ISS, ISS}},
	{"expired", expired, HOST, PURPOSE_HTTPS,
		{NOT, NOT, EXP, NOT, EXP, EXP, NOT, EXP, EXP, EXP, EXP, EXP,
			EXP, EXP}},
	{"wrong name", wrong_name, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, NAM, NOT, NAM, NAM, NAM, YES, NAM,
			NAM, NAM}},
	{"IP, as iPAddress", address_named, ADDRESS, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, YES,
			YES, YES}},
	{"IP, as CN and DNS", address_as_dns, ADDRESS, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, NAM, NOT, NAM, NAM, NAM, YES, NAM,
			NAM, NAM}},
	{"pinned leaf", pinned_leaf, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, YES,
			YES, YES}},
	{"pinned intermediate", pinned_intermediate, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, YES,
			YES, YES}},
	{"exception", exception, HOST, PURPOSE_HTTPS,
		{NOT, NOT, EXC, NOT, EXC, EXC, NOT, EXC, EXC, EXC, EXC, EXC,
			EXC, EXC}},
	{"distrusted", distrusted, HOST, PURPOSE_HTTPS,
		{DIS, DIS, DIS, DIS, DIS, DIS, DIS, DIS, DIS, DIS, DIS, DIS,
			DIS, DIS}},
	{"weak", weak, HOST, PURPOSE_HTTPS,
		{NOT, NOT, WEA, NOT, WEA, WEA, NOT, WEA, WEA, WEA, WEA, WEA,
			WEA, WEA}},
	{"cross-signed", cross_signed, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, YES,
			YES, YES}},
	{"SIP URI", sip_uri, HOST, PURPOSE_SIP,
		{NOT, NOT, YES, NOT, YES, NAM, NOT, NAM, NAM, NAM, YES, NAM,
			YES, YES}},
	{"SIP URI, sips", sips_uri, HOST, PURPOSE_SIP,
		{NOT, NOT, YES, NOT, YES, NAM, NOT, NAM, NAM, NAM, YES, NAM,
			NAM, NAM}},
	{"SIP URI, not for SIP", sip_uri, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, NAM, NOT, NAM, NAM, NAM, YES, NAM,
			NAM, NAM}},
	{"wildcard", wildcard, HOST, PURPOSE_HTTPS,
		{NOT, NOT, YES, NOT, YES, YES, NOT, YES, YES, YES, YES, NAM,
			YES, NAM}},
};
/* clang-format on */

static void print_heading(void)
{
	(void)printf("| peer |");
	for (size_t i = 0; i < PHONES; i++)
		(void)printf(" %s |", phones[i].title);
	(void)printf("\n|---|");
	for (size_t i = 0; i < PHONES; i++)
		(void)printf("---|");
	(void)printf("\n");
}

START_TEST(every_kind_of_peer_gets_its_verdict_on_every_class_of_firmware)
{
	bool print = getenv("CERTPROV_PRINT_TABLE");

	peers[_i].make();
	query.purpose = peers[_i].purpose;
	if (print && _i == 0)
		print_heading();
	if (print)
		(void)printf("| %s |", peers[_i].name);
	for (size_t i = 0; i < PHONES; i++) {
		become(i);
		(void)ask(peers[_i].host);
		if (print)
			(void)printf(" %s |", verdict_name(result.verdict));
		ck_assert_msg(result.verdict == peers[_i].verdict[i],
			"%s on %s: %s", peers[_i].name, phones[i].title,
			verdict_name(result.verdict));
	}
	if (print)
		(void)printf("\n");
	(void)fflush(stdout);
}
END_TEST

/* --- the edges, one version to each side --- */

static const struct {
	const char *below;
	const char *above;
	enum verification verification[2];
	bool name_check[2];    /* with every setting at its default */
	bool name_check_on[2]; /* with both switched on */
	unsigned name_flags[2];
	bool sip_names[2];
} edges[] = {
	{"8.2.29", "8.2.30", {VERIFICATION_UNSUPPORTED, VERIFICATION_OFF},
		{false, false}, {false, false}, {2, 2}, {false, false}},
	{"8.7.5.70", "8.7.5.71", {VERIFICATION_OFF, VERIFICATION_OFF},
		{false, false}, {false, false}, {2, 0}, {false, false}},
	{"8.8.3.25", "8.8.3.26", {VERIFICATION_OFF, VERIFICATION_OFF},
		{false, false}, {false, true}, {0, 0}, {false, false}},
	{"8.9.3.80", "10.0.0", {VERIFICATION_OFF, VERIFICATION_FORCED},
		{false, true}, {true, true}, {0, 0}, {false, false}},
	{"9.99.99.99", "10.0.0.0", {VERIFICATION_OFF, VERIFICATION_FORCED},
		{false, true}, {true, true}, {0, 0}, {false, false}},
	{"10.1.62.99", "10.1.63.0", {VERIFICATION_FORCED, VERIFICATION_FORCED},
		{true, true}, {true, true}, {0, 0}, {false, true}},
};

static void check_side(const char *version, size_t i, size_t side)
{
	struct settings s = {0};
	struct firmware f;
	struct policy p = {.profile = PROFILE_COMPATIBLE};

	ck_assert_int_eq(firmware_parse(version, &f), 0);
	settings_fill_policy(&s, &f, &p);
	ck_assert_int_eq(p.verification, edges[i].verification[side]);
	ck_assert_int_eq(p.name_check, edges[i].name_check[side]);
	ck_assert_uint_eq(p.name_flags, edges[i].name_flags[side]);
	ck_assert_int_eq(p.sip_names, edges[i].sip_names[side]);
	set(&s, &f, SETTING_CHECK_FQDN, "on");
	settings_fill_policy(&s, &f, &p);
	/* Without effect while servers are not verified. */
	ck_assert(p.verification == VERIFICATION_FORCED || !p.name_check);
	set(&s, &f, SETTING_TLS_SERVER_AUTHENTICATION, "on");
	settings_fill_policy(&s, &f, &p);
	ck_assert_int_eq(p.name_check, edges[i].name_check_on[side]);
	settings_done(&s);
}

START_TEST(policy_changes_exactly_at_its_version)
{
	check_side(edges[_i].below, (size_t)_i, 0);
	check_side(edges[_i].above, (size_t)_i, 1);
}
END_TEST

/* --- each bit of host_name_validation_flags, set and not --- */

static const struct {
	const char *cn;
	const char *san;
	const char *host;
	const char *flags;
	enum verdict without; /* with 0 */
	enum verdict with;
} bits[] = {
	{HOST, "DNS:other", HOST, "1", NAM, YES},
	{"x", "DNS:*.example.com", HOST, "2", YES, NAM},
	{"x", "DNS:p*.example.com", HOST, "4", YES, NAM},
	{"x", "DNS:*.com.example", "a.b.com.example", "8", NAM, YES},
	/* Speaks of hosts that begin with a dot, which are none here. */
	{"x", "DNS:*.example.com", HOST, "16", YES, YES},
	{"x", "DNS:*.example.com", ".example.com", "16", VERDICT_HOST_INVALID,
		VERDICT_HOST_INVALID},
	{HOST, "DNS:*.example.com", "a.b.example.com", "31", NAM, NAM},
};

START_TEST(each_bit_of_the_name_flags_has_its_effect)
{
	struct firmware f;
	struct settings s = {0};

	ck_assert_int_eq(firmware_parse("10.1.33.33", &f), 0);
	SEND(pki_make(
		     &(struct pki_spec){.cn = bits[_i].cn, .san = bits[_i].san},
		     issuing),
		issuing);
	settings_fill_policy(&s, &f, &trust->policy);
	EXPECT(bits[_i].host, bits[_i].without);
	set(&s, &f, SETTING_NAME_FLAGS, bits[_i].flags);
	settings_fill_policy(&s, &f, &trust->policy);
	EXPECT(bits[_i].host, bits[_i].with);
	settings_done(&s);
}
END_TEST

test_case_maker verify_table_tests;

TCase *verify_table_tests(void)
{
	TCase *tc = tcase_create("verify-table");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc,
		every_kind_of_peer_gets_its_verdict_on_every_class_of_firmware,
		0, ARRAY_SIZE(peers));
	tcase_add_loop_test(tc, policy_changes_exactly_at_its_version, 0,
		ARRAY_SIZE(edges));
	tcase_add_loop_test(tc, each_bit_of_the_name_flags_has_its_effect, 0,
		ARRAY_SIZE(bits));
	return tc;
}
