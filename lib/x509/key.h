/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of key a certificate has, and what verifying with it costs: read
 * from its bytes before anything is decoded. An unusual key (on a binary curve,
 * with explicit curve parameters, DSA) can cost a hundred times as much as a
 * usual one, and its sender need not have the private key.
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
	KEY_OTHER, /* cannot be read */
	KEY__END
};
const char *key_type_name(enum key_type type);

/* OpenSSL does not verify with longer keys. */
#define KEY_RSA_LIMIT_BITS 16384
/* The longest that is accepted, unless configured. */
#define KEY_RSA_MAX_BITS 4096
#define KEY_RSA_MAX_EXPONENT_BITS 64

/* A value. Zeroed is no key. */
struct public_key {
	enum key_type type;
	unsigned bits;          /* of the modulus or the curve; 0: unknown */
	unsigned exponent_bits; /* of RSA */
	bool compressed;        /* the y of the point has to be computed */
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
/* Accepted with a warning: RSA below 2048, EC below 256 bits. */
bool key_is_short(const struct public_key *key);
/* Used at all, and no longer than an RSA key may be; 0 bits: the default. */
bool key_is_supported(const struct public_key *key, unsigned rsa_max_bits);

/*
 * What it costs to verify a signature by a used key, in the units of
 * struct verify_work. Measured with OpenSSL 3.0 on x86-64; without its
 * assembler P-256 costs more, but so does RSA.
 */
unsigned key_cost(const struct public_key *key);
/* What it costs to decode one, beyond what every certificate costs. */
unsigned key_decode_cost(const struct public_key *key);

#endif
