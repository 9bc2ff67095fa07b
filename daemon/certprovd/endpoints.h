/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's own sockets: those the service manager hands over, or the same
 * ones made here, and which interface each serves.
 */
#ifndef CERTPROVD_ENDPOINTS_H
#define CERTPROVD_ENDPOINTS_H

#include <sys/un.h>

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/sys/server.h"

/* Trust, admin and identity, a socket and a service each. */
#define ENDPOINTS_COUNT 3

struct endpoint_service {
	int fd; /* listens until the server has it; -1 */
	const struct varlink_interface *interface;
	struct varlink_service service;
};

struct endpoints {
	struct server *server;
	struct endpoint_service services[ENDPOINTS_COUNT];
	/* The path of the Admin socket; empty for one that has none. */
	char admin_path[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
};

/* Before anything else: endpoints_done() may follow at any time. */
void endpoints_init(struct endpoints *all);
/* Find or make the sockets: who connects waits from now on. 0, or a negative
 * errno that has been logged; -EADDRINUSE when another process listens. */
int endpoints_bind(struct endpoints *all, const struct config *config);
/* Make the server and let it serve them. 0 or a negative errno. */
int endpoints_open(struct endpoints *all, sd_event *event,
	const struct config *config, struct api *api);
/* The limits of the configuration hold for new connections from now on. */
void endpoints_reload(struct endpoints *all, const struct config *config);
void endpoints_done(struct endpoints *all);

#endif
