/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a certificate issue others? Read from its outline, without decoding:
 * an export looks at every anchor there is. Says yes only where lib/verify
 * takes the certificate for an issuer with a key that counts; what is odd
 * enough to need OpenSSL to tell is a no. Extensions besides the two that
 * say it are not looked into, and nobody is asked whether it is trusted.
 */
#ifndef CERTPROV_ISSUING_H
#define CERTPROV_ISSUING_H

#include "lib/key.h"
#include "lib/util.h"

/* Zeroed: may not. */
struct issuing {
	bool may_issue;
	int64_t not_after; /* seconds since the epoch; only if it may */
	struct public_key key;
	/* As of struct certificate, whether it may or not. */
	uint8_t spki_sha256[SHA256_BYTES];
};

/*
 * RFC 5280 4.2.1.9 and 4.2.1.3: version 3, basicConstraints with cA, and
 * keyCertSign where there is a keyUsage. 0 whatever the bytes are; of what
 * has not even an outline *ret is zeros. -EIO and *ret untouched when the key
 * has no digest: what is told apart by it must not be told apart then.
 */
int issuing_read(const void *der, size_t len, struct issuing *ret);

#endif
