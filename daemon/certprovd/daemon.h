/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as one object, which owns all its parts. Made once by main, lives
 * to the end.
 */
#ifndef CERTPROVD_DAEMON_H
#define CERTPROVD_DAEMON_H

#include <systemd/sd-event.h>

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/endpoints.h"
#include "lib/base/macros.h"

struct daemon {
	sd_event *event;
	const char *config_path;
	struct config config;
	struct phone phone;
	char *own_directory; /* all it writes at run time lies there */
	uid_t fetch_uid;     /* of [fetch] User=; -1 when there is none */
	struct clock clock;
	struct timekeeping timekeeping;
	struct unknown_saver saver; /* of the unknown certificates */
	int save_error;             /* of its last attempt, or 0 */
	struct endpoints endpoints;
	struct api api;         /* and all the parts that the handlers use */
	sd_event_source *watch; /* the authorities on the disk */
	sd_event_source *settle;
	bool confined; /* its rights are given up */
};

int daemon_new(const char *config_path, struct daemon **ret);
struct daemon *daemon_free(struct daemon *d); /* NULL is fine */
DEFINE_CLEANUP(struct daemon, daemon_free);
/* Serve until told to stop; 0 or a negative errno. */
int daemon_run(struct daemon *d);

#endif
