/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the next provisioning run starts: soon after start, by the refresh
 * interval, and by prov_back_off_timer after failures; always with jitter,
 * so that phones of one fleet do not ask at once. Pure: clock and randomness
 * are parameters. Never starts anything.
 */
#ifndef CERTPROV_SCHEDULE_H
#define CERTPROV_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/backoff.h"

#define SCHEDULE_NEVER INT64_MAX
#define SCHEDULE_MAX_REFRESH_SECONDS 31536000 /* a year */
/* Refresh and back-off are moved by up to this part of themselves. */
#define SCHEDULE_JITTER_PART 10

struct schedule_policy {
	/* There is a server, and update_policy is not never_update. */
	bool enabled;
	uint32_t start_jitter_ms; /* the first run is within this */
	uint32_t refresh_s;       /* 0: no runs but the first */
	struct backoff back_off;
};

/* A value. Times are of one monotonic clock, in milliseconds. */
struct schedule {
	int64_t next_ms; /* SCHEDULE_NEVER: no run is due by itself */
	int64_t base_ms; /* the start or the end of the last run */
	unsigned failures;
	bool ran;
};

/* random is any 32 bits, other ones each time. */
void schedule_start(struct schedule *s, const struct schedule_policy *p,
	int64_t now_ms, uint32_t random);

/* A run begins, for whatever reason: nothing is due until it ends. */
void schedule_run_begins(struct schedule *s);

/* A run ended. One that failed is followed by back-off; a good one, or one
 * that was cancelled, by the refresh interval. */
void schedule_run_ends(struct schedule *s, const struct schedule_policy *p,
	bool failed, int64_t now_ms, uint32_t random);

/* The policy changed between runs: the next run is counted anew from the
 * last one; what is overdue is due now, within the jitter of a start. A
 * server that changed is a fresh start: schedule_start(). */
void schedule_policy_changed(struct schedule *s,
	const struct schedule_policy *p, int64_t now_ms, uint32_t random);

#endif
