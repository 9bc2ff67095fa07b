/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls under way that are nobody else's: each has a connection to certprovd,
 * on which it says for whom it is, if that matters, before it calls. So many
 * at a time; others wait for their turn.
 */
#ifndef CERTPROV_WEB_CALL_H
#define CERTPROV_WEB_CALL_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "daemon/certprov-web/calls/call-output.h"
#include "daemon/certprov-web/calls/call-table.h"
#include "lib/base/macros.h"

/* Connections to certprovd at a time, which allows a user 64 of them; and calls
 * that wait for one. A user of the page who has as many as are left gets no
 * more, so that there are some for others: half of them when he is alone. */
#define CALL_MAX_RUNNING 40
#define CALL_MAX_RUNNING_A_USER 20
#define CALL_MAX_WAITING 48
#define CALL_MAX_WAITING_A_USER 24
_Static_assert(2 * CALL_MAX_RUNNING_A_USER == CALL_MAX_RUNNING &&
		2 * CALL_MAX_WAITING_A_USER == CALL_MAX_WAITING,
	"half");
#define CALL_WAITING_MS (30 * 1000)
/* Between two lines that say nothing, of a stream on which nothing happens. */
#define CALL_BEAT_MS (15 * 1000)

/* The times, for tests that cannot wait for them. */
struct call_times {
	int waiting_ms;
	int reply_ms;
	int beat_ms;
};

struct event_base;
struct call_list;

/* The paths of the sockets, and the times (NULL: those above, and of the
 * table), are borrowed. */
int call_list_new(struct event_base *base,
	const char *const sockets[CALL_SOCKET__END],
	const struct call_times *times, struct call_list **ret);
/* Those under way end without an answer. */
struct call_list *call_list_free(struct call_list *list);
DEFINE_CLEANUP(struct call_list, call_list_free);

/* The parameters are taken, the output is copied: it is answered, now or later.
 */
void call_begin(struct call_list *list, const struct call_row *row,
	cJSON *parameters, const struct call_output *output);
/* To all streams; see call_output_beat. */
void call_list_beat(struct call_list *list);

/* How many have a connection. */
size_t call_list_running(const struct call_list *list);

#endif
