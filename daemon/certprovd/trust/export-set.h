/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which certificates are exported, and their text. A program that reads the
 * file trusts each of them for every host and purpose, so only CA certificates
 * that this phone accepts as issuers without condition are in it: no leaf,
 * nothing distrusted or expired, and no intermediate, because readers would
 * not apply the constraints of its issuers. A certificate that is there only
 * for an exception is not an anchor (daemon/certprovd/trust/trust-state.h); an
 * exception for an anchor changes nothing. Does no I/O.
 */
#ifndef CERTPROVD_EXPORT_SET_H
#define CERTPROVD_EXPORT_SET_H

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/trust/trust.h"
#include "lib/x509/skeleton.h"

/* One anchor. */
struct export_row {
	uint8_t sha256[SHA256_BYTES];
	struct skeleton_issuer issuing;
	const struct anchor *anchor; /* borrowed from the trust */
	bool decoded;                /* then distrusted is set */
	bool distrusted;             /* or not decodable */
	bool chosen;
};

/* Zeroed is empty. Rows are sorted by fingerprint, so that one set of
 * certificates has one text. */
struct export_set {
	struct export_row *rows; /* of all anchors */
	size_t count;
	size_t chosen;
	uint8_t digest[SHA256_BYTES];     /* of what is chosen */
	uint8_t distrusted[SHA256_BYTES]; /* of what decides that */
};
void export_set_done(struct export_set *s);
DEFINE_CLEANUP_EMBEDDED(struct export_set, export_set_done);

/*
 * Choose among the anchors of trust at the time now. What an earlier set found
 * out is reused, because decoding a certificate costs more than all the rest.
 * Anchors are borrowed until the trust changes. 0 and a new set, -ENOMEM or
 * -EIO.
 */
int export_set_choose(const struct trust *trust, int64_t now,
	const struct export_set *before, struct export_set *ret);
/* A digest of all that decides what of a trust is distrusted. 0, -ENOMEM or
 * -EIO. */
int export_set_digest_distrusted(
	const struct trust *trust, uint8_t ret[SHA256_BYTES]);
/* The certificates chosen, as PEM (RFC 7468), in new memory. */
int export_set_text(const struct export_set *s, struct bytes *ret);

#endif
