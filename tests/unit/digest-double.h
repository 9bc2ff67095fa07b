/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the place of OpenSSL's digest: the n-th call from now on can be made
 * to fail, once. The linker (--wrap) brings every call of ours here first.
 *
 *	for (unsigned n = 1; digest_fails_at(n); n++)
 *		expect_no_trust(what_needs_digests());
 *
 * goes on until the operation needs fewer calls than n.
 */
#ifndef CERTPROV_TESTS_DIGEST_DOUBLE_H
#define CERTPROV_TESTS_DIGEST_DOUBLE_H

#include <stdbool.h>

/* True for n of 1, and as long as the call before it was reached. */
bool digest_fails_at(unsigned n);
/* Until then none fails: for what is made on the way. */
void digest_hold(void);
void digest_go_on(void);
bool digest_did_fail(void);

#endif
