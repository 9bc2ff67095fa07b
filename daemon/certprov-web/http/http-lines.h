/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many lines the head of a request has, counted as they arrive. evhttp
 * keeps a header of one byte in a hundred, and looks at their number only when
 * it has them all: whoever never sends the last could have it keep a megabyte
 * a connection.
 */
#ifndef CERTPROV_WEB_HTTP_LINES_H
#define CERTPROV_WEB_HTTP_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event;

/* More than EXCHANGE_MAX_HEADERS, so that those are refused in words. */
#define HTTP_MAX_LINES 256

/* Zeroed is before the first byte. */
struct http_lines {
	size_t count;
	bool at_start; /* of a line: so far it has nothing in it */
	bool done;     /* the head has ended; what comes is no line of it */
	bool has_nul;  /* in the head; evhttp would end a line there */
	struct event *too_many;
};

/* Count what is read from now on; too_many is made active, as readable,
 * when there is one line more than HTTP_MAX_LINES. Both live as long as the
 * connection. 0 or -ENOMEM. */
int http_lines_add(struct bufferevent *connection, struct http_lines *l,
	struct event *too_many);
/* The next request begins, with what has been read and not used. */
void http_lines_reset(struct http_lines *l, struct bufferevent *connection);

#endif
