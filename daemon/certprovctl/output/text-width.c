/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/text-width.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"

struct text_width_range {
	uint32_t first;
	uint32_t last;
};

/* Blocks whose characters stand on another one; Unicode 15, the scripts that
 * occur in names of certificates. */
static const struct text_width_range combining[] = {
	{0x0300, 0x036f},
	{0x0483, 0x0489},
	{0x0591, 0x05bd},
	{0x0610, 0x061a},
	{0x064b, 0x065f},
	{0x1ab0, 0x1aff},
	{0x1dc0, 0x1dff},
	{0x20d0, 0x20ff},
	{0xfe00, 0xfe0f},
	{0xfe20, 0xfe2f},
};

/* East Asian wide and full width, and pictures. */
static const struct text_width_range wide[] = {
	{0x1100, 0x115f},
	{0x2e80, 0x303e},
	{0x3041, 0x4dbf},
	{0x4e00, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
};

static bool text_width_is_in(
	uint32_t c, const struct text_width_range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Bytes of the character that starts here, and the columns it takes. A byte
 * that starts none counts as one column, so that nothing is ever endless. */
static size_t text_width_character(
	const char *text, size_t len, size_t *ret_columns)
{
	const uint8_t *p = (const uint8_t *)text;
	size_t n = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0x7fU >> n);

	if (n > len)
		n = len;
	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3fU);
	*ret_columns = text_width_is_in(c, combining, ARRAY_SIZE(combining)) ? 0
		: text_width_is_in(c, wide, ARRAY_SIZE(wide))                ? 2
							      : 1;
	return n;
}

size_t text_width(const char *text, size_t len)
{
	size_t total = 0;
	size_t columns = 0;

	for (size_t i = 0; i < len; total += columns)
		i += text_width_character(text + i, len - i, &columns);
	return total;
}

size_t text_head(const char *text, size_t len, size_t columns)
{
	size_t used = 0;
	size_t i = 0;

	while (i < len) {
		size_t wants = 0;
		size_t n = text_width_character(text + i, len - i, &wants);

		if (used + wants > columns)
			break;
		used += wants;
		i += n;
	}
	return i;
}

size_t text_tail(const char *text, size_t len, size_t columns)
{
	size_t total = text_width(text, len);
	size_t i = 0;

	while (i < len && total > columns) {
		size_t wants = 0;

		i += text_width_character(text + i, len - i, &wants);
		total -= wants;
	}
	/* No mark without what it stands on. */
	while (i > 0 && i < len) {
		size_t wants = 0;
		size_t n = text_width_character(text + i, len - i, &wants);

		if (wants > 0)
			break;
		i += n;
	}
	return i;
}
