/* SPDX-License-Identifier: Apache-2.0 */
/* What a peer may send, a caller ask about and a fetcher report. */
#ifndef CERTPROV_CHAIN_LIMITS_H
#define CERTPROV_CHAIN_LIMITS_H

#include <stddef.h>

#define CHAIN_MAX_CERTIFICATES 16
#define CHAIN_MAX_BYTES ((size_t)128 * 1024) /* of all together */

#endif
