/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/issuing.h"

#include <string.h>

#include "lib/certificate.h"
#include "lib/digest.h"
#include "lib/outline.h"

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
struct oid {
	uint8_t bytes[9];
	uint8_t len;
};

static bool is_oid(struct span s, const struct oid *oid)
{
	return s.len == oid->len && memcmp(s.data, oid->bytes, s.len) == 0;
}

static bool begins_with(struct span s, const struct oid *oid)
{
	return s.len > oid->len && memcmp(s.data, oid->bytes, oid->len) == 0;
}

/* --- extensions --- */

/* The content of the two extensions that count; NULL: it is not there. */
struct extensions {
	struct span basic_constraints;
	struct span key_usage;
};

static bool read_extension(struct span in, struct extensions *ret)
{
	static const struct oid basic_constraints = {{0x55, 0x1d, 0x13}, 3};
	static const struct oid key_usage = {{0x55, 0x1d, 0x0f}, 3};
	struct der_item oid;
	struct der_item critical;
	struct der_item value;
	struct span *to = NULL;

	if (!der_take_tag(&in, TAG_OID, &oid))
		return false;
	(void)der_take_tag(&in, TAG_BOOLEAN, &critical);
	if (!der_take_tag(&in, TAG_OCTET_STRING, &value) || in.len > 0)
		return false;
	if (is_oid(oid.content, &basic_constraints))
		to = &ret->basic_constraints;
	else if (is_oid(oid.content, &key_usage))
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

static bool read_extensions(struct span in, struct extensions *ret)
{
	struct der_item extension;

	while (in.len > 0)
		if (!der_take_tag(&in, TAG_SEQUENCE, &extension) ||
			!read_extension(extension.content, ret))
			return false;
	return true;
}

static bool is_ca(struct span basic_constraints)
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

static bool may_sign_certificates(struct span key_usage)
{
	struct span in = key_usage;
	struct der_item bits;

	/* The first byte counts the unused bits of the last. */
	return der_take_tag(&in, TAG_BIT_STRING, &bits) && in.len == 0 &&
		bits.content.len >= 2 && bits.content.data[1] & KEY_CERT_SIGN;
}

static bool extensions_permit(struct span in)
{
	struct extensions e = {0};

	return read_extensions(in, &e) && e.basic_constraints.data &&
		is_ca(e.basic_constraints) &&
		(!e.key_usage.data || may_sign_certificates(e.key_usage));
}

/* --- the key --- */

/* What identifies and carries a public key. */
struct key {
	struct span parameters; /* whole; empty: none */
	struct span bits;       /* without the count of unused bits */
};

static bool rsa_bits(const struct key *key, unsigned *ret)
{
	struct span in = key->bits;
	struct der_item item;

	if (!der_take_tag(&in, TAG_SEQUENCE, &item) || in.len > 0)
		return false;
	in = item.content;
	if (!der_take_tag(&in, TAG_INTEGER, &item))
		return false;
	in = item.content;
	while (in.len > 0 && in.data[0] == 0) {
		in.data++;
		in.len--;
	}
	if (in.len == 0)
		return false;
	*ret = (unsigned)in.len * 8;
	for (unsigned bit = 0x80; !(in.data[0] & bit); bit >>= 1)
		(*ret)--;
	return true;
}

/* By the length of a point; of curves that are named, and only of the kinds
 * that TLS uses: ANSI X9.62, SECG, Brainpool. */
static bool ec_bits(const struct key *key, unsigned *ret)
{
	static const struct oid curves[] = {
		{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03}, 6},
		{{0x2b, 0x81, 0x04, 0x00}, 4},
		{{0x2b, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01}, 8},
	};
	struct span in = key->parameters;
	struct der_item curve;
	bool known = false;
	bool whole = false;

	if (!der_take_tag(&in, TAG_OID, &curve) || key->bits.len < 2)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		known = known || begins_with(curve.content, &curves[i]);
	/* SEC 1 2.3.3: 4 is followed by both coordinates, 2 and 3 by one. */
	whole = key->bits.data[0] == 4;
	if (!known ||
		(!whole && key->bits.data[0] != 2 && //
			key->bits.data[0] != 3))
		return false;
	*ret = (unsigned)(key->bits.len - 1) * 8 / (whole ? 2 : 1);
	return true;
}

static bool any_bits(const struct key *key, unsigned *ret)
{
	*ret = (unsigned)key->bits.len * 8;
	return true;
}

static const struct {
	struct oid oid;
	enum key_type type;
	bool (*bits)(const struct key *key, unsigned *ret);
} key_types[] = {
	{{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}, 9}, KEY_RSA,
		rsa_bits},
	{{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}, 9},
		KEY_RSA_PSS, rsa_bits},
	{{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}, 7}, KEY_EC, ec_bits},
	{{{0x2b, 0x65, 0x70}, 3}, KEY_ED25519, any_bits},
	{{{0x2b, 0x65, 0x71}, 3}, KEY_ED448, any_bits},
};

static bool read_key(struct span spki, struct span *ret_oid, struct key *ret)
{
	struct der_item item;
	struct der_item bits;

	if (!der_take_tag(&spki, TAG_SEQUENCE, &item))
		return false;
	spki = item.content;
	if (!der_take_tag(&spki, TAG_SEQUENCE, &item) ||
		!der_take_tag(&spki, TAG_BIT_STRING, &bits) || spki.len > 0 ||
		bits.content.len < 2 || bits.content.data[0] != 0)
		return false;
	ret->bits = (struct span){bits.content.data + 1, bits.content.len - 1};
	ret->parameters = item.content;
	if (!der_take_tag(&ret->parameters, TAG_OID, &item))
		return false;
	*ret_oid = item.content;
	return true;
}

static bool key_is_good(struct span spki)
{
	struct key key = {0};
	struct span oid = {0};

	if (!read_key(spki, &oid, &key))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(key_types); i++) {
		const struct key_rule *rule = key_rule_get(key_types[i].type);
		unsigned bits = 0;

		if (is_oid(oid, &key_types[i].oid))
			return key_types[i].bits(&key, &bits) &&
				bits >= rule->weak_bits &&
				bits <= rule->most_bits;
	}
	return false;
}

/* --- the whole --- */

int issuing_read(const void *der, size_t len, struct issuing *ret)
{
	struct issuing i = {0};
	struct outline o;
	int r = 0;

	if (outline_read(der, len, &o) < 0) {
		*ret = i;
		return 0;
	}
	r = digest_sha256(o.spki.data, o.spki.len, i.spki_sha256);
	if (r < 0)
		return r;
	/* What is not DER might be read in two ways. */
	i.may_issue = der_is_canonical(der, len) && o.version.len == 1 &&
		o.version.data[0] == VERSION_3 &&
		extensions_permit(o.extensions) && key_is_good(o.spki) &&
		outline_not_after(&o, &i.not_after);
	*ret = i;
	return 0;
}
