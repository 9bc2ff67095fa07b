/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/calls/upstream.h"
#include "daemon/certprov-web/http/exchange.h"
#include "daemon/certprov-web/http/web-time.h"
#include "lib/base/macros.h"
#include "lib/varlink/json-writer.h"
#include "lib/varlink/varlink.h"

#define ACT_FOR "io.certprov.admin.ActFor"

struct call {
	struct call *next;
	struct call_list *list;
	const struct call_row *row;
	struct call_output output;
	cJSON *parameters;
	struct upstream *upstream; /* NULL: it waits for its turn */
	struct event late;         /* it has waited too long */
	bool introducing;          /* ActFor is under way */
	struct bytes held;         /* events the peer has no room for yet */
	bool held_last;            /* of them */
};

struct call_list {
	struct event_base *base;
	const char *sockets[CALL_SOCKET__END];
	const struct call_times *times; /* NULL: the others */
	struct call *first;             /* the oldest */
	struct event turn;              /* for those who wait */
};

/* --- how many --- */

/* Of a user, or of all for NULL. */
static size_t call_count(
	const struct call_list *list, const char *user, bool running)
{
	size_t count = 0;

	for (const struct call *c = list->first; c; c = c->next)
		if ((c->upstream != NULL) == running &&
			(!user || strcmp(c->output.user.name, user) == 0))
			count++;
	return count;
}

/* One more, of all and of a user's: fewer than are left. */
static bool call_is_share(size_t max, size_t all, size_t own)
{
	return own < max - all;
}

size_t call_list_running(const struct call_list *list)
{
	return call_count(list, NULL, true);
}

static bool call_may_run(const struct call_list *list, const char *user)
{
	return call_is_share(CALL_MAX_RUNNING, call_count(list, NULL, true),
		call_count(list, user, true));
}

static bool call_may_wait(const struct call_list *list, const char *user)
{
	return call_is_share(CALL_MAX_WAITING, call_count(list, NULL, false),
		call_count(list, user, false));
}

/* --- the end of one --- */

static struct call *call_free(struct call *c)
{
	if (!c)
		return NULL;
	if (event_initialized(&c->late))
		(void)event_del(&c->late);
	(void)upstream_free(c->upstream);
	json_free(c->parameters);
	bytes_done(&c->held);
	free(c);
	return NULL;
}
DEFINE_CLEANUP(struct call, call_free);

/* Its exchange has been answered, or has gone. */
static void call_end(struct call *c)
{
	struct call_list *list = c->list;
	struct call **at = &list->first;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	(void)call_free(c);
	event_active(&list->turn, EV_TIMEOUT, 0);
}

static void call_fail(struct call *c, enum call_failure failure)
{
	call_output_fail(&c->output, failure);
	call_end(c);
}

static void call_on_closed(struct exchange *e, void *userdata)
{
	(void)e;
	call_end(userdata);
}

static void call_on_late(evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	call_fail(userdata, CALL_TOO_MANY);
}

/* --- replies --- */

static void call_write(struct call *c, struct bytes *events, bool last);

/* The peer has read what it had no room for. */
static void call_on_drained(struct exchange *e, void *userdata)
{
	struct call *c = userdata;
	CLEANUP(bytes_done) struct bytes events = TAKE_OBJECT(c->held);

	(void)e;
	if (!c->held_last)
		upstream_resume(c->upstream);
	call_write(c, &events, c->held_last);
}

/* Takes the events. */
static void call_write(struct call *c, struct bytes *events, bool last)
{
	int r = call_output_write(&c->output, events);

	if (r == -EBUSY) {
		c->held = TAKE_OBJECT(*events);
		c->held_last = last;
		upstream_pause(c->upstream);
		exchange_stream_on_drained(
			c->output.exchange, call_on_drained, c);
	} else if (r < 0) {
		call_output_give_up(&c->output, r);
		call_end(c);
	} else if (last) {
		call_output_end(&c->output);
		call_end(c);
	}
}

static void call_pass_on(struct call *c, const struct varlink_reply *reply)
{
	CLEANUP(bytes_done) struct bytes events = {0};
	bool last = !reply->continues;

	if (call_output_encode(reply->parameters, last, &events) < 0)
		call_fail(c, CALL_NO_MEMORY);
	else
		call_write(c, &events, last);
}

static int call_reply_ms(const struct call *c)
{
	return c->list->times ? c->list->times->reply_ms : c->row->reply_ms;
}

static void call_make(struct call *c)
{
	int r = upstream_call(c->upstream, c->row->method, c->parameters,
		c->output.stream, call_reply_ms(c));

	c->introducing = false;
	c->parameters = json_free(c->parameters);
	if (r < 0)
		call_fail(c, call_error_of(r));
}

/* ActFor was refused: by a certprovd that has none, or has another, by one that
 * lets nobody like us in, or for a reason that the call itself has as well. */
static void call_on_unintroduced(
	struct call *c, const struct varlink_reply *reply)
{
	static const char *const of_another[] = {
		VARLINK_METHOD_NOT_FOUND,
		VARLINK_METHOD_NOT_IMPLEMENTED,
		VARLINK_INTERFACE_NOT_FOUND,
		VARLINK_INVALID_PARAMETER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(of_another); i++)
		if (strcmp(reply->error, of_another[i]) == 0) {
			call_fail(c, CALL_NOT_RECORDED);
			return;
		}
	if (strcmp(reply->error, VARLINK_PERMISSION_DENIED) == 0) {
		call_fail(c, CALL_KEPT_OUT);
		return;
	}
	call_output_error(&c->output, reply->error, reply->parameters);
	call_end(c);
}

/* His session, or his role, may have ended meanwhile: what he asked to see is
 * not for him then. What was changed was changed, and he is told. */
static bool call_is_for_him(const struct call *c)
{
	return call_table_changes(c->row) ||
		access_goes_on(c->output.access, &c->output.user);
}

static void call_on_reply(const struct varlink_reply *reply, void *userdata)
{
	struct call *c = userdata;

	if (c->introducing) {
		if (reply->error)
			call_on_unintroduced(c, reply);
		else
			call_make(c);
	} else if (!call_is_for_him(c)) {
		call_fail(c, CALL_NOT_SIGNED_IN);
	} else if (reply->error) {
		call_output_error(&c->output, reply->error, reply->parameters);
		call_end(c);
	} else if (c->output.stream) {
		call_pass_on(c, reply);
	} else {
		call_output_answer(&c->output, reply->parameters);
		call_end(c);
	}
}

static void call_on_failed(int error, void *userdata)
{
	call_fail(userdata, call_error_of(error));
}

/* --- the start of one --- */

static int call_introduce(struct call *c)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(json_free) cJSON *parameters = NULL;
	int r = 0;

	json_put_string(&w, "user", c->output.user.name);
	json_put_string(&w, "address", exchange_peer(c->output.exchange));
	r = json_take(&w, &parameters);
	if (r < 0)
		return r;
	c->introducing = true;
	return upstream_call(
		c->upstream, ACT_FOR, parameters, false, call_reply_ms(c));
}

static void call_run(struct call *c)
{
	const struct upstream_watcher watcher = {
		.reply = call_on_reply,
		.failed = call_on_failed,
		.userdata = c,
	};
	int r = 0;

	/* His session, or his role, may have ended while he waited. */
	if (!access_goes_on(c->output.access, &c->output.user)) {
		call_fail(c, CALL_NOT_SIGNED_IN);
		return;
	}
	r = upstream_open(c->list->base, c->list->sockets[c->row->socket],
		&watcher, &c->upstream);
	(void)event_del(&c->late);
	if (r == 0 && c->row->socket == CALL_ADMIN)
		r = call_introduce(c);
	else if (r == 0) {
		call_make(c);
		return;
	}
	if (r < 0)
		call_fail(c, call_error_of(r));
}

/* The first whose turn it is. */
static struct call *call_next(const struct call_list *list)
{
	for (struct call *c = list->first; c; c = c->next)
		if (!c->upstream && call_may_run(list, c->output.user.name))
			return c;
	return NULL;
}

static void call_on_turn(evutil_socket_t fd, short what, void *userdata)
{
	struct call_list *list = userdata;
	struct call *c = NULL;

	(void)fd;
	(void)what;
	while ((c = call_next(list)))
		call_run(c);
}

/* Takes the parameters, also on failure. */
static int call_new(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output, struct call **ret)
{
	CLEANUP(json_free) cJSON *owned = parameters;
	CLEANUP(call_free) struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->list = list;
	c->row = row;
	c->output = *output;
	c->parameters = TAKE_PTR(owned);
	(void)evtimer_assign(&c->late, list->base, call_on_late, c);
	*ret = TAKE_PTR(c);
	return 0;
}

static void call_append(struct call_list *list, struct call *c)
{
	int ms = list->times ? list->times->waiting_ms : CALL_WAITING_MS;
	struct call **at = &list->first;

	while (*at)
		at = &(*at)->next;
	*at = c;
	exchange_on_closed(c->output.exchange, call_on_closed, c);
	(void)web_time_add(&c->late, ms);
}

void call_begin(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output)
{
	struct call *c = NULL;

	if (!call_may_wait(list, output->user.name)) {
		json_free(parameters);
		call_error_answer_failure(output->exchange, CALL_TOO_MANY);
		return;
	}
	if (call_new(list, row, parameters, output, &c) < 0) {
		call_error_answer_failure(output->exchange, CALL_NO_MEMORY);
		return;
	}
	call_append(list, c);
	call_on_turn(-1, 0, list);
}

/* --- all of them --- */

void call_list_beat(struct call_list *list)
{
	struct call *next = NULL;

	for (struct call *c = list->first; c; c = next) {
		int r = call_output_beat(&c->output);

		next = c->next;
		/* Who does not read is waited for, see call_write. */
		if (r == 0 || r == -EBUSY)
			continue;
		call_output_give_up(&c->output, r);
		call_end(c);
	}
}

int call_list_new(struct event_base *base,
	const char *const sockets[CALL_SOCKET__END],
	const struct call_times *times, struct call_list **ret)
{
	struct call_list *list = calloc(1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->base = base;
	list->times = times;
	memcpy(list->sockets, sockets, sizeof(list->sockets));
	(void)event_assign(&list->turn, base, -1, 0, call_on_turn, list);
	*ret = list;
	return 0;
}

struct call_list *call_list_free(struct call_list *list)
{
	if (!list)
		return NULL;
	while (list->first) {
		struct call *c = list->first;

		list->first = c->next;
		(void)call_free(c);
	}
	(void)event_del(&list->turn);
	free(list);
	return NULL;
}
