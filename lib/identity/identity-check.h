/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person should know of an identity: dates, chain, issuer, and whether a
 * server can tell by it which phone this is. None of it stops its use.
 */
#ifndef CERTPROV_IDENTITY_CHECK_H
#define CERTPROV_IDENTITY_CHECK_H

#include "lib/identity/identity.h"

/* The phone, and what is known of device CAs. Borrowed; each may be NULL. */
struct identity_phone {
	const char *mac; /* 12 hex digits */
	const char *phone_type;
	/* Of the device CAs, or none are known. */
	const struct certificate *const *device_cas;
	size_t device_ca_count;
	int64_t now;
};

/* Bits of enum warning. */
unsigned identity_check(
	const struct identity *i, const struct identity_phone *phone);

/* The MAC address in the CN: 12 upper-case hex digits, or "" when there is
 * none. Any case and any of : - . or blank between the digits. */
#define IDENTITY_MAC_SIZE 13
void identity_mac(const struct certificate *c, char ret[IDENTITY_MAC_SIZE]);
/* It is this phone's. */
bool identity_is_of_phone(const struct certificate *c, const char *mac);

#endif
