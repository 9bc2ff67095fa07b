/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8, one character at a time, and which characters are printable: the only
 * place that knows either.
 */
#ifndef CERTPROV_UTF8_H
#define CERTPROV_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX_BYTES 4 /* of one character */

/*
 * The length of the character at p, of which len bytes (at least one) may be
 * read, and its code point in *ret; 0 and *ret untouched when the bytes are
 * not well-formed (Unicode table 3-7).
 */
size_t utf8_next(const void *p, size_t len, uint32_t *ret);

/* Write a code point below 0x200000; returns the end. */
uint8_t *utf8_put(uint8_t *to, uint32_t c);

/*
 * The number of bytes, from the beginning, that are valid UTF-8 without
 * U+0000; len when all of them are.
 */
size_t utf8_valid_bytes(const char *text, size_t len);

/*
 * False for characters that move the cursor, end a line, are invisible or
 * change the direction of the text: the Unicode categories Cc, Cf, Zl and Zp.
 */
bool utf8_is_printable(uint32_t c);

#endif
