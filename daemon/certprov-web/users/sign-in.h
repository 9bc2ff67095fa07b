/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /session: who is signed in, signing in and out.
 */
#ifndef CERTPROV_WEB_SIGN_IN_H
#define CERTPROV_WEB_SIGN_IN_H

#include <stddef.h>

/* Of a request to sign in. */
#define SIGN_IN_MAX_BYTES ((size_t)4 * 1024)

struct access;
struct exchange;

/* Answers. */
void sign_in_handle(struct access *a, struct exchange *e);

#endif
