/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes untrusted strings safe for logs, terminals and JSON: valid UTF-8, of
 * bounded length, without characters that move the cursor or change the
 * direction of the text.
 */
#ifndef CERTPROV_TEXT_H
#define CERTPROV_TEXT_H

#include <stddef.h>

/* The end of a text that was cut. */
#define TEXT_CUT "..."

/*
 * In new memory the caller frees. Control and format characters and bytes that
 * are not UTF-8 become \xNN or \uNNNN. At most max_bytes including TEXT_CUT;
 * never cut within a character. 0 or -ENOMEM.
 */
int text_escape(const void *data, size_t len, size_t max_bytes, char **ret);

/*
 * The same for the first character, or invalid byte, of the len (at least one)
 * bytes at data: returns how many bytes were taken. A piece is at most four
 * times as long.
 */
#define TEXT_PIECE_SIZE 16
size_t text_piece(const void *data, size_t len, char ret[TEXT_PIECE_SIZE]);

#endif
