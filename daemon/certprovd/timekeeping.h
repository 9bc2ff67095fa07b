/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon does about time as it passes: takes up the recorded floor
 * of the clock, moves it along, and notices when somebody sets the clock, so
 * that no verdict of another time is given again. Never sets the clock, and
 * nothing is scheduled by it: all timers are monotonic.
 */
#ifndef CERTPROVD_TIMEKEEPING_H
#define CERTPROVD_TIMEKEEPING_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/sys/clock.h"

struct daemon;

/* Part of struct daemon. */
struct timekeeping {
	sd_event_source *hourly;
	sd_event_source *set; /* readable once the clock was set */
	struct clock_reading last;
	bool trusted;   /* as last said in the log */
	bool refused;   /* there is a record that is not believed */
	bool unwritten; /* it could not be written, and that was said */
};

/* Take up the record; one that is not good is said in the log. */
void timekeeping_load(struct daemon *d);
/* Move the floor now and then, and watch the clock. 0 or a negative errno. */
int timekeeping_start(struct daemon *d);
/* Writes what running time the record lacks, if that is much. */
void timekeeping_stop(struct daemon *d);
/* Write the record; 0 or a negative errno. */
int timekeeping_save(struct daemon *d);
/* The clock was set: forget what was answered, see what is due. */
void timekeeping_clock_was_set(struct daemon *d);

#endif
