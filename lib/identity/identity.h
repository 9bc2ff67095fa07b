/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate of the phone's own with its chain and private key. Made of what
 * was read (identity-pem.h); refused when the key is not the certificate's.
 * Never says whom to trust: a chain may be of a device CA that signs with SHA-1
 * and has 1024 bits, which no peer may.
 */
#ifndef CERTPROV_IDENTITY_H
#define CERTPROV_IDENTITY_H

#include "lib/identity/identity-pem.h"

/* Owned. Zeroed is none. */
struct identity {
	struct certificate *chain[IDENTITY_MAX_CHAIN]; /* leaf first */
	size_t count;
	EVP_PKEY *key;
	/* The last one is self-signed: nothing is missing above it. */
	bool complete;
	size_t left_over; /* certificates that were there and not of the chain
			   */
};
void identity_done(struct identity *i);
DEFINE_CLEANUP_EMBEDDED(struct identity, identity_done);

/* What an identity is for decides how weak its key may be. */
enum identity_use {
	IDENTITY_BUILT_IN, /* as the factory made it: RSA from 1024 bits */
	IDENTITY_CUSTOM,   /* RSA from 2048 bits, EC from 256 (RFC 9325 4.5) */
};

/*
 * Find the certificate of the key and order the others above it. 0 and the
 * identity, which takes from *pem what it needs; 0 with ret->count 0 and the
 * refusal: IDENTITY_CERTIFICATE_MISSING, IDENTITY_KEY_MISSING,
 * IDENTITY_KEY_MISMATCH, KEY_TOO_WEAK, KEY_UNSUPPORTED; or -ENOMEM.
 */
int identity_make(struct identity_pem *pem, enum identity_use use,
	struct identity *ret, struct identity_refusal *ret_refusal);

#endif
