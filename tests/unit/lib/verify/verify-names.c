/* SPDX-License-Identifier: Apache-2.0 */
/* What lib/verify makes of names: of the host, of constraints. */
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
	return tc;
}
