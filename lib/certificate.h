/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One X.509 certificate: DER in, facts out. Decides nothing about trust; the
 * strict reading (exactly one certificate, exactly DER) is lib/intake.
 */
#ifndef CERTPROV_CERTIFICATE_H
#define CERTPROV_CERTIFICATE_H

#include <openssl/x509.h>

#include "lib/util.h"
#include "lib/verdict.h"

#define CERTIFICATE_MAX_BYTES ((size_t)64 * 1024)
/* Names shown of one certificate; more are counted, not kept. */
#define CERTIFICATE_MAX_NAMES 64

enum key_type {
	KEY_RSA,
	KEY_RSA_PSS,
	KEY_EC,
	KEY_ED25519,
	KEY_ED448,
	KEY_DSA,
	KEY_OTHER, /* cannot be decoded, or not used for TLS (SM2, explicit
		      curve parameters, RSA with an exponent above 64 bits) */
	KEY__END
};
const char *key_type_name(enum key_type type);

/* What keys of a type are good for: below weak_bits they are refused, below
 * short_bits warned of, above most_bits not used. */
struct key_rule {
	bool supported;
	unsigned weak_bits;
	unsigned short_bits;
	unsigned most_bits;
};
const struct key_rule *key_rule_get(enum key_type type); /* never NULL */

/* Read-only after decoding; shared by reference. */
struct certificate {
	unsigned references;
	X509 *x509;
	struct bytes der;
	uint8_t sha256[SHA256_BYTES];
	char sha256_hex[SHA256_HEX_SIZE];
	uint8_t spki_sha256[SHA256_BYTES]; /* of SubjectPublicKeyInfo in DER */
	/* Of the names in canonical form (lib/outline). */
	uint8_t subject_sha256[SHA256_BYTES];
	uint8_t issuer_sha256[SHA256_BYTES];
	char *subject; /* RFC 2253 text in UTF-8, controls escaped, bounded */
	char *issuer;
	char *serial;       /* lower-case hex */
	int64_t not_before; /* seconds since the epoch */
	int64_t not_after;
	enum key_type key_type;
	unsigned key_bits;
	bool version_1;
	bool ca;          /* basicConstraints CA; never for version 1 */
	bool self_issued; /* subject equals issuer */
	bool tls_server;  /* key usage and extended key usage permit it */
	bool invalid_extension;
	char **names; /* "DNS:..", "IP:..", "URI:..", "CN:.." without DNS */
	size_t name_count;
	size_t names_left_out;
};

/*
 * Decode for facts, accepting what OpenSSL accepts and nothing behind it.
 * Returns 0 and a new reference, or 0 with *ret NULL and why in *ret_verdict
 * (TOO_LARGE, NOT_DER, MALFORMED, TRAILING_DATA, NOT_CANONICAL), or -ENOMEM,
 * or -EIO when OpenSSL could not even make a digest.
 * A date that is not of RFC 5280 4.1.2.5 is MALFORMED: no path with it ever
 * verifies. BER around what is signed is NOT_CANONICAL: it would have another
 * fingerprint than the certificate that was issued. Leaves OpenSSL's queue of
 * errors empty.
 */
int certificate_decode(const void *der, size_t len, struct certificate **ret,
	enum verdict *ret_verdict);
struct certificate *certificate_ref(struct certificate *c);
struct certificate *certificate_free(struct certificate *c); /* NULL is fine */
DEFINE_CLEANUP(struct certificate, certificate_free);

/* "DNS:a, IP:1.2.3.4 and 3 more" in new memory; "no names" when none. */
int certificate_names_text(const struct certificate *c, char **ret);

#endif
