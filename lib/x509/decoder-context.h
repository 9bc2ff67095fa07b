/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL library contexts that certificates are decoded in, and that their
 * signatures are checked in. For every public key OpenSSL goes through all
 * decoders, key types and names of a context, which costs more than verifying.
 * So a context for decoding has only one key type that verifies anything
 * (key.h), or the rare ones together, and hardly anything else; those of RSA
 * and of elliptic curves check signatures, too. Those of the rare ones, and of
 * RSA with rare digests, are checked in one that is the default provider as it
 * is. What they do not know is a key of no use, as before.
 *
 * They read no openssl.cnf: a provider or an engine named there is not asked
 * for the public keys of certificates, and properties set there do not apply to
 * them. Everything else of the process (TLS, private keys, and digests but
 * where digest_look_up_in() says so) stays in OpenSSL's own context. Where that
 * one is set up for FIPS, or has no default provider, certificates are decoded
 * in it too, and these are not made: such a configuration holds for them as
 * well.
 */
#ifndef CERTPROV_DECODER_CONTEXT_H
#define CERTPROV_DECODER_CONTEXT_H

#include <openssl/crypto.h>

#include "lib/x509/key.h"

/*
 * For keys of this type. Each is made once in a process, for the first who asks
 * (some 30 KiB, half a millisecond), and kept; any number of threads may use
 * them. NULL, which is OpenSSL's own context, where the configuration wants
 * that and when it cannot be made: then every decoder is tried, the keys that
 * are used are the same.
 */
OSSL_LIB_CTX *decoder_context(enum key_type type);
/* The same for signatures by such keys over such a digest: a NID of OpenSSL's,
 * NID_undef where the signature does not name one. */
OSSL_LIB_CTX *decoder_context_of_signatures(enum key_type issuer, int digest);
/* The one that is the default provider as it is. */
OSSL_LIB_CTX *decoder_context_of_all(void);

/* One that decodes no key at all: for certificates whose keys are not used, or
 * are put in afterwards (placed-key.h). */
OSSL_LIB_CTX *decoder_context_without_keys(void);

/* Why decoder_context() is NULL, for a log: a constant; NULL when it is not. */
const char *decoder_context_why_not(void);

#endif
