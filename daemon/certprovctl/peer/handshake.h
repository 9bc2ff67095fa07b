/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handshake with a stranger, in a process without rights: it has the
 * connection and a pipe, and can open, connect, make and execute nothing. It
 * believes everything the peer shows; certprovd judges.
 */
#ifndef CERTPROVCTL_HANDSHAKE_H
#define CERTPROVCTL_HANDSHAKE_H

#include "daemon/certprovctl/peer/peer-report.h"
#include "daemon/certprovctl/peer/starttls.h"

/* Given to it beyond the deadline to say that it has passed. */
#define HANDSHAKE_GRACE_MS 1000

/*
 * Ask for TLS over the connection where starttls is not NULL, and take what
 * the peer presents to a client that asks for name. 0, and *ret says how that
 * went; -EPROTO when the process did not say it, or says what cannot be; or
 * another negative errno.
 */
int handshake_make(const struct peer_connection *peer,
	const struct starttls *starttls, const char *name,
	struct peer_report *ret);

#endif
