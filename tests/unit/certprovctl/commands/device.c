/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/base/base64.h"
#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

#define IDENTITY "io.certprov.identity."
#define LIST IDENTITY "ListIdentities"
#define REQUEST IDENTITY "CreateRequest"
#define INSTALL IDENTITY "Install"
#define ROLLBACK IDENTITY "Rollback"
#define PEM "-----BEGIN CERTIFICATE REQUEST-----\\nAA==\\n-----END"
#define ONE                                                                    \
	"\"source\":\"installed\",\"usable\":true,\"subject\":\"CN=00041312"   \
	"3456\",\"perDevice\":true,\"why\":\"phone_cert_type is sha2.\""
#define IN_FORCE "{\"parameters\":{\"identity\":{" ONE ",\"inForce\":true}}}"
#define NOT_IN_FORCE                                                           \
	"{\"parameters\":{\"identity\":{\"source\":\"installed\","             \
	"\"usable\":true,\"subject\":\"CN=000413123456\",\"perDevice\":"       \
	"false,\"inForce\":false,\"why\":\"webserver_cert is set.\","          \
	"\"warnings\":[{\"identifier\":\"expires-soon\",\"sentence\":\"It "    \
	"expires.\",\"remedy\":\"Renew it.\"}]}}}"

static const struct pki_cert *root;
static const struct pki_cert *leaf;

static void setup(void)
{
	canned_setup();
	scrap_setup();
	root = pki_root("Root");
	leaf = pki_root("000413123456");
}

static void teardown(void)
{
	scrap_teardown();
	canned_teardown();
}

/* Of the last call, at this place of the chain. */
static const char *called_with(const struct pki_cert *c)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(base64_encode(c->der.data, c->der.len, &text), 0);
	return strstr(canned_last_call(), text);
}

START_TEST(show_says_which_is_in_force_and_why_and_what_is_wrong)
{
	CANNED({.method = LIST,
		.replies = {"{\"parameters\":{\"identities\":[{" ONE
			    ",\"inForce\":true,\"mac\":\"000413123456\","
			    "\"issuer\":\"CN=Device CA\",\"keyType\":\"ec\","
			    "\"keyBits\":256,\"chain\":[\"AA==\",\"AA==\"],"
			    "\"notAfter\":\"2036-01-02T03:04:05Z\"},"
			    "{\"source\":\"built-in-sha1\",\"inForce\":false,"
			    "\"usable\":true,\"perDevice\":false,"
			    "\"why\":\"phone_cert_type is sha2.\","
			    "\"warnings\":[{\"identifier\":\"without-mac\","
			    "\"sentence\":\"No MAC.\"}]},"
			    "{\"source\":\"built-in-sha2\",\"inForce\":false,"
			    "\"usable\":false,\"perDevice\":false,"
			    "\"result\":\"key-mismatch\",\"reason\":\"Not its "
			    "key.\",\"remedy\":\"Put it there.\"}]}}"}});
	ck_assert_int_eq(paper_run("device show"), EXIT_COMPLETE);
	paper_prints("Source       installed\n"
		     "State        in force\n"
		     "Because      phone_cert_type is sha2.\n"
		     "Servers      can authorise this phone by it\n"
		     "MAC address  000413123456\n"
		     "Subject      CN=000413123456\n"
		     "Issuer       CN=Device CA\n"
		     "Expires      2036-01-02 03:04:05\n"
		     "Key          ec, 256 bits\n"
		     "Chain        2 certificates\n");
	paper_prints("Source       built-in-sha1\n"
		     "State        usable, not in force\n"
		     "Because      phone_cert_type is sha2.\n"
		     "Servers      cannot tell by it which phone this is\n"
		     "Warnings     without-mac: No MAC.\n");
	paper_prints("Source       built-in-sha2\n"
		     "State        cannot be used\n"
		     "Problem      key-mismatch\n"
		     "Reason       Not its key.\n"
		     "Remedy       Put it there.\n");
}
END_TEST

START_TEST(a_phone_without_a_certificate_is_said_to_be_one)
{
	CANNED({.method = LIST,
		.replies = {"{\"parameters\":{\"identities\":[]}}"}});
	ck_assert_int_eq(paper_run("device show"), EXIT_COMPLETE);
	paper_prints("This phone has no certificate of its own: none is named "
		     "in [identity] of certprovd.conf");
}
END_TEST

START_TEST(csr_prints_the_request_and_asks_for_no_type_unless_told)
{
	CANNED({.method = REQUEST,
		.replies = {"{\"parameters\":{\"request\":\"" PEM "\"}}"}});
	ck_assert_int_eq(paper_run("device csr"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END");
	ck_assert_ptr_null(strstr(canned_last_call(), "keyType"));
	ck_assert_int_eq(paper_run("device csr --key-type rsa"), EXIT_COMPLETE);
	canned_called("\"keyType\":\"rsa\"");
}
END_TEST

START_TEST(csr_writes_the_request_into_a_file)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	const char *path = scrap_new();

	CANNED({.method = REQUEST,
		.replies = {"{\"parameters\":{\"request\":\"" PEM "\"}}"}});
	ck_assert_int_eq(paper_run(scrap_words("device csr --output", path)),
		EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(), "");
	ck_assert_int_eq(fd_read_file(path, 4096, &file), 0);
	ck_assert_str_eq((const char *)file.data,
		"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END");
	ck_assert_int_eq(
		paper_run("device csr --output /nowhere/x"), EXIT_TROUBLE);
	paper_says("/nowhere/x: No such file");
}
END_TEST

/* Who has opened it reads on in the former one. */
START_TEST(csr_replaces_a_file_as_a_whole)
{
	const char *path = scrap_new();
	char former[16] = "";
	FILE *in = NULL;

	CANNED({.method = REQUEST,
		.replies = {"{\"parameters\":{\"request\":\"" PEM "\"}}"}});
	scrap_add_text(path, "before");
	in = fopen(path, "re");
	ck_assert_ptr_nonnull(in);
	ck_assert_int_eq(paper_run(scrap_words("device csr --output", path)),
		EXIT_COMPLETE);
	ck_assert_ptr_nonnull(fgets(former, sizeof(former), in));
	ck_assert_str_eq(former, "before");
	ck_assert_int_eq(fclose(in), 0);
}
END_TEST

START_TEST(install_takes_a_chain_from_several_files)
{
	const char *first = scrap_new();
	const char *second = NULL;
	CLEANUP(free) char *words = NULL;

	CANNED({.method = INSTALL, .replies = {IN_FORCE}});
	scrap_add_pem(first, leaf);
	words = strdup(scrap_words("device install", first));
	second = scrap_new();
	scrap_add(second, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words(words, second)), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Installed: CN=000413123456\n"
		"It is in force: phone_cert_type is sha2.\n");
	ck_assert_ptr_nonnull(called_with(leaf));
	ck_assert(called_with(leaf) < called_with(root));
}
END_TEST

START_TEST(install_says_when_what_it_installed_is_not_in_force)
{
	const char *path = scrap_new();

	CANNED({.method = INSTALL, .replies = {NOT_IN_FORCE}});
	scrap_add_pem(path, leaf);
	ck_assert_int_eq(
		paper_run(scrap_words("device install", path)), EXIT_COMPLETE);
	paper_prints("It is not in force: webserver_cert is set.\n"
		     "Warnings: expires-soon: It expires. Renew it.\n");
}
END_TEST

START_TEST(a_chain_with_a_private_key_is_not_sent)
{
	const char *path = scrap_new();

	CANNED({.method = INSTALL, .replies = {IN_FORCE}});
	scrap_add_pem(path, leaf);
	scrap_add_text(path,
		"-----BEGIN PRIVATE KEY-----\nAA==\n"
		"-----END PRIVATE KEY-----\n");
	ck_assert_int_eq(
		paper_run(scrap_words("device install", path)), EXIT_TROUBLE);
	paper_says("it holds a private key, which must stay where it is");
	ck_assert_uint_eq(canned_calls(), 0);
}
END_TEST

START_TEST(a_refusal_is_told_with_its_reason_and_the_daemons_remedy)
{
	const char *path = scrap_new();

	CANNED({.method = INSTALL,
		.replies = {"{\"error\":\"" IDENTITY "NotUsable\","
			    "\"parameters\":{\"result\":\"mac-mismatch\","
			    "\"reason\":\"Another MAC.\",\"remedy\":"
			    "\"Have it issued again.\"}}"}});
	scrap_add_pem(path, leaf);
	ck_assert_int_eq(
		paper_run(scrap_words("device install", path)), EXIT_REFUSED);
	paper_says("certprovctl: refused: mac-mismatch: Another MAC.\n  "
		   "Have it issued again.\n");
}
END_TEST

START_TEST(rollback_says_what_is_in_force_now)
{
	CANNED({.method = ROLLBACK, .replies = {IN_FORCE}});
	ck_assert_int_eq(paper_run("device rollback"), EXIT_COMPLETE);
	ck_assert_str_eq(paper_out(),
		"Back to: CN=000413123456\n"
		"It is in force: phone_cert_type is sha2.\n");
}
END_TEST

START_TEST(rollback_may_leave_a_phone_without_a_certificate)
{
	CANNED({.method = ROLLBACK,
		.replies = {"{\"parameters\":{}}"},
		.wrong = true});
	ck_assert_int_eq(paper_run("device rollback"), EXIT_COMPLETE);
	ck_assert_str_eq(
		paper_out(), "This phone now has no certificate of its own.\n");
}
END_TEST

START_TEST(there_must_be_something_to_go_back_to)
{
	CANNED({.method = ROLLBACK,
		.replies = {"{\"error\":\"" IDENTITY "NoFormerIdentity\"}"}});
	ck_assert_int_eq(paper_run("device rollback"), EXIT_REFUSED);
	paper_says("there is nothing to go back to");
}
END_TEST

START_TEST(with_json_the_replies_are_printed_as_they_came)
{
	CANNED({.method = ROLLBACK, .replies = {IN_FORCE}});
	ck_assert_int_eq(paper_run("device rollback --json"), EXIT_COMPLETE);
	paper_prints("{\"identity\":{\"source\":\"installed\"");
	ck_assert_ptr_null(strstr(paper_out(), "Back to"));
}
END_TEST

static const struct {
	const char *words;
	const char *complaint;
} wrong_uses[] = {
	{"device", "device needs"},
	{"device help",
		"device takes show, csr, install or rollback, not "
		"\"help\""},
	{"device show x", "device show takes no file"},
	{"device csr --key-type dsa", "--key-type must be ec or rsa"},
	{"device show --key-type ec", "device show has no option --key-type"},
	{"device rollback --output x",
		"device rollback has no option "
		"--output"},
	{"device install", "device install needs the file"},
};

START_TEST(a_wrong_use_asks_nothing)
{
	CANNED({.method = LIST,
		.replies = {"{\"parameters\":{\"identities\":[]}}"}});
	ck_assert_int_eq(paper_run(wrong_uses[_i].words), EXIT_WRONG_USE);
	paper_says(wrong_uses[_i].complaint);
	ck_assert_uint_eq(canned_calls(), 0);
}
END_TEST

test_case_maker device_tests;

TCase *device_tests(void)
{
	TCase *tc = tcase_create("device");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, show_says_which_is_in_force_and_why_and_what_is_wrong);
	tcase_add_test(tc, a_phone_without_a_certificate_is_said_to_be_one);
	tcase_add_test(
		tc, csr_prints_the_request_and_asks_for_no_type_unless_told);
	tcase_add_test(tc, csr_writes_the_request_into_a_file);
	tcase_add_test(tc, csr_replaces_a_file_as_a_whole);
	tcase_add_test(tc, install_takes_a_chain_from_several_files);
	tcase_add_test(tc, install_says_when_what_it_installed_is_not_in_force);
	tcase_add_test(tc, a_chain_with_a_private_key_is_not_sent);
	tcase_add_test(
		tc, a_refusal_is_told_with_its_reason_and_the_daemons_remedy);
	tcase_add_test(tc, rollback_says_what_is_in_force_now);
	tcase_add_test(tc, rollback_may_leave_a_phone_without_a_certificate);
	tcase_add_test(tc, there_must_be_something_to_go_back_to);
	tcase_add_test(tc, with_json_the_replies_are_printed_as_they_came);
	tcase_add_loop_test(tc, a_wrong_use_asks_nothing, 0,
		(int)(sizeof(wrong_uses) / sizeof(wrong_uses[0])));
	return tc;
}
