/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/known.h"

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

struct certificate *known_find(
	const struct known *k, const void *der, size_t len)
{
	struct certificate *c = find(k, der, len);

	return c ? certificate_ref(c) : NULL;
}

void known_add(struct known *k, struct certificate *c)
{
	if (c->der.len > KNOWN_MAX_BYTES || find(k, c->der.data, c->der.len))
		return;
	(void)certificate_free(k->certificates[k->next]);
	k->certificates[k->next] = certificate_ref(c);
	k->next = (k->next + 1) % KNOWN_MAX;
}
