/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's memory, which runs out when a test says so. */
#ifndef CERTPROV_TESTS_OPENSSL_MEMORY_H
#define CERTPROV_TESTS_OPENSSL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Before anything else of OpenSSL is used. */
void openssl_memory_install(void);
/* From now on the n-th block from 1 is not to be had, and those behind it are;
 * 0: none is refused. */
void openssl_memory_fails_at(unsigned n);
/* One has been refused since. */
bool openssl_memory_did_fail(void);
/* How many blocks there are. */
size_t openssl_memory_blocks(void);

#endif
