/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-turns.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/socket.h>

#include "daemon/certprov-web/http/web-time.h"

static struct http_turn *http_turns_next(const struct http_turns *t)
{
	struct http_turn *next = TAILQ_FIRST(&t->waiting);
	struct http_turn *turn = next;

	for (; turn; turn = TAILQ_NEXT(turn, next))
		if (http_limits_is_next(turn->claim, next->claim))
			next = turn;
	return next;
}

static void http_turn_begin(struct http_turn *turn)
{
	struct http_turns *t = turn->turns;

	TAILQ_REMOVE(&t->waiting, turn, next);
	turn->waits = false;
	turn->taken = true;
	http_limits_take_turn(turn->claim->peer, ++t->count);
	turn->begin(turn->userdata);
}

/* As many as there are signatures for; the others when there are more. */
static void http_turns_go_on(struct http_turns *t)
{
	struct http_turn *turn = NULL;

	while ((turn = http_turns_next(t))) {
		int64_t now_ms = t->now_ms();

		if (!web_bucket_take(&t->bucket, HTTP_HANDSHAKES_A_SECOND,
			    HTTP_HANDSHAKES_AT_ONCE, now_ms)) {
			(void)web_time_add(&t->refilled,
				(int)web_bucket_wait(&t->bucket,
					HTTP_HANDSHAKES_A_SECOND,
					HTTP_HANDSHAKES_AT_ONCE, now_ms));
			return;
		}
		http_turn_begin(turn);
	}
}

static void http_turns_on_refilled(
	evutil_socket_t fd, short what, void *userdata)
{
	(void)fd;
	(void)what;
	http_turns_go_on(userdata);
}

/* Or it has gone: then a handshake notices that. */
static void http_turn_on_hello(evutil_socket_t fd, short what, void *userdata)
{
	struct http_turn *turn = userdata;
	struct http_turns *t = turn->turns;
	char byte = 0;
	ssize_t said = 0;

	(void)what;
	/* Not by FIONREAD: that is 0 before urgent data as well. */
	said = recv(fd, &byte, 1, MSG_PEEK);
	if (said == 0 || (said < 0 && errno != EAGAIN)) {
		turn->begin(turn->userdata);
		return;
	}
	turn->waits = true;
	TAILQ_INSERT_TAIL(&t->waiting, turn, next);
	http_turns_go_on(t);
}

void http_turns_begin(
	struct http_turns *t, struct event_base *base, int64_t (*now_ms)(void))
{
	t->now_ms = now_ms;
	t->base = base;
	TAILQ_INIT(&t->waiting);
	(void)evtimer_assign(&t->refilled, base, http_turns_on_refilled, t);
}

void http_turns_done(struct http_turns *t)
{
	if (t->base)
		(void)event_del(&t->refilled);
}

int http_turn_await(struct http_turns *t, struct http_turn *turn, int fd,
	const struct http_claim *claim, void (*begin)(void *userdata),
	void *userdata)
{
	*turn = (struct http_turn){
		.turns = t,
		.claim = claim,
		.begin = begin,
		.userdata = userdata,
	};
	(void)event_assign(
		&turn->hello, t->base, fd, EV_READ, http_turn_on_hello, turn);
	return event_add(&turn->hello, NULL) < 0 ? -ENOMEM : 0;
}

void http_turn_end(struct http_turn *turn, bool was_signed)
{
	struct http_turns *t = turn->turns;

	if (!t)
		return;
	turn->turns = NULL;
	(void)event_del(&turn->hello);
	if (turn->waits)
		TAILQ_REMOVE(&t->waiting, turn, next);
	if (!turn->taken || was_signed)
		return;
	web_bucket_give_back(&t->bucket);
	http_turns_go_on(t);
}
