/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-limits.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/http/web-bucket.h"

#define KEY_BYTES 9

struct http_peer {
	uint8_t key[KEY_BYTES]; /* family, and the bytes that count */
	bool known;
	int64_t seen_ms;
	unsigned connections;
	unsigned times; /* as many peers as it stands for */
	struct web_bucket connecting;
	struct web_bucket asking;
};

struct http_limits {
	struct http_peer peers[HTTP_MAX_PEERS];
	unsigned connections;
};

int http_limits_new(struct http_limits **ret)
{
	struct http_limits *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*ret = l;
	return 0;
}

struct http_limits *http_limits_free(struct http_limits *l)
{
	free(l);
	return NULL;
}

/* --- who it is --- */

static void http_limits_key_of_v4(
	const struct in_addr *address, uint8_t ret[KEY_BYTES])
{
	ret[0] = AF_INET;
	memcpy(ret + 1, &address->s_addr, sizeof(address->s_addr));
}

/* Whoever has one address of a /64 has them all. */
static void http_limits_key_of_v6(
	const struct in6_addr *address, uint8_t ret[KEY_BYTES])
{
	struct in_addr inner = {0};

	if (IN6_IS_ADDR_V4MAPPED(address)) {
		memcpy(&inner, address->s6_addr + 12, sizeof(inner));
		http_limits_key_of_v4(&inner, ret);
		return;
	}
	ret[0] = AF_INET6;
	memcpy(ret + 1, address->s6_addr, 8);
}

static void http_limits_key_of(
	const struct sockaddr *address, uint8_t ret[KEY_BYTES])
{
	struct sockaddr_in v4 = {0};
	struct sockaddr_in6 v6 = {0};

	memset(ret, 0, KEY_BYTES);
	ret[0] = AF_UNIX;
	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		http_limits_key_of_v4(&v4.sin_addr, ret);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		http_limits_key_of_v6(&v6.sin6_addr, ret);
	}
}

/* A place that was never used, or whose peer was here longest ago. */
static struct http_peer *http_limits_place(struct http_limits *l)
{
	struct http_peer *best = NULL;

	for (size_t i = 0; i < HTTP_MAX_PEERS; i++) {
		struct http_peer *p = &l->peers[i];

		if (!p->known)
			return p;
		if (p->connections == 0 &&
			(!best || p->seen_ms < best->seen_ms))
			best = p;
	}
	return best;
}

static struct http_peer *http_limits_find(
	struct http_limits *l, const struct sockaddr *address)
{
	uint8_t key[KEY_BYTES];
	struct http_peer *p = NULL;

	http_limits_key_of(address, key);
	for (size_t i = 0; i < HTTP_MAX_PEERS; i++) {
		p = &l->peers[i];
		if (p->known && memcmp(p->key, key, sizeof(key)) == 0)
			return p;
	}
	p = http_limits_place(l);
	*p = (struct http_peer){
		.known = true,
		.times = key[0] == AF_UNIX ? HTTP_FRONT_END_PEERS : 1,
	};
	memcpy(p->key, key, sizeof(key));
	return p;
}

/* --- how much --- */

int http_limits_enter(struct http_limits *l, const struct sockaddr *address,
	int64_t now_ms, struct http_peer **ret)
{
	struct http_peer *p = NULL;

	if (http_limits_are_reached(l))
		return -EUSERS;
	p = http_limits_find(l, address);
	p->seen_ms = now_ms;
	if (p->connections >= p->times * HTTP_MAX_CONNECTIONS_A_PEER)
		return -EUSERS;
	if (!web_bucket_take(&p->connecting,
		    (int64_t)p->times * HTTP_CONNECTIONS_A_SECOND,
		    (int64_t)p->times * HTTP_CONNECTIONS_AT_ONCE, now_ms))
		return -EAGAIN;
	p->connections++;
	l->connections++;
	*ret = p;
	return 0;
}

void http_limits_leave(struct http_limits *l, struct http_peer *peer)
{
	peer->connections--;
	l->connections--;
}

bool http_limits_are_reached(const struct http_limits *l)
{
	return l->connections >= HTTP_MAX_CONNECTIONS;
}

bool http_limits_ask(struct http_peer *peer, int64_t now_ms)
{
	peer->seen_ms = now_ms;
	return web_bucket_take(&peer->asking,
		(int64_t)peer->times * HTTP_REQUESTS_A_SECOND,
		(int64_t)peer->times * HTTP_REQUESTS_AT_ONCE, now_ms);
}
