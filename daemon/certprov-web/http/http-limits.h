/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the page any one peer may have: connections at a time, new ones
 * and requests a second. A peer is an IPv4 address, the /64 of an IPv6 address,
 * or the front end. Pure: time is a parameter, in milliseconds of any clock
 * that does not go back.
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
/* New connections, each of which may cost a signature: at once, and then a
 * second. */
#define HTTP_CONNECTIONS_AT_ONCE 40
#define HTTP_CONNECTIONS_A_SECOND 10
/* Requests: at once (the page is some twenty files), and then a second. */
#define HTTP_REQUESTS_AT_ONCE 120
#define HTTP_REQUESTS_A_SECOND 20
/* The front end stands for so many peers. */
#define HTTP_FRONT_END_PEERS 3
/* Peers that are remembered; of those without a connection, the one that was
 * here longest ago is forgotten for another. */
#define HTTP_MAX_PEERS 256

_Static_assert(HTTP_MAX_PEERS > HTTP_MAX_CONNECTIONS,
	"there is always one without a connection");

struct http_limits;
struct http_peer;

int http_limits_new(struct http_limits **ret);
struct http_limits *http_limits_free(struct http_limits *l);
DEFINE_CLEANUP(struct http_limits, http_limits_free);

/*
 * One more connection from this address: 0 and who it is, until
 * http_limits_leave; -EUSERS when the peer, or all, have as many as they may;
 * -EAGAIN when the peer makes them too fast.
 */
int http_limits_enter(struct http_limits *l, const struct sockaddr *address,
	int64_t now_ms, struct http_peer **ret);
void http_limits_leave(struct http_limits *l, struct http_peer *peer);
/* There is no room for any connection. */
bool http_limits_are_reached(const struct http_limits *l);
/* One more request: whether it may be answered. */
bool http_limits_ask(struct http_peer *peer, int64_t now_ms);

#endif
