/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL library context that certificates are decoded in, and that their
 * signatures are checked in. OpenSSL tries every decoder of a context for every
 * public key, which costs more than verifying; this one has those of the key
 * types that verify anything (key.h) and no other; all else is as in the
 * default provider. What it does not know is a key of no use, as before.
 *
 * It reads no openssl.cnf: a provider or an engine named there is not asked for
 * the public keys of certificates, and properties set there do not apply to
 * them. Everything else of the process (TLS, private keys, digests) stays in
 * OpenSSL's own context. Where that one is set up for FIPS, or has no default
 * provider, certificates are decoded in it too, and this one is not made: such
 * a configuration holds for them as well.
 */
#ifndef CERTPROV_DECODER_CONTEXT_H
#define CERTPROV_DECODER_CONTEXT_H

#include <openssl/crypto.h>

/*
 * Made once in a process, by the first who asks, and kept; any number of
 * threads may use it. NULL, which is OpenSSL's own context, where the
 * configuration wants that and when it cannot be made: then every decoder is
 * tried, the keys that are used are the same.
 */
OSSL_LIB_CTX *decoder_context(void);

/* Why decoder_context() is NULL, for a log: a constant; NULL when it is not. */
const char *decoder_context_why_not(void);

#endif
