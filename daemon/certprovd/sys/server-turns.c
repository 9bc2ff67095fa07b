/* SPDX-License-Identifier: Apache-2.0 */
/* Gives turns of the loop to connections: now, or once a budget is filled. */
#include "daemon/certprovd/sys/server-internal.h"

#include <time.h>

/* How much later than its budget is filled a user may be served, or than it has
 * rested a run. */
#define REFILL_ACCURACY_US ((uint64_t)10)

void server_give_turn(struct server *s, struct turn *turn)
{
	bool run = turns_is_of_run(turn);
	int64_t since_us = run ? s->now_us() : 0;

	s->give_turn(turn);
	if (!run && !turns_have_run(s->turns))
		return;
	if (turns_taken(s->turns, run, since_us, s->now_us()))
		server_schedule(s);
}

static int server_on_turn(sd_event_source *source, void *userdata)
{
	struct server *s = userdata;
	struct turn *turn = turns_take(s->turns, s->now_us());

	(void)source;
	if (turn)
		server_give_turn(s, turn);
	server_schedule(s);
	return 0;
}

/* A new source each time: sd-event serves what has been pending longest, and
 * for a defer source that is since it was made, so an old one would go before
 * all others for ever. Without memory, the old one is better than none. */
static void server_turn_once(struct server *s)
{
	sd_event_source *fresh = NULL;

	if (sd_event_add_defer(s->event, &fresh, server_on_turn, s) < 0) {
		(void)sd_event_source_set_enabled(s->turn, SD_EVENT_ONESHOT);
		return;
	}
	sd_event_source_disable_unref(s->turn);
	s->turn = fresh;
}

void server_schedule(struct server *s)
{
	int64_t wait_us = 0;

	if (sd_event_source_get_enabled(s->turn, NULL) > 0)
		return;
	wait_us = turns_wait_us(s->turns, s->now_us());
	if (wait_us == 0)
		server_turn_once(s);
	if (wait_us <= 0)
		return;
	/* When this fails for lack of memory, the next one that needs a turn
	 * tries again. */
	if (sd_event_source_set_time_relative(s->refill, (uint64_t)wait_us) >=
		0)
		(void)sd_event_source_set_enabled(s->refill, SD_EVENT_ONESHOT);
}

/* The loop has yet to tell of input here. */
static bool server_is_pending(sd_event_source *io)
{
	return sd_event_source_get_pending(io) != 0;
}

/* Those of the same user go in the order in which the loop tells of them, and
 * runs give way. Who is about to connect may be anybody. */
bool server_is_next(const struct server *s, const struct server_connection *c)
{
	int64_t now_us = s->now_us();
	unsigned looked_at = 0;

	if (!turns_is_next(s->turns, &c->turn, now_us))
		return false;
	for (const struct server_connection *o = s->connections; o; o = o->next)
		if (++looked_at > SERVER_MAX_AT_ONCE ||
			(o->turn.user != c->turn.user &&
				server_is_pending(o->io) &&
				!turns_gives_way(s->turns, &o->turn, now_us)))
			return false;
	for (const struct listener *l = s->listeners; l; l = l->next)
		if (server_is_pending(l->source))
			return false;
	return true;
}

static int server_on_refill(
	sd_event_source *source, uint64_t usec, void *userdata)
{
	struct server *s = userdata;

	(void)source;
	(void)usec;
	turns_waited(s->turns, s->now_us());
	server_schedule(s);
	return 0;
}

int server_add_turns(struct server *s)
{
	int r = sd_event_add_time(s->event, &s->refill, CLOCK_MONOTONIC, 0,
		REFILL_ACCURACY_US, server_on_refill, s);

	if (r >= 0)
		r = sd_event_source_set_enabled(s->refill, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(s->event, &s->turn, server_on_turn, s);
	if (r >= 0)
		r = sd_event_source_set_enabled(s->turn, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}
