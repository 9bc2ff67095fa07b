/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads certificates and one private key from PEM as real files have it: in any
 * order, line ends lost, written as \n, or replaced by blanks. The text may
 * come from a document, so that everything in it is bounded. The memory that
 * held the key is wiped.
 */
#ifndef CERTPROV_IDENTITY_PEM_H
#define CERTPROV_IDENTITY_PEM_H

#include <openssl/evp.h>

#include "lib/base/macros.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/certificate.h"

/* Certificates of one identity, the leaf included. */
#define IDENTITY_MAX_CHAIN 8

/* A chain of eight RSA certificates and a key has some 16 KiB. */
#define IDENTITY_PEM_MAX_BYTES ((size_t)64 * 1024)
#define IDENTITY_KEY_MAX_BYTES ((size_t)16 * 1024)

/* What is wrong, where: the facts of a sentence. Constant strings or NULL. */
struct identity_refusal {
	enum verdict verdict;
	int64_t line; /* of the text it stood in, from 1; 0: none */
	const char *detail;
	const char *convert;
};

/* Owned; in the order of the text. Zeroed is empty. */
struct identity_pem {
	struct certificate *certificates[IDENTITY_MAX_CHAIN];
	size_t count;
	EVP_PKEY *key;
	int64_t key_line;
};
void identity_pem_done(struct identity_pem *p);
DEFINE_CLEANUP_EMBEDDED(struct identity_pem, identity_pem_done);

/*
 * Add what a text holds to *pem, which may have the contents of another file
 * already. 0 with ret_refusal->verdict VERDICT__END, or the refusal: TOO_LARGE,
 * IDENTITY_KEY_ENCRYPTED, IDENTITY_KEY_DAMAGED, IDENTITY_PEM_DAMAGED,
 * IDENTITY_TOO_MANY, or what decoding said of a certificate; -ENOMEM, -EIO.
 */
int identity_pem_read(const char *text, size_t len, struct identity_pem *pem,
	struct identity_refusal *ret_refusal);

#endif
