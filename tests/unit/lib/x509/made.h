/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates made in the test's own process: one key a call, signed by
 * itself. For what a chain needs, see tests/pki.
 */
#ifndef CERTPROV_TESTS_MADE_H
#define CERTPROV_TESTS_MADE_H

#include <openssl/x509.h>

struct bytes;

#define MADE_MAX_EXTENSIONS 8

struct made {
	const char *key;         /* "EC" (P-256) if NULL, or "RSA", "ED25519" */
	const char *common_name; /* bytes; NULL for an empty subject */
	int version;             /* X509_VERSION_3 if 0; -1 for version 1 */
	const char *not_after;   /* "20500101000000Z" if NULL */
	/* name and value as in an OpenSSL configuration, up to a NULL */
	const char *extensions[MADE_MAX_EXTENSIONS][2];
};

/* Aborts the test when OpenSSL cannot. The caller frees. */
X509 *make_x509(const struct made *what, EVP_PKEY **ret_key);
void make_der(const struct made *what, struct bytes *ret);

#endif
