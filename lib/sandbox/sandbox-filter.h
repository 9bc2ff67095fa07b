/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the sandbox that is about system calls: a list of those that
 * may be made, with what arguments. Part of sandbox.[ch].
 */
#ifndef CERTPROV_SANDBOX_FILTER_H
#define CERTPROV_SANDBOX_FILTER_H

#include "lib/sandbox/sandbox.h"

/* no_new_privs must be set. 0; -EOPNOTSUPP when the kernel has no filters;
 * another negative errno. */
int filter_enter(const struct sandbox_rules *rules);

#endif
