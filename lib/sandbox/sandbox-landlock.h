/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's files; and its ports, abstract names and signals where the
 * kernel can restrict them. Only sandbox.c uses this.
 */
#ifndef CERTPROV_SANDBOX_LANDLOCK_H
#define CERTPROV_SANDBOX_LANDLOCK_H

#include "lib/sandbox/sandbox-rules.h"

/* no_new_privs must be set. Not strict: /proc can be read. 0; -EOPNOTSUPP when
 * the kernel lacks Landlock or has it switched off; another negative errno. */
int landlock_enter(const struct sandbox_rules *rules, bool strict);

#endif
