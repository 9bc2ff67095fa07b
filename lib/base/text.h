/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings of strangers made fit for logs, terminals and JSON: valid UTF-8,
 * nothing that moves a cursor or turns the direction of writing, bounded.
 * Decides nothing.
 */
#ifndef CERTPROV_TEXT_H
#define CERTPROV_TEXT_H

#include <stddef.h>

/* What a text that was cut ends with. */
#define TEXT_CUT "..."

/*
 * In new memory the caller frees. Control and format characters become
 * \xNN or \uNNNN, and so do bytes that are no UTF-8. At most max_bytes, the
 * mark of a cut included; never cut within a character. 0 or -ENOMEM.
 */
int text_escape(const void *data, size_t len, size_t max_bytes, char **ret);

/*
 * The same for one character, or one byte that is none, of the len (at least
 * one) at data: returns how many bytes were taken. A piece is at most four
 * times as long as that.
 */
#define TEXT_PIECE_SIZE 16
size_t text_piece(const void *data, size_t len, char ret[TEXT_PIECE_SIZE]);

#endif
