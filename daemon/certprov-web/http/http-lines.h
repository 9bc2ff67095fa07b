/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many lines the head of a request has, counted as they arrive. evhttp
 * keeps a header of one byte in a hundred, and looks at their number only when
 * it has them all: whoever never sends the last could have it keep a megabyte
 * a connection. And how long the version is, of which it keeps two numbers.
 */
#ifndef CERTPROV_WEB_HTTP_LINES_H
#define CERTPROV_WEB_HTTP_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct bufferevent;
struct event;

/* More than EXCHANGE_MAX_HEADERS, so that those are refused in words. */
#define HTTP_MAX_LINES 256
/* Of "HTTP/1.1", and of what is no version and refused in words; evhttp would
 * say a longer one again as a number, which may overflow. */
#define HTTP_VERSION_BYTES 8
#define HTTP_MAX_VERSION_BYTES 12

/* Zeroed is before the first byte. */
struct http_lines {
	size_t count;
	bool at_start; /* of a line: so far it has nothing in it */
	bool done;     /* the head has ended; what comes is no line of it */
	bool has_nul;  /* in the head; evhttp would end a line there */
	/* Of the last word of the request line: its length, and whether it
	 * begins as a version does. */
	size_t version_bytes;
	bool is_version;
	struct event *too_many;
};

/* Count what is read from now on; too_many is made active, as readable,
 * when there is one line more than HTTP_MAX_LINES, or when the version is
 * longer than HTTP_MAX_VERSION_BYTES. Both live as long as the connection. 0 or
 * -ENOMEM. */
int http_lines_add(struct bufferevent *connection, struct http_lines *l,
	struct event *too_many);
/* The version is longer than that: nothing of the request is to be believed. */
bool http_lines_has_long_version(const struct http_lines *l);
/* The next request begins, with what has been read and not used. */
void http_lines_reset(struct http_lines *l, struct bufferevent *connection);

#endif
