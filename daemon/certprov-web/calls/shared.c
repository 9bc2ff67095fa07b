/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/calls/upstream.h"
#include "daemon/certprov-web/http/exchange.h"

struct shared_listener {
	struct shared_listener *next;
	struct shared *shared;
	struct call_output output;
};

struct shared {
	struct event_base *base;
	const struct call_row *row;
	const char *socket;
	struct upstream *upstream; /* NULL: nobody listens */
	struct bytes first;        /* events for who comes now; or none yet */
	struct shared_listener *listeners;
};

/* --- listeners --- */

/* Of a user, or of all for NULL. */
static size_t shared_count(const struct shared *s, const char *user)
{
	size_t count = 0;

	for (const struct shared_listener *l = s->listeners; l; l = l->next)
		count += !user || strcmp(l->output.user.name, user) == 0;
	return count;
}

size_t shared_listeners(const struct shared *s)
{
	return shared_count(s, NULL);
}

static void shared_close(struct shared *s)
{
	s->upstream = upstream_free(s->upstream);
	bytes_done(&s->first);
}

/* Its exchange has been answered, or has gone. */
static void shared_remove(struct shared_listener *l)
{
	struct shared *s = l->shared;
	struct shared_listener **at = &s->listeners;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l);
	if (!s->listeners)
		shared_close(s);
}

static void shared_on_closed(struct exchange *e, void *userdata)
{
	(void)e;
	shared_remove(userdata);
}

/* Who does not read is dropped: what it missed, it would not know of. */
static void shared_drop(struct shared_listener *l, int error)
{
	if (error == 0)
		return;
	call_output_give_up(&l->output, error);
	shared_remove(l);
}

static void shared_tell(struct shared_listener *l, const struct bytes *events)
{
	shared_drop(l, call_output_write(&l->output, events));
}

/* --- certprovd --- */

/* None of them is told in turn: a listener may come while others go. */
static void shared_fail(struct shared *s, enum call_failure failure)
{
	struct shared_listener *l = TAKE_PTR(s->listeners);

	shared_close(s);
	while (l) {
		struct shared_listener *next = l->next;

		call_output_fail(&l->output, failure);
		free(l);
		l = next;
	}
}

static void shared_refuse(struct shared *s, const struct varlink_reply *reply)
{
	struct shared_listener *l = TAKE_PTR(s->listeners);

	shared_close(s);
	while (l) {
		struct shared_listener *next = l->next;

		call_output_error(&l->output, reply->error, reply->parameters);
		free(l);
		l = next;
	}
}

static void shared_tell_all(struct shared *s, const struct bytes *events)
{
	struct shared_listener *next = NULL;

	for (struct shared_listener *l = s->listeners; l; l = next) {
		next = l->next;
		shared_tell(l, events);
	}
}

static void shared_on_reply(const struct varlink_reply *reply, void *userdata)
{
	CLEANUP(bytes_done) struct bytes events = {0};
	struct shared *s = userdata;

	if (reply->error) {
		shared_refuse(s, reply);
		return;
	}
	/* One that ends would not be one of these. */
	if (!reply->continues) {
		shared_fail(s, CALL_NONSENSE);
		return;
	}
	if (call_output_encode(reply->parameters, false, &events) < 0) {
		shared_fail(s, CALL_NO_MEMORY);
		return;
	}
	if (!s->first.data || s->row->replies == CALL_STATE) {
		bytes_done(&s->first);
		if (bytes_copy(events.data, events.len, &s->first) < 0) {
			shared_fail(s, CALL_NO_MEMORY);
			return;
		}
	}
	shared_tell_all(s, &events);
}

static void shared_on_failed(int error, void *userdata)
{
	shared_fail(userdata, call_error_of(error));
}

static int shared_open(struct shared *s)
{
	const struct upstream_watcher watcher = {
		.reply = shared_on_reply,
		.failed = shared_on_failed,
		.userdata = s,
	};
	int r = upstream_open(s->base, s->socket, &watcher, &s->upstream);

	if (r == 0)
		r = upstream_call(s->upstream, s->row->method, NULL, true,
			s->row->reply_ms);
	return r;
}

/* --- who comes --- */

static struct shared_listener *shared_new_listener(
	struct shared *s, const struct call_output *output)
{
	struct shared_listener *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->shared = s;
	l->output = *output;
	l->next = s->listeners;
	return l;
}

static bool shared_has_room(const struct shared *s, const char *user)
{
	size_t all = shared_count(s, NULL);
	size_t own = shared_count(s, user);

	return own < SHARED_MAX_LISTENERS_A_USER &&
		(all < SHARED_MAX_LISTENERS_A_USER ||
			own < SHARED_MAX_LISTENERS - all);
}

void shared_add(struct shared *s, const struct call_output *output)
{
	struct shared_listener *l = NULL;
	int r = 0;

	if (!shared_has_room(s, output->user.name)) {
		call_error_answer_failure(output->exchange, CALL_TOO_MANY);
		return;
	}
	l = shared_new_listener(s, output);
	if (!l) {
		call_error_answer_failure(output->exchange, CALL_NO_MEMORY);
		return;
	}
	s->listeners = l;
	exchange_on_closed(output->exchange, shared_on_closed, l);
	if (!s->upstream)
		r = shared_open(s);
	if (r < 0)
		shared_fail(s, call_error_of(r));
	else if (s->first.data)
		shared_tell(l, &s->first);
}

/* --- all of it --- */

void shared_beat(struct shared *s)
{
	struct shared_listener *next = NULL;

	for (struct shared_listener *l = s->listeners; l; l = next) {
		next = l->next;
		shared_drop(l, call_output_beat(&l->output));
	}
}

const struct call_row *shared_row(const struct shared *s)
{
	return s->row;
}

int shared_new(struct event_base *base, const struct call_row *row,
	const char *socket, struct shared **ret)
{
	struct shared *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->base = base;
	s->row = row;
	s->socket = socket;
	*ret = s;
	return 0;
}

struct shared *shared_free(struct shared *s)
{
	if (!s)
		return NULL;
	shared_close(s);
	while (s->listeners) {
		struct shared_listener *l = s->listeners;

		s->listeners = l->next;
		free(l);
	}
	free(s);
	return NULL;
}
