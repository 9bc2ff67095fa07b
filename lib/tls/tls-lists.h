/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of cipher suites: whether OpenSSL understands every word of one and
 * what it must never hold, and putting them into a context. Verifies nobody,
 * and leaves the security level alone.
 */
#ifndef CERTPROV_TLS_LISTS_H
#define CERTPROV_TLS_LISTS_H

#include <openssl/types.h>

#include "lib/net/tls-offer.h"

/*
 * A list up to TLS 1.2, and one of TLS 1.3. 0; -EINVAL with what is wrong with
 * it in *ret_fault, a clause in new memory: a word that means no suite, a suite
 * without a certificate or without encryption, a security level, which is the
 * profile's; -ENOMEM. OpenSSL itself ignores the words it does not know.
 */
int tls_ciphers_check(const char *list, char **ret_fault);
int tls_suites_check(const char *list, char **ret_fault);

/* The lowest version and both lists; what was in the context is replaced. 0, or
 * -EIO when OpenSSL takes one of them not. */
int tls_offer_apply(const struct tls_offer *offer, SSL_CTX *context);
/* OpenSSL's number: TLS1_2_VERSION. */
int tls_minimum_number(enum tls_minimum minimum);

#endif
