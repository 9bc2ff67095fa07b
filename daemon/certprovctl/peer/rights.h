/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process may do that speaks to a stranger: use the descriptors it
 * has, and nothing else. The list; lib/sandbox gives up the rest.
 */
#ifndef CERTPROVCTL_RIGHTS_H
#define CERTPROVCTL_RIGHTS_H

#include <stddef.h>

/* Memory of all mappings. */
#define RIGHTS_MAX_ADDRESS_SPACE ((size_t)256 * 1024 * 1024)
#define RIGHTS_MAX_DESCRIPTORS 16

/*
 * Give up everything else, for good. Of the descriptors above 2, those listed
 * stay open. What the kernel does not have must not keep anybody from asking:
 * then the rest holds. 0 or a negative errno; then the process must end.
 */
int rights_give_up(const int *keep_fds, size_t keep_count);

#endif
