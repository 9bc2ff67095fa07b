/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the firmware's authorities came and went since the list was seen
 * last, before a restart as well: for the journal and the history. Changes no
 * trust.
 */
#ifndef CERTPROVD_AUTHORITIES_CHANGE_H
#define CERTPROVD_AUTHORITIES_CHANGE_H

#include "daemon/certprovd/store/store.h"
#include "lib/trust/anchors.h"

/* Named one by one, of those that came and of those that went; the others are
 * counted. A new firmware may replace the whole list. */
#define AUTHORITIES_CHANGE_MAX_NAMED 8
/* Of a list that is longer only the number is kept and told. */
#define AUTHORITIES_CHANGE_MAX_KEPT 1024
/* Of a subject in the store and in the journal. */
#define AUTHORITIES_CHANGE_MAX_SUBJECT 200

struct authorities_change {
	bool first; /* nothing was known before: nothing is told */
	size_t came;
	size_t went;
	/* "CN=Some Root; CN=Other Root", the first of each, or NULL; owned. */
	char *came_names;
	char *went_names;
};
void authorities_change_done(struct authorities_change *c);
DEFINE_CLEANUP_EMBEDDED(struct authorities_change, authorities_change_done);

/*
 * Compare the authorities among the anchors with those kept in the store, keep
 * them, and write what came and went into the history. 0 or a negative errno,
 * and the next call tries again.
 */
int authorities_change_settle(struct store *store,
	const struct anchors *anchors, int64_t now,
	struct authorities_change *ret);

#endif
