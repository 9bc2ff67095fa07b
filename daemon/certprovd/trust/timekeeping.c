/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/trust/timekeeping.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "daemon/certprovd/sys/log.h"
#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define STEP_SECONDS 3600
/* So far ahead that only setting the clock sets the alarm off. */
#define ALARM_SECONDS (3650 * CLOCK_DAY_SECONDS)
/* Smaller corrections are routine and not logged. */
#define JUMP_WORTH_SAYING_SECONDS 60

/* --- the record --- */

static int timekeeping_record_path(const struct timekeeping *t, char **ret)
{
	return string_format(ret, "%s/clock", t->config->state_directory);
}

int timekeeping_save(struct timekeeping *t)
{
	CLEANUP(free) char *path = NULL;
	int r = timekeeping_record_path(t, &path);

	if (r == 0)
		r = clock_save(t->clock, path);
	if (r == 0)
		t->refused = false;
	return r;
}

static const char *timekeeping_reason_of(int error)
{
	if (error == -EPERM)
		return "others can write it";
	return error == -EBADMSG ? "it is damaged" : strerror(-error);
}

/* Logged once each time it changes. */
static void timekeeping_say_whether_trusted(struct timekeeping *t, int64_t wall)
{
	bool trusted = clock_trusted(t->clock, wall);

	if (!trusted && t->trusted)
		log_event(LOG_CLOCK_NOT_TRUSTED, LOG_NO_FIELDS,
			"the clock is earlier than it can be; the last known "
			"time is used until it is set");
	t->trusted = trusted;
}

void timekeeping_load(
	struct timekeeping *t, const struct config *config, struct clock *clock)
{
	CLEANUP(free) char *path = NULL;
	int r = 0;

	*t = (struct timekeeping){
		.config = config,
		.clock = clock,
		.last = clock_read(),
		.trusted = true,
	};
	clock_init(clock, clock_build_time());
	r = timekeeping_record_path(t, &path);
	if (r == 0)
		r = clock_load(t->clock, path);
	if (r < 0)
		log_event(LOG_CLOCK_RECORD_REFUSED,
			LOG_FIELDS(LOG_FIELD_FILE(path)),
			"the recorded time is not used: %s: %s",
			path ? path : "?", timekeeping_reason_of(r));
	t->refused = r < 0;
	/* Without a record, running time counts from here on. */
	if (t->clock->mark == CLOCK_NO_MARK)
		t->clock->mark = t->last.boot;
	(void)clock_see_source(t->clock, &t->last);
	timekeeping_say_whether_trusted(t, t->last.wall);
}

/* --- the floor --- */

static void timekeeping_say_change(
	enum clock_change change, int64_t before, int64_t floor)
{
	char from[DATE_TEXT_SIZE];
	char to[DATE_TEXT_SIZE];

	date_format(before, from);
	date_format(floor, to);
	switch (change) {
	case CLOCK_RAISED:
		log_message(LOG_INFO, "the last known time is now %s", to);
		break;
	case CLOCK_LOWERED:
		log_event(LOG_CLOCK_FLOOR_LOWERED, LOG_NO_FIELDS,
			"a synchronised clock was behind the last known time "
			"for a day: that is now %s instead of %s",
			to, from);
		break;
	case CLOCK_SAME:
		break;
	}
}

/* Tried again each hour, logged once. */
static void timekeeping_save_or_say(struct timekeeping *t)
{
	int r = timekeeping_save(t);

	if (r < 0 && !t->unwritten)
		log_message(LOG_WARNING, "cannot record the time: %s",
			strerror(-r));
	t->unwritten = r < 0;
}

static int timekeeping_write_told(const struct timekeeping *t)
{
	struct store *store = t->parts.store;
	int r = store_begin(store);

	if (r < 0)
		return r;
	r = store_set_fact(store, STORE_ENDINGS_TOLD, t->told.until);
	if (r == 0)
		return store_commit(store);
	store_rollback(store);
	return r;
}

/* A start repeats nothing that was told. */
static void timekeeping_keep_told(struct timekeeping *t)
{
	int r = timekeeping_write_told(t);

	if (r < 0 && !t->unkept)
		log_message(LOG_WARNING,
			"cannot record which expiry dates were logged; they "
			"are logged again after a restart: %s",
			strerror(-r));
	t->unkept = r < 0;
}

static void timekeeping_load_told(struct timekeeping *t)
{
	int64_t until = 0;

	if (store_get_fact(t->parts.store, STORE_ENDINGS_TOLD, &until) == 0 &&
		until != 0)
		t->told = (struct endings_told){.any = true, .until = until};
}

/* Listeners hear of what expires and of a floor that moved, in one call. */
static void timekeeping_tell(struct timekeeping *t,
	const struct clock_reading *now, enum clock_change change)
{
	bool source = clock_see_source(t->clock, now);
	struct endings_look look = endings_tell(&t->told, t->parts.endings,
		clock_now(t->clock, now->wall), now->boot);

	if (look.keep)
		timekeeping_keep_told(t);
	if (look.crossed > 0)
		trust_state_expired(t->parts.state);
	else if (source || change != CLOCK_SAME)
		trust_state_clock_moved(t->parts.state);
}

static void timekeeping_step(
	struct timekeeping *t, const struct clock_reading *now)
{
	int64_t before = t->clock->floor;
	enum clock_change change = clock_observe(t->clock, now);

	t->last = *now;
	timekeeping_say_change(change, before, t->clock->floor);
	timekeeping_say_whether_trusted(t, now->wall);
	/* What has expired is no longer exported. */
	export_update(t->parts.export);
	if (change != CLOCK_SAME || clock_wants_saving(t->clock))
		timekeeping_save_or_say(t);
	timekeeping_tell(t, now, change);
}

/* Seconds to the next look: an hour, or less when a step is due before. */
static uint64_t timekeeping_wait(
	const struct timekeeping *t, const struct clock_reading *now)
{
	int64_t time = clock_now(t->clock, now->wall);
	int64_t next = endings_next(t->parts.endings, time);

	return next - time < STEP_SECONDS ? (uint64_t)(next - time)
					  : STEP_SECONDS;
}

static int timekeeping_wait_again(
	struct timekeeping *t, const struct clock_reading *now)
{
	return sd_event_source_set_time_relative(
		t->hourly, timekeeping_wait(t, now) * 1000000);
}

static int timekeeping_on_hourly(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct timekeeping *t = userdata;
	struct clock_reading now = clock_read();

	(void)source;
	(void)usec;
	timekeeping_step(t, &now);
	return timekeeping_wait_again(t, &now);
}

static int timekeeping_start_hourly(struct timekeeping *t)
{
	int r = sd_event_add_time_relative(t->parts.event, &t->hourly,
		CLOCK_MONOTONIC, 0, 1000000, timekeeping_on_hourly, t);

	return r < 0 ? r : sd_event_source_set_enabled(t->hourly, SD_EVENT_ON);
}

/* --- when the clock is set --- */

static void timekeeping_say_jump(int64_t by, int64_t wall)
{
	char from[DATE_TEXT_SIZE];
	char to[DATE_TEXT_SIZE];

	if (by > -JUMP_WORTH_SAYING_SECONDS && by < JUMP_WORTH_SAYING_SECONDS)
		return;
	date_format(wall - by, from);
	date_format(wall, to);
	log_event(LOG_CLOCK_SET, LOG_NO_FIELDS,
		"the clock was set from %s to %s", from, to);
}

/* Earlier answers are of another time: forget them, and see what is due. */
static void timekeeping_clock_was_set(struct timekeeping *t)
{
	struct clock_reading now = clock_read();

	timekeeping_say_jump(clock_jump(&t->last, &now), now.wall);
	verdict_cache_forget(t->parts.verdict_cache);
	timekeeping_step(t, &now);
	(void)timekeeping_wait_again(t, &now);
}

/* An alarm years ahead that the kernel cancels whenever the clock is set. */
static int timekeeping_set_alarm(const struct timekeeping *t, int fd)
{
	int64_t now = clock_now(t->clock, clock_wall());
	struct itimerspec at = {
		.it_value.tv_sec = date_to_time_t(now + ALARM_SECONDS),
	};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
		       &at, NULL) < 0
		? -errno
		: 0;
}

/* It was cancelled or, years later, went off. Set it again first, so that
 * nothing that follows is missed. */
static int timekeeping_on_set(
	sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct timekeeping *t = userdata;
	uint64_t times = 0;
	int r = 0;

	(void)revents;
	if (read(fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
		return 0;
	r = timekeeping_set_alarm(t, fd);
	if (r < 0) {
		log_message(LOG_WARNING,
			"cannot notice when the clock is set: %s",
			strerror(-r));
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	}
	timekeeping_clock_was_set(t);
	return 0;
}

static int timekeeping_watch_clock(struct timekeeping *t)
{
	CLEANUP(fd_close)
	int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	int r = fd < 0 ? -errno : timekeeping_set_alarm(t, fd);

	if (r >= 0)
		r = sd_event_add_io(t->parts.event, &t->set, fd, EPOLLIN,
			timekeeping_on_set, t);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(t->set, true);
	if (r >= 0)
		(void)fd_take(&fd);
	return r;
}

int timekeeping_start(
	struct timekeeping *t, const struct timekeeping_parts *parts)
{
	int r = 0;

	t->parts = *parts;
	timekeeping_load_told(t);
	r = timekeeping_start_hourly(t);
	if (r >= 0)
		r = timekeeping_watch_clock(t);
	/* Before everything that is waiting, so that no answer of another time
	 * is given. */
	if (r >= 0)
		r = sd_event_source_set_priority(
			t->set, SD_EVENT_PRIORITY_IMPORTANT);
	return r < 0 ? r : 0;
}

void timekeeping_stop(struct timekeeping *t)
{
	if (t->clock && t->clock->unsaved >= CLOCK_SAVE_AT_STOP)
		timekeeping_save_or_say(t);
	t->hourly = sd_event_source_disable_unref(t->hourly);
	t->set = sd_event_source_disable_unref(t->set);
}
