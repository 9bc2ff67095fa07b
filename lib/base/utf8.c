/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/utf8.h"

#include "lib/base/macros.h"

/* The well-formed sequences of more than one byte, Unicode table 3-7. */
static const struct form {
	uint8_t lead_first, lead_last;
	uint8_t second_first, second_last;
	uint8_t len;
} forms[] = {
	{0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3},
	{0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3},
	{0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4},
	{0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

static const struct form *utf8_form_find(uint8_t lead)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (lead >= forms[i].lead_first && lead <= forms[i].lead_last)
			return &forms[i];
	return NULL;
}

size_t utf8_next(const void *p, size_t len, uint32_t *ret)
{
	static const uint8_t lead_bits[] = {0, 0, 0x1f, 0x0f, 0x07};
	const uint8_t *b = p;
	const struct form *form = NULL;
	uint32_t c = b[0];

	if (b[0] < 0x80) {
		*ret = c;
		return 1;
	}
	form = utf8_form_find(b[0]);
	if (!form || len < form->len || b[1] < form->second_first ||
		b[1] > form->second_last)
		return 0;
	c &= lead_bits[form->len];
	for (size_t i = 1; i < form->len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (b[i] & 0x3fU);
	}
	*ret = c;
	return form->len;
}

uint8_t *utf8_put(uint8_t *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (uint8_t)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (uint8_t)(0xc0 | c >> 6);
	} else if (c < 0x10000) {
		*to++ = (uint8_t)(0xe0 | c >> 12);
		*to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	} else {
		*to++ = (uint8_t)(0xf0 | (c >> 18 & 7));
		*to++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
		*to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (uint8_t)(0x80 | (c & 0x3f));
	return to;
}

size_t utf8_valid_bytes(const char *text, size_t len)
{
	size_t at = 0;
	uint32_t c = 0;

	while (at < len && text[at] != 0) {
		size_t n = utf8_next(text + at, len - at, &c);

		if (n == 0)
			break;
		at += n;
	}
	return at;
}

/* Categories Cc, Cf, Zl and Zp of Unicode 15. */
static const struct utf8_range {
	uint32_t first;
	uint32_t last;
} unprintable[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x00ad, 0x00ad},
	{0x0600, 0x0605},
	{0x061c, 0x061c},
	{0x06dd, 0x06dd},
	{0x070f, 0x070f},
	{0x0890, 0x0891},
	{0x08e2, 0x08e2},
	{0x180e, 0x180e},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0xfeff, 0xfeff},
	{0xfff9, 0xfffb},
	{0x110bd, 0x110bd},
	{0x110cd, 0x110cd},
	{0x13430, 0x1343f},
	{0x1bca0, 0x1bca3},
	{0x1d173, 0x1d17a},
	{0xe0001, 0xe0001},
	{0xe0020, 0xe007f},
};

bool utf8_is_printable(uint32_t c)
{
	if (c < 0x7f)
		return c > 0x1f;
	for (size_t i = 0; i < ARRAY_SIZE(unprintable); i++)
		if (c >= unprintable[i].first && c <= unprintable[i].last)
			return false;
	return true;
}
