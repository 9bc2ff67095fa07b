/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many columns of a terminal a text takes: wide characters two, marks
 * that combine none. Whatever the locale; for text that lib/text has made
 * fit, so valid UTF-8 without controls.
 */
#ifndef CERTPROVCTL_TEXT_WIDTH_H
#define CERTPROVCTL_TEXT_WIDTH_H

#include <stddef.h>

/* Columns of the first len bytes. */
size_t text_width(const char *text, size_t len);
/* The longest beginning of len bytes that takes at most columns; in bytes,
 * never within a character nor before a mark that combines with the last. */
size_t text_head(const char *text, size_t len, size_t columns);
/* Likewise the longest end; returns where it starts. */
size_t text_tail(const char *text, size_t len, size_t columns);

#endif
