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

int text_escape(const void *data, size_t len, size_t max_bytes, char **ret)
{
	const uint8_t *p = data;
	char piece[TEXT_PIECE_SIZE];
	char *text = NULL;
	size_t used = 0;
	size_t fits = 0; /* how much stays if TEXT_CUT has to follow */

	assert(max_bytes >= strlen(TEXT_CUT));

	text = malloc(max_bytes + 1);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len;) {
		size_t taken = text_piece(p + i, len - i, piece);
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
