/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-export.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/base/fd.h"

static void export_bio_free_at_end(BIO **bio)
{
	BIO_free(*bio);
}

int identity_export_key(const struct identity *i, int *ret_fd, size_t *ret_size)
{
	/* Of secure memory: what it grows out of and leaves is wiped. */
	__attribute__((cleanup(export_bio_free_at_end))) BIO *out =
		BIO_new(BIO_s_secmem());
	char *text = NULL;
	long len = 0;
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (PEM_write_bio_PKCS8PrivateKey(
		    out, i->key, NULL, NULL, 0, NULL, NULL) != 1) {
		ERR_clear_error();
		return -EIO;
	}
	len = BIO_get_mem_data(out, &text);
	r = fd_seal("certprov-key", text, (size_t)len, ret_fd);
	if (r == 0)
		*ret_size = (size_t)len;
	return r;
}
