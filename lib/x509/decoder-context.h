/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenSSL library context that certificates are decoded in. OpenSSL tries
 * every decoder of a context for every public key, which costs more than
 * verifying; this one has those of the key types that verify anything (key.h)
 * and no other; all else is as in the default provider. What it does not know
 * is a key of no use, as before.
 */
#ifndef CERTPROV_DECODER_CONTEXT_H
#define CERTPROV_DECODER_CONTEXT_H

#include <openssl/crypto.h>

/* Made once in a process, and kept. NULL, OpenSSL's own with all decoders,
 * when it cannot be made. */
OSSL_LIB_CTX *decoder_context(void);

#endif
