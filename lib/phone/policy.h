/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What firmware and settings make of judging a peer: the part of trust that
 * is not certificates. lib/settings fills it, lib/verify obeys it.
 */
#ifndef CERTPROV_POLICY_H
#define CERTPROV_POLICY_H

#include "lib/phone/firmware.h"

enum profile {
	PROFILE_COMPATIBLE,
	PROFILE_STRICT,
};

/* Which of the vendor's four answers holds for this phone. */
enum verification {
	VERIFICATION_UNSUPPORTED, /* firmware below 8.2.30 */
	VERIFICATION_OFF,
	VERIFICATION_ON,
	VERIFICATION_FORCED, /* 10.0 and later, unknown versions */
	VERIFICATION__END,
};

struct policy {
	struct firmware firmware;
	enum profile profile;
	enum verification verification;
	bool name_check;       /* check_fqdn_against_server_cert */
	unsigned name_flags;   /* host_name_validation_flags, 0 to 31 */
	bool sip_names;        /* RFC 5922 identities */
	bool sip_strict;       /* RFC 5922 7.2: no wildcards */
	unsigned rsa_max_bits; /* 0: KEY_RSA_MAX_BITS */
};

#endif
