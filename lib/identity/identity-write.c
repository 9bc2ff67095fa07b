/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/identity/identity-write.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

void identity_text_done(struct bytes *b)
{
	if (b->data)
		OPENSSL_cleanse(b->data, b->len);
	bytes_done(b);
}

/* What a key was written to: its memory is wiped, also where it has moved. */
static void identity_bio_free_at_end(BIO **bio)
{
	BIO_free(*bio);
}

int identity_write(const struct identity *i, struct bytes *ret)
{
	__attribute__((cleanup(identity_bio_free_at_end))) BIO *out =
		BIO_new(BIO_s_secmem());
	char *data = NULL;
	long len = 0;
	bool put = out &&
		PEM_write_bio_PrivateKey(
			out, i->key, NULL, NULL, 0, NULL, NULL) == 1;

	for (size_t n = 0; put && n < i->count; n++)
		put = PEM_write_bio_X509(out, i->chain[n]->x509) == 1;
	ERR_clear_error();
	if (!put)
		return out ? -EIO : -ENOMEM;
	len = BIO_get_mem_data(out, &data);
	return bytes_copy(data, (size_t)len, ret);
}
