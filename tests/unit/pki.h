/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates made in the test that needs them. Everything not said in the
 * specification is what a well-made certificate has; keys are P-256, because
 * they cost nothing. Whatever cannot be made fails the test. What was made
 * lives until pki_free_all, which belongs into the fixture's teardown.
 *
 *	const struct pki_cert *ca = pki_make(&(struct pki_spec){
 *		.cn = "Root", .ca = true}, NULL);
 *	const struct pki_cert *leaf = pki_make(&(struct pki_spec){
 *		.cn = "pbx", .san = "DNS:pbx.example.com"}, ca);
 */
#ifndef CERTPROV_TESTS_PKI_H
#define CERTPROV_TESTS_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

#include "lib/base/bytes.h"
#include "lib/base/sha256-size.h"

/* The clock of the tests, 2026-05-28; certificates are valid from a year
 * before to a year after it unless they say otherwise. */
#define PKI_NOW 1780000000LL
#define PKI_DAY 86400LL
#define PKI_YEAR (365 * PKI_DAY)

enum pki_key {
	PKI_P256,
	PKI_P192,
	PKI_P384,
	PKI_P521,
	PKI_SECT571, /* a binary curve */
	PKI_BRAINPOOL,
	PKI_P256_SPELT_OUT, /* by its parameters */
	PKI_RSA_512,
	PKI_RSA_1024,
	PKI_RSA_2048,
	PKI_RSA_LONG_EXPONENT,
	PKI_RSA_16384, /* a random odd modulus: signs nothing */
	PKI_DSA,
	PKI_ED25519,
	PKI_ED448,
	PKI_X25519, /* signs nothing */
};

/* Other ways to write the same public key. */
enum pki_form {
	PKI_FORM_USUAL,
	PKI_FORM_COMPRESSED,
	PKI_FORM_HYBRID,
	PKI_FORM_WITHOUT_NULL, /* RSA */
	PKI_FORM_PSS,
};

struct pki_cert {
	X509 *x509;
	EVP_PKEY *key;
	struct bytes der;
	uint8_t sha256[SHA256_BYTES];
	uint8_t spki_sha256[SHA256_BYTES];
};

/* An extension as in openssl.cnf: {"nameConstraints", "critical,DNS:.."},
 * also {"1.2.3.4", "critical,DER:0500"}. */
struct pki_extension {
	const char *name;
	const char *value;
};

struct pki_spec {
	const char *cn; /* NULL: an empty subject */
	const char *organisation;
	enum pki_key key;
	const struct pki_cert *same_key; /* not a new key, but this one's */
	enum pki_form form;
	bool empty_rdn; /* before the others of its subject */
	bool ca;
	int path_length; /* n + 1; 0: none */
	bool version_1;  /* no extensions at all */
	bool no_key_ids;
	bool no_key_usage;
	bool no_basic_constraints;
	const char *san;              /* "DNS:a,IP:192.0.2.1,URI:sip:a" */
	const char *name_constraints; /* "permitted;DNS:a,excluded;DNS:b" */
	const char *key_usage;        /* instead of the usual */
	const char *eku;              /* "serverAuth"; NULL: none */
	struct pki_extension extra[4];
	int64_t not_before; /* 0: PKI_NOW - PKI_YEAR */
	int64_t not_after;  /* 0: PKI_NOW + PKI_YEAR */
	const char *digest; /* "SHA256" unless said; "" for Ed25519, Ed448 */
	bool bad_signature; /* one bit turned */
};

/* Before the first test: RSA and DSA keys, the same for each of them; none has
 * one of them twice. */
void pki_make_slow_keys(void);
/* Issuer NULL: self-signed. Borrowed, never NULL. */
const struct pki_cert *pki_make(
	const struct pki_spec *spec, const struct pki_cert *issuer);
void pki_free_all(void);
/* The same certificate with the ECDSA signature (r, n - s), by OpenSSL alone:
 * valid, with another fingerprint. To be freed by bytes_done. */
struct bytes pki_other_form(
	const struct pki_cert *c, const struct pki_cert *issuer);
/* UTCTime or GeneralizedTime, as RFC 5280 wants it. */
void pki_set_time(ASN1_TIME *time, int64_t seconds);

/* The two that most tests begin with. */
const struct pki_cert *pki_root(const char *cn);
const struct pki_cert *pki_leaf(const char *san, const struct pki_cert *issuer);

#endif
