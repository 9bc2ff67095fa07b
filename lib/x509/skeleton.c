/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/skeleton.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/der.h"
#include "lib/base/digest.h"
#include "lib/base/macros.h"

/* The tags on the way to the parts. */
enum tag {
	TAG_BOOLEAN = 0x01,
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	/* [0] to [3] of a TBSCertificate */
	TAG_VERSION = 0xa0,
	TAG_ISSUER_UNIQUE_ID = 0x81,
	TAG_SUBJECT_UNIQUE_ID = 0x82,
	TAG_EXTENSIONS = 0xa3,
};

/* The second of two; nothing else hangs on it, so that its absence is no
 * reason to refuse. */
static struct span skeleton_read_not_after(struct span validity)
{
	struct der_item first;
	struct der_item second;

	if (!der_take(&validity, &first) || !der_take(&validity, &second))
		return (struct span){0};
	return second.whole;
}

static struct span skeleton_read_version(struct span explicit)
{
	struct der_item version;

	if (!der_take_tag(&explicit, TAG_INTEGER, &version))
		return (struct span){0};
	return version.content;
}

/* What follows the key: two old identifiers, and the extensions. */
static struct span skeleton_read_extensions(struct span rest)
{
	struct der_item item;

	(void)der_take_tag(&rest, TAG_ISSUER_UNIQUE_ID, &item);
	(void)der_take_tag(&rest, TAG_SUBJECT_UNIQUE_ID, &item);
	if (!der_take_tag(&rest, TAG_EXTENSIONS, &item))
		return (struct span){0};
	rest = item.content;
	if (!der_take_tag(&rest, TAG_SEQUENCE, &item))
		return (struct span){0};
	return item.content;
}

/* The fields of a TBSCertificate up to the key, in their order. */
static int skeleton_read_tbs(struct span tbs, struct skeleton *ret)
{
	static const uint8_t fields[] = {
		TAG_INTEGER,  /* serialNumber */
		TAG_SEQUENCE, /* signature */
		TAG_SEQUENCE, /* issuer */
		TAG_SEQUENCE, /* validity */
		TAG_SEQUENCE, /* subject */
		TAG_SEQUENCE, /* subjectPublicKeyInfo */
	};
	struct der_item items[ARRAY_SIZE(fields)];
	struct der_item version = {0};

	/* Version 1 certificates have no version field. */
	(void)der_take_tag(&tbs, TAG_VERSION, &version);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!der_take_tag(&tbs, fields[i], &items[i]))
			return -EINVAL;
	*ret = (struct skeleton){
		.version = skeleton_read_version(version.content),
		.issuer = items[2].whole,
		.not_after = skeleton_read_not_after(items[3].content),
		.subject = items[4].whole,
		.spki = items[5].whole,
		.extensions = skeleton_read_extensions(tbs),
	};
	return 0;
}

int skeleton_read(const void *der, size_t len, struct skeleton *ret)
{
	struct span in = {der, len};
	struct der_item certificate;
	struct der_item tbs;
	struct der_item item;

	if (!der_take_tag(&in, TAG_SEQUENCE, &certificate) || in.len > 0)
		return -EINVAL;
	in = certificate.content;
	if (!der_take_tag(&in, TAG_SEQUENCE, &tbs) ||
		!der_take_tag(&in, TAG_SEQUENCE, &item) ||
		!der_take_tag(&in, TAG_BIT_STRING, &item) || in.len > 0)
		return -EINVAL;
	return skeleton_read_tbs(tbs.content, ret);
}

bool skeleton_not_after(const struct skeleton *o, int64_t *ret)
{
	struct span in = o->not_after;
	struct der_item time;

	return der_take(&in, &time) &&
		date_read_asn1(
			time.tag, time.content.data, time.content.len, ret);
}

/* --- how much there is of it --- */

/* Values one behind the other, and those in them. A constructed one is gone
 * into, so that what follows its head is the next. */
static size_t skeleton_count_values(struct span in)
{
	const uint8_t *p = in.data;
	const uint8_t *end = in.data + in.len;
	struct der_value v;
	size_t count = 0;

	while (p < end && der_read(p, (size_t)(end - p), &v)) {
		p = v.constructed ? v.content : v.end;
		count++;
	}
	/* Whoever goes on here reads it some other way. */
	return count + (size_t)(end - p);
}

/* Of one extension, what its octet string holds. */
static size_t skeleton_count_held(struct span extension)
{
	struct der_item item;

	(void)der_take_tag(&extension, TAG_OID, &item);
	(void)der_take_tag(&extension, TAG_BOOLEAN, &item);
	if (!der_take_tag(&extension, TAG_OCTET_STRING, &item))
		return extension.len;
	return skeleton_count_values(item.content);
}

unsigned skeleton_parts(
	const void *der, size_t len, const struct skeleton *outline)
{
	size_t count = skeleton_count_values((struct span){der, len});
	struct span in = outline->extensions;
	struct der_item extension;

	while (der_take_tag(&in, TAG_SEQUENCE, &extension))
		count += skeleton_count_held(extension.content);
	count += in.len;
	return count < UINT_MAX ? (unsigned)count : UINT_MAX;
}

unsigned skeleton_extensions(const struct skeleton *outline)
{
	struct span in = outline->extensions;
	struct der_item extension;
	unsigned count = 0;

	while (der_take_tag(&in, TAG_SEQUENCE, &extension))
		count++;
	return count + (unsigned)in.len;
}

/* --- the canonical form of a name --- */

/* How many bytes a character takes in a string type; 0: it is no string
 * type that compares by characters, 1 with utf8 set: already UTF-8. */
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

static const struct string_type *skeleton_find_string_type(uint8_t tag)
{
	for (size_t i = 0; i < ARRAY_SIZE(string_types); i++)
		if (string_types[i].tag == tag)
			return &string_types[i];
	return NULL;
}

static bool skeleton_is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Write a character as UTF-8; returns the end. */
static uint8_t *skeleton_put_utf8(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (uint8_t)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (uint8_t)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*to++ = (uint8_t)(0xe0 | c >> 12);
		*to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	} else {
		*to++ = (uint8_t)(0xf0 | (c >> 18 & 7));
		*to++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (c & 0x3f));
	return to;
}

/* As UTF-8; to has room for twice the bytes of a string. */
static size_t skeleton_to_utf8(
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
		end = skeleton_put_utf8(end, c);
	}
	return (size_t)(end - to);
}

/* Lower case, one blank between words, none around them; in place. */
static size_t skeleton_fold(uint8_t *text, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t c = text[i];

		if (skeleton_is_space(c)) {
			if (out > 0 && text[out - 1] != ' ')
				text[out++] = ' ';
			continue;
		}
		text[out++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
	}
	return out > 0 && text[out - 1] == ' ' ? out - 1 : out;
}

/* Append tag, length and bytes, so that no two values can run together. */
static size_t skeleton_put_field(
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
static int skeleton_put_attribute(struct span in, uint8_t *to, size_t *ret_len)
{
	const struct string_type *type = NULL;
	struct der_item oid;
	struct der_item value;
	size_t at = 0;
	size_t len = 0;

	if (!der_take_tag(&in, TAG_OID, &oid) || !der_take(&in, &value) ||
		in.len > 0)
		return -EINVAL;
	at = skeleton_put_field(to, TAG_OID, oid.content.data, oid.content.len);
	type = skeleton_find_string_type(value.tag);
	if (!type) {
		at += skeleton_put_field(to + at, value.tag, value.content.data,
			value.content.len);
		*ret_len = at;
		return 0;
	}
	len = skeleton_to_utf8(type, value.content, to + at + 4);
	len = skeleton_fold(to + at + 4, len);
	*ret_len = at + skeleton_put_field(to + at, 0, NULL, len);
	return 0;
}

/*
 * One RelativeDistinguishedName: the exclusive or of its attributes' digests,
 * because the encoded order of a SET depends on the string types. An RDN
 * with an attribute twice is one nobody makes; it only shares a digest.
 */
static int skeleton_rdn_digest(struct span set, uint8_t *room, uint8_t *ret)
{
	uint8_t digest[SHA256_BYTES];
	struct der_item attribute;

	memset(ret, 0, SHA256_BYTES);
	while (set.len > 0) {
		size_t len = 0;
		int r = 0;

		if (!der_take_tag(&set, TAG_SEQUENCE, &attribute) ||
			skeleton_put_attribute(attribute.content, room, &len) <
				0)
			return -EINVAL;
		r = digest_sha256(room, len, digest);
		if (r < 0)
			return r;
		for (size_t i = 0; i < SHA256_BYTES; i++)
			ret[i] ^= digest[i];
	}
	return 0;
}

static bool skeleton_take_only(struct span set, struct der_item *ret)
{
	return der_take_tag(&set, TAG_SEQUENCE, ret) && set.len == 0;
}

/* Append one RDN; the usual one, of one attribute, as it is. */
static int skeleton_put_rdn(struct span set, uint8_t *to, size_t *ret_len)
{
	struct der_item attribute;
	uint8_t digest[SHA256_BYTES];
	int r = 0;

	if (skeleton_take_only(set, &attribute))
		return skeleton_put_attribute(attribute.content, to, ret_len);
	r = skeleton_rdn_digest(set, to, digest);
	if (r < 0)
		return r;
	*ret_len = skeleton_put_field(to, TAG_SET, digest, sizeof(digest));
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
	if (!der_take_tag(&in, TAG_SEQUENCE, &item) || in.len > 0)
		return -EINVAL;
	in = item.content;
	while (in.len > 0) {
		size_t len = 0;
		int r = 0;

		if (!der_take_tag(&in, TAG_SET, &item))
			return -EINVAL;
		/* One without attributes makes no other name: OpenSSL takes
		 * both for the same. */
		if (item.content.len == 0)
			continue;
		r = skeleton_put_rdn(item.content, room + at, &len);
		if (r < 0)
			return r;
		at += len;
	}
	return digest_sha256(room, at, ret);
}
