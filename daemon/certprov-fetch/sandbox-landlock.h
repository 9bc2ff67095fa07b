/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the sandbox that is about files: reading what resolving names
 * and TLS set-up need, writing nothing. Part of sandbox.[ch].
 */
#ifndef CERTPROV_FETCH_SANDBOX_LANDLOCK_H
#define CERTPROV_FETCH_SANDBOX_LANDLOCK_H

/* no_new_privs must be set. 0; -EOPNOTSUPP when the kernel has none or has
 * it switched off; another negative errno. */
int landlock_enter(void);

#endif
