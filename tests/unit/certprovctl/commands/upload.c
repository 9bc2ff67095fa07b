/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "lib/varlink/json-fields.h"
#include "tests/unit/certprovctl/canned.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

#define UPLOAD "io.certprov.admin.Upload"
#define ONES                                                                   \
	"11111111111111111111111111111111"                                     \
	"11111111111111111111111111111111"
#define ANSWER(accepted, result, more)                                         \
	"{\"parameters\":{\"outcome\":{\"kind\":\"certificate\",\"sha256\":"   \
	"\"" ONES "\",\"subject\":\"CN=pbx\",\"accepted\":" accepted           \
	",\"result\":\"" result "\",\"reason\":\"Because.\"" more              \
	"},\"store\":\"s\",\"generation\":7}}"
#define ACCEPTED ANSWER("true", "accepted", "")

static const struct pki_cert *root;

static void setup(void)
{
	canned_setup();
	scrap_setup();
	root = pki_root("Root");
}

static void teardown(void)
{
	scrap_teardown();
	canned_teardown();
}

static void prints(const char *part)
{
	ck_assert_msg(strstr(paper_out(), part) != NULL, "%s lacks %s",
		paper_out(), part);
}

static void says(const char *part)
{
	ck_assert_msg(strstr(paper_err(), part) != NULL, "%s lacks %s",
		paper_err(), part);
}

static void uploaded(const struct pki_cert *c)
{
	CLEANUP(free) char *text = NULL;

	ck_assert_int_eq(base64_encode(c->der.data, c->der.len, &text), 0);
	ck_assert_ptr_nonnull(strstr(canned_last_call(), text));
}

START_TEST(der_is_uploaded_as_it_is)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_COMPLETE);
	uploaded(root);
	prints("SHA-256    " ONES "\n");
	prints("Outcome    accepted\n");
	ck_assert_str_eq(paper_err(), "");
}
END_TEST

START_TEST(one_certificate_in_pem_is_uploaded_as_der_and_said)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add_pem(path, root);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_COMPLETE);
	uploaded(root);
	says(" is PEM: the certificate in it is uploaded as DER\n");
}
END_TEST

START_TEST(several_certificates_are_not_uploaded_at_once)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD, .replies = {ACCEPTED}});
	scrap_add_pem(path, root);
	scrap_add_pem(path, root);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_TROUBLE);
	says("there are 2 certificates in it");
	says("one by one");
	ck_assert_uint_eq(canned_calls(), 0);
}
END_TEST

START_TEST(a_refused_upload_says_how_to_trust_it_all_the_same)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "issuer-not-trusted",
			",\"remedy\":\"Publish its issuer first.\"")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_PARTIAL);
	prints("Outcome    issuer-not-trusted\n");
	prints("Reason     Because.\n");
	prints("Remedy     Publish its issuer first.\n");
	prints("Exception  certprovctl trust 1111111111111111\n");
}
END_TEST

START_TEST(what_nothing_cures_has_no_such_command)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "key-too-weak", "")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(paper_run(scrap_words("upload", path)), EXIT_PARTIAL);
	ck_assert_ptr_null(strstr(paper_out(), "certprovctl trust"));
}
END_TEST

START_TEST(an_upload_as_json_is_the_reply_and_the_same_status)
{
	const char *path = scrap_new();

	CANNED({.method = UPLOAD,
		.replies = {ANSWER("false", "key-too-weak", "")}});
	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(
		paper_run(scrap_words("upload --json", path)), EXIT_PARTIAL);
	prints("{\"outcome\":{\"kind\":\"certificate\"");
}
END_TEST

test_case_maker upload_tests;

TCase *upload_tests(void)
{
	TCase *tc = tcase_create("upload");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, der_is_uploaded_as_it_is);
	tcase_add_test(tc, one_certificate_in_pem_is_uploaded_as_der_and_said);
	tcase_add_test(tc, several_certificates_are_not_uploaded_at_once);
	tcase_add_test(tc, a_refused_upload_says_how_to_trust_it_all_the_same);
	tcase_add_test(tc, what_nothing_cures_has_no_such_command);
	tcase_add_test(tc, an_upload_as_json_is_the_reply_and_the_same_status);
	return tc;
}
