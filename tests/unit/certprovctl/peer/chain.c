/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/chain.h"

#include <errno.h>
#include <openssl/pem.h>
#include <string.h>

#include "daemon/certprovctl/session/session.h"
#include "tests/unit/certprovctl/paper.h"
#include "tests/unit/certprovctl/scrap.h"
#include "tests/unit/runner.h"

static struct chain chain;
static struct session session;

static void setup(void)
{
	scrap_setup();
	paper_setup();
	session = (struct session){.screen = *paper_screen(0)};
}

static void teardown(void)
{
	chain_done(&chain);
	paper_teardown();
	scrap_teardown();
}

static void is(size_t i, const struct pki_cert *c)
{
	ck_assert_uint_lt(i, chain.count);
	ck_assert_uint_eq(chain.items[i].len, c->der.len);
	ck_assert_mem_eq(chain.items[i].data, c->der.data, c->der.len);
}

START_TEST(a_pem_file_gives_its_certificates_in_order)
{
	const struct pki_cert *root = pki_root("Root");
	const struct pki_cert *leaf = pki_leaf("DNS:a.example", root);
	const char *path = scrap_new();

	scrap_add_text(path, "Certificate chain\n 0 s:CN = a\n");
	scrap_add_pem(path, leaf);
	scrap_add_text(path,
		"-----BEGIN X509 CRL-----\nMAA=\n"
		"-----END X509 CRL-----\n");
	scrap_add_pem(path, root);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_COMPLETE);
	ck_assert_uint_eq(chain.count, 2);
	ck_assert_uint_eq(chain.bytes, leaf->der.len + root->der.len);
	ck_assert(chain.was_pem);
	is(0, leaf);
	is(1, root);
}
END_TEST

START_TEST(a_der_file_is_one)
{
	const struct pki_cert *root = pki_root("Root");
	const char *path = scrap_new();

	scrap_add(path, root->der.data, root->der.len);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_COMPLETE);
	ck_assert_uint_eq(chain.count, 1);
	ck_assert(!chain.was_pem);
	is(0, root);
}
END_TEST

START_TEST(a_damaged_certificate_is_for_certprovd_to_judge)
{
	const struct pki_cert *root = pki_root("Root");
	const char *path = scrap_new();

	scrap_add(path, root->der.data, root->der.len - 1);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_COMPLETE);
	ck_assert_uint_eq(chain.count, 1);
}
END_TEST

static const struct {
	const char *text;
	const char *problem;
} strange[] = {
	{"", "it is an empty file"},
	{"certificate", "nothing with a certificate in it"},
	{"<html><body>404</body></html>", "it is a web page"},
	{"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
		"the PEM is damaged"},
	{"-----BEGIN CERTIFICATE-----\nMAA=\n", "the PEM is damaged"},
	{"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
		"a revocation list in PEM form"},
	{"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
		"it holds a private key"},
	{"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
	 "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n"
	 "-----END RSA PRIVATE KEY-----\n",
		"it holds a private key"},
};

START_TEST(what_is_no_chain_is_called_what_it_is)
{
	const char *path = scrap_new();

	scrap_add_text(path, strange[_i].text);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_TROUBLE);
	ck_assert_uint_eq(chain.count, 0);
	paper_says(strange[_i].problem);
	paper_says(path);
}
END_TEST

START_TEST(as_it_is_takes_what_is_no_pem)
{
	const char *path = scrap_new();

	scrap_add_text(path, "<html>");
	ck_assert_int_eq(
		chain_load_as_is(&session, path, &chain), EXIT_COMPLETE);
	ck_assert_uint_eq(chain.count, 1);
	ck_assert_mem_eq(chain.items[0].data, "<html>", 6);
}
END_TEST

START_TEST(one_certificate_too_many_is_refused)
{
	const struct pki_cert *root = pki_root("Root");
	const char *path = scrap_new();

	for (size_t i = 0; i < CHAIN_MAX_CERTIFICATES; i++)
		scrap_add_pem(path, root);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_COMPLETE);
	chain_done(&chain);
	scrap_add_pem(path, root);
	ck_assert_int_eq(chain_load(&session, path, &chain), EXIT_TROUBLE);
	paper_says("more certificates than a chain may have");
}
END_TEST

START_TEST(one_byte_too_many_is_refused)
{
	static const uint8_t zeros[CHAIN_MAX_BYTES];

	ck_assert_int_eq(chain_add(&chain, zeros, CHAIN_MAX_BYTES), 0);
	ck_assert_int_eq(chain_add(&chain, zeros, 1), -E2BIG);
	ck_assert_uint_eq(chain.count, 1);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_trouble)
{
	ck_assert_int_eq(
		chain_load(&session, "/nowhere/x", &chain), EXIT_TROUBLE);
	paper_says("/nowhere/x: No such file or directory");
}
END_TEST

test_case_maker chain_tests;

TCase *chain_tests(void)
{
	TCase *tc = tcase_create("chain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pem_file_gives_its_certificates_in_order);
	tcase_add_test(tc, a_der_file_is_one);
	tcase_add_test(tc, a_damaged_certificate_is_for_certprovd_to_judge);
	tcase_add_loop_test(tc, what_is_no_chain_is_called_what_it_is, 0,
		ARRAY_SIZE(strange));
	tcase_add_test(tc, as_it_is_takes_what_is_no_pem);
	tcase_add_test(tc, one_certificate_too_many_is_refused);
	tcase_add_test(tc, one_byte_too_many_is_refused);
	tcase_add_test(tc, a_file_that_is_not_there_is_trouble);
	return tc;
}
