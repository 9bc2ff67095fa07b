/* SPDX-License-Identifier: Apache-2.0 */
/* Identities of the tests, as PEM. */
#ifndef CERTPROV_TESTS_IDENTITY_FIXTURE_H
#define CERTPROV_TESTS_IDENTITY_FIXTURE_H

#include "lib/identity/identity.h"
#include "tests/unit/pki.h"

#define MAC "000413AABBCC"

/* PEM, which lives until identity_fixture_done. */
const char *certificate_pem(const struct pki_cert *c);
const char *key_pem(const struct pki_cert *c);
const char *joined(const char *a, const char *b, const char *c);
void identity_fixture_done(void);

/* Read and make; fails the test unless it is an identity. */
struct identity identity_of(const char *text, enum identity_use use);
/* The refusal of a text. */
struct identity_refusal refusal_of(const char *text, enum identity_use use);

#endif
