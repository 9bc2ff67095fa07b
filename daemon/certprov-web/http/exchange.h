/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request and its answer, as the rest of the program sees them. An
 * exchange lives until it was answered and written, or its peer has gone.
 */
#ifndef CERTPROV_WEB_EXCHANGE_H
#define CERTPROV_WEB_EXCHANGE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Of the request line and all headers; of a body; headers in all. */
#define EXCHANGE_MAX_HEADER_BYTES ((size_t)8 * 1024)
#define EXCHANGE_MAX_BODY_BYTES ((size_t)256 * 1024)
#define EXCHANGE_MAX_HEADERS 64
/* Of a stream, that its peer has not read. */
#define EXCHANGE_MAX_WAITING ((size_t)256 * 1024)

struct exchange;

enum exchange_method {
	EXCHANGE_GET,
	EXCHANGE_HEAD,
	EXCHANGE_POST,
	EXCHANGE_DELETE,
};

enum exchange_method exchange_method(const struct exchange *e);
/* Decoded, without the query; begins with '/'. */
const char *exchange_path(const struct exchange *e);
/* Of the request; NULL when it is not there. One that is there twice is
 * refused before there is an exchange. */
const char *exchange_header(const struct exchange *e, const char *name);
const void *exchange_body(const struct exchange *e, size_t *ret_size);
/* The body, once, and without a trace of it here: its size, or -EMSGSIZE. */
ssize_t exchange_take_body(struct exchange *e, void *ret, size_t size);
/* Who asks: the IP address as text; of a front end on the Unix socket
 * "local". */
const char *exchange_peer(const struct exchange *e);
/* It came by TLS: cookies are Secure, HSTS may be sent. */
bool exchange_secure(const struct exchange *e);
/* The user that the front end on the Unix socket names in the configured
 * header; NULL on every other way. */
const char *exchange_front_end_user(const struct exchange *e);

/* Who asks is signed in: his connections are the last to be given up. */
void exchange_is_of_user(struct exchange *e);

/* For the answer, before it is sent. Security headers are there anyway. */
int exchange_set_header(
	struct exchange *e, const char *name, const char *value);
/* Answers; e is gone afterwards. A NULL reply is an answer without a body. */
void exchange_answer(struct exchange *e, int status, const char *content_type,
	const void *body, size_t size);
/* The same with JSON, which is not taken over. */
void exchange_answer_json(struct exchange *e, int status, const cJSON *reply);
/*
 * Answers as a Varlink error: {"error": name, "parameters": {"sentence":
 * ..., "remedy": ...}}; remedy may be NULL. Content type application/json.
 */
void exchange_answer_error(struct exchange *e, int status, const char *error,
	const char *sentence, const char *remedy);

/*
 * closed is called once, when the peer goes away before the answer or before
 * exchange_stream_end; e is gone then. Whoever does not answer at once needs
 * it: without it nobody says that e is gone.
 */
typedef void exchange_closed(struct exchange *e, void *userdata);
void exchange_on_closed(
	struct exchange *e, exchange_closed *closed, void *userdata);

/* An answer in pieces, for a stream of events. 0 or -ENOMEM. */
int exchange_stream_begin(struct exchange *e, const char *content_type);
/* -EBUSY when the peer has not read EXCHANGE_MAX_WAITING bytes of what was
 * sent so far: then it is not sent. */
int exchange_stream_write(struct exchange *e, const void *data, size_t size);
/* drained is called once when nothing waits to be read any more; before this
 * returns, if nothing does. */
typedef void exchange_drained(struct exchange *e, void *userdata);
void exchange_stream_on_drained(
	struct exchange *e, exchange_drained *drained, void *userdata);
void exchange_stream_end(struct exchange *e);

#endif
