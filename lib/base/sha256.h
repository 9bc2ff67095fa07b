/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) for libcertprov, which identifies chains by digest and
 * does without OpenSSL. Everything else uses digest.h.
 */
#ifndef CERTPROV_SHA256_H
#define CERTPROV_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/sha256-size.h"

#define SHA256_BLOCK_BYTES 64

/* Embedded; sha256_init first. */
struct sha256 {
	uint32_t state[8];
	uint64_t total; /* bytes so far */
	uint8_t block[SHA256_BLOCK_BYTES];
};

void sha256_init(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/* The end: only sha256_init may follow. */
void sha256_get(struct sha256 *s, uint8_t ret[SHA256_BYTES]);

#endif
