/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon answers: one method table an interface, one short handler
 * a method. Decode, ask the parts, reply; nothing is decided here.
 */
#ifndef CERTPROVD_API_H
#define CERTPROVD_API_H

#include "daemon/certprovd/daemon.h"
#include "lib/varlink/varlink-service.h"

/* Handlers get the struct daemon as userdata. */
extern const struct varlink_interface trust_interface;
extern const struct varlink_interface admin_interface;

int monitors_new(struct monitors **ret);
struct monitors *monitors_free(struct monitors *m); /* NULL is fine */
/* Trust changed: tell whoever monitors, leaving out what came in between. */
void monitors_tell(struct monitors *m, const struct trust *trust);
/* A peer was rejected: tell whoever monitors that. */
void monitors_reject(struct monitors *m, const struct rejection *rejection,
	const struct unknown_entry *entry);

#endif
