/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/lib/x509/made.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

static EVP_PKEY *make_key(const char *type)
{
	if (!type || strcmp(type, "EC") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	if (strcmp(type, "RSA") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	return EVP_PKEY_Q_keygen(NULL, NULL, type);
}

static void add_extensions(X509 *x509, const struct made *what)
{
	for (size_t i = 0; i < MADE_MAX_EXTENSIONS && what->extensions[i][0];
		i++) {
		X509_EXTENSION *e = X509V3_EXT_conf(NULL, NULL,
			what->extensions[i][0], what->extensions[i][1]);

		ck_assert_ptr_nonnull(e);
		ck_assert_int_eq(X509_add_ext(x509, e, -1), 1);
		X509_EXTENSION_free(e);
	}
}

static void add_name(X509 *x509, const struct made *what)
{
	X509_NAME *name = X509_get_subject_name(x509);

	if (what->common_name)
		ck_assert_int_eq(
			X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				(const unsigned char *)what->common_name, -1,
				-1, 0),
			1);
	ck_assert_int_eq(X509_set_issuer_name(x509, name), 1);
}

X509 *make_x509(const struct made *what, EVP_PKEY **ret_key)
{
	X509 *x509 = X509_new();
	EVP_PKEY *key = make_key(what->key);
	bool own_digest = what->key && strcmp(what->key, "ED25519") == 0;

	ck_assert(x509 && key);
	ck_assert_int_eq(
		X509_set_version(x509,
			what->version < 0 ? X509_VERSION_1 : X509_VERSION_3),
		1);
	ck_assert_int_eq(
		ASN1_INTEGER_set(X509_get_serialNumber(x509), 0x1234ab), 1);
	add_name(x509, what);
	ck_assert(ASN1_TIME_set_string(
		X509_getm_notBefore(x509), "20200101000000Z"));
	ck_assert(ASN1_TIME_set_string(X509_getm_notAfter(x509),
		what->not_after ? what->not_after : "20500101000000Z"));
	ck_assert_int_eq(X509_set_pubkey(x509, key), 1);
	add_extensions(x509, what);
	ck_assert_int_gt(
		X509_sign(x509, key, own_digest ? NULL : EVP_sha256()), 0);
	if (ret_key)
		*ret_key = key;
	else
		EVP_PKEY_free(key);
	return x509;
}

void make_der(const struct made *what, struct bytes *ret)
{
	X509 *x509 = make_x509(what, NULL);
	unsigned char *der = NULL;
	int n = i2d_X509(x509, &der);

	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(bytes_copy(der, (size_t)n, ret), 0);
	OPENSSL_free(der);
	X509_free(x509);
}
