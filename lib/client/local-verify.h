/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What handshakes use of local verification (certprov-local.c) besides its
 * public functions; nothing of this leaves the library.
 */
#ifndef CERTPROV_LOCAL_VERIFY_H
#define CERTPROV_LOCAL_VERIFY_H

#include <openssl/ssl.h>

#include "lib/client/local-answers.h"

struct certprov_local;

/* certprov_local_verify of a chain whose first certificate OpenSSL has decoded
 * already: it is not decoded again. Borrowed; NULL: it has not. */
int local_verify_decoded(struct certprov_local *l, X509 *leaf,
	const struct local_question *question, struct certprov_verdict **ret);

#endif
