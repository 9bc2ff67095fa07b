/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords as crypt(3) hashes of the kind yescrypt, and no other: what is weak
 * to make or costs too much to check is refused before it is used.
 */
#ifndef CERTPROV_PASSWORD_H
#define CERTPROV_PASSWORD_H

#include <stdbool.h>

#include "lib/base/macros.h"

/* Of one that is made; one that is checked may be longer, and is wrong. */
#define PASSWORD_MIN_BYTES 8
#define PASSWORD_MAX_BYTES 256
/* Of a hash, which takes 16 or 32 MiB of memory to check. */
#define PASSWORD_MAX_HASH 128

/* A hash with a salt of its own, in new memory. 0, -EINVAL when the password is
 * shorter or longer than it may be, -ENOMEM or -EIO. */
int password_hash(const char *password, char **ret);

/* NULL: it is a hash that may be checked; otherwise why not, a clause. */
const char *password_fault(const char *hash);

/* Of two hashes without fault the one that costs more to check. */
const char *password_dearer(const char *a, const char *b);

/* Whether it is the password of this hash without fault. Takes as long for one
 * that is wrong. 0, -ENOMEM or -EIO. */
int password_check(const char *hash, const char *password, bool *ret);

#endif
