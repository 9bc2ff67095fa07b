/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A handshake with a stranger, in a process without rights: it has the
 * connection and a pipe, and cannot open, connect to, create or execute
 * anything. It believes everything the peer shows; certprovd judges.
 */
#ifndef CERTPROVCTL_HANDSHAKE_H
#define CERTPROVCTL_HANDSHAKE_H

#include "daemon/certprovctl/peer/peer-report.h"
#include "daemon/certprovctl/peer/starttls.h"

/* Time after the deadline for the process to report that it has passed. */
#define HANDSHAKE_GRACE_MS 1000

/*
 * Asks for TLS if starttls is not NULL, and takes what the peer presents to a
 * client that asks for name. 0, and *ret says how that went; -EPROTO if the
 * process sent no valid report; or another negative errno.
 */
int handshake_make(const struct peer_connection *peer,
	const struct starttls *starttls, const char *name,
	struct peer_report *ret);

#endif
