/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/der.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

#define NUMBER_LONG 31
#define NUMBER_MAX_BYTES 5
#define LENGTH_MAX_BYTES 4

enum der_number {
	NUMBER_END = 0,
	NUMBER_BOOLEAN = 1,
	NUMBER_INTEGER = 2,
	NUMBER_BIT_STRING = 3,
	NUMBER_NULL = 5,
	NUMBER_OBJECT_IDENTIFIER = 6,
	NUMBER_EXTERNAL = 8,
	NUMBER_ENUMERATED = 10,
	NUMBER_EMBEDDED_PDV = 11,
	NUMBER_SEQUENCE = 16,
	NUMBER_SET = 17,
};

struct der_reader {
	const uint8_t *p;
	const uint8_t *end;
};

static bool der_next_byte(struct der_reader *r, uint8_t *ret)
{
	if (r->p == r->end)
		return false;
	*ret = *r->p++;
	return true;
}

/* The number behind a first byte that says "long form". */
static bool der_read_long_tag(struct der_reader *r, struct der_value *v)
{
	uint8_t byte = 0;
	uint32_t number = 0;

	for (unsigned i = 0; i < NUMBER_MAX_BYTES; i++) {
		if (number > UINT32_MAX >> 7 || !der_next_byte(r, &byte))
			return false;
		number = number << 7 | (byte & 0x7fU);
		if (byte & 0x80)
			continue;
		v->minimal = number >= NUMBER_LONG &&
			(i == 0 || number >> (7 * i) != 0);
		v->number = number;
		return true;
	}
	return false;
}

static bool der_read_long_length(
	struct der_reader *r, unsigned n, struct der_value *v)
{
	uint8_t byte = 0;
	size_t len = 0;

	if (n > LENGTH_MAX_BYTES)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!der_next_byte(r, &byte))
			return false;
		len = len << 8 | byte;
	}
	v->minimal = v->minimal && len >= 0x80 && len >> (8 * (n - 1)) != 0;
	v->len = len;
	return true;
}

static bool der_read_length(struct der_reader *r, struct der_value *v)
{
	uint8_t byte = 0;

	if (!der_next_byte(r, &byte))
		return false;
	if (byte == 0x80) {
		v->indefinite = true;
		v->minimal = false;
		v->len = (size_t)(r->end - r->p);
		return v->constructed;
	}
	if (byte & 0x80)
		return der_read_long_length(r, byte & 0x7fU, v);
	v->len = byte;
	return true;
}

bool der_read(const uint8_t *data, size_t len, struct der_value *ret)
{
	struct der_reader r = {.p = data, .end = data + len};
	struct der_value v = {.minimal = true};
	uint8_t first = 0;

	if (len == 0 || !der_next_byte(&r, &first))
		return false;
	v.class = (enum der_class)(first >> 6);
	v.constructed = first & 0x20;
	v.number = first & 0x1fU;
	if (v.number == NUMBER_LONG && !der_read_long_tag(&r, &v))
		return false;
	if (!der_read_length(&r, &v) || v.len > (size_t)(r.end - r.p))
		return false;
	v.content = r.p;
	v.end = r.p + v.len;
	*ret = v;
	return true;
}

bool der_take(struct span *in, struct der_item *ret)
{
	struct der_value v;

	if (in->len == 0 || !der_read(in->data, in->len, &v) || v.indefinite ||
		(in->data[0] & NUMBER_LONG) == NUMBER_LONG)
		return false;
	*ret = (struct der_item){
		.tag = in->data[0],
		.content = {v.content, v.len},
		.whole = {in->data, (size_t)(v.end - in->data)},
	};
	in->data += ret->whole.len;
	in->len -= ret->whole.len;
	return true;
}

bool der_take_tag(struct span *in, uint8_t tag, struct der_item *ret)
{
	struct span rest = *in;
	struct der_item item;

	if (!der_take(&rest, &item) || item.tag != tag)
		return false;
	*in = rest;
	*ret = item;
	return true;
}

/* --- the one form of each primitive type --- */

static bool der_boolean_is_canonical(const struct der_value *v)
{
	return v->len == 1 && (v->content[0] == 0 || v->content[0] == 0xff);
}

static bool der_integer_is_canonical(const struct der_value *v)
{
	const uint8_t *c = v->content;

	if (v->len < 2)
		return v->len == 1;
	return !(c[0] == 0x00 && c[1] < 0x80) &&
		!(c[0] == 0xff && c[1] >= 0x80);
}

static bool der_bit_string_is_canonical(const struct der_value *v)
{
	unsigned unused = v->len > 0 ? v->content[0] : 8;

	if (unused > 7 || (v->len == 1 && unused != 0))
		return false;
	return (v->content[v->len - 1] & ((1U << unused) - 1)) == 0 ||
		v->len == 1;
}

static bool der_null_is_canonical(const struct der_value *v)
{
	return v->len == 0;
}

static bool der_object_identifier_is_canonical(const struct der_value *v)
{
	bool at_start = true;

	for (size_t i = 0; i < v->len; i++) {
		if (at_start && v->content[i] == 0x80)
			return false;
		at_start = v->content[i] < 0x80;
	}
	return v->len > 0 && at_start;
}

static bool (*const canonical[])(const struct der_value *v) = {
	[NUMBER_BOOLEAN] = der_boolean_is_canonical,
	[NUMBER_INTEGER] = der_integer_is_canonical,
	[NUMBER_BIT_STRING] = der_bit_string_is_canonical,
	[NUMBER_NULL] = der_null_is_canonical,
	[NUMBER_OBJECT_IDENTIFIER] = der_object_identifier_is_canonical,
	[NUMBER_ENUMERATED] = der_integer_is_canonical,
};

static bool der_may_be_constructed(uint32_t number)
{
	return number == NUMBER_SEQUENCE || number == NUMBER_SET ||
		number == NUMBER_EXTERNAL || number == NUMBER_EMBEDDED_PDV;
}

static bool der_value_is_canonical(const struct der_value *v)
{
	if (!v->minimal || v->indefinite)
		return false;
	if (v->class != DER_UNIVERSAL)
		return true;
	if (v->number == NUMBER_END ||
		v->constructed != der_may_be_constructed(v->number))
		return false;
	if (v->number < ARRAY_SIZE(canonical) && canonical[v->number])
		return canonical[v->number](v);
	return true;
}

/* --- the walk --- */

/* A constructed value the walk is in, and its last member if it is a set. */
struct der_level {
	const uint8_t *end;
	bool set;
	const uint8_t *before;
	size_t before_len;
};

struct walk {
	struct der_level levels[DER_MAX_DEPTH];
	size_t depth;
};

/* Members of a set are in ascending order of their encodings. */
static bool der_in_order(
	struct der_level *l, const uint8_t *p, const uint8_t *end)
{
	size_t len = (size_t)(end - p);
	size_t least = l->before_len < len ? l->before_len : len;
	int order = 0;

	if (!l->set)
		return true;
	if (l->before)
		order = memcmp(l->before, p, least);
	if (order > 0 || (order == 0 && l->before && l->before_len > len))
		return false;
	l->before = p;
	l->before_len = len;
	return true;
}

static bool der_walk_enter(struct walk *w, const struct der_value *v)
{
	if (!v->constructed)
		return true;
	if (w->depth == DER_MAX_DEPTH)
		return false;
	w->levels[w->depth++] = (struct der_level){
		.end = v->end,
		.set = v->class == DER_UNIVERSAL && v->number == NUMBER_SET,
	};
	return true;
}

bool der_is_canonical(const uint8_t *data, size_t len)
{
	struct walk w = {.levels = {{.end = data + len}}, .depth = 1};
	const uint8_t *p = data;
	struct der_value v;

	if (!der_read(data, len, &v) || v.end != data + len)
		return false;
	while (w.depth > 0) {
		struct der_level *l = &w.levels[w.depth - 1];

		if (p == l->end) {
			w.depth--;
			continue;
		}
		if (!der_read(p, (size_t)(l->end - p), &v) ||
			!der_value_is_canonical(&v) ||
			!der_in_order(l, p, v.end) || !der_walk_enter(&w, &v))
			return false;
		p = v.constructed ? v.content : v.end;
	}
	return true;
}

size_t der_put_head(uint8_t tag, size_t len, uint8_t *ret)
{
	size_t bytes = len < 0x80 ? 0 : len < 0x100 ? 1 : len < 0x10000 ? 2 : 3;

	ret[0] = tag;
	ret[1] = (uint8_t)(bytes ? 0x80 + bytes : len);
	for (size_t i = 0; i < bytes; i++)
		ret[2 + i] = (uint8_t)(len >> 8 * (bytes - 1 - i));
	return 2 + bytes;
}

int der_make_with_bits(struct span first, struct span bits, struct bytes *ret)
{
	uint8_t head[DER_HEAD_MAX_BYTES];
	size_t head_len = der_put_head(DER_BIT_STRING, bits.len + 1, head);
	size_t len = first.len + head_len + 1 + bits.len;
	uint8_t *der = malloc(DER_HEAD_MAX_BYTES + len);
	uint8_t *at = der;

	if (!der)
		return -ENOMEM;
	at += der_put_head(DER_SEQUENCE, len, der);
	memcpy(at, first.data, first.len);
	at += first.len;
	memcpy(at, head, head_len);
	at += head_len;
	*at++ = 0; /* no unused bits */
	memcpy(at, bits.data, bits.len);
	*ret = (struct bytes){
		.data = der, .len = (size_t)(at - der) + bits.len};
	return 0;
}

bool der_is_oid(struct span content, const struct der_oid *oid)
{
	return content.len == oid->len &&
		memcmp(content.data, oid->bytes, oid->len) == 0;
}
