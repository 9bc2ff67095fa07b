/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the phone by way of libcertprov: each key has connections of its
 * own to the daemon, one for each thread that signs at the same time.
 */
#ifndef CERTPROV_PROVIDER_TRANSPORT_H
#define CERTPROV_PROVIDER_TRANSPORT_H

#include "lib/provider/provider.h"

/* Its userdata is the path of the socket, in memory that it frees. */
extern const struct provider_transport provider_transport_client;

#endif
