/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing for TLS, by the names of RFC 8446 4.2.3. The caller has hashed: a
 * scheme that signs messages, such as ed25519, cannot be used this way.
 */
#ifndef CERTPROV_IDENTITY_SIGN_H
#define CERTPROV_IDENTITY_SIGN_H

#include "lib/base/bytes.h"
#include "lib/identity/identity.h"

/*
 * 0 and the signature; -EOPNOTSUPP when there is no such scheme or the key
 * cannot use it; -EINVAL when the digest has not the length of its hash;
 * -ENOMEM; -EIO when OpenSSL refuses. Of an ecdsa scheme only the hash counts:
 * TLS 1.2 binds no curve to it.
 */
int identity_sign(const struct identity *i, const char *scheme,
	const void *digest, size_t len, struct bytes *ret);

#endif
