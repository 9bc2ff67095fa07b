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

#include "lib/phone/backoff.h"

#define SCHEDULE_NEVER INT64_MAX
#define SCHEDULE_MAX_REFRESH_SECONDS 31536000 /* a year */
/* Refresh and back-off are moved by up to this part of themselves. */
#define SCHEDULE_JITTER_PART 10
/*
 * Phones that started at once, or were all turned away until a server came
 * back, succeed at about the same time. So the first refresh after a start or a
 * failure is at any time from here to the whole interval; from then on they
 * stay spread. See tests/bench/bench-fleet.c.
 */
#define SCHEDULE_MIN_SPREAD_SECONDS 300
/* What a server may ask to wait, at most, by Retry-After. */
#define SCHEDULE_MAX_RETRY_AFTER_SECONDS 86400U
/*
 * What a server says may begin runs soon: another setting_server, a back-off
 * of a second. Two servers that name each other, or one that names itself
 * anew each time, must not keep the phone busy and wear out its flash. So five
 * runs an hour may be restarts; and what a file asks for more often than every
 * five minutes it gets after the first five failures in a row no more.
 */
#define SCHEDULE_MAX_RESTARTS 5
#define SCHEDULE_RESTARTS_MS INT64_C(3600000)
#define SCHEDULE_MIN_WISH_SECONDS 300U

struct schedule_policy {
	/* There is a server, and no admin has forbidden runs. */
	bool enabled;
	uint32_t start_jitter_ms; /* the first run is within this */
	uint32_t refresh_s;       /* 0: no runs but the first */
	struct backoff back_off;
	bool wished; /* the back-off is what a file says */
};

/* A value. Times are of one monotonic clock, in milliseconds. */
struct schedule {
	int64_t next_ms; /* SCHEDULE_NEVER: no run is due by itself */
	int64_t base_ms; /* the start or the end of the last run */
	unsigned failures;
	/* A server asked not to be asked before; 0: none did. */
	int64_t not_before_ms;
	bool ran;
	bool settled; /* there was a good run since the start or a failure */
	bool spread;  /* and the one before base_ms was the first */
	unsigned restarts;         /* in the hour that began */
	int64_t restarts_since_ms; /* then */
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

/* The run that ended (say so first) was told when to come again: the next by
 * itself is not before that, and a little later, so that not all that were told
 * the same come at once. What an admin or another server brings about is not
 * kept waiting. */
void schedule_wait(
	struct schedule *s, int64_t seconds, int64_t now_ms, uint32_t random);

/* The run that ended (say so first) brought another server, or another
 * order: the next is at once, unless there were SCHEDULE_MAX_RESTARTS of that
 * within the hour; then the schedule applies again. False: no other run is
 * due for that. */
bool schedule_restart(
	struct schedule *s, const struct schedule_policy *p, int64_t now_ms);

/* What is under way goes on with another run: it is due at once. */
void schedule_continue(struct schedule *s, int64_t now_ms);

/* There is a reason for a run before the next one is due: it is within the
 * jitter of a start. Failures and restarts count on. */
void schedule_soon(struct schedule *s, const struct schedule_policy *p,
	int64_t now_ms, uint32_t random);

/* The policy changed between runs: the next run is counted again from the
 * last one; what is overdue is due now, within the jitter of a start. A
 * server that an admin changed is a fresh start: schedule_start(). */
void schedule_policy_changed(struct schedule *s,
	const struct schedule_policy *p, int64_t now_ms, uint32_t random);

#endif
