/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's own sockets: those the service manager hands over, or the same
 * ones made here, and which interface each serves.
 */
#ifndef CERTPROVD_LISTEN_H
#define CERTPROVD_LISTEN_H

#include "daemon/certprovd/daemon.h"

/* Find or make the sockets: who connects waits from now on. 0, or a negative
 * errno that has been logged; -EADDRINUSE when another process listens. */
int listen_bind(struct daemon *d);
/* Makes d->server and lets it serve them. 0 or a negative errno. */
int listen_open(struct daemon *d);
/* The limits of the configuration hold for new connections from now on. */
void listen_reload(struct daemon *d);

#endif
