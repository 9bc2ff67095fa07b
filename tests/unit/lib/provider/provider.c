/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provider/provider.h"

#include <check.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/identity/identity-sign.h"
#include "tests/unit/lib/identity/identity-fixture.h"
#include "tests/unit/runner.h"

#define THREADS 4
#define SIGNATURES_EACH 25
#define ALL_SIGNATURES 100 /* by all threads */
#define YIELDS 100

/* --- a daemon with one identity, for the role "client" --- */

static struct {
	struct identity identity;
	int open_error;
	int sign_error;
	bool other_key;
	struct identity other;
	atomic_int at_once;
	atomic_int most_at_once;
	atomic_int signatures;
	int keys; /* open */
	int providers;
} remote;

static int remote_open(void *userdata, const char *role, void **ret)
{
	ck_assert_ptr_eq(userdata, &remote);
	if (remote.open_error < 0)
		return remote.open_error;
	if (strcmp(role, "client") != 0)
		return -ENODATA;
	remote.keys++;
	*ret = &remote;
	return 0;
}

static void remote_close(void *key)
{
	ck_assert_ptr_eq(key, &remote);
	remote.keys--;
}

static const void *remote_certificate(
	const void *key, size_t index, size_t *ret_len)
{
	(void)key;
	if (index >= remote.identity.count)
		return NULL;
	*ret_len = remote.identity.chain[index]->der.len;
	return remote.identity.chain[index]->der.data;
}

static int remote_sign(void *key, const struct provider_digest *d,
	void *signature, size_t *size)
{
	CLEANUP(bytes_done) struct bytes made = {0};
	int now = atomic_fetch_add(&remote.at_once, 1) + 1;
	int r = remote.sign_error;

	ck_assert_ptr_eq(key, &remote);
	atomic_fetch_add(&remote.signatures, 1);
	/* Time for others to come in. */
	for (unsigned i = 0; i < YIELDS && now == 1; i++) {
		(void)sched_yield();
		now = atomic_load(&remote.at_once);
	}
	if (now > atomic_load(&remote.most_at_once))
		atomic_store(&remote.most_at_once, now);
	if (r == 0)
		r = identity_sign(
			remote.other_key ? &remote.other : &remote.identity,
			d->scheme, d->digest, d->len, &made);
	if (r == 0 && made.len > *size)
		r = -ENOSPC;
	if (r == 0) {
		memcpy(signature, made.data, made.len);
		*size = made.len;
	}
	atomic_fetch_sub(&remote.at_once, 1);
	return r == -EOPNOTSUPP ? -EPROTONOSUPPORT : r;
}

static void remote_done(void *userdata)
{
	ck_assert_ptr_eq(userdata, &remote);
	remote.providers--;
}

static const struct provider_transport transport = {
	.open = remote_open,
	.close = remote_close,
	.certificate = remote_certificate,
	.sign = remote_sign,
	.done = remote_done,
};

static int on_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
	const OSSL_DISPATCH **out, void **context)
{
	const struct provider_core core = {handle, in};

	remote.providers++;
	return provider_init(&core, &transport, &remote, out, context);
}

/* --- a program that uses it --- */

static OSSL_LIB_CTX *libctx;
static OSSL_PROVIDER *usual;
static OSSL_PROVIDER *ours;

static struct identity make_identity(enum pki_key key)
{
	const struct pki_cert *ca =
		pki_make(&(struct pki_spec){.cn = "CA", .ca = true}, NULL);
	const struct pki_cert *leaf =
		pki_make(&(struct pki_spec){.cn = MAC, .key = key}, ca);

	return identity_of(joined(certificate_pem(leaf), key_pem(leaf),
				   certificate_pem(ca)),
		IDENTITY_BUILT_IN);
}

static void setup(void)
{
	memset(&remote, 0, sizeof(remote));
	remote.identity = make_identity(PKI_P256);
	libctx = OSSL_LIB_CTX_new();
	ck_assert_int_eq(
		OSSL_PROVIDER_add_builtin(libctx, PROVIDER_NAME, on_init), 1);
	usual = OSSL_PROVIDER_load(libctx, "default");
	ours = OSSL_PROVIDER_load(libctx, PROVIDER_NAME);
	ck_assert(usual && ours);
	ck_assert_int_eq(OSSL_PROVIDER_self_test(ours), 1);
}

/* Instead of the usual one on P-256. */
static void use_rsa(void)
{
	identity_done(&remote.identity);
	remote.identity = make_identity(PKI_RSA_2048);
}

static void teardown(void)
{
	OSSL_PROVIDER_unload(ours);
	OSSL_PROVIDER_unload(usual);
	OSSL_LIB_CTX_free(libctx);
	ck_assert_int_eq(remote.keys, 0);
	ck_assert_int_eq(remote.providers, 0);
	identity_done(&remote.identity);
	identity_done(&remote.other);
	identity_fixture_done();
	ERR_clear_error();
}

/* What a store has for a URI; the caller frees the key. */
static EVP_PKEY *open_uri(const char *uri, size_t *ret_certificates)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open_ex(
		uri, libctx, NULL, NULL, NULL, NULL, NULL, NULL);
	EVP_PKEY *key = NULL;

	*ret_certificates = 0;
	while (store && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info &&
			OSSL_STORE_INFO_get_type(info) ==
				OSSL_STORE_INFO_PKEY) {
			EVP_PKEY_free(key);
			key = OSSL_STORE_INFO_get1_PKEY(info);
		} else if (info &&
			OSSL_STORE_INFO_get_type(info) ==
				OSSL_STORE_INFO_CERT) {
			(*ret_certificates)++;
		}
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return key;
}

static EVP_PKEY *open_key(void)
{
	size_t certificates = 0;
	EVP_PKEY *key = open_uri("certprov:client", &certificates);

	ck_assert_ptr_nonnull(key);
	return key;
}

static EVP_PKEY *read_key(const char *text)
{
	BIO *file = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey_ex(
		file, NULL, NULL, NULL, libctx, NULL);

	BIO_free(file);
	return key;
}

/* Is this among the errors? Forgets them. */
static bool failed_with(const char *text)
{
	bool found = false;
	char line[512];
	unsigned long error = 0;
	const char *data = NULL;
	int flags = 0;

	while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags))) {
		ERR_error_string_n(error, line, sizeof(line));
		found = found || strstr(line, text) || strstr(data, text);
	}
	return found;
}

/* Sign a message, in the way of TLS; -1 when that fails, else the length. */
static int sign_with(EVP_PKEY *key, const char *hash, int padding,
	unsigned char *signature, size_t room)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options = NULL;
	size_t len = room;
	bool good = EVP_DigestSignInit_ex(context, &options, hash, libctx, NULL,
			    key, NULL) == 1;

	if (good && padding)
		good = EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1;
	if (good && padding == RSA_PKCS1_PSS_PADDING)
		good = EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       options, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good &&
		EVP_DigestSign(context, signature, &len,
			(const unsigned char *)"message", 7) == 1;
	EVP_MD_CTX_free(context);
	return good ? (int)len : -1;
}

static bool verifies(
	const char *hash, int padding, const unsigned char *signature, int len)
{
	EVP_PKEY *public = X509_get_pubkey(remote.identity.chain[0]->x509);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *options = NULL;
	bool good = len > 0 &&
		EVP_DigestVerifyInit_ex(
			context, &options, hash, NULL, NULL, public, NULL) == 1;

	if (good && padding)
		good = EVP_PKEY_CTX_set_rsa_padding(options, padding) == 1;
	if (good && padding == RSA_PKCS1_PSS_PADDING)
		good = EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       options, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good &&
		EVP_DigestVerify(context, signature, (size_t)len,
			(const unsigned char *)"message", 7) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public);
	return good;
}

/* --- keys --- */

/* As a program has it: read by OpenSSL alone. */
static int is_key_of(const struct certificate *c, const EVP_PKEY *key)
{
	const unsigned char *p = c->der.data;
	X509 *x509 = d2i_X509(NULL, &p, (long)c->der.len);
	int is = X509_check_private_key(x509, key);

	X509_free(x509);
	return is;
}

START_TEST(a_uri_has_the_key_and_then_the_chain)
{
	size_t certificates = 0;
	EVP_PKEY *key = open_uri("certprov:client", &certificates);

	ck_assert_ptr_nonnull(key);
	ck_assert_uint_eq(certificates, 2);
	ck_assert_int_eq(is_key_of(remote.identity.chain[0], key), 1);
	ck_assert_int_eq(is_key_of(remote.identity.chain[1], key), 0);
	ck_assert_int_eq(EVP_PKEY_get_bits(key), 256);
	EVP_PKEY_free(key);
}
END_TEST

static const char *const no_uris[] = {"certprov:", "certprov:web-server",
	"certprov:Client", "certprov:../client", "certprov:client?",
	"certprov:a-name-that-is-longer-than-any-role-has"};

START_TEST(another_uri_has_nothing)
{
	size_t certificates = 0;

	ck_assert_ptr_null(open_uri(no_uris[_i], &certificates));
	ck_assert_uint_eq(certificates, 0);
}
END_TEST

#define NAMES_CLIENT                                                           \
	"-----BEGIN CERTPROV KEY-----\n"                                       \
	"Y2VydHByb3Y6Y2xpZW50\n"                                               \
	"-----END CERTPROV KEY-----\n"

START_TEST(a_file_that_names_the_key_is_read_as_it)
{
	EVP_PKEY *key = read_key("a comment\n" NAMES_CLIENT);

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(is_key_of(remote.identity.chain[0], key), 1);
	EVP_PKEY_free(key);
}
END_TEST

/* At once: programs differ in how often they try the rest of a file. */
START_TEST(the_certificate_may_stand_before_it)
{
	const struct pki_cert *other =
		pki_make(&(struct pki_spec){.cn = "other"}, NULL);
	BIO *file = BIO_new_mem_buf(
		joined(certificate_pem(other), NAMES_CLIENT, ""), -1);
	EVP_PKEY *key = NULL;
	OSSL_DECODER_CTX *decoder = OSSL_DECODER_CTX_new_for_pkey(
		&key, "PEM", NULL, NULL, EVP_PKEY_KEYPAIR, libctx, NULL);

	ck_assert_int_eq(OSSL_DECODER_from_bio(decoder, file), 1);
	ck_assert_ptr_nonnull(key);
	EVP_PKEY_free(key);
	OSSL_DECODER_CTX_free(decoder);
	BIO_free(file);
}
END_TEST

START_TEST(a_file_with_a_key_in_it_is_read_as_ever)
{
	const struct pki_cert *other =
		pki_make(&(struct pki_spec){.cn = "other"}, NULL);
	EVP_PKEY *key = read_key(key_pem(other));

	ck_assert_ptr_nonnull(key);
	ck_assert_int_eq(EVP_PKEY_eq(key, other->key), 1);
	EVP_PKEY_free(key);
}
END_TEST

static const char *const no_files[] = {
	"-----BEGIN CERTPROV KEY-----\nY2VydHByb3Y6\n"
	"-----END CERTPROV KEY-----\n",
	"-----BEGIN CERTPROV KEY-----\nY2VydHByb3Y6Y2xpZW50\n",
	"-----BEGIN CERTPROV KEY-----\n-----END CERTPROV KEY-----\n",
	"-----BEGIN CERTPROV KEY-----\n!\n-----END CERTPROV KEY-----\n",
	"-----BEGIN CERTPROV KEYS-----\nY2VydHByb3Y6Y2xpZW50\n"
	"-----END CERTPROV KEYS-----\n",
	/* "file:client" */
	"-----BEGIN CERTPROV KEY-----\nZmlsZTpjbGllbnQ=\n"
	"-----END CERTPROV KEY-----\n",
};

START_TEST(what_names_no_key_is_none)
{
	ck_assert_ptr_null(read_key(no_files[_i]));
}
END_TEST

START_TEST(the_private_part_goes_nowhere)
{
	EVP_PKEY *key = open_key();
	BIO *file = BIO_new(BIO_s_mem());
	OSSL_PARAM *params = NULL;
	BIGNUM *number = NULL;

	ck_assert_int_ne(
		PEM_write_bio_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL),
		1);
	ck_assert_int_ne(
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number),
		1);
	ck_assert_int_ne(EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params), 1);
	ck_assert_int_eq(EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &params), 1);
	OSSL_PARAM_free(params);
	BIO_free(file);
	EVP_PKEY_free(key);
}
END_TEST

/* --- signing --- */

static const char *const hashes[] = {"SHA256", "SHA384", "SHA512"};

START_TEST(a_signature_by_ec_is_good)
{
	EVP_PKEY *key = open_key();
	unsigned char signature[512];
	int len = sign_with(key, hashes[_i], 0, signature, sizeof(signature));

	ck_assert(verifies(hashes[_i], 0, signature, len));
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_signature_by_rsa_is_good)
{
	static const int paddings[] = {
		RSA_PKCS1_PADDING, RSA_PKCS1_PSS_PADDING};
	EVP_PKEY *key = NULL;
	unsigned char signature[512];

	use_rsa();
	key = open_key();
	for (size_t p = 0; p < ARRAY_SIZE(paddings); p++) {
		int len = sign_with(key, hashes[_i], paddings[p], signature,
			sizeof(signature));

		ck_assert(verifies(hashes[_i], paddings[p], signature, len));
		ck_assert(!verifies(hashes[_i], paddings[!p], signature, len));
	}
	EVP_PKEY_free(key);
}
END_TEST

static const struct {
	const char *hash;
	int padding;
	const char *why;
} no_schemes[] = {
	{"SHA1", RSA_PKCS1_PADDING, "cannot be used with this scheme"},
	{"SHA224", RSA_PKCS1_PADDING, "SHA2-224"},
	{"SHA3-256", RSA_PKCS1_PSS_PADDING, "cannot be used with this scheme"},
	{"SHA256", RSA_X931_PADDING, "RSA padding"},
	{"SHA256", RSA_NO_PADDING, "RSA padding"},
};

START_TEST(another_scheme_is_refused_with_its_name)
{
	EVP_PKEY *key = NULL;
	unsigned char signature[512];

	use_rsa();
	key = open_key();
	ck_assert_int_eq(
		sign_with(key, no_schemes[_i].hash, no_schemes[_i].padding,
			signature, sizeof(signature)),
		-1);
	ck_assert(failed_with(no_schemes[_i].why));
	ck_assert_int_eq(remote.signatures, 0);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(without_room_nothing_is_written)
{
	EVP_PKEY *key = NULL;
	unsigned char signature[512] = {0};

	use_rsa();
	key = open_key();
	ck_assert_int_eq(
		sign_with(key, "SHA256", RSA_PKCS1_PADDING, signature, 255),
		-1);
	ck_assert_uint_eq(signature[0], 0);
	ck_assert_int_eq(
		sign_with(key, "SHA256", RSA_PKCS1_PADDING, signature, 256),
		256);
	EVP_PKEY_free(key);
}
END_TEST

/* --- what goes wrong --- */

static const struct {
	int error;
	const char *text;
	const char *signing; /* NULL: the same */
} errors[] = {
	{-ENOTCONN, "certprovd cannot be reached", NULL},
	{-ECONNRESET, "certprovd cannot be reached", NULL},
	{-EACCES, "Permission denied", NULL},
	{-ENODATA, "the phone has no such identity", NULL},
	{-EBUSY, "has reached a limit", NULL},
	{-ETIMEDOUT, "did not answer in time", NULL},
	{-EPROTONOSUPPORT, "cannot be used with this scheme",
		"has another key now"},
	{-EIO, "could not do it", NULL},
};

START_TEST(a_key_that_cannot_be_opened_says_why)
{
	size_t certificates = 0;

	remote.open_error = errors[_i].error;
	ck_assert_ptr_null(open_uri("certprov:client", &certificates));
	ck_assert(failed_with(errors[_i].text));
	ck_assert_ptr_null(read_key(NAMES_CLIENT));
	ck_assert(failed_with(errors[_i].text));
}
END_TEST

START_TEST(a_signature_that_is_not_made_says_why)
{
	EVP_PKEY *key = open_key();
	unsigned char signature[512];

	remote.sign_error = errors[_i].error;
	ck_assert_int_eq(
		sign_with(key, "SHA256", 0, signature, sizeof(signature)), -1);
	ck_assert(failed_with(
		errors[_i].signing ? errors[_i].signing : errors[_i].text));
	remote.sign_error = 0;
	ck_assert(verifies("SHA256", 0, signature,
		sign_with(key, "SHA256", 0, signature, sizeof(signature))));
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(a_signature_by_another_key_is_not_passed_on)
{
	EVP_PKEY *key = open_key();
	unsigned char signature[512];

	remote.other = make_identity(PKI_P256);
	remote.other_key = true;
	ck_assert_int_eq(
		sign_with(key, "SHA256", 0, signature, sizeof(signature)), -1);
	ck_assert(failed_with("the phone has another key now"));
	EVP_PKEY_free(key);
}
END_TEST

/* --- threads --- */

static void *sign_in_thread(void *userdata)
{
	unsigned char signature[512];
	size_t good = 0;

	for (unsigned i = 0; i < SIGNATURES_EACH; i++)
		good += sign_with(userdata, "SHA256", 0, signature,
				sizeof(signature)) > 0;
	return good == SIGNATURES_EACH ? userdata : NULL;
}

START_TEST(threads_share_a_key_and_have_it_in_turn)
{
	EVP_PKEY *key = open_key();
	pthread_t threads[THREADS];
	void *result = NULL;

	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, sign_in_thread, key),
			0);
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, key);
	}
	ck_assert_int_eq(remote.signatures, ALL_SIGNATURES);
	ck_assert_int_eq(remote.most_at_once, 1);
	EVP_PKEY_free(key);
}
END_TEST

TCase *provider_tests(void);

TCase *provider_tests(void)
{
	TCase *tc = tcase_create("provider");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_uri_has_the_key_and_then_the_chain);
	tcase_add_loop_test(
		tc, another_uri_has_nothing, 0, ARRAY_SIZE(no_uris));
	tcase_add_test(tc, a_file_that_names_the_key_is_read_as_it);
	tcase_add_test(tc, the_certificate_may_stand_before_it);
	tcase_add_test(tc, a_file_with_a_key_in_it_is_read_as_ever);
	tcase_add_loop_test(
		tc, what_names_no_key_is_none, 0, ARRAY_SIZE(no_files));
	tcase_add_test(tc, the_private_part_goes_nowhere);
	tcase_add_loop_test(
		tc, a_signature_by_ec_is_good, 0, ARRAY_SIZE(hashes));
	tcase_add_loop_test(tc, a_key_that_cannot_be_opened_says_why, 0,
		ARRAY_SIZE(errors));
	tcase_add_loop_test(tc, a_signature_that_is_not_made_says_why, 0,
		ARRAY_SIZE(errors));
	tcase_add_test(tc, a_signature_by_another_key_is_not_passed_on);
	tcase_add_test(tc, threads_share_a_key_and_have_it_in_turn);
	tcase_add_loop_test(
		tc, a_signature_by_rsa_is_good, 0, ARRAY_SIZE(hashes));
	tcase_add_loop_test(tc, another_scheme_is_refused_with_its_name, 0,
		ARRAY_SIZE(no_schemes));
	tcase_add_test(tc, without_room_nothing_is_written);
	return tc;
}
