/* SPDX-License-Identifier: Apache-2.0 */
/* What lib/verify makes of names: of the host, of constraints. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST

static const struct pki_cert *root;
static const struct pki_cert *issuing;

/* The usual: root trusted, leaf and issuing CA sent. */
static void setup(void)
{
	ask_setup();
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	trust_cert(root);
	SEND(pki_leaf(SAN, issuing), issuing);
}

/* --- names --- */

START_TEST(refused_name_is_told_with_the_names_that_are_there)
{
	EXPECT("other.example.com", VERDICT_NAME_MISMATCH);
	ck_assert(result.recoverable);
	ck_assert_ptr_nonnull(strstr(result.reason, "other.example.com"));
	ck_assert_ptr_nonnull(strstr(result.reason, SAN));
	EXPECT("192.0.2.1", VERDICT_NAME_MISMATCH);
	EXPECT(".example.com", VERDICT_HOST_INVALID);
}
END_TEST

START_TEST(name_is_not_looked_at_where_it_is_not_checked)
{
	EXPECT(NULL, VERDICT_TRUSTED);
	trust->policy.name_check = false;
	EXPECT("other.example.com", VERDICT_TRUSTED);
	EXPECT(".example.com", VERDICT_TRUSTED);
}
END_TEST

START_TEST(sip_identities_count_by_firmware_and_purpose)
{
	const struct pki_cert *sip = pki_leaf("URI:sip:" HOST, issuing);

	SEND(sip, issuing);
	query.purpose = PURPOSE_SIP;
	EXPECT(HOST, VERDICT_NAME_MISMATCH);
	trust->policy.sip_names = true;
	EXPECT(HOST, VERDICT_TRUSTED);
	query.purpose = PURPOSE_HTTPS;
	EXPECT(HOST, VERDICT_NAME_MISMATCH);
}
END_TEST

START_TEST(common_name_counts_with_a_warning_and_never_in_strict)
{
	SEND(pki_make(&(struct pki_spec){.cn = HOST}, issuing), issuing);
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert(warned(WARNING_CN_USED));
	trust->policy.profile = PROFILE_STRICT;
	EXPECT(HOST, VERDICT_NAME_MISMATCH);
}
END_TEST

/* Under a CA with these constraints: common name, SAN, host. */
static const struct {
	const char *constraints;
	const char *cn;
	const char *san;
	const char *host;
	enum verdict verdict;
} constrained[] = {
	{"permitted;DNS:example.com", "c", SAN, HOST, VERDICT_TRUSTED},
	{"permitted;DNS:example.org", "c", SAN, HOST, VERDICT_NAME_CONSTRAINTS},
	{"permitted;IP:192.0.2.0/255.255.255.0", HOST, NULL, HOST,
		VERDICT_NAME_MISMATCH},
	{"excluded;DNS:pbx.example.com", "c", "DNS:*.example.com", HOST,
		VERDICT_NAME_CONSTRAINTS},
	{"excluded;DNS:pbx.example.com", "c", "DNS:*.example.com",
		"a.example.com", VERDICT_TRUSTED},
	{"excluded;DNS:other.com", "c", SAN ",DNS:a..b", HOST,
		VERDICT_NAME_CONSTRAINTS},
	{"permitted;IP:192.0.2.0/255.255.255.0", "c", "IP:192.0.2.1",
		"192.0.2.1", VERDICT_TRUSTED},
	/* A common name that is nobody's host is held against nothing. */
	{"permitted;DNS:example.net", "pbx.other.example", "IP:192.0.2.1",
		"192.0.2.1", VERDICT_TRUSTED},
	{"excluded;DNS:other.example", "pbx.other.example", "IP:192.0.2.1",
		"192.0.2.1", VERDICT_TRUSTED},
	{"permitted;DNS:example.net", "192.0.2.1", "IP:192.0.2.1", "192.0.2.1",
		VERDICT_TRUSTED},
	{"permitted;DNS:example.net", "pbx.example.net", NULL,
		"pbx.example.net", VERDICT_NAME_MISMATCH},
	{"permitted;DNS:example.net", "pbx.other.example", NULL,
		"pbx.other.example", VERDICT_NAME_CONSTRAINTS},
	{"excluded;IP:192.0.2.0/255.255.255.0", "c", "IP:192.0.2.1",
		"192.0.2.1", VERDICT_NAME_CONSTRAINTS},
};

START_TEST(constraints_bind_host_and_names)
{
	const struct pki_cert *ca = pki_make(
		&(struct pki_spec){.cn = "CA",
			.ca = true,
			.name_constraints = constrained[_i].constraints},
		root);

	SEND(pki_make(&(struct pki_spec){.cn = constrained[_i].cn,
			      .san = constrained[_i].san},
		     ca),
		ca);
	EXPECT(constrained[_i].host, constrained[_i].verdict);
}
END_TEST

/* --- why a name does not match --- */

#define SIP_ADDRESS "URI:sip:192.0.2.1"
#define MANY                                                                   \
	"DNS:a.org,DNS:b.org,DNS:c.org,DNS:d.org,DNS:e.org,DNS:f.org,"         \
	"DNS:g.org,DNS:h.org,IP:192.0.2.9,DNS:pbx.example.net"

/* Common name, SAN, host; what decides; what the sentence and remedy say. */
static const struct mismatch {
	const char *cn;
	const char *san;
	const char *host;
	enum purpose purpose;
	unsigned flags;
	bool strict;
	bool sip_strict;
	bool no_sip_names;
	const char *reason;
	const char *remedy; /* or NULL */
} mismatches[] = {
	/* Wildcards. */
	{"c", "DNS:*.example.com", "example.com",
		.reason = "host, example.com: its DNS name *.example.com is "
			  "for the names below that domain, not for the "
			  "domain itself",
		.remedy = "with DNS:example.com in subjectAltName."},
	{"c", "DNS:*.example.com", "a.pbx.example.com",
		.reason = "its DNS name *.example.com stands for one label"},
	{"c", "DNS:*.com", "example.com",
		.reason = "*.com has a wildcard directly below a top-level "
			  "domain"},
	{"c", "DNS:*", HOST, .reason = "* does not count: a wildcard needs"},
	{"c", "DNS:pbx.*.com", HOST,
		.reason = "pbx.*.com has its wildcard in another label than "
			  "the first"},
	{"c", "DNS:*.*.com", HOST,
		.reason = "*.*.com has more than one wildcard"},
	{"c", "DNS:p*x.example.com", HOST,
		.reason = "p*x.example.com has its wildcard in the middle of "
			  "a label"},
	{"c", "DNS:xn*.example.com", "xn--a.example.com",
		.reason = "never stands for an international name"},
	{"c", "DNS:*.example.com", HOST, .flags = 2,
		.reason = "*.example.com does not count: "
			  "host_name_validation_flags is 2, and its bit 2 "
			  "lets no wildcard count;",
		.remedy = "or set host_name_validation_flags to 0."},
	{"c", "DNS:*.example.com", HOST, .flags = 7,
		.reason = "host_name_validation_flags is 7, and its bit 2",
		.remedy = "or set host_name_validation_flags to 5."},
	{"c", "DNS:p*.example.com", HOST, .flags = 4,
		.reason = "host_name_validation_flags is 4, and its bit 4 "
			  "lets no wildcard that is a part of a label",
		.remedy = "or set host_name_validation_flags to 0."},
	{"c", "DNS:p*.example.com", HOST, .strict = true,
		.reason = "with Profile=strict no wildcard counts that is a "
			  "part of a label",
		.remedy = "or set Profile=compatible in certprovd.conf."},
	{"c", "DNS:*.example.com", HOST, .purpose = PURPOSE_SIP,
		.sip_strict = true,
		.reason = "with SipStrict=yes no wildcard counts for SIP; its "
			  "names are DNS:*.example.com (RFC 5922 7.2).",
		.remedy = "or set SipStrict=no in certprovd.conf."},
	{"c", "DNS:*.example.com", HOST, .purpose = PURPOSE_SIP,
		.sip_strict = true, .no_sip_names = true,
		.reason = "with SipStrict=yes no wildcard counts for SIP"},
	/* None of its names leads anywhere. */
	{"c", "DNS:*.com", "example.com",
		.remedy = "Have it issued again for this host, with "
			  "DNS:example.com in subjectAltName.",
		.reason = "its names are DNS:*.com"},
	{"c", "DNS:192.0.2.1", "192.0.2.1",
		.remedy = "Have it issued again for this host, with "
			  "IP:192.0.2.1 in subjectAltName.",
		.reason = "its names are DNS:192.0.2.1"},
	{"c", "DNS:" HOST ".", HOST,
		.remedy = "Have it issued again for this host, with "
			  "DNS:" HOST " in subjectAltName.",
		.reason = "ends with a dot"},
	{"c", "DNS:*.com,DNS:*.example.org", "example.com",
		.remedy = "Connect to one of its names",
		.reason = "its names are DNS:*.com, DNS:*.example.org"},
	/* The CN. */
	{HOST, "DNS:a.example.com", HOST,
		.reason = "its CN " HOST " does not count: there are DNS names "
			  "in subjectAltName, and then only those do"},
	{HOST, "IP:192.0.2.1", HOST, .purpose = PURPOSE_SIP,
		.reason = "its CN " HOST " does not count: for SIP the CN "
			  "counts only without a subjectAltName"},
	{HOST, NULL, HOST, .strict = true,
		.reason = "its CN " HOST " does not count: with Profile=strict "
			  "no CN counts",
		.remedy = "Have it issued again for this host, with DNS:" HOST
			  " in subjectAltName, or set Profile=compatible"},
	{"Acme PBX", NULL, HOST,
		.reason = "its CN Acme PBX is not a host name, and it has no "
			  "subjectAltName",
		.remedy = "Have it issued again for this host, with DNS:" HOST},
	{"Acme PBX", "IP:192.0.2.1", HOST,
		.reason = "its CN Acme PBX is not a host name, and its "
			  "subjectAltName has no DNS name"},
	{"*.example.com", NULL, HOST, .flags = 2,
		.reason = "its CN *.example.com does not count: "
			  "host_name_validation_flags is 2"},
	{NULL, NULL, HOST, .reason = "it has no subjectAltName ("},
	{NULL, "email:me@example.com", HOST,
		.reason = "its subjectAltName has no DNS name"},
	/* Addresses. */
	{"c", "DNS:192.0.2.1", "192.0.2.1",
		.reason = "its DNS name 192.0.2.1 does not count: an address "
			  "counts only as an iPAddress",
		.remedy = "with IP:192.0.2.1 in subjectAltName"},
	{"192.0.2.1", NULL, "192.0.2.1",
		.reason = "its CN 192.0.2.1 does not count: an address"},
	{"c", SIP_ADDRESS, "192.0.2.1", .purpose = PURPOSE_SIP,
		.reason = "its URI sip:192.0.2.1 does not count: an address"},
	{"c", "DNS:192.0.2.*", "192.0.2.1",
		.reason = "192.0.2.* does not count: there are no wildcards "
			  "for addresses"},
	{"c", "DNS:a.example.com", "192.0.2.1",
		.reason = "its subjectAltName has no IP address"},
	{"c", "IP:192.0.2.1", "::ffff:192.0.2.1",
		.reason = "it has that address as IPv4"},
	/* Other spellings. */
	{"c", "DNS:" HOST ".", HOST, .reason = HOST ". ends with a dot"},
	{"c", "DNS:https://" HOST "/", HOST,
		.reason = "https://" HOST "/ is no host name: it must be the "
			  "name alone"},
	{"c", "DNS:" HOST ":5061", HOST,
		.reason = HOST ":5061 is no host name: it must be the name "
			       "alone"},
	{"c", "DNS:b\xc3\xbc.example.com", "xn--b-eha.example.com",
		.reason = "has letters beyond ASCII"},
	/* SIP. */
	{"c", "URI:sip:" HOST, HOST, .purpose = PURPOSE_HTTPS,
		.reason = "its URI sip:" HOST " counts for the purpose sip "
			  "only; its names are URI:sip:" HOST
			  ", CN:c (RFC 5922 7.1)."},
	{"c", "URI:sip:" HOST, HOST, .purpose = PURPOSE_SIP,
		.no_sip_names = true,
		.reason = "this firmware does not look at sip: URIs"},
	{"c", "URI:sip:me@" HOST, HOST, .purpose = PURPOSE_SIP,
		.reason = "does not count: it is the identity of a user"},
	{"c", "URI:sips:" HOST, HOST, .purpose = PURPOSE_SIP,
		.reason = "only URIs that begin with sip: do"},
	{"c", "URI:https://" HOST "/", HOST,
		.reason = "does not count: the host must be a DNS name"},
	{"c", "DNS:" HOST ",URI:sip:a.example.com", HOST,
		.purpose = PURPOSE_SIP,
		.reason = "it has a sip: URI, so for SIP only such URIs count",
		.remedy = "with URI:sip:" HOST " in subjectAltName"},
	/* Those most like it come first. */
	{"c", MANY, "pbx2.example.net",
		.reason = "host, pbx2.example.net; its names are "
			  "DNS:pbx.example.net, DNS:a.org, DNS:b.org, "
			  "DNS:c.org, DNS:d.org, DNS:e.org, DNS:f.org, "
			  "DNS:g.org and 2 more ("},
	{"c", MANY, "192.0.2.1", .reason = "names are IP:192.0.2.9, DNS:"},
};

START_TEST(the_rule_that_a_name_fails_is_told)
{
	const struct mismatch *m = &mismatches[_i];

	trust->policy.profile = m->strict ? PROFILE_STRICT : PROFILE_COMPATIBLE;
	trust->policy.name_flags = m->flags;
	trust->policy.sip_names = !m->no_sip_names;
	trust->policy.sip_strict = m->sip_strict;
	query.purpose = m->purpose;
	SEND(pki_make(&(struct pki_spec){.cn = m->cn, .san = m->san}, issuing),
		issuing);
	EXPECT(m->host, VERDICT_NAME_MISMATCH);
	ck_assert_msg(strstr(result.reason, m->reason), "\"%s\" not in %s",
		m->reason, result.reason);
	ck_assert_msg(!m->remedy || strstr(result.remedy, m->remedy),
		"\"%s\" not in %s", m->remedy, result.remedy);
}
END_TEST

/* The one that would match is the last that is looked into, or the next. */
START_TEST(one_name_more_is_not_looked_into)
{
	char san[8192] = "DNS:a.org";

	size_t len = strlen(san);

	for (size_t i = 1; i < 127; i++)
		len += (size_t)snprintf(
			san + len, sizeof(san) - len, ",DNS:a.org");
	(void)snprintf(san + len, sizeof(san) - len, "%s,DNS:*.com",
		_i == 0 ? "" : ",DNS:b.org");
	SEND(pki_make(&(struct pki_spec){.cn = "c", .san = san}, issuing),
		issuing);
	EXPECT("example.com", VERDICT_NAME_MISMATCH);
	ck_assert_int_eq(
		strstr(result.reason, "top-level domain") != NULL, _i == 0);
}
END_TEST

test_case_maker verify_names_tests;

TCase *verify_names_tests(void)
{
	TCase *tc = tcase_create("verify-names");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_test(tc, refused_name_is_told_with_the_names_that_are_there);
	tcase_add_test(tc, name_is_not_looked_at_where_it_is_not_checked);
	tcase_add_test(tc, sip_identities_count_by_firmware_and_purpose);
	tcase_add_test(
		tc, common_name_counts_with_a_warning_and_never_in_strict);
	tcase_add_loop_test(tc, constraints_bind_host_and_names, 0,
		ARRAY_SIZE(constrained));
	tcase_add_loop_test(tc, the_rule_that_a_name_fails_is_told, 0,
		ARRAY_SIZE(mismatches));
	tcase_add_loop_test(tc, one_name_more_is_not_looked_into, 0, 2);
	return tc;
}
