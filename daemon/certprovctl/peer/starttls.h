/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain text before TLS starts, in protocols that phones use: directories
 * (LDAP) and mail. Sends no more than necessary.
 */
#ifndef CERTPROVCTL_STARTTLS_H
#define CERTPROVCTL_STARTTLS_H

#include "daemon/certprovctl/peer/connection.h"

/* Limits of an answer: its lines, and its bytes in LDAP. */
#define STARTTLS_MAX_LINES 64
#define STARTTLS_MAX_LDAP_BYTES 4096

struct starttls;

/* By name: imap, ldap, pop3 or smtp; otherwise NULL. */
const struct starttls *starttls_find(const char *name);
/* The usual port, such as "389". */
const char *starttls_port(const struct starttls *s);
const char *starttls_name(const struct starttls *s);

/*
 * Talks to the peer until it waits for TLS. 0; -EPROTO if it does not agree,
 * with its answer in *ret_answer, which the caller frees; or another negative
 * errno.
 */
int starttls_ask(const struct starttls *s, const struct peer_connection *peer,
	char **ret_answer);

#endif
