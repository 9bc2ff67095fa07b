/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom this phone trusts now: the firmware's authorities, what the store
 * holds, and the policy that firmware and settings result in, as one struct
 * trust, with its snapshot. It follows the store and never writes to it.
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
#include "lib/provisioning/guard.h"
#include "lib/trust/authorities.h"
#include "lib/trust/change-counter.h"
#include "lib/trust/trust.h"

/* What the state is made from; all borrowed for its lifetime. */
struct trust_state_sources {
	struct store *store;
	const struct config *config;
	const struct phone *phone;
	const struct clock *clock;
	struct change_counter *changes; /* to raise with each; or NULL */
};

struct trust_state;

/* Empty until state_load. */
int trust_state_new(
	const struct trust_state_sources *sources, struct trust_state **ret);
struct trust_state *trust_state_free(struct trust_state *s); /* NULL is fine */
DEFINE_CLEANUP(struct trust_state, trust_state_free);

/*
 * Read the authorities again, and then everything else: at start, at reload,
 * and when the file of the authorities changed. If the authorities cannot be
 * read, the former ones stay, everything else is still refreshed, and the
 * result is -ENOENT or the like. The report may be a NULL pointer.
 */
int trust_state_load(struct trust_state *s, struct authorities_report *ret);
/* What a start or a reload asks for several times, the fingerprints of what is
 * trusted, is not kept any longer. */
void trust_state_release_memory(struct trust_state *s);
/* Read the store again, after a distrust, a removal or a changed setting. 0, or
 * a negative errno and the state is unchanged. */
int trust_state_refresh(struct trust_state *s);
/* This server certificate was committed to these lists
 * (lib/provisioning/judge): quicker than a refresh. Its fingerprint is that of
 * its bytes. If it was stored only for an exception, it is now listed like the
 * others. */
int trust_state_add_server(struct trust_state *s,
	const struct store_certificate *c, unsigned lists);
/* All of a batch was added: take the generation over and call the listener. The
 * run that adds it may add more. */
void trust_state_added(struct trust_state *s);
/* A run has ended and adds no more: call the listener. */
void trust_state_all_added(struct trust_state *s);
/* Something has expired: as trust_state_added(). */
void trust_state_expired(struct trust_state *s);
/* The floor of the clock may have moved, or its source changed: if so, trust
 * and snapshot follow, and the listener is called. */
void trust_state_clock_moved(struct trust_state *s);

/* A server certificate has no role in the store (roles.h): it has been judged
 * again for this reading, and is to be settled. */
bool trust_state_lacks_roles(const struct trust_state *s);

/* What the listener is called for. */
enum trust_change {
	TRUST_CHANGED, /* anything of trust, policy or settings */
	TRUST_GROWS,   /* there are more certificates, that is all; and there
			  may be still more soon */
	TRUST_GREW,    /* no more than those that it was called for before */
};
typedef void trust_state_changed(void *userdata, enum trust_change change);
/* Called after each change of trust, policy or settings. */
void trust_state_on_change(
	struct trust_state *s, trust_state_changed *changed, void *userdata);

/* Borrowed until the next change. */
const struct trust *trust_state_trust(const struct trust_state *s);
/* Of the trust: another one after each change. */
uint64_t trust_state_revision(const struct trust_state *s);
const struct settings *trust_state_settings(const struct trust_state *s);
/* The phone's firmware version; zeroed when unknown. */
const struct firmware *trust_state_firmware(const struct trust_state *s);

/*
 * The certificates in the list of server certificates that are stored only for
 * an exception, as a set of their own (ANCHOR_SERVER). They are listed and
 * nothing else: they are no anchors, issue nothing, and are in no snapshot or
 * export. lib/verify trusts them only for their exception. Borrowed until the
 * next change.
 */
const struct anchors *trust_state_excepted(const struct trust_state *s);
/* How many certificates that list has, including those. */
size_t trust_state_count_servers(const struct trust_state *s);
/* A certificate of that list, or NULL. Borrowed until the next change. */
const struct anchor *trust_state_find_server(
	const struct trust_state *s, const uint8_t sha256[SHA256_BYTES]);

/* The last good provisioning servers, which are in no snapshot. Borrowed until
 * the next change. */
const struct guard *trust_state_guard(const struct trust_state *s);
/* They were written to the store; the former ones are the caller's. */
void trust_state_take_guard(struct trust_state *s, struct guard *g);
/* In a transaction: the trust that it would lead to, which the caller frees. 0
 * or negative errno. */
int trust_state_preview(struct trust_state *s, struct trust **ret);

/* The sealed snapshot of the present trust, open for reading. The descriptor
 * belongs to the state and is made again only after a change; all duplicates
 * share one file position. */
int trust_state_snapshot(struct trust_state *s, int *ret_fd, size_t *ret_size);
/* The counter of its changes, or NULL. */
const struct change_counter *trust_state_changes(const struct trust_state *s);

#endif
