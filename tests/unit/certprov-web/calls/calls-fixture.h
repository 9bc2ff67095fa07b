/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls over HTTP to a daemon that is this test: its sockets are real, and it
 * says word by word what it is told to. Users are alice and carol, who may
 * change, and bob, who may look.
 */
#ifndef CERTPROV_TESTS_CALLS_FIXTURE_H
#define CERTPROV_TESTS_CALLS_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprov-web/calls/call-table.h"
#include "daemon/certprov-web/calls/call.h"

extern struct access *calls_access;
/* NULL unless a test sets it before the start. */
extern const struct call_times *calls_times;

void calls_fixture_start(void);
void calls_fixture_stop(void);

/* --- clients --- */

/* A client that calls; what it hears is calls_hear's. */
int calls_ask(const char *user, const char *method, const char *parameters);
int calls_listen(const char *user, const char *method);
/* With further headers, each ended by a line end. */
int calls_ask_with(const char *user, const char *method, const char *headers,
	const char *parameters);
/* What a client has heard since the last time, as text. */
const char *calls_hear(int client);
/* The token of a user of the front end. */
const char *calls_token(const char *user);
/* The file of users is replaced, and read. */
void calls_users_are(const char *text);
void calls_leave(int client);

/* --- the daemon --- */

/* The next connection to a socket; -1: there is none. */
int calls_daemon_accept(enum call_socket socket);
/* The next message on it; NULL: there is none. */
const char *calls_daemon_hear(int connection);
/* A message of any bytes, with the zero byte; whether there was room. */
bool calls_daemon_say(int connection, const char *message);
void calls_daemon_hang_up(int connection);
/* Its peer has closed it. */
bool calls_daemon_is_left(int connection);
/* It listens there no more; having died, it leaves the socket behind. */
void calls_daemon_die(enum call_socket socket);
void calls_daemon_end(enum call_socket socket);
/* A connection on which ActFor has been answered, and the call heard. */
int calls_daemon_meet(enum call_socket socket);

#endif
