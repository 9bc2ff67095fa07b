/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One X.509 certificate: DER in, facts out. Decides nothing about trust; the
 * strict reading (exactly one certificate, exactly DER) is decode.h.
 */
#ifndef CERTPROV_CERTIFICATE_H
#define CERTPROV_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdatomic.h>

#include "lib/base/bytes.h"
#include "lib/base/sha256-size.h"
#include "lib/verdict/verdict.h"
#include "lib/x509/key-forms.h"
#include "lib/x509/key.h"

#define CERTIFICATE_MAX_BYTES ((size_t)64 * 1024)
/* DER values: each costs OpenSSL memory and half a microsecond, however small
 * it is. A thousand names are a thousand parts. */
#define CERTIFICATE_MAX_PARTS 4096
/* OpenSSL searches all extensions a dozen times. */
#define CERTIFICATE_MAX_EXTENSIONS 64
/* Names that are kept; the others are only counted. */
#define CERTIFICATE_MAX_NAMES 64

/* What is told of it in words; few verdicts tell anything. */
enum certificate_text {
	CERTIFICATE_SUBJECT,
	CERTIFICATE_ISSUER,
	CERTIFICATE_SERIAL,
	CERTIFICATE_TEXTS,
};

/* Read-only after decoding, but for what is made later; shared by reference,
 * among threads as well. */
struct certificate {
	atomic_uint references;
	X509 *x509;
	struct bytes der;
	uint8_t sha256[SHA256_BYTES];
	char sha256_hex[SHA256_HEX_SIZE];
	uint8_t spki_sha256[SHA256_BYTES]; /* of SubjectPublicKeyInfo in DER */
	/* Of the key, whatever form it is encoded in (key-forms.h). */
	uint8_t key_sha256[SHA256_BYTES];
	/* Of the names in canonical form (name-digest.h). */
	uint8_t subject_sha256[SHA256_BYTES];
	uint8_t issuer_sha256[SHA256_BYTES];
	_Atomic(char *) texts[CERTIFICATE_TEXTS]; /* made when asked for */
	/* The key for signatures of what it issued, made by the first one. */
	_Atomic(EVP_PKEY *) verifying;
	int64_t not_before; /* seconds since the epoch */
	int64_t not_after;
	struct public_key key;
	unsigned parts; /* values of DER, CERTIFICATE_MAX_PARTS at most */
	bool version_1;
	bool ca;          /* basicConstraints CA; never for version 1 */
	bool self_issued; /* subject equals issuer */
	bool self_signed; /* and its key identifiers do not differ */
	bool tls_server;  /* key usage and extended key usage permit it */
	bool for_servers; /* no extended key usage, or one for TLS servers, SIP
			     domains or anything */
	bool invalid_extension;
	char **names; /* "DNS:..", "IP:..", "URI:..", "CN:.." without DNS */
	size_t name_count;
	size_t names_left_out;
	/* In the subjectAltName, of any kind; 0 without. */
	unsigned alternative_names;
};

/*
 * Decode for facts, accepting what OpenSSL accepts and nothing behind it.
 * Returns 0 and a new reference, or 0 with *ret NULL and why in *ret_verdict
 * (TOO_LARGE, NOT_DER, MALFORMED, TRAILING_DATA, NOT_CANONICAL), or -ENOMEM,
 * or -EIO when OpenSSL could not make a digest. TOO_LARGE also means too many
 * parts or extensions. A key of a kind we do not use is left out before OpenSSL
 * sees the certificate; all other facts are there. A date that is not in the
 * form of RFC 5280 4.1.2.5 is MALFORMED, because no path with it verifies. BER
 * outside the signed part is NOT_CANONICAL: the certificate that was issued has
 * another fingerprint. Leaves OpenSSL's queue of errors empty.
 */
int certificate_decode(const void *der, size_t len, struct certificate **ret,
	enum verdict *ret_verdict);
/*
 * The same for bytes that OpenSSL has decoded already, as libssl does with what
 * a peer sends: takes a reference instead of decoding again, unless the object
 * is not exactly these bytes, or its key is none that is used.
 */
int certificate_adopt(X509 *x509, const void *der, size_t len,
	struct certificate **ret, enum verdict *ret_verdict);
/* Is its signature good with the key of that one? Names, dates and rights are
 * not looked at. False also when that could not be found out. */
bool certificate_is_signed_by(
	const struct certificate *c, const struct certificate *issuer);
struct certificate *certificate_ref(struct certificate *c);
struct certificate *certificate_free(struct certificate *c); /* NULL is fine */
DEFINE_CLEANUP(struct certificate, certificate_free);

/*
 * RFC 2253 text in UTF-8, controls escaped, bounded; the serial number in
 * lower-case hex. Made by the first who asks, whatever the thread, and borrowed
 * from the certificate. Without memory they say so.
 */
const char *certificate_subject(const struct certificate *c);
const char *certificate_issuer(const struct certificate *c);
const char *certificate_serial(const struct certificate *c);
/* The subject for what is kept: 0 or -ENOMEM. */
int certificate_find_subject(const struct certificate *c, const char **ret);

/* ACCEPTED, KEY_TOO_WEAK or KEY_UNSUPPORTED. rsa_max_bits 0: the default. */
enum verdict certificate_judge_key(
	const struct certificate *c, unsigned rsa_max_bits);
/* What keeps it from issuing anything: "it is a version 1 certificate". Lives
 * forever; NULL when nothing does. */
const char *certificate_why_no_issuer(const struct certificate *c);
/* Its extended key usage: "clientAuth, 1.2.3 and 2 more", in new memory; *ret
 * stays NULL without one. 0 or -ENOMEM. */
int certificate_uses_text(const struct certificate *c, char **ret);
/* One of its constraints, in new memory: "keyUsage: Certificate Sign, CRL
 * Sign"; *ret stays NULL where there is none. which: below
 * CERTIFICATE_CONSTRAINTS. 0 or -ENOMEM. */
#define CERTIFICATE_CONSTRAINTS 4
#define CERTIFICATE_CONSTRAINT_MAX_BYTES 1000
int certificate_constraint_text(
	const struct certificate *c, size_t which, char **ret);
/* "rsa, 512 bits", in new memory. */
int certificate_key_text(const struct certificate *c, char **ret);

/* The fingerprints of its key in all its forms, the usual one first. Returns
 * how many, -ENOMEM or -EIO. */
int certificate_key_fingerprints(
	const struct certificate *c, uint8_t ret[KEY_FORMS_MAX][SHA256_BYTES]);

/* "DNS:a, IP:1.2.3.4 and 3 more" in new memory; "no names" when none. */
int certificate_names_text(const struct certificate *c, char **ret);

#endif
