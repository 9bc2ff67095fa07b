/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 of RFC 4648 section 4, strictly. Needs no library: libcertprov has no
 * OpenSSL.
 */
#ifndef CERTPROV_BASE64_H
#define CERTPROV_BASE64_H

#include <stddef.h>

struct bytes;

/*
 * Strict base64: the standard alphabet, padded, no white space, no bits left
 * over. Returns 0, -EINVAL, -EFBIG past max_bytes (0: none), -ENOMEM.
 */
int base64_decode(const char *text, size_t max_bytes, struct bytes *ret);
/* One line; the caller frees it. 0 or -ENOMEM. */
int base64_encode(const void *data, size_t len, char **ret);
/* The same to where there is room for it, with no zero byte behind it; returns
 * how many characters there are. */
size_t base64_put(const void *data, size_t len, char *ret);

#endif
