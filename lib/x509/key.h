/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of key a certificate has, and what a signature by it costs: read
 * from its bytes, before anything decodes it. Decoding and verifying with
 * what nobody uses (a binary curve, a curve spelt out, DSA) can cost a
 * hundred times what a usual key does, and whoever sends it need not own it.
 */
#ifndef CERTPROV_KEY_H
#define CERTPROV_KEY_H

#include <stdbool.h>

#include "lib/base/der.h"

enum key_type {
	KEY_RSA,
	KEY_RSA_PSS,
	KEY_EC,
	KEY_ED25519,
	KEY_ED448,
	KEY_DSA,
	KEY_OTHER, /* not to be read */
	KEY__END
};
const char *key_type_name(enum key_type type);

/* OpenSSL verifies nothing above. */
#define KEY_RSA_MOST_BITS 16384
/* What is taken from a peer unless it is configured. */
#define KEY_RSA_MAX_BITS 4096
#define KEY_RSA_MAX_EXPONENT_BITS 64

/* A value. Zeroed is no key. */
struct public_key {
	enum key_type type;
	unsigned bits;          /* of the modulus or the curve; 0: unknown */
	unsigned exponent_bits; /* of RSA */
	bool compressed;        /* half a point: the other has to be found */
	/*
	 * Of a kind that verdicts use: RSA, Ed25519, Ed448, and of the curves
	 * P-256, P-384 and P-521, by name. Keys of all others are never
	 * decoded.
	 */
	bool used;
};

/* Read a SubjectPublicKeyInfo; KEY_OTHER when it is not one. */
void key_read(struct span spki, struct public_key *ret);

/* Too weak to count: RSA below 1024, EC below 224 bits. */
bool key_is_weak(const struct public_key *key);
/* Good for now: RSA below 2048, EC below 256 bits. */
bool key_is_short(const struct public_key *key);
/* Used at all, and not beyond what is allowed of RSA; 0 bits: the default. */
bool key_is_supported(const struct public_key *key, unsigned rsa_max_bits);

/*
 * What a signature by a used key costs to verify, in the units of lib/verify
 * (struct verify_work). Measured with OpenSSL 3.0 on x86-64; on processors
 * without its assembler P-256 costs more, but so does RSA.
 */
unsigned key_cost(const struct public_key *key);
/* And what it costs to decode one beyond what every certificate does. */
unsigned key_decode_cost(const struct public_key *key);

#endif
