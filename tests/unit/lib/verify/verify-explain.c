/* SPDX-License-Identifier: Apache-2.0 */
/* What lib/verify says in words: facts in the sentence, cure in the remedy. */
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "tests/unit/lib/verify/ask.h"
#include "tests/unit/runner.h"

#define HOST "pbx.example.com"
#define SAN "DNS:" HOST
#define ISSUING "CN=Issuing"
#define NEW_ROOT                                                               \
	"openssl x509 -x509toreq -in OLD.pem -signkey CA.key | openssl req "   \
	"-x509 -in /dev/stdin -key CA.key -days 3650 "                         \
	"-addext basicConstraints=critical,CA:TRUE "                           \
	"-addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem"
/* Where the fingerprint of the leaf stands in what is expected. */
#define LEAF "{leaf}"

static const struct pki_cert *root;
static const struct pki_cert *issuing;

static void setup(void)
{
	ask_setup();
	ck_assert_int_eq(
		firmware_parse("10.1.63.12", &trust->policy.firmware), 0);
	root = pki_root("Root");
	issuing =
		pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true}, root);
	trust_cert(root);
}

static void send_spec(const struct pki_spec *spec)
{
	SEND(pki_make(spec, issuing), issuing);
}

/* --- one peer for every verdict there is --- */

static void nothing(void)
{
	query.chain_count = 0;
}

static void junk(void)
{
	send_more("junk", 4);
}

static void damaged(void)
{
	send_more("\x30\x00", 2);
}

static void longer(void)
{
	static uint8_t der[4096];
	const struct pki_cert *c = pki_leaf(SAN, issuing);

	ck_assert_uint_lt(c->der.len, sizeof(der));
	memcpy(der, c->der.data, c->der.len);
	send_more(der, c->der.len + 1);
}

static void huge(void)
{
	static uint8_t der[CERTIFICATE_MAX_BYTES + 1] = {0x30};

	send_more(der, sizeof(der));
}

static void crowd(void)
{
	while (query.chain_count <= VERIFY_MAX_CHAIN)
		send_more("junk", 4);
}

static void twice_extended(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .extra = {{"subjectAltName", SAN}}});
}

static void distrusted(void)
{
	const struct pki_cert *c = pki_leaf(SAN, issuing);

	SEND(c, issuing);
	ck_assert_int_eq(
		trust_add_distrusted(trust, DISTRUST_CERTIFICATE, c->sha256),
		0);
}

static void weak_key(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .key = PKI_RSA_512});
}

/* No exception can be made for it: none must be offered. */
static void weak_stranger(void)
{
	SEND(pki_make(
		&(struct pki_spec){.cn = "pbx", .san = SAN, .key = PKI_RSA_512},
		pki_root("Other")));
}

static void weak_and_expired(void)
{
	send_spec(&(struct pki_spec){.cn = "pbx",
		.san = SAN,
		.key = PKI_RSA_512,
		.not_after = PKI_NOW - 1});
}

static void dsa_key(void)
{
	send_spec(&(struct pki_spec){.cn = "pbx", .san = SAN, .key = PKI_DSA});
}

static void expired(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .not_after = PKI_NOW - 1});
}

static void not_begun(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .not_before = PKI_NOW + 1});
}

static void stranger(void)
{
	const struct pki_cert *other = pki_root("Other");
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Lower", .ca = true}, other);

	SEND(pki_leaf(SAN, ca), ca);
}

static void stranger_on_old_firmware(void)
{
	ck_assert_int_eq(
		firmware_parse("8.9.3.40", &trust->policy.firmware), 0);
	stranger();
}

static void stranger_with_root(void)
{
	const struct pki_cert *other = pki_root("Other");

	SEND(pki_leaf(SAN, other), other);
}

static void own(void)
{
	SEND(pki_leaf(SAN, NULL));
}

static void private_on_old_firmware(void)
{
	ck_assert_int_eq(
		firmware_parse("8.9.3.40", &trust->policy.firmware), 0);
	own();
}

/* Without its issuer, but with where that is. */
static void alone(void)
{
	SEND(pki_make(&(struct pki_spec){.cn = "server",
			      .san = SAN,
			      .extra = {{"authorityInfoAccess",
				      "OCSP;URI:http://ocsp.example/,"
				      "caIssuers;URI:ldap://pki.example/,"
				      "caIssuers;URI:http://u:p@pki.example/,"
				      "caIssuers;URI:http://pki.example/"
				      "lower.crt"}}},
		pki_make(&(struct pki_spec){.cn = "Lower", .ca = true},
			pki_root("Other"))));
}

static void renewed_issuer(void)
{
	SEND(pki_leaf(SAN,
		     pki_make(&(struct pki_spec){.cn = "Issuing", .ca = true},
			     root)),
		issuing);
}

static void other_name(void)
{
	SEND(pki_leaf("DNS:a.example.com,IP:192.0.2.7", issuing), issuing);
}

/* A DNS name that does not count. */
static void other_sip_name(void)
{
	SEND(pki_leaf("URI:sip:a.example.com," SAN, issuing), issuing);
	query.purpose = PURPOSE_SIP;
	trust->policy.sip_names = true;
}

static void good(void)
{
	SEND(pki_leaf(SAN, issuing), issuing);
}

static void client(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .eku = "clientAuth"});
}

static void changed(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .bad_signature = true});
}

static void old_digest(void)
{
	send_spec(
		&(struct pki_spec){.cn = "pbx", .san = SAN, .digest = "SHA1"});
}

static void under(const struct pki_spec *spec)
{
	const struct pki_cert *ca = pki_make(spec, issuing);

	SEND(pki_leaf(SAN, ca), ca, issuing);
}

static void no_ca(void)
{
	under(&(struct pki_spec){.cn = "Lower"});
}

static void no_sign(void)
{
	under(&(struct pki_spec){
		.cn = "Lower", .ca = true, .key_usage = "cRLSign"});
}

static void signing_client(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .key_usage = "keyCertSign"});
}

static void mail_ca(void)
{
	under(&(struct pki_spec){
		.cn = "Mail CA", .ca = true, .eku = "emailProtection,1.2.3.4"});
}

static void mail_root(void)
{
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Mail Root",
				 .ca = true,
				 .eku = "emailProtection"},
			NULL);

	trust_cert_as(ca, ANCHOR_AUTHORITY);
	SEND(pki_leaf(SAN, ca));
}

static void mail_root_on_old_firmware(void)
{
	ck_assert_int_eq(
		firmware_parse("8.9.3.40", &trust->policy.firmware), 0);
	mail_root();
}

static void below_root(const struct pki_spec *spec, unsigned lists)
{
	const struct pki_cert *ca = pki_make(spec, NULL);

	trust_cert_as(ca, lists);
	SEND(pki_leaf(SAN, ca));
}

static void old_root(void)
{
	below_root(&(struct pki_spec){.cn = "Old Root", .version_1 = true},
		ANCHOR_SERVER);
}

static void old_authority(void)
{
	below_root(&(struct pki_spec){.cn = "Old Root", .version_1 = true},
		ANCHOR_AUTHORITY);
}

static void old_root_on_old_firmware(void)
{
	ck_assert_int_eq(
		firmware_parse("8.9.3.40", &trust->policy.firmware), 0);
	old_root();
}

static void false_root(void)
{
	below_root(&(struct pki_spec){.cn = "Old Root",
			   .no_basic_constraints = true,
			   .extra = {{"basicConstraints", "CA:FALSE"}}},
		ANCHOR_SERVER);
}

static void too_deep(void)
{
	const struct pki_cert *upper = pki_make(
		&(struct pki_spec){.cn = "Upper", .ca = true, .path_length = 1},
		root);
	const struct pki_cert *lower =
		pki_make(&(struct pki_spec){.cn = "Lower", .ca = true}, upper);

	SEND(pki_leaf(SAN, lower), lower, upper);
}

static void constrained(void)
{
	under(&(struct pki_spec){.cn = "Lower",
		.ca = true,
		.name_constraints = "permitted;DNS:example.org"});
}

/* A leaf of these names below a CA of these constraints. */
static void below(const char *constraints, const char *cn, const char *san)
{
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Lower",
				 .ca = true,
				 .name_constraints = constraints},
			issuing);

	SEND(pki_make(&(struct pki_spec){.cn = cn, .san = san}, ca), ca,
		issuing);
}

static void excluded_address(void)
{
	below("permitted;DNS:example.com,excluded;IP:0.0.0.0/0.0.0.0", "server",
		SAN ",IP:192.0.2.1");
}

static void unsupported_constraint(void)
{
	below("permitted;RID:1.2.3.4", "server", SAN ",RID:1.2.3.5");
}

static void malformed_name(void)
{
	below("excluded;DNS:example.org", "server", SAN ",DNS:a..b");
}

static void constrained_cn(void)
{
	below("permitted;DNS:example.org", HOST, NULL);
}

/* permitted: the directory name O=Acme */
static void foreign_subject(void)
{
	under(&(struct pki_spec){.cn = "Lower",
		.ca = true,
		.extra = {{"nameConstraints",
			"critical,DER:30:17:A0:15:30:13:A4:11:30:0F:31:0D:30:"
			"0B:06:03:55:04:0A:0C:04:41:63:6D:65"}}});
}

static void excluded_wildcard(void)
{
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "Lower",
				 .ca = true,
				 .name_constraints = "excluded;DNS:" HOST},
			issuing);

	SEND(pki_leaf("DNS:*.example.com", ca), ca, issuing);
}

static void critical(void)
{
	send_spec(&(struct pki_spec){.cn = "pbx",
		.san = SAN,
		.extra = {{"1.2.3.4", "critical,DER:0500"}}});
}

static void without_policy(void)
{
	under(&(struct pki_spec){.cn = "Lower",
		.ca = true,
		.extra = {{"certificatePolicies", "1.2.3"},
			{"policyConstraints",
				"critical,requireExplicitPolicy:0"}}});
}

static void strictly(void)
{
	trust->policy.profile = PROFILE_STRICT;
	SEND(pki_make(&(struct pki_spec){.cn = "pbx", .ca = true, .san = SAN},
		     issuing),
		issuing);
}

static void unverified(void)
{
	trust->policy.verification = VERIFICATION_OFF;
	stranger();
}

static void excepted(void)
{
	const struct pki_cert *c = pki_leaf(SAN, NULL);

	SEND(c);
	ck_assert_int_eq(
		trust_add_exception(trust, c->sha256, NULL, INT64_MAX), 0);
}

static const struct {
	void (*make)(void);
	const char *host;
	enum verdict verdict;
	const char *reason[4]; /* what the sentence has to contain */
	const char *remedy[4];
} wordings[] = {
	{nothing, HOST, VERDICT_EMPTY, {"no certificate"}, {"sends"}},
	{junk, HOST, VERDICT_NOT_DER, {"first certificate", "4 bytes"},
		{"DER"}},
	{damaged, HOST, VERDICT_MALFORMED, {"first certificate", "2 bytes"},
		{"again"}},
	{longer, HOST, VERDICT_TRAILING_DATA, {"first certificate"}, {"one"}},
	{huge, HOST, VERDICT_TOO_LARGE, {"first certificate", "65537 bytes"},
		{"65,536"}},
	{crowd, HOST, VERDICT_BUDGET, {"257 certificates"}, {"only"}},
	{twice_extended, HOST, VERDICT_INVALID_EXTENSION, {"CN=pbx"},
		{"issued again"}},
	{distrusted, HOST, VERDICT_DISTRUSTED, {"CN=server"},
		{"certprovctl lift " LEAF}},
	{weak_key, HOST, VERDICT_KEY_TOO_WEAK, {"CN=pbx", "512 bits"},
		{"2048"}},
	{weak_stranger, HOST, VERDICT_KEY_TOO_WEAK, {"512 bits"}, {"2048"}},
	{weak_and_expired, HOST, VERDICT_KEY_TOO_WEAK, {"512 bits"}, {"2048"}},
	{dsa_key, HOST, VERDICT_KEY_UNSUPPORTED, {"CN=pbx", "dsa"}, {"RSA"}},
	{expired, HOST, VERDICT_EXPIRED,
		{"CN=pbx", "expired on 2026-05-28T20:26:39Z, 1 second ago;",
			"clock says 2026-05-28T20:26:40Z"},
		{"certprovctl status",
			"certprovctl trust " LEAF " --host " HOST}},
	{not_begun, HOST, VERDICT_NOT_YET_VALID,
		{"CN=pbx", "from 2026-05-28T20:26:41Z, 1 second from now;",
			"clock says 2026-05-28T20:26:40Z"},
		{"certprovctl status",
			"certprovctl trust " LEAF " --host " HOST}},
	{stranger, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"of CN=Lower", "CN=Other is missing"},
		{"the certificate of CN=Other",
			"<certificate type=\"base64\">...</certificate>",
			"certprovctl trust " LEAF " --host " HOST}},
	{stranger, NULL, VERDICT_ISSUER_NOT_TRUSTED, {"CN=Other is missing"},
		{"certprovctl trust " LEAF}},
	{stranger, "a b", VERDICT_ISSUER_NOT_TRUSTED, {"CN=Other is missing"},
		{"certprovctl trust " LEAF}},
	{stranger_on_old_firmware, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"CN=Other is missing"},
		{"<certificate url=\"...\"/>, if that is signed by an authority",
			"update the firmware to 8.7.5.52, 8.9.3.41 or later"}},
	{private_on_old_firmware, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"CN=server is self-signed"},
		{"another certificate first does not help",
			"update the firmware to 8.7.5.52, 8.9.3.41 or later",
			"certprovctl list authorities"}},
	{own, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"CN=server is self-signed and not trusted"},
		{"Publish this very certificate, as <certificate "
		 "type=\"base64\" sha256=\"" LEAF "\">",
			"certprovctl trust " LEAF " --host " HOST}},
	{alone, HOST, VERDICT_ISSUER_NOT_TRUSTED, {"CN=Lower is missing"},
		{"the certificate of CN=Lower",
			"did not send the certificate of CN=Lower",
			"had from http://pki.example/lower.crt."}},
	{stranger_with_root, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"ends with a self-signed certificate, CN=Other,"},
		{"the certificate of CN=Other",
			"<certificate type=\"base64\" sha256=\""}},
	{renewed_issuer, HOST, VERDICT_ISSUER_NOT_TRUSTED,
		{"of CN=server", ISSUING " is missing", "another key"},
		{"the certificate of " ISSUING}},
	{other_name, HOST, VERDICT_NAME_MISMATCH,
		{"CN=server", HOST, "DNS:a.example.com", "IP:192.0.2.7"},
		{"certprovctl trust " LEAF " --host " HOST}},
	{other_sip_name, HOST, VERDICT_NAME_MISMATCH,
		{HOST, "URI:sip:a.example.com", SAN,
			"so for SIP only such URIs count; its names are"},
		{"certprovctl trust " LEAF " --host " HOST}},
	{good, ".example.com", VERDICT_HOST_INVALID, {".example.com"},
		{"settings", "A-labels, xn--"}},
	{good,
		"b\xc3\xbc"
		"cher.example",
		VERDICT_HOST_INVALID, {"cher"}, {"A-labels, xn--"}},
	{client, HOST, VERDICT_NOT_FOR_SERVERS,
		{"CN=pbx", "its extended key usage is clientAuth ("},
		{"serverAuth", "certprovctl trust " LEAF " --host " HOST}},
	{changed, HOST, VERDICT_BAD_SIGNATURE, {"CN=pbx", ISSUING}, {"again"}},
	{old_digest, HOST, VERDICT_WEAK_SIGNATURE, {"CN=pbx", "SHA1"},
		{"SHA-256"}},
	{signing_client, HOST, VERDICT_NOT_FOR_SERVERS,
		{"its key usage has none of digitalSignature"}, {"serverAuth"}},
	{mail_ca, HOST, VERDICT_NOT_FOR_SERVERS,
		{"of CN=Mail CA", "it is a CA", "limits what it issues",
			"is emailProtection, 1.2.3.4; the server sent it"},
		{"the CA's certificate issued again", "serverAuth",
			"let the server send that",
			"certprovctl trust " LEAF " --host " HOST}},
	{mail_root, HOST, VERDICT_NOT_FOR_SERVERS,
		{"of CN=Mail Root",
			"is emailProtection; it is trusted itself "
			"(list authorities)"},
		{"the CA's certificate issued again", "publish that",
			"certprovctl trust " LEAF " --host " HOST}},
	{mail_root_on_old_firmware, HOST, VERDICT_NOT_FOR_SERVERS,
		{"is emailProtection; it is trusted itself "
		 "(list authorities)"},
		{"put that in its place where Authorities="}},
	{no_ca, HOST, VERDICT_NOT_A_CA,
		{"CN=Lower", "no basicConstraints", "the server sent it"},
		{"as a CA", "CA:TRUE", "another CA"}},
	{no_sign, HOST, VERDICT_NOT_A_CA,
		{"CN=Lower", "its key usage does not include keyCertSign"},
		{"keyCertSign"}},
	{old_root, HOST, VERDICT_NOT_A_CA,
		{"CN=Old Root", "it is a version 1 certificate",
			"trusted itself (list servers)"},
		{"publish it instead", NEW_ROOT}},
	{old_authority, HOST, VERDICT_NOT_A_CA,
		{"CN=Old Root", "it is a version 1 certificate",
			"trusted itself (list authorities)"},
		{"Authorities=", NEW_ROOT}},
	{old_root_on_old_firmware, HOST, VERDICT_NOT_A_CA,
		{"CN=Old Root", "trusted itself (list servers)"},
		{"another CA, one below an authority of this firmware"}},
	{false_root, HOST, VERDICT_NOT_A_CA,
		{"CN=Old Root", "its basicConstraints say CA:FALSE"},
		{NEW_ROOT}},
	{too_deep, HOST, VERDICT_PATH_TOO_LONG,
		{"CN=Upper", "its pathlen is 0, and 1 CA is below it",
			"the server sent it"},
		{"nearer", "larger pathlen"}},
	{constrained, HOST, VERDICT_NAME_CONSTRAINTS,
		{"CN=server",
			"its DNS name " HOST " is outside of what CN=Lower "
			"permits: example.org ("},
		{"issued again by a CA that may"}},
	{excluded_address, HOST, VERDICT_NAME_CONSTRAINTS,
		{"its IP address 192.0.2.1 is within what CN=Lower excludes: "
		 "all IPv4 addresses"},
		{"again without the IP address 192.0.2.1, or by a CA that "
		 "may"}},
	{foreign_subject, HOST, VERDICT_NAME_CONSTRAINTS,
		{"its subject CN=server is outside of what CN=Lower permits: "
		 "O=Acme"},
		{"issued again by a CA that may"}},
	{unsupported_constraint, HOST, VERDICT_NAME_CONSTRAINTS,
		{"its registered ID 1.2.3.5 cannot be compared", "CN=Lower",
			"not supported"},
		{"without the registered ID 1.2.3.5"}},
	{malformed_name, HOST, VERDICT_NAME_CONSTRAINTS,
		{"its DNS name a..b is malformed", "CN=Lower"},
		{"without the DNS name a..b"}},
	{constrained_cn, HOST, VERDICT_NAME_CONSTRAINTS,
		{"its CN " HOST " is outside of what CN=Lower permits: "
		 "example.org"},
		{"issued again by a CA that may"}},
	{constrained, "other.example.com", VERDICT_NAME_CONSTRAINTS,
		{"its DNS name " HOST}, {"without the DNS name " HOST}},
	{excluded_wildcard, HOST, VERDICT_NAME_CONSTRAINTS,
		{"CN=server",
			"its DNS name *.example.com stands for " HOST
			", which is within what CN=Lower excludes: " HOST},
		{"a CA that may"}},
	{critical, HOST, VERDICT_UNHANDLED_CRITICAL,
		{"CN=pbx", "critical extension 1.2.3.4", "(RFC 5280 4.2)."},
		{"without"}},
	{without_policy, HOST, VERDICT_POLICY_MISSING, {"CN=server"},
		{"policies"}},
	{strictly, HOST, VERDICT_PROFILE, {"CN=pbx", "CA certificate"},
		{"Profile=compatible"}},
	{good, HOST, VERDICT_TRUSTED, {HOST}, {NULL}},
	{unverified, HOST, VERDICT_NOT_VERIFIED,
		{HOST, "tls_server_authentication is off"},
		{"tls_server_authentication", "certprovctl status"}},
	{excepted, HOST, VERDICT_EXCEPTION, {HOST, "exception"}, {NULL}},
};

/* The text with the leaf's fingerprint put in; the caller frees. */
static char *filled_in(const char *text)
{
	const char *at = strstr(text, LEAF);
	char hex[SHA256_HEX_SIZE] = "";
	uint8_t sha256[SHA256_BYTES];
	char *filled = NULL;

	if (!at)
		return strdup(text);
	(void)SHA256(query.chain[0].data, query.chain[0].len, sha256);
	hex_format(sha256, SHA256_BYTES, hex);
	ck_assert_int_eq(string_format(&filled, "%.*s%s%s", (int)(at - text),
				 text, hex, at + strlen(LEAF)),
		0);
	return filled;
}

static void assert_says(const char *said, const char *const parts[4])
{
	for (size_t i = 0; i < 4 && parts[i]; i++) {
		CLEANUP(free) char *part = filled_in(parts[i]);

		ck_assert_ptr_nonnull(said);
		ck_assert_msg(strstr(said, part) != NULL,
			"\"%s\" does not say \"%s\"", said, part);
	}
}

START_TEST(every_answer_has_its_facts_and_what_would_cure_it)
{
	wordings[_i].make();
	EXPECT(wordings[_i].host, wordings[_i].verdict);
	assert_says(result.reason, wordings[_i].reason);
	assert_says(result.remedy, wordings[_i].remedy);
	ck_assert(result.trusted || result.remedy);
	/* An exception is offered where it helps, and nowhere else. */
	ck_assert_int_eq(result.recoverable,
		result.remedy && strstr(result.remedy, "certprovctl trust "));
}
END_TEST

/* Typed as it stands there, it takes back what was distrusted. */
START_TEST(a_distrusted_key_is_lifted_as_a_key)
{
	char hex[SHA256_HEX_SIZE];
	CLEANUP(free) char *command = NULL;

	hex_format(issuing->spki_sha256, SHA256_BYTES, hex);
	ck_assert_int_eq(string_format(&command,
				 "certprovctl lift --kind public-key %s", hex),
		0);
	SEND(pki_leaf(SAN, issuing), issuing);
	ck_assert_int_eq(trust_add_distrusted(trust, DISTRUST_PUBLIC_KEY,
				 issuing->spki_sha256),
		0);
	EXPECT(HOST, VERDICT_DISTRUSTED);
	ck_assert_ptr_nonnull(strstr(result.remedy, command));
}
END_TEST

/* What an exception cures is in the table of verdicts; here it is tried. */
START_TEST(exception_offered_makes_the_peer_pass)
{
	wordings[_i].make();
	EXPECT(wordings[_i].host, wordings[_i].verdict);
	if (result.recoverable) {
		uint8_t sha256[SHA256_BYTES];

		(void)SHA256(query.chain[0].data, query.chain[0].len, sha256);
		ck_assert_int_eq(
			trust_add_exception(trust, sha256, NULL, INT64_MAX), 0);
		EXPECT(wordings[_i].host, VERDICT_EXCEPTION);
	}
}
END_TEST

/* --- warnings --- */

static void stranger_expired_elsewhere(void)
{
	SEND(pki_make(&(struct pki_spec){.cn = "device",
			      .san = "DNS:a.example.com",
			      .eku = "clientAuth",
			      .not_after = PKI_NOW - 1},
		pki_root("Vendor")));
}

static void self_signed(void)
{
	SEND(pki_leaf(SAN, NULL));
}

static void issuer_expired(void)
{
	under(&(struct pki_spec){
		.cn = "Lower", .ca = true, .not_after = PKI_NOW - 1});
}

static void short_key_above(void)
{
	under(&(struct pki_spec){
		.cn = "Lower", .ca = true, .key = PKI_RSA_1024});
}

static void ends_soon(void)
{
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .not_after = PKI_NOW + PKI_DAY});
}

static void only_cn(void)
{
	send_spec(&(struct pki_spec){.cn = HOST});
}

static void clock_behind(void)
{
	trust->clock_floor = PKI_NOW + 1;
	send_spec(&(struct pki_spec){
		.cn = "pbx", .san = SAN, .not_before = PKI_NOW + PKI_DAY});
}

static const struct {
	void (*make)(void);
	bool excepted;
	const char *identifier;
	const char *sentence;
	const char *remedy;
} warned_of[] = {
	{stranger_expired_elsewhere, true, "expired",
		"has expired: CN=device on 2026-05-28T20:26:39Z.",
		"for the old one only"},
	{stranger_expired_elsewhere, true, "name-mismatch",
		"host, " HOST "; its names are DNS:a.example.com.",
		"with DNS:" HOST " in subjectAltName"},
	{stranger_expired_elsewhere, true, "issuer-not-trusted",
		"trusts: CN=Vendor is missing.", "certificate of CN=Vendor"},
	{stranger_expired_elsewhere, true, "not-for-servers",
		"the extended key usage of CN=device is clientAuth.",
		"serverAuth"},
	{stranger_expired_elsewhere, false, "expired",
		"has expired: CN=device on 2026-05-28T20:26:39Z.", "renewed"},
	{self_signed, true, "issuer-not-trusted", "trusts: it is self-signed.",
		"Publish this certificate"},
	{issuer_expired, true, "expired",
		"has expired: CN=Lower on 2026-05-28T20:26:39Z.", "renewed"},
	{mail_ca, true, "not-for-servers",
		"usage of CN=Mail CA is emailProtection, 1.2.3.4.",
		"serverAuth"},
	{old_root, true, "path-refused", "names: not-a-ca for CN=Old Root.",
		"another CA"},
	{short_key_above, false, "key-short",
		"short (rsa, 1024 bits, of CN=Lower)", "2048"},
	{ends_soon, false, "expires-soon", "on 2026-05-29T20:26:40Z.",
		"renewed"},
	{only_cn, false, "cn-used", "common name",
		"with DNS:" HOST " in subjectAltName"},
	{clock_behind, false, "not-yet-valid", "only from 2026-05-29T20:26:40Z",
		"certprovctl status"},
};

/* There is one of each warning, in their order. */
/* NOLINTNEXTLINE(readability-function-size) of the macros in it */
static const struct warning_words *words_of(const char *identifier)
{
	const struct warning_words *found = NULL;
	size_t count = 0;

	for (enum warning w = 0; w < WARNING__END; w++) {
		if (!warned(w))
			continue;
		ck_assert_uint_lt(count, result.word_count);
		ck_assert_str_eq(
			result.words[count].identifier, warning_name(w));
		if (strcmp(warning_name(w), identifier) == 0)
			found = &result.words[count];
		count++;
	}
	ck_assert_uint_eq(count, result.word_count);
	ck_assert_msg(found != NULL, "no warning %s", identifier);
	return found;
}

START_TEST(every_warning_has_its_facts_and_what_would_cure_it)
{
	const struct warning_words *w = NULL;
	uint8_t sha256[SHA256_BYTES];

	warned_of[_i].make();
	(void)SHA256(query.chain[0].data, query.chain[0].len, sha256);
	if (warned_of[_i].excepted)
		ck_assert_int_eq(
			trust_add_exception(trust, sha256, NULL, INT64_MAX), 0);
	(void)ask(HOST);
	w = words_of(warned_of[_i].identifier);
	ck_assert_msg(strstr(w->sentence, warned_of[_i].sentence),
		"\"%s\" not in %s", warned_of[_i].sentence, w->sentence);
	ck_assert_msg(strstr(w->remedy, warned_of[_i].remedy),
		"\"%s\" not in %s", warned_of[_i].remedy, w->remedy);
}
END_TEST

START_TEST(no_name_in_a_chain_reaches_a_command)
{
	SEND(pki_make(
		&(struct pki_spec){.cn = "x; reboot\n\x1b[2J", .san = SAN},
		NULL));
	EXPECT("$(reboot)", VERDICT_ISSUER_NOT_TRUSTED);
	ck_assert_ptr_null(strstr(result.remedy, "$("));
	ck_assert_ptr_null(strpbrk(result.remedy, "\n\x1b"));
	ck_assert_ptr_null(strpbrk(result.reason, "\n\x1b"));
}
END_TEST

test_case_maker verify_explain_tests;

TCase *verify_explain_tests(void)
{
	TCase *tc = tcase_create("verify-explain");

	tcase_add_checked_fixture(tc, setup, ask_teardown);
	tcase_add_loop_test(tc,
		every_answer_has_its_facts_and_what_would_cure_it, 0,
		ARRAY_SIZE(wordings));
	tcase_add_test(tc, a_distrusted_key_is_lifted_as_a_key);
	tcase_add_loop_test(tc, exception_offered_makes_the_peer_pass, 0,
		ARRAY_SIZE(wordings));
	tcase_add_loop_test(tc,
		every_warning_has_its_facts_and_what_would_cure_it, 0,
		ARRAY_SIZE(warned_of));
	tcase_add_test(tc, no_name_in_a_chain_reaches_a_command);
	return tc;
}
