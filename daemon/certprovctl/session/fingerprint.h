/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fingerprint as people type it: in upper or lower case, with colons as
 * openssl prints it, or only its first digits if one certificate alone has
 * them.
 */
#ifndef CERTPROVCTL_FINGERPRINT_H
#define CERTPROVCTL_FINGERPRINT_H

#include "daemon/certprovctl/session/session.h"
#include "lib/base/sha256-size.h"

/* With fewer digits it would be a guess. */
#define FINGERPRINT_LEAST_DIGITS 6

/*
 * Writes the digits in lower case and returns how many there are; -EINVAL for
 * what is neither a fingerprint nor the beginning of one.
 */
int fingerprint_normalise(const char *text, char ret[SHA256_HEX_SIZE]);

/*
 * Completes the fingerprint from the certificates of this list, or of all lists
 * if it is NULL. If all digits are given, certprovd is not asked.
 */
enum exit_status fingerprint_of_certificate(struct session *s, const char *text,
	const char *list, char ret[SHA256_HEX_SIZE]);
/* The same from the distrusted entries of this kind. */
enum exit_status fingerprint_of_distrusted(struct session *s, const char *text,
	const char *kind, char ret[SHA256_HEX_SIZE]);

#endif
