/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the sandbox that is about system calls: a list of those that
 * may be made, with what arguments. Part of sandbox.[ch].
 */
#ifndef CERTPROV_FETCH_SANDBOX_FILTER_H
#define CERTPROV_FETCH_SANDBOX_FILTER_H

/* 0 or a negative errno. */
int filter_enter(void);

#endif
