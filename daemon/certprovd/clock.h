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
/* One forged time must not carry the floor past every certificate. */
#define CLOCK_MAX_STEP (400 * CLOCK_DAY_SECONDS)
#define CLOCK_MAX_AGE (CLOCK_DAY_SECONDS * (20 * 365 + 5))
/* Smaller steps are not worth a write to the flash. */
#define CLOCK_MIN_STEP CLOCK_DAY_SECONDS

struct clock {
	int64_t build; /* seconds since the epoch */
	int64_t floor; /* at least build, at most build + CLOCK_MAX_AGE */
};

/* When this program was built: what a floor starts from. */
int64_t clock_build_time(void);
void clock_init(struct clock *c, int64_t build);

/* max(wall, floor): what certificates are held against. */
int64_t clock_now(const struct clock *c, int64_t wall);
/* Whether the wall clock can be right at all. */
bool clock_trusted(const struct clock *c, int64_t wall);
/* One step of the floor towards the wall clock, if that is synchronised.
 * True when it moved and wants saving. */
bool clock_advance(struct clock *c, int64_t wall, bool synchronised);
/* Put back where it started. */
void clock_reset(struct clock *c);

/*
 * Read the floor from a file; what is beyond the limits is cut to them. 0,
 * also when there is no file (the floor is the build date then); -EBADMSG
 * when the file is not ours or damaged (the same); another negative errno.
 */
int clock_load(struct clock *c, const char *path);
/* Durable when it returns 0. */
int clock_save(const struct clock *c, const char *path);

/* The outside: seconds since the epoch; what the kernel says of its clock. */
int64_t clock_wall(void);
bool clock_synchronised(void);

#endif
