/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command that would trust a certificate as it is, to be copied from
 * where it was rejected.
 */
#ifndef CERTPROVCTL_CHANGES_H
#define CERTPROVCTL_CHANGES_H

/* "certprovctl trust 0123456789abcdef --host pbx.example.com"; for every
 * host when host is NULL or could mean something to a shell. In new memory
 * the caller frees. 0 or -ENOMEM. */
int changes_trust_command(const char *sha256, const char *host, char **ret);

#endif
