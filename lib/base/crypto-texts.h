/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of OpenSSL's errors, which it loads as soon as there is an error to
 * forget: some 1,300 blocks of memory. For programs that never show them.
 */
#ifndef CERTPROV_CRYPTO_TEXTS_H
#define CERTPROV_CRYPTO_TEXTS_H

/* Before anything else of OpenSSL is used, for the whole process: errors have
 * only their numbers then. Without memory they are loaded as before. */
void crypto_texts_leave_out(void);

#endif
