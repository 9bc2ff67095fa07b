/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers that stand in every answer, and the answers that evhttp gives
 * without asking anybody, in our words. Both are put in where evhttp writes
 * the first line of an answer: it offers no other place for all of them.
 */
#ifndef CERTPROV_WEB_HTTP_HEADERS_H
#define CERTPROV_WEB_HTTP_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

struct bufferevent;

struct http_headers {
	uint64_t hsts_seconds; /* 0: none */
	/* The answer that is written now is ours: set before it, and unset
	 * behind it. */
	bool ours;
	bool begun;
};

/* Watch what is written from now on; h lives as long as the connection. 0 or
 * -ENOMEM. */
int http_headers_add(struct bufferevent *connection, struct http_headers *h);

#endif
