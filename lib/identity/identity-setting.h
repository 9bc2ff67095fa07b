/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the setting webserver_cert brings: a certificate with its private key,
 * in PEM. The text is judged here, and in its place goes a value that may be
 * shown and stored by everybody: the fingerprints of the certificates.
 */
#ifndef CERTPROV_IDENTITY_SETTING_H
#define CERTPROV_IDENTITY_SETTING_H

#include "lib/base/bytes.h"
#include "lib/identity/identity.h"

/* Zeroed is nothing. */
struct identity_setting {
	/* SHA-256 of the chain in hex, leaf first, with blanks between; empty:
	 * the text was, which is the built-in certificate; NULL: refused. */
	char *value;
	struct identity identity; /* unless the text was empty */
	struct bytes pem;         /* of it: the key as well */
	struct identity_refusal refusal;
};
void identity_setting_done(struct identity_setting *s);
DEFINE_CLEANUP_EMBEDDED(struct identity_setting, identity_setting_done);

/* 0, or -ENOMEM, -EIO. NULL is empty. Blanks around it do not count. */
int identity_setting_read(const char *text, struct identity_setting *ret);

/* The value of an identity, in new memory. 0 or -ENOMEM. */
int identity_setting_value(const struct identity *i, char **ret);

#endif
