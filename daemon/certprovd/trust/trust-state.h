/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom this phone trusts as it stands now: the firmware's authorities, what
 * the store holds, and the policy that firmware and settings make, put
 * together as one struct trust, with its snapshot. Follows the store and
 * never writes to it; who wants to hear of a change says so once.
 */
#ifndef CERTPROVD_TRUST_STATE_H
#define CERTPROVD_TRUST_STATE_H

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/phone/settings.h"
#include "lib/trust/authorities.h"
#include "lib/trust/trust.h"

/* What the state is made of; all borrowed, for as long as it lives. */
struct trust_state_sources {
	struct store *store;
	const struct config *config;
	const struct phone *phone;
	const struct clock *clock;
};

struct trust_state;

/* Empty until state_load. */
int trust_state_new(
	const struct trust_state_sources *sources, struct trust_state **ret);
struct trust_state *trust_state_free(struct trust_state *s); /* NULL is fine */
DEFINE_CLEANUP(struct trust_state, trust_state_free);

/*
 * Read the authorities, and then all else, anew; at start, at reload, when
 * the file of the authorities changed. When the authorities cannot be read
 * the former ones stay: -ENOENT and the like, and everything else is
 * refreshed all the same. The report may be a NULL pointer.
 */
int trust_state_load(struct trust_state *s, struct authorities_report *ret);
/* Read the store anew: after distrusting, removing, changing settings. 0 or
 * a negative errno, and the state is as it was. */
int trust_state_refresh(struct trust_state *s);
/* A server certificate was committed, as lists (lib/judge) says: quicker than
 * a refresh. One that was there for an exception alone is so no more. */
int trust_state_add_server(
	struct trust_state *s, const void *der, size_t len, unsigned lists);
/* What was added is complete: take the generation over, tell who listens. */
void trust_state_added(struct trust_state *s);
/* The floor of the clock moved: trust and snapshot follow, and who listens is
 * told; nothing happens when it stands where it stood. */
void trust_state_clock_moved(struct trust_state *s);

/* Called after each change of trust, policy or settings. */
void trust_state_on_change(
	struct trust_state *s, void (*changed)(void *userdata), void *userdata);

/* Borrowed until the next change. */
const struct trust *trust_state_trust(const struct trust_state *s);
const struct settings *trust_state_settings(const struct trust_state *s);
/* The version the phone said, as parsed; zeroed when unknown. */
const struct firmware *trust_state_firmware(const struct trust_state *s);

/*
 * What stands in the list of server certificates for an exception alone, as
 * ANCHOR_SERVER of a set of its own. It belongs to the list and to nothing
 * else: it is no anchor, issues nothing, and is in no snapshot or export;
 * trusted is it only where lib/verify finds its exception. Borrowed until
 * the next change.
 */
const struct anchors *trust_state_excepted(const struct trust_state *s);
/* How many there are in that list, those included. */
size_t trust_state_count_servers(const struct trust_state *s);
/* One in that list; NULL when it is not. Borrowed until the next change. */
const struct anchor *trust_state_find_server(
	const struct trust_state *s, const uint8_t sha256[SHA256_BYTES]);

/* The sealed snapshot of the trust as it stands, open for reading; the
 * descriptor is the state's, made anew only after a change, and whoever gets a
 * duplicate shares its position with all others. */
int trust_state_snapshot(struct trust_state *s, int *ret_fd, size_t *ret_size);

#endif
