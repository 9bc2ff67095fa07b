/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /call/INTERFACE.METHOD: a method of certprovd's sockets, of those that
 * the table in call-table.c has, with the role each of them needs.
 */
#ifndef CERTPROV_WEB_CALLS_H
#define CERTPROV_WEB_CALLS_H

#include "daemon/certprov-web/users/access.h"

struct calls;
struct event_base;

struct calls_config {
	const char *trust_socket;
	const char *admin_socket;
	const char *identity_socket;
};

int calls_new(struct event_base *base, const struct calls_config *config,
	struct access *access, struct calls **ret);
struct calls *calls_free(struct calls *c);

/* Answers, now or later. */
void calls_handle(struct calls *c, struct exchange *e);
/* GET /openapi.json */
void calls_handle_description(struct calls *c, struct exchange *e);

#endif
