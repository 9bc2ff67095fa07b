/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new key made on the phone, and the request by which a CA makes a
 * certificate for it (PKCS #10, RFC 2986).
 */
#ifndef CERTPROV_IDENTITY_REQUEST_H
#define CERTPROV_IDENTITY_REQUEST_H

#include <openssl/evp.h>

/* Either new key: "rsa", of 2048 bits, or "ec", on P-256. 0, -EINVAL for
 * another type, -ENOMEM, -EIO. */
int identity_new_key(const char *type, EVP_PKEY **ret);

/*
 * A request in PEM with the MAC address (12 hex digits, written in upper case)
 * as CN, in new memory. 0, -ENOMEM, -EIO.
 */
int identity_request(EVP_PKEY *key, const char *mac, char **ret);

#endif
