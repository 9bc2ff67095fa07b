/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/document-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
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
	CLEANUP(fd_close)
	int fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r = 0;

	if (fd < 0)
		return -errno;
	r = fd_write_full(fd, document->data, document->len);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0 ||
		fcntl(fd, F_ADD_SEALS,
			F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |
				F_SEAL_WRITE) < 0)
		return -errno;
	*ret_fd = fd_take(&fd);
	return 0;
}
