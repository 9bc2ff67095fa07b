/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/sys/schedule.h"

#define MS_PER_SECOND 1000

/* Evenly from 0 up to, but not including, span. */
static int64_t schedule_part_of(int64_t span, uint32_t random)
{
	return (int64_t)((uint64_t)span * random >> 32);
}

/* Earlier or later by up to half the part, so that the average is what was
 * asked for. */
static int64_t schedule_refresh_ms(
	const struct schedule_policy *p, uint32_t random)
{
	int64_t seconds = p->refresh_s;
	int64_t span = 0;

	if (seconds > SCHEDULE_MAX_REFRESH_SECONDS)
		seconds = SCHEDULE_MAX_REFRESH_SECONDS;
	span = seconds * MS_PER_SECOND / SCHEDULE_JITTER_PART;
	return seconds * MS_PER_SECOND - span / 2 +
		schedule_part_of(span, random);
}

/* Evenly over the interval, but for its first minutes. */
static int64_t schedule_first_refresh_ms(
	const struct schedule_policy *p, uint32_t random)
{
	int64_t seconds = p->refresh_s;
	int64_t least = SCHEDULE_MIN_SPREAD_SECONDS;

	if (seconds > SCHEDULE_MAX_REFRESH_SECONDS)
		seconds = SCHEDULE_MAX_REFRESH_SECONDS;
	if (seconds <= least)
		return schedule_refresh_ms(p, random);
	return least * MS_PER_SECOND +
		schedule_part_of((seconds - least) * MS_PER_SECOND, random);
}

/*
 * Only ever later than the setting says: the limit of "3,6:3600" and the
 * fixed "120" have nothing random of their own. The bits that chose within
 * the range are turned, so that they do not choose here as well.
 */
static int64_t schedule_back_off_ms(
	const struct schedule_policy *p, unsigned failures, uint32_t random)
{
	uint32_t delay_s = backoff_delay_s(&p->back_off, failures, random);
	uint32_t turned = random << 16 | random >> 16;
	int64_t delay_ms = 0;

	if (p->wished && failures > SCHEDULE_MAX_RESTARTS &&
		delay_s < SCHEDULE_MIN_WISH_SECONDS)
		delay_s = SCHEDULE_MIN_WISH_SECONDS;
	delay_ms = (int64_t)MS_PER_SECOND * delay_s;
	return delay_ms +
		schedule_part_of(delay_ms / SCHEDULE_JITTER_PART, turned);
}

static int64_t schedule_next_after(const struct schedule *s,
	const struct schedule_policy *p, uint32_t random)
{
	int64_t next_ms = s->base_ms;

	if (!p->enabled || (s->failures == 0 && p->refresh_s == 0))
		return SCHEDULE_NEVER;
	if (s->failures > 0)
		next_ms += schedule_back_off_ms(p, s->failures, random);
	else if (s->spread)
		next_ms += schedule_first_refresh_ms(p, random);
	else
		next_ms += schedule_refresh_ms(p, random);
	return next_ms > s->not_before_ms ? next_ms : s->not_before_ms;
}

void schedule_start(struct schedule *s, const struct schedule_policy *p,
	int64_t now_ms, uint32_t random)
{
	*s = (struct schedule){.base_ms = now_ms, .next_ms = SCHEDULE_NEVER};
	if (p->enabled)
		s->next_ms =
			now_ms + schedule_part_of(p->start_jitter_ms, random);
}

void schedule_run_begins(struct schedule *s)
{
	s->next_ms = SCHEDULE_NEVER;
}

void schedule_run_ends(struct schedule *s, const struct schedule_policy *p,
	bool failed, int64_t now_ms, uint32_t random)
{
	s->ran = true;
	s->base_ms = now_ms;
	s->not_before_ms = 0;
	s->spread = !failed && !s->settled;
	s->settled = !failed;
	if (!failed)
		s->failures = 0;
	else if (s->failures < UINT32_MAX)
		s->failures++;
	s->next_ms = schedule_next_after(s, p, random);
}

void schedule_wait(
	struct schedule *s, int64_t seconds, int64_t now_ms, uint32_t random)
{
	int64_t wait_ms = 0;

	if (seconds > SCHEDULE_MAX_RETRY_AFTER_SECONDS)
		seconds = SCHEDULE_MAX_RETRY_AFTER_SECONDS;
	wait_ms = seconds * MS_PER_SECOND;
	wait_ms += schedule_part_of(wait_ms / SCHEDULE_JITTER_PART, random);
	s->not_before_ms = now_ms + wait_ms;
	if (s->next_ms < s->not_before_ms)
		s->next_ms = s->not_before_ms;
}

bool schedule_restart(
	struct schedule *s, const struct schedule_policy *p, int64_t now_ms)
{
	if (s->restarts == 0 ||
		now_ms - s->restarts_since_ms >= SCHEDULE_RESTARTS_MS) {
		s->restarts = 0;
		s->restarts_since_ms = now_ms;
	}
	if (!p->enabled || s->restarts >= SCHEDULE_MAX_RESTARTS)
		return false;
	s->restarts++;
	/* What follows is still the first run that counts, or not. */
	s->settled = !s->spread;
	s->next_ms = now_ms;
	return true;
}

void schedule_continue(struct schedule *s, int64_t now_ms)
{
	s->next_ms = now_ms;
}

void schedule_soon(struct schedule *s, const struct schedule_policy *p,
	int64_t now_ms, uint32_t random)
{
	int64_t soon = now_ms + schedule_part_of(p->start_jitter_ms, random);

	if (p->enabled && s->next_ms > soon)
		s->next_ms = soon;
}

void schedule_policy_changed(struct schedule *s,
	const struct schedule_policy *p, int64_t now_ms, uint32_t random)
{
	if (!s->ran) {
		schedule_start(s, p, now_ms, random);
		return;
	}
	s->next_ms = schedule_next_after(s, p, random);
	if (s->next_ms < now_ms)
		s->next_ms =
			now_ms + schedule_part_of(p->start_jitter_ms, random);
}
