/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose handshake is next. A handshake of TLS may cost a signature of
 * certprovd's, of which there are so many at once and then a second; whoever
 * comes when there is none waits for his turn. First are peers that are known
 * (http-limits.h), then the peer whose last turn was longest ago, so that who
 * connects from a few addresses, however often, keeps nobody else waiting.
 */
#ifndef CERTPROV_WEB_HTTP_TURNS_H
#define CERTPROV_WEB_HTTP_TURNS_H

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/certprov-web/http/http-limits.h"
#include "daemon/certprov-web/http/web-bucket.h"

/* Handshakes that may cost a signature: at once, and then a second. */
#define HTTP_HANDSHAKES_AT_ONCE 100
#define HTTP_HANDSHAKES_A_SECOND 20

struct http_turns;

/* Of a connection; zeroed has none. */
struct http_turn {
	struct http_turns *turns; /* NULL: it waits for nothing */
	const struct http_claim *claim;
	void (*begin)(void *userdata);
	void *userdata;
	struct event hello;
	bool waits; /* it has begun to speak */
	bool taken; /* and then: of the bucket, and not given back */
	TAILQ_ENTRY(http_turn) next;
};

struct http_turns {
	struct event_base *base; /* NULL: not begun */
	int64_t (*now_ms)(void);
	struct web_bucket bucket;
	uint64_t count; /* of turns, so far */
	struct event refilled;
	TAILQ_HEAD(http_turn_list, http_turn) waiting;
};

/* Zeroed before; by a clock in milliseconds that does not go back. */
void http_turns_begin(
	struct http_turns *t, struct event_base *base, int64_t (*now_ms)(void));
/* Nobody waits any more. */
void http_turns_done(struct http_turns *t);

/*
 * Once the peer of this socket has begun to speak and it is its turn, begin is
 * called, until http_turn_end. The claim lives as long. 0 or -ENOMEM.
 */
int http_turn_await(struct http_turns *t, struct http_turn *turn, int fd,
	const struct http_claim *claim, void (*begin)(void *userdata),
	void *userdata);
/* The handshake is over, or will not be: what cost no signature does not
 * count. Again is nothing. */
void http_turn_end(struct http_turn *turn, bool was_signed);

#endif
