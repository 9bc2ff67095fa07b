/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DER as tags and lengths, whatever they mean. OpenSSL reads BER where DER is
 * demanded and keeps the bytes as they were, so that it cannot tell the
 * difference afterwards; this can. Never recurses.
 */
#ifndef CERTPROV_DER_H
#define CERTPROV_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;

/* How deep values may be nested. */
#define DER_MAX_DEPTH 32

enum der_class {
	DER_UNIVERSAL = 0,
	DER_APPLICATION = 1,
	DER_CONTEXT = 2,
	DER_PRIVATE = 3,
};

/* One tag and length; the content is borrowed. */
struct der_value {
	enum der_class class;
	bool constructed;
	bool minimal;    /* tag and length are as short as DER demands */
	bool indefinite; /* BER: the end is marked; content is all the rest */
	uint32_t number;
	const uint8_t *content;
	size_t len;
	const uint8_t *end; /* behind the content */
};

/* Borrowed bytes. */
struct span {
	const uint8_t *data;
	size_t len;
};

/* Read the value at data. False when there is none or it is longer than len. */
bool der_read(const uint8_t *data, size_t len, struct der_value *ret);

/* One element taken from the front of some DER; borrowed. */
struct der_item {
	uint8_t tag;
	struct span content;
	struct span whole; /* with tag and length */
};

/*
 * Take the first element off *in. False, and *in as it was, without one: only
 * one-byte tags and definite lengths make an element here.
 */
bool der_take(struct span *in, struct der_item *ret);
/* The same, and false unless it has this tag. */
bool der_take_tag(struct span *in, uint8_t tag, struct der_item *ret);

/* The first byte of universal values. */
enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
};

/* The content of an OBJECT IDENTIFIER. */
struct der_oid {
	uint8_t bytes[9];
	uint8_t len;
};
bool der_is_oid(struct span content, const struct der_oid *oid);

/* Write tag and length of a value in the shortest form; returns their size. */
#define DER_HEAD_MAX_BYTES ((size_t)5)
size_t der_put_head(uint8_t tag, size_t len, uint8_t *ret);

/* A SEQUENCE of what is first and a BIT STRING without unused bits: the form
 * of a certificate and of a key. 0 or -ENOMEM. */
int der_make_with_bits(struct span first, struct span bits, struct bytes *ret);

/*
 * Exactly one value, DER down to the last primitive one: lengths definite
 * and shortest, no string in pieces, booleans, integers, bit strings, object
 * identifiers in their one form, sets sorted. The content of octet strings is
 * not checked.
 */
bool der_is_canonical(const uint8_t *data, size_t len);

#endif
