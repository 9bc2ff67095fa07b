/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys in their usual form, decoded without OpenSSL's decoders: those of
 * OpenSSL 3.0 take ten times as long. A certificate is decoded in a library
 * context that has none (decoder-context.h) and given its key here; keys in all
 * other forms are decoded with them. Which keys there are, and how OpenSSL
 * encodes the certificate and its key, is the same either way.
 */
#ifndef CERTPROV_PLACED_KEY_H
#define CERTPROV_PLACED_KEY_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "lib/x509/key.h"

/* Is this a key for here: a used one of RSA or of a curve, in the usual form
 * (key-forms.h)? Never with another OpenSSL than 3.0. */
bool placed_key_is_for_here(struct span spki, const struct public_key *key);

/*
 * Such a key for a certificate that was decoded without it. 0, also where it
 * stays without one because OpenSSL refuses the key, such as a point that is
 * not on its curve; -ENOMEM, after which the certificate is of no use.
 */
int placed_key_put(X509 *x, struct span spki, const struct public_key *key);

/*
 * The key of a curve in the context where signatures by it are checked
 * (decoder-context.h), made of any other: OpenSSL would hand a placed key on
 * there at a third of what the check takes. NULL when it cannot be made, and
 * when the key is there already.
 */
EVP_PKEY *placed_key_for_signatures(const X509 *x);

#endif
