/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The role of a stored certificate: anchor or intermediate. The store says it,
 * except for certificates that were accepted before there were roles. Those are
 * judged again once, by the firmware and Bootstrap= in force at the first start
 * after that. What these accept without an issuer is an anchor, and so is a
 * self-signed certificate, which was never accepted for its issuer. All others
 * are intermediates until they are offered again by somebody who may add an
 * anchor.
 */
#ifndef CERTPROVD_ROLES_H
#define CERTPROVD_ROLES_H

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/config/phone.h"
#include "daemon/certprovd/store/store.h"
#include "lib/phone/firmware.h"

/* What it depends on; borrowed. */
struct roles {
	const struct config *config;
	struct firmware firmware;
};
void roles_init(struct roles *r, const struct config *config,
	const struct phone *phone);

/* As a set of enum anchor_list; not for one that is there for an exception
 * alone. */
unsigned roles_lists(const struct roles *r, const struct store_certificate *c);
enum store_role roles_of(unsigned lists);

/* How many had no role. */
struct roles_settled {
	unsigned anchors;
	unsigned intermediates;
};
/* Store the roles that were judged again. 0 or a negative errno, and the next
 * start tries again; readers get the same answer meanwhile. */
int roles_settle(
	const struct roles *r, struct store *store, struct roles_settled *ret);

#endif
