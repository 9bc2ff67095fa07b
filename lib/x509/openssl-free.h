/* SPDX-License-Identifier: Apache-2.0 */
/* CLEANUP(openssl_free): free() for what OpenSSL allocated. */
#ifndef CERTPROV_OPENSSL_FREE_H
#define CERTPROV_OPENSSL_FREE_H

#include <openssl/crypto.h>

static inline void openssl_free_at_end(unsigned char **p)
{
	OPENSSL_free(*p);
}

#endif
