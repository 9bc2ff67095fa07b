/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/decoded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

/* The one asked for last stands first: few enough to be moved. */
struct decoded {
	struct certificate *kept[DECODED_MAX];
	size_t count;
	size_t bytes;
};

int decoded_new(struct decoded **ret)
{
	struct decoded *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	*ret = d;
	return 0;
}

struct decoded *decoded_free(struct decoded *d)
{
	if (!d)
		return NULL;
	for (size_t i = 0; i < d->count; i++)
		(void)certificate_free(d->kept[i]);
	free(d);
	return NULL;
}

size_t decoded_count(const struct decoded *d)
{
	return d->count;
}

static void put_first(struct decoded *d, size_t at, struct certificate *c)
{
	for (; at > 0; at--)
		d->kept[at] = d->kept[at - 1];
	d->kept[0] = c;
}

static void drop_last(struct decoded *d)
{
	struct certificate *last = d->kept[--d->count];

	d->bytes -= last->der.len;
	(void)certificate_free(last);
}

static void keep(struct decoded *d, struct certificate *c)
{
	if (c->der.len > DECODED_MAX_BYTES)
		return;
	while (d->count >= DECODED_MAX ||
		(d->count > 0 && d->bytes + c->der.len > DECODED_MAX_BYTES))
		drop_last(d);
	put_first(d, d->count++, certificate_ref(c));
	d->bytes += c->der.len;
}

static struct certificate *find(
	struct decoded *d, const uint8_t sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < d->count; i++) {
		struct certificate *c = d->kept[i];

		if (memcmp(c->sha256, sha256, SHA256_BYTES) != 0)
			continue;
		put_first(d, i, c);
		return certificate_ref(c);
	}
	return NULL;
}

int decoded_get(struct decoded *d, const void *der, size_t len,
	struct certificate **ret, enum verdict *ret_verdict)
{
	uint8_t sha256[SHA256_BYTES];
	struct certificate *known = NULL;
	int r = 0;

	if (!d)
		return certificate_decode(der, len, ret, ret_verdict);
	if (!SHA256(der, len, sha256))
		return -EIO;
	known = find(d, sha256);
	if (known) {
		*ret = known;
		return 0;
	}
	r = certificate_decode(der, len, ret, ret_verdict);
	if (r == 0 && *ret)
		keep(d, *ret);
	return r;
}
