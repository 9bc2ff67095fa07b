/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One public key has several encodings, each with a fingerprint of its own: a
 * point compressed or not, an RSA key with or without a NULL, or with the
 * identifier of RSASSA-PSS. A refusal of one of them by its fingerprint must
 * cover the others. Decides nothing.
 */
#ifndef CERTPROV_KEY_FORMS_H
#define CERTPROV_KEY_FORMS_H

#include <openssl/evp.h>

#include "lib/base/der.h"
#include "lib/base/sha256-size.h"

/* Elliptic curves: uncompressed, compressed, hybrid. RSA: with a NULL,
 * without, and RSASSA-PSS without parameters; its parameters are too many. */
#define KEY_FORMS_MAX 3

/* Is it in the usual form, in DER down to the numbers of RSA? Most keys are. */
bool key_is_usual(struct span spki);

/*
 * The fingerprint by which keys are compared: of the usual form, whatever form
 * this SubjectPublicKeyInfo has. Digest is that of its bytes as they are. The
 * key is what OpenSSL decoded from it; with NULL most keys equal only the same
 * encoding. 0, -ENOMEM, -EIO.
 */
int key_fingerprint(struct span spki, const uint8_t digest[SHA256_BYTES],
	const EVP_PKEY *key, uint8_t ret[SHA256_BYTES]);
/* Of every form; the usual one first. Returns how many, -ENOMEM, -EIO. */
int key_fingerprints(struct span spki, const EVP_PKEY *key,
	uint8_t ret[KEY_FORMS_MAX][SHA256_BYTES]);

#endif
