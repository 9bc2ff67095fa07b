/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/text-width.h"

#include <locale.h>
#include <wchar.h>

#include "lib/base/utf8.h"

/* wcwidth() depends on the locale, and the user's need not be UTF-8. On a
 * system without C.UTF-8 every character counts as one column. */
static int text_width_of(uint32_t c)
{
	static locale_t utf8;
	locale_t before = (locale_t)0;
	int columns = 1;

	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!utf8)
		return columns;
	before = uselocale(utf8);
	columns = wcwidth((wchar_t)c);
	(void)uselocale(before);
	return columns;
}

/* The length of the next character, and the columns it takes: one also for an
 * invalid byte or an unassigned character. */
static size_t text_width_character(
	const char *text, size_t len, size_t *ret_columns)
{
	uint32_t c = 0;
	size_t n = utf8_next(text, len, &c);
	int columns = n > 0 ? text_width_of(c) : 1;

	*ret_columns = columns < 0 ? 1 : (size_t)columns;
	return n > 0 ? n : 1;
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
	/* A combining mark is not left without its character. */
	while (i > 0 && i < len) {
		size_t wants = 0;
		size_t n = text_width_character(text + i, len - i, &wants);

		if (wants > 0)
			break;
		i += n;
	}
	return i;
}
