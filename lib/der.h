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

/*
 * Read the value at data. False when there is none, or when it claims to be
 * longer than len.
 */
bool der_read(const uint8_t *data, size_t len, struct der_value *ret);

/*
 * Exactly one value, DER down to the last primitive one: lengths definite
 * and shortest, no string in pieces, booleans, integers, bit strings, object
 * identifiers in their one form, sets sorted. Octet strings are not looked
 * into.
 */
bool der_is_canonical(const uint8_t *data, size_t len);

#endif
