/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other ECDSA form of a certificate: where (r, s) is a signature, so is
 * (r, n - s), n being the order of the issuer's group (SEC 1 4.1.4), and
 * anybody can compute one from the other. Both are the same certificate with
 * two fingerprints, so a refusal of one by its fingerprint has to cover the
 * other as well. Decides nothing; decodes nothing but the signature.
 */
#ifndef CERTPROV_SIGNATURE_MALLEABILITY_H
#define CERTPROV_SIGNATURE_MALLEABILITY_H

#include "lib/base/bytes.h"
#include "lib/base/sha256-size.h"

/* The issuer and its group are not known here, so all groups whose size fits
 * are considered. */
#define MALLEABILITY_MAX 8
/* Groups that authorities use. Their orders are constants here because making
 * a group with OpenSSL takes longer than verifying a signature. */
struct malleability_group {
	int nid;
	const char *order; /* hexadecimal */
};
extern const struct malleability_group malleability_groups[MALLEABILITY_MAX];

/*
 * The bytes that malleability_fingerprints digests, at most: no number is
 * near the orders of more than three groups. 0 when it cannot be ECDSA.
 */
size_t malleability_bytes(const struct bytes *der);

/*
 * The fingerprints that the other form of this certificate may have. Returns
 * how many; 0 when it is signed with anything but ECDSA, or no certificate;
 * -ENOMEM or -EIO.
 */
int malleability_fingerprints(
	const struct bytes *der, uint8_t ret[MALLEABILITY_MAX][SHA256_BYTES]);

#endif
