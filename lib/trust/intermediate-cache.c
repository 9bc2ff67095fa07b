/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/intermediate-cache.h"

#include <string.h>

void known_done(struct known *k)
{
	for (size_t i = 0; i < KNOWN_MAX; i++)
		k->certificates[i] = certificate_free(k->certificates[i]);
	k->next = 0;
}

static struct certificate *find(
	const struct known *k, const void *der, size_t len)
{
	for (size_t i = 0; i < KNOWN_MAX && k->certificates[i]; i++) {
		struct certificate *c = k->certificates[i];

		if (c->der.len == len && memcmp(c->der.data, der, len) == 0)
			return c;
	}
	return NULL;
}

static bool enter(struct known *k)
{
	return !atomic_exchange_explicit(&k->busy, true, memory_order_acquire);
}

static void leave(struct known *k)
{
	atomic_store_explicit(&k->busy, false, memory_order_release);
}

struct certificate *known_find(struct known *k, const void *der, size_t len)
{
	struct certificate *c = NULL;

	if (!enter(k))
		return NULL;
	c = find(k, der, len);
	if (c)
		(void)certificate_ref(c);
	leave(k);
	return c;
}

void known_add(struct known *k, struct certificate *c)
{
	if (c->der.len > KNOWN_MAX_BYTES || !enter(k))
		return;
	if (!find(k, c->der.data, c->der.len)) {
		(void)certificate_free(k->certificates[k->next]);
		k->certificates[k->next] = certificate_ref(c);
		k->next = (k->next + 1) % KNOWN_MAX;
	}
	leave(k);
}
