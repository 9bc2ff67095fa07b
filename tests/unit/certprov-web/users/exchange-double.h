/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as if they came by TLS, from some address: the tests' own come on a
 * Unix socket. The program's functions are replaced when it is linked.
 */
#ifndef CERTPROV_TESTS_EXCHANGE_DOUBLE_H
#define CERTPROV_TESTS_EXCHANGE_DOUBLE_H

/* NULL: as they come. */
extern const char *exchange_double_address;

#endif
