/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/digest.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/base/hex.h"

static OSSL_LIB_CTX *digest_context;

void digest_look_up_in(OSSL_LIB_CTX *context)
{
	digest_context = context;
}

/* Looked up once and kept: EVP_sha256() is looked up by each use of it, which
 * costs as much as the digest of a short text. NULL when it cannot be found. */
static const EVP_MD *digest_algorithm(void)
{
	static _Atomic(EVP_MD *) kept;
	EVP_MD *md = atomic_load(&kept);
	EVP_MD *before = NULL;

	if (md)
		return md;
	md = EVP_MD_fetch(digest_context, "SHA256", NULL);
	if (atomic_compare_exchange_strong(&kept, &before, md))
		return md;
	EVP_MD_free(md);
	return before;
}

int digest_sha256(const void *data, size_t len, uint8_t ret[SHA256_BYTES])
{
	const EVP_MD *algorithm = digest_algorithm();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned bytes = 0;

	if (!algorithm ||
		EVP_Digest(data, len, digest, &bytes, algorithm, NULL) != 1 ||
		bytes != SHA256_BYTES) {
		ERR_clear_error();
		return -EIO;
	}
	memcpy(ret, digest, SHA256_BYTES);
	return 0;
}

int digest_sha256_hex(const void *data, size_t len, char ret[SHA256_HEX_SIZE])
{
	uint8_t digest[SHA256_BYTES];
	int r = digest_sha256(data, len, digest);

	if (r == 0)
		hex_format(digest, sizeof(digest), ret);
	return r;
}
