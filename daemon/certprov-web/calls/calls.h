/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /call/INTERFACE.METHOD: a method of certprovd's sockets, of those that
 * the table in call-table.c has, with the role each of them needs.
 *
 * The body is a JSON object of the parameters, or empty; nothing else goes
 * along: a document for Provision is a text in it. Whoever accepts
 * text/event-stream gets each reply as an event.
 */
#ifndef CERTPROV_WEB_CALLS_H
#define CERTPROV_WEB_CALLS_H

#include "daemon/certprov-web/users/access.h"
#include "lib/base/macros.h"

#define CALLS_PREFIX "/call/"

struct calls;
struct call_times;
struct event_base;

/* Borrowed. */
struct calls_config {
	const char *trust_socket;
	const char *admin_socket;
	const char *identity_socket;
	const struct call_times *times; /* NULL: those of call.h */
};

int calls_new(struct event_base *base, const struct calls_config *config,
	struct access *access, struct calls **ret);
/* After the server whose exchanges they are. */
struct calls *calls_free(struct calls *c);
DEFINE_CLEANUP(struct calls, calls_free);

/* Answers, now or later; the path begins with CALLS_PREFIX. */
void calls_handle(struct calls *c, struct exchange *e);

#endif
