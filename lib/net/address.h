/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which socket addresses belong to this phone. For the fetcher's check between
 * resolving and connecting, and for hosts written as addresses. Never resolves
 * a name; the caller passes the addresses of the interfaces.
 */
#ifndef CERTPROV_ADDRESS_H
#define CERTPROV_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/*
 * Loopback, unspecified and link-local, whatever the interfaces are;
 * IPv4-mapped, IPv4-compatible and 64:ff9b::/96 by their IPv4 part. An
 * address family other than IP counts as local, so that it is refused.
 */
bool address_is_local(const struct sockaddr *address);

/* The same, or equal to one of the phone's own addresses (ports ignored). */
bool address_is_own(const struct sockaddr *address,
	const struct sockaddr_storage *own, size_t own_count);

#endif
