/* SPDX-License-Identifier: Apache-2.0 */
/* What an accepted certificate becomes, how many of anybody's are taken, and
 * what is said of one that can issue nothing. */
#include "lib/provisioning/judge.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/provisioning/candidates.h"
#include "lib/verify/verify.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define WITH_RULE "snom720-SIP 8.9.3.40"
#define WITHOUT_RULE "snomD785-SIP 10.1.33.33"
#define AUTHENTICATED (unsigned)ANCHOR_AUTHENTICATED
#define OF_SUBJECT JUDGE_MAX_UNAUTHENTICATED_OF_SUBJECT
#define BANK "www.bank.example"

test_case_maker judge_roles_tests;

static struct trust *trust;
static uint8_t pin[1][SHA256_BYTES];
static struct bootstrap_policy bootstrap;
static struct judge_context context;
static struct judgement j;
static const struct pki_cert *root;

static void use_firmware(const char *text)
{
	ck_assert_int_eq(firmware_parse(text, &trust->policy.firmware), 0);
}

static void put(const struct pki_cert *c, unsigned lists)
{
	ck_assert_int_eq(
		anchors_add(trust->anchors, c->der.data, c->der.len, lists), 0);
}

static void setup(void)
{
	ck_assert_int_eq(trust_new(&trust), 0);
	trust->policy.verification = VERIFICATION_FORCED;
	trust->policy.name_check = true;
	bootstrap = (struct bootstrap_policy){
		.pins = (const uint8_t(*)[SHA256_BYTES])pin,
	};
	context = (struct judge_context){
		.trust = trust,
		.bootstrap = &bootstrap,
		.servers_max = 4096,
		.now = PKI_NOW,
	};
	use_firmware(WITHOUT_RULE);
	root = pki_root("Root");
	put(root, ANCHOR_AUTHORITY);
}

static void teardown(void)
{
	judgement_done(&j);
	trust = trust_free(trust);
	pki_free_all();
}

static void set_pin(const struct pki_cert *c)
{
	memcpy(pin[0], c->sha256, SHA256_BYTES);
	bootstrap.pin_count = 1;
}

/* How it is offered. */
enum how {
	PLAIN,
	OVER_TLS,
	OVER_TLS_WITH_DIGEST,
	BY_HAND,
};

static enum verdict judged(const struct pki_cert *c, enum how how)
{
	char digest[SHA256_HEX_SIZE];
	struct candidate candidate = {
		.der = c->der,
		.from = {.variant = how == BY_HAND ? CANDIDATE_UPLOAD
						   : CANDIDATE_URL,
			.authenticated =
				how == OVER_TLS || how == OVER_TLS_WITH_DIGEST},
	};

	hex_format(c->sha256, SHA256_BYTES, digest);
	if (how == OVER_TLS_WITH_DIGEST)
		candidate.from.sha256 = digest;
	judgement_done(&j);
	ck_assert_int_eq(judge_candidate(&context, &candidate, &j), 0);
	ck_assert_int_eq(j.lists != 0, j.verdict == VERDICT_ACCEPTED);
	return j.verdict;
}

#define EXPECT(c, how, expected)                                               \
	ck_assert_str_eq(                                                      \
		verdict_name(judged((c), (how))), verdict_name(expected))

static const struct pki_cert *make_ca(
	const char *cn, const struct pki_cert *issuer)
{
	return pki_make(&(struct pki_spec){.cn = cn, .ca = true}, issuer);
}

/* --- roles --- */

static const struct {
	const char *firmware;
	enum bootstrap mode;
	bool pinned; /* by its digest */
	enum how how;
	unsigned lists;
} roles[] = {
	{WITHOUT_RULE, BOOTSTRAP_OPEN, false, PLAIN, ANCHOR_SERVER},
	{WITHOUT_RULE, BOOTSTRAP_OPEN, false, OVER_TLS,
		ANCHOR_SERVER | AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_OPEN, true, PLAIN,
		ANCHOR_SERVER | AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_OPEN, false, BY_HAND,
		ANCHOR_INTERMEDIATE | AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_UNTIL_AUTHENTICATED, false, PLAIN,
		ANCHOR_SERVER},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, PLAIN, ANCHOR_INTERMEDIATE},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, OVER_TLS,
		ANCHOR_INTERMEDIATE | AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, false, OVER_TLS_WITH_DIGEST,
		ANCHOR_SERVER | AUTHENTICATED},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, true, PLAIN,
		ANCHOR_SERVER | AUTHENTICATED},
	{WITH_RULE, BOOTSTRAP_OPEN, false, PLAIN, ANCHOR_INTERMEDIATE},
	{WITH_RULE, BOOTSTRAP_OPEN, false, OVER_TLS_WITH_DIGEST,
		ANCHOR_INTERMEDIATE | AUTHENTICATED},
	{WITH_RULE, BOOTSTRAP_PINNED, true, PLAIN,
		ANCHOR_INTERMEDIATE | AUTHENTICATED},
};

START_TEST(what_acceptance_rests_on_decides_what_it_becomes)
{
	const struct pki_cert *ca = make_ca("CA", root);
	bool between = roles[_i].lists & (unsigned)ANCHOR_INTERMEDIATE;

	use_firmware(roles[_i].firmware);
	bootstrap.mode = roles[_i].mode;
	if (roles[_i].pinned)
		set_pin(ca);
	EXPECT(ca, roles[_i].how, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.lists, roles[_i].lists);
	ck_assert_int_eq(
		strstr(j.reason, "as an intermediate") != NULL, between);
}
END_TEST

/* The same three ways that made a bank of the owner of a mail CA. */
static const struct {
	const char *firmware;
	enum bootstrap mode;
	enum how how;
} by_chain[] = {
	{WITH_RULE, BOOTSTRAP_OPEN, PLAIN},
	{WITHOUT_RULE, BOOTSTRAP_PINNED, PLAIN},
	{WITHOUT_RULE, BOOTSTRAP_OPEN, BY_HAND},
};
static const struct {
	struct pki_spec spec;
	enum verdict verdict;
} owned[] = {
	{{.name_constraints = "permitted;DNS:corp.example"},
		VERDICT_NAME_CONSTRAINTS},
	{{.eku = "emailProtection"}, VERDICT_NOT_FOR_SERVERS},
};

START_TEST(owner_of_a_limited_ca_gets_nothing_more_by_offering_what_it_signs)
{
	CLEANUP(verify_result_done) struct verify_result result = {0};
	size_t way = (size_t)_i / ARRAY_SIZE(owned);
	struct pki_spec spec = owned[(size_t)_i % ARRAY_SIZE(owned)].spec;
	const struct pki_cert *limited = NULL;
	const struct pki_cert *ca = NULL;

	spec.cn = "Limited";
	spec.ca = true;
	limited = pki_make(&spec, NULL);
	put(limited, ANCHOR_AUTHORITY);
	ca = make_ca("CA", limited);
	use_firmware(by_chain[way].firmware);
	bootstrap.mode = by_chain[way].mode;
	EXPECT(ca, by_chain[way].how, VERDICT_ACCEPTED);
	put(ca, j.lists);
	ck_assert_int_eq(
		verify_peer(trust,
			&(struct verify_query){
				.chain = &pki_leaf("DNS:" BANK, ca)->der,
				.chain_count = 1,
				.host = BANK,
				.now = PKI_NOW,
			},
			&result),
		0);
	ck_assert_str_eq(verdict_name(result.verdict),
		verdict_name(owned[(size_t)_i % ARRAY_SIZE(owned)].verdict));
}
END_TEST

START_TEST(intermediate_is_accepted_again_in_its_own_right)
{
	const struct pki_cert *ca = make_ca("CA", root);

	put(ca, ANCHOR_INTERMEDIATE);
	context.servers_max = 1; /* it has its room */
	EXPECT(ca, BY_HAND, VERDICT_ALREADY_TRUSTED);
	use_firmware(WITH_RULE);
	EXPECT(ca, OVER_TLS, VERDICT_ALREADY_TRUSTED);
	use_firmware(WITHOUT_RULE);
	EXPECT(ca, OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.lists, ANCHOR_SERVER | AUTHENTICATED);
	put(ca, j.lists);
	ck_assert_uint_eq(anchors_find(trust->anchors, ca->sha256)->lists,
		ANCHOR_SERVER | AUTHENTICATED);
	/* and never becomes less */
	EXPECT(ca, BY_HAND, VERDICT_ALREADY_TRUSTED);
	put(ca, ANCHOR_INTERMEDIATE);
	ck_assert_uint_eq(anchors_find(trust->anchors, ca->sha256)->lists,
		ANCHOR_SERVER | AUTHENTICATED);
}
END_TEST

START_TEST(intermediate_stays_one_when_a_stranger_offers_it)
{
	const struct pki_cert *ca = make_ca("CA", root);

	put(ca, ANCHOR_INTERMEDIATE);
	bootstrap.mode = BOOTSTRAP_UNTIL_AUTHENTICATED;
	bootstrap.was_authenticated = true;
	EXPECT(ca, PLAIN, VERDICT_ALREADY_TRUSTED);
	bootstrap.mode = BOOTSTRAP_PINNED;
	EXPECT(ca, PLAIN, VERDICT_ALREADY_TRUSTED);
	/* As long as somebody speaks for it. */
	ck_assert(
		anchors_remove(trust->anchors, root->sha256, ANCHOR_AUTHORITY));
	EXPECT(ca, PLAIN, VERDICT_UNAUTHENTICATED_SOURCE);
	ck_assert(j.may_wait);
	use_firmware(WITH_RULE);
	bootstrap.mode = BOOTSTRAP_OPEN;
	EXPECT(ca, PLAIN, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

START_TEST(intermediate_speaks_for_what_it_signs)
{
	const struct pki_cert *ca = make_ca("CA", root);
	const struct pki_cert *leaf = pki_leaf("DNS:a.example", ca);

	use_firmware(WITH_RULE);
	EXPECT(leaf, PLAIN, VERDICT_ISSUER_NOT_TRUSTED);
	put(ca, ANCHOR_INTERMEDIATE);
	EXPECT(leaf, PLAIN, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.lists, ANCHOR_INTERMEDIATE);
	ck_assert(
		anchors_remove(trust->anchors, root->sha256, ANCHOR_AUTHORITY));
	EXPECT(leaf, PLAIN, VERDICT_ISSUER_NOT_TRUSTED);
}
END_TEST

/* --- how many of anybody's --- */

START_TEST(one_more_of_a_subject_than_strangers_may_add_is_refused)
{
	const struct pki_cert *own = make_ca("Junk", NULL);

	for (size_t i = 0; i < OF_SUBJECT; i++) {
		const struct pki_cert *c = make_ca("Junk", NULL);

		EXPECT(c, PLAIN, VERDICT_ACCEPTED);
		put(c, j.lists);
	}
	EXPECT(own, PLAIN, VERDICT_UNAUTHENTICATED_FULL);
	ck_assert_ptr_nonnull(strstr(j.reason, "8 with this subject"));
	EXPECT(make_ca("Other", NULL), PLAIN, VERDICT_ACCEPTED);
	/* What somebody vouches for finds room. */
	EXPECT(own, OVER_TLS, VERDICT_ACCEPTED);
	EXPECT(make_ca("Junk", root), BY_HAND, VERDICT_ACCEPTED);
	set_pin(own);
	EXPECT(own, PLAIN, VERDICT_ACCEPTED);
	/* and takes none from the others */
	put(own, j.lists);
	EXPECT(make_ca("Junk", NULL), PLAIN, VERDICT_UNAUTHENTICATED_FULL);
}
END_TEST

START_TEST(what_has_expired_makes_room_for_its_renewal)
{
	struct pki_spec spec = {
		.cn = "pbx", .ca = true, .not_after = PKI_NOW - 1};

	for (size_t i = 0; i < OF_SUBJECT; i++)
		put(pki_make(&spec, NULL), ANCHOR_SERVER);
	EXPECT(make_ca("pbx", NULL), PLAIN, VERDICT_ACCEPTED);
}
END_TEST

START_TEST(one_more_than_strangers_may_add_in_all_is_refused)
{
	const struct pki_cert *own = make_ca("Own", NULL);
	const struct pki_cert *ca = make_ca("CA", root);
	char cn[32];

	put(ca, ANCHOR_INTERMEDIATE);
	for (size_t i = 1; i < JUDGE_MAX_UNAUTHENTICATED; i++) {
		(void)snprintf(cn, sizeof(cn), "Junk %zu", i);
		put(make_ca(cn, NULL), ANCHOR_SERVER);
	}
	EXPECT(own, PLAIN, VERDICT_UNAUTHENTICATED_FULL);
	ck_assert_ptr_nonnull(strstr(j.reason, "256 of 256"));
	EXPECT(own, OVER_TLS, VERDICT_ACCEPTED);
	EXPECT(make_ca("Upload", root), BY_HAND, VERDICT_ACCEPTED);
	/* What is there already takes no more room than it has. */
	EXPECT(ca, PLAIN, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.lists, ANCHOR_SERVER);
	use_firmware(WITH_RULE);
	EXPECT(make_ca("Between", root), PLAIN, VERDICT_UNAUTHENTICATED_FULL);
}
END_TEST

START_TEST(strangers_never_take_the_last_quarter_of_a_short_list)
{
	context.servers_max = 8;
	for (size_t i = 0; i < 6; i++)
		put(make_ca("Junk", NULL), ANCHOR_SERVER);
	EXPECT(make_ca("Own", NULL), PLAIN, VERDICT_UNAUTHENTICATED_FULL);
	EXPECT(make_ca("Own", NULL), OVER_TLS, VERDICT_ACCEPTED);
}
END_TEST

/* --- what can issue nothing --- */

static const struct {
	struct pki_spec spec;
	unsigned warnings;
} useless[] = {
	{{.ca = true}, 0},
	{{.ca = true, .eku = "serverAuth"}, 0},
	{{.ca = true, .eku = "clientAuth,anyExtendedKeyUsage"}, 0},
	{{.ca = true, .eku = "1.3.6.1.5.5.7.3.20"}, 0},
	{{.ca = true, .eku = "emailProtection"},
		WARNING_BIT(WARNING_CA_NOT_FOR_SERVERS)},
	{{.ca = true, .key_usage = "cRLSign"},
		WARNING_BIT(WARNING_CA_MAY_NOT_SIGN)},
	{{.version_1 = true}, WARNING_BIT(WARNING_ISSUES_NOTHING)},
	{{.no_basic_constraints = true}, WARNING_BIT(WARNING_ISSUES_NOTHING)},
	{{.key_usage = "keyCertSign,digitalSignature"},
		WARNING_BIT(WARNING_ISSUES_NOTHING)},
	/* CA:FALSE, and nothing says that it is a server's */
	{{.no_basic_constraints = true,
		 .extra = {{"basicConstraints", "CA:FALSE"}}},
		WARNING_BIT(WARNING_ISSUES_NOTHING)},
	/* a server's own, which says that it is no CA */
	{{.san = "DNS:a.example"}, 0},
	{{.cn = "pbx.example.net",
		 .no_basic_constraints = true,
		 .extra = {{"basicConstraints", "CA:FALSE"}}},
		0},
	{{.cn = "Acme PBX", .san = "email:a@b.example", .eku = "serverAuth"},
		WARNING_BIT(WARNING_NAMES_NO_HOST)},
};

START_TEST(what_looks_like_a_ca_and_can_issue_nothing_is_told)
{
	struct pki_spec spec = useless[_i].spec;

	spec.cn = spec.cn ? spec.cn : "CA";
	EXPECT(pki_make(&spec, NULL), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, useless[_i].warnings);
}
END_TEST

/* --- in words --- */

#define NEW_ROOT "openssl x509 -x509toreq -in OLD.pem -signkey CA.key"

static const struct {
	struct pki_spec spec;
	bool issued; /* by a CA that is not known */
	const char *identifier;
	const char *sentence[3];
	const char *remedy; /* or NULL */
} words[] = {
	{{.cn = "Old Root", .version_1 = true}, false, "issues-nothing",
		{"not one: it is a version 1 certificate",
			"only a server that presents this very certificate",
			"it names no host that one could have: CN:Old Root"},
		NEW_ROOT},
	{{.cn = "Old Root", .no_basic_constraints = true}, false,
		"issues-nothing", {"not one: it has no basicConstraints"},
		NEW_ROOT},
	{{.cn = "Acme LDAP CA",
		 .no_basic_constraints = true,
		 .extra = {{"basicConstraints", "CA:FALSE"}}},
		false, "issues-nothing",
		{"not one: its basicConstraints say CA:FALSE"}, NEW_ROOT},
	{{.cn = "pbx.example.net",
		 .no_basic_constraints = true,
		 .key_usage = "keyCertSign,digitalSignature"},
		true, "issues-nothing", {"presents this very certificate."},
		"issued again with basicConstraints CA:TRUE and key usage "
		"keyCertSign, or publish its issuer instead: the certificate "
		"of CN=Public CA"},
	{{.cn = "pbx", .san = "DNS:pbx.example.net"}, true,
		"server-certificate",
		{"of a server, not of a CA", "only this one certificate",
			"until it expires on 2027-05-28T20:26:40Z."},
		"Publish its issuer instead: the certificate of CN=Public CA; "
		"then a renewed one is trusted as well."},
	{{.cn = "Acme PBX", .san = "email:a@b.example"}, true, "names-no-host",
		{"It names no host, only CN:Acme PBX"}, "subjectAltName"},
	{{.cn = "CA", .ca = true, .eku = "emailProtection,clientAuth"}, false,
		"ca-not-for-servers",
		{"its extended key usage is emailProtection, clientAuth."},
		"with serverAuth"},
	{{.cn = "CA", .ca = true, .key_usage = "cRLSign"}, false,
		"ca-may-not-sign", {"nothing that it signs"}, "keyCertSign"},
	{{.cn = "mail", .san = "DNS:a.example", .eku = "emailProtection"},
		false, "neither-ca-nor-server", {"neither a CA"},
		"certificate of the CA"},
	{{.cn = "CA", .ca = true, .not_after = PKI_NOW + PKI_DAY}, false,
		"expires-soon", {"on 2026-05-29T20:26:40Z."}, "renewed"},
	{{.cn = "CA", .ca = true, .not_before = PKI_NOW + PKI_DAY}, false,
		"not-yet-valid", {"only from 2026-05-29T20:26:40Z"},
		"certprovctl status"},
	{{.cn = "CA", .ca = true, .key = PKI_RSA_1024}, false, "key-short",
		{"(rsa, 1024 bits)"}, "2048"},
	{{.cn = "CA", .ca = true}, false, "not-authenticated",
		{"compare its fingerprint: "}, "over HTTPS"},
};

/* What is said with this identifier; NULL: nothing. */
static const struct warning_words *said(
	const struct outcome *o, const char *identifier)
{
	for (size_t i = 0; i < o->warning_count; i++)
		if (strcmp(o->warnings[i].identifier, identifier) == 0)
			return &o->warnings[i];
	return NULL;
}

START_TEST(what_will_not_help_is_told_with_facts_and_a_cure)
{
	CLEANUP(outcome_done) struct outcome o = {.warning_count = 0};
	const struct warning_words *w = NULL;

	EXPECT(pki_make(&words[_i].spec,
		       words[_i].issued ? make_ca("Public CA", NULL) : NULL),
		PLAIN, VERDICT_ACCEPTED);
	ck_assert_int_eq(candidates_outcome(&j, &o), 0);
	w = said(&o, words[_i].identifier);
	ck_assert_msg(w != NULL, "%s is not said", words[_i].identifier);
	for (size_t i = 0; i < 3 && words[_i].sentence[i]; i++)
		ck_assert_msg(strstr(w->sentence, words[_i].sentence[i]),
			"\"%s\" not in %s", words[_i].sentence[i], w->sentence);
	ck_assert_ptr_nonnull(w->remedy);
	ck_assert_msg(strstr(w->remedy, words[_i].remedy), "\"%s\" not in %s",
		words[_i].remedy, w->remedy);
}
END_TEST

/* Only where its CA is not there yet, and not of one that signed itself. */
START_TEST(a_server_certificate_is_told_only_where_its_ca_is_missing)
{
	const struct pki_spec spec = {
		.cn = "pbx", .san = "DNS:pbx.example.net"};
	const unsigned bit = WARNING_BIT(WARNING_SERVER_CERTIFICATE);
	const struct pki_cert *public = make_ca("Public CA", NULL);

	EXPECT(pki_make(&spec, public), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, bit);
	/* of that name, and no CA */
	put(pki_make(&(struct pki_spec){.cn = "Public CA", .version_1 = true},
		    NULL),
		ANCHOR_SERVER);
	EXPECT(pki_make(&spec, public), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, bit);
	put(public, ANCHOR_SERVER);
	EXPECT(pki_make(&spec, public), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, 0);
	EXPECT(pki_make(&spec, NULL), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, 0);
	EXPECT(make_ca("Own", NULL), OVER_TLS, VERDICT_ACCEPTED);
	ck_assert_uint_eq(j.warnings, 0);
}
END_TEST

TCase *judge_roles_tests(void)
{
	TCase *tc = tcase_create("judge-roles");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc,
		what_acceptance_rests_on_decides_what_it_becomes, 0,
		ARRAY_SIZE(roles));
	tcase_add_loop_test(tc,
		owner_of_a_limited_ca_gets_nothing_more_by_offering_what_it_signs,
		0, ARRAY_SIZE(by_chain) * ARRAY_SIZE(owned));
	tcase_add_test(tc, intermediate_is_accepted_again_in_its_own_right);
	tcase_add_test(tc, intermediate_stays_one_when_a_stranger_offers_it);
	tcase_add_test(tc, intermediate_speaks_for_what_it_signs);
	tcase_add_test(
		tc, one_more_of_a_subject_than_strangers_may_add_is_refused);
	tcase_add_test(tc, what_has_expired_makes_room_for_its_renewal);
	tcase_add_test(tc, one_more_than_strangers_may_add_in_all_is_refused);
	tcase_add_test(
		tc, strangers_never_take_the_last_quarter_of_a_short_list);
	tcase_add_loop_test(tc,
		what_looks_like_a_ca_and_can_issue_nothing_is_told, 0,
		ARRAY_SIZE(useless));
	tcase_add_loop_test(tc,
		what_will_not_help_is_told_with_facts_and_a_cure, 0,
		ARRAY_SIZE(words));
	tcase_add_test(
		tc, a_server_certificate_is_told_only_where_its_ca_is_missing);
	return tc;
}
