/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/crypto-texts.h"

#include <openssl/crypto.h>

void crypto_texts_leave_out(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS, NULL);
}
