/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/tls-level.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

TCase *tls_level_tests(void);

#define TURNS 10

static SSL_CTX *server;
static SSL_CTX *client;
static int sha1_passes; /* as a signature of the last handshake */

static void setup(void)
{
	const struct pki_cert *c = pki_make(
		&(struct pki_spec){.cn = "localhost", .key = PKI_RSA_2048},
		NULL);

	server = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_security_level(server, 0);
	ck_assert_int_eq(SSL_CTX_set_min_proto_version(server, 0), 1);
	ck_assert_int_eq(SSL_CTX_use_certificate(server, c->x509), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(server, c->key), 1);
	client = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_verify(client, SSL_VERIFY_NONE, NULL);
	ck_assert_int_eq(
		SSL_CTX_set_min_proto_version(client, TLS1_VERSION), 1);
}

static void teardown(void)
{
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	pki_free_all();
}

/* The version on which they agree; 0: they do not. */
static int shake(int version)
{
	SSL *near = SSL_new(client);
	SSL *far = NULL;
	BIO *a = NULL;
	BIO *b = NULL;
	int agreed = 0;

	ck_assert_int_eq(SSL_CTX_set_max_proto_version(server, version), 1);
	far = SSL_new(server);
	ck_assert_int_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	SSL_set_bio(near, a, a);
	SSL_set_bio(far, b, b);
	for (int i = 0; i < TURNS; i++) {
		(void)SSL_connect(near);
		(void)SSL_accept(far);
	}
	if (SSL_is_init_finished(near) == 1)
		agreed = SSL_version(near);
	sha1_passes = SSL_CTX_get_security_callback(client)(
		near, client, SSL_SECOP_SIGALG_CHECK, 64, 0, NULL, NULL);
	SSL_free(near);
	SSL_free(far);
	return agreed;
}

static const int versions[] = {
	TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};
static const char *const exchanges[] = {"ECDHE", "DHE", "kRSA"};

START_TEST(an_old_version_needs_no_level_zero)
{
	for (int level = 1; level <= 2; level++)
		for (size_t e = 0; e < ARRAY_SIZE(exchanges); e++) {
			tls_level_set(client, level);
			ck_assert_int_eq(
				SSL_CTX_set_cipher_list(server, exchanges[e]),
				1);
			ck_assert_int_eq(SSL_CTX_set_dh_auto(server, 1), 1);
			ck_assert_int_eq(shake(versions[_i]), versions[_i]);
			ck_assert_int_eq(
				sha1_passes, versions[_i] < TLS1_2_VERSION);
			ck_assert_int_eq(
				SSL_CTX_get_security_level(client), level);
		}
}
END_TEST

START_TEST(which_versions_there_are_is_said_elsewhere)
{
	tls_level_set(client, 1);
	ck_assert_int_eq(
		SSL_CTX_set_min_proto_version(client, TLS1_2_VERSION), 1);
	ck_assert_int_eq(shake(versions[_i]),
		versions[_i] < TLS1_2_VERSION ? 0 : versions[_i]);
}
END_TEST

START_TEST(a_weak_key_exchange_is_refused_in_every_version)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_DH, NULL);
	EVP_PKEY *group = NULL;

	/* 1024 bits, of RFC 5114: 80 bits of strength. */
	ck_assert_int_eq(EVP_PKEY_paramgen_init(c), 1);
	ck_assert_int_gt(EVP_PKEY_CTX_set_dh_rfc5114(c, 1), 0);
	ck_assert_int_eq(EVP_PKEY_paramgen(c, &group), 1);
	EVP_PKEY_CTX_free(c);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(server, "DHE"), 1);
	ck_assert_int_eq(SSL_CTX_set0_tmp_dh_pkey(server, group), 1);
	tls_level_set(client, 1);
	ck_assert_int_eq(shake(TLS1_2_VERSION), TLS1_2_VERSION);
	tls_level_set(client, 2);
	for (int version = TLS1_VERSION; version <= TLS1_2_VERSION; version++)
		ck_assert_int_eq(shake(version), 0);
}
END_TEST

START_TEST(from_tls_1_2_on_nothing_is_signed_with_sha1)
{
	ck_assert_int_eq(SSL_CTX_set_cipher_list(server, "ECDHE"), 1);
	ck_assert_int_eq(SSL_CTX_set1_sigalgs_list(server, "RSA+SHA1"), 1);
	SSL_CTX_set_security_level(client, 0);
	ck_assert_int_eq(shake(TLS1_2_VERSION), TLS1_2_VERSION);
	SSL_CTX_free(client);
	client = SSL_CTX_new(TLS_client_method());
	tls_level_set(client, 1);
	ck_assert_int_eq(shake(TLS1_2_VERSION), 0);
}
END_TEST

static const struct {
	int operation;
	int bits;
	int id;
	int passes;
} asked[] = {
	{SSL_SECOP_VERSION, 0, TLS1_VERSION, 1},
	{SSL_SECOP_VERSION, 0, SSL3_VERSION, 0},
	{SSL_SECOP_SIGALG_SUPPORTED, 64, 0, 0},
	{SSL_SECOP_SIGALG_CHECK, 64, 0, 0},
	{SSL_SECOP_TMP_DH, 64, 0, 0},
	{SSL_SECOP_CIPHER_SUPPORTED, 64, 0, 0},
	{SSL_SECOP_EE_KEY | SSL_SECOP_PEER, 64, 0, 0},
	{SSL_SECOP_CA_KEY | SSL_SECOP_PEER, 64, 0, 0},
	{SSL_SECOP_CA_MD | SSL_SECOP_PEER, 64, 0, 0},
};

START_TEST(nothing_else_passes_below_the_level)
{
	const SSL_CIPHER *cipher = NULL;

	tls_level_set(client, 1);
	cipher = sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(client), 0);
	ck_assert_int_eq(SSL_CTX_get_security_callback(client)(NULL, client,
				 asked[_i].operation, asked[_i].bits,
				 asked[_i].id, (void *)cipher, NULL),
		asked[_i].passes);
}
END_TEST

TCase *tls_level_tests(void)
{
	TCase *tc = tcase_create("tls-level");
	int n = (int)ARRAY_SIZE(versions);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_old_version_needs_no_level_zero, 0, n);
	tcase_add_loop_test(
		tc, which_versions_there_are_is_said_elsewhere, 0, n);
	tcase_add_test(tc, a_weak_key_exchange_is_refused_in_every_version);
	tcase_add_test(tc, from_tls_1_2_on_nothing_is_signed_with_sha1);
	tcase_add_loop_test(
		tc, nothing_else_passes_below_the_level, 0, ARRAY_SIZE(asked));
	return tc;
}
