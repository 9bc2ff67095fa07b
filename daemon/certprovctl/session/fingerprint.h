/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people give as a fingerprint: in any case, with colons as openssl
 * prints it, or only its first digits when they are those of one certificate.
 */
#ifndef CERTPROVCTL_FINGERPRINT_H
#define CERTPROVCTL_FINGERPRINT_H

#include "daemon/certprovctl/session/session.h"
#include "lib/base/sha256-size.h"

/* Fewer digits are a guess. */
#define FINGERPRINT_LEAST_DIGITS 6

/*
 * Only lower-case digits in ret. Returns how many; -EINVAL when it is no
 * fingerprint nor the beginning of one.
 */
int fingerprint_normalise(const char *text, char ret[SHA256_HEX_SIZE]);

/*
 * The whole fingerprint of what is given: of a certificate in this list, in
 * any when it is NULL. All digits are taken as they are, without asking.
 */
enum exit_status fingerprint_of_certificate(struct session *s, const char *text,
	const char *list, char ret[SHA256_HEX_SIZE]);
/* The same among what is distrusted with this kind. */
enum exit_status fingerprint_of_distrusted(struct session *s, const char *text,
	const char *kind, char ret[SHA256_HEX_SIZE]);

#endif
