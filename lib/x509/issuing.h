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

#include "lib/x509/key.h"

/* Zeroed: may not. */
struct issuing {
	bool may_issue;
	int64_t not_after; /* seconds since the epoch; only if it may */
	struct public_key key;
};

/*
 * RFC 5280 4.2.1.9 and 4.2.1.3: version 3, basicConstraints with cA, and
 * keyCertSign where there is a keyUsage. Whatever the bytes are, *ret is
 * filled; of what has not even an outline with zeros.
 */
void issuing_read(const void *der, size_t len, struct issuing *ret);

#endif
