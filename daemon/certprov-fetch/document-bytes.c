/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-fetch/document-bytes.h"

static struct document_byte document_bytes_here(
	const struct document_bytes *b, uint8_t value)
{
	return (struct document_byte){
		.found = true,
		.value = value,
		.line = b->lines + 1,
		.column = b->column,
	};
}

static void document_bytes_count(struct document_bytes *b, uint8_t c)
{
	bool ends = c == '\r' || (c == '\n' && !b->after_cr);

	if (ends) {
		b->lines++;
		b->column = 0;
	} else if (c != '\n' && (c & 0xc0) != 0x80) {
		b->column++;
	}
	b->after_cr = c == '\r';
}

/* Unicode table 3-7: how many bytes follow, and what the first of them may
 * be. */
static bool document_bytes_lead(struct document_bytes *b, uint8_t c)
{
	b->low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	b->high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (c < 0x80)
		b->missing = 0;
	else if (c >= 0xc2 && c <= 0xdf)
		b->missing = 1;
	else if (c >= 0xe0 && c <= 0xef)
		b->missing = 2;
	else if (c >= 0xf0 && c <= 0xf4)
		b->missing = 3;
	else
		return false;
	b->sequence = document_bytes_here(b, c);
	return true;
}

static bool document_bytes_follow(struct document_bytes *b, uint8_t c)
{
	bool good = c >= b->low && c <= b->high;

	b->low = 0x80;
	b->high = 0xbf;
	b->missing--;
	return good;
}

void document_bytes_look(
	struct document_bytes *b, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && !b->not_utf8.found; i++) {
		uint8_t c = data[i];

		document_bytes_count(b, c);
		if (c >= 0x80 && !b->not_ascii.found)
			b->not_ascii = document_bytes_here(b, c);
		if (b->missing > 0) {
			if (!document_bytes_follow(b, c))
				b->not_utf8 = b->sequence;
		} else if (!document_bytes_lead(b, c)) {
			b->not_utf8 = document_bytes_here(b, c);
		}
	}
}

static void document_bytes_enter(
	struct document_bytes *b, enum document_bytes_span span)
{
	b->span = span;
	b->recent = 0;
}

static void document_bytes_begin_span(struct document_bytes *b)
{
	if ((b->recent & 0xffffffff) == 0x3c212d2d) /* <!-- */
		document_bytes_enter(b, DOCUMENT_BYTES_COMMENT);
	else if (b->recent == 0x3c215b4344415441) /* <![CDATA */
		document_bytes_enter(b, DOCUMENT_BYTES_CDATA);
	else if ((b->recent & 0xffff) == 0x3c3f) /* <? */
		document_bytes_enter(b, DOCUMENT_BYTES_INSTRUCTION);
}

static bool document_bytes_span_ends(const struct document_bytes *b)
{
	uint64_t three = b->recent & 0xffffff;

	return (b->span == DOCUMENT_BYTES_COMMENT && three == 0x2d2d3e) ||
		(b->span == DOCUMENT_BYTES_CDATA && three == 0x5d5d3e) ||
		(b->span == DOCUMENT_BYTES_INSTRUCTION &&
			(three & 0xffff) == 0x3f3e);
}

static char document_bytes_tell_comments(struct document_bytes *b, char c)
{
	bool at_start = b->recent == 0 || b->recent == '-';

	if (c == '>' && b->span == DOCUMENT_BYTES_COMMENT && at_start)
		c = ' ';
	b->recent = b->recent << 8 | (uint8_t)c;
	if (b->span == DOCUMENT_BYTES_MARKUP)
		document_bytes_begin_span(b);
	else if (document_bytes_span_ends(b))
		document_bytes_enter(b, DOCUMENT_BYTES_MARKUP);
	return c;
}

size_t document_bytes_convert(
	struct document_bytes *b, const char *data, size_t len, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool is_cr = data[i] == '\r';
		bool is_rest = data[i] == '\n' && b->converted_cr;
		char c = data[i];

		if (is_cr)
			c = '\n';
		if (!is_rest)
			ret[n++] = document_bytes_tell_comments(b, c);
		b->converted_cr = is_cr;
	}
	return n;
}
