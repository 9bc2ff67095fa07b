/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run may do: use the sockets it has, reach IP addresses, and read what
 * resolving names needs. This is the list; lib/sandbox gives up the rest.
 */
#ifndef CERTPROV_FETCH_RIGHTS_H
#define CERTPROV_FETCH_RIGHTS_H

#include <stddef.h>

/* Memory of all mappings; a run needs a third of it. */
#define RIGHTS_MAX_ADDRESS_SPACE ((size_t)768 * 1024 * 1024)
#define RIGHTS_MAX_DESCRIPTORS 256

/*
 * Give up everything else, for good. Of the descriptors above 2, those listed
 * stay open. Where the kernel has no Landlock, this is said once on standard
 * error and the rest holds. 0 or a negative errno; then the process must end.
 */
int rights_give_up(const int *keep_fds, size_t keep_count);

#endif
