/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon as one object, which owns all its parts, for the files that make
 * them: daemon-config.c reads the configuration, daemon-trust.c opens store,
 * trust and verdicts, daemon.c on top of both has the loop and the rest.
 */
#ifndef CERTPROVD_DAEMON_INTERNAL_H
#define CERTPROVD_DAEMON_INTERNAL_H

#include <systemd/sd-event.h>

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/endpoints.h"
#include "daemon/certprovd/identity/identities.h"
#include "daemon/certprovd/identity/key-groups.h"
#include "daemon/certprovd/sys/file-watch.h"

struct daemon {
	sd_event *event;
	const char *config_path;
	struct config config;
	struct phone phone;
	char *own_directory; /* all it writes at run time lies there */
	uid_t fetch_uid;     /* of [fetch] User=; -1 when there is none */
	struct clock clock;
	struct timekeeping timekeeping;
	struct unknown_saver saver;  /* of the unknown certificates */
	sd_event_source *save_timer; /* enabled when something is unsaved */
	int save_error;              /* of its last attempt, or 0 */
	struct identities identities;
	struct key_groups key_groups;
	struct anchors_used anchors_used;
	struct endings_sources endings; /* what ends with time */
	struct endpoints endpoints;
	struct change_counter *changes; /* of trust; or NULL */
	struct api api;          /* and all the parts that the handlers use */
	struct file_watch watch; /* of the authorities */
	bool locked_out;         /* of the last good server, as it was logged */
	sd_event_source *follow_timer; /* while daemon_follow() is due */
	uint64_t followed_us;          /* when it was called last */
	sd_event_source *idle;         /* for what a start leaves to do */
	bool confined;                 /* its rights are given up */
};

/* Read the configuration and the identity of the phone. 0, or a negative errno
 * that has been logged, and all stays as it was. */
int daemon_read_config(struct daemon *d);

/* Before the sandbox, which lets nobody map shared memory. */
int daemon_open_changes(struct daemon *d);
int daemon_open_store(struct daemon *d);
int daemon_open_state(struct daemon *d);
/* Read the phone's own certificates and keys; what cannot be used is logged. */
int daemon_load_identities(struct daemon *d);
int daemon_open_export(struct daemon *d);
int daemon_open_verdicts(struct daemon *d);
/* Read the authorities and the store again. */
int daemon_load_state(struct daemon *d);
/* After that: say when the last good provisioning servers are not trusted any
 * more, and note what they are trusted by, which is in use. */
void daemon_look_at_last_server(struct daemon *d);
void daemon_note_used(struct daemon *d);
int daemon_watch_authorities(struct daemon *d);
/* What need not follow each of the batches of a run at once is done so often
 * while it adds certificates, and at its end. */
#define DAEMON_FOLLOW_MS 1000
int daemon_open_follow_timer(struct daemon *d);
/* When trust has changed: tell all that depends on it. */
void daemon_on_change(void *userdata, enum trust_change change);

#endif
