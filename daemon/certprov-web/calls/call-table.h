/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which methods of certprovd's sockets the page's users may call: a row each.
 * What has no row cannot be called over HTTP.
 */
#ifndef CERTPROV_WEB_CALL_TABLE_H
#define CERTPROV_WEB_CALL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/certprov-web/users/access.h"

/* For a reply of certprovd, and for one that waits for a run. */
#define CALL_REPLY_MS (30 * 1000)
#define CALL_RUN_MS (3600 * 1000)

enum call_socket {
	CALL_TRUST,
	CALL_ADMIN,
	CALL_IDENTITY,
	CALL_SOCKET__END,
};

enum call_replies {
	CALL_ONE,    /* one reply */
	CALL_EITHER, /* one, or a stream for whoever wants it */
	CALL_STREAM, /* a stream that ends */
	/* Streams that do not end and are the same for everybody: */
	CALL_STATE,  /* the last reply is all there is to know */
	CALL_EVENTS, /* each reply counts; the first only says that it began */
};

struct call_row {
	const char *method; /* with its interface */
	enum call_socket socket;
	enum access_role role;
	enum call_replies replies;
	int reply_ms; /* in which the next reply has to come; 0: ever */
};

/* In the order of the interface files. */
const struct call_row *call_table_rows(size_t *ret_count);
/* NULL: there is none, or nobody may call it over HTTP. */
const struct call_row *call_table_find(const char *method);
/* It changes something, so its caller needs the token: whatever may not be
 * called by those who may only look. */
bool call_table_changes(const struct call_row *row);
/* One upstream is enough for all who listen. */
bool call_table_is_shared(const struct call_row *row);

#endif
