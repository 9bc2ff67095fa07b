/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's security level for a server: how weak may be what it chooses. Never
 * 0, where anything goes. TLS 1.0 and 1.1, which OpenSSL has at 0 alone,
 * because they sign with MD5 and SHA-1, are an exception of their own: nothing
 * but the version and that signature passes below the level.
 */
#ifndef CERTPROV_FETCH_TLS_LEVEL_H
#define CERTPROV_FETCH_TLS_LEVEL_H

#include <openssl/types.h>

/* To be called on a new context, before another callback is set. */
void tls_level_set(SSL_CTX *context, int level);

#endif
