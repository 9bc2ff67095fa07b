/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon and the passing of time: reads the recorded floor of the clock,
 * moves it forward, and notices when somebody sets the clock, so that no
 * verdict of another time is given again; says what expires. Never sets the
 * clock, and nothing is scheduled by it: all timers are monotonic, and one that
 * was set for a step before an end is set anew when the clock is.
 */
#ifndef CERTPROVD_TIMEKEEPING_H
#define CERTPROVD_TIMEKEEPING_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/store/store.h"
#include "daemon/certprovd/sys/clock.h"
#include "daemon/certprovd/trust/endings.h"
#include "daemon/certprovd/trust/export.h"
#include "daemon/certprovd/trust/trust-state.h"
#include "daemon/certprovd/trust/verdict-cache.h"

/* What depends on the time; borrowed. */
struct timekeeping_parts {
	sd_event *event;
	struct store *store; /* keeps what was told of ends */
	struct trust_state *state;
	const struct endings_sources *endings;
	struct export *export;
	struct verdict_cache *verdict_cache;
};

/* Zeroed is stopped. */
struct timekeeping {
	const struct config *config; /* where the record is */
	struct clock *clock;
	struct timekeeping_parts parts; /* since it was started */
	/* Each hour, and when the next step before an end is reached. */
	sd_event_source *hourly;
	sd_event_source *set; /* readable once the clock was set */
	struct clock_reading last;
	struct endings_told told;
	bool trusted;   /* as last logged */
	bool refused;   /* there is a record that is not used */
	bool unwritten; /* writing it failed, and that was logged */
	bool unkept;    /* the same of what was told of ends */
};

/* Read the record, and log it when it is not used. Config and clock
 * are borrowed. */
void timekeeping_load(struct timekeeping *t, const struct config *config,
	struct clock *clock);
/* Move the floor now and then, and watch the clock. 0 or a negative errno. */
int timekeeping_start(
	struct timekeeping *t, const struct timekeeping_parts *parts);
/* Writes the record if it lacks much running time. */
void timekeeping_stop(struct timekeeping *t);
/* Write the record; 0 or a negative errno. */
int timekeeping_save(struct timekeeping *t);

#endif
