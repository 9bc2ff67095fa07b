/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a document before the parser sees them: makes one line end of
 * LF, CR LF and CR alone, and finds the first byte that is no UTF-8 and the
 * first that is no US-ASCII. Looks at one byte at a time; refuses nothing.
 *
 * A comment may begin with ">" or "->" (XML 1.0, 2.5). Outside the root the
 * push parser of libxml2 2.9 takes that for its end unless all of the comment
 * is there at once, so such a ">" is made a space; nobody reads comments.
 */
#ifndef CERTPROV_FETCH_DOCUMENT_BYTES_H
#define CERTPROV_FETCH_DOCUMENT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document_byte {
	bool found;
	uint8_t value;
	int64_t line; /* from 1, as the column, which counts characters */
	int64_t column;
};

/* What bytes may stand in where "<!--" begins no comment. */
enum document_bytes_span {
	DOCUMENT_BYTES_MARKUP = 0,
	DOCUMENT_BYTES_COMMENT,
	DOCUMENT_BYTES_CDATA,
	DOCUMENT_BYTES_INSTRUCTION,
};

/* Zeroed is at the beginning. */
struct document_bytes {
	struct document_byte not_utf8; /* first byte of the sequence */
	struct document_byte not_ascii;
	int64_t lines; /* ended so far */
	int64_t column;
	bool after_cr;     /* when lines were counted */
	bool converted_cr; /* when they were converted */
	unsigned missing;  /* bytes of the sequence that is being read */
	uint8_t low;       /* what its next byte may be */
	uint8_t high;
	struct document_byte sequence; /* its first byte */
	enum document_bytes_span span;
	uint64_t recent; /* up to eight bytes since it began, the last lowest */
};

void document_bytes_look(
	struct document_bytes *b, const uint8_t *data, size_t len);

/* Copies with LF for each end of a line and a space for what was said above;
 * returns the length. */
size_t document_bytes_convert(
	struct document_bytes *b, const char *data, size_t len, char *ret);

#endif
