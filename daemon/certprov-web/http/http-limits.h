/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the page any one peer may have: connections at a time, new ones
 * and requests a second; and when there are more connections than may be, which
 * of them is given up. A peer is an IPv4 address, the /64 of an IPv6 address,
 * or the front end. A peer is known when a user signed in there, and the front
 * end always is. Pure: time is a parameter, in milliseconds of any clock that
 * does not go back.
 */
#ifndef CERTPROV_WEB_HTTP_LIMITS_H
#define CERTPROV_WEB_HTTP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "lib/base/macros.h"

/* Connections at a time: in all, and of a peer. A browser has up to six, and
 * an open page three, two of them streams. */
#define HTTP_MAX_CONNECTIONS 160
#define HTTP_MAX_CONNECTIONS_A_PEER 32
/* Of a known peer, that nobody unknown can take from it. */
#define HTTP_CONNECTIONS_OF_KNOWN 16
/* New connections, each of which may cost a signature: at once, and then a
 * second. */
#define HTTP_CONNECTIONS_AT_ONCE 40
#define HTTP_CONNECTIONS_A_SECOND 10
/* New connections of a peer that is not known, each in the place of one of a
 * peer with as many: at once, and then one each so many seconds. */
#define HTTP_TAKES_AT_ONCE 6
#define HTTP_TAKES_SECONDS_EACH 10
/* Requests: at once (the page is some twenty files), and then a second. */
#define HTTP_REQUESTS_AT_ONCE 120
#define HTTP_REQUESTS_A_SECOND 20
/* The front end stands for so many peers. */
#define HTTP_FRONT_END_PEERS 3
/* Peers that are remembered; of those without a connection, the one that was
 * here longest ago is forgotten for another, those that are known last. */
#define HTTP_MAX_PEERS 1024

_Static_assert(HTTP_MAX_PEERS > HTTP_MAX_CONNECTIONS,
	"there is always one without a connection");

struct http_limits;
struct http_peer;

int http_limits_new(struct http_limits **ret);
struct http_limits *http_limits_free(struct http_limits *l);
DEFINE_CLEANUP(struct http_limits, http_limits_free);

/*
 * One more connection from this address: 0 and who it is, until
 * http_limits_leave; -EUSERS when the peer has as many as it may; -EAGAIN when
 * it makes them too fast. Then, if http_limits_are_exceeded, another has to be
 * given up for it, or it is not let in: see http_limits_may_take.
 */
int http_limits_enter(struct http_limits *l, const struct sockaddr *address,
	int64_t now_ms, struct http_peer **ret);
void http_limits_leave(struct http_limits *l, struct http_peer *peer);
/* Those that were let in, of all peers. */
int http_limits_count(const struct http_limits *l);
/* There are more connections than there may be. */
bool http_limits_are_exceeded(const struct http_limits *l);
/* A user signed in there, or is signed in. */
void http_limits_know(struct http_peer *peer);

/* A connection, as far as this is concerned. */
struct http_claim {
	struct http_peer *peer;
	bool of_user;     /* a request of somebody signed in is under way */
	int64_t since_ms; /* it was accepted */
};

/* The peer has a turn, the so-manieth of all. */
void http_limits_take_turn(struct http_peer *peer, uint64_t count);
/* Whether it is the turn of a rather than of b: that of a known peer, then that
 * of the peer whose last turn was longer ago, then the older one. */
bool http_limits_is_next(
	const struct http_claim *a, const struct http_claim *b);

/* Whether a is given up rather than b: that of the peer with more connections,
 * then the one without a request of a user, then the older one: whatever
 * strangers' connections are good for, who is new has as long as they had. */
bool http_limits_gives_up(
	const struct http_claim *a, const struct http_claim *b);
/* Whether a new connection takes the place of the first to be given up: its
 * peer has fewer then; or as many, and is known or has not taken too often: so
 * that whoever came in stays for a while, however many others come. */
bool http_limits_may_take(
	const struct http_claim *comes, const struct http_claim *goes);
/* One more request: whether it may be answered. */
bool http_limits_ask(struct http_peer *peer, int64_t now_ms);

#endif
