/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-request.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "lib/identity/identity-check.h"

#define RSA_BITS ((size_t)2048)

static void request_free_at_end(X509_REQ **request)
{
	X509_REQ_free(*request);
}

static void request_bio_free_at_end(BIO **bio)
{
	BIO_free(*bio);
}

int identity_new_key(const char *type, EVP_PKEY **ret)
{
	EVP_PKEY *key = NULL;

	if (strcmp(type, "rsa") == 0)
		key = EVP_RSA_gen(RSA_BITS);
	else if (strcmp(type, "ec") == 0)
		key = EVP_EC_gen("P-256");
	else
		return -EINVAL;
	ERR_clear_error();
	if (!key)
		return -EIO;
	*ret = key;
	return 0;
}

/* The subject is the CN alone, as in the factory's certificates; the CA adds
 * what else it wants. */
static bool request_fill(X509_REQ *request, EVP_PKEY *key, const char *mac)
{
	char upper[IDENTITY_MAC_SIZE] = "";
	X509_NAME *subject = X509_REQ_get_subject_name(request);

	for (size_t i = 0; i < sizeof(upper) - 1 && mac[i]; i++)
		upper[i] = (char)toupper((unsigned char)mac[i]);
	return X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
		X509_NAME_add_entry_by_NID(subject, NID_commonName,
			MBSTRING_ASC, (const unsigned char *)upper, -1, -1,
			0) == 1 &&
		X509_REQ_set_pubkey(request, key) == 1 &&
		X509_REQ_sign(request, key, EVP_sha256()) > 0;
}

int identity_request(EVP_PKEY *key, const char *mac, char **ret)
{
	__attribute__((cleanup(request_free_at_end))) X509_REQ *request =
		X509_REQ_new();
	__attribute__((cleanup(request_bio_free_at_end))) BIO *out =
		BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (!request || !out)
		return -ENOMEM;
	if (!request_fill(request, key, mac) ||
		PEM_write_bio_X509_REQ(out, request) != 1) {
		ERR_clear_error();
		return -EIO;
	}
	len = BIO_get_mem_data(out, &text);
	*ret = strndup(text, (size_t)len);
	return *ret ? 0 : -ENOMEM;
}
