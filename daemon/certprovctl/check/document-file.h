/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provisioning document in a file: read whole, passed on as text in a message
 * or as a sealed descriptor.
 */
#ifndef CERTPROVCTL_DOCUMENT_FILE_H
#define CERTPROVCTL_DOCUMENT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct bytes;

/* More than any limit of a run could be. */
#define DOCUMENT_FILE_MAX_BYTES ((size_t)256 * 1024 * 1024)
/* A larger one does not go into a message. */
#define DOCUMENT_FILE_MAX_INLINE_BYTES ((size_t)128 * 1024)

/* "-" is standard input. 0, -EFBIG, or an error of opening or reading. */
int document_file_read(const char *path, struct bytes *ret);
/* It can be a JSON text that is not much longer: UTF-8, without controls
 * that would have to be escaped, and not too large. */
bool document_file_fits_inline(const struct bytes *document);
/* A memfd with the bytes, sealed against any change. */
int document_file_seal(const struct bytes *document, int *ret_fd);

#endif
