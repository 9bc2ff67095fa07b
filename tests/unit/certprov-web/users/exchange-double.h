/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests as if they came by TLS, from some address: the tests' own come on a
 * Unix socket. And what checking passwords cost. The program's functions are
 * replaced when it is linked.
 */
#ifndef CERTPROV_TESTS_EXCHANGE_DOUBLE_H
#define CERTPROV_TESTS_EXCHANGE_DOUBLE_H

/* NULL: as they come. */
extern const char *exchange_double_address;

/* How many passwords were checked, and against which hash the last one. */
extern unsigned exchange_double_checks;
extern char exchange_double_hash[];

#endif
