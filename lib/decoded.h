/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that were decoded before, by fingerprint: decoding one costs
 * several times what verifying its signature does, and every server of a CA
 * sends the same intermediates. Bounded; who was not asked for the longest
 * makes room. Nothing here says anything about trust. Belongs to one thread.
 */
#ifndef CERTPROV_DECODED_H
#define CERTPROV_DECODED_H

#include "lib/certificate.h"

#define DECODED_MAX 32
/* Of DER together: strangers decide how large the certificates are. */
#define DECODED_MAX_BYTES ((size_t)128 * 1024)

struct decoded;

int decoded_new(struct decoded **ret);           /* 0 or -ENOMEM */
struct decoded *decoded_free(struct decoded *d); /* NULL is fine */
DEFINE_CLEANUP(struct decoded, decoded_free);
size_t decoded_count(const struct decoded *d);

/* As certificate_decode, a new reference to what is kept; without a cache
 * (NULL) it decodes. What does not decode is not kept. */
int decoded_get(struct decoded *d, const void *der, size_t len,
	struct certificate **ret, enum verdict *ret_verdict);

#endif
