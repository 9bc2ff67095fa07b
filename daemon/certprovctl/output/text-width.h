/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many columns of a terminal a text takes: two for wide characters, none
 * for combining marks. Does not depend on the locale. For text that
 * lib/base/text has escaped: valid UTF-8 without controls.
 */
#ifndef CERTPROVCTL_TEXT_WIDTH_H
#define CERTPROVCTL_TEXT_WIDTH_H

#include <stddef.h>

/* Columns of the first len bytes. */
size_t text_width(const char *text, size_t len);
/* The length in bytes of the longest beginning that takes at most so many
 * columns. It never ends within a character or before its combining mark. */
size_t text_head(const char *text, size_t len, size_t columns);
/* The same for the end of the text; returns where that starts. */
size_t text_tail(const char *text, size_t len, size_t columns);

#endif
