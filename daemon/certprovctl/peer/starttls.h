/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said in plain text before TLS begins, in the protocols that phones
 * use: directories (LDAP) and mail. Says nothing more than has to be said.
 */
#ifndef CERTPROVCTL_STARTTLS_H
#define CERTPROVCTL_STARTTLS_H

#include "daemon/certprovctl/peer/connection.h"

/* Lines passed over in one answer, and bytes of an LDAP answer. */
#define STARTTLS_MAX_LINES 64
#define STARTTLS_MAX_LDAP_BYTES 4096

struct starttls;

/* By name: imap, ldap, pop3, smtp; NULL when there is no such. */
const struct starttls *starttls_find(const char *name);
/* "389": where it is spoken usually. */
const char *starttls_port(const struct starttls *s);
const char *starttls_name(const struct starttls *s);

/*
 * Up to where the peer waits for TLS. 0; -EPROTO when it answers otherwise,
 * then *ret_answer is what it said, in new memory the caller frees; another
 * negative errno.
 */
int starttls_ask(const struct starttls *s, const struct peer_connection *peer,
	char **ret_answer);

#endif
