/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/http/exchange.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/http/exchange-internal.h"
#include "lib/base/macros.h"

#define JSON "application/json"

struct exchange {
	struct evhttp_request *request;
	const struct exchange_way *way;
	char *path; /* NULL: it was none */
	struct exchange_owner owner;
	exchange_closed *closed;
	void *closed_userdata;
	exchange_drained *drained;
	void *drained_userdata;
	bool stream;
	bool answered;
};

/* What RFC 9110 calls them; evhttp does not know all. */
static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{204, "No Content"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{409, "Conflict"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{415, "Unsupported Media Type"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
};

static const char *exchange_reason(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* --- how it begins and ends --- */

static void exchange_free(struct exchange *e)
{
	free(e->path);
	free(e);
}

/* evhttp has written all of it, and frees the request. */
static void exchange_on_complete(struct evhttp_request *request, void *userdata)
{
	struct exchange *e = userdata;
	struct exchange_owner owner = e->owner;

	(void)request;
	exchange_free(e);
	owner.ended(owner.userdata);
}

/* RFC 9112 3.2: without blanks, which end it for others. */
static bool exchange_is_plain(const char *uri)
{
	for (const char *c = uri; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return true;
}

/* In new memory; NULL when it is no path: a zero byte would end it early. */
static char *exchange_decode_path(const struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;
	size_t len = 0;
	char *decoded = NULL;

	if (!path || path[0] != '/' || evhttp_uri_get_host(uri) ||
		!exchange_is_plain(evhttp_request_get_uri(request)))
		return NULL;
	decoded = evhttp_uridecode(path, 0, &len);
	if (decoded && strlen(decoded) == len)
		return decoded;
	free(decoded);
	return NULL;
}

int exchange_new(struct evhttp_request *request, const struct exchange_way *way,
	const struct exchange_owner *owner, struct exchange **ret)
{
	struct exchange *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->request = request;
	e->way = way;
	e->owner = *owner;
	e->path = exchange_decode_path(request);
	evhttp_request_set_on_complete_cb(request, exchange_on_complete, e);
	*ret = e;
	return 0;
}

bool exchange_has_path(const struct exchange *e)
{
	return e->path != NULL;
}

bool exchange_is_open(const struct exchange *e)
{
	return !e->answered;
}

bool exchange_is_stream(const struct exchange *e)
{
	return e->stream;
}

void exchange_lose(struct exchange *e)
{
	/* evhttp leaves an unanswered request behind when it has failed, and
	 * frees all others with the connection. */
	if (!evhttp_request_get_connection(e->request))
		evhttp_request_free(e->request);
	if (!e->answered && e->closed)
		e->closed(e, e->closed_userdata);
	exchange_free(e);
}

void exchange_on_closed(
	struct exchange *e, exchange_closed *closed, void *userdata)
{
	e->closed = closed;
	e->closed_userdata = userdata;
}

/* --- the request --- */

enum exchange_method exchange_method(const struct exchange *e)
{
	switch ((int)evhttp_request_get_command(e->request)) {
	case EVHTTP_REQ_HEAD:
		return EXCHANGE_HEAD;
	case EVHTTP_REQ_POST:
		return EXCHANGE_POST;
	case EVHTTP_REQ_DELETE:
		return EXCHANGE_DELETE;
	default:
		return EXCHANGE_GET;
	}
}

const char *exchange_path(const struct exchange *e)
{
	return e->path ? e->path : "/";
}

const char *exchange_header(const struct exchange *e, const char *name)
{
	return evhttp_find_header(
		evhttp_request_get_input_headers(e->request), name);
}

const void *exchange_body(const struct exchange *e, size_t *ret_size)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(e->request);
	const void *data = evbuffer_pullup(body, -1);

	*ret_size = data ? evbuffer_get_length(body) : 0;
	return data ? data : "";
}

/* Without evbuffer_pullup, which leaves copies. */
ssize_t exchange_take_body(struct exchange *e, void *ret, size_t size)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(e->request);
	size_t len = evbuffer_get_length(body);
	struct evbuffer_iovec piece;
	size_t got = 0;

	while (evbuffer_peek(body, -1, NULL, &piece, 1) > 0 &&
		piece.iov_len > 0) {
		if (len <= size)
			memcpy((char *)ret + got, piece.iov_base,
				piece.iov_len);
		got += piece.iov_len;
		OPENSSL_cleanse(piece.iov_base, piece.iov_len);
		(void)evbuffer_drain(body, piece.iov_len);
	}
	return len <= size ? (ssize_t)got : -EMSGSIZE;
}

const char *exchange_peer(const struct exchange *e)
{
	return e->way->peer;
}

bool exchange_secure(const struct exchange *e)
{
	return e->way->secure;
}

const char *exchange_front_end_user(const struct exchange *e)
{
	if (!e->way->front_end || !e->way->user_header)
		return NULL;
	return exchange_header(e, e->way->user_header);
}

void exchange_is_of_user(struct exchange *e)
{
	e->owner.of_user(e->owner.userdata);
}

/* --- the answer --- */

int exchange_set_header(struct exchange *e, const char *name, const char *value)
{
	/* Refuses line ends in either. */
	return evhttp_add_header(evhttp_request_get_output_headers(e->request),
		       name, value) == 0
		? 0
		: -EINVAL;
}

static int exchange_set_default(
	struct exchange *e, const char *name, const char *value)
{
	if (evhttp_find_header(
		    evhttp_request_get_output_headers(e->request), name))
		return 0;
	return exchange_set_header(e, name, value);
}

/* An answer to HEAD has the headers of the one to GET (RFC 9110 9.3.2). */
static int exchange_set_length(struct exchange *e, size_t size)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%zu", size);
	return exchange_set_header(e, "Content-Length", text);
}

static int exchange_fill(struct exchange *e, const char *content_type,
	const void *body, size_t size, struct evbuffer *to)
{
	int r = exchange_set_default(e, "Cache-Control", "no-store");

	if (r == 0 && content_type)
		r = exchange_set_default(e, "Content-Type", content_type);
	if (r == 0 && exchange_method(e) == EXCHANGE_HEAD)
		return exchange_set_length(e, size);
	if (r == 0 && size > 0 && evbuffer_add(to, body, size) < 0)
		r = -ENOMEM;
	return r;
}

void exchange_answer(struct exchange *e, int status, const char *content_type,
	const void *body, size_t size)
{
	struct evbuffer *to = evbuffer_new();
	int r = to ? exchange_fill(e, content_type, body, size, to) : -ENOMEM;

	e->answered = true;
	e->owner.answered(e->owner.userdata);
	if (r < 0)
		status = 503;
	evhttp_send_reply(e->request, status, exchange_reason(status),
		r == 0 ? to : NULL);
	if (to)
		evbuffer_free(to);
}

void exchange_answer_json(struct exchange *e, int status, const cJSON *reply)
{
	char *text = reply ? cJSON_PrintUnformatted(reply) : NULL;

	if (reply && !text)
		status = 503;
	exchange_answer(
		e, status, text ? JSON : NULL, text, text ? strlen(text) : 0);
	cJSON_free(text);
}

void exchange_answer_error(struct exchange *e, int status, const char *error,
	const char *sentence, const char *remedy)
{
	cJSON *reply = cJSON_CreateObject();
	cJSON *parameters = NULL;

	(void)cJSON_AddStringToObject(reply, "error", error);
	parameters = cJSON_AddObjectToObject(reply, "parameters");
	(void)cJSON_AddStringToObject(parameters, "sentence", sentence);
	if (remedy)
		(void)cJSON_AddStringToObject(parameters, "remedy", remedy);
	exchange_answer_json(e, status, reply);
	cJSON_Delete(reply);
}

/* --- an answer in pieces --- */

int exchange_stream_begin(struct exchange *e, const char *content_type)
{
	int r = exchange_set_default(e, "Cache-Control", "no-store");

	/* nginx would keep events back until it has a page of them. */
	if (r == 0)
		r = exchange_set_default(e, "X-Accel-Buffering", "no");
	if (r == 0)
		r = exchange_set_default(e, "Content-Type", content_type);
	if (r < 0)
		return -ENOMEM;
	e->stream = true;
	evhttp_send_reply_start(e->request, 200, exchange_reason(200));
	return 0;
}

static size_t exchange_waiting(const struct exchange *e)
{
	struct evhttp_connection *connection =
		evhttp_request_get_connection(e->request);

	return evbuffer_get_length(bufferevent_get_output(
		evhttp_connection_get_bufferevent(connection)));
}

static void exchange_on_written(
	struct evhttp_connection *connection, void *userdata)
{
	struct exchange *e = userdata;
	exchange_drained *drained = TAKE_PTR(e->drained);

	(void)connection;
	if (drained)
		drained(e, e->drained_userdata);
}

int exchange_stream_write(struct exchange *e, const void *data, size_t size)
{
	struct evbuffer *piece = NULL;
	int r = 0;

	assert(e->stream);
	if (exchange_waiting(e) >= EXCHANGE_MAX_WAITING)
		return -EBUSY;
	piece = evbuffer_new();
	r = piece && evbuffer_add(piece, data, size) == 0 ? 0 : -ENOMEM;
	if (r == 0)
		evhttp_send_reply_chunk_with_cb(
			e->request, piece, exchange_on_written, e);
	if (piece)
		evbuffer_free(piece);
	return r;
}

void exchange_stream_on_drained(
	struct exchange *e, exchange_drained *drained, void *userdata)
{
	e->drained = drained;
	e->drained_userdata = userdata;
	if (exchange_waiting(e) == 0)
		exchange_on_written(NULL, e);
}

void exchange_stream_end(struct exchange *e)
{
	e->answered = true;
	e->drained = NULL;
	e->owner.answered(e->owner.userdata);
	evhttp_send_reply_end(e->request);
}
