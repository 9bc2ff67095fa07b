/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/issuing.h"

#include <string.h>

#include "lib/x509/certificate.h"
#include "lib/x509/skeleton.h"

enum tag {
	TAG_BOOLEAN = 0x01,
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
};

#define VERSION_3 2
/* keyCertSign is bit 5 of keyUsage; bits count from the highest. */
#define KEY_CERT_SIGN 0x04

/* The content of an OBJECT IDENTIFIER, or the beginning of one. */
struct issuing_oid {
	uint8_t bytes[9];
	uint8_t len;
};

static bool issuing_is_oid(struct span s, const struct issuing_oid *oid)
{
	return s.len == oid->len && memcmp(s.data, oid->bytes, s.len) == 0;
}

/* --- extensions --- */

/* The content of the two extensions that count; NULL: it is not there. */
struct extensions {
	struct span basic_constraints;
	struct span key_usage;
};

static bool issuing_read_extension(struct span in, struct extensions *ret)
{
	static const struct issuing_oid basic_constraints = {
		{0x55, 0x1d, 0x13}, 3};
	static const struct issuing_oid key_usage = {{0x55, 0x1d, 0x0f}, 3};
	struct der_item oid;
	struct der_item critical;
	struct der_item value;
	struct span *to = NULL;

	if (!der_take_tag(&in, TAG_OID, &oid))
		return false;
	(void)der_take_tag(&in, TAG_BOOLEAN, &critical);
	if (!der_take_tag(&in, TAG_OCTET_STRING, &value) || in.len > 0)
		return false;
	if (issuing_is_oid(oid.content, &basic_constraints))
		to = &ret->basic_constraints;
	else if (issuing_is_oid(oid.content, &key_usage))
		to = &ret->key_usage;
	if (!to)
		return true;
	/* RFC 5280 4.2: none may be there twice. */
	if (to->data ||
		!der_is_canonical(value.content.data, value.content.len))
		return false;
	*to = value.content;
	return true;
}

static bool issuing_read_extensions(struct span in, struct extensions *ret)
{
	struct der_item extension;

	while (in.len > 0)
		if (!der_take_tag(&in, TAG_SEQUENCE, &extension) ||
			!issuing_read_extension(extension.content, ret))
			return false;
	return true;
}

static bool issuing_is_ca(struct span basic_constraints)
{
	struct span in = basic_constraints;
	struct der_item item;

	if (!der_take_tag(&in, TAG_SEQUENCE, &item) || in.len > 0)
		return false;
	in = item.content;
	if (!der_take_tag(&in, TAG_BOOLEAN, &item) || item.content.len != 1 ||
		item.content.data[0] == 0)
		return false;
	if (in.len == 0)
		return true;
	/* A path length, which is never negative. */
	return der_take_tag(&in, TAG_INTEGER, &item) && in.len == 0 &&
		item.content.len > 0 && !(item.content.data[0] & 0x80);
}

static bool issuing_may_sign_certificates(struct span key_usage)
{
	struct span in = key_usage;
	struct der_item bits;

	/* The first byte counts the unused bits of the last. */
	return der_take_tag(&in, TAG_BIT_STRING, &bits) && in.len == 0 &&
		bits.content.len >= 2 && bits.content.data[1] & KEY_CERT_SIGN;
}

static bool issuing_extensions_permit(struct span in)
{
	struct extensions e = {0};

	return issuing_read_extensions(in, &e) && e.basic_constraints.data &&
		issuing_is_ca(e.basic_constraints) &&
		(!e.key_usage.data ||
			issuing_may_sign_certificates(e.key_usage));
}

/* --- the whole --- */

void issuing_read(const void *der, size_t len, struct issuing *ret)
{
	struct skeleton o;

	*ret = (struct issuing){0};
	if (skeleton_read(der, len, &o) < 0)
		return;
	key_read(o.spki, &ret->key);
	/* What is not DER might be read in two ways. */
	ret->may_issue = der_is_canonical(der, len) && o.version.len == 1 &&
		o.version.data[0] == VERSION_3 &&
		issuing_extensions_permit(o.extensions) && ret->key.used &&
		!key_is_weak(&ret->key) &&
		skeleton_not_after(&o, &ret->not_after);
}
