/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command that makes an exception for a certificate, for people to copy.
 */
#ifndef CERTPROVCTL_CHANGES_H
#define CERTPROVCTL_CHANGES_H

/* "certprovctl trust 0123456789abcdef --host pbx.example.com"; without --host
 * if host is NULL or not a valid host. In new memory the caller frees. 0 or
 * -ENOMEM. */
int changes_trust_command(const char *sha256, const char *host, char **ret);

#endif
