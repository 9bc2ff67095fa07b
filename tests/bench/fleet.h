/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many phones that one server keeps waiting, in virtual time: the schedule and
 * the back-off are the daemon's own code, one struct schedule a phone. The
 * server answers all who ask, so no phone changes what another one sees, and
 * each is followed by itself. The same seed gives the same figures.
 */
#ifndef CERTPROV_TESTS_FLEET_H
#define CERTPROV_TESTS_FLEET_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/certprovd/sys/schedule.h"

struct fleet_plan {
	unsigned phones; /* that start in the same second */
	uint64_t seed;
	struct schedule_policy policy;
	int64_t outage_ms;      /* from the start on */
	uint32_t retry_after_s; /* what it says in that time; 0: nothing */
	int64_t run_ms;         /* how long a run takes */
	int64_t until_ms;
	int64_t window_ms;
};

/* Runs that began in each window. */
struct fleet_load {
	unsigned *runs;
	size_t windows;
	int64_t caught_up_ms; /* when the last phone had its first good run */
};
/* fleet_load_done() it. 0 or -ENOMEM. */
int fleet_simulate(const struct fleet_plan *plan, struct fleet_load *ret);
void fleet_load_done(struct fleet_load *load);

/* Runs of a window in which the phones were spread over the refresh interval
 * perfectly. */
double fleet_even(const struct fleet_plan *plan);
/* The most runs in a window that lies between these times. */
unsigned fleet_peak(const struct fleet_plan *plan,
	const struct fleet_load *load, int64_t from_ms, int64_t to_ms);
/* From here on no window has more than so many times the even load. */
int64_t fleet_settled_ms(const struct fleet_plan *plan,
	const struct fleet_load *load, double times);

#endif
