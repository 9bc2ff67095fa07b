/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/http-headers.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/http/exchange.h"
#include "daemon/certprov-web/http/http-lines.h"
#include "lib/base/macros.h"

#define VERSION "HTTP/"
#define STATUS_SIZE 4
#define MAX_PIECES 4

static const char always[] =
	"Content-Security-Policy: default-src 'none'; script-src 'self'; "
	"style-src 'self'; img-src 'self' data:; connect-src 'self'; "
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'\r\n"
	"X-Content-Type-Options: nosniff\r\n"
	"X-Frame-Options: DENY\r\n"
	"Referrer-Policy: no-referrer\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n"
	"Cross-Origin-Resource-Policy: same-origin\r\n";

/* What evhttp refuses by itself. */
static const struct http_refusal {
	const char *status;
	const char *body;
} refusals[] = {
	{"413",
		"{\"error\":\"io.certprov.web.TooLarge\",\"parameters\":"
		"{\"sentence\":\"The request is longer than 256 KiB\","
		"\"remedy\":\"Send less at a time\"}}"},
	{"417",
		"{\"error\":\"io.certprov.web.ExpectationFailed\","
		"\"parameters\":{\"sentence\":\"The request expects something "
		"else than 100-continue\"}}"},
	{"501",
		"{\"error\":\"io.certprov.web.MethodNotAllowed\","
		"\"parameters\":{\"sentence\":\"Requests are GET, HEAD, POST "
		"or DELETE\"}}"},
	{"503",
		"{\"error\":\"io.certprov.web.OutOfMemory\",\"parameters\":"
		"{\"sentence\":\"There is no memory for an answer\",\"remedy\":"
		"\"Try again\"}}"},
};
static const struct http_refusal http_refusal_otherwise = {"400",
	"{\"error\":\"io.certprov.web.BadRequest\",\"parameters\":"
	"{\"sentence\":\"This is no HTTP request, or its headers are longer "
	"than 8 KiB\"}}"};

static const struct http_refusal *http_headers_refusal(const char *status)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (strcmp(refusals[i].status, status) == 0)
			return &refusals[i];
	return &http_refusal_otherwise;
}

/* Instead of evhttp's page: nothing it adds goes behind this. */
static void http_headers_answer(struct evbuffer *output, const char *status)
{
	const struct http_refusal *r = http_headers_refusal(status);

	(void)evbuffer_add_printf(output,
		"Content-Type: application/json\r\nCache-Control: no-store\r\n"
		"Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
		strlen(r->body), r->body);
	(void)evbuffer_freeze(output, 0);
}

/* Behind the first `from` bytes; false when there are not so many. The front of
 * the buffer is frozen while it is written: evbuffer_copyout would fail. */
static bool http_headers_peek(
	struct evbuffer *output, size_t from, char *ret, size_t size)
{
	struct evbuffer_iovec pieces[MAX_PIECES];
	struct evbuffer_ptr at;
	size_t got = 0;
	int count = 0;

	if (evbuffer_ptr_set(output, &at, from, EVBUFFER_PTR_SET) < 0)
		return false;
	count = evbuffer_peek(
		output, (ev_ssize_t)size, &at, pieces, MAX_PIECES);
	for (int i = 0; i < count && i < MAX_PIECES && got < size; i++) {
		size_t len = pieces[i].iov_len < size - got ? pieces[i].iov_len
							    : size - got;

		memcpy(ret + got, pieces[i].iov_base, len);
		got += len;
	}
	return got == size;
}

/* "100 Continue" is none: another follows. */
static bool http_headers_is_begin(
	struct evbuffer *output, size_t from, char ret_status[STATUS_SIZE])
{
	char line[HTTP_MAX_VERSION_BYTES + STATUS_SIZE];
	const char *blank = NULL;

	if (!http_headers_peek(output, from, line, sizeof(line)))
		return false;
	blank = memchr(line, ' ', HTTP_MAX_VERSION_BYTES + 1);
	if (!blank || strncmp(line, VERSION, strlen(VERSION)) != 0)
		return false;
	memcpy(ret_status, blank + 1, STATUS_SIZE - 1);
	ret_status[STATUS_SIZE - 1] = '\0';
	return ret_status[0] != '1';
}

static void http_headers_on_output(struct evbuffer *output,
	const struct evbuffer_cb_info *info, void *userdata)
{
	struct http_headers *h = userdata;
	char status[STATUS_SIZE];

	if (h->begun || info->n_added == 0 ||
		!http_headers_is_begin(output, info->orig_size, status))
		return;
	h->begun = true;
	(void)evbuffer_add(output, always, sizeof(always) - 1);
	if (h->hsts_seconds > 0)
		(void)evbuffer_add_printf(output,
			"Strict-Transport-Security: max-age=%" PRIu64 "\r\n",
			h->hsts_seconds);
	if (!h->ours)
		http_headers_answer(output, status);
}

int http_headers_add(struct bufferevent *connection, struct http_headers *h)
{
	return evbuffer_add_cb(bufferevent_get_output(connection),
		       http_headers_on_output, h)
		? 0
		: -ENOMEM;
}
