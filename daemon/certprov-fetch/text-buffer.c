/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/text-buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096

/* It may be a private key. */
static void text_buffer_wipe(struct text_buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
}

void text_buffer_done(struct text_buffer *b)
{
	text_buffer_wipe(b);
	free(b->data);
	*b = (struct text_buffer){0};
}

void text_buffer_reset(struct text_buffer *b, size_t max_bytes)
{
	text_buffer_wipe(b);
	b->len = 0;
	b->max_bytes = max_bytes;
	b->exceeded = false;
	if (b->data)
		b->data[0] = 0;
}

/* Room for len more and the final zero. */
static int text_buffer_reserve(struct text_buffer *b, size_t len)
{
	size_t wanted = b->len + len + 1;
	size_t room = b->room > 0 ? b->room : FIRST_ROOM;
	char *more = NULL;

	if (wanted <= b->room)
		return 0;
	while (room < wanted)
		room *= 2;
	more = malloc(room);
	if (!more)
		return -ENOMEM;
	if (b->data)
		memcpy(more, b->data, b->len + 1);
	text_buffer_wipe(b);
	free(b->data);
	b->data = more;
	b->room = room;
	return 0;
}

int text_buffer_add(struct text_buffer *b, const char *text, size_t len)
{
	int r = 0;

	if (b->exceeded || len > b->max_bytes - b->len) {
		b->exceeded = true;
		return 0;
	}
	r = text_buffer_reserve(b, len);
	if (r < 0)
		return r;
	memcpy(b->data + b->len, text, len);
	b->len += len;
	b->data[b->len] = 0;
	return 0;
}

static bool text_buffer_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

int text_buffer_add_folded(struct text_buffer *b, const char *text, size_t len)
{
	int r = 0;

	for (size_t i = 0; i < len && r == 0;) {
		size_t end = i;

		while (end < len &&
			text_buffer_is_space(text[end]) ==
				text_buffer_is_space(text[i]))
			end++;
		if (!text_buffer_is_space(text[i]))
			r = text_buffer_add(b, text + i, end - i);
		else if (b->len > 0 &&
			!text_buffer_is_space(b->data[b->len - 1]))
			r = text_buffer_add(b,
				memchr(text + i, '\n', end - i) ? "\n" : " ",
				1);
		i = end;
	}
	return r;
}

const char *text_buffer_get(const struct text_buffer *b)
{
	return b->data ? b->data : "";
}
