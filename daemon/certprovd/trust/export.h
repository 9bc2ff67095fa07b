/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exported trust, for processes that can only read files: follows every
 * change of trust, and keeps what is on the disk when something new cannot
 * be written or there is nothing to write. Says so in the log and to Status,
 * and tries again. One per process; the files are export-files'.
 */
#ifndef CERTPROVD_EXPORT_H
#define CERTPROVD_EXPORT_H

#include <systemd/sd-event.h>

#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/trust/export-set.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "lib/base/macros.h"

/* Between attempts after a failure; doubles up to the most. */
#define EXPORT_RETRY_SECONDS 1
#define EXPORT_RETRY_MOST_SECONDS 60

/* What an export is made of; all borrowed, for as long as it lives. */
struct export_sources {
	sd_event *event;
	const struct trust_state *state;
	const char *directory; /* where it is written */
	const struct clock *clock;
};

struct export;

/* Nothing is written before the first update. 0 or a negative errno. */
int export_new(const struct export_sources *sources, struct export **ret);
struct export *export_free(struct export *e); /* NULL is fine */
DEFINE_CLEANUP(struct export, export_free);

/*
 * Write what is trusted now, unless that is on the disk already. To be called
 * after each change of trust or time, before it is announced, so that the files
 * have it by then; certificates that a run adds may be a little late. NULL is
 * fine.
 */
void export_update(struct export *e);

/*
 * Choose what of this trust is exported, whatever is on the disk. With a NULL
 * export nothing can be reused. The set is the caller's, its
 * anchors are borrowed until the trust changes.
 */
int export_choose(const struct export *e, const struct trust *trust,
	int64_t now, struct export_set *ret);

/* For Status: what is on the disk is not what should be, and why. */
bool export_failed(const struct export *e);
/* There is no certificate that can be exported. */
bool export_is_empty(const struct export *e);

#endif
