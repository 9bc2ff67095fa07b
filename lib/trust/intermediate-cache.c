/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/trust/intermediate-cache.h"

#include <string.h>

void intermediate_cache_done(struct intermediate_cache *k)
{
	for (size_t i = 0; i < INTERMEDIATE_CACHE_MAX; i++) {
		(void)certificate_free(k->entries[i].certificate);
		k->entries[i] = (struct intermediate_cache_entry){0};
	}
	k->next = 0;
}

static struct intermediate_cache_entry *intermediate_cache_look(
	struct intermediate_cache *k, const void *der, size_t len)
{
	for (size_t i = 0;
		i < INTERMEDIATE_CACHE_MAX && k->entries[i].certificate; i++) {
		const struct bytes *kept = &k->entries[i].certificate->der;

		if (kept->len == len && memcmp(kept->data, der, len) == 0)
			return &k->entries[i];
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
	const struct intermediate_cache_entry *e = NULL;
	struct certificate *c = NULL;

	if (!intermediate_cache_enter(k))
		return NULL;
	e = intermediate_cache_look(k, der, len);
	if (e)
		c = certificate_ref(e->certificate);
	intermediate_cache_leave(k);
	return c;
}

static struct intermediate_cache_entry *intermediate_cache_replace(
	struct intermediate_cache *k, struct certificate *c)
{
	struct intermediate_cache_entry *e = &k->entries[k->next];

	(void)certificate_free(e->certificate);
	*e = (struct intermediate_cache_entry){
		.certificate = certificate_ref(c)};
	k->next = (k->next + 1) % INTERMEDIATE_CACHE_MAX;
	return e;
}

void intermediate_cache_add(struct intermediate_cache *k, struct certificate *c,
	const uint8_t *signer_spki_sha256)
{
	struct intermediate_cache_entry *e = NULL;

	if (c->der.len > INTERMEDIATE_CACHE_MAX_BYTES ||
		!intermediate_cache_enter(k))
		return;
	e = intermediate_cache_look(k, c->der.data, c->der.len);
	if (!e)
		e = intermediate_cache_replace(k, c);
	if (signer_spki_sha256) {
		e->is_signed = true;
		memcpy(e->signer_spki_sha256, signer_spki_sha256, SHA256_BYTES);
	}
	intermediate_cache_leave(k);
}

void intermediate_cache_copy(
	struct intermediate_cache *k, struct intermediate_cache *from)
{
	if (!intermediate_cache_enter(from))
		return;
	for (size_t i = 0;
		i < INTERMEDIATE_CACHE_MAX && from->entries[i].certificate;
		i++) {
		k->entries[i] = from->entries[i];
		(void)certificate_ref(k->entries[i].certificate);
	}
	k->next = from->next;
	intermediate_cache_leave(from);
}

bool intermediate_cache_is_signed(struct intermediate_cache *k,
	const struct certificate *c, const uint8_t spki_sha256[SHA256_BYTES])
{
	bool found = false;

	if (!intermediate_cache_enter(k))
		return false;
	for (size_t i = 0; i < INTERMEDIATE_CACHE_MAX && !found; i++) {
		const struct intermediate_cache_entry *e = &k->entries[i];

		found = e->certificate == c && e->is_signed &&
			memcmp(e->signer_spki_sha256, spki_sha256,
				SHA256_BYTES) == 0;
	}
	intermediate_cache_leave(k);
	return found;
}
