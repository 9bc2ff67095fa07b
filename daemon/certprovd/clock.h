/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that verdicts use: the wall clock, but never below a floor that is
 * known to have passed. The floor starts at the build date and follows the
 * clock only while that is synchronised, so that neither an empty battery nor
 * a forged time makes expired certificates valid again. Never sets the clock.
 */
#ifndef CERTPROVD_CLOCK_H
#define CERTPROVD_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_DAY_SECONDS ((int64_t)86400)
/*
 * Time that comes over a network can be forged, and a floor that is too high
 * makes good certificates expired ones. So one step goes 400 days at most,
 * and the next one is a day of running later at the earliest: a forged time
 * has to last for weeks, not for hours, until authorities are expired, and
 * each step is in the log. What boots again may take its step at once.
 */
#define CLOCK_MAX_STEP (400 * CLOCK_DAY_SECONDS)
#define CLOCK_STEP_INTERVAL CLOCK_DAY_SECONDS
#define CLOCK_MAX_AGE (CLOCK_DAY_SECONDS * (20 * 365 + 5))
/* Smaller steps are not worth a write to the flash. */
#define CLOCK_MIN_STEP CLOCK_DAY_SECONDS

#define CLOCK_NO_STEP ((int64_t)-1)

struct clock {
	int64_t build;   /* seconds since the epoch */
	int64_t floor;   /* at least build, at most build + CLOCK_MAX_AGE */
	int64_t stepped; /* seconds since boot of the last step, or none */
};

/* All the clocks at one moment. */
struct clock_reading {
	int64_t wall;      /* seconds since the epoch */
	int64_t boot;      /* seconds since boot, which nobody can set */
	bool synchronised; /* what the kernel says of its wall clock */
};

/* When this program was built: what a floor starts from. */
int64_t clock_build_time(void);
void clock_init(struct clock *c, int64_t build);

/* max(wall, floor): what certificates are held against. */
int64_t clock_now(const struct clock *c, int64_t wall);
/* Whether the wall clock can be right at all. */
bool clock_trusted(const struct clock *c, int64_t wall);
/* One step of the floor towards the wall clock, if that is synchronised and
 * a step is due. True when it moved and wants saving. */
bool clock_advance(struct clock *c, const struct clock_reading *now);
/* Put the floor back where it started; the next step is an interval away, so
 * that there is time to put a forged source of time right. */
void clock_reset(struct clock *c, const struct clock_reading *now);
/* Seconds by which the wall clock was set between two readings. */
int64_t clock_jump(
	const struct clock_reading *before, const struct clock_reading *now);

/*
 * Read the record. What it says counts only when nobody but this user or
 * root can have written it and it is whole and possible: a floor later than
 * build + CLOCK_MAX_AGE is none that was written here. Returns 0, also when
 * there is no file; -EPERM when it is somebody else's, others may write it,
 * or it is no plain file; -EBADMSG when it is damaged or impossible; another
 * negative errno. Without a good record the floor is the build date.
 */
int clock_load(struct clock *c, const char *path);
/* Durable when it returns 0. */
int clock_save(const struct clock *c, const char *path);

/* The outside. Nothing else in the daemon asks for the wall clock. */
int64_t clock_wall(void);
struct clock_reading clock_read(void);

#endif
