/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An identity as one PEM text: there is never a key without its chain, nor a
 * chain without its key.
 */
#ifndef CERTPROV_IDENTITY_WRITE_H
#define CERTPROV_IDENTITY_WRITE_H

#include "lib/base/bytes.h"
#include "lib/identity/identity.h"

/* Key (PKCS #8) and chain, which a key that waits for one has not, in new
 * memory, for identity_text_done(). 0, -ENOMEM, -EIO. */
int identity_write(const struct identity *i, struct bytes *ret);

/* Wipes the bytes before their memory is given back. */
void identity_text_done(struct bytes *b);
DEFINE_CLEANUP_EMBEDDED(struct bytes, identity_text_done);

#endif
