/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How peers are verified on this firmware and with these settings: the part of
 * trust that is not certificates. settings.c fills it, lib/verify follows it.
 */
#ifndef CERTPROV_POLICY_H
#define CERTPROV_POLICY_H

#include "lib/net/tls-offer.h"
#include "lib/phone/firmware.h"

enum profile {
	PROFILE_COMPATIBLE,
	PROFILE_STRICT,
};

/* Whether this phone verifies servers. */
enum verification {
	VERIFICATION_UNSUPPORTED, /* by RULE_VERIFICATION_SETTING */
	VERIFICATION_OFF,
	VERIFICATION_ON,
	VERIFICATION_FORCED, /* by RULE_VERIFICATION_FORCED */
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
	struct tls_offer tls;  /* what this phone's clients offer */
};

#endif
