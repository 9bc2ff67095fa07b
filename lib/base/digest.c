/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/digest.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/base/hex.h"

int digest_sha256(const void *data, size_t len, uint8_t ret[SHA256_BYTES])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned bytes = 0;

	if (EVP_Digest(data, len, digest, &bytes, EVP_sha256(), NULL) != 1 ||
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
