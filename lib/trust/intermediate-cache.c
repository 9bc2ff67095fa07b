/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/intermediate-cache.h"

#include <string.h>

void intermediate_cache_done(struct intermediate_cache *k)
{
	for (size_t i = 0; i < INTERMEDIATE_CACHE_MAX; i++)
		k->certificates[i] = certificate_free(k->certificates[i]);
	k->next = 0;
}

static struct certificate *intermediate_cache_look(
	const struct intermediate_cache *k, const void *der, size_t len)
{
	for (size_t i = 0; i < INTERMEDIATE_CACHE_MAX && k->certificates[i];
		i++) {
		struct certificate *c = k->certificates[i];

		if (c->der.len == len && memcmp(c->der.data, der, len) == 0)
			return c;
	}
	return NULL;
}

static bool intermediate_cache_enter(struct intermediate_cache *k)
{
	return !atomic_exchange_explicit(&k->busy, true, memory_order_acquire);
}

static void intermediate_cache_leave(struct intermediate_cache *k)
{
	atomic_store_explicit(&k->busy, false, memory_order_release);
}

struct certificate *intermediate_cache_find(
	struct intermediate_cache *k, const void *der, size_t len)
{
	struct certificate *c = NULL;

	if (!intermediate_cache_enter(k))
		return NULL;
	c = intermediate_cache_look(k, der, len);
	if (c)
		(void)certificate_ref(c);
	intermediate_cache_leave(k);
	return c;
}

void intermediate_cache_add(struct intermediate_cache *k, struct certificate *c)
{
	if (c->der.len > INTERMEDIATE_CACHE_MAX_BYTES ||
		!intermediate_cache_enter(k))
		return;
	if (!intermediate_cache_look(k, c->der.data, c->der.len)) {
		(void)certificate_free(k->certificates[k->next]);
		k->certificates[k->next] = certificate_ref(c);
		k->next = (k->next + 1) % INTERMEDIATE_CACHE_MAX;
	}
	intermediate_cache_leave(k);
}
