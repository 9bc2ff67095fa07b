/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Certificate of the trust interface: what the daemon knows of one. Reads
 * state and store, changes nothing; URLs are redacted in its tables.
 */
#ifndef CERTPROVD_REPLY_CERTIFICATE_H
#define CERTPROVD_REPLY_CERTIFICATE_H

#include <cjson/cJSON.h>

#include "daemon/certprovd/api/api.h"

/* What it costs to make its fingerprint, for a list of it (turns.h). */
#define REPLY_CERTIFICATE_LISTED_WORK 20

/* What else to tell about a certificate. */
enum reply_certificate_flag {
	REPLY_CERTIFICATE_DER = 1,     /* the certificate itself */
	REPLY_CERTIFICATE_DETAILS = 2, /* of one alone: when a run last found
					  it, its key, its constraints */
};

/*
 * A certificate that is trusted or unknown here. Returns 0 and the object,
 * which is the caller's; -ENOENT when it is neither; -ENOMEM or an error
 * of the store. If it cannot be decoded, the object has the other facts.
 */
int reply_certificate(const struct api *api, const uint8_t sha256[SHA256_BYTES],
	unsigned flags, cJSON **ret);

#endif
