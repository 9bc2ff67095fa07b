/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/clock.h"

#include <string.h>
#include <sys/timex.h>
#include <time.h>

int64_t clock_build_time(void)
{
	return CERTPROV_BUILD_TIME;
}

void clock_init(struct clock *c, int64_t build)
{
	*c = (struct clock){
		.build = build,
		.floor = build,
		.mark = CLOCK_NO_MARK,
	};
}

int64_t clock_now(const struct clock *c, int64_t wall)
{
	return wall > c->floor ? wall : c->floor;
}

bool clock_trusted(const struct clock *c, int64_t wall)
{
	return wall >= c->floor;
}

/* --- the floor --- */

/* Less time since boot than was marked is another boot, all of which counts.
 * More can be another boot too; then less counts than really passed. */
static int64_t clock_count_running(struct clock *c, int64_t boot)
{
	int64_t passed = 0;

	if (c->mark != CLOCK_NO_MARK)
		passed = boot >= c->mark ? boot - c->mark : boot;
	c->mark = boot;
	c->seen += passed;
	c->unsaved += passed;
	if (c->seen > CLOCK_MAX_STEP)
		c->seen = CLOCK_MAX_STEP;
	return passed;
}

/* The newest is replaced while the next is close to the one before both, so
 * that the oldest is about a year old. */
static void clock_remember_floor(struct clock *c)
{
	size_t n = c->floor_count;
	int64_t before = n > 1 ? c->floors[n - 2] : c->build;

	if (n > 0 && c->floor - before < CLOCK_FLOORS_APART) {
		c->floors[n - 1] = c->floor;
		return;
	}
	if (n == CLOCK_MAX_FLOORS) {
		n--;
		memmove(c->floors, c->floors + 1, n * sizeof(*c->floors));
	}
	c->floors[n] = c->floor;
	c->floor_count = n + 1;
}

static void clock_move_floor(struct clock *c, int64_t to)
{
	c->floor = to;
	c->seen = 0;
	c->doubted = 0;
	c->doubting = false;
}

static int64_t clock_smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Within what can be written as a date, and never 0. */
static int64_t clock_limit(const struct clock *c, int64_t wall)
{
	return wall < 1 ? 1 : clock_smaller(wall, c->build + CLOCK_MAX_AGE);
}

static bool clock_raise_floor(struct clock *c, int64_t wall)
{
	int64_t step = clock_smaller(c->seen, CLOCK_MAX_STEP);

	if (wall <= c->floor)
		return false;
	step = clock_smaller(step, wall - c->floor);
	step = clock_smaller(step, c->build + CLOCK_MAX_AGE - c->floor);
	if (step < CLOCK_MIN_STEP)
		return false;
	clock_move_floor(c, c->floor + step);
	clock_remember_floor(c);
	c->raised = clock_limit(c, wall);
	return true;
}

static void clock_lower_floor(struct clock *c, int64_t wall)
{
	size_t n = c->floor_count;

	while (n > 0 && c->floors[n - 1] > wall)
		n--;
	c->floor_count = n;
	clock_move_floor(c, n > 0 ? c->floors[n - 1] : c->build);
	c->lowered = clock_limit(c, wall);
}

/* Both ends of the time that passed must contradict the floor: a forged time
 * counts for as long as it stands, and a reading is taken when it ends. */
static enum clock_change clock_doubt(
	struct clock *c, int64_t wall, int64_t passed)
{
	if (c->doubting)
		c->doubted += clock_smaller(passed, CLOCK_MAX_GAP);
	c->doubting = true;
	if (c->doubted < CLOCK_MIN_DOUBT)
		return CLOCK_SAME;
	clock_lower_floor(c, wall);
	return CLOCK_LOWERED;
}

bool clock_see_source(struct clock *c, const struct clock_reading *now)
{
	bool first = c->source_since == 0;

	if (!first && c->synchronised == now->synchronised)
		return false;
	c->synchronised = now->synchronised;
	c->source_since = clock_limit(c, now->wall);
	return true;
}

enum clock_change clock_observe(
	struct clock *c, const struct clock_reading *now)
{
	int64_t passed = clock_count_running(c, now->boot);

	if (!now->synchronised) {
		c->doubting = false;
		return CLOCK_SAME;
	}
	if (now->wall < c->floor - CLOCK_TOLERANCE && c->floor > c->build)
		return clock_doubt(c, now->wall, passed);
	c->doubting = false;
	c->doubted = 0;
	return clock_raise_floor(c, now->wall) ? CLOCK_RAISED : CLOCK_SAME;
}

/* A contradiction that is over must not be taken up by the next start. */
bool clock_wants_saving(const struct clock *c)
{
	return c->unsaved >= CLOCK_SAVE_INTERVAL ||
		(c->doubt_saved && c->doubted == 0);
}

void clock_reset(struct clock *c, const struct clock_reading *now)
{
	clock_move_floor(c, c->build);
	c->floor_count = 0;
	c->mark = now->boot;
	c->raised = 0;
	c->lowered = clock_limit(c, now->wall);
}

int64_t clock_jump(
	const struct clock_reading *before, const struct clock_reading *now)
{
	return now->wall - before->wall - (now->boot - before->boot);
}

/* --- the outside --- */

int64_t clock_wall(void)
{
	return time(NULL);
}

static bool clock_is_synchronised(void)
{
	struct timex t = {.modes = 0};
	int state = adjtimex(&t);

	return state >= 0 && state != TIME_ERROR &&
		!((unsigned)t.status & STA_UNSYNC);
}

struct clock_reading clock_read(void)
{
	struct timespec boot = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	return (struct clock_reading){
		.wall = clock_wall(),
		.boot = boot.tv_sec,
		.synchronised = clock_is_synchronised(),
	};
}

int64_t clock_monotonic_us(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
