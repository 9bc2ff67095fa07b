/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The size of a SHA-256 digest, whoever computes it.
 */
#ifndef CERTPROV_SHA256_SIZE_H
#define CERTPROV_SHA256_SIZE_H

#define SHA256_BYTES 32
#define SHA256_HEX_SIZE (2 * SHA256_BYTES + 1)

#endif
