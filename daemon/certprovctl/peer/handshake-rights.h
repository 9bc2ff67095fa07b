/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rights of the process that talks to a stranger: it may use the
 * descriptors it has, and nothing else. lib/sandbox gives up the rest.
 */
#ifndef CERTPROVCTL_HANDSHAKE_RIGHTS_H
#define CERTPROVCTL_HANDSHAKE_RIGHTS_H

#include <stddef.h>

/* Memory of all mappings. */
#define HANDSHAKE_MAX_ADDRESS_SPACE ((size_t)256 * 1024 * 1024)
#define HANDSHAKE_MAX_DESCRIPTORS 16

/*
 * Give up everything else, for good. Of the descriptors above 2, only those
 * listed stay open. What the kernel lacks is left out, so that the peer can
 * be asked all the same. 0 or a negative errno; then the process must end.
 */
int handshake_rights_give_up(const int *keep_fds, size_t keep_count);

#endif
