/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the sandbox that is about files, and about ports, names and
 * signals where the kernel can. Part of sandbox.[ch].
 */
#ifndef CERTPROV_SANDBOX_LANDLOCK_H
#define CERTPROV_SANDBOX_LANDLOCK_H

#include "lib/sandbox/sandbox.h"

/* no_new_privs must be set. Not strict: /proc can be read. 0; -EOPNOTSUPP when
 * the kernel has none or has it switched off; another negative errno. */
int landlock_enter(const struct sandbox_rules *rules, bool strict);

#endif
