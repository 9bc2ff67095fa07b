/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stored certificate is to trust. The store says so, except for what
 * was accepted before there were roles: that is judged again, once, by the
 * firmware and Bootstrap= in force at the first start after it. What these
 * would take in its own right is an anchor, as is what signs itself, which
 * never was accepted for who signed it; all else is an intermediate, and
 * becomes an anchor when it is offered again by who may add one.
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
/* Write down what is to be judged again. 0 or a negative errno, and the next
 * start tries again; whoever reads gets the same answer meanwhile. */
int roles_settle(
	const struct roles *r, struct store *store, struct roles_settled *ret);

#endif
