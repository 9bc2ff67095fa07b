/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8, read one character at a time, and which characters show themselves:
 * the one place that knows either.
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

/*
 * The number of bytes, from the beginning, that are valid UTF-8 without
 * U+0000; len when all of them are.
 */
size_t utf8_valid_bytes(const char *text, size_t len);

/*
 * False for what moves a cursor, ends a line, is invisible, or changes the
 * direction of the text around it: the Unicode categories Cc, Cf, Zl and Zp.
 */
bool utf8_is_printable(uint32_t c);

#endif
