/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up rights for good: from here on the process can do only what its
 * list says. Call it before the first byte of input is read, while there is
 * one thread.
 *
 * A system call that is not listed fails with EPERM and does not end the
 * process: libc and other libraries try things (a name service daemon, for
 * example) and must carry on without them.
 *
 * What every process needs (memory, time, the descriptors it has, signals to
 * itself) is always allowed; see sandbox-filter.c.
 */
#ifndef CERTPROV_SANDBOX_H
#define CERTPROV_SANDBOX_H

#include "lib/sandbox/sandbox-rules.h"

/* What the kernel does not have, or has switched off. */
enum sandbox_lack {
	SANDBOX_NO_LANDLOCK = 1 << 0,
	SANDBOX_NO_FILTER = 1 << 1,
};

/* False in builds with sanitizers, which map terabytes, inspect the process
 * from outside and write reports: the filter, "not dumpable" and limits that
 * are strict_only are off there, and /proc can be read. */
bool sandbox_is_strict(void);

/* Close every descriptor above 2 that is not listed. 0 or a negative errno. */
int sandbox_close_others(const int *keep_fds, size_t count);

/*
 * Give up everything else. 0, and in *ret_lacks (bits of enum sandbox_lack)
 * what the kernel could not do; or a negative errno, and then the process must
 * end.
 */
int sandbox_enter(const struct sandbox_rules *rules, unsigned *ret_lacks);

#endif
