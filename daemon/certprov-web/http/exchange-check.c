/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What evhttp lets through and nobody should see: requests that two programs
 * could read in two ways (RFC 9112 11.2), since a front end may be one of them.
 */
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "daemon/certprov-web/http/exchange-internal.h"
#include "daemon/certprov-web/http/exchange.h"
#include "daemon/certprov-web/http/http-lines.h"

#define WEB "io.certprov.web."
#define TOKEN                                                                  \
	"!#$%&'*+-.^_`|~0123456789"                                            \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HOST                                                                   \
	"-._:[]%0123456789"                                                    \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct exchange_refusal refused_method = {
	405,
	WEB "MethodNotAllowed",
	"Requests are GET, HEAD, POST or DELETE",
	NULL,
};
static const struct exchange_refusal refused_version = {
	505,
	WEB "VersionNotSupported",
	"This version of HTTP is not spoken here",
	NULL,
};
static const struct exchange_refusal refused_count = {
	431,
	WEB "TooManyHeaders",
	"The request has more than 64 headers",
	NULL,
};
static const struct exchange_refusal refused_malformed = {
	400,
	WEB "HeaderMalformed",
	"A header has characters that its name or its value cannot have",
	NULL,
};
static const struct exchange_refusal refused_twice = {
	400,
	WEB "HeaderTwice",
	"The request has a header twice",
	"Send each header once",
};
static const struct exchange_refusal refused_host = {
	400,
	WEB "HostMissing",
	"The request has no Host, or one that is no name",
	NULL,
};
static const struct exchange_refusal refused_coding = {
	411,
	WEB "LengthRequired",
	"The request does not say how long it is",
	"Send Content-Length instead of Transfer-Encoding",
};
static const struct exchange_refusal refused_length = {
	400,
	WEB "LengthMalformed",
	"Content-Length is no number",
	NULL,
};
/* RFC 9112 6.1; some evhttps say so themselves. */
static const struct exchange_refusal refused_lengths = {
	400,
	WEB "BadRequest",
	"The request says in two ways how long it is",
	"Send Content-Length instead of Transfer-Encoding",
};
static const struct exchange_refusal refused_body = {
	400,
	WEB "BodyNotAllowed",
	"A HEAD request has no body",
	NULL,
};

static bool exchange_check_token(const char *name)
{
	return *name && name[strspn(name, TOKEN)] == '\0';
}

/* RFC 9110 5.5. */
static bool exchange_check_value(const char *value)
{
	for (const char *c = value; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == '\x7f')
			return false;
	return true;
}

/* RFC 9110 5.1: names are compared without case. */
static bool exchange_check_is_twice(const struct evkeyval *header)
{
	const struct evkeyval *other = TAILQ_NEXT(header, next);

	for (; other; other = TAILQ_NEXT(other, next))
		if (strcasecmp(header->key, other->key) == 0)
			return true;
	return false;
}

static const struct exchange_refusal *exchange_check_headers(
	const struct evkeyvalq *headers)
{
	const struct evkeyval *h = TAILQ_FIRST(headers);

	for (size_t count = 0; h; h = TAILQ_NEXT(h, next)) {
		if (++count > EXCHANGE_MAX_HEADERS)
			return &refused_count;
		if (!exchange_check_token(h->key) ||
			!exchange_check_value(h->value))
			return &refused_malformed;
		if (exchange_check_is_twice(h))
			return &refused_twice;
	}
	return NULL;
}

static bool exchange_check_host(const char *host)
{
	return host && *host && host[strspn(host, HOST)] == '\0';
}

/* evhttp takes a sign, too, which others may not. */
static bool exchange_check_length(const char *length)
{
	return *length && length[strspn(length, "0123456789")] == '\0';
}

/* evhttp takes all below 2 and answers in the same, with less than 1 as if
 * there were no headers: what is refused is refused as HTTP/1.1. */
static bool exchange_check_version(struct evhttp_request *request, size_t bytes)
{
	if (request->major == 1 &&
		(request->minor == 0 || request->minor == 1) &&
		bytes == HTTP_VERSION_BYTES)
		return true;
	request->major = 1;
	request->minor = 1;
	return false;
}

static bool exchange_check_method(enum evhttp_cmd_type method)
{
	return method == EVHTTP_REQ_GET || method == EVHTTP_REQ_HEAD ||
		method == EVHTTP_REQ_POST || method == EVHTTP_REQ_DELETE;
}

const struct exchange_refusal *exchange_check(
	struct evhttp_request *request, const struct http_lines *lines)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(request);
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const struct exchange_refusal *refusal =
		exchange_check_headers(headers);
	const char *length = evhttp_find_header(headers, "Content-Length");

	if (!exchange_check_version(request, lines->version_bytes))
		return &refused_version;
	if (refusal)
		return refusal;
	if (lines->has_nul)
		return &refused_malformed;
	if (length && !exchange_check_length(length))
		return &refused_length;
	/* evhttp knows "chunked" and ignores what else is there. */
	if (evhttp_find_header(headers, "Transfer-Encoding"))
		return length ? &refused_lengths : &refused_coding;
	if (!exchange_check_host(evhttp_find_header(headers, "Host")))
		return &refused_host;
	if (!exchange_check_method(method))
		return &refused_method;
	/* evhttp takes it for the next request. */
	if (method == EVHTTP_REQ_HEAD && length && strcmp(length, "0") != 0)
		return &refused_body;
	return NULL;
}
