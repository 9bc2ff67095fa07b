/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/name-digest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/base/macros.h"
#include "lib/base/utf8.h"

/* The string types that are compared by characters, and how many bytes a
 * character has; with utf8 they are UTF-8 already. */
struct string_type {
	uint8_t tag;
	uint8_t width;
	bool utf8;
};

static const struct string_type string_types[] = {
	{.tag = 12, .width = 1, .utf8 = true}, /* UTF8String */
	{.tag = 19, .width = 1},               /* PrintableString */
	{.tag = 20, .width = 1}, /* TeletexString: read as Latin-1 */
	{.tag = 22, .width = 1}, /* IA5String */
	{.tag = 26, .width = 1}, /* VisibleString */
	{.tag = 28, .width = 4}, /* UniversalString */
	{.tag = 30, .width = 2}, /* BMPString */
};

static const struct string_type *name_find_string_type(uint8_t tag)
{
	for (size_t i = 0; i < ARRAY_SIZE(string_types); i++)
		if (string_types[i].tag == tag)
			return &string_types[i];
	return NULL;
}

static bool name_is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* As UTF-8; to has room for twice the bytes of a string. */
static size_t name_to_utf8(
	const struct string_type *type, struct span text, uint8_t *to)
{
	uint8_t *end = to;

	if (type->utf8) {
		memcpy(to, text.data, text.len);
		return text.len;
	}
	for (size_t i = 0; i + type->width <= text.len; i += type->width) {
		uint32_t c = 0;

		for (size_t b = 0; b < type->width; b++)
			c = c << 8 | text.data[i + b];
		end = utf8_put(end, c);
	}
	return (size_t)(end - to);
}

/* Lower case, one blank between words, none around them; in place. */
static size_t name_fold(uint8_t *text, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = text[i];

		if (name_is_space(c)) {
			if (out > 0 && text[out - 1] != ' ')
				text[out++] = ' ';
			continue;
		}
		text[out++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
	}
	return out > 0 && text[out - 1] == ' ' ? out - 1 : out;
}

/* Append tag, length and bytes, so that no two values can run together. */
static size_t name_put_field(
	uint8_t *to, uint8_t tag, const uint8_t *p, size_t len)
{
	to[0] = tag;
	to[1] = (uint8_t)(len >> 16);
	to[2] = (uint8_t)(len >> 8);
	to[3] = (uint8_t)len;
	if (p && len > 0)
		memcpy(to + 4, p, len);
	return 4 + len;
}

/* One AttributeTypeAndValue in canonical form. to has room for twice the
 * bytes and eight more. */
static int name_put_attribute(struct span in, uint8_t *to, size_t *ret_len)
{
	const struct string_type *type = NULL;
	struct der_item oid;
	struct der_item value;
	size_t at = 0;
	size_t len = 0;

	if (!der_take_tag(&in, DER_OID, &oid) || !der_take(&in, &value) ||
		in.len > 0)
		return -EINVAL;
	at = name_put_field(to, DER_OID, oid.content.data, oid.content.len);
	type = name_find_string_type(value.tag);
	if (!type) {
		at += name_put_field(to + at, value.tag, value.content.data,
			value.content.len);
		*ret_len = at;
		return 0;
	}
	len = name_to_utf8(type, value.content, to + at + 4);
	len = name_fold(to + at + 4, len);
	*ret_len = at + name_put_field(to + at, 0, NULL, len);
	return 0;
}

/*
 * One RelativeDistinguishedName: the exclusive or of its attributes' digests,
 * because the order of a SET in DER depends on the string types. An RDN that
 * has an attribute twice, which nobody makes, may share its digest.
 */
static int name_rdn_digest(struct span set, uint8_t *room, uint8_t *ret)
{
	uint8_t digest[SHA256_BYTES];
	struct der_item attribute;

	memset(ret, 0, SHA256_BYTES);
	while (set.len > 0) {
		size_t len = 0;
		int r = 0;

		if (!der_take_tag(&set, DER_SEQUENCE, &attribute) ||
			name_put_attribute(attribute.content, room, &len) < 0)
			return -EINVAL;
		r = digest_sha256(room, len, digest);
		if (r < 0)
			return r;
		for (size_t i = 0; i < SHA256_BYTES; i++)
			ret[i] ^= digest[i];
	}
	return 0;
}

static bool name_take_only(struct span set, struct der_item *ret)
{
	return der_take_tag(&set, DER_SEQUENCE, ret) && set.len == 0;
}

/* Append one RDN; one with a single attribute is appended as it is. */
static int name_put_rdn(struct span set, uint8_t *to, size_t *ret_len)
{
	struct der_item attribute;
	uint8_t digest[SHA256_BYTES];
	int r = 0;

	if (name_take_only(set, &attribute))
		return name_put_attribute(attribute.content, to, ret_len);
	r = name_rdn_digest(set, to, digest);
	if (r < 0)
		return r;
	*ret_len = name_put_field(to, DER_SET, digest, sizeof(digest));
	return 0;
}

int name_digest(struct span name, uint8_t ret[SHA256_BYTES])
{
	/* An RDN of n bytes needs at most 2n + 44; it has at least 2. */
	CLEANUP(free) uint8_t *room = malloc(24 * name.len + 64);
	struct der_item item;
	struct span in = name;
	size_t at = 0;

	if (!room)
		return -ENOMEM;
	if (!der_take_tag(&in, DER_SEQUENCE, &item) || in.len > 0)
		return -EINVAL;
	in = item.content;
	while (in.len > 0) {
		size_t len = 0;
		int r = 0;

		if (!der_take_tag(&in, DER_SET, &item))
			return -EINVAL;
		/* An RDN without attributes changes nothing: OpenSSL compares
		 * such names as equal. */
		if (item.content.len == 0)
			continue;
		r = name_put_rdn(item.content, room + at, &len);
		if (r < 0)
			return r;
		at += len;
	}
	return digest_sha256(room, at, ret);
}
