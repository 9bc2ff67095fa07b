/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections and the requests on them, by evhttp: HTTPS on the network, plain
 * HTTP for the front end on a Unix socket. It bounds what a peer can have and
 * how long it may take, adds the security headers to every answer, those of
 * evhttp's own included, and knows nothing of what is asked.
 */
#ifndef CERTPROV_WEB_HTTP_SERVER_H
#define CERTPROV_WEB_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/certprov-web/http/exchange.h"
#include "lib/base/macros.h"

/* Of a connection: until the handshake of TLS is done, until the first request
 * is there in full, and each further one after an answer. */
#define HTTP_HANDSHAKE_MS 10000
#define HTTP_REQUEST_MS 20000
#define HTTP_IDLE_MS 60000
/* Of an answer: that its peer reads none of it, and that it has not read all.
 * A stream may take as long as it takes. */
#define HTTP_STALLED_MS 20000
#define HTTP_ANSWER_MS 60000
/* A peer that says nothing is asked whether it is there. */
#define HTTP_ALIVE_SECONDS 30
/* A socket that cannot accept is tried again. */
#define HTTP_ACCEPT_PAUSE_MS 1000

/* The times above, for tests that cannot wait for them. */
struct http_times {
	int handshake_ms;
	int request_ms;
	int idle_ms;
	int stalled_ms;
	int answer_ms;
};

struct event_base;
struct web_server;
struct web_tls;

struct http_config {
	/* Of an answer by TLS: the seconds of Strict-Transport-Security; 0:
	 * none. */
	uint64_t hsts_seconds;
	/* Who may connect to a front end's socket, besides root and our own
	 * user. */
	bool has_front_end_uid;
	uid_t front_end_uid;
	/* The header in which the front end names the user; NULL: none. */
	const char *user_header;
	/* The certificate; NULL when there is no socket for HTTP_TLS. */
	struct web_tls *tls;
	/* NULL: those above. */
	const struct http_times *times;
	/* Whether a user signed in at this address before, see exchange_peer;
	 * NULL: nobody did. */
	bool (*knows)(const char *address, void *userdata);
	void *userdata;
};

enum http_way {
	HTTP_FRONT_END, /* plain, on a Unix socket */
	HTTP_TLS,       /* on the network */
	HTTP_WAYS,
};

/* A request that keeps to HTTP and to the limits: answers, now or later. */
typedef void http_handler(struct exchange *e, void *userdata);

/* The configuration is borrowed. 0 or a negative errno. */
int http_server_new(struct event_base *base, const struct http_config *config,
	http_handler *handler, void *userdata, struct web_server **ret);
struct web_server *http_server_free(struct web_server *s);
DEFINE_CLEANUP(struct web_server, http_server_free);

/* Serve a socket that listens; takes fd, also on failure. 0 or a negative
 * errno. What connections are left waiting for is for libevent to free: the
 * base goes before web_tls_free. */
int http_server_add(struct web_server *s, int fd, enum http_way way);

#endif
