/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon answers: one method table for each interface, one short
 * handler for each method. Decode, ask the parts, reply; nothing is decided
 * here.
 */
#ifndef CERTPROVD_API_H
#define CERTPROVD_API_H

#include <sys/types.h>

#include "daemon/certprovd/api/counters.h"
#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/trust/anchors-used.h"
#include "daemon/certprovd/trust/endings.h"
#include "daemon/certprovd/trust/export.h"
#include "daemon/certprovd/trust/rejections.h"
#include "daemon/certprovd/trust/timekeeping.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "daemon/certprovd/trust/unknown-store.h"
#include "daemon/certprovd/trust/unknown.h"
#include "daemon/certprovd/trust/verdict-cache.h"
#include "lib/varlink/varlink-service.h"

struct identities; /* identity/identities.h */
struct key_groups; /* identity/key-groups.h */
struct monitors;   /* monitors.c: callers that are sent changes */

/* The user of certprov-web, as systemd/certprov.sysusers.in makes it. */
#define API_PAGE_USER "certprov-web"

/* The parts of the daemon that the handlers ask, which get this as userdata. */
struct api {
	const struct config *config;
	const struct phone *phone;
	struct clock *clock;
	struct timekeeping *timekeeping;
	struct store *store;
	struct identities *identities;
	const struct key_groups *key_groups; /* who may hold keys */
	const char *admin_socket; /* its rights are those of administrators */
	uid_t page_uid; /* of the certificates page; -1 when there is none */
	const struct endings_sources *endings;
	struct anchors_used *anchors_used; /* of endings */
	struct unknown *unknown;
	const struct unknown_saver *saver; /* of unknown */
	struct rejections *rejections;
	struct verdict_cache *verdict_cache;
	struct trust_state *state;
	struct export *export; /* NULL until the state is loaded */
	struct provision *provision;
	struct monitors *monitors;
	struct counters counters;
	/* The store could not be read or written as it should; for Status. */
	bool store_restored;
	int authorities_error; /* 0, or why none could be read */
	struct authorities_report authorities; /* of the last that were */
};

extern const struct varlink_interface trust_interface;
extern const struct varlink_interface admin_interface;
extern const struct varlink_interface identity_interface;

/* trust-verify.c: the reply to a question that was answered before, in the same
 * bytes (varlink-service.h). */
int trust_verify_recall(
	void *userdata, const struct bytes *message, const struct bytes **ret);

/* admin-reset.c: remove what a factory reset, which a power cut may have
 * interrupted, has still to remove. Nothing to do is fine. */
int admin_reset_finish(const struct config *config, struct store *store);

int monitors_new(struct monitors **ret);
struct monitors *monitors_free(struct monitors *m); /* NULL is fine */
/* Trust changed: tell all monitors; a slow one gets only the latest state. */
void monitors_tell(struct monitors *m, const struct trust *trust);
/* A peer was rejected: tell those that monitor rejections. */
void monitors_reject(struct monitors *m, const struct rejection *rejection,
	const struct unknown_entry *entry);

#endif
