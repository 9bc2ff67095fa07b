/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other face of a certificate signed with ECDSA: where (r, s) is a
 * signature, so is (r, n - s), n being the order of the issuer's group
 * (SEC 1 4.1.4), and anybody can tell one from the other. Both are the same
 * certificate with two fingerprints. Whoever refuses one by its fingerprint
 * has to refuse the other as well. Decides nothing.
 */
#ifndef CERTPROV_SIGNATURE_MALLEABILITY_H
#define CERTPROV_SIGNATURE_MALLEABILITY_H

#include "lib/base/sha256-size.h"
#include "lib/x509/certificate.h"

/* The issuer and its group are not known here; those of about its size are
 * all taken into account. */
#define TWIN_MAX 8
/* Groups that authorities have keys of. Their orders are written down because
 * to have OpenSSL make a group takes longer than to verify a signature. */
struct malleability_group {
	int nid;
	const char *order; /* hexadecimal */
};
extern const struct malleability_group twin_groups[TWIN_MAX];

/*
 * The bytes that are digested for twin_fingerprints, at most: no number is
 * near the orders of more than three groups. 0 when it cannot be ECDSA.
 */
size_t malleability_bytes(const struct certificate *c);

/*
 * The fingerprints that a twin of this certificate may have. Returns how
 * many, 0 when it is signed with anything but ECDSA; -ENOMEM or -EIO.
 */
int malleability_fingerprints(
	const struct certificate *c, uint8_t ret[TWIN_MAX][SHA256_BYTES]);

#endif
