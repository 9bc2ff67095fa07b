/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/x509/key.h"

#include <assert.h>
#include <string.h>

#include "lib/base/macros.h"

/* Weak keys are refused, short ones cause a warning. */
#define RSA_WEAK_BITS 1024
#define RSA_SHORT_BITS 2048
#define EC_WEAK_BITS 224
#define EC_SHORT_BITS 256

/* A verification with RSA-2048 and exponent 65537, which has 17 bits. */
#define COST_RSA 50U
#define COST_RSA_BITS 2048U
#define COST_RSA_EXPONENT_BITS 17U
#define COST_P256 160U
#define COST_P384 1700U
#define COST_P521 1500U
#define COST_COMPRESSED 260U /* on P-521; less on others */
#define COST_ED25519 270U
#define COST_ED448 630U
/* Never charged: such a key verifies nothing. */
#define COST_UNUSED 100000U

static const char *const key_types[KEY__END] = {
	[KEY_RSA] = "rsa",
	[KEY_RSA_PSS] = "rsa-pss",
	[KEY_EC] = "ec",
	[KEY_ED25519] = "ed25519",
	[KEY_ED448] = "ed448",
	[KEY_DSA] = "dsa",
	[KEY_OTHER] = "other",
};

const char *key_type_name(enum key_type type)
{
	assert((unsigned)type < KEY__END);
	return key_types[type];
}

/* --- kinds of keys --- */

/* What identifies and carries a public key. */
struct key_parts {
	struct span parameters; /* all of them; empty: none */
	struct span bits;       /* without the count of unused bits */
};

/* The bits of a positive INTEGER; 0 when it is not one. */
static unsigned key_integer_bits(struct span in)
{
	unsigned bits = 0;

	if (in.len == 0 || in.data[0] & 0x80)
		return 0;
	while (in.len > 0 && in.data[0] == 0) {
		in.data++;
		in.len--;
	}
	if (in.len == 0 || in.len > KEY_RSA_LIMIT_BITS)
		return 0;
	bits = (unsigned)in.len * 8;
	for (unsigned bit = 0x80; !(in.data[0] & bit); bit >>= 1)
		bits--;
	return bits;
}

static void key_read_rsa(const struct key_parts *parts, struct public_key *key)
{
	struct span in = parts->bits;
	struct der_item item;
	struct der_item modulus;
	struct der_item exponent;

	if (!der_take_tag(&in, DER_SEQUENCE, &item) || in.len > 0)
		return;
	in = item.content;
	if (!der_take_tag(&in, DER_INTEGER, &modulus) ||
		!der_take_tag(&in, DER_INTEGER, &exponent) || in.len > 0)
		return;
	key->bits = key_integer_bits(modulus.content);
	key->exponent_bits = key_integer_bits(exponent.content);
	key->used = key->bits > 0 && key->bits <= KEY_RSA_LIMIT_BITS &&
		key->exponent_bits > 0 &&
		key->exponent_bits <= KEY_RSA_MAX_EXPONENT_BITS;
}

static const struct {
	struct der_oid oid;
	unsigned bits;
} curves[] = {
	{{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07}, 8}, 256},
	{{{0x2b, 0x81, 0x04, 0x00, 0x22}, 5}, 384},
	{{{0x2b, 0x81, 0x04, 0x00, 0x23}, 5}, 521},
};

/* RFC 5480 2.1.1: a curve is named, never spelt out by its parameters. */
static void key_read_ec(const struct key_parts *parts, struct public_key *key)
{
	struct span in = parts->parameters;
	struct span point = parts->bits;
	struct der_item curve;
	/* SEC 1 2.3.3: 4 is followed by both coordinates, 2 and 3 by one. */
	bool whole = point.data[0] == 4;
	bool half = point.data[0] == 2 || point.data[0] == 3;
	size_t len = (point.len - 1) / (whole ? 2 : 1);

	if (!der_take_tag(&in, DER_OID, &curve) || in.len > 0 ||
		(!whole && !half))
		return;
	key->bits = (unsigned)(len < KEY_RSA_LIMIT_BITS ? len * 8 : 0);
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++) {
		if (!der_is_oid(curve.content, &curves[i].oid))
			continue;
		key->bits = curves[i].bits;
		key->compressed = half;
		key->used = point.len - 1 ==
			(size_t)(whole ? 2 : 1) * ((curves[i].bits + 7) / 8);
	}
}

/* RFC 8410 3: no parameters; each kind has one length. */
static void key_read_edwards(const struct key_parts *parts, size_t len,
	unsigned bits, struct public_key *key)
{
	key->bits = bits;
	key->used = parts->parameters.len == 0 && parts->bits.len == len;
}

static void key_read_ed25519(
	const struct key_parts *parts, struct public_key *key)
{
	key_read_edwards(parts, 32, 256, key);
}

static void key_read_ed448(
	const struct key_parts *parts, struct public_key *key)
{
	key_read_edwards(parts, 57, 456, key);
}

static void key_read_nothing(
	const struct key_parts *parts, struct public_key *key)
{
	(void)parts;
	(void)key;
}

static const struct {
	struct der_oid oid;
	enum key_type type;
	void (*read)(const struct key_parts *parts, struct public_key *key);
} kinds[] = {
	{{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01}, 9}, KEY_RSA,
		key_read_rsa},
	{{{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}, 9},
		KEY_RSA_PSS, key_read_rsa},
	{{{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}, 7}, KEY_EC, key_read_ec},
	{{{0x2b, 0x65, 0x70}, 3}, KEY_ED25519, key_read_ed25519},
	{{{0x2b, 0x65, 0x71}, 3}, KEY_ED448, key_read_ed448},
	{{{0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01}, 7}, KEY_DSA,
		key_read_nothing},
};

static bool key_read_parts(
	struct span spki, struct span *ret_oid, struct key_parts *ret)
{
	struct der_item item;
	struct der_item bits;

	if (!der_take_tag(&spki, DER_SEQUENCE, &item) || spki.len > 0)
		return false;
	spki = item.content;
	if (!der_take_tag(&spki, DER_SEQUENCE, &item) ||
		!der_take_tag(&spki, DER_BIT_STRING, &bits) || spki.len > 0 ||
		bits.content.len < 2 || bits.content.data[0] != 0)
		return false;
	ret->bits = (struct span){bits.content.data + 1, bits.content.len - 1};
	ret->parameters = item.content;
	if (!der_take_tag(&ret->parameters, DER_OID, &item))
		return false;
	*ret_oid = item.content;
	return true;
}

void key_read(struct span spki, struct public_key *ret)
{
	struct key_parts parts = {0};
	struct span oid = {0};

	*ret = (struct public_key){.type = KEY_OTHER};
	if (!key_read_parts(spki, &oid, &parts))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!der_is_oid(oid, &kinds[i].oid))
			continue;
		ret->type = kinds[i].type;
		kinds[i].read(&parts, ret);
		return;
	}
}

/* --- strength and cost --- */

static bool key_is_rsa(const struct public_key *key)
{
	return key->type == KEY_RSA || key->type == KEY_RSA_PSS;
}

bool key_is_weak(const struct public_key *key)
{
	if (key->bits == 0)
		return false;
	return (key_is_rsa(key) && key->bits < RSA_WEAK_BITS) ||
		(key->type == KEY_EC && key->bits < EC_WEAK_BITS);
}

bool key_is_short(const struct public_key *key)
{
	return (key_is_rsa(key) && key->bits < RSA_SHORT_BITS) ||
		(key->type == KEY_EC && key->bits < EC_SHORT_BITS);
}

bool key_is_supported(const struct public_key *key, unsigned rsa_max_bits)
{
	unsigned max = rsa_max_bits ? rsa_max_bits : KEY_RSA_MAX_BITS;

	return key->used && (!key_is_rsa(key) || key->bits <= max);
}

/* Squares with the length of the modulus, and with each bit of the exponent
 * there is one squaring more, or two multiplications. */
static unsigned key_rsa_cost(const struct public_key *key)
{
	unsigned size = (key->bits + COST_RSA_BITS - 1) / COST_RSA_BITS;
	unsigned length = (key->exponent_bits + COST_RSA_EXPONENT_BITS - 1) /
		COST_RSA_EXPONENT_BITS;

	return COST_RSA * size * size * length;
}

static unsigned key_ec_cost(const struct public_key *key)
{
	if (key->bits <= 256)
		return COST_P256;
	return key->bits <= 384 ? COST_P384 : COST_P521;
}

unsigned key_decode_cost(const struct public_key *key)
{
	return key->used && key->compressed ? COST_COMPRESSED : 0;
}

unsigned key_cost(const struct public_key *key)
{
	if (!key->used)
		return COST_UNUSED;
	switch (key->type) {
	case KEY_RSA:
	case KEY_RSA_PSS:
		return key_rsa_cost(key);
	case KEY_EC:
		return key_ec_cost(key);
	case KEY_ED25519:
		return COST_ED25519;
	case KEY_ED448:
		return COST_ED448;
	case KEY_DSA:
	case KEY_OTHER:
	case KEY__END:
		break;
	}
	return COST_UNUSED;
}
