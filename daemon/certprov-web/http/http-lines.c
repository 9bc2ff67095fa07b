/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-lines.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

static void http_lines_end(struct http_lines *l)
{
	l->done = true;
	event_active(l->too_many, EV_READ, 1);
}

/* In the request line, as far as evhttp reads it: a line end is none of it. */
static void http_lines_follow_version(struct http_lines *l, char c)
{
	static const char begin[] = "HTTP/";

	if (c == ' ') {
		l->version_bytes = 0;
		l->is_version = true;
	} else if (c != '\r') {
		if (l->version_bytes < sizeof(begin) - 1 &&
			c != begin[l->version_bytes])
			l->is_version = false;
		l->version_bytes++;
	}
}

static void http_lines_count(
	struct http_lines *l, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size && !l->done; i++) {
		l->has_nul = l->has_nul || bytes[i] == '\0';
		if (l->count == 0 && bytes[i] != '\n' && !l->has_nul)
			http_lines_follow_version(l, bytes[i]);
		if (bytes[i] == '\n') {
			l->count++;
			/* An empty line is the end; before the first, evhttp
			 * takes it for a bad one. */
			l->done = l->at_start;
			l->at_start = true;
		} else if (bytes[i] != '\r') {
			l->at_start = false;
		}
	}
	if ((!l->done && l->count > HTTP_MAX_LINES) ||
		http_lines_has_long_version(l))
		http_lines_end(l);
}

/* All that is behind the first `from` bytes. */
static void http_lines_look(
	struct http_lines *l, struct evbuffer *input, size_t from)
{
	struct evbuffer_iovec piece;
	struct evbuffer_ptr at;

	if (evbuffer_ptr_set(input, &at, from, EVBUFFER_PTR_SET) < 0)
		return;
	while (!l->done && evbuffer_peek(input, -1, &at, &piece, 1) > 0) {
		http_lines_count(l, piece.iov_base, piece.iov_len);
		if (evbuffer_ptr_set(
			    input, &at, piece.iov_len, EVBUFFER_PTR_ADD) < 0)
			break;
	}
}

static void http_lines_on_input(struct evbuffer *input,
	const struct evbuffer_cb_info *info, void *userdata)
{
	if (info->n_added > 0)
		http_lines_look(userdata, input, info->orig_size);
}

int http_lines_add(struct bufferevent *connection, struct http_lines *l,
	struct event *too_many)
{
	l->too_many = too_many;
	return evbuffer_add_cb(bufferevent_get_input(connection),
		       http_lines_on_input, l)
		? 0
		: -ENOMEM;
}

bool http_lines_has_long_version(const struct http_lines *l)
{
	return l->count > 0 && l->is_version &&
		l->version_bytes > HTTP_MAX_VERSION_BYTES;
}

void http_lines_reset(struct http_lines *l, struct bufferevent *connection)
{
	l->version_bytes = 0;
	l->is_version = false;
	l->count = 0;
	l->at_start = false;
	l->done = false;
	l->has_nul = false;
	http_lines_look(l, bufferevent_get_input(connection), 0);
}
