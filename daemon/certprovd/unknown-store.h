/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of unknown certificates on the flash: read at start, written when
 * the owner finds it worth a write. Decides nothing.
 */
#ifndef CERTPROVD_UNKNOWN_STORE_H
#define CERTPROVD_UNKNOWN_STORE_H

#include "daemon/certprovd/store.h"
#include "daemon/certprovd/unknown.h"

/* Entries that make no sense any more are left out. 0 or a negative errno. */
int unknown_load(struct unknown *u, struct store *store);
/* What changed since it was last written, in one transaction. */
int unknown_save(struct unknown *u, struct store *store);

#endif
