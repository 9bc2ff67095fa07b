/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up rights: after this the process can talk to the sockets it has
 * and to IP addresses, read what resolving names needs, and nothing else. It
 * cannot get anything back. Call before the first byte of input, with one
 * thread.
 *
 * A call the filter does not list fails with EPERM instead of ending the
 * process: libc and libraries try things (name service daemons, for one) and
 * have to go on when they may not.
 */
#ifndef CERTPROV_FETCH_SANDBOX_H
#define CERTPROV_FETCH_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* Memory of all mappings; a run needs a third of it. */
#define SANDBOX_MAX_ADDRESS_SPACE ((size_t)768 * 1024 * 1024)
#define SANDBOX_MAX_DESCRIPTORS 256

/* Sanitizers map terabytes, look into the process from outside and write
 * reports: in their builds the limits of the address space and of files, the
 * filter and "not dumpable" are off, /proc can be read, and
 * sandbox_is_strict() says so. */
bool sandbox_is_strict(void);

/*
 * Give up everything. Of the descriptors above 2, those listed stay open.
 * Where the kernel has no Landlock, this is said once on standard error and
 * the rest holds. Returns 0 or a negative errno; then the process must end.
 */
int sandbox_enter(const int *keep_fds, size_t keep_count);

#endif
