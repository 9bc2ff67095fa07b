/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of an element, gathered piece by piece up to a maximum. What goes
 * past it is dropped and remembered as a fact, so that memory stays bounded
 * and the element can be refused at its end. What is no longer needed of it is
 * wiped.
 */
#ifndef CERTPROV_FETCH_TEXT_BUFFER_H
#define CERTPROV_FETCH_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/macros.h"

/* Zeroed is empty, with a maximum of zero. */
struct text_buffer {
	char *data;
	size_t len;
	size_t room;
	size_t max_bytes;
	bool exceeded;
};
void text_buffer_done(struct text_buffer *b);
DEFINE_CLEANUP_EMBEDDED(struct text_buffer, text_buffer_done);

/* Empty again, keeping the memory. */
void text_buffer_reset(struct text_buffer *b, size_t max_bytes);
/* Add text; folded: each run of white space becomes one newline, or one blank
 * where it was within a line, also across calls, and none at the beginning:
 * what people left of a PEM file can still be named. 0 or -ENOMEM. */
int text_buffer_add(struct text_buffer *b, const char *text, size_t len);
int text_buffer_add_folded(struct text_buffer *b, const char *text, size_t len);
/* Never NULL; borrowed until the next call. */
const char *text_buffer_get(const struct text_buffer *b);

#endif
