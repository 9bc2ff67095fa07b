/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of certprovd that does not end, for all who listen: one connection,
 * while anybody does. Who comes later begins with what everybody begins with,
 * the last state, or the reply that says that it began. When certprovd goes,
 * the streams end with an error, and whoever wants to may come again.
 */
#ifndef CERTPROV_WEB_SHARED_H
#define CERTPROV_WEB_SHARED_H

#include <stddef.h>

#include "daemon/certprov-web/calls/call-output.h"
#include "daemon/certprov-web/calls/call-table.h"
#include "lib/base/macros.h"

/* Who listen to one: in all, and of one user; once there are as many as one
 * user may have, nobody has more than are left. A browser has a connection for
 * each, so there are never more than HTTP_MAX_CONNECTIONS. */
#define SHARED_MAX_LISTENERS 64
#define SHARED_MAX_LISTENERS_A_USER 56

struct event_base;
struct shared;

/* The row, of one that is shared, and the path of its socket are borrowed. */
int shared_new(struct event_base *base, const struct call_row *row,
	const char *socket, struct shared **ret);
/* Those who listen get no more. */
struct shared *shared_free(struct shared *s);
DEFINE_CLEANUP(struct shared, shared_free);

const struct call_row *shared_row(const struct shared *s);
/* One more listener, who is answered, now or later; the output is copied. */
void shared_add(struct shared *s, const struct call_output *output);
/* To all of them; see call_output_beat. */
void shared_beat(struct shared *s);

size_t shared_listeners(const struct shared *s);

#endif
