/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/certificate-parse.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/x509/decoder-context.h"
#include "lib/x509/placed-key.h"

/* What replaces a key that is left out: an unknown algorithm, and a bit string
 * whose length has three bytes. */
#define BLANK_BITS_HEAD 5
#define BLANK_MIN_BYTES 11

bool certificate_envelope_is_canonical(const uint8_t *der, size_t len)
{
	struct der_value outer;
	struct der_value v;
	const uint8_t *p = NULL;

	if (!der_read(der, len, &outer) || !outer.minimal || outer.indefinite)
		return false;
	if (!der_read(outer.content, outer.len, &v) || v.indefinite)
		return false;
	for (p = v.end; p < outer.end; p = v.end) {
		size_t left = (size_t)(outer.end - p);

		if (!der_read(p, left, &v) || v.indefinite ||
			!der_is_canonical(p, (size_t)(v.end - p)))
			return false;
	}
	return true;
}

enum verdict certificate_why_no_skeleton(const uint8_t *der, size_t len)
{
	struct der_value outer;
	struct der_value tbs;
	struct skeleton o;

	if (!der_read(der, len, &outer) ||
		!der_read(outer.content, outer.len, &tbs))
		return VERDICT_MALFORMED;
	if (outer.end < der + len &&
		(tbs.indefinite ||
			skeleton_read(der, (size_t)(outer.end - der), &o) == 0))
		return VERDICT_TRAILING_DATA;
	return outer.indefinite || tbs.indefinite ? VERDICT_NOT_CANONICAL
						  : VERDICT_MALFORMED;
}

/* Replaces a key by one of the same length and of an algorithm that OpenSSL
 * does not know. */
static void certificate_blank_key(uint8_t *key, size_t len)
{
	static const uint8_t nothing[] = {0x30, 0x03, 0x06, 0x01, 0x00};
	static const uint8_t bits[] = {0x03, 0x83};
	size_t left = len - sizeof(nothing) - BLANK_BITS_HEAD;

	memset(key, 0, len);
	memcpy(key, nothing, sizeof(nothing));
	key += sizeof(nothing);
	memcpy(key, bits, sizeof(bits));
	key[2] = (uint8_t)(left >> 16);
	key[3] = (uint8_t)(left >> 8);
	key[4] = (uint8_t)left;
}

/* OpenSSL reads a certificate into a new object of this context, NULL: its own.
 * 0, also where it cannot; -ENOMEM. */
static int certificate_read(OSSL_LIB_CTX *context, struct span der, X509 **ret,
	const uint8_t **ret_end)
{
	X509 *x = X509_new_ex(context, NULL);

	*ret_end = der.data;
	if (!x)
		return -ENOMEM;
	/* Frees it when it fails. */
	*ret = d2i_X509(&x, ret_end, (long)der.len);
	return 0;
}

/* Without a key that is not used and could take any time to decode. */
static int certificate_parse_without_key(
	struct span der, struct span spki, X509 **ret, const uint8_t **ret_end)
{
	CLEANUP(bytes_done) struct bytes copy = {0};
	struct der_item item;
	const uint8_t *end = NULL;
	int r = 0;

	*ret_end = der.data;
	if (!der_take(&spki, &item) || item.content.len < BLANK_MIN_BYTES)
		return 0;
	r = bytes_copy(der.data, der.len, &copy);
	if (r < 0)
		return r;
	certificate_blank_key(
		copy.data + (item.content.data - der.data), item.content.len);
	r = certificate_read(decoder_context_without_keys(),
		(struct span){copy.data, copy.len}, ret, &end);
	if (r == 0)
		*ret_end = der.data + (end - copy.data);
	return r;
}

static int certificate_parse_and_place(struct span der, struct span spki,
	const struct public_key *key, X509 **ret, const uint8_t **ret_end)
{
	int r = certificate_read(
		decoder_context_without_keys(), der, ret, ret_end);

	if (r == 0 && *ret)
		r = placed_key_put(*ret, spki, key);
	return r;
}

int certificate_parse_x509(struct span der, const struct skeleton *o,
	const struct public_key *key, X509 **ret, const uint8_t **ret_end)
{
	if (!key->used)
		return certificate_parse_without_key(
			der, o->spki, ret, ret_end);
	if (placed_key_is_for_here(o->spki, key))
		return certificate_parse_and_place(
			der, o->spki, key, ret, ret_end);
	return certificate_read(decoder_context(key->type), der, ret, ret_end);
}
