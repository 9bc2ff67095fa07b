/* SPDX-License-Identifier: Apache-2.0 */
/* The private key for a process that has to hold it itself. */
#ifndef CERTPROV_IDENTITY_EXPORT_H
#define CERTPROV_IDENTITY_EXPORT_H

#include "lib/identity/identity.h"

/* A sealed file in memory with the key in PEM (PKCS #8, RFC 5958), and its
 * size; nothing of it stays behind elsewhere. 0, -ENOMEM, -EIO, or another
 * negative errno. */
int identity_export_key(
	const struct identity *i, int *ret_fd, size_t *ret_size);

#endif
