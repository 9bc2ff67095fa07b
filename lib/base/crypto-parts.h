/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of OpenSSL that a program without TLS, which never shows OpenSSL's
 * errors, has no use for and would pay for: the texts of errors, loaded as soon
 * as there is an error to forget (some 1,300 blocks of memory); and the names
 * that ciphers had before there were providers, which each library context
 * takes over with the first algorithm it is asked for (20 KiB each). Ciphers
 * are found by the names that providers have for them.
 */
#ifndef CERTPROV_CRYPTO_PARTS_H
#define CERTPROV_CRYPTO_PARTS_H

/* Before anything else of OpenSSL is used, for the whole process: errors have
 * only their numbers then. Without memory all is loaded as before. */
void crypto_parts_leave_out(void);

#endif
