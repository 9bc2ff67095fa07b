/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first step of decoding a certificate: from bytes to OpenSSL's X509. Only
 * certificate.c uses this.
 */
#ifndef CERTPROV_CERTIFICATE_PARSE_H
#define CERTPROV_CERTIFICATE_PARSE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "lib/verdict/verdict.h"
#include "lib/x509/skeleton.h"

/*
 * 0, and *ret NULL when OpenSSL cannot read it; *ret_end is where it stopped.
 * A key that is not used OpenSSL never sees. -ENOMEM.
 */
int certificate_parse_x509(struct span der, const struct skeleton *o,
	const struct public_key *key, X509 **ret, const uint8_t **ret_end);

/*
 * Is everything outside the signed part DER? OpenSSL reads BER there, and then
 * anybody could give a certificate another fingerprint, which nobody has
 * distrusted. The signed part is the issuer's responsibility.
 */
bool certificate_envelope_is_canonical(const uint8_t *der, size_t len);

/* Why skeleton_read() refused the bytes; decodes nothing. */
enum verdict certificate_why_no_skeleton(const uint8_t *der, size_t len);

#endif
