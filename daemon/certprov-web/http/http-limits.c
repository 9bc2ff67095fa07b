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
	bool used;              /* it is a peer */
	bool known;             /* as http_limits_know has it */
	int64_t seen_ms;
	int connections;
	int times;     /* as many peers as it stands for */
	uint64_t turn; /* its last; 0: none yet */
	struct web_bucket connecting;
	struct web_bucket asking;
	struct web_bucket taking;
};

struct http_limits {
	struct http_peer peers[HTTP_MAX_PEERS];
	int connections;
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

static bool http_limits_forgets(
	const struct http_peer *a, const struct http_peer *b)
{
	return a->known != b->known ? b->known : a->seen_ms < b->seen_ms;
}

/* All are used: of those without a connection, the one to forget. */
static struct http_peer *http_limits_place(struct http_limits *l)
{
	struct http_peer *best = NULL;

	for (size_t i = 0; i < HTTP_MAX_PEERS; i++) {
		struct http_peer *p = &l->peers[i];

		if (p->connections == 0 &&
			(!best || http_limits_forgets(p, best)))
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
	/* They are used in their order. */
	for (size_t i = 0; i < HTTP_MAX_PEERS; i++) {
		p = &l->peers[i];
		if (!p->used)
			break;
		if (memcmp(p->key, key, sizeof(key)) == 0)
			return p;
	}
	if (p->used)
		p = http_limits_place(l);
	*p = (struct http_peer){
		.used = true,
		.known = key[0] == AF_UNIX,
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

int http_limits_count(const struct http_limits *l)
{
	return l->connections;
}

bool http_limits_are_exceeded(const struct http_limits *l)
{
	return l->connections > HTTP_MAX_CONNECTIONS;
}

void http_limits_know(struct http_peer *peer)
{
	peer->known = true;
}

void http_limits_take_turn(struct http_peer *peer, uint64_t count)
{
	peer->turn = count;
}

bool http_limits_is_next(const struct http_claim *a, const struct http_claim *b)
{
	if (a->peer->known != b->peer->known)
		return a->peer->known;
	if (a->peer->turn != b->peer->turn)
		return a->peer->turn < b->peer->turn;
	return a->since_ms < b->since_ms;
}

/* How many of its connections others may take from it; less than none: so many
 * more it has to itself. */
static int http_limits_load(const struct http_peer *p)
{
	int own = p->known ? p->times * HTTP_CONNECTIONS_OF_KNOWN : 0;

	return p->connections - own;
}

bool http_limits_gives_up(
	const struct http_claim *a, const struct http_claim *b)
{
	int load_a = http_limits_load(a->peer);
	int load_b = http_limits_load(b->peer);

	if (load_a != load_b)
		return load_a > load_b;
	if (a->of_user != b->of_user)
		return b->of_user;
	return a->since_ms < b->since_ms;
}

bool http_limits_may_take(
	const struct http_claim *comes, const struct http_claim *goes)
{
	int load_comes = http_limits_load(comes->peer);
	int load_goes = http_limits_load(goes->peer);

	if (load_comes != load_goes || comes->peer->known)
		return load_comes <= load_goes;
	return web_bucket_take(&comes->peer->taking, 1, HTTP_TAKES_AT_ONCE,
		comes->since_ms / HTTP_TAKES_SECONDS_EACH);
}

bool http_limits_ask(struct http_peer *peer, int64_t now_ms)
{
	peer->seen_ms = now_ms;
	return web_bucket_take(&peer->asking,
		(int64_t)peer->times * HTTP_REQUESTS_A_SECOND,
		(int64_t)peer->times * HTTP_REQUESTS_AT_ONCE, now_ms);
}
