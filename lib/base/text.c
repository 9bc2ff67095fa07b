/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"

size_t text_piece(const void *data, size_t len, char ret[TEXT_PIECE_SIZE])
{
	const uint8_t *p = data;
	uint32_t c = 0;
	size_t n = utf8_next(p, len, &c);

	if (n == 0 || (n == 1 && !utf8_is_printable(c)))
		(void)snprintf(ret, TEXT_PIECE_SIZE, "\\x%02X", p[0]);
	else if (!utf8_is_printable(c))
		(void)snprintf(ret, TEXT_PIECE_SIZE,
			c > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)c);
	else {
		memcpy(ret, p, n);
		ret[n] = 0;
	}
	return n ? n : 1;
}

/* Printable ASCII, which nearly all text is, stays as it is: how much of it
 * there is at p. */
static size_t text_count_plain(const uint8_t *p, size_t len)
{
	size_t n = 0;

	while (n < len && p[n] >= ' ' && p[n] <= '~')
		n++;
	return n;
}

/* Of it, what fits even if TEXT_CUT has to follow. */
static size_t text_count_fitting(
	const uint8_t *p, size_t len, size_t used, size_t max_bytes)
{
	size_t room = max_bytes - used;

	if (room <= strlen(TEXT_CUT))
		return 0;
	room -= strlen(TEXT_CUT);
	return text_count_plain(p, len < room ? len : room);
}

int text_escape(const void *data, size_t len, size_t max_bytes, char **ret)
{
	const uint8_t *p = data;
	char piece[TEXT_PIECE_SIZE];
	char *text = NULL;
	size_t used = 0;
	size_t fits = 0; /* how much stays if TEXT_CUT has to follow */

	assert(max_bytes >= strlen(TEXT_CUT));

	text = malloc((len < max_bytes / 4 ? 4 * len : max_bytes) + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len;) {
		const void *from = p + i;
		size_t n = text_count_fitting(from, len - i, used, max_bytes);
		size_t taken = n;

		if (n == 0) {
			taken = text_piece(from, len - i, piece);
			from = piece;
			n = strlen(piece);
		}
		if (used + n > max_bytes) {
			memcpy(text + fits, TEXT_CUT, strlen(TEXT_CUT));
			used = fits + strlen(TEXT_CUT);
			break;
		}
		memcpy(text + used, from, n);
		used += n;
		if (used + strlen(TEXT_CUT) <= max_bytes)
			fits = used;
		i += taken;
	}
	text[used] = 0;
	*ret = text;
	return 0;
}
