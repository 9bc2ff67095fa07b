/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outline of DER: tags and lengths, without any idea of what they mean.
 * OpenSSL reads BER where DER is demanded, keeps what it read as it was, and
 * so cannot tell the difference afterwards; this can. Never recurses.
 */
#ifndef CERTPROV_DER_H
#define CERTPROV_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How deep values may lie in each other. */
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

/*
 * Read the value at data. False when there is none, or when it claims to be
 * longer than len.
 */
bool der_read(const uint8_t *data, size_t len, struct der_value *ret);

/* One element taken from the front of some DER; borrowed. */
struct der_item {
	uint8_t tag;
	struct span content;
	struct span whole; /* with tag and length */
};

/*
 * Take the first element off *in. False, and *in as it was, when there is
 * none: only one-byte tags and definite lengths are elements here.
 */
bool der_take(struct span *in, struct der_item *ret);
/* The same, and false unless it has this tag. */
bool der_take_tag(struct span *in, uint8_t tag, struct der_item *ret);

/* Write tag and length of a value, as short as can be; their bytes. */
#define DER_HEAD_MAX_BYTES ((size_t)5)
size_t der_put_head(uint8_t tag, size_t len, uint8_t *ret);

/*
 * Exactly one value, DER down to the last primitive one: lengths definite
 * and shortest, no string in pieces, booleans, integers, bit strings, object
 * identifiers in their one form, sets sorted. Octet strings are not looked
 * into.
 */
bool der_is_canonical(const uint8_t *data, size_t len);

#endif
