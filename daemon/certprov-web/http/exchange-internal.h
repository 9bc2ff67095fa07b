/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How exchanges come to be and end; for whoever has the connections. Only
 * this folder uses it.
 */
#ifndef CERTPROV_WEB_EXCHANGE_INTERNAL_H
#define CERTPROV_WEB_EXCHANGE_INTERNAL_H

#include <stdbool.h>

struct evhttp_request;
struct exchange;
struct http_lines;

/* Which way the requests of a connection come. Borrowed; lives as long as the
 * connection. */
struct exchange_way {
	const char *peer; /* see exchange_peer */
	bool secure;
	bool front_end;
	const char *user_header; /* NULL: none */
};

/* Whoever has the connection is told. */
struct exchange_owner {
	/* All of the answer is there: it only has to be read. */
	void (*answered)(void *userdata);
	/* It was; e is gone, and the next request may be read. */
	void (*ended)(void *userdata);
	/* Somebody asks who is signed in. */
	void (*of_user)(void *userdata);
	void *userdata;
};

/* 0 or -ENOMEM; the request is lent until the answer. */
int exchange_new(struct evhttp_request *request, const struct exchange_way *way,
	const struct exchange_owner *owner, struct exchange **ret);
/* Whether its target is a path of ours. */
bool exchange_has_path(const struct exchange *e);
/* Nobody has answered it yet. */
bool exchange_is_open(const struct exchange *e);
/* An answer in pieces is under way. */
bool exchange_is_stream(const struct exchange *e);
/* Its connection is going down: tells whoever wanted to know; e is gone. */
void exchange_lose(struct exchange *e);

/* Why a request is not let in. */
struct exchange_refusal {
	int status;
	const char *error;
	const char *sentence;
	const char *remedy;
};
/* Is it one at all, and unambiguous, with these lines? NULL: yes. */
const struct exchange_refusal *exchange_check(
	struct evhttp_request *request, const struct http_lines *lines);

#endif
