/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/der-arena.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An encoding follows its length, which is one less than there are bytes. */
#define LENGTH_BYTES 2
#define BLOCK_MIN_BYTES ((size_t)4 * 1024)
#define BLOCK_MAX_BYTES ((size_t)32 * 1024)

struct der_block {
	unsigned references;
	uint32_t size;
	uint32_t used;   /* even */
	uint8_t bytes[]; /* at an even address */
};
_Static_assert(offsetof(struct der_block, bytes) % 2 == 0,
	"what is put at an even offset has an even address");

void der_arena_done(struct der_arena *a)
{
	for (size_t i = 0; i < a->count; i++)
		if (--a->blocks[i]->references == 0)
			free(a->blocks[i]);
	free(a->blocks);
	*a = (struct der_arena){.count = 0};
}

size_t der_arena_cost(size_t len)
{
	return LENGTH_BYTES + len + len % 2;
}

static struct der_block *der_arena_last(const struct der_arena *a)
{
	return a->count > 0 ? a->blocks[a->count - 1] : NULL;
}

bool der_arena_has_room(const struct der_arena *a, size_t len)
{
	const struct der_block *b = der_arena_last(a);

	return b && b->size - b->used >= der_arena_cost(len);
}

size_t der_arena_used(const struct der_arena *a)
{
	size_t used = 0;

	for (size_t i = 0; i < a->count; i++)
		used += a->blocks[i]->used;
	return used;
}

/* A quarter of what there is: little is left empty in a small arena, and there
 * are few blocks in a large one. */
static size_t der_arena_size_of_next(const struct der_arena *a, size_t cost)
{
	size_t size = der_arena_used(a) / 4;

	if (size < BLOCK_MIN_BYTES)
		size = BLOCK_MIN_BYTES;
	if (size > BLOCK_MAX_BYTES)
		size = BLOCK_MAX_BYTES;
	return size < cost ? cost : size;
}

static int der_arena_add_block(
	struct der_arena *a, size_t cost, struct der_block **ret)
{
	size_t size = der_arena_size_of_next(a, cost);
	struct der_block **more = reallocarray(
		a->blocks, a->count + 1, sizeof(struct der_block *));
	struct der_block *b = NULL;

	if (!more)
		return -ENOMEM;
	a->blocks = more;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return -ENOMEM;
	*b = (struct der_block){.references = 1, .size = (uint32_t)size};
	a->blocks[a->count++] = b;
	*ret = b;
	return 0;
}

int der_arena_put(
	struct der_arena *a, const void *der, size_t len, uint8_t **ret)
{
	size_t cost = der_arena_cost(len);
	struct der_block *b = der_arena_last(a);
	uint8_t *item = NULL;
	int r = 0;

	assert(len > 0 && len <= DER_ARENA_MAX_BYTES);
	if (!b || b->size - b->used < cost)
		r = der_arena_add_block(a, cost, &b);
	if (r < 0)
		return r;
	item = b->bytes + b->used;
	item[0] = (uint8_t)((len - 1) >> 8);
	item[1] = (uint8_t)(len - 1);
	memcpy(item + LENGTH_BYTES, der, len);
	b->used += (uint32_t)cost;
	*ret = item;
	return 0;
}

struct bytes der_arena_get(uint8_t *item)
{
	return (struct bytes){
		item + LENGTH_BYTES, ((size_t)item[0] << 8 | item[1]) + 1};
}

int der_arena_share(const struct der_arena *from, struct der_arena *to)
{
	assert(to->count == 0);
	if (from->count == 0)
		return 0;
	to->blocks = calloc(from->count, sizeof(struct der_block *));
	if (!to->blocks)
		return -ENOMEM;
	for (size_t i = 0; i < from->count; i++) {
		to->blocks[i] = from->blocks[i];
		to->blocks[i]->references++;
	}
	to->count = from->count;
	return 0;
}
