/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/text.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* The longest piece one character can become: "\u202E" or \UNNNNNNNN. */
#define PIECE_SIZE 16

struct range {
	uint32_t first;
	uint32_t last;
};

/* Controls, and what is invisible or reorders what stands around it. */
static const struct range unprintable[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x00ad, 0x00ad},
	{0x061c, 0x061c},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb},
	{0xe0000, 0xe007f},
};

static bool is_unprintable(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (c >= unprintable[i].first && c <= unprintable[i].last)
			return true;
	return false;
}

/* How many bytes a sequence has that starts so; 0 when none does. */
static size_t sequence_length(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The length of the character at p, or 0 when there is no valid one. */
static size_t character_at(const uint8_t *p, size_t len, uint32_t *ret)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = sequence_length(p[0]);
	uint32_t c = 0;

	if (n == 0 || n > len)
		return 0;
	c = p[0] & first_bits[n];
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret = c;
	return n;
}

/* Write one character, or one bad byte; returns how many bytes it took. */
static size_t next_piece(const uint8_t *p, size_t len, char piece[PIECE_SIZE])
{
	uint32_t c = 0;
	size_t n = character_at(p, len, &c);

	if (n == 0 || (n == 1 && is_unprintable(c)))
		(void)snprintf(piece, PIECE_SIZE, "\\x%02X", p[0]);
	else if (is_unprintable(c))
		(void)snprintf(piece, PIECE_SIZE,
			c > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)c);
	else {
		memcpy(piece, p, n);
		piece[n] = 0;
	}
	return n ? n : 1;
}

int text_escape(const void *data, size_t len, size_t max_bytes, char **ret)
{
	const uint8_t *p = data;
	char piece[PIECE_SIZE];
	char *text = NULL;
	size_t used = 0;
	size_t fits = 0; /* how much stays when the mark has to go behind it */

	assert(max_bytes >= strlen(TEXT_CUT));

	text = malloc(max_bytes + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len;) {
		size_t taken = next_piece(p + i, len - i, piece);
		size_t n = strlen(piece);

		if (used + n > max_bytes) {
			memcpy(text + fits, TEXT_CUT, strlen(TEXT_CUT));
			used = fits + strlen(TEXT_CUT);
			break;
		}
		memcpy(text + used, piece, n);
		used += n;
		if (used + strlen(TEXT_CUT) <= max_bytes)
			fits = used;
		i += taken;
	}
	text[used] = 0;
	*ret = text;
	return 0;
}
