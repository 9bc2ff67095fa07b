/* SPDX-License-Identifier: Apache-2.0 */
/* What lib/verify makes of certificate policies and of what test cases demand.
 */
#include <string.h>

#include "lib/verify/verify-demands.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST
#define EXPLICIT "critical,requireExplicitPolicy:"

static struct verify_demands demands;

static void setup(void)
{
	ask_setup();
	demands = (struct verify_demands){.depth_given = false};
	query.demands = &demands;
}

/*
 * root, upper, lower, leaf: policy constraints of upper, policies of upper,
 * lower and leaf.
 */
struct policy_shape {
	const char *constraints;
	const char *upper;
	const char *lower;
	const char *leaf;
};

static void send_shape(const struct policy_shape *shape)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *upper = pki_make(
		&(struct pki_spec){.cn = "Upper",
			.ca = true,
			.extra = {{"policyConstraints", shape->constraints},
				{"certificatePolicies", shape->upper}}},
		root);
	const struct pki_cert *lower = pki_make(
		&(struct pki_spec){.cn = "Lower",
			.ca = true,
			.extra = {{"certificatePolicies", shape->lower}}},
		upper);
	const struct pki_cert *leaf = pki_make(
		&(struct pki_spec){.cn = "pbx",
			.san = SAN,
			.extra = {{"certificatePolicies", shape->leaf}}},
		lower);

	trust_cert(root);
	SEND(leaf, lower, upper);
}

static const struct {
	struct policy_shape shape;
	enum verdict verdict;
} shapes[] = {
	{{NULL, NULL, NULL, NULL}, VERDICT_TRUSTED},
	{{NULL, "1.2.3", NULL, "1.2.4"}, VERDICT_TRUSTED},
	{{EXPLICIT "0", "1.2.3", "1.2.3", "1.2.3"}, VERDICT_TRUSTED},
	{{EXPLICIT "0", "2.5.29.32.0", "1.2.3", "1.2.3"}, VERDICT_TRUSTED},
	{{EXPLICIT "0", "1.2.3", "1.2.3", "1.2.4"}, VERDICT_POLICY_MISSING},
	{{EXPLICIT "0", "1.2.3", "1.2.3", NULL}, VERDICT_POLICY_MISSING},
	{{EXPLICIT "0", NULL, NULL, NULL}, VERDICT_POLICY_MISSING},
	{{EXPLICIT "0", NULL, "1.2.3", "1.2.3"}, VERDICT_POLICY_MISSING},
	{{EXPLICIT "2", NULL, NULL, NULL}, VERDICT_POLICY_MISSING},
	{{EXPLICIT "3", NULL, NULL, NULL}, VERDICT_TRUSTED},
	{{"requireExplicitPolicy:0", "1.2.3", NULL, NULL},
		VERDICT_POLICY_MISSING},
	{{"critical,inhibitPolicyMapping:0", NULL, NULL, NULL},
		VERDICT_TRUSTED},
	{{EXPLICIT "-1", "1.2.3", "1.2.3", "1.2.3"}, VERDICT_INVALID_EXTENSION},
	{{EXPLICIT "99999999999999999999999", NULL, NULL, NULL},
		VERDICT_TRUSTED},
	{{"DER:0500", NULL, NULL, NULL}, VERDICT_INVALID_EXTENSION},
};

START_TEST(policy_is_missed_only_where_one_is_demanded)
{
	send_shape(&shapes[_i].shape);
	EXPECT(HOST, shapes[_i].verdict);
	ck_assert(!result.recoverable);
}
END_TEST

START_TEST(anchor_demands_nothing)
{
	const struct pki_cert *root = pki_make(
		&(struct pki_spec){.cn = "Root",
			.ca = true,
			.extra = {{"policyConstraints", EXPLICIT "0"}}},
		NULL);

	trust_cert(root);
	SEND(pki_leaf(SAN, root));
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

START_TEST(demanded_policy_has_to_be_in_the_whole_path)
{
	const char *const wanted[] = {"1.2.3"};
	const char *const other[] = {"1.2.4", "no identifier"};

	send_shape(&(struct policy_shape){NULL, "1.2.3", "1.2.3", "1.2.3"});
	demands.policies = other;
	demands.policy_count = 2;
	EXPECT(HOST, VERDICT_TRUSTED);
	demands.explicit_policy = true;
	EXPECT(HOST, VERDICT_POLICY_MISSING);
	demands.policies = wanted;
	demands.policy_count = 1;
	EXPECT(HOST, VERDICT_TRUSTED);
	send_shape(&(struct policy_shape){NULL, "1.2.3", NULL, "1.2.3"});
	EXPECT(HOST, VERDICT_POLICY_MISSING);
}
END_TEST

START_TEST(any_policy_and_mappings_count_unless_inhibited)
{
	send_shape(&(struct policy_shape){
		NULL, "2.5.29.32.0", "2.5.29.32.0", "2.5.29.32.0"});
	demands.explicit_policy = true;
	EXPECT(HOST, VERDICT_TRUSTED);
	demands.inhibit_any_policy = true;
	EXPECT(HOST, VERDICT_POLICY_MISSING);
}
END_TEST

START_TEST(mapped_policy_counts_unless_inhibited)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "CA",
				 .ca = true,
				 .extra = {{"certificatePolicies", "1.2.3"},
					 {"policyMappings", "1.2.3:1.2.4"}}},
			root);

	trust_cert(root);
	SEND(pki_make(&(struct pki_spec){.cn = "pbx",
			      .san = SAN,
			      .extra = {{"certificatePolicies", "1.2.4"}}},
		     ca),
		ca);
	demands.explicit_policy = true;
	EXPECT(HOST, VERDICT_TRUSTED);
	demands.inhibit_policy_mapping = true;
	EXPECT(HOST, VERDICT_POLICY_MISSING);
}
END_TEST

/* Above that OpenSSL gives up a tree of a thousand nodes, and a path of that
 * length is within what a question may cost. */
#define POLICY_DEPTH 12

/* CVE-2023-0464: each level doubles the tree that the next has to grow. */
START_TEST(policies_that_multiply_are_an_answer)
{
	const struct pki_cert *issuer = pki_root("Root");
	const struct pki_cert *sent[VERIFY_MAX_PATH] = {NULL};
	size_t depth = POLICY_DEPTH;

	trust_cert(issuer);
	for (size_t i = depth; i-- > 0;) {
		issuer = pki_make(&(struct pki_spec){.cn = i > 0 ? "CA" : "pbx",
					  .ca = i > 0,
					  .san = i > 0 ? NULL : SAN,
					  .extra = {{"certificatePolicies",
							    "1.2.3,1.2.4"},
						  {"policyMappings",
							  i > 0 ? "1.2.3:1.2.3,"
								  "1.2.3:1.2.4,"
								  "1.2.4:1.2.3,"
								  "1.2.4:1.2.4"
								: NULL}}},
			issuer);
		sent[i] = issuer;
	}
	send_certs(sent);
	EXPECT(HOST, VERDICT_TRUSTED);
	demands.explicit_policy = true;
	EXPECT(HOST, VERDICT_BUDGET);
}
END_TEST

/* Policy 1.2.3, with the qualifier 1.2.9 and with a CPS, both "x". */
#define ODD_QUALIFIER "DER:3011300f06022a033009300706022a09160178"
#define CPS_QUALIFIER "DER:3017301506022a03300f300d06082b06010505070201160178"
/* No list, but the number 1. */
#define NO_POLICIES "DER:020101"

static const struct {
	const char *leaf;
	const char *ca;
	enum verdict verdict;
} qualifiers[] = {
	{ODD_QUALIFIER, NULL, VERDICT_TRUSTED},
	{"critical," ODD_QUALIFIER, NULL, VERDICT_UNHANDLED_CRITICAL},
	{NULL, "critical," ODD_QUALIFIER, VERDICT_UNHANDLED_CRITICAL},
	{"critical," CPS_QUALIFIER, "critical," CPS_QUALIFIER, VERDICT_TRUSTED},
	{NO_POLICIES, NULL, VERDICT_TRUSTED},
	{"critical," NO_POLICIES, NULL, VERDICT_INVALID_EXTENSION},
	{NULL, "critical," NO_POLICIES, VERDICT_INVALID_EXTENSION},
};

START_TEST(unknown_qualifier_is_refused_where_it_is_critical)
{
	struct pki_spec leaf = {.cn = "pbx", .san = SAN};
	struct pki_spec ca = {.cn = "CA", .ca = true};
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *made = NULL;

	if (qualifiers[_i].leaf)
		leaf.extra[0] = (struct pki_extension){
			"2.5.29.32", qualifiers[_i].leaf};
	if (qualifiers[_i].ca)
		ca.extra[0] =
			(struct pki_extension){"2.5.29.32", qualifiers[_i].ca};
	trust_cert(root);
	made = pki_make(&ca, root);
	SEND(pki_make(&leaf, made), made);
	EXPECT(HOST, qualifiers[_i].verdict);
}
END_TEST

START_TEST(self_issued_intermediates_are_not_counted)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *new_root = pki_root("Root");
	const struct pki_cert *link = pki_make(
		&(struct pki_spec){
			.cn = "Root", .ca = true, .same_key = new_root},
		root);
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, link);

	trust_cert(root);
	SEND(pki_leaf(SAN, ca), ca, link);
	demands.depth_given = true;
	demands.max_intermediates = 1;
	EXPECT(HOST, VERDICT_TRUSTED);
	ck_assert_uint_eq(result.path_count, 4);
	demands.max_intermediates = 0;
	EXPECT(HOST, VERDICT_PATH_TOO_LONG);
	demands.max_intermediates = UINT64_MAX;
	EXPECT(HOST, VERDICT_TRUSTED);
}
END_TEST

test_case_maker verify_policy_tests;

TCase *verify_policy_tests(void)
{
	TCase *tc = tcase_create("verify-policy");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc, policy_is_missed_only_where_one_is_demanded, 0,
		ARRAY_SIZE(shapes));
	tcase_add_test(tc, anchor_demands_nothing);
	tcase_add_test(tc, demanded_policy_has_to_be_in_the_whole_path);
	tcase_add_test(tc, any_policy_and_mappings_count_unless_inhibited);
	tcase_add_test(tc, mapped_policy_counts_unless_inhibited);
	tcase_add_test(tc, policies_that_multiply_are_an_answer);
	tcase_add_loop_test(tc,
		unknown_qualifier_is_refused_where_it_is_critical, 0,
		ARRAY_SIZE(qualifiers));
	tcase_add_test(tc, self_issued_intermediates_are_not_counted);
	return tc;
}
