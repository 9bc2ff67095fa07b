/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digest of a Name: certificates are looked up by it.
 */
#ifndef CERTPROV_NAME_DIGEST_H
#define CERTPROV_NAME_DIGEST_H

#include "lib/base/der.h"
#include "lib/base/sha256-size.h"

/*
 * SHA-256 of a Name in canonical form: names that are equal by RFC 5280 7.1
 * (whatever their case, white space and string types) have the same digest. 0;
 * -EINVAL when the bytes are not a Name, -ENOMEM, -EIO when SHA-256 fails.
 */
int name_digest(struct span name, uint8_t ret[SHA256_BYTES]);

#endif
