/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's system calls: which are allowed, with which arguments. Only
 * sandbox.c uses this.
 */
#ifndef CERTPROV_SANDBOX_FILTER_H
#define CERTPROV_SANDBOX_FILTER_H

#include "lib/sandbox/sandbox-rules.h"

/* no_new_privs must be set. 0; -EOPNOTSUPP when the kernel has no filters;
 * another negative errno. */
int filter_enter(const struct sandbox_rules *rules);

#endif
