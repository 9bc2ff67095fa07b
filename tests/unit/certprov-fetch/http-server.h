/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that says exactly what a test wants, over TCP or TLS, on a port
 * of its own on every loopback address. A thread a connection; one server a
 * test.
 */
#ifndef CERTPROV_TESTS_HTTP_SERVER_H
#define CERTPROV_TESTS_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

/* What is said to a path; {port} in it is the server's. */
struct http_route {
	const char *path;
	const char *response; /* NULL: close without a word */
	/* What is said instead to a request with this in its head. */
	const char *if_head;
	const char *then_response;
	unsigned fail_first; /* requests closed without a word before */
	bool hold;           /* until no other request has come for a while */
};

struct http_server;

/* The routes end with a NULL path and must outlive the server. */
struct http_server *http_server_start(
	const struct http_route *routes, bool tls);
/* Once all clients have closed; a failed test if they have not. Without a
 * server, nothing. */
void http_server_stop(void);
uint16_t http_server_port(const struct http_server *s);
/* Of a server with TLS: self-signed, base64 in one line; borrowed. */
const char *http_server_certificate(const struct http_server *s);
/* A copy of all request heads so far; the caller frees. */
char *http_server_requests(struct http_server *s);
/* So many are held before any is answered, however slowly they come. */
void http_server_await_held(struct http_server *s, unsigned count);
/* Most requests that were held at the same time. */
unsigned http_server_max_held(struct http_server *s);

#endif
