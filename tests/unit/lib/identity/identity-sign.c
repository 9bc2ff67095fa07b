/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-sign.h"

#include <check.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "lib/identity/identity-request.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

static struct identity identity_with(enum pki_key key)
{
	const struct pki_cert *c =
		pki_make(&(struct pki_spec){.cn = MAC,
				 .key = key,
				 .digest = key == PKI_ED25519 ? "" : NULL},
			NULL);

	return identity_of(
		joined(certificate_pem(c), key_pem(c), ""), IDENTITY_BUILT_IN);
}

/* Does OpenSSL verify it by the certificate's key? */
static bool verifies(const struct identity *i, const EVP_MD *hash, bool pss,
	const uint8_t *digest, const struct bytes *signature)
{
	EVP_PKEY_CTX *ctx =
		EVP_PKEY_CTX_new(X509_get0_pubkey(i->chain[0]->x509), NULL);
	bool good = false;

	ck_assert_int_gt(EVP_PKEY_verify_init(ctx), 0);
	ck_assert_int_gt(EVP_PKEY_CTX_set_signature_md(ctx, hash), 0);
	if (pss)
		ck_assert(EVP_PKEY_CTX_set_rsa_padding(
				  ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
			EVP_PKEY_CTX_set_rsa_pss_saltlen(
				ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
	good = EVP_PKEY_verify(ctx, signature->data, signature->len, digest,
		       (size_t)EVP_MD_get_size(hash)) == 1;
	EVP_PKEY_CTX_free(ctx);
	return good;
}

static const struct {
	const char *scheme;
	enum pki_key key;
	const EVP_MD *(*hash)(void);
	bool pss;
} rows[] = {
	{"ecdsa_secp256r1_sha256", PKI_P256, EVP_sha256, false},
	{"ecdsa_secp384r1_sha384", PKI_P384, EVP_sha384, false},
	{"ecdsa_secp521r1_sha512", PKI_P521, EVP_sha512, false},
	/* TLS 1.2: another hash than the curve's */
	{"ecdsa_secp384r1_sha384", PKI_P256, EVP_sha384, false},
	{"rsa_pss_rsae_sha256", PKI_RSA_2048, EVP_sha256, true},
	{"rsa_pss_rsae_sha384", PKI_RSA_2048, EVP_sha384, true},
	{"rsa_pss_rsae_sha512", PKI_RSA_2048, EVP_sha512, true},
	{"rsa_pkcs1_sha256", PKI_RSA_2048, EVP_sha256, false},
	{"rsa_pkcs1_sha384", PKI_RSA_2048, EVP_sha384, false},
	{"rsa_pkcs1_sha512", PKI_RSA_2048, EVP_sha512, false},
	{"rsa_pss_rsae_sha256", PKI_RSA_1024, EVP_sha256, true},
	{"rsa_pkcs1_sha256", PKI_RSA_1024, EVP_sha256, false},
};

START_TEST(a_signature_verifies)
{
	CLEANUP(identity_done) struct identity i = identity_with(rows[_i].key);
	CLEANUP(bytes_done) struct bytes signature = {0};
	uint8_t digest[64];
	size_t len = (size_t)EVP_MD_get_size(rows[_i].hash());

	memset(digest, 7, sizeof(digest));
	ck_assert_int_eq(
		identity_sign(&i, rows[_i].scheme, digest, len, &signature), 0);
	ck_assert(verifies(
		&i, rows[_i].hash(), rows[_i].pss, digest, &signature));
	digest[0]++;
	ck_assert(!verifies(
		&i, rows[_i].hash(), rows[_i].pss, digest, &signature));
	ck_assert_int_eq(
		identity_sign(&i, rows[_i].scheme, digest, len - 1, &signature),
		-EINVAL);
}
END_TEST

static const struct {
	const char *scheme;
	enum pki_key key;
} refused[] = {
	{"ed25519", PKI_ED25519},
	{"rsa_pkcs1_sha256", PKI_P256},
	{"ecdsa_secp256r1_sha256", PKI_RSA_2048},
	{"rsa_pkcs1_sha1", PKI_RSA_2048},
	{"rsa_pss_pss_sha256", PKI_RSA_2048},
	{"ecdsa_sha1", PKI_P256},
	{"", PKI_P256},
};

START_TEST(other_schemes_are_refused)
{
	CLEANUP(identity_done)
	struct identity i = identity_with(refused[_i].key);
	CLEANUP(bytes_done) struct bytes signature = {0};
	uint8_t digest[32] = {0};

	ck_assert_int_eq(identity_sign(&i, refused[_i].scheme, digest,
				 sizeof(digest), &signature),
		-EOPNOTSUPP);
	ck_assert_ptr_null(signature.data);
}
END_TEST

START_TEST(a_key_too_short_for_the_scheme_is_an_error)
{
	CLEANUP(identity_done) struct identity i = identity_with(PKI_RSA_1024);
	CLEANUP(bytes_done) struct bytes signature = {0};
	uint8_t digest[64] = {0};

	ck_assert_int_eq(identity_sign(&i, "rsa_pss_rsae_sha512", digest,
				 sizeof(digest), &signature),
		-EIO);
}
END_TEST

/* --- requests --- */

static const char *const key_types[] = {"ec", "rsa"};

START_TEST(a_request_has_the_mac_and_the_key)
{
	EVP_PKEY *key = NULL;
	CLEANUP(free) char *text = NULL;
	BIO *bio = NULL;
	X509_REQ *request = NULL;
	char cn[64] = "";

	ck_assert_int_eq(identity_new_key(key_types[_i], &key), 0);
	ck_assert_int_eq(identity_request(key, "000413aabbcc", &text), 0);
	bio = BIO_new_mem_buf(text, -1);
	request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(request);
	ck_assert_int_eq(X509_REQ_verify(request, key), 1);
	ck_assert_int_gt(
		X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request),
			NID_commonName, cn, sizeof(cn)),
		0);
	ck_assert_str_eq(cn, MAC);
	X509_REQ_free(request);
	BIO_free(bio);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(other_kinds_of_keys_are_not_made)
{
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(identity_new_key("ed25519", &key), -EINVAL);
	ck_assert_int_eq(identity_new_key("", &key), -EINVAL);
	ck_assert_ptr_null(key);
}
END_TEST

TCase *identity_sign_tests(void);

TCase *identity_sign_tests(void)
{
	TCase *tc = tcase_create("identity-sign");

	tcase_add_checked_fixture(tc, NULL, identity_fixture_done);
	tcase_add_loop_test(tc, a_signature_verifies, 0, ARRAY_SIZE(rows));
	tcase_add_loop_test(
		tc, other_schemes_are_refused, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, a_key_too_short_for_the_scheme_is_an_error);
	tcase_add_loop_test(tc, a_request_has_the_mac_and_the_key, 0,
		ARRAY_SIZE(key_types));
	tcase_add_test(tc, other_kinds_of_keys_are_not_made);
	return tc;
}
