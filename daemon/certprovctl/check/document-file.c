/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/document-file.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/macros.h"
#include "lib/base/utf8.h"

int document_file_read(const char *path, struct bytes *ret)
{
	if (strcmp(path, "-") == 0)
		return fd_read_all(STDIN_FILENO, DOCUMENT_FILE_MAX_BYTES, ret);
	return fd_read_file(path, DOCUMENT_FILE_MAX_BYTES, ret);
}

/* The only control characters in documents are white space. */
static bool document_file_is_plain(uint8_t c)
{
	return c >= ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool document_file_fits_inline(const struct bytes *document)
{
	if (document->len == 0 ||
		document->len > DOCUMENT_FILE_MAX_INLINE_BYTES)
		return false;
	for (size_t i = 0; i < document->len; i++)
		if (!document_file_is_plain(document->data[i]))
			return false;
	return utf8_valid_bytes((const char *)document->data, document->len) ==
		document->len;
}

int document_file_seal(const struct bytes *document, int *ret_fd)
{
	return fd_seal("document", document->data, document->len, ret_fd);
}
