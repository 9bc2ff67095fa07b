/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte string that owns its memory.
 */
#ifndef CERTPROV_BYTES_H
#define CERTPROV_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/macros.h"

/* Zeroed is empty. */
struct bytes {
	uint8_t *data;
	size_t len;
};

/* Frees the memory and leaves the empty byte string. */
void bytes_done(struct bytes *b);
DEFINE_CLEANUP_EMBEDDED(struct bytes, bytes_done);
/* Copy; *ret is untouched on failure. Returns 0 or -ENOMEM. */
int bytes_copy(const void *data, size_t len, struct bytes *ret);

#endif
