/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/base/hex.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

#define VERIFY "io.certprov.trust.Verify"
#define GET "io.certprov.trust.Get"

static const struct pki_cert *root, *middle, *leaf;
static char root_hex[SHA256_HEX_SIZE];
static char middle_hex[SHA256_HEX_SIZE];
static char leaf_hex[SHA256_HEX_SIZE];
static char *replies[2];

static void setup(void)
{
	const struct pki_spec ca = {.cn = "Middle", .ca = true};

	canned_setup();
	scrap_setup();
	root = pki_root("Root");
	middle = pki_make(&ca, root);
	leaf = pki_leaf("DNS:pbx.example.com", middle);
	hex_format(root->sha256, SHA256_BYTES, root_hex);
	hex_format(middle->sha256, SHA256_BYTES, middle_hex);
	hex_format(leaf->sha256, SHA256_BYTES, leaf_hex);
}

static void teardown(void)
{
	canned_teardown();
	scrap_teardown();
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		free(replies[i]);
		replies[i] = NULL;
	}
}

/* A daemon that trusts, by this path. */
static void serve_trusted(const char *path)
{
	static struct canned table[2];

	ck_assert_int_eq(
		string_format(&replies[0],
			"{\"parameters\":{\"verdict\":{\"trusted\":true,"
			"\"result\":\"trusted\",\"reason\":\"It is.\","
			"\"recoverable\":false,\"path\":[%s],"
			"\"anchor\":\"%s\",\"store\":\"abc\","
			"\"generation\":12,\"clockTrusted\":true,"
			"\"warnings\":[{\"identifier\":\"expires-soon\",\"sentence\":\"It expires soon.\",\"remedy\":\"Renew it.\"},{\"identifier\":\"key-short\",\"sentence\":\"Short.\"}]}}}",
			path, root_hex),
		0);
	ck_assert_int_eq(
		string_format(&replies[1],
			"{\"parameters\":{\"certificate\":{\"sha256\":\"%s\","
			"\"lists\":[\"servers\"],"
			"\"origin\":\"provisioned-base64\","
			"\"subject\":\"CN=Root\",\"issuer\":\"CN=Root\","
			"\"notBefore\":\"2026-01-01T00:00:00Z\","
			"\"notAfter\":\"2027-01-01T00:00:00Z\","
			"\"keyType\":\"ec\",\"keyBits\":256,"
			"\"document\":\"http://p/x.xml\",\"line\":7}}}",
			root_hex),
		0);
	table[0] = (struct canned){.method = VERIFY, .replies = {replies[0]}};
	table[1] = (struct canned){.method = GET, .replies = {replies[1]}};
	canned_serve(table, 2);
}

static void serve_by_whole_path(void)
{
	CLEANUP(free) char *path = NULL;

	ck_assert_int_eq(string_format(&path, "\"%s\",\"%s\",\"%s\"", leaf_hex,
				 middle_hex, root_hex),
		0);
	serve_trusted(path);
}

static const char *chain_of(
	const struct pki_cert *first, const struct pki_cert *second)
{
	const char *path = scrap_new();

	scrap_add_pem(path, first);
	if (second)
		scrap_add_pem(path, second);
	return path;
}

START_TEST(a_trusted_peer_is_shown_with_its_path_down_to_the_document)
{
	CLEANUP(free) char *line = NULL;

	serve_by_whole_path();
	ck_assert_int_eq(
		paper_run(scrap_words(
			"verify --host pbx.example.com --purpose sip --chain",
			chain_of(leaf, middle))),
		EXIT_COMPLETE);
	paper_prints("Verdict     trusted\n");
	paper_prints("Reason      It is.\n");
	paper_prints(
		"Warnings    expires-soon: It expires soon. Renew it. key-short: Short.\n");
	paper_prints("Host        pbx.example.com\n");
	paper_prints("Names       DNS:pbx.example.com\n");
	paper_prints("Purpose     sip\n");
	paper_prints("Clock       trusted\n");
	paper_prints("Store       abc\n");
	paper_prints("Generation  12\n");
	ck_assert_int_eq(string_format(&line, "   1  %.16s  CN=", leaf_hex), 0);
	paper_prints(line);
	paper_prints("  ec 256  the peer\n");
	paper_prints(
		"  2027-01-01 00:00:00  ec 256  servers, provisioned-base64, "
		"http://p/x.xml:7\n");
	ck_assert_str_eq(paper_err(), "");
	/* All of it was needed: there is nothing more to say. */
	ck_assert_ptr_null(strstr(paper_out(), "Sent"));
	ck_assert_uint_eq(canned_calls(), 2);
}
END_TEST

START_TEST(the_chain_goes_as_it_is_with_host_and_purpose)
{
	CLEANUP(free) char *first = NULL;
	CLEANUP(free) char *call = NULL;

	serve_by_whole_path();
	ck_assert_int_eq(
		base64_encode(leaf->der.data, leaf->der.len, &first), 0);
	/* As JSON it is one call, and the last. */
	ck_assert_int_eq(
		paper_run(scrap_words("verify --json -H a.example -p ldap -c",
			chain_of(leaf, NULL))),
		EXIT_COMPLETE);
	ck_assert_int_eq(string_format(&call,
				 "{\"chain\":[\"%s\"],\"host\":\"a.example\","
				 "\"purpose\":\"ldap\"}",
				 first),
		0);
	ck_assert_ptr_nonnull(strstr(canned_last_call(), call));
	paper_prints("{\"verdict\":{\"trusted\":true");
}
END_TEST

START_TEST(what_was_sent_in_vain_is_noted)
{
	const char *path = chain_of(leaf, root);

	serve_by_whole_path();
	scrap_add_pem(path, middle);
	scrap_add_pem(path, pki_root("Stranger"));
	ck_assert_int_eq(
		paper_run(scrap_words("verify --chain", path)), EXIT_COMPLETE);
	paper_prints("Host        not given: no name was checked\n");
	paper_prints("  superfluous: the anchor need not be sent\n");
	paper_prints("  out of order: belongs further up\n");
	paper_prints("  superfluous: not part of the path\n");
}
END_TEST

#define REFUSED(recoverable)                                                   \
	"{\"parameters\":{\"verdict\":{\"trusted\":false,"                     \
	"\"result\":\"issuer-not-trusted\",\"reason\":\"It is not.\","         \
	"\"remedy\":\"Publish it.\",\"recoverable\":" recoverable              \
	",\"path\":[],\"store\":\"abc\",\"generation\":12,"                    \
	"\"clockTrusted\":false}}}"

START_TEST(a_rejected_peer_is_status_1_and_says_what_would_cure_it)
{
	CLEANUP(free) char *cure = NULL;

	CANNED({.method = VERIFY, .replies = {REFUSED("true")}});
	ck_assert_int_eq(
		paper_run(scrap_words("verify --host pbx.example.com --chain",
			chain_of(leaf, middle))),
		EXIT_PARTIAL);
	paper_prints("Verdict     not trusted: issuer-not-trusted\n");
	paper_prints("Remedy      Publish it.\n");
	paper_prints("Clock       not trusted: it is earlier than");
	ck_assert_int_eq(string_format(&cure,
				 "Exception   certprovctl trust "
				 "%.16s --host pbx.example.com\n",
				 leaf_hex),
		0);
	paper_prints(cure);
	/* There is no path: what was sent tells how far it goes. */
	paper_prints("Sent  SHA-256");
	paper_prints("   2  ");
}
END_TEST

START_TEST(what_no_exception_cures_is_said_so)
{
	CANNED({.method = VERIFY, .replies = {REFUSED("false")}});
	ck_assert_int_eq(
		paper_run(scrap_words("verify --chain", chain_of(leaf, NULL))),
		EXIT_PARTIAL);
	paper_prints("Exception   none possible\n");
}
END_TEST

START_TEST(an_error_of_the_daemon_is_no_verdict)
{
	CANNED({.method = VERIFY,
		.replies = {"{\"error\":\"io.certprov.trust.LimitExceeded\","
			    "\"parameters\":{\"limit\":\"chain\","
			    "\"maximum\":16}}"}});
	ck_assert_int_eq(
		paper_run(scrap_words("verify --chain", chain_of(leaf, NULL))),
		EXIT_REFUSED);
	paper_says("limit exceeded: chain, at most 16");
	ck_assert_str_eq(paper_out(), "");
}
END_TEST

static const struct {
	const char *words;
	const char *problem;
} wrong[] = {
	{"verify --host a", "needs either --chain or --connect"},
	{"verify --chain x --connect y", "needs either --chain or --connect"},
	{"verify --chain x --starttls smtp", "--starttls needs --connect"},
	{"verify --connect x --starttls ftp", "imap, ldap, pop3 or smtp"},
	{"verify --connect x --purpose web", "https, provisioning, ldap"},
	{"verify --connect x:0", "[2001:db8::1]:5061, not \"x:0\""},
	{"verify --chain x --purpose sip", "--purpose sip needs --host"},
	{"verify --connect 127.0.0.1:1 --timeout 0",
		"--timeout takes a number"},
	{"verify x", "verify takes --chain FILE|--connect HOST[:PORT]"},
};

START_TEST(what_cannot_be_meant_is_wrong_use)
{
	ck_assert_int_eq(paper_run(wrong[_i].words), EXIT_WRONG_USE);
	paper_says(wrong[_i].problem);
}
END_TEST

test_case_maker verify_tests;

TCase *verify_tests(void)
{
	TCase *tc = tcase_create("verify");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, a_trusted_peer_is_shown_with_its_path_down_to_the_document);
	tcase_add_test(tc, the_chain_goes_as_it_is_with_host_and_purpose);
	tcase_add_test(tc, what_was_sent_in_vain_is_noted);
	tcase_add_test(
		tc, a_rejected_peer_is_status_1_and_says_what_would_cure_it);
	tcase_add_test(tc, what_no_exception_cures_is_said_so);
	tcase_add_test(tc, an_error_of_the_daemon_is_no_verdict);
	tcase_add_loop_test(
		tc, what_cannot_be_meant_is_wrong_use, 0, ARRAY_SIZE(wrong));
	return tc;
}
