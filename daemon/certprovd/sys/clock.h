/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time that verdicts use: the wall clock, but never below a floor that is
 * known to have passed. The floor starts at the build date and follows the
 * clock only while that is synchronised, so that neither an empty battery nor
 * a forged time makes expired certificates valid again. Never sets the clock.
 *
 * Time that comes over a network can be forged, and a floor that is too high
 * makes good certificates expired ones. So the floor rises by no more than the
 * time this machine was seen running since it last rose: whatever clocks say,
 * a floor that began in the past stays in the past. A floor that is wrong all
 * the same (an earlier version let forged time move it) is lowered when a
 * synchronised clock has been behind it for a day of running.
 */
#ifndef CERTPROVD_CLOCK_H
#define CERTPROVD_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_DAY_SECONDS ((int64_t)86400)
/* One step of the floor at most, however long the machine was running. */
#define CLOCK_MAX_STEP (400 * CLOCK_DAY_SECONDS)
#define CLOCK_MAX_AGE (CLOCK_DAY_SECONDS * (20 * 365 + 5))
/* Smaller steps are not worth a write to the flash. */
#define CLOCK_MIN_STEP CLOCK_DAY_SECONDS
/* A clock behind the floor by no more than this does not contradict it: in a
 * day it will have caught up. */
#define CLOCK_TOLERANCE CLOCK_DAY_SECONDS
/* The floor is lowered after it was contradicted for this long of running time.
 * Of the time between two readings, no more than the gap counts. */
#define CLOCK_MIN_DOUBT CLOCK_DAY_SECONDS
#define CLOCK_MAX_GAP INT64_C(7200)
/* Floors to fall back to, about a month apart. */
#define CLOCK_MAX_FLOORS 12
#define CLOCK_FLOORS_APART (30 * CLOCK_DAY_SECONDS)
/* Running time is written this often, and at a stop when there is at least so
 * much: a power cut loses up to three hours of it, and restarting in a loop
 * does not wear out the flash. */
#define CLOCK_SAVE_INTERVAL INT64_C(10800)
#define CLOCK_SAVE_AT_STOP INT64_C(3600)

#define CLOCK_NO_MARK ((int64_t)-1)

struct clock {
	int64_t build; /* seconds since the epoch */
	int64_t floor; /* at least build, at most build + CLOCK_MAX_AGE */
	/* For people: what the clock said when it last rose and when it was
	 * last lowered; 0: never. */
	int64_t raised;
	int64_t lowered;
	int64_t floors[CLOCK_MAX_FLOORS]; /* earlier ones, rising */
	size_t floor_count;
	int64_t seen;         /* running time since the floor last changed */
	int64_t mark;         /* up to which second since boot; CLOCK_NO_MARK */
	int64_t doubted;      /* running time of the contradiction under way */
	bool doubting;        /* the last reading contradicts the floor */
	int64_t unsaved;      /* running time that is not in the record */
	bool doubt_saved;     /* the record has a contradiction */
	bool synchronised;    /* at the last reading */
	int64_t source_since; /* by the clock: since when that is so, as far as
				 this daemon has seen */
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

enum clock_change {
	CLOCK_SAME,
	CLOCK_RAISED,
	CLOCK_LOWERED,
};
/* Take over whether the clock is synchronised; true when that changed. The
 * first reading is told to a clock that has none: source_since is 0. */
bool clock_see_source(struct clock *c, const struct clock_reading *now);
/*
 * Take a reading: every hour, and whenever the clock was set, so that two
 * readings that contradict the floor speak for the time between them. Counts
 * running time, and raises the floor towards a synchronised clock or lowers
 * it to the newest floor it had that is not later than that clock; where
 * there is none, to the build date. The caller saves what changed.
 */
enum clock_change clock_observe(
	struct clock *c, const struct clock_reading *now);
/* The record is worth writing although the floor has not moved. */
bool clock_wants_saving(const struct clock *c);
/* Put the floor back where it started and forget what it was. A day of running
 * passes before it can rise again: time to fix a forged source. */
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
int clock_save(struct clock *c, const char *path);

/* The real clocks. Nothing else in the daemon asks for the wall clock. */
int64_t clock_wall(void);
struct clock_reading clock_read(void);
int64_t clock_monotonic_us(void);

#endif
