/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The DER of many certificates, one behind the other in large blocks: malloc
 * takes 16 bytes for each, which is much where an encoding has 400. Nothing is
 * taken out; an arena is given up as a whole. Arenas share blocks, and each
 * adds to a shared one as well: what is there stays as it is. One thread at a
 * time may add, share and give up; what is there may be read by others.
 */
#ifndef CERTPROV_DER_ARENA_H
#define CERTPROV_DER_ARENA_H

#include <stdbool.h>

#include "lib/base/bytes.h"
#include "lib/base/macros.h"

/* An encoding has so many bytes at most: its length is kept in two. */
#define DER_ARENA_MAX_BYTES ((size_t)UINT16_MAX + 1)

struct der_block;

/* Zeroed is empty. */
struct der_arena {
	struct der_block **blocks; /* only the last one has room */
	size_t count;
};

void der_arena_done(struct der_arena *a);
DEFINE_CLEANUP_EMBEDDED(struct der_arena, der_arena_done);
/* Add 1 to DER_ARENA_MAX_BYTES bytes. *ret has an even address, is read with
 * der_arena_get() and lives as long as an arena with its block. 0 or -ENOMEM.
 */
int der_arena_put(
	struct der_arena *a, const void *der, size_t len, uint8_t **ret);
/* What was put there; borrowed. */
struct bytes der_arena_get(uint8_t *item);
/* What an encoding of this length takes. */
size_t der_arena_cost(size_t len);
/* Is there room for it without another block? */
bool der_arena_has_room(const struct der_arena *a, size_t len);
/* What all in its blocks takes, also what others put there. */
size_t der_arena_used(const struct der_arena *a);
/* An empty arena gets all blocks of another one: 0 or -ENOMEM. */
int der_arena_share(const struct der_arena *from, struct der_arena *to);

#endif
