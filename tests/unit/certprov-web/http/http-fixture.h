/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server in this process, and clients of it that say byte by byte what they
 * want: both are driven by the same thread, so that nothing is waited for that
 * has not been sent.
 */
#ifndef CERTPROV_TESTS_HTTP_FIXTURE_H
#define CERTPROV_TESTS_HTTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprov-web/http/http-server.h"

struct event_base;

extern struct event_base *http_base;
extern struct http_config http_config;

/* On a Unix socket; what it hands over goes to this handler. */
void http_fixture_start(http_handler *handler, void *userdata);
void http_fixture_stop(void);

/* A client; -1 when there is no connection. */
int http_client(void);
/* One that the server has not heard of yet. */
int http_client_late(void);
/* All of it, while the server reads. */
void http_client_send(int fd, const char *data, size_t size);
void http_client_say(int fd, const char *text);
/* What there is until the server is quiet, as text; at most size - 1 bytes.
 * Whether it closed the connection. */
bool http_client_hear(int fd, char *ret, size_t size);
/* A request of its own: what was answered. */
const char *http_client_ask(const char *request);
/* Let the server do what it can. */
void http_fixture_turn(void);
/* Until this is true, for some seconds. */
bool http_fixture_until(bool (*done)(void));

#endif
