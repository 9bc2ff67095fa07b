/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/crypto-parts.h"

#include <openssl/crypto.h>

void crypto_parts_leave_out(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
			OPENSSL_INIT_NO_ADD_ALL_CIPHERS,
		NULL);
}
