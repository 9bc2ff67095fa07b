/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by OpenSSL, which can fail: it looks up the algorithm the first time
 * and allocates memory each time. The only user of OpenSSL's digests. A caller
 * that gets no digest cannot tell what it has, and must not trust it.
 */
#ifndef CERTPROV_DIGEST_H
#define CERTPROV_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "lib/base/sha256-size.h"

/* The library context SHA-256 is looked up in, before it is for the first time
 * and before there are threads; it lives as long as the process. Without this
 * it is OpenSSL's own, which costs some 30 KiB for all digests there are where
 * nothing else uses it. */
void digest_look_up_in(OSSL_LIB_CTX *context);

/* 0; -EIO, and *ret untouched, when OpenSSL failed. Empties its queue of
 * errors. */
int digest_sha256(const void *data, size_t len, uint8_t ret[SHA256_BYTES]);
/* The same in lower-case hex. */
int digest_sha256_hex(const void *data, size_t len, char ret[SHA256_HEX_SIZE]);

#endif
