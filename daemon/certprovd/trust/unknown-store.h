/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of unknown certificates on the flash: read at start; a chain is
 * written once, what is counted of it once a day and at the end. Strangers
 * fill the list, so the bytes written for it in a day are limited; what comes
 * after that is only in memory until the next day. Decides nothing.
 */
#ifndef CERTPROVD_UNKNOWN_STORE_H
#define CERTPROVD_UNKNOWN_STORE_H

#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/trust/unknown.h"

#define UNKNOWN_DAY_MS (INT64_C(24) * 3600 * 1000)
/* What the flash is written for new chains in a day, as the store counts it:
 * some hundred ordinary ones. */
#define UNKNOWN_MAX_BYTES_A_DAY ((uint64_t)4 * 1024 * 1024)
/* What a write is taken to cost besides the bytes of its entries: the pages
 * of the trees they are put into; and each entry the rest of its last page. */
#define UNKNOWN_PAGES_BYTES ((size_t)12 * STORE_PAGE_BYTES)

/* Times are milliseconds that only ever grow; a parameter, so that tests own
 * them. */
struct unknown_saver {
	struct unknown *unknown; /* both borrowed, for as long as it lives */
	struct store *store;
	int64_t day_ms;   /* when this day began */
	uint64_t written; /* for new chains in this day */
	bool exhausted;   /* something was not written in this day */
};

/* Entries that make no sense any more are left out. 0 or a negative errno. */
int unknown_load(struct unknown *u, struct store *store);
/* Write what is new, within the day's limit, and at the first call of a day the
 * counts as well. One transaction, or none when there is nothing to write. */
int unknown_save(struct unknown_saver *s, int64_t now_ms);
/* How long to wait after that before there may be something to write: until the
 * next day, or -1 when all is written. 0 when something new is left. */
int64_t unknown_save_due_ms(const struct unknown_saver *s, int64_t now_ms);
/* The last call: writes the counts as well, whatever the day. */
int unknown_save_all(struct unknown_saver *s, int64_t now_ms);

#endif
