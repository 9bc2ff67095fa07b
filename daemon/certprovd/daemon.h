/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as one object: what the parts of certprovd share. Made once by
 * main, lives to the end; the method handlers get it as userdata.
 */
#ifndef CERTPROVD_DAEMON_H
#define CERTPROVD_DAEMON_H

#include <systemd/sd-event.h>

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/sys/server.h"
#include "daemon/certprovd/timekeeping.h"
#include "daemon/certprovd/trust/export.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "daemon/certprovd/trust/unknown-store.h"
#include "daemon/certprovd/trust/unknown.h"
#include "daemon/certprovd/trust/verdict-cache.h"

struct monitors; /* monitors.c: who wants to hear of changes */

/* Trust and admin, a socket and a service each. */
#define DAEMON_SERVICES 2

struct daemon_service {
	int fd; /* listens until the server has it; -1 */
	const struct varlink_interface *interface;
	struct varlink_service service;
};

struct daemon {
	sd_event *event;
	const char *config_path;
	struct config config;
	struct phone phone;
	char *own_directory; /* all it writes at run time lies there */
	uid_t fetch_uid;     /* of [fetch] User=; -1 when there is none */
	struct clock clock;
	struct timekeeping timekeeping;
	struct store *store;
	struct unknown *unknown;
	struct unknown_saver saver; /* of unknown */
	int save_error;             /* of its last attempt, or 0 */
	struct rejections *rejections;
	struct verdict_cache *peers;
	struct trust_state *state;
	struct export *export; /* NULL until the state is loaded */
	struct server *server;
	struct daemon_service services[DAEMON_SERVICES];
	struct provision *provision;
	struct monitors *monitors;
	sd_event_source *watch; /* the authorities on the disk */
	sd_event_source *settle;
	bool confined; /* its rights are given up */
	/* The store could not be read or written as it should; for Status. */
	bool store_restored;
	bool authorities_failed;
};

int daemon_new(const char *config_path, struct daemon **ret);
struct daemon *daemon_free(struct daemon *d); /* NULL is fine */
DEFINE_CLEANUP(struct daemon, daemon_free);
/* Serve until told to stop; 0 or a negative errno. */
int daemon_run(struct daemon *d);

#endif
